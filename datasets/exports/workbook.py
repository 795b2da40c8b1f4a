"""XLSX for people: typed cells, no formula, no link, a frozen header that shows the titles.

Excel keeps 15 digits of a number and knows no day before March 1900 (its calendar has a 29 February
1900): such values are written as text, so that nothing is changed by opening the file.
"""

import math
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import xlsxwriter

from datasets.exports.contract import ExportProblem, Options, as_text, iter_batches, titles
from schemas.records import Message, Problem

MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
MAX_CELL_CHARS = 32_767
MAX_DIGITS = 15
TOO_LONG = 1_000_000_000_000_000
FIRST_SAFE_DAY = date(1900, 3, 1)
PIECE_BYTES = 256 * 1024
WIDTH_ROWS = 200
NARROWEST, WIDEST = 8, 60
MADE = datetime(2000, 1, 1)  # noqa: DTZ001  (a fixed stamp: the same table gives the same file)

TYPED_ONLY = {
    "constant_memory": True,
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
}


def write_xlsx(reader: Any, _options: Options) -> Iterator[bytes]:
    """Written to a temporary file first: a ZIP archive's directory stands at its end."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.xlsx"
        write_workbook(reader, path, folder)
        with path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece


def write_workbook(reader: Any, path: Path, folder: str) -> None:
    names = titles(reader.schema)
    if len(names) > MAX_COLUMNS:
        raise too_large(Message("columns"), MAX_COLUMNS)
    with xlsxwriter.Workbook(path, {**TYPED_ONLY, "tmpdir": folder}) as book:
        book.set_properties({"created": MADE})
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        formats: dict[type, Any] = {
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        }
        for column, name in enumerate(names):
            sheet.write_string(0, column, fitting(name), bold)
        row = 0
        for batch in iter_batches(reader):
            columns = [cell_values(column) for column in batch.columns]
            if row == 0:
                set_widths(sheet, names, columns)
            for cells in zip(*columns, strict=True):
                row += 1
                if row >= MAX_ROWS:
                    raise too_large(Message("rows"), MAX_ROWS - 1)
                for column, value in enumerate(cells):
                    write_cell(sheet, row, column, value, formats)


def write_cell(sheet: Any, row: int, column: int, value: Any, formats: dict[type, Any]) -> None:
    if value is None:
        return
    if isinstance(value, str):
        sheet.write_string(row, column, fitting(value))
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, formats[type(value)])
    else:
        sheet.write_number(row, column, value)


def cell_values(column: Any) -> list[Any]:
    """A column's values as Excel can hold them unchanged; the others as text."""
    kind = column.type
    typed = (
        pa.types.is_integer(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_date32(kind)
        or pa.types.is_timestamp(kind)
    )
    texts = as_text(column).to_pylist()
    if not typed:
        return list(texts)
    return [
        value if holds(value) else text
        for value, text in zip(column.to_pylist(), texts, strict=True)
    ]


def holds(value: Any) -> bool:
    """Whether an Excel cell keeps this value to the last digit or second."""
    if isinstance(value, datetime):
        return bool(value.date() >= FIRST_SAFE_DAY and not (value.microsecond or value.tzinfo))
    if isinstance(value, date):
        return bool(value >= FIRST_SAFE_DAY)
    if isinstance(value, int):
        return -TOO_LONG < value < TOO_LONG
    if isinstance(value, Decimal):
        return len(value.as_tuple().digits) <= MAX_DIGITS
    if isinstance(value, float):
        return math.isfinite(value)
    return True


def set_widths(sheet: Any, names: list[str], columns: list[list[Any]]) -> None:
    for number, (name, values) in enumerate(zip(names, columns, strict=True)):
        widest = max(display_width(str(value)) for value in (name, *values[:WIDTH_ROWS]))
        sheet.set_column(number, number, min(max(widest + 2, NARROWEST), WIDEST))


def display_width(text: str) -> int:
    """Columns a text takes on screen; a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text[:WIDEST])


def fitting(text: str) -> str:
    if len(text) > MAX_CELL_CHARS:
        raise too_large(Message("characters in a cell"), MAX_CELL_CHARS)
    return text


def too_large(what: Message, limit: int) -> ExportProblem:
    return ExportProblem(
        Problem(
            code="xlsx-too-large",
            place="xlsx",
            cause=Message(
                "An Excel sheet holds at most %(limit)s %(what)s; this table has more.",
                {"limit": limit, "what": what},
            ),
            remedy=Message("Download the table as CSV or Parquet, or narrow it with filters."),
        )
    )
