"""What is kept of a column: its values in order, once each, and where they stand.

============ ========================================================================================
part         meaning (``n`` rows, ``d`` different values)
============ ========================================================================================
``values``   the ``d`` values, sorted; texts by their UTF-8 bytes, as the query engine sorts them; and
             an empty one after them where a cell of the column is empty
``codes``    for each row the place of its value in ``values``; ``d`` for an empty cell
``order``    the rows by value, empty cells last, equal ones by their place in the file
``starts``   for each place in ``values`` where its rows begin in ``order``; then ``n``
============ ========================================================================================

So a comparison is a span of codes, the rows of a span are a slice of ``order``, and to sort rows is to
sort small numbers. A file is one Arrow IPC stream for each column, then a directory of them as JSON, then
``TAIL``: it is mapped into memory, and columns nobody asks about cost nothing.
"""

import hashlib
import json
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

PARTS = ("values", "codes", "order", "starts")
TAIL = struct.Struct("<Q32s")
"""Bytes of the directory, and its SHA-256."""

MAGIC = b"gongkai rows 2\n"


@dataclass(frozen=True, slots=True)
class Indexed:
    """A column by its parts; ``rising`` when its values never fall along the file."""

    values: Any
    codes: Any
    order: Any
    starts: Any
    different: int
    rising: bool

    def rows(self, low: int, high: int) -> int:
        """How many rows have a code from ``low`` to below ``high``."""
        return int(self.starts[high] - self.starts[low]) if low < high else 0

    @property
    def has_empty(self) -> bool:
        return len(self.values) > self.different

    def code_from(self, value: Any) -> int:
        """The first code whose value is ``value`` or more."""
        return bisect_left(_Values(self.values), value, 0, self.different)

    def code_beyond(self, value: Any) -> int:
        """The first code whose value is more than ``value``."""
        return bisect_right(_Values(self.values), value, 0, self.different)


class _Values(Sequence[Any]):
    """Values of an Arrow array one by one, for bisection."""

    def __init__(self, array: Any) -> None:
        self._array = array

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, place: Any) -> Any:
        return self._array[place].as_py()


class NoIndex(Exception):
    """The bytes are no index that this version of the program wrote."""


@dataclass(slots=True)
class TableIndex:
    """The index of a table, over the bytes of its file."""

    rows: int
    _bytes: Any
    _places: Sequence[Any]
    _columns: dict[int, Indexed] = field(default_factory=dict)

    def column(self, place: int) -> Indexed:
        """The column at a place of the table, counted from 0. Raises ``NoIndex`` when its bytes are not those
        that were written."""
        found = self._columns.get(place)
        if found is None:
            # Threads that come at once make the same thing, and either may stay.
            found = self._columns[place] = self._read(place)
        return found

    def _read(self, place: int) -> Indexed:
        start, size, different, rising, digest = self._places[place]
        held = self._bytes.slice(start, size)
        if hashlib.sha256(memoryview(held)).hexdigest() != digest:
            raise NoIndex
        batch = pa.ipc.open_stream(held).read_next_batch()
        parts = {name: batch.column(name).values for name in PARTS}
        starts = memoryview(parts.pop("starts").buffers()[1]).cast("I")
        return Indexed(**parts, starts=starts, different=different, rising=rising)


def open_index(held: Any) -> TableIndex:
    """An index over a ``pyarrow.Buffer``. Its directory is held against its hash here, each column
    against its own when it is first asked about. Raises ``NoIndex``."""
    whole = memoryview(held)
    end = len(whole) - TAIL.size
    if end < 0 or whole[: len(MAGIC)] != MAGIC:
        raise NoIndex
    size, digest = TAIL.unpack(whole[end:])
    written = bytes(whole[max(0, end - size) : end])
    if hashlib.sha256(written).digest() != digest:
        raise NoIndex
    directory = json.loads(written)
    return TableIndex(directory["rows"], held, directory["columns"])
