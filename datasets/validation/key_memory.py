"""Was this value there before? Answered for whole columns, in memory that does not grow with a table.

Nearly all values of a key are told apart by 64-bit hashes, eight bytes for each row. As long as no
hash repeats, no value does. When one repeats, ``RepeatedError`` names it, and the table is walked
again by a memory that compares the values of such hashes one by one. Hashes beyond
``MOST_HELD`` go to files by their last bits, and are compared when the table has been read.

Values that their field refuses are few, often repeat, and are never equal to values that it accepts:
they are compared one by one from the start.
"""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl
import pyarrow as pa

MOST_HELD: Final = 2_000_000
"""Hashes held in memory for one key."""
FILES: Final = 64
"""How many files hashes go to: a hundred million make files of 13 MB."""
FIRST_LOOK: Final = 2**15
LOOK_AGAIN: Final = 8
"""Hashes are compared when there are so many, and whenever there are so many times more."""

Values = pl.Series | list[Any]
Known = Mapping[tuple[int, ...], pl.Series | None]
"""What an earlier walk found of each key, by the places of its fields: the hashes that repeat, or
None when all its values have to be compared one by one."""


class RepeatedError(Exception):
    """A value may repeat; ``known`` is what the next walk has to know to tell."""

    def __init__(self, known: Known) -> None:
        super().__init__(len(known))
        self.known = known


class KeyMemory:
    """The values of one key met so far; ``known`` of an earlier walk is given to ``__init__``."""

    def __init__(
        self, places: tuple[int, ...], known: Known, *, most_held: int = MOST_HELD
    ) -> None:
        self.places = places
        self._looked_for = known.get(places)
        self._one_by_one = places in known and self._looked_for is None
        self._seen: dict[Any, int] = {}
        self._last: Any = None
        self._rises = len(places) == 1 and places not in known
        self._forgot = False
        self._hashes = _Hashes(most_held or MOST_HELD)

    def meet(
        self, columns: Sequence[Values], wrong: Sequence[int], numbers: pl.Series
    ) -> Iterable[tuple[int, int]]:
        """The rows whose value was there before, with the number of the last row that had it; then
        these values are known.

        ``columns`` are the values of the key's fields, None where there is none; ``wrong`` are
        the rows, by place, with a value that its field refuses; ``numbers`` are record numbers,
        ascending.
        """
        series = [one for one in columns if isinstance(one, pl.Series)]
        if len(series) < len(columns) and not self._one_by_one:
            if self._last is not None or self._hashes.count:
                raise RepeatedError({self.places: None})
            self._one_by_one = True
        if self._one_by_one:
            return _met(self._seen, rows_of(columns), numbers.to_list())
        return self._meet_series(series, wrong, numbers)

    def _meet_series(
        self, columns: list[pl.Series], wrong: Sequence[int], numbers: pl.Series
    ) -> list[tuple[int, int]]:
        met: list[tuple[int, int]] = []
        left = has_value(columns)
        if wrong:
            odd = pl.Series(wrong, dtype=pl.UInt32)
            met = self._compare([one.gather(odd) for one in columns], numbers.gather(odd))
            accepted = _all_but(odd, len(numbers))
            left = accepted if left is None else left & accepted
        if left is not None:
            numbers = numbers.filter(left)
            columns = [one.filter(left) for one in columns]
        if not len(numbers):
            return met
        hashes = _hashed(columns)
        if self._rises:
            self._rises = self._goes_on_rising(columns[0])
        if self._looked_for is not None:
            hit = hashes.is_in(self._looked_for.implode())
            if hit.any():
                met += self._compare([one.filter(hit) for one in columns], numbers.filter(hit))
                hashes = hashes.filter(~hit)
        self._add(hashes)
        return met

    def _compare(self, columns: list[pl.Series], numbers: pl.Series) -> list[tuple[int, int]]:
        return list(_met(self._seen, rows_of(columns), numbers.to_list()))

    def _add(self, hashes: pl.Series) -> None:
        if self._rises:
            # Nothing repeats while values rise; hashes are kept for the case that one falls.
            self._forgot = self._forgot or not self._hashes.add(hashes, spill=False)
            return
        if self._forgot:
            raise RepeatedError({self.places: pl.Series([], dtype=pl.UInt64)})
        self._hashes.add(hashes)
        self._tell(self._hashes.repeated_so_far())

    def _goes_on_rising(self, values: pl.Series) -> bool:
        falls = self._last is not None and not values[0] > self._last
        if falls or not (values.slice(1) > values.slice(0, len(values) - 1)).all():
            return False
        self._last = values[-1]
        return True

    def _tell(self, repeated: pl.Series) -> None:
        if not len(repeated):
            return
        if self._looked_for is not None:
            repeated = pl.concat([self._looked_for, repeated])
        raise RepeatedError({self.places: repeated})

    def finish(self) -> None:
        """To be called after the last row that is looked at. Raises ``RepeatedError``."""
        if not self._rises:
            self._tell(self._hashes.repeated())

    def close(self) -> None:
        """Let go of files."""
        self._hashes.close()


