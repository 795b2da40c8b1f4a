"""What every reader hands on: a table of text rows that can be walked more than once.

Every cell is text from the first moment, so that a code never becomes a number. Row *i* (0-based)
of ``rows()`` is record *i + 1* of the file the clerk has; nothing is dropped or renumbered here.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from datasets.reading.problems import refuse
from schemas.records import Limits, Message, Repair

Row = list[str]
Merge = tuple[int, int, int, int]
"""An area of merged cells: top, left, bottom, right, from 0 and inclusive."""


@dataclass(frozen=True, slots=True)
class Table:
    """A delivered table before any repair.

    ``keyed`` says that the format itself names the columns (JSON objects, Parquet): the first row
    holds those names, and no title rows or stacked tables are looked for.
    ``destroyed`` lists (record number, column number), both from 1, of cells that the file stores
    as numbers of more than 15 digits: their last digits are already lost.
    ``merges`` are areas of merged cells over several rows.
    ``template`` is the mark of a workbook made from one of our templates (``schemas.workbooks``).
    ``notes`` are remarks of the reader, for example on sheets that were not read.
    """

    kind: str
    media_type: str
    rows: Callable[[], Iterator[Row]]
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    members: tuple[str, ...] = ()
    keyed: bool = False
    notes: tuple[Repair, ...] = ()
    destroyed: tuple[tuple[int, int], ...] = ()
    merges: tuple[Merge, ...] = ()
    template: Mapping[str, str] = field(default_factory=dict)


def check_row(row: Row, number: int, limits: Limits) -> None:
    """Hold one row against the limits on rows, columns and cells; ``number`` counts from 1."""
    if number > limits.max_rows:
        raise refuse(
            "too-many-rows",
            Message("The table has more than %(limit)d rows.", {"limit": limits.max_rows}),
            Message("Split the data, for example by year, and deliver each part on its own."),
            f"row {number}",
        )
    if len(row) > limits.max_columns:
        raise refuse(
            "too-many-columns",
            Message(
                "Row %(row)d has %(columns)d columns; at most %(limit)d can be read.",
                {"row": number, "columns": len(row), "limit": limits.max_columns},
            ),
            Message("Delete the empty or surplus columns and deliver the file again."),
            f"row {number}",
        )


def spool(rows: Iterable[Row], path: Path, limits: Limits) -> Callable[[], Iterator[Row]]:
    """Write rows once to a UTF-8 CSV in the work folder and return how to walk them again.

    Formats that need much memory to parse are parsed once; later passes only stream this file.
    """
    with path.open("w", encoding="utf-8", newline="") as handle:
        write = csv.writer(handle).writerow
        for number, row in enumerate(rows, 1):
            check_row(row, number, limits)
            for column, cell in enumerate(row, 1):
                if len(cell) > limits.max_cell_chars:
                    raise cell_too_long(f"row {number}, column {column}", limits)
                if "\0" in cell:
                    raise nul_character(f"row {number}, column {column}")
            try:
                write(row)
            except UnicodeEncodeError as error:
                raise lone_surrogate(f"row {number}") from error

    def walk() -> Iterator[Row]:
        csv.field_size_limit(limits.max_cell_chars + 1)
        with path.open(encoding="utf-8", newline="") as handle:
            yield from csv.reader(handle)

    return walk


def cell_too_long(place: str, limits: Limits) -> Exception:
    """One cell is longer than the limit, which mostly means a lost quote."""
    return refuse(
        "cell-too-long",
        Message(
            "One cell holds more than %(limit)d characters. A quotation mark that is opened and "
            "never closed looks like this.",
            {"limit": limits.max_cell_chars},
        ),
        Message("Look at the place named, close the quotation mark, and deliver the file again."),
        place,
    )


def nul_character(place: str) -> Exception:
    """A NUL character in the data: the file was damaged or is no text."""
    return refuse(
        "nul-character",
        Message("The file holds a NUL character, which no text has. It was probably damaged."),
        Message("Export the file again from the source system and deliver the new export."),
        place,
    )


def lone_surrogate(place: str) -> Exception:
    """Half of a character pair, as broken programs write it; it cannot be stored as text."""
    return refuse(
        "lone-surrogate",
        Message("The file holds half a character (a lone surrogate), which is no text."),
        Message("Export the file again from the source system and deliver the new export."),
        place,
    )
