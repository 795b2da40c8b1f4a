"""XLSX for people: typed cells, no formula, no link, a frozen header that shows the titles.

Excel keeps 15 digits of a number and knows no day before March 1900 (its calendar has a 29 February
1900): such values are written as text, so that nothing is changed by opening the file. XlsxWriter makes
the workbook with its header and styles; the rows are put into its sheet (``sheet_rows``), at five times
its speed.
"""

import unicodedata
import zipfile
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any, Final

import pyarrow as pa
import xlsxwriter

from datasets.exports.contract import ExportProblem, Options, as_text, iter_batches, titles
from datasets.exports.sheet_rows import (
    MAX_CELL_UNITS,
    LongCellError,
    check_lengths,
    column_letters,
    rows_xml,
)
from schemas.records import Message, Problem

MAX_ROWS: Final = 1_048_576
MAX_COLUMNS: Final = 16_384
PIECE_BYTES: Final = 256 * 1024
WIDTH_ROWS: Final = 200
NARROWEST, WIDEST = 8, 60
MADE = datetime(2000, 1, 1)  # noqa: DTZ001  (a fixed stamp: the same table gives the same file)
STAMP: Final = (1980, 1, 1, 0, 0, 0)
SHEET: Final = "xl/worksheets/sheet1.xml"
LEVEL: Final = 4
"""Of compression: 6 costs half as much time again for 6 in 100 of the size."""

TYPED_ONLY = {
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
}


def write_xlsx(reader: Any, _options: Options) -> Iterator[bytes]:
    """Written to a temporary file first: a ZIP archive's directory stands at its end."""
    with TemporaryDirectory() as folder, TemporaryFile() as rows:
        path = Path(folder) / "table.xlsx"
        names = titles(reader.schema)
        if len(names) > MAX_COLUMNS:
            raise too_large(Message("columns"), MAX_COLUMNS)
        try:
            count, widths = spool_rows(reader, names, rows)
            write_workbook(path, frame(names, widths), rows, count)
        except LongCellError:
            raise too_large(Message("characters in a cell"), MAX_CELL_UNITS) from None
        with path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece


def spool_rows(reader: Any, names: list[str], out: IO[bytes]) -> tuple[int, list[float]]:
    """Write the rows' XML; returns how many rows, and the widths that fit the first of them."""
    count = 0
    widths = fitting_widths(names, None)
    for batch in iter_batches(reader):
        if count == 0:
            widths = fitting_widths(names, batch)
        if count + batch.num_rows >= MAX_ROWS:
            raise too_large(Message("rows"), MAX_ROWS - 1)
        out.write(rows_xml(batch, count + 2))
        count += batch.num_rows
    return count, widths


def frame(names: list[str], widths: list[float]) -> bytes:
    """A workbook with everything but the rows."""
    check_lengths(pa.array(names, pa.string()))
    out = BytesIO()
    with xlsxwriter.Workbook(out, {**TYPED_ONLY, "in_memory": True}) as book:
        book.set_properties({"created": MADE})
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        moments = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for column, (name, width) in enumerate(zip(names, widths, strict=True)):
            sheet.write_string(0, column, name, bold)
            sheet.set_column(column, column, width)
        # A format is kept only where it is used; these two are used by the rows to come.
        sheet.write_blank(1, 0, None, days)
        sheet.write_blank(1, 1, None, moments)
    return out.getvalue()


def write_workbook(path: Path, framed: bytes, rows: IO[bytes], count: int) -> None:
    """Put the rows into the sheet of the framed workbook."""
    with (
        zipfile.ZipFile(BytesIO(framed)) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as target,
    ):
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with target.open(entry, "w", force_zip64=True) as out:
                if name == SHEET:
                    write_sheet(out, source.read(name), rows, count)
                else:
                    out.write(source.read(name))


def write_sheet(out: IO[bytes], framed: bytes, rows: IO[bytes], count: int) -> None:
    """The sheet with its header row, then the rows, in place of the row that the frame has."""
    start, end = framed.index(b'<row r="2"'), framed.index(b"</sheetData>")
    head = framed[:start]
    place, after = head.index(b'<dimension ref="'), head.index(b'"/>', head.index(b"<dimension"))
    columns = head.count(b"<c r=")
    extent = f"A1:{column_letters(columns - 1)}{count + 1}" if columns else "A1"
    out.write(head[:place] + b'<dimension ref="' + extent.encode() + head[after:])
    rows.seek(0)
    while piece := rows.read(PIECE_BYTES):
        out.write(piece)
    out.write(framed[end:])


def fitting_widths(names: list[str], batch: Any) -> list[float]:
    """Widths that show the titles and the first rows, within reason."""
    columns = [[]] * len(names) if batch is None else [
        as_text(column.slice(0, WIDTH_ROWS)).to_pylist() for column in batch.columns
    ]  # fmt: skip
    widest = [
        max(display_width(text or "") for text in (name, *texts))
        for name, texts in zip(names, columns, strict=True)
    ]
    return [min(max(width + 2, NARROWEST), WIDEST) for width in widest]


def display_width(text: str) -> int:
    """Columns a text takes on screen; a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text[:WIDEST])


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
