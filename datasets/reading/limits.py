"""Bounds on rows, columns and cells of a delivery, and what is said when one is passed."""

from collections.abc import Sequence

from datasets.reading.problems import refuse
from schemas.records import Limits, Message

LINE_CHARS = 1 << 26
"""A physical line is read in one piece, so its length is bounded before the grammar sees it."""


def check_row(row: Sequence[str], number: int, limits: Limits) -> None:
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


def line_too_long(number: int = 0) -> Exception:
    """A line without an end: some program wrote all records into one line."""
    return refuse(
        "line-too-long",
        Message("Line %(line)d has no end: it is longer than any table's.", {"line": number})
        if number
        else Message("A line has no end: it is longer than any table's."),
        Message("Export the table again with one record on each line."),
        f"line {number}" if number else "",
    )
