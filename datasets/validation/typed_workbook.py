"""Open an XLSX workbook for reading, with openpyxl, but for its shared strings.

Openpyxl builds a tree of objects for every shared string. Nearly all of them are one plain ``<t>``
and can be taken out of the text, column-wise; the others are given to openpyxl.
"""

import warnings
from collections.abc import Generator
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any, Final
from zipfile import ZipFile

import polars as pl
from openpyxl.cell.text import Text
from openpyxl.reader.excel import ExcelReader
from openpyxl.reader.strings import read_string_table
from openpyxl.utils.datetime import WINDOWS_EPOCH
from openpyxl.worksheet._reader import WorkSheetParser
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import fromstring

from datasets.validation.typed_cells import TypedBatch, UnsureError, batch_of

ROWS_AT_ONCE: Final = 4_096
MOST_STRINGS_BYTES: Final = 512 * 2**20
"""Above this, the shared strings are left to openpyxl, which at least reads them one by one."""

_PLAIN_STRING: Final = r'^<si><t(?: xml:space="preserve")?>([^<&\r\n]*)</t>$'
_HEAD: Final = '<sst xmlns="' + SHEET_MAIN_NS + '">'


class _Reader(ExcelReader):  # type: ignore[misc]
    """Openpyxl's reader with our reading of the shared strings."""

    def read_strings(self) -> None:
        """Read the table of shared strings, if there is one."""
        part = self.package.find(SHARED_STRINGS)
        if part is not None:
            self.shared_strings = read_strings(self.archive, part.PartName[1:]).to_list()


@dataclass(frozen=True, slots=True)
class Sheet:
    """An open worksheet: what is needed to read its cells as openpyxl would.

    ``width`` and ``last_row`` are the dimensions the sheet declares; 0 when it declares none.
    """

    archive: ZipFile
    path: str
    strings: list[str]
    strings_series: pl.Series
    parser: WorkSheetParser
    worksheet: Any
    width: int
    last_row: int

    @property
    def is_windows_epoch(self) -> bool:
        """Whether days are counted from 1900, as nearly always."""
        return bool(self.parser.epoch == WINDOWS_EPOCH)


def open_sheet(file: IO[bytes], sheet: str | int) -> Sheet:
    """The sheet of that name or number (from 1) of the workbook in ``file``.

    Raises whatever openpyxl raises for what is not a workbook, and ``LookupError`` when it has no
    such sheet.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader = _Reader(file, read_only=True, data_only=True, keep_links=False)
        reader.read()
    book = reader.wb
    worksheet = book[sheet] if isinstance(sheet, str) else book.worksheets[sheet - 1]
    parser = WorkSheetParser(
        None,
        reader.shared_strings,
        data_only=True,
        epoch=book.epoch,
        date_formats=book._date_formats,  # noqa: SLF001  (as its own read-only sheet does)
        timedelta_formats=book._timedelta_formats,  # noqa: SLF001
    )
    return Sheet(
        reader.archive,
        worksheet._worksheet_path,  # noqa: SLF001
        reader.shared_strings,
        pl.Series(reader.shared_strings, dtype=pl.String),
        parser,
        worksheet,
        worksheet.max_column or 0,
        worksheet.max_row or 0,
    )


def read_strings(archive: ZipFile, path: str) -> pl.Series:
    """The shared strings of a workbook, in their order."""
    if archive.getinfo(path).file_size > MOST_STRINGS_BYTES:
        with archive.open(path) as source:
            return pl.Series(read_string_table(source), dtype=pl.String)
    content = archive.read(path)
    head = content.find(b"<si>")
    if head < 0 or b"<!" in content or not _is_plain_head(content[:head]):
        with archive.open(path) as source:
            return pl.Series(read_string_table(source), dtype=pl.String)
    tail = content.rindex(b"</si>") + len(b"</si>")
    fromstring(content[:head] + content[tail:])
    pieces = pl.Series([content[head : tail - len(b"</si>")]], dtype=pl.Binary)
    texts = pieces.cast(pl.String).str.split("</si>").explode()
    plain = texts.str.extract(_PLAIN_STRING)
    missing = plain.is_null().arg_true()
    if len(missing):
        others = [_rich(text) for text in texts.gather(missing)]
        plain = plain.scatter(missing, pl.Series(others, dtype=pl.String))
    return plain.str.replace_all("x005F_", "", literal=True)


def _is_plain_head(head: bytes) -> bool:
    return head.count(b"<sst") == 1 and b"utf-16" not in head[:200].lower()


def _rich(piece: str) -> str:
    """The text of one ``<si>`` element without its end."""
    root = fromstring(f"{_HEAD}{piece}</si></sst>")
    if len(root) != 1 or (root.text and root.text.strip()):
        raise UnsureError
    return str(Text.from_tree(root[0]).content)


def read_rows(sheet: Sheet) -> Generator[TypedBatch]:
    """All rows of the sheet as openpyxl reads them, one by one: exact, and slow."""
    rows = enumerate(sheet.worksheet.iter_rows(values_only=True), 1)
    last = max(sheet.last_row, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        while some := list(islice(rows, ROWS_AT_ONCE)):
            width = sheet.width or len(some[0][1])
            yield batch_of(some, width, min(some[-1][0] / last, 1.0))
