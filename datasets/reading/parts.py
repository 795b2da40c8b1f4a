"""Rows on their way from one CSV to another: columns where they are regular, lists where not."""

import csv
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

import polars as pl
import pyarrow as pa

from datasets.columnar import Batch
from datasets.reading import columns
from datasets.reading.grammar import Row

FEW_ROWS = 64
"""Below this many rows a frame costs more than it saves."""


@dataclass(slots=True)
class Part:
    """Some rows on their way through: regular ones by columns, others as lists."""

    columns: list[pa.StringArray]
    numbers: Sequence[int]
    others: list[tuple[int, Row]]

    @staticmethod
    def of(batch: Batch) -> "Part":
        """The rows of a batch as they were read."""
        return Part(list(batch.columns), batch.numbers, batch.ragged)

    def batch(self, share: float) -> Batch:
        """The rows for others to look at; ``share`` of the file is read."""
        return Batch(tuple(self.columns), self.numbers, self.others, share)

    def all_numbers(self) -> Sequence[int]:
        """The record numbers of all rows, in order."""
        if not self.others:
            return self.numbers
        return sorted([*self.numbers, *(number for number, _ in self.others)])

    def keep(self, mask: pa.BooleanArray) -> None:
        """Leave out the regular rows for which the mask does not hold."""
        if mask.true_count == len(mask):
            return
        self.columns = [column.filter(mask) for column in self.columns]
        self.numbers = [self.numbers[place] for place in columns.places_of(mask)]

    def write(self, file: BinaryIO) -> None:
        """Append the rows to a CSV, those of another width between the regular ones."""
        start = 0
        for number, row in self.others:
            stop = bisect_left(self.numbers, number, lo=start)
            self._write_columns(file, start, stop)
            write_lists(file, [row])
            start = stop
        self._write_columns(file, start, len(self.numbers))

    def _write_columns(self, file: BinaryIO, start: int, stop: int) -> None:
        if stop - start < FEW_ROWS or not self.columns:
            cells = [column.slice(start, stop - start).to_pylist() for column in self.columns]
            rows = list(zip(*cells, strict=True)) if cells else [()] * (stop - start)
            write_lists(file, rows)
            return
        frame = pl.DataFrame(
            {str(i): column.slice(start, stop - start) for i, column in enumerate(self.columns)}
        )
        frame.write_csv(file, include_header=False, line_terminator="\r\n")


def write_lists(file: BinaryIO, rows: Sequence[Sequence[str]]) -> None:
    """Append rows to a CSV, whatever their widths."""
    lines: list[str] = []
    writer = csv.writer(_Lines(lines))
    writer.writerows(rows)
    file.write("".join(lines).encode())


@dataclass(frozen=True, slots=True)
class _Lines:
    """What ``csv.writer`` writes into."""

    lines: list[str]

    def write(self, text: str) -> None:
        self.lines.append(text)
