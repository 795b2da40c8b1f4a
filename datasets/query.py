"""Rows, groups and counts of a published table, straight from its Parquet file, by DuckDB.

The SQL is ours throughout: columns are called c0, c1, … in it and every value is a parameter, so that
no word of a user reaches the parser.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from datasets.engine import QueryLimits, Question, asking, sorting
from datasets.exports.contract import BATCH_ROWS, SCHEMA_KEY
from datasets.exports.objects import json_values
from datasets.filters import (
    AGGREGATES,
    OPERATORS,
    Column,
    Condition,
    Query,
    QueryProblem,
    write_cursor,
)
from schemas.records import Message, Problem

ROW_NUMBER = "file_row_number"
MOST_COUNTS = 4_096
_counts: dict[tuple[Any, ...], int] = {}
"""Rows that conditions let through, by file and conditions: each page of a list asks again."""
_counting = Lock()


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer. ``table`` is a ``pyarrow.Table`` whose schema carries the Table Schema of the answer.

    ``next_cursor`` is empty on the last page; ``total`` counts what the conditions let through, on
    all pages (groups when grouped), and is ``None`` when it was not asked for.
    """

    columns: tuple[Column, ...]
    table: Any
    next_cursor: str
    total: int | None


@dataclass(frozen=True, slots=True)
class Source:
    """A Parquet file with its columns by position; ``names`` maps a column to its word in SQL."""

    path: Path
    columns: tuple[Column, ...]
    names: dict[str, str]
    rows: int
    state: tuple[int, int]

    @property
    def sql(self) -> str:
        words = ", ".join([*(f"c{number}" for number in range(len(self.columns))), "r"])
        return f"read_parquet(?, {ROW_NUMBER} = true, hive_partitioning = false) AS t({words})"

    def place(self, name: str) -> int:
        """Where a column stands, counted from 0."""
        return int(self.names[name][1:])

    def shown(self, select: Sequence[str]) -> list[Column]:
        """The columns selected, in that order; all when none are."""
        return [self.columns[self.place(name)] for name in select] or [*self.columns]


def columns_of(parquet: Path) -> tuple[Column, ...]:
    """The columns that may be asked about, by how they are really stored."""
    return open_source(parquet).columns


def open_source(parquet: Path) -> Source:
    """What a Parquet file holds; its footer is read once for as long as the file stays as it is."""
    stat = parquet.stat()
    return _open_source(parquet, (stat.st_mtime_ns, stat.st_size))


@lru_cache(maxsize=256)
def _open_source(parquet: Path, state: tuple[int, int]) -> Source:
    with pq.ParquetFile(parquet) as file:
        schema, rows = file.schema_arrow, file.metadata.num_rows
    described = {field["name"]: field for field in table_schema(schema).get("fields", [])}
    columns = tuple(
        Column(field.name, kind_of(field.type), described.get(field.name, {}).get("title") or "")
        for field in schema
    )
    if ROW_NUMBER in (column.name.lower() for column in columns):
        raise reserved_name()
    words = {column.name: f"c{number}" for number, column in reversed([*enumerate(columns)])}
    return Source(parquet, columns, words, rows, state)


def table_schema(schema: Any) -> dict[str, Any]:
    found = json.loads((schema.metadata or {}).get(SCHEMA_KEY, b"{}"))
    return found if isinstance(found, dict) else {}


def kind_of(stored: Any) -> str:
    """A stored type as a kind of ``datasets.value_kinds.KINDS``."""
    if pa.types.is_boolean(stored):
        return "boolean"
    if pa.types.is_integer(stored):
        return "integer"
    if pa.types.is_decimal(stored) or pa.types.is_floating(stored):
        return "number"
    if pa.types.is_date(stored):
        return "date"
    return "datetime" if pa.types.is_timestamp(stored) else "text"


def run(
    parquet: Path, query: Query, limits: QueryLimits | None = None, *, with_total: bool = True
) -> Rows:
    """Answer a question about one published table. Raises ``QueryProblem``.

    Pages follow each other without gap or repetition: rows are ordered by what was asked for, empty
    cells last, and rows that are equal in that by their place in the file.
    """
    source = open_source(parquet)
    with asking(limits or QueryLimits()) as question:
        if query.group or query.aggregates:
            return ask_groups(question, source, query, with_total=with_total)
        return ask_rows(question, source, query, with_total=with_total)


