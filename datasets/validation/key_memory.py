"""Where was this value before? Answered for whole columns, in memory that does not grow with a table.

Up to ``MOST_HELD`` values are held as sorted runs of 64-bit numbers, sixteen bytes for each row: an
integer is its own number, a text its hash. Beyond, numbers go to files by their last bits and
nothing is answered until ``finish``, which reads one file at a time. When it finds a number twice,
``RepeatedError`` names those numbers, and the table is walked again by a memory that knows which few
values to look out for.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

MOST_HELD: Final = 4_000_000
"""Values held in memory for one key."""
FILES: Final = 64
"""How many files the numbers go to: a hundred million values make files of 25 MB."""
WRITTEN_AT_ONCE: Final = 1_000_000
GROWTH: Final = 4
"""A run is merged with the one before when that is not so many times as long."""

_RUN: Final = {"key": pl.UInt64, "number": pl.Int64}


class RepeatedError(Exception):
    """Values are repeated that were written away; ``keys`` are their numbers (UInt64)."""

    def __init__(self, keys: pl.Series) -> None:
        super().__init__(len(keys))
        self.keys = keys


class KeyMemory:
    """The values of one key so far. ``looked_for``: only these numbers matter, of a walk before."""

    def __init__(self, *, most_held: int = MOST_HELD, looked_for: pl.Series | None = None) -> None:
        self._most_held = most_held
        self._looked_for = looked_for
        self._runs: list[pl.DataFrame] = []
        self._held = 0
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._written = 0
        self._waiting: list[pl.Series] = []
        self._waiting_rows = 0

    def meet(self, values: pl.Series, numbers: pl.Series) -> list[tuple[int, int]]:
        """The rows whose value was there before, with the number of the last such row, in order.

        ``values`` are integers or texts, null for none; ``numbers`` are record numbers (Int64),
        ascending. Then these values are known.
        """
        batch = pl.DataFrame({"key": numbers_of(values), "number": numbers}, schema=_RUN)
        if batch["key"].null_count():
            batch = batch.drop_nulls()
        if self._looked_for is not None:
            batch = batch.filter(batch["key"].is_in(self._looked_for.implode()))
        if not len(batch):
            return []
        if self._folder is not None:
            self._write(batch["key"])
            return []
        batch = batch.sort("key", maintain_order=True)
        met = self._met(batch)
        self._hold(batch)
        return met

    def _met(self, batch: pl.DataFrame) -> list[tuple[int, int]]:
        """``batch`` is in the order of its keys, which makes looking them up in a run quick."""
        keys = batch["key"]
        same = keys.slice(1) == keys.slice(0, len(keys) - 1)
        doubled = keys.slice(1).filter(same) if same.any() else None
        before: dict[int, int] = {}
        for run in self._runs:
            known = run["key"]
            places = known.search_sorted(keys).clip(upper_bound=len(known) - 1)
            hit = known.gather(places) == keys
            if hit.any():
                found = zip(keys.filter(hit), run["number"].gather(places.filter(hit)), strict=True)
                before.update(found)  # a later run has later rows
        suspects = pl.Series(list(before), dtype=pl.UInt64)
        if doubled is not None:
            suspects = suspects.append(doubled)
        if not len(suspects):
            return []
        met = []
        rows = batch.filter(keys.is_in(suspects.implode())).sort("number")
        for key, number in rows.iter_rows():
            if key in before:
                met.append((number, before[key]))
            before[key] = number
        return met

    def _hold(self, batch: pl.DataFrame) -> None:
        self._runs.append(_with_last_rows(batch))
        self._held += len(batch)
        while len(self._runs) > 1 and len(self._runs[-2]) < GROWTH * len(self._runs[-1]):
            newer = self._runs.pop()
            both = pl.concat([self._runs.pop(), newer])
            self._runs.append(_with_last_rows(both.sort("key", maintain_order=True)))
        if self._held > self._most_held and self._looked_for is None:
            self._folder = tempfile.TemporaryDirectory(prefix="keys-")
            for run in self._runs:
                self._write(run["key"])
            self._runs = []

    def _write(self, keys: pl.Series) -> None:
        self._waiting.append(keys)
        self._waiting_rows += len(keys)
        if self._waiting_rows >= WRITTEN_AT_ONCE:
            self._write_waiting()

    def _write_waiting(self) -> None:
        if self._folder is None or not self._waiting:
            return
        frame = pl.DataFrame({"key": pl.concat(self._waiting)})
        parts = frame.with_columns(file=pl.col("key").hash() % FILES)
        for (file,), part in parts.partition_by("file", as_dict=True, include_key=False).items():
            part.write_ipc(Path(self._folder.name) / f"{file}-{self._written}.arrow")
        self._written += 1
        self._waiting, self._waiting_rows = [], 0

    def finish(self) -> None:
        """To be called after the last batch, or when no more are looked at.

        Raises ``RepeatedError`` when a value repeats that ``meet`` could not tell about.
        """
        if self._folder is None:
            return
        try:
            self._write_waiting()
            found = [keys for keys in self._repeated() if len(keys)]
        finally:
            self.close()
        if found:
            raise RepeatedError(pl.concat(found))

    def _repeated(self) -> Iterator[pl.Series]:
        assert self._folder is not None  # noqa: S101  (asked only once there is one)
        for file in range(FILES):
            paths = Path(self._folder.name).glob(f"{file}-*.arrow")
            parts = [pl.read_ipc(path)["key"] for path in paths]
            keys = pl.concat(parts) if parts else pl.Series([], dtype=pl.UInt64)
            if keys.n_unique() < len(keys):
                yield keys.filter(keys.is_duplicated()).unique()

    def close(self) -> None:
        """Remove what was written."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def numbers_of(values: pl.Series) -> pl.Series:
    """A 64-bit number for each value, the same for equal ones; null for null.

    Two texts of one number are as likely as one in a hundred million among a million texts.
    """
    if values.dtype.is_integer():
        return values.cast(pl.Int64).reinterpret(signed=False)
    hashed = values.hash()
    if not values.null_count():
        return hashed
    return pl.select(pl.when(values.is_not_null()).then(hashed)).to_series()


def _with_last_rows(run: pl.DataFrame) -> pl.DataFrame:
    """Of each key in a sorted run only the last row."""
    keys = run["key"]
    last = keys.slice(0, len(keys) - 1) != keys.slice(1)
    return run if last.all() else run.filter(last.append(pl.Series([True])))
