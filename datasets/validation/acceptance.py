"""Rebuild a Table Schema that somebody handed in, key by key.

Frictionless follows paths and addresses it finds in a descriptor, and compiles patterns with an
engine that can be made to run for ever. Nothing a user wrote reaches it: only the keys listed here
are copied, patterns must be expressions that RE2 runs in linear time, and a key of another table
is refused because there is no other table here.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import re2
from frictionless import FrictionlessException, Schema

from datasets.checks import CHECK_KEY, ORDER_KEY, TOTALS_KEY, total_check
from datasets.headings import ALIASES_KEY
from schemas.records import Message, Problem

MAX_PATTERN_CHARS: Final = 500
MAX_FIELDS: Final = 2_000
MAX_ENUM_VALUES: Final = 100_000
V2_PROFILE: Final = "https://datapackage.org/profiles/2.0/tableschema.json"

SCHEMA_KEYS: Final = ("title", "description", "missingValues", "fieldsMatch")
FIELD_KEYS: Final = (
    "name", "type", "title", "description", "format", "missingValues", "rdfType", "example",
    "trueValues", "falseValues", "bareNumber", "floatNumber", "decimalChar", "groupChar",
    "delimiter", "itemType",
)  # fmt: skip
ITEM_KEY: Final = "arrayItem"
CONSTRAINT_KEYS: Final = (
    "required", "unique", "pattern", "enum", "minLength", "maxLength",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
)  # fmt: skip

OWN_KEYS: Final = (ORDER_KEY, TOTALS_KEY)
OWN_FIELD_KEYS: Final = (
    CHECK_KEY, ALIASES_KEY, "gongkai:nameEn", "gongkai:titleEn", "gongkai:descriptionEn",
    "gongkai:source",
)  # fmt: skip
TOTAL_KEYS: Final = ("total", "parts", "tolerance")
ROW_TOTAL_KEYS: Final = ("label", "values", "group", "unit", "tolerance")


class SchemaProblem(Exception):
    """A schema that cannot be used; ``problem`` says where, why and what to do."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def _refuse(code: str, place: str, cause: Message, remedy: str, **params: str) -> SchemaProblem:
    return SchemaProblem(Problem(code, cause, Message(remedy, params), place))


def accept_schema(descriptor: Mapping[str, Any]) -> dict[str, Any]:
    """A Table Schema made of the known keys of ``descriptor``, known to be valid.

    Custom properties of others are left out: Table Schema allows them and gives them no meaning.
    Raises ``SchemaProblem`` when something is not a Table Schema, or not safe to run.
    """
    fields = descriptor.get("fields")
    if not isinstance(fields, Sequence) or isinstance(fields, str) or not fields:
        raise _refuse(
            "schema-fields",
            "fields",
            Message("The table schema names no fields."),
            'Give a list "fields" with one entry for each column.',
        )
    if len(fields) > MAX_FIELDS:
        raise _refuse(
            "schema-fields",
            "fields",
            Message(
                "The table schema has %(count)s fields; %(most)s are allowed.",
                {"count": len(fields), "most": MAX_FIELDS},
            ),
            "Split the table.",
        )
    accepted: dict[str, Any] = {"$schema": V2_PROFILE}
    accepted.update({key: descriptor[key] for key in SCHEMA_KEYS if key in descriptor})
    accepted["fields"] = [_accept_field(field, place) for place, field in enumerate(fields, 1)]
    accepted.update(_accept_keys(descriptor))
    _ask_frictionless(accepted)
    _accept_order(descriptor, accepted)
    _accept_totals(descriptor, accepted)
    return accepted