def ask_rows(question: Question, source: Source, query: Query, *, with_total: bool) -> Rows:
    shown = source.shown(query.select)
    where, values = conditions_sql(source, query)
    total = count_rows(question, source, where, values) if with_total else None
    beyond, beyond_values = beyond_sql(question, source, query)
    words = ", ".join([*(source.names[column.name] for column in shown), "r"])
    fetch = fetch_sorted if query.sort else fetch_in_file_order
    found = fetch(
        question, source, query, words, f"{where} AND {beyond}", [*values, *beyond_values]
    )
    page = found.slice(0, query.limit)
    more = found.num_rows > query.limit
    cursor = write_cursor(page["r"][-1].as_py(), query) if more else ""
    return Rows(tuple(shown), labelled(page.drop_columns(["r"]), shown), cursor, total)


def fetch_in_file_order(
    question: Question, source: Source, query: Query, words: str, where: str, values: Sequence[Any]
) -> Any:
    """A scan that ends with the page: ``preserve_insertion_order`` promises the order of the file,
    and a sort by place would first read every row that fits (6 ms against 16 in a million)."""
    return question.ask(
        f"SELECT {words} FROM {source.sql} WHERE {where} LIMIT {query.limit + 1:d}",  # noqa: S608
        [str(source.path), *values],
    )


def fetch_sorted(
    question: Question, source: Source, query: Query, words: str, where: str, values: Sequence[Any]
) -> Any:
    """Sort places by the sorted columns alone, then fetch the rows of the page: a third of the time
    of sorting whole rows (a million rows of 12 columns), and long cells never stand in the sort."""
    order = ", ".join([*order_sql(source.names, query), "r"])
    wanted = question.ask(
        f"SELECT r FROM {source.sql} WHERE {where} "  # noqa: S608  (our words)
        f"ORDER BY {order} LIMIT {query.limit + 1:d}",
        [str(source.path), *values],
    )["r"]
    found = question.ask(
        f"SELECT {words} FROM {source.sql} WHERE r IN (SELECT unnest(?))",  # noqa: S608
        [str(source.path), wanted.to_pylist()],
    )
    return found.take(pc.index_in(wanted, value_set=found["r"]))


def parts(parquet: Path, query: Query, limits: QueryLimits, folder: Path) -> Iterator[Any]:
    """All rows that a question without groups lets through, a part at a time and one at least, each a table
    like that of an answer; memory is bounded whatever their number.

    ``limits`` are of the time until the first part, for after it the reader sets the pace. Rows in an order
    asked for are sorted with files in ``folder``. Raises ``QueryProblem``.
    """
    source = open_source(parquet)
    shown = source.shown(query.select)
    words = ", ".join(source.names[column.name] for column in shown)
    where, values = conditions_sql(source, query)
    with asking(limits) as question:
        beyond, beyond_values = beyond_sql(question, source, query)
    sql = f"SELECT {words} FROM {source.sql} WHERE {where} AND {beyond}"  # noqa: S608  (our words)
    given = [str(source.path), *values, *beyond_values]
    with ExitStack() as held:
        if query.sort:
            sql = f"{sql} ORDER BY {', '.join([*order_sql(source.names, query), 'r'])}"
            spill = held.enter_context(TemporaryDirectory(dir=folder, prefix="sorting-"))
            question = held.enter_context(sorting(limits, Path(spill)))
        else:
            question = held.enter_context(asking(limits))
        for part in question.parts(sql, given, BATCH_ROWS):
            yield labelled(part, shown)


def count_rows(question: Question, source: Source, where: str, values: Sequence[Any]) -> int:
    if where == "true":
        return source.rows
    key = (source.path, source.state, where, tuple(map(repr, values)))
    with _counting:
        known = _counts.get(key)
    if known is None:
        sql = f"SELECT count(*) FROM {source.sql} WHERE {where}"  # noqa: S608  (our words)
        known = int(question.ask(sql, [str(source.path), *values])[0][0].as_py())
        with _counting:
            if len(_counts) >= MOST_COUNTS:
                _counts.pop(next(iter(_counts)))
            _counts[key] = known
    return known


def conditions_sql(source: Source, query: Query) -> tuple[str, list[Any]]:
    return together_sql(source.names, query.conditions)


def together_sql(
    names: Mapping[str, str], conditions: Iterable[Condition]
) -> tuple[str, list[Any]]:
    """Conditions that hold together; ``names`` gives the SQL of each column."""
    parts: list[str] = ["true"]
    values: list[Any] = []
    for condition in conditions:
        marks = ", ".join("?" * len(condition.values))
        template = OPERATORS[condition.operator].sql
        parts.append(f"({template.format(column=names[condition.column], values=marks)})")
        values += condition.values
    return " AND ".join(parts), values


def order_sql(names: dict[str, str], query: Query) -> list[str]:
    return [
        f"{names[sort.column]} {'DESC' if sort.descending else 'ASC'} NULLS LAST"
        for sort in query.sort
    ]


