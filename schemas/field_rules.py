"""What a field of a Table Schema asks of its values, in sentences: for guides, pages and messages."""

from collections.abc import Mapping
from typing import Any, Final

from schemas.records import Message

TYPES: Final[dict[str, Message]] = {
    "string": Message("text"),
    "integer": Message("whole number"),
    "number": Message("number"),
    "boolean": Message("yes or no"),
    "date": Message("date"),
    "datetime": Message("date and time"),
    "time": Message("time"),
    "year": Message("year"),
    "yearmonth": Message("year and month"),
    "duration": Message("duration"),
    "geopoint": Message("place (longitude, latitude)"),
    "geojson": Message("GeoJSON"),
    "object": Message("JSON object"),
    "array": Message("JSON array"),
    "list": Message("list"),
    "any": Message("any value"),
}
CHECKS: Final[dict[str, Message]] = {
    "credit-code": Message("unified social credit code whose check character fits"),
    "citizen-id": Message("citizen identity number whose check character fits"),
    "region-code": Message("six-digit code of an administrative division"),
    "industry-code": Message("code of the classification of industries"),
}
FORMS: Final[dict[str, Message]] = {
    "date": Message("Write the date as 2024-03-01."),
    "datetime": Message("Write date and time as 2024-03-01T08:30:00."),
    "time": Message("Write the time as 08:30:00."),
    "year": Message("Write the year with four digits."),
    "yearmonth": Message("Write year and month as 2024-03."),
    "integer": Message("Write a whole number: digits only, without unit or separators."),
    "number": Message("Write a number: digits only, without unit or separators."),
}
"""How a value of a type is written, where the field does not say it otherwise."""
OUT_OF_BOUNDS: Final = Message("The value is out of bounds.")
WRONG: Final[dict[str, Message]] = {
    "required": Message("A value is missing; the field must be filled in."),
    "enum": Message("The value is not in the list."),
    "pattern": Message("The value does not have the form of its field."),
    "minLength": Message("The text is too short."),
    "maxLength": Message("The text is too long."),
    "minimum": OUT_OF_BOUNDS,
    "maximum": OUT_OF_BOUNDS,
    "exclusiveMinimum": OUT_OF_BOUNDS,
    "exclusiveMaximum": OUT_OF_BOUNDS,
}
"""What is wrong with a value, by the constraint that it breaks."""
TOTAL: Final = "合计"
LISTED: Final = 12
"""A sentence names no more allowed values than these."""


def kind(field: Mapping[str, Any]) -> Message:
    """The type of the field in a word."""
    return TYPES.get(str(field.get("type", "string")), TYPES["any"])


def rules(field: Mapping[str, Any]) -> list[Message]:
    """What a value of the field has to be, one rule each; a pattern only when no words describe it."""
    constraints = field.get("constraints") or {}
    found = []
    if constraints.get("enum"):
        found.append(_listed(constraints["enum"]))
    low, high = constraints.get("minLength"), constraints.get("maxLength")
    if low is not None:
        found.append(Message("at least %(n)s characters", {"n": low}))
    if high is not None:
        found.append(Message("at most %(n)s characters", {"n": high}))
    bounds = {
        "minimum": Message("at least %(bound)s"),
        "maximum": Message("at most %(bound)s"),
        "exclusiveMinimum": Message("more than %(bound)s"),
        "exclusiveMaximum": Message("less than %(bound)s"),
    }
    found += [
        Message(bounds[name].text, {"bound": constraints[name]})
        for name in bounds
        if constraints.get(name) is not None
    ]
    if constraints.get("unique"):
        found.append(Message("no value twice"))
    if check := CHECKS.get(str(field.get("gongkai:check", ""))):
        found.append(check)
    elif constraints.get("pattern") and not field.get("description"):
        found.append(Message("pattern %(pattern)s", {"pattern": constraints["pattern"]}))
    return found


def table_rules(schema: Mapping[str, Any]) -> list[Message]:
    """What the schema asks of whole rows: the key, dates in order, totals."""
    found = []
    if key := schema.get("primaryKey"):
        names = [key] if isinstance(key, str) else key
        found.append(Message("No two rows have the same %(fields)s.", {"fields": list(names)}))
    for earlier, later in schema.get("gongkai:dateOrder", ()):
        found.append(
            Message("%(earlier)s is not after %(later)s.", {"earlier": earlier, "later": later})
        )
    found += [_total(given) for given in schema.get("gongkai:totals", ())]
    return found


def _total(given: Mapping[str, Any]) -> Message:
    tolerance = given.get("tolerance", "0")
    if "label" not in given:
        return Message(
            "%(total)s is the sum of %(parts)s (rounding of %(tolerance)s allowed).",
            {"total": given["total"], "parts": list(given["parts"]), "tolerance": tolerance},
        )
    return Message(
        "A row whose %(label)s is %(word)s holds the sums of the rows above it: %(values)s (rounding "
        "of %(tolerance)s allowed).",
        {
            "label": given["label"],
            "word": TOTAL,
            "values": list(given["values"]),
            "tolerance": tolerance,
        },
    )


def _listed(values: Any) -> Message:
    shown = [str(value) for value in list(values)[:LISTED]]
    if len(values) > LISTED:
        return Message(
            "one of %(n)s values: %(values)s and others", {"n": len(values), "values": shown}
        )
    return Message("one of: %(values)s", {"values": shown})


def broken(
    error: Mapping[str, Any], field: Mapping[str, Any], language: str
) -> tuple[Message, Message] | None:
    """What is wrong and what to do about a cell that breaks the type or a constraint of its field.

    ``error`` is a Frictionless error, ``language`` the reader's (``zh`` or ``en``), in which the
    field's own description is given. None when there is nothing more exact to say than in general.
    """
    if error.get("type") == "type-error":
        form = FORMS.get(str(field.get("type")), None)
        wrong = Message("This is no %(kind)s.", {"kind": kind(field)})
        default = str(field.get("format", "default")) in {"default", "any"}
        return (wrong, form if form and default else _advice(field, language))
    if error.get("type") != "constraint-error":
        return None
    name = _constraint(str(error.get("note", "")))
    if name not in WRONG:
        return None
    if name in {"required", "pattern"}:
        return WRONG[name], _advice(field, language)
    bound = {"constraints": {name: (field.get("constraints") or {}).get(name)}}
    return WRONG[name], Message("Write %(rule)s.", {"rule": (rules(bound) or [Message("")])[0]})


def _constraint(note: str) -> str:
    """The constraint that a note of Frictionless names: ``constraint "required" is "True"``."""
    parts = note.split('"')
    return parts[1] if len(parts) > 2 and note.startswith("constraint") else ""


def described(field: Mapping[str, Any], language: str) -> str:
    """What the field says of itself, in English (``en``) where it speaks English."""
    said = str(field.get("description") or "")
    return str(field.get("gongkai:descriptionEn") or said) if language == "en" else said


def titled(field: Mapping[str, Any], language: str) -> str:
    """The field's title, else its name."""
    said = str(field.get("title") or field["name"])
    return str(field.get("gongkai:titleEn") or said) if language == "en" else said


def _advice(field: Mapping[str, Any], language: str) -> Message:
    said = described(field, language)
    if said:
        return Message(said)
    return FORMS.get(str(field.get("type")), Message("Fill it in, or correct it."))
