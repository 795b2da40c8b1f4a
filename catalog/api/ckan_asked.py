"""What a client asks of a table in the words of CKAN's datastore."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from catalog.api.ckan_given import Given, Refused, boolean, invalid, several, text
from datasets import filters
from datasets.filters import Column, Condition, QueryProblem
from datasets.numbered import NUMBER, RANK, Narrowing, Numbered, Order

TYPES: Final = {
    "text": "text",
    "integer": "int8",
    "number": "numeric",
    "boolean": "bool",
    "date": "date",
    "datetime": "timestamp",
}
"""Kind of a column -> what CKAN calls it."""
OPERATORS: Final = ("eq", "lt", "lte", "gt", "gte", "in")
ROW_NUMBER: Final = Column(NUMBER, "integer")
MOST_DEPTH: Final = 3
"""Filters within filters."""
MOST_WORDS: Final = 20
MOST_VALUES: Final = 1_000
MOST_CHARS: Final = 2_000
LONGEST_SORT: Final = 300
_COMMA: Final = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)')
_SORT: Final = re.compile(
    r'\s*(?:"((?:[^"]|"")+)"|(.+?))(?:\s+(asc|desc))?(?:\s+nulls\s+(first|last))?\s*', re.IGNORECASE
)


def asked_of(given: Given, columns: Sequence[Column]) -> Numbered:
    """The question about a table with these columns. Raises ``Refused``."""
    known = {column.name: column for column in columns}
    narrowing = _filters(given, known)
    words, within = _words(given, known)
    select = tuple(dict.fromkeys(_fields(given, {NUMBER, RANK, *known})))
    distinct = boolean(given, "distinct")
    sort = _sorts(given, {NUMBER, *known, *((RANK,) if words else ())})
    if distinct and any(one.column not in (select or tuple(known)) for one in sort):
        raise invalid("sort", "with distinct, sort by what fields name")
    return Numbered(narrowing, words, within, select, sort, distinct)


def _fields(given: Given, known: set[str]) -> list[str]:
    value = given.get("fields")
    found = several({"fields": value}, "fields") if value else []
    for name in found:
        if name not in known:
            raise invalid("fields", f"field {name[:60]!r} does not exist in table")
    return found


def _object(given: Given, name: str) -> Mapping[str, Any] | None:
    """An object, or one written as JSON; None for other text."""
    value = _read(given, name, "{")
    return value if isinstance(value, Mapping) else None


def _read(given: Given, name: str, opening: str) -> Any:
    """A value; text that begins with one of the characters ``opening`` is JSON."""
    value = given.get(name)
    if not (isinstance(value, str) and value.lstrip().startswith(tuple(opening))):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        raise invalid(name, "Cannot parse JSON") from None


def _filters(given: Given, known: Mapping[str, Column]) -> Narrowing:
    """The filters of CKAN 2.12: columns that hold together, ``$or`` and ``$and`` of such objects, and a
    list of them for a choice; ``$$name`` is the column ``$name``."""
    told = _read(given, "filters", "{[")
    if not told:
        return Narrowing()
    if isinstance(told, Mapping):
        found = _narrowing(told, known)
    else:
        found = Narrowing(choices=(_choice(told, known, MOST_DEPTH),))
    if _size(found) > filters.MAX_CONDITIONS:
        raise invalid("filters", f"more than {filters.MAX_CONDITIONS} fields")
    return found


def _choice(told: Any, known: Mapping[str, Column], depth: int) -> tuple[Narrowing, ...]:
    if not isinstance(told, list) or not all(isinstance(one, Mapping) for one in told):
        raise invalid("filters", "Not a JSON object, nor a list of them")
    if len(told) > filters.MAX_CONDITIONS or not depth:
        raise invalid("filters", "too many filters within filters")
    return tuple(_narrowing(one, known, depth - 1) for one in told)


def _narrowing(
    told: Mapping[str, Any], known: Mapping[str, Column], depth: int = MOST_DEPTH
) -> Narrowing:
    if len(told) > filters.MAX_CONDITIONS:
        raise invalid("filters", f"more than {filters.MAX_CONDITIONS} fields")
    numbers = None
    conditions: list[Condition] = []
    choices: list[tuple[Narrowing, ...]] = []
    for said, value in told.items():
        name = said.removeprefix("$") if said.startswith("$$") else said
        if said == "$or":
            choices.append(_choice(value, known, depth))
        elif said == "$and":
            choices += [(one,) for one in _choice(value, known, depth)]
        elif name == NUMBER and NUMBER not in known:
            if isinstance(value, Mapping):
                conditions += _conditions(ROW_NUMBER, value)
            else:
                numbers = tuple(_number(one) for one in _several(value))
        elif name not in known:
            raise invalid("filters", f"field {name[:60]!r} does not exist in table")
        else:
            conditions += _conditions(known[name], value)
    return Narrowing(tuple(conditions), numbers, tuple(choices))


def _size(narrowing: Narrowing) -> int:
    """How much there is to look at; an empty filter within others counts too."""
    parts = (max(1, _size(one)) for choice in narrowing.choices for one in choice)
    return len(narrowing.conditions) + (narrowing.numbers is not None) + sum(parts)


def _conditions(column: Column, value: Any) -> list[Condition]:
    if isinstance(value, Mapping):
        if not value or any(name not in OPERATORS for name in value):
            raise invalid("filters", f"a comparison is one of {', '.join(OPERATORS)}")
        return [_condition(column, name, given) for name, given in value.items()]
    if value is None:
        return [Condition(column.name, "isnull", (True,))]
    return [_condition(column, "in" if isinstance(value, list) else "eq", value)]


def _condition(column: Column, operator: str, value: Any) -> Condition:
    held = _several(value) if operator == "in" else [value]
    if operator not in {"eq", "in"} and column.kind == "boolean":
        raise invalid("filters", f"{column.name[:60]!r} is yes or no")
    if not held:
        return Condition(column.name, "in", (None,))
    return Condition(column.name, operator, tuple(_value(column, one) for one in held))


def _several(value: Any) -> list[Any]:
    held = value if isinstance(value, list) else [value]
    if len(held) > MOST_VALUES:
        raise invalid("filters", f"more than {MOST_VALUES} values")
    return held


def _value(column: Column, value: Any) -> Any:
    if isinstance(value, list | dict):
        raise invalid("filters", "Not a value")
    said = str(value).lower() if isinstance(value, bool) else str(value)
    try:
        return filters.cast(column.name, said, column.kind)
    except QueryProblem:
        message = f'invalid value for {column.name[:60]!r} ({TYPES[column.kind]}): "{said[:50]}"'
        raise invalid("filters", message) from None


def _number(value: Any) -> int:
    if not re.fullmatch(r"\d{1,15}", str(value)):
        raise invalid("filters", "_id is a whole number")
    return int(value)


def _words(
    given: Given, known: Mapping[str, Column]
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Words anywhere in a row; or, given as an object, in columns of it."""
    columns = _object(given, "q")
    plain = text(given, "full_text") if columns is not None else (
        f"{text(given, 'q')} {text(given, 'full_text')}"
    )  # fmt: skip
    if len(plain) > MOST_CHARS:
        raise invalid("q", f"longer than {MOST_CHARS} characters")
    words = tuple(one.removesuffix(":*") for one in plain.split())
    within = []
    for name, value in (columns or {}).items():
        if name not in known:
            raise invalid("q", f"field {name[:60]!r} does not exist in table")
        within += [(name, word.removesuffix(":*")) for word in str(value)[:MOST_CHARS].split()]
    if len(words) + len(within) > MOST_WORDS:
        raise Refused(409, "Validation Error", {"q": [f"more than {MOST_WORDS} words"]})
    return words, tuple(within)


def _sorts(given: Given, known: set[str]) -> tuple[Order, ...]:
    value = given.get("sort") or ""
    said = value if isinstance(value, list) else [value]
    if sum(len(str(one)) for one in said) > MOST_CHARS:
        raise invalid("sort", f"longer than {MOST_CHARS} characters")
    parts = [part for one in said for part in _COMMA.split(str(one))]
    found = []
    for part in parts[: filters.MAX_SORTS + 1]:
        if not part.strip():
            continue
        match = _SORT.fullmatch(part) if len(part) <= LONGEST_SORT else None
        name = (match[1] or "").replace('""', '"') or match[2] if match else ""
        if match is None or name not in known:
            raise invalid("sort", f"field {part[:60]!r} not recognised")
        descending = (match[3] or "asc").lower() == "desc"
        # As PostgreSQL has it: empty cells count as the greatest.
        first = (match[4] or ("first" if descending else "last")).lower() == "first"
        found.append(Order(name, descending, first))
    if len(found) > filters.MAX_SORTS:
        raise invalid("sort", f"more than {filters.MAX_SORTS} fields")
    return tuple(found)
