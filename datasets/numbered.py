"""Rows of a published table with their numbers, by offset: what clients of a datastore ask for.

As in ``datasets.query`` the SQL is ours throughout and every value is a parameter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets.engine import QueryLimits, asking
from datasets.exports.objects import json_values
from datasets.filters import Column, Condition, Query
from datasets.query import Source, conditions_sql, kind_of, open_source

NUMBER = "_id"
RANK = "rank"


@dataclass(frozen=True, slots=True)
class Order:
    """Sort by a column; empty cells first or last."""

    column: str
    descending: bool = False
    empty_first: bool = False


@dataclass(frozen=True, slots=True)
class Numbered:
    """A question. ``words`` stand somewhere in a row, ``within`` in a column of it (column, text).

    ``select`` names columns, ``_id`` and ``rank`` (in how many cells a word stands) among them; empty means
    all. ``numbers`` narrows to rows by number; ``after`` begins behind one, in the order of the file.
    """

    conditions: tuple[Condition, ...] = ()
    words: tuple[str, ...] = ()
    within: tuple[tuple[str, str], ...] = ()
    numbers: tuple[int, ...] | None = None
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


def run(parquet: Path, asked: Numbered, limits: QueryLimits) -> Page:
    """Answer a question. Raises ``QueryProblem``; columns have to be known (``query.columns_of``)."""
    source = open_source(parquet)
    where, values = _where(source, asked)
    rank, rank_values = _rank(source, asked.words)
    words = source.names | {NUMBER: "(r + 1)", RANK: rank}
    chosen = asked.select or _all(source, asked)
    picks = ", ".join(f"{words[name]} AS p{place}" for place, name in enumerate(chosen))
    pick_values = [value for name in chosen if name == RANK for value in rank_values]
    base = f"SELECT {'DISTINCT ' if asked.distinct else ''}{picks} FROM {source.sql} WHERE {where}"  # noqa: S608
    given = [*pick_values, str(source.path), *values]
    order, order_values = _order(asked, words, rank_values, chosen)
    with asking(limits) as question:
        total = None
        if asked.with_total:
            found = question.ask(f"SELECT count(*) FROM ({base})", given)  # noqa: S608  (our words)
            total = int(found[0][0].as_py())
        page = question.ask(
            f"{base}{order} LIMIT {asked.limit:d} OFFSET {asked.offset:d}", [*given, *order_values]
        )
    return Page(_columns(source, chosen, page), _rows(page), total)


def _all(source: Source, asked: Numbered) -> tuple[str, ...]:
    names = [column.name for column in source.columns]
    if asked.distinct:
        return tuple(names)
    return (NUMBER, *(name for name in names if name not in {NUMBER, RANK}),
            *((RANK,) if asked.words else ()))  # fmt: skip


def _columns(source: Source, chosen: Sequence[str], page: Any) -> tuple[Column, ...]:
    titles = {column.name: column.title for column in source.columns}
    kinds = [kind_of(kind) for kind in page.schema.types]
    return tuple(
        Column(name, kind, titles.get(name, "")) for name, kind in zip(chosen, kinds, strict=True)
    )


def _rows(page: Any) -> list[tuple[Any, ...]]:
    columns = [list(json_values(column)) for column in page.columns]
    return list(zip(*columns, strict=True))


def _where(source: Source, asked: Numbered) -> tuple[str, list[Any]]:
    where, values = conditions_sql(source, Query(conditions=asked.conditions))
    parts = [where]
    for word in asked.words:
        parts.append(f"({' OR '.join(_stands(one) for one in source.names.values())})")
        values += [word] * len(source.names)
    for column, text in asked.within:
        parts.append(_stands(source.names[column]))
        values.append(text)
    if asked.numbers is not None:
        parts.append("(r + 1) IN (SELECT unnest(?))")
        values.append(list(asked.numbers))
    if asked.after:
        parts.append("r >= ?")
        values.append(asked.after)
    return " AND ".join(parts), values


def _stands(word: str) -> str:
    return f"coalesce(contains(lower(CAST({word} AS VARCHAR)), lower(?)), false)"


def _rank(source: Source, words: Sequence[str]) -> tuple[str, list[Any]]:
    cells = [f"CAST({_stands(one)} AS INTEGER)" for _ in words for one in source.names.values()]
    values = [word for word in words for _ in source.names]
    return f"CAST(({' + '.join(cells) or '0'}) AS DOUBLE)", values


def _order(
    asked: Numbered, words: dict[str, str], rank_values: list[Any], chosen: Sequence[str]
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
        value for one in asked.sort if one.column == RANK for value in rank_values
    ]  # fmt: skip
    if asked.words and not asked.sort and not asked.distinct:
        parts, values = [f"{words[RANK]} DESC"], rank_values
    if asked.distinct:
        parts += [f"p{place}" for place in range(len(chosen))]
    elif parts:
        parts.append("r")
    return (f" ORDER BY {', '.join(parts)}" if parts else ""), values
