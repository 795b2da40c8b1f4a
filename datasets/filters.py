"""The words in which rows of a published table are asked for, as they stand in an address.

``column__op=value`` narrows (all conditions hold together; without ``__op`` it means ``eq``);
``_select``, ``_sort`` (``-column`` for descending; empty cells always last), ``_limit`` (``all`` for a
file that is sent as it is made), ``_after`` (cursor of the answer before), ``_group`` with ``_agg``,
``_format``. Lists are separated by commas, a name or value with a comma in it stands in double quotes.
A word that is not known is refused, with the list of those that are; nothing is ignored.
"""

import csv
import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datasets.value_kinds import KINDS
from schemas.records import Message, Problem

DEFAULT_LIMIT = 100
MAX_LIMIT = 10_000
MAX_VALUES = 1_000
MAX_VALUE_CHARS = 10_000
MAX_CONDITIONS = 50
MAX_SORTS = 8
FORMATS = ("json", "csv", "ndjson", "parquet", "arrow", "xlsx")
STREAMED = ("csv", "ndjson", "arrow")
"""Formats of which the beginning can be sent before the end is known: they may have all rows."""
ALL_ROWS = "all"
ROW_WORDS = ("_select", "_sort", "_limit", "_after", "_group", "_agg", "_format")
DIGEST_CHARS = 12