def _accept_field(field: object, place: int) -> dict[str, Any]:
    where = f"fields[{place}]"
    if not isinstance(field, Mapping) or not isinstance(field.get("name"), str):
        raise _refuse(
            "schema-field",
            where,
            Message("Field %(place)s of the table schema has no name.", {"place": place}),
            'Give each field a "name": the header of its column.',
        )
    accepted = {key: field[key] for key in (*FIELD_KEYS, *OWN_FIELD_KEYS) if key in field}
    _accept_aliases(accepted, where)
    if ITEM_KEY in field:
        accepted[ITEM_KEY] = _accept_item(field[ITEM_KEY], str(field["name"]), where)
    constraints = field.get("constraints")
    if isinstance(constraints, Mapping):
        kept = {key: constraints[key] for key in CONSTRAINT_KEYS if key in constraints}
        unknown = sorted(str(key) for key in constraints if key not in CONSTRAINT_KEYS)
        if unknown:
            raise _refuse(
                "schema-constraint",
                where,
                Message(
                    'Field "%(field)s" has the unknown constraint "%(constraint)s".',
                    {"field": field["name"], "constraint": unknown[0]},
                ),
                "Use the constraints of Table Schema: %(names)s.",
                names=", ".join(CONSTRAINT_KEYS),
            )
        _accept_pattern(kept, str(field["name"]), where)
        _accept_enum(kept, str(field["name"]), where)
        accepted["constraints"] = kept
    elif constraints is not None:
        accepted["constraints"] = constraints
    return accepted


def _accept_aliases(field: Mapping[str, Any], where: str) -> None:
    aliases = field.get(ALIASES_KEY, [])
    if not isinstance(aliases, list) or not all(isinstance(one, str) and one for one in aliases):
        raise _refuse(
            "schema-aliases",
            where,
            Message(
                'The other names of field "%(field)s" are not texts.', {"field": field["name"]}
            ),
            'Give "gongkai:aliases" as a list of headers.',
        )


def _accept_item(item: object, name: str, where: str) -> dict[str, Any]:
    """What the items of an array are; a pattern of theirs would run in the engine that explodes."""
    described = item if isinstance(item, Mapping) else {}
    constraints = described.get("constraints", {})
    if isinstance(constraints, Mapping) and "pattern" in constraints:
        raise _refuse(
            "schema-pattern",
            where,
            Message('The items of array "%(field)s" cannot have a pattern.', {"field": name}),
            "Leave the pattern of the items out.",
        )
    accepted = {key: described[key] for key in FIELD_KEYS if key in described}
    return accepted | ({"constraints": dict(constraints)} if constraints else {})


def compile_pattern(pattern: str) -> Any:
    """The expression of a ``pattern`` constraint, anchored as Frictionless anchors it, in RE2."""
    options = re2.Options()
    options.log_errors = False
    return re2.compile(f"^{pattern}$", options)


def _accept_pattern(constraints: Mapping[str, Any], name: str, where: str) -> None:
    pattern = constraints.get("pattern")
    if not isinstance(pattern, str):
        return
    if len(pattern) > MAX_PATTERN_CHARS:
        raise _refuse(
            "schema-pattern",
            where,
            Message(
                'The pattern of field "%(field)s" is longer than %(most)s characters.',
                {"field": name, "most": MAX_PATTERN_CHARS},
            ),
            "Shorten the pattern, or list the allowed values as an enum.",
        )
    try:
        compile_pattern(pattern)
    except re2.error as error:
        raise _refuse(
            "schema-pattern",
            where,
            Message('The pattern of field "%(field)s" cannot be used.', {"field": name}),
            "Use RE2 syntax: no look-ahead, no look-behind, no back-references, balanced brackets.",
        ) from error


def _accept_enum(constraints: Mapping[str, Any], name: str, where: str) -> None:
    enum = constraints.get("enum")
    if isinstance(enum, Sequence) and len(enum) > MAX_ENUM_VALUES:
        raise _refuse(
            "schema-enum",
            where,
            Message(
                'Field "%(field)s" lists more than %(most)s allowed values.',
                {"field": name, "most": MAX_ENUM_VALUES},
            ),
            "Leave the list out and describe the code list instead.",
        )


