"""Numbers of records: a range as long as none is left out, else an array of whole numbers."""

from array import array
from collections.abc import Collection, Sequence

import polars as pl
import pyarrow as pa

Numbers = range | array  # type: ignore[type-arg]


def indices(numbers: Numbers) -> pa.Int64Array:
    """The numbers in a form PyArrow takes."""
    if isinstance(numbers, range):
        return pa.arange(numbers.start, numbers.stop, numbers.step)
    return pa.Array.from_buffers(pa.int64(), len(numbers), [None, pa.py_buffer(numbers)])


def without(numbers: Numbers, places: Sequence[int]) -> Numbers:
    """The numbers but for those at some places."""
    if not places:
        return numbers
    kept = pl.repeat(value=True, n=len(numbers), dtype=pl.Boolean, eager=True)
    kept = kept.scatter(pl.Series(places, dtype=pl.UInt32), values=False)
    left = pl.Series(indices(numbers)).filter(kept).to_arrow()
    end = 8 * (left.offset + len(left))
    return array("q", left.buffers()[1].to_pybytes()[8 * left.offset : end])


def places_of(numbers: Numbers, wanted: Collection[int]) -> list[int]:
    """The places of the wanted numbers among others, all ascending; some may not be there."""
    if not len(numbers):
        return []
    known, asked = pl.Series(indices(numbers)), pl.Series(sorted(wanted), dtype=pl.Int64)
    places = known.search_sorted(asked)
    there = known.gather(places.clip(upper_bound=len(known) - 1)) == asked
    return places.filter(there).to_list()
