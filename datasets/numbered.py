"""Rows of a published table with their numbers, by offset: what clients of a datastore ask for.

As in ``datasets.query`` the SQL is ours throughout and every value is a parameter.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from datasets.engine import QueryLimits, asking, sorting
from datasets.exports.objects import json_values
from datasets.filters import Column, Condition
from datasets.query import Source, kind_of, open_source, together_sql

NUMBER = "_id"
RANK = "rank"
PART: Final = 20_000
"""Rows of one part of an answer that is given in parts."""


@dataclass(frozen=True, slots=True)
class Order:
    """Sort by a column; empty cells first or last."""

    column: str
    descending: bool = False
    empty_first: bool = False


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a row has to be: all ``conditions`` hold, it has one of ``numbers`` where they are given, and
    of each of ``choices`` one narrowing at least lets it through."""

    conditions: tuple[Condition, ...] = ()
    numbers: tuple[int, ...] | None = None
    choices: tuple[tuple["Narrowing", ...], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.conditions or self.choices or self.numbers is not None)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A question. ``words`` stand somewhere in a row, ``within`` in a column of it (column, text).

    ``select`` names columns, ``_id`` and ``rank`` (in how many cells a word stands) among them unless the
    table has columns called so; empty means all. Conditions may be about ``_id`` likewise; ``after``
    begins behind a row of that number, in the order of the file.
    """

    narrowing: Narrowing = Narrowing()
    words: tuple[str, ...] = ()
    within: tuple[tuple[str, str], ...] = ()
    select: tuple[str, ...] = ()
    sort: tuple[Order, ...] = ()
    distinct: bool = False
    limit: int = 100
    offset: int = 0
    after: int = 0
    with_total: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """``columns`` as selected, ``rows`` as JSON carries them, ``total`` None where not asked for."""

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    total: int | None


def run(parquet: Path, asked: Numbered, limits: QueryLimits, *, by_rank: bool = True) -> Page:
    """Answer a question. Raises ``QueryProblem``; columns have to be known (``query.columns_of``).

    Rows that words found and that nobody sorted come ``by_rank``, or else in the order of the file.
    """
    source = open_source(parquet)
    told = _told(source, asked, by_rank=by_rank)
    with asking(limits) as question:
        total = None
        if asked.with_total:
            counted = question.ask(f"SELECT count(*) FROM ({told.base})", told.base_values)  # noqa: S608
            total = int(counted[0][0].as_py())
        page = question.ask(told.sql, told.values)
    return page_of(source, told.chosen, page, total)


@dataclass(frozen=True, slots=True)
class _Told:
    """A question in SQL: without order and bounds, and with them; and the columns of its answer."""

    base: str
    base_values: list[Any]
    sql: str
    values: list[Any]
    chosen: tuple[str, ...]


def _told(source: Source, asked: Numbered, *, by_rank: bool) -> _Told:
    where, values = _where(source, asked)
    rank, rank_values = _rank(source, asked.words)
    words = {NUMBER: "(r + 1)", RANK: rank} | source.names  # columns of the table come first
    chosen = chosen_of(source, asked)
    picks = ", ".join(f"{words[name]} AS p{place}" for place, name in enumerate(chosen))
    pick_values = [value for name in chosen if words[name] == rank for value in rank_values]
    base = f"SELECT {'DISTINCT ' if asked.distinct else ''}{picks} FROM {source.sql} WHERE {where}"  # noqa: S608
    given = [*pick_values, str(source.path), *values]
    order, order_values = _order(asked, words, (rank, rank_values), chosen, by_rank=by_rank)
    bounds = f" LIMIT {asked.limit:d} OFFSET {asked.offset:d}"
    return _Told(base, given, f"{base}{order}{bounds}", [*given, *order_values], chosen)


def in_file_order(parquet: Path, asked: Numbered, limits: QueryLimits) -> Iterator[Page]:
    """All rows of a question without order, in parts; one part at least. Each part begins behind the last
    row of the one before it, so none looks again at what was sent. Raises ``QueryProblem``."""
    shown = chosen_of(open_source(parquet), asked)
    place = shown.index(NUMBER) if NUMBER in shown else len(shown)
    part = replace(asked, select=shown if NUMBER in shown else (*shown, NUMBER), with_total=False)
    if not (asked.narrowing or asked.words or asked.within):
        part = replace(part, after=asked.after + asked.offset, offset=0)
    left = asked.limit
    while True:
        page = run(parquet, replace(part, limit=min(PART, left)), limits, by_rank=False)
        left -= len(page.rows)
        rows = page.rows
        yield Page(page.columns[: len(shown)], [row[: len(shown)] for row in rows], None)
        if len(rows) < PART or not left:
            return
        part = replace(part, after=rows[-1][place], offset=0)


def ordered(parquet: Path, asked: Numbered, limits: QueryLimits, folder: Path) -> Iterator[Page]:
    """All rows of a question that sorts or makes equal rows one, in parts; one part at least.

    Sorted once, in a database of its own that may use files in ``folder`` beyond its memory; ``limits``
    bound the time until the first part. Raises ``QueryProblem``.
    """
    source = open_source(parquet)
    told = _told(source, asked, by_rank=True)
    with (
        TemporaryDirectory(dir=folder, prefix="sorting-") as spill,
        sorting(limits, Path(spill)) as question,
    ):
        for part in question.parts(told.sql, told.values, PART):
            yield page_of(source, told.chosen, part, None)


def chosen_of(source: Source, asked: Numbered) -> tuple[str, ...]:
    """The columns of an answer."""
    if asked.select:
        return asked.select
    names = [column.name for column in source.columns]
    if asked.distinct:
        return tuple(names)
    return tuple(dict.fromkeys((NUMBER, *names, *((RANK,) if asked.words else ()))))


def page_of(source: Source, chosen: Sequence[str], cells: Any, total: int | None) -> Page:
    """An answer whose cells are a ``pyarrow.Table`` with the columns ``chosen``, in that order."""
    titles = {column.name: column.title for column in source.columns}
    kinds = [kind_of(kind) for kind in cells.schema.types]
    columns = tuple(
        Column(name, kind, titles.get(name, "")) for name, kind in zip(chosen, kinds, strict=True)
    )
    values = [list(json_values(column)) for column in cells.columns]
    return Page(columns, list(zip(*values, strict=True)), total)


def _where(source: Source, asked: Numbered) -> tuple[str, list[Any]]:
    where, values = _narrowed({NUMBER: "(r + 1)"} | source.names, asked.narrowing)
    parts = [where]
    for word in asked.words:
        parts.append(f"({' OR '.join(_stands(one) for one in source.names.values())})")
        values += [word] * len(source.names)
    for column, text in asked.within:
        parts.append(_stands(source.names[column]))
        values.append(text)
    if asked.after:
        parts.append("r >= ?")
        values.append(asked.after)
    return " AND ".join(parts), values


def _narrowed(names: Mapping[str, str], asked: Narrowing) -> tuple[str, list[Any]]:
    where, values = together_sql(names, asked.conditions)
    parts = [where]
    if asked.numbers is not None:
        parts.append("(r + 1) IN (SELECT unnest(?))")
        values.append(list(asked.numbers))
    for choice in asked.choices:
        told = [_narrowed(names, one) for one in choice]
        parts.append(f"({' OR '.join(f'({sql})' for sql, _ in told) or 'false'})")
        values += [value for _, given in told for value in given]
    return " AND ".join(parts), values


def _stands(word: str) -> str:
    return f"coalesce(contains(lower(CAST({word} AS VARCHAR)), lower(?)), false)"


def _rank(source: Source, words: Sequence[str]) -> tuple[str, list[Any]]:
    cells = [f"CAST({_stands(one)} AS INTEGER)" for _ in words for one in source.names.values()]
    values = [word for word in words for _ in source.names]
    return f"CAST(({' + '.join(cells) or '0'}) AS DOUBLE)", values


def _order(
    asked: Numbered,
    words: dict[str, str],
    rank: tuple[str, list[Any]],
    chosen: Sequence[str],
    *,
    by_rank: bool,
) -> tuple[str, list[Any]]:
    if asked.distinct:
        # Only what is selected can order rows that are made one.
        words = {name: f"p{place}" for place, name in enumerate(chosen)}
    parts = [
        f"{words[one.column]} {'DESC' if one.descending else 'ASC'} "
        f"NULLS {'FIRST' if one.empty_first else 'LAST'}"
        for one in asked.sort
    ]
    values = [] if asked.distinct else [
        value for one in asked.sort if words[one.column] == rank[0] for value in rank[1]
    ]  # fmt: skip
    if by_rank and asked.words and not asked.sort and not asked.distinct:
        parts, values = [f"{rank[0]} DESC"], rank[1]
    if asked.distinct:
        parts += [f"p{place}" for place in range(len(chosen))]
    elif parts:
        parts.append("r")
    return (f" ORDER BY {', '.join(parts)}" if parts else ""), values