def _accept_keys(descriptor: Mapping[str, Any]) -> dict[str, Any]:
    """Primary key, and foreign keys that point into the table itself."""
    accepted: dict[str, Any] = {}
    if "primaryKey" in descriptor:
        key = descriptor["primaryKey"]
        accepted["primaryKey"] = [key] if isinstance(key, str) else key
    foreign = descriptor.get("foreignKeys")
    if not foreign:
        return accepted
    for entry in foreign if isinstance(foreign, Sequence) else ():
        reference = entry.get("reference") if isinstance(entry, Mapping) else None
        if isinstance(reference, Mapping) and reference.get("resource", ""):
            raise _refuse(
                "schema-foreign-key",
                "foreignKeys",
                Message(
                    'The table schema refers to another table, "%(table)s".',
                    {"table": str(reference["resource"])},
                ),
                "Leave out foreign keys to other tables: a file is checked by itself.",
            )
    accepted["foreignKeys"] = foreign
    return accepted


def _ask_frictionless(accepted: Mapping[str, Any]) -> None:
    """Let Frictionless judge the descriptor, and make readers of all fields to see that they work.

    Patterns are left out: RE2 has judged them, and knows some that Python does not.
    """
    try:
        schema = Schema.from_descriptor(bare(accepted))
        for field in schema.fields:
            field.constraints.pop("pattern", None)
        schema.create_cell_readers()
    except FrictionlessException as error:
        reason = (error.reasons or [error.error])[0].note
        raise _invalid(reason) from error
    except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError) as error:
        # Frictionless walks through some properties before it looks at their kind.
        raise _invalid("a property has a value of the wrong kind") from error


def _invalid(reason: str) -> SchemaProblem:
    return _refuse(
        "schema-invalid",
        "schema",
        Message("This is not a valid Table Schema: %(reason)s", {"reason": reason}),
        "Correct the schema (datapackage.org/standard/table-schema).",
    )


def _accept_order(descriptor: Mapping[str, Any], accepted: dict[str, Any]) -> None:
    pairs = descriptor.get(ORDER_KEY)
    if pairs is None:
        return
    names = {field["name"] for field in accepted["fields"]}
    sound = isinstance(pairs, Sequence) and all(
        isinstance(pair, Sequence) and len(pair) == 2 and names.issuperset(pair) for pair in pairs
    )
    if not sound:
        raise _refuse(
            "schema-date-order",
            ORDER_KEY,
            Message("The order of dates names fields that the table schema does not have."),
            "Give pairs of field names: the earlier date, then the later one.",
        )
    accepted[ORDER_KEY] = [list(pair) for pair in pairs]


def _accept_totals(descriptor: Mapping[str, Any], accepted: dict[str, Any]) -> None:
    given = descriptor.get(TOTALS_KEY)
    if given is None:
        return
    names = {field["name"] for field in accepted["fields"]}
    if not isinstance(given, Sequence) or not all(_sound_total(one, names) for one in given):
        raise _refuse(
            "schema-totals",
            TOTALS_KEY,
            Message("The totals of the table schema cannot be checked as they are described."),
            'Give a list of {"total", "parts", "tolerance"} or {"label", "values", "group", "unit", '
            '"tolerance"} with names of fields; the tolerance is a number as text.',
        )
    accepted[TOTALS_KEY] = [dict(one) for one in given]


def _sound_total(given: object, names: Collection[str]) -> bool:
    if not isinstance(given, Mapping):
        return False
    known = ROW_TOTAL_KEYS if "label" in given else TOTAL_KEYS
    if not set(given) <= set(known):
        return False
    try:
        check = total_check(given)
        return not list(check.metadata_validate(check.to_descriptor())) and all(
            isinstance(name, str) and name in names for name in check.field_names
        )
    except (TypeError, ValueError, AttributeError, FrictionlessException):
        return False


def bare(accepted: Mapping[str, Any]) -> dict[str, Any]:
    """The accepted schema without our own properties, as a fresh structure for Frictionless."""
    plain = {key: value for key, value in accepted.items() if key not in OWN_KEYS}
    plain["fields"] = [
        {
            key: dict(value) if key == "constraints" and isinstance(value, Mapping) else value
            for key, value in field.items()
            if key not in OWN_FIELD_KEYS
        }
        for field in accepted["fields"]
    ]
    return plain
