"""The first rows in the order asked for, by index.

The codes of a row's cells and its place, one after another as the digits of one number: the first rows are
those with the smallest numbers, and no two are equal.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from datasets.filters import Query, Sort
from datasets.indexed.columns import Indexed
from datasets.indexed.narrowing import NO_ROWS, Hits, beyond, numbers

MOST_KEYS: Final = 2**63


def first_of(total: int, columns: Sequence[Indexed], query: Query, hits: Hits, most: int) -> Any:
    """So many of the hits, in the order of ``query.sort`` over these columns, beyond ``query.after``;
    ``None`` where they have so many values that the digits do not fit one number."""
    if query.after is not None and query.after >= total:
        return NO_ROWS
    if hits.everything and len(columns) == 1:
        return _walked(columns[0], query.sort[0], query.after, most)
    return _chosen(total, columns, query, hits, most)


def _walked(column: Indexed, sort: Sort, after: int | None, most: int) -> Any:
    """All rows by one column: they stand in that order already, from the largest value on in stretches
    of equal ones."""
    last = column.different
    code, begin = last - 1 if sort.descending else 0, None
    if after is not None:
        code = column.codes[after].as_py()
        begin = column.starts[code]
        begin += beyond(column.order.slice(begin, column.rows(code, code + 1)), after)
    if not sort.descending:
        return column.order.slice(begin or 0, most)
    found = []
    for one in chain([] if code == last else range(code, -1, -1), [last]):
        start = column.starts[one] if begin is None else begin
        found.append(column.order.slice(start, min(column.starts[one + 1] - start, most)))
        begin, most = None, most - len(found[-1])
        if not most:
            break
    return pa.concat_arrays([NO_ROWS, *found])


def _chosen(total: int, columns: Sequence[Indexed], query: Query, hits: Hits, most: int) -> Any:
    most_keys = total
    for column in columns:
        most_keys *= column.different + 1
    if most_keys >= MOST_KEYS:
        return None
    rows = numbers(0, total) if hits.everything else hits.listed()
    keys = _keys(total, columns, query.sort, rows)
    if query.after is not None:
        last = _keys(total, columns, query.sort, pa.array([query.after], pa.uint32()))[0]
        keys = keys.filter(pc.greater(keys, last))
    if not len(keys):
        return NO_ROWS
    chosen = keys.take(pc.select_k_unstable(keys, most, [("", "ascending")]))
    above = times(pc.divide(chosen, number(total)), total)
    return pc.subtract(chosen, above).cast(pa.uint32())


def _keys(total: int, columns: Sequence[Indexed], sorts: Sequence[Sort], rows: Any) -> Any:
    """For each row a number that is smaller for what comes earlier."""
    key: Any = None
    for column, sort in zip(columns, sorts, strict=True):
        codes = pc.take(column.codes, rows, boundscheck=False).cast(pa.uint64())
        if sort.descending:
            codes = turned(codes, column)
        key = codes if key is None else pc.add(times(key, column.different + 1), codes)
    return pc.add(times(key, total), rows.cast(pa.uint64()))


def turned(codes: Any, column: Indexed) -> Any:
    """Codes from the largest value down; the empty stay last."""
    end = column.different
    turned = pc.subtract(number(end - 1 if end else 0), codes)
    return (
        pc.if_else(pc.equal(codes, number(end)), number(end), turned)
        if column.has_empty
        else turned
    )


def times(numbers: Any, factor: int) -> Any:
    return pc.multiply(numbers, number(factor))


def number(value: int) -> Any:
    return pa.scalar(value, pa.uint64())
