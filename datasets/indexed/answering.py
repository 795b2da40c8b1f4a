"""Answers from an index: the same as ``datasets.query`` gives, or ``None`` for a question that is its."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from datasets.filters import Query, write_cursor
from datasets.indexed.columns import Indexed, TableIndex
from datasets.indexed.grouping import groups_of
from datasets.indexed.narrowing import Hits, hits_of, spans_of
from datasets.indexed.sorting import first_of
from datasets.query import Rows, Source, labelled


def answer(index: TableIndex, source: Source, query: Query, *, with_total: bool) -> Rows | None:
    """The answer, where an index gives it."""
    conditions = []
    for one in query.conditions:
        column = _column(index, source, one.column)
        spans = spans_of(column, one)
        if spans is None:
            return None
        conditions.append((column, spans))
    hits = hits_of(index.rows, conditions)
    if query.group or query.aggregates:
        grouped = [_column(index, source, name) for name in query.group]
        return groups_of(grouped, source, query, hits, with_total=with_total)
    return _page(index, source, query, hits, with_total=with_total)


def _column(index: TableIndex, source: Source, name: str) -> Indexed:
    return index.column(source.place(name))


def _page(
    index: TableIndex, source: Source, query: Query, hits: Hits, *, with_total: bool
) -> Rows | None:
    most = query.limit + 1
    if not query.sort:
        rows = hits.page(-1 if query.after is None else query.after, most)
    else:
        columns = [_column(index, source, sort.column) for sort in query.sort]
        rows = first_of(index.rows, columns, query, hits, most)
    if rows is None:
        return None
    shown = source.shown(query.select)
    places = [source.place(name) for name in query.select] or range(len(shown))
    page, more = rows.slice(0, query.limit), len(rows) > query.limit
    cells = [_values(index.column(place), page) for place in places]
    table = pa.table(cells, names=[column.name for column in shown])
    cursor = write_cursor(page[-1].as_py(), query) if more else ""
    return Rows(tuple(shown), labelled(table, shown), cursor, hits.total if with_total else None)


def _values(column: Indexed, rows: Any) -> Any:
    codes = pc.take(column.codes, rows, boundscheck=False)
    return pc.take(column.values, codes, boundscheck=False)