class _Hashes:
    """Hashes, in memory up to a bound and in files beyond it."""

    def __init__(self, most_held: int) -> None:
        self.count = 0
        self._most_held = most_held
        self._held: list[pl.Series] = []
        self._held_count = 0
        self._next_look = FIRST_LOOK
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def add(self, hashes: pl.Series, *, spill: bool = True) -> bool:
        """Take more hashes; False when they were too many and, not to be spilt, are forgotten."""
        self.count += len(hashes)
        self._held.append(hashes)
        self._held_count += len(hashes)
        if self._held_count <= self._most_held:
            return True
        if spill:
            self._write()
        self._held, self._held_count = [], 0
        return spill

    def repeated_so_far(self) -> pl.Series:
        """The hashes that repeat, looked for now and then only, and only while they are in memory."""
        if self._folder is not None or self._held_count < self._next_look:
            return pl.Series([], dtype=pl.UInt64)
        self._next_look = LOOK_AGAIN * self._held_count
        return _repeated(self._held)

    def repeated(self) -> pl.Series:
        """All hashes that repeat."""
        if self._folder is None:
            return _repeated(self._held)
        self._write()
        self._held, self._held_count = [], 0
        paths = sorted(Path(self._folder.name).iterdir())
        return pl.concat([_repeated([_read(path)]) for path in paths])

    def _write(self) -> None:
        if not self._held_count:
            return
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="keys-")
        frame = pl.DataFrame({"hash": pl.concat(self._held)})
        parts = frame.with_columns(file=pl.col("hash") % FILES).partition_by("file", as_dict=True)
        for (file,), part in parts.items():
            with (Path(self._folder.name) / f"{file}").open("ab") as target:
                target.write(_bytes(part["hash"]))

    def close(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def _repeated(parts: list[pl.Series]) -> pl.Series:
    hashes = pl.concat(parts) if parts else pl.Series([], dtype=pl.UInt64)
    if hashes.n_unique() == len(hashes):
        return hashes.clear()
    return hashes.filter(hashes.is_duplicated()).unique()


def _bytes(hashes: pl.Series) -> Any:
    array = hashes.rechunk().to_arrow()
    return array.buffers()[1][array.offset * 8 : (array.offset + len(array)) * 8]


def _read(path: Path) -> pl.Series:
    data = path.read_bytes()
    array = pa.Array.from_buffers(pa.uint64(), len(data) // 8, [None, pa.py_buffer(data)])
    return pl.Series(array)


def has_value(columns: Sequence[pl.Series]) -> pl.Series | None:
    """Which rows have a value in any of the columns; None when all have."""
    if not all(one.null_count() for one in columns):
        return None
    found = columns[0].is_not_null()
    for one in columns[1:]:
        found = found | one.is_not_null()
    return found


def _all_but(places: pl.Series, count: int) -> pl.Series:
    return pl.repeat(value=True, n=count, dtype=pl.Boolean, eager=True).scatter(places, False)


def _hashed(columns: Sequence[pl.Series]) -> pl.Series:
    if len(columns) == 1:
        return columns[0].hash()
    return pl.DataFrame([one.alias(str(at)) for at, one in enumerate(columns)]).hash_rows()


def rows_of(columns: Sequence[Values]) -> list[Any]:
    """The values of each row: a single one as it is, several as a tuple; None for nothing at all."""
    listed = [one.to_list() if isinstance(one, pl.Series) else one for one in columns]
    if len(listed) == 1:
        return listed[0]
    nothing = (None,) * len(listed)
    return [None if one == nothing else one for one in zip(*listed, strict=True)]


def _met(seen: dict[Any, int], values: list[Any], numbers: list[int]) -> Iterable[tuple[int, int]]:
    """The rows whose value was there before, and where; ``seen`` is brought up to date.

    The note of an error names the previous row with the value, not the first one.
    """
    present = set(values)
    present.discard(None)
    if len(present) == sum(value is not None for value in values) and present.isdisjoint(seen):
        seen.update(zip(values, numbers, strict=True))
        seen.pop(None, None)
        return ()
    met = []
    for value, number in zip(values, numbers, strict=True):
        if value is None:
            continue
        before = seen.get(value)
        seen[value] = number
        if before:
            met.append((number, before))
    return met
