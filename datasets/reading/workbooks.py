"""A look through a workbook's parts before a spreadsheet library opens it.

A spreadsheet library lays a sheet out as a full grid, so two cells, A1 and XFD1048576, ask for 17
thousand million cells: the library aborts the whole process (calamine issue 693). The grid is
therefore measured on the XML first. The same pass counts what a clerk does not see on the screen.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import re2

from datasets.reading.archives import check_archive, inflate, too_large
from datasets.reading.problems import UnreadableError, refuse
from schemas.records import Limits, Message

SHEET_PART = re.compile(r"xl/(?:worksheets|chartsheets)/[^/]+\.xml|content\.xml", re.IGNORECASE)
# Cells with content only: cells that merely carry a colour are not laid out.
COLUMN = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})\d{1,7}["'][^>]*(?<!/)>""")
ROW = re.compile(rb"""\br\s*=\s*["'][A-Za-z]{1,3}(\d{1,7})["'][^>]*(?<!/)>""")
# A cell that does not say where it is stands in the row that its row element names.
MAY_BE_UNPLACED = re2.compile(
    rb"""<(?:[0-9A-Za-z_]+:)?c(?:\s+[a-qs-z][0-9A-Za-z_]*\s*=\s*["'][^"']*["'])*\s*>"""
)
NAMED_ROW = re.compile(rb"""<(?:\w+:)?row\b[^>]*?\br\s*=\s*["'](\d{1,9})["']""")
ERROR_CELL = re.compile(rb"""<(?:\w+:)?c\b[^>]*?\bt\s*=\s*["']e["']""")
# A formula whose result nobody stored: a program wrote the file without computing it. An empty text
# as a result (t="str") is one.
FORMULA = re.compile(
    rb"""<(?:\w+:)?c\b(?![^>]*\bt\s*=\s*["']str["'])[^>]*>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)"""
    rb"""\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"""
)
MAY_BE_ERROR = re2.compile(rb"""\st\s*=\s*["']e["']""")
HIDDEN = re.compile(rb"""<(?:\w+:)?(row|col)\b[^>]*?\bhidden\s*=\s*["'](?:1|true)["']""")
DOCTYPE = b"<!DOCTYPE"
OVERLAP = 1 << 12
# Bytes that one cell of the grid takes in the library and while it is turned into text.
CELL_BYTES = 160


@dataclass(slots=True)
class Glance:
    """What a look through the XML found: extent of the largest sheet and things out of sight."""

    rows: int = 0
    columns: int = 0
    error_cells: int = 0
    open_formulas: int = 0
    hidden_rows: int = 0
    hidden_columns: int = 0


def glance(path: Path, limits: Limits) -> Glance:
    """Inflate every part of an XLSX or ODS file once, counting, and measure its sheets."""
    result = Glance()
    entries = check_archive(path, limits)
    most = min(limits.max_unpacked_bytes, limits.memory_bytes // 2)
    total = 0
    for entry in entries:
        sheet = SHEET_PART.fullmatch(entry.filename) is not None
        part = Glance()
        for size in _look_at_part(path, entry, limits, part, sheet=sheet):
            total += size
            if total > most:
                raise too_large(limits)
        _add(result, part)
        if part.rows * part.columns * CELL_BYTES > limits.memory_bytes:
            raise far_corner(part.rows, part.columns)
    return result


def _look_at_part(
    path: Path, entry: zipfile.ZipInfo, limits: Limits, part: Glance, *, sheet: bool
) -> Iterator[int]:
    """Yield the size of each inflated piece while gathering facts into ``part``."""
    before = b""
    for chunk in inflate(path, entry, limits):
        yield len(chunk)
        text = before + chunk
        if DOCTYPE in text:
            raise refuse(
                "archive-refused",
                Message("The workbook holds a document type declaration, which none needs."),
                Message("Open it in the office program, save it anew, and deliver that file."),
            )
        if sheet:
            _measure(text, len(before), part)
        before = text[-OVERLAP:]


def _measure(text: bytes, seen: int, part: Glance) -> None:
    """Gather extent and counts from a piece whose first ``seen`` bytes were counted before."""
    letters = set(COLUMN.findall(text))
    numbers = set(ROW.findall(text))
    if MAY_BE_UNPLACED.search(text):
        numbers.update(NAMED_ROW.findall(text))
    part.columns = max([part.columns, *map(column_number, letters)])
    part.rows = max([part.rows, *map(int, numbers)])
    if MAY_BE_ERROR.search(text):
        part.error_cells += sum(1 for hit in ERROR_CELL.finditer(text) if hit.end() > seen)
    if b"<f" in text or b":f" in text:
        part.open_formulas += sum(1 for hit in FORMULA.finditer(text) if hit.end() > seen)
    for hit in HIDDEN.finditer(text) if b"hidden" in text else ():
        if hit.end() > seen:
            part.hidden_rows += hit[1] == b"row"
            part.hidden_columns += hit[1] == b"col"


def column_number(letters: bytes) -> int:
    """Turn column letters into a number from 1: A is 1, XFD is 16,384."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _add(total: Glance, part: Glance) -> None:
    total.rows, total.columns = max(total.rows, part.rows), max(total.columns, part.columns)
    total.error_cells += part.error_cells
    total.open_formulas += part.open_formulas
    total.hidden_rows += part.hidden_rows
    total.hidden_columns += part.hidden_columns


def far_corner(rows: int, columns: int) -> UnreadableError:
    """A sheet that ends in that row and column, and is too large to be read."""
    return refuse(
        "far-corner",
        Message(
            "A sheet reaches to row %(rows)d and column %(columns)d, which is more than can be "
            "read. Mostly a single cell far away from the table was filled by mistake.",
            {"rows": rows, "columns": columns},
        ),
        Message("Copy the table alone into a new workbook, save it, and deliver that."),
        f"row {rows}, column {columns}",
    )
