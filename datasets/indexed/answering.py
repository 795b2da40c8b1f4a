"""Answers from an index: the same as ``datasets.query`` gives, or ``None`` for a question that is its."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from datasets.filters import Condition, Query, Sort, write_cursor
from datasets.indexed.columns import Indexed, TableIndex
from datasets.indexed.grouping import groups_of
from datasets.indexed.narrowing import NO_ROWS, Hits, hits_of, spans_of
from datasets.indexed.sorting import first_of
from datasets.numbered import NUMBER, Narrowing, Numbered, Order, Page, chosen_of, page_of
from datasets.query import Rows, Source, labelled


def answer(index: TableIndex, source: Source, query: Query, *, with_total: bool) -> Rows | None:
    """The answer, where an index gives it."""
    hits = _narrowed(index, source, query.conditions)
    if hits is None:
        return None
    if query.group or query.aggregates:
        grouped = [_column(index, source, name) for name in query.group]
        return groups_of(grouped, source, query, hits, with_total=with_total)
    return _page(index, source, query, hits, with_total=with_total)


def numbered_page(index: TableIndex, source: Source, asked: Numbered) -> Page | None:
    """The same for a question by offset, as ``datasets.numbered.run`` gives it."""
    told = asked.narrowing
    if asked.words or asked.within or asked.distinct or asked.after or not _plain(told, source):
        return None
    sorts = asked.sort
    if sorts == (Order(NUMBER),) and NUMBER not in source.names:
        sorts = ()  # the order of the file
    if any(one.column not in source.names for one in sorts):
        return None
    columns = [_column(index, source, one.column) for one in sorts]
    if any(one.empty_first and held.has_empty for one, held in zip(sorts, columns, strict=True)):
        return None  # in the index they stand last
    hits = _narrowed(index, source, told.conditions)
    rows = None if hits is None else _rows_at(index, columns, sorts, hits, asked)
    if hits is None or rows is None:
        return None
    chosen = chosen_of(source, asked)
    cells = [
        _values(_column(index, source, name), rows)
        if name in source.names
        else pc.add(rows.cast(pa.int64()), 1)
        for name in chosen
    ]
    table = pa.table(cells, names=[str(place) for place in range(len(cells))])
    return page_of(source, chosen, table, hits.total if asked.with_total else None)


def _plain(asked: Narrowing, source: Source) -> bool:
    """Whether these are conditions about columns alone, which hold together."""
    known = all(one.column in source.names for one in asked.conditions)
    return known and asked.numbers is None and not asked.choices


def _rows_at(
    index: TableIndex,
    columns: Sequence[Indexed],
    sorts: Sequence[Order],
    hits: Hits,
    asked: Numbered,
) -> Any:
    """The rows of a page that begins at an offset; ``None`` where the index cannot sort so."""
    last = min(asked.offset + asked.limit, hits.total)
    if last <= asked.offset:
        return NO_ROWS
    if not sorts:
        if hits.everything:
            return hits.page(asked.offset - 1, asked.limit)
        return hits.page(-1, last).slice(asked.offset)
    order = Query(sort=tuple(Sort(one.column, one.descending) for one in sorts))
    found = first_of(index.rows, columns, order, hits, last)
    return None if found is None else found.slice(asked.offset)


def _narrowed(index: TableIndex, source: Source, asked: Sequence[Condition]) -> Hits | None:
    """The rows that conditions let through; ``None`` where only the query engine can say."""
    conditions = []
    for one in asked:
        column = _column(index, source, one.column)
        spans = spans_of(column, one)
        if spans is None:
            return None
        conditions.append((column, spans))
    return hits_of(index.rows, conditions)


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
    if len(rows) == 1:  # a tenth of the time of taking
        return pa.repeat(column.values[column.codes[rows[0].as_py()].as_py()], 1)
    codes = pc.take(column.codes, rows, boundscheck=False)
    return pc.take(column.values, codes, boundscheck=False)
