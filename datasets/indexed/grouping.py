"""How many rows each group has, by index."""

from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from datasets.filters import Aggregate, Column, Query, write_cursor
from datasets.indexed.columns import Indexed
from datasets.indexed.narrowing import Hits
from datasets.indexed.sorting import number, times, turned
from datasets.query import Rows, Source, kind_of, labelled

MOST_GROUPS: Final = 1_000_000
COUNT: Final = Aggregate("count", "count")


def groups_of(
    columns: Sequence[Indexed], source: Source, query: Query, hits: Hits, *, with_total: bool
) -> Rows | None:
    """The groups of the hits by these columns; ``None`` for other figures, which are the query engine's,
    and for more groups than an answer is worth."""
    labels = [*query.group, *(one.label for one in query.aggregates)]
    if any(one != COUNT for one in query.aggregates):
        return None
    counted = _counted(columns, hits)
    if counted is None:
        return None
    codes, counts = counted
    made = {name: codes[at] for at, name in enumerate(query.group)} | {
        one.label: counts for one in query.aggregates
    }
    known = dict(zip(query.group, columns, strict=True))
    chosen = _in_order(made, known, query)
    start = query.after or 0
    page = chosen.slice(start, query.limit)
    cells = [
        pc.take(known[label].values, made[label].take(page))
        if label in known
        else counts.take(page)
        for label in labels
    ]
    titles = {column.name: column.title for column in source.columns}
    shown = [
        Column(label, kind_of(cell.type), titles.get(label, ""))
        for label, cell in zip(labels, cells, strict=True)
    ]
    more = len(chosen) > start + query.limit
    cursor = write_cursor(start + query.limit, query) if more else ""
    table = labelled(pa.table(cells, names=labels), shown)
    return Rows(tuple(shown), table, cursor, len(chosen) if with_total else None)


def _counted(columns: Sequence[Indexed], hits: Hits) -> tuple[list[Any], Any] | None:
    """Codes of each group by column, and its rows; ``None`` when there may be too many groups."""
    if not columns:
        return [], pa.array([hits.total], pa.int64())
    most = 1
    for column in columns:
        most *= column.different + 1
    if most > MOST_GROUPS:
        return None
    if hits.everything and len(columns) == 1:
        starts = columns[0].starts
        sizes = [starts[code + 1] - starts[code] for code in range(len(columns[0].values))]
        return [pa.array(range(len(sizes)), pa.uint64())], pa.array(sizes, pa.int64())
    rows = None if hits.everything else hits.listed()
    key: Any = None
    for column in columns:
        codes = column.codes if rows is None else pc.take(column.codes, rows, boundscheck=False)
        key = codes if key is None else pc.add(
            times(key.cast(pa.uint64()), column.different + 1), codes.cast(pa.uint64())
        )  # fmt: skip
    found = pc.value_counts(key)
    left, codes = found.field("values").cast(pa.uint64()), []
    for column in reversed(columns):
        above = pc.divide(left, number(column.different + 1))
        codes.insert(0, pc.subtract(left, times(above, column.different + 1)))
        left = above
    return codes, found.field("counts").cast(pa.int64())


def _in_order(made: dict[str, Any], known: dict[str, Indexed], query: Query) -> Any:
    """The groups as they were asked for, equal ones by their columns."""
    keys = [
        turned(made[sort.column], known[sort.column])
        if sort.descending and sort.column in known
        else pc.negate(made[sort.column]) if sort.descending
        else made[sort.column]
        for sort in query.sort
    ]  # fmt: skip
    keys += [made[name] for name in query.group]
    if not keys:
        return pa.array([0], pa.uint64())
    names = [str(number) for number in range(len(keys))]
    return pc.sort_indices(pa.table(keys, names=names), [(name, "ascending") for name in names])
