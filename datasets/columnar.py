"""Walk a UTF-8 CSV some records at a time, bounded by records and by bytes."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 16 * 2**20
"""A batch ends here however few records it has: one cell may be as long as a book."""

MOST_CELL_CHARS: Final = 2**31 - 1
"""The limit on cells is kept where deliveries are read; here the file is our own."""


@dataclass(frozen=True, slots=True)
class Records:
    """Some records; ``first`` is the number of the first one, from 0. ``share`` of the file is read."""

    first: int
    rows: list[list[str]]
    share: float


def read_records(path: Path, most_rows: int, *, skip: int = 0) -> Iterator[Records]:
    """The records of the file at ``path`` in order, without the first ``skip`` of them."""
    csv.field_size_limit(MOST_CELL_CHARS)
    size = max(path.stat().st_size, 1)
    with path.open("rb") as raw, TextIOWrapper(raw, "utf-8-sig", newline="") as file:
        rows: list[list[str]] = []
        first, end = skip, raw.tell() + MOST_BYTES
        for number, row in enumerate(csv.reader(file)):
            if number < skip:
                continue
            rows.append(row)
            if len(rows) >= most_rows or raw.tell() >= end:
                yield Records(first, rows, raw.tell() / size)
                first, rows, end = number + 1, [], raw.tell() + MOST_BYTES
        if rows:
            yield Records(first, rows, 1.0)
