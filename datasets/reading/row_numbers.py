"""The numbers that the rows of a repaired table have in the clerk's file, in little memory."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import overload


class RowNumbers(Sequence[int]):
    """Rising numbers, kept as runs: a table of a hundred million rows without gaps is one run."""

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._places = array("q")
        self._firsts = array("q")
        self._length = 0
        for number in numbers:
            self.append(number)

    def append(self, number: int) -> None:
        """The next row has this number."""
        if not self._places or self[self._length - 1] + 1 != number:
            self._places.append(self._length)
            self._firsts.append(number)
        self._length += 1

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, place: int) -> int: ...
    @overload
    def __getitem__(self, place: slice) -> "RowNumbers": ...
    def __getitem__(self, place: int | slice) -> "int | RowNumbers":
        if isinstance(place, slice):
            return RowNumbers(self[each] for each in range(*place.indices(self._length)))
        if place < 0:
            place += self._length
        if not 0 <= place < self._length:
            raise IndexError(place)
        run = bisect_right(self._places, place) - 1
        return self._firsts[run] + place - self._places[run]
