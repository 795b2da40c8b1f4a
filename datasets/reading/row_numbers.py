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
        self.append_run(number, 1)

    def append_run(self, first: int, count: int) -> None:
        """The next ``count`` rows have the numbers from ``first`` on."""
        if not count:
            return
        if not self._places or self[self._length - 1] + 1 != first:
            self._places.append(self._length)
            self._firsts.append(first)
        self._length += count

    def extend(self, numbers: Sequence[int]) -> None:
        """The next rows have these numbers, which rise."""
        if len(numbers) and numbers[-1] - numbers[0] + 1 == len(numbers):
            self.append_run(numbers[0], len(numbers))
            return
        for number in numbers:
            self.append_run(number, 1)

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
