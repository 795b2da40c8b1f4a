"""The rows that conditions let through, by index.

Conditions become spans of codes. The narrowest one gives rows, the others thin them out; where none is
narrow, all are looked at as bits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from datasets.filters import Condition
from datasets.indexed.columns import Indexed

NARROW: Final = 64
"""Rows of several spans are put in order one by one only when they are a smaller share than one in so
many; beyond it looking at all is quicker."""

STRETCH: Final = 65_536
"""Bits looked through at a time for the rows of a page."""

FEW_SPANS: Final = 3
DECIMAL_DIGITS: Final = 38
NO_ROWS: Final = pa.array([], pa.uint32())

Span = tuple[int, int]
"""Codes from the first to below the second."""


@dataclass(frozen=True, slots=True)
class Hits:
    """The rows that conditions let through: as ``rows`` in the order of the file, or as ``bits``; as
    neither when it is all of them."""

    total: int
    rows: Any = None
    bits: Any = None

    @property
    def everything(self) -> bool:
        return self.rows is None and self.bits is None

    def listed(self) -> Any:
        """The rows of hits that are not everything."""
        return self.rows if self.bits is None else pc.indices_nonzero(self.bits).cast(pa.uint32())

    def page(self, after: int, most: int) -> Any:
        """The first rows beyond ``after``, in the order of the file."""
        if self.rows is not None:
            start = beyond(self.rows, after)
            return self.rows.slice(start, most)
        if self.bits is None:
            return numbers(min(after + 1, self.total), min(after + 1 + most, self.total))
        found = []
        for start in range(after + 1, len(self.bits), STRETCH):
            ones = pc.indices_nonzero(self.bits.slice(start, STRETCH)).slice(0, most)
            found.append(pc.add(ones, pa.scalar(start, pa.uint64())).cast(pa.uint32()))
            most -= len(ones)
            if not most:
                break
        return pa.concat_arrays([NO_ROWS, *found])


def spans_of(column: Indexed, condition: Condition) -> list[Span] | None:
    """The codes that a condition lets through; ``None`` where only the query engine can say."""
    make = SPANS.get(condition.operator)
    if make is None or not all(_comparable(column, value) for value in condition.values):
        return None
    return [span for span in make(column, condition.values) if span[0] < span[1]]


def _comparable(column: Indexed, value: Any) -> bool:
    """Whether a decimal has room beside those of the column in a type of the query engine, which refuses
    to compare those that have none."""
    kind = column.values.type
    if not isinstance(value, Decimal) or not pa.types.is_decimal(kind):
        return True
    scale = max(kind.scale, -int(value.as_tuple().exponent))
    whole = max(kind.precision - kind.scale, value.adjusted() + 1)
    return bool(whole + scale <= DECIMAL_DIGITS)


def _one(column: Indexed, values: Sequence[Any]) -> list[Span]:
    return [(column.code_from(value), column.code_beyond(value)) for value in values]


def _other(column: Indexed, values: Sequence[Any]) -> list[Span]:
    low, high = _one(column, values)[0]
    return [(0, low), (high, column.different + 1)]


def _any_of(column: Indexed, values: Sequence[Any]) -> list[Span]:
    return sorted({*_one(column, [value for value in values if value is not None])})


def _empty(column: Indexed, values: Sequence[Any]) -> list[Span]:
    end = column.different
    return [(end, end + 1)] if values[0] else [(0, end)]


SPANS: Final[dict[str, Callable[[Indexed, Sequence[Any]], list[Span]]]] = {
    "eq": _one,
    "ne": _other,
    "lt": lambda column, values: [(0, column.code_from(values[0]))],
    "lte": lambda column, values: [(0, column.code_beyond(values[0]))],
    "gt": lambda column, values: [(column.code_beyond(values[0]), column.different)],
    "gte": lambda column, values: [(column.code_from(values[0]), column.different)],
    "between": lambda column, values: [
        (column.code_from(values[0]), column.code_beyond(values[1]))
    ],
    "in": _any_of,
    "isnull": _empty,
}
"""Operator -> the spans it means. Parts of texts are found by the query engine."""


def hits_of(total: int, conditions: list[tuple[Indexed, list[Span]]]) -> Hits:
    counted = sorted(
        (
            (sum(column.rows(*span) for span in spans), n)
            for n, (column, spans) in enumerate(conditions)
        )
    )
    narrowing = [(count, *conditions[n]) for count, n in counted if count < total]
    if not narrowing:
        return Hits(total)
    count, column, spans = narrowing[0]
    if not count:
        return Hits(0, NO_ROWS)
    others = [(column, spans) for _, column, spans in narrowing[1:]]
    rows = _listed(total, column, spans, count)
    if rows is None:
        masks = [_let_through(column.codes, spans) for _, column, spans in narrowing]
        bits = reduce(pc.and_, masks)
        return Hits(bits.true_count, bits=bits)
    for other, wanted in others:
        rows = rows.filter(_let_through(pc.take(other.codes, rows, boundscheck=False), wanted))
    return Hits(len(rows), rows)


def _listed(total: int, column: Indexed, spans: list[Span], count: int) -> Any:
    """The rows of some spans in the order of the file, where that is soon said."""
    slices = [column.order.slice(column.starts[low], column.rows(low, high)) for low, high in spans]
    in_order = column.rising or (len(spans) == 1 and spans[0][1] - spans[0][0] == 1)
    if in_order:
        return slices[0] if len(slices) == 1 else pa.concat_arrays(slices)
    if count * NARROW > total:
        return None
    rows = pa.concat_arrays(slices)
    return rows.take(pc.sort_indices(rows))


def _let_through(codes: Any, spans: list[Span]) -> Any:
    if len(spans) > FEW_SPANS:  # only a list of values has so many, each a code of its own
        return pc.is_in(codes, value_set=pa.array([low for low, _ in spans], codes.type))
    return reduce(pc.or_, [_within(codes, *span) for span in spans])


def _within(codes: Any, low: int, high: int) -> Any:
    kind = codes.type
    if high - low == 1:
        return pc.equal(codes, pa.scalar(low, kind))
    parts = []
    if low:
        parts.append(pc.greater_equal(codes, pa.scalar(low, kind)))
    parts.append(pc.less_equal(codes, pa.scalar(high - 1, kind)))
    return reduce(pc.and_, parts)


def beyond(rows: Any, after: int) -> int:
    """How many of some rows in the order of the file do not come after one."""
    low, high = 0, len(rows) if after >= 0 else 0
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if rows[middle].as_py() <= after else (low, middle)
    return low


def numbers(start: int, stop: int) -> Any:
    """Rows one after another."""
    return pa.arange(start, stop).cast(pa.uint32())