def beyond_sql(question: Question, source: Source, query: Query) -> tuple[str, list[Any]]:
    """What stands after the last row of the page before, in the order asked for.

    The cursor holds that row's number alone; its values are read again from the file, which never
    changes. One row group is decoded for it.
    """
    if query.after is None:
        return "true", []
    if not query.sort:
        return "r > ?", [query.after]
    words = ", ".join(source.names[sort.column] for sort in query.sort)
    last = question.ask(
        f"SELECT {words} FROM {source.sql} WHERE r = ?",  # noqa: S608  (our words)
        [str(source.path), query.after],
    ).to_pylist()
    if not last:
        return "false", []
    branches: list[str] = []
    values: list[Any] = []
    same: list[str] = ["true"]
    same_values: list[Any] = []
    for sort, value in zip(query.sort, last[0].values(), strict=True):
        word = source.names[sort.column]
        if value is not None:
            sign = "<" if sort.descending else ">"
            branches.append(f"({' AND '.join(same)} AND ({word} {sign} ? OR {word} IS NULL))")
            values += [*same_values, value]
            same.append(f"{word} = ?")
            same_values.append(value)
        else:
            same.append(f"{word} IS NULL")
    branches.append(f"({' AND '.join(same)} AND r > ?)")
    return f"({' OR '.join(branches)})", [*values, *same_values, query.after]


def ask_groups(question: Question, source: Source, query: Query, *, with_total: bool) -> Rows:
    """Groups are all computed for every page, so a page begins at a count of groups."""
    outputs = [source.names[name] for name in query.group]
    for aggregate in query.aggregates:
        word = source.names[aggregate.column] if aggregate.column else "*"
        outputs.append(AGGREGATES[aggregate.function][0].format(column=word))
    labels = [*query.group, *(aggregate.label for aggregate in query.aggregates)]
    names = {label: f"g{number}" for number, label in enumerate(labels)}
    picks = ", ".join(
        f"{output} AS {name}" for output, name in zip(outputs, names.values(), strict=True)
    )
    where, values = conditions_sql(source, query)
    grouping = f" GROUP BY {', '.join(outputs[: len(query.group)])}" if query.group else ""
    groups = f"SELECT {picks} FROM {source.sql} WHERE {where}{grouping}"  # noqa: S608  (our words)
    ties = [f"{names[name]} ASC NULLS LAST" for name in query.group]
    order = ", ".join([*order_sql(names, query), *ties])
    ordering = f" ORDER BY {order}" if order else ""
    start = query.after or 0
    found = question.ask(
        f"{groups}{ordering} LIMIT {query.limit + 1:d} OFFSET {start:d}",
        [str(source.path), *values],
    )
    total = None
    if with_total:
        counted = question.ask(f"SELECT count(*) FROM ({groups})", [str(source.path), *values])  # noqa: S608
        total = int(counted[0][0].as_py())
    more = found.num_rows > query.limit
    cursor = write_cursor(start + query.limit, query) if more else ""
    page = found.slice(0, query.limit)
    titles = {column.name: column.title for column in source.columns}
    columns = [
        Column(label, kind_of(kind), titles.get(label, ""))
        for label, kind in zip(labels, page.schema.types, strict=True)
    ]
    return Rows(tuple(columns), labelled(page, columns), cursor, total)


SCHEMA_TYPES = {"text": "string"}
"""Kinds that a Table Schema calls otherwise."""


def labelled(table: Any, columns: Sequence[Column]) -> Any:
    """The table under the names people gave, with a Table Schema of what it shows."""
    renamed = table.rename_columns([column.name for column in columns])
    return renamed.replace_schema_metadata({SCHEMA_KEY: _described(tuple(columns))})


@lru_cache(maxsize=256)
def _described(columns: tuple[Column, ...]) -> bytes:
    fields = [
        {
            "name": column.name,
            "type": SCHEMA_TYPES.get(column.kind, column.kind),
            **({"title": column.title} if column.title else {}),
        }
        for column in columns
    ]
    return json.dumps({"fields": fields}, ensure_ascii=False).encode()


def items(rows: Rows) -> list[dict[str, Any]]:
    """The rows as JSON carries them (``datasets.exports.objects``), keys in the order of columns."""
    columns = (json_values(column) for column in rows.table.columns)
    names = rows.table.column_names
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def reserved_name() -> QueryProblem:
    return QueryProblem(
        Problem(
            code="query-column-name",
            place=ROW_NUMBER,
            cause=Message("A column is called %(name)s, a word kept for us.", {"name": ROW_NUMBER}),
            remedy=Message("Download the whole table, or ask its provider to rename the column."),
        )
    )