class QueryProblem(Exception):
    """A question that cannot be answered; ``problem.place`` names the argument."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Column:
    """A column that may be asked about: its name, its title for people, one of ``KINDS``."""

    name: str
    kind: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Operator:
    """``sql`` has ``{column}`` and ``{values}`` or ``?``; ``takes`` is one, many, two or yes-no."""

    sql: str
    sentence: Message
    kinds: frozenset[str]
    takes: str = "one"


@dataclass(frozen=True, slots=True)
class Condition:
    column: str
    operator: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Sort:
    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Aggregate:
    """``label`` is the word it was asked for by, and the name of its column in the answer."""

    label: str
    function: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A question about one table. ``after`` is the position that the page before ended at; ``whole`` asks
    for all rows from there on, whatever ``limit`` says."""

    conditions: tuple[Condition, ...] = ()
    select: tuple[str, ...] = ()
    sort: tuple[Sort, ...] = ()
    limit: int = DEFAULT_LIMIT
    after: int | None = None
    group: tuple[str, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    format: str = "json"
    scope: str = ""
    whole: bool = False


ANY = frozenset(KINDS)
ORDERED = ANY - {"boolean"}
TEXT = frozenset({"text"})
NUMERIC = frozenset({"integer", "number"})

OPERATORS: dict[str, Operator] = {
    "eq": Operator("{column} = ?", Message("%(column)s is %(value)s"), ANY),
    "ne": Operator("{column} IS DISTINCT FROM ?", Message("%(column)s is not %(value)s"), ANY),
    "lt": Operator("{column} < ?", Message("%(column)s is below %(value)s"), ORDERED),
    "lte": Operator("{column} <= ?", Message("%(column)s is at most %(value)s"), ORDERED),
    "gt": Operator("{column} > ?", Message("%(column)s is above %(value)s"), ORDERED),
    "gte": Operator("{column} >= ?", Message("%(column)s is at least %(value)s"), ORDERED),
    "between": Operator(
        "{column} BETWEEN ? AND ?", Message("%(column)s is between %(value)s"), ORDERED, "two"
    ),
    "in": Operator(
        "{column} IN ({values})", Message("%(column)s is one of %(value)s"), ANY, "many"
    ),
    "contains": Operator(
        "contains(lower({column}), lower(?))", Message("%(column)s contains %(value)s"), TEXT
    ),
    "startswith": Operator(
        "starts_with(lower({column}), lower(?))", Message("%(column)s begins with %(value)s"), TEXT
    ),
    "endswith": Operator(
        "ends_with(lower({column}), lower(?))", Message("%(column)s ends with %(value)s"), TEXT
    ),
    "isnull": Operator(
        "({column} IS NULL) = ?", Message("%(column)s is empty: %(value)s"), ANY, "yes-no"
    ),
}

AGGREGATES: dict[str, tuple[str, frozenset[str]]] = {
    "count": ("count({column})", ANY),
    "distinct": ("count(DISTINCT {column})", ANY),
    "sum": ("sum({column})", NUMERIC),
    "avg": ("avg({column})", NUMERIC),
    "min": ("min({column})", ORDERED),
    "max": ("max({column})", ORDERED),
}
"""Word -> SQL and the kinds it takes; ``count`` without a column counts rows."""


def describe(condition: Condition, columns: Iterable[Column]) -> Message:
    """A condition as a sentence for people, with the column's title."""
    titles = {column.name: column.title or column.name for column in columns}
    value = ", ".join(
        str(item).lower() if isinstance(item, bool) else str(item) for item in condition.values
    )
    return Message(
        OPERATORS[condition.operator].sentence.text,
        {"column": titles[condition.column], "value": value},
    )


def parse(
    arguments: Iterable[tuple[str, str]], columns: Sequence[Column], scope: str = ""
) -> Query:
    """The question that the arguments of an address ask of a table. Raises ``QueryProblem``.

    ``scope`` names the exact bytes asked (a version's hash): a cursor of other bytes is refused.
    """
    words: dict[str, str] = {}
    conditions = []
    known = {column.name: column for column in columns}
    for name, value in arguments:
        if name in ROW_WORDS:
            if name in words:
                raise _twice(name)
            words[name] = value
        else:
            conditions.append(read_condition(name, value, known))
    if len(conditions) > MAX_CONDITIONS:
        raise refused(name, Message("There are too many conditions."), (str(MAX_CONDITIONS),))
    group = names_in("_group", words, known)
    aggregates = read_aggregates(words, known, group)
    select = names_in("_select", words, known)
    if select and (group or aggregates):
        cause = Message("_select cannot be combined with _group or _agg.")
        raise refused("_select", cause, ("_group", "_agg"))
    labels = [*group, *(aggregate.label for aggregate in aggregates)]
    file_format = choose("_format", words.get("_format", "json"), FORMATS)
    whole = words.get("_limit") == ALL_ROWS
    if whole and (labels or file_format not in STREAMED):
        cause = Message("All rows at once are sent as a file only, and groups never.")
        raise refused("_limit", cause, [f"_format={name}" for name in STREAMED])
    query = Query(
        conditions=tuple(conditions),
        select=select,
        sort=read_sorts(words, labels or list(known)),
        limit=MAX_LIMIT if whole else read_limit(words.get("_limit", str(DEFAULT_LIMIT))),
        group=group,
        aggregates=aggregates,
        format=file_format,
        scope=scope,
        whole=whole,
    )
    if "_after" not in words:
        return query
    return Query(**{**fields_of(query), "after": read_cursor(words["_after"], query)})


def fields_of(query: Query) -> dict[str, Any]:
    return {name: getattr(query, name) for name in Query.__dataclass_fields__}


def read_condition(name: str, value: str, known: Mapping[str, Column]) -> Condition:
    """A column may itself have ``__`` in its name: a whole name goes before an operator."""
    column, word = name, "eq"
    if name not in known:
        column, _, word = name.rpartition("__")
    if column not in known:
        stray = name if word not in OPERATORS else column
        raise refused(
            name,
            Message("The table has no column %(name)s.", {"name": stray}),
            (*known, *ROW_WORDS),
        )
    kind = known[column].kind
    allowed = [key for key, operator in OPERATORS.items() if kind in operator.kinds]
    if word not in allowed:
        cause = Message(
            "%(word)s is no comparison for the column %(name)s.", {"word": word, "name": column}
        )
        raise refused(name, cause, allowed)
    return Condition(column, word, read_values(name, value, OPERATORS[word], kind))


def read_values(name: str, text: str, operator: Operator, kind: str) -> tuple[Any, ...]:
    if len(text) > MAX_VALUE_CHARS * (MAX_VALUES if operator.takes == "many" else 1):
        raise refused(name, Message("The value is too long."), (str(MAX_VALUE_CHARS),))
    if operator.takes == "yes-no":
        return (cast(name, text, "boolean"),)
    parts = [text] if operator.takes == "one" else split(name, text)
    if operator.takes == "two" and len(parts) != 2:
        cause = Message("Two values separated by a comma are needed.")
        raise refused(name, cause, (f"{KINDS[kind].example},{KINDS[kind].example}",))
    if not parts:
        raise refused(name, Message("At least one value is needed."), (KINDS[kind].example,))
    if len(parts) > MAX_VALUES:
        raise refused(name, Message("There are too many values."), (str(MAX_VALUES),))
    return tuple(cast(name, part, kind) for part in parts)


def cast(name: str, text: str, kind: str) -> Any:
    try:
        return KINDS[kind].read(text)
    except (ValueError, KeyError):
        cause = Message(
            "The value %(value)s cannot be read as %(kind)s.",
            {"value": text[:50], "kind": Message(kind)},
        )
        raise refused(name, cause, (KINDS[kind].example,)) from None


def split(name: str, text: str) -> list[str]:
    """The items of a list separated by commas; double quotes hold an item together."""
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error:
        cause = Message("The list has a double quote that is not closed.")
        raise refused(name, cause, ('a,"b, c"',)) from None


def names_in(word: str, words: Mapping[str, str], known: Mapping[str, Column]) -> tuple[str, ...]:
    names = split(word, words.get(word, ""))
    for name in names:
        if name not in known:
            raise refused(word, Message("The table has no column %(name)s.", {"name": name}), known)
    return tuple(dict.fromkeys(names))


def read_sorts(words: Mapping[str, str], allowed: Sequence[str]) -> tuple[Sort, ...]:
    sorts: dict[str, Sort] = {}
    for item in split("_sort", words.get("_sort", "")):
        # A column whose own name begins with a minus sign is found before the sign is taken off.
        name = item if item in allowed else item.removeprefix("-")
        if name not in allowed:
            cause = Message("The rows cannot be sorted by %(name)s.", {"name": name})
            raise refused("_sort", cause, allowed)
        sorts.setdefault(name, Sort(name, descending=name != item))
    if len(sorts) > MAX_SORTS:
        raise refused("_sort", Message("There are too many columns to sort by."), (str(MAX_SORTS),))
    return tuple(sorts.values())


def read_aggregates(
    words: Mapping[str, str], known: Mapping[str, Column], group: Sequence[str]
) -> tuple[Aggregate, ...]:
    given = split("_agg", words.get("_agg", "count" if group else ""))
    aggregates = []
    for label in dict.fromkeys(given):
        function, _, column = label.partition(":")
        if function not in AGGREGATES or not (column in known or label == "count"):
            allowed = [key if key == "count" else f"{key}:column" for key in AGGREGATES]
            cause = Message("%(name)s is not a figure that can be computed.", {"name": label})
            raise refused("_agg", cause, allowed)
        if column and known[column].kind not in AGGREGATES[function][1]:
            fit = [name for name in known if known[name].kind in AGGREGATES[function][1]]
            cause = Message("%(name)s cannot be computed for this column.", {"name": label})
            raise refused("_agg", cause, fit)
        if label in group:
            cause = Message("A column is called %(name)s too.", {"name": label})
            raise refused("_agg", cause, (f"count:{label}",))
        aggregates.append(Aggregate(label, function, column))
    return tuple(aggregates)


def read_limit(text: str) -> int:
    if not re.fullmatch("[0-9]{1,6}", text) or not 1 <= int(text) <= MAX_LIMIT:
        cause = Message("_limit is not a whole number that is allowed.")
        raise refused("_limit", cause, (f"1-{MAX_LIMIT}", ALL_ROWS))
    return int(text)


def choose(word: str, value: str, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise refused(word, Message("%(value)s is not known.", {"value": value[:50]}), allowed)
    return value


def write_cursor(position: int, query: Query) -> str:
    """An opaque word for "the page after this position of this question"."""
    return urlsafe_b64encode(f"{position}.{digest(query)}".encode()).decode().rstrip("=")


def read_cursor(text: str, query: Query) -> int:
    try:
        padded = text + "=" * (-len(text) % 4)
        position, _, asked = (
            urlsafe_b64decode(padded.encode("ascii")).decode("ascii").partition(".")
        )
    except (Base64Error, UnicodeError):
        position, asked = "", ""
    if asked != digest(query) or not re.fullmatch("[0-9]{1,18}", position):
        raise QueryProblem(
            Problem(
                code="query-cursor",
                place="_after",
                cause=Message("The cursor belongs to another question, or to older data."),
                remedy=Message("Ask again without _after and follow the links from there."),
            )
        )
    return int(position)


def digest(query: Query) -> str:
    parts = (query.scope, query.conditions, query.sort, query.group, query.aggregates)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:DIGEST_CHARS]


def _twice(name: str) -> QueryProblem:
    return QueryProblem(
        Problem(
            code="query-argument",
            place=name,
            cause=Message("%(name)s is given twice.", {"name": name}),
            remedy=Message("Give %(name)s once.", {"name": name}),
        )
    )


def refused(place: str, cause: Message, allowed: Iterable[str]) -> QueryProblem:
    """What cannot be asked, with the words or values that can."""
    return QueryProblem(
        Problem(
            code="query-argument",
            place=place[:200],
            cause=cause,
            remedy=Message("Allowed are: %(allowed)s.", {"allowed": ", ".join(allowed)}),
        )
    )
