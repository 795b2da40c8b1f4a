"""What every reader hands on: a table of text rows that can be walked more than once.

Every cell is text from the first moment, so that a code never becomes a number. Row *i* (0-based)
of ``rows()`` is record *i + 1* of the file the clerk has; nothing is dropped or renumbered here.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from datasets.reading.grammar import Row, stream
from datasets.reading.limits import cell_too_long, check_row, lone_surrogate, nul_character
from schemas.delimited import reader
from schemas.records import Limits, Repair

Merge = tuple[int, int, int, int]
"""An area of merged cells: top, left, bottom, right, from 0 and inclusive."""


@dataclass(frozen=True, slots=True)
class Table:
    """A delivered table before any repair, as text.

    ``text`` is UTF-8 with ``separator`` between cells: the delivered file itself when it is that
    already, else a file in the work folder. ``raw`` says that others wrote its quotation marks, so
    that an open one must be looked for. ``delimiter`` and ``encoding`` are those of the delivery.
    ``keyed`` says that the format itself names the columns (JSON objects, Parquet): the first row
    holds those names, and no title rows or stacked tables are looked for.
    ``destroyed`` lists (record number, column number), both from 1, of cells that the file stores
    as numbers of more than 15 digits: their last digits are already lost.
    ``merges`` are areas of merged cells over several rows.
    ``template`` is the mark of a workbook made from one of our templates (``schemas.workbooks``).
    ``skipped`` counts empty records at the beginning that stand for another table, which was not chosen.
    ``notes`` are remarks of the reader, for example on sheets that were not read.
    """

    kind: str
    media_type: str
    text: Path
    limits: Limits
    separator: str = ","
    raw: bool = False
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    members: tuple[str, ...] = ()
    keyed: bool = False
    notes: tuple[Repair, ...] = ()
    destroyed: tuple[tuple[int, int], ...] = ()
    merges: tuple[Merge, ...] = ()
    template: Mapping[str, str] = field(default_factory=dict)
    skipped: int = 0

    def rows(self) -> Iterator[Row]:
        """Every record as a list of its cells, an empty line as an empty one."""
        if self.raw:
            yield from stream(self.text, self.separator, self.limits)
            return
        with self.text.open(encoding="utf-8", newline="") as handle:
            yield from reader(handle, self.limits.max_cell_chars + 1)


def spool(rows: Iterable[Row], path: Path, limits: Limits) -> Path:
    """Write rows once to a UTF-8 CSV in the work folder and return its path.

    Formats that need much memory to parse are parsed once; later passes only stream this file.
    """
    with path.open("w", encoding="utf-8", newline="") as handle:
        write = csv.writer(handle).writerow
        for number, row in enumerate(rows, 1):
            check_row(row, number, limits)
            if max(map(len, row), default=0) > limits.max_cell_chars:
                column = next(
                    c for c, cell in enumerate(row, 1) if len(cell) > limits.max_cell_chars
                )
                raise cell_too_long(f"row {number}, column {column}", limits)
            if any("\0" in cell for cell in row):
                column = next(c for c, cell in enumerate(row, 1) if "\0" in cell)
                raise nul_character(f"row {number}, column {column}")
            try:
                write(row)
            except UnicodeEncodeError as error:
                raise lone_surrogate(f"row {number}") from error
    return path
