"""Small tables that people hand in, from bytes: CSV in UTF-8 or GB18030, the sheets of a workbook, the
tables of a DOCX document. Every cell as text; a merged cell stands once, where it begins.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import docx
import python_calamine
from docx.opc.exceptions import PackageNotFoundError
from python_calamine import SheetTypeEnum, SheetVisibleEnum

from catalog.errors import Invalid
from datasets.reading.problems import UnreadableError
from datasets.reading.workbooks import glance
from schemas.records import Limits, Message

MOST_BYTES = 64 * 2**20
MOST_UNPACKED = 48 * 2**20
"""Bytes of text that a DOCX document may hold when unpacked: laid out they take thirty times as much."""
LIMITS = Limits(max_unpacked_bytes=256 * 2**20, memory_bytes=512 * 2**20)
"""Of a workbook: looked through before the library lays it out, which two cells far apart would end
together with this process."""
MOST_ROWS = 50_000
"""Rows of all tables of a file together."""
MOST_SHEETS = 500
_SHEETS = (b"\xd0\xcf\x11\xe0",)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a file: ``name`` of its sheet, or its number ``in_document``; empty for the only one.
    Rows are counted from the first of the sheet, empty ones too."""

    name: str
    rows: list[list[str]]
    hidden: bool = False
    in_document: bool = False


def rows(data: bytes, name: str) -> list[list[str]]:
    """The rows of a file that is one table. Raises ``Invalid`` for what is none, several, or too large."""
    found = sheets(data, name)
    shown = [one for one in found if not one.hidden] or found
    if len(shown) > 1:
        text = "It holds several tables (%(names)s): leave only the one that is to be read."
        raise _unreadable(name, Message(text, {"names": "、".join(one.name for one in shown[:20])}))
    return shown[0].rows


def sheets(data: bytes, name: str) -> list[Sheet]:
    """Every table of a file that has anything in it, at least one. Raises ``Invalid`` for what is none, or
    too large."""
    if len(data) > MOST_BYTES:
        raise _unreadable(name, Message("It is larger than 64 MiB."))
    if data[:4] in _SHEETS:
        found = _sheets(name, data)
    elif data[:2] != b"PK":
        found = [Sheet("", _delimited(name, data))]
    elif _is_document(name, data):
        found = _document(name, data)
    else:
        _check_workbook(name, data)
        found = _sheets(name, data)
    return [replace(found[0], name="")] if len(found) == 1 else found


def _delimited(name: str, data: bytes) -> list[list[str]]:
    text = decoded(data, name)
    found: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text)):
            found.append([cell.strip() for cell in row])
            _check_rows(name, len(found))
    except csv.Error:
        raise _unreadable(name, Message("Its quotes do not match.")) from None
    return found


def records(data: bytes, name: str) -> Iterator[dict[str, str]]:
    """The rows below the first one, by its names; empty ones are passed over."""
    header, *others = rows(data, name) or [[]]
    for row in others:
        if any(row):
            yield dict(zip(header, row, strict=False))


_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?:\s*日|[ T]00:00:00)?")


def written_day(text: str) -> date | None:
    """A day as spreadsheets and clerks write it in a cell (2026/11/5, 2026年11月5日); None for others."""
    match = _DAY.fullmatch(text)
    try:
        return date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        return None


def decoded(data: bytes, name: str) -> str:
    """Text in UTF-8 or GB18030."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _unreadable(name, Message("It is neither UTF-8 nor GB18030."))


def _check_rows(name: str, count: int) -> None:
    if count > MOST_ROWS:
        raise _unreadable(name, Message("It has more than %(most)s rows.", {"most": MOST_ROWS}))


def _is_document(name: str, data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = packed.infolist()
    except zipfile.BadZipFile:
        raise _unreadable(name, Message("It is no workbook that can be read.")) from None
    document = any(part.filename == "word/document.xml" for part in parts)
    written = sum(part.file_size for part in parts if part.filename.endswith((".xml", ".rels")))
    if document and written > MOST_UNPACKED:
        raise _unreadable(name, Message("It holds more than 48 MiB of text."))
    return document


def _check_workbook(name: str, data: bytes) -> None:
    with NamedTemporaryFile(suffix=".xlsx") as file:
        file.write(data)
        file.flush()
        try:
            seen = glance(Path(file.name), LIMITS)
        except UnreadableError as error:
            raise _unreadable(name, error.problem.cause) from None
    empty = seen.open_formulas + seen.error_cells
    if empty:
        text = (
            "%(count)s of its cells hold a formula without a result or with an error such as #REF!: "
            "open it in the office program, correct them and save it."
        )
        raise _unreadable(name, Message(text, {"count": empty}))


def _document(name: str, data: bytes) -> list[Sheet]:
    try:
        opened = docx.Document(io.BytesIO(data))
    except (PackageNotFoundError, KeyError, ValueError, SyntaxError):
        raise _unreadable(name, Message("It is no document that can be read.")) from None
    found: list[Sheet] = []
    count = 0
    for number, table in enumerate(opened.tables, 1):
        seen: set[Any] = set()  # the elements themselves: their ids may be given again
        laid: list[list[str]] = []
        for row in table.rows:
            texts = []
            for cell in row.cells:
                merged = cell._tc in seen  # noqa: SLF001  (python-docx has no name for it)
                seen.add(cell._tc)  # noqa: SLF001
                texts.append("" if merged else cell.text.strip())
            laid.append(texts)
            count += 1
            _check_rows(name, count)
        if any(map(any, laid)):
            found.append(Sheet(str(number), laid, in_document=True))
    if not found:
        raise _unreadable(name, Message("The document has no table."))
    return found


def _sheets(name: str, data: bytes) -> list[Sheet]:
    """The sheets of a workbook that have anything in them; the first one when none has."""
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        known = [one for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
        if len(known) > MOST_SHEETS:
            text = "It has more than %(most)s sheets."
            raise _unreadable(name, Message(text, {"most": MOST_SHEETS}))
        found: list[Sheet] = []
        count = 0
        for one in known:
            sheet = book.get_sheet_by_name(one.name)
            above = sheet.start[0] if sheet.start else 0
            count += above + sheet.height
            _check_rows(name, count)
            laid = [[_text(cell) for cell in row] for row in sheet.to_python()]
            if any(map(any, laid)):
                hidden = one.visible != SheetVisibleEnum.Visible
                found.append(Sheet(one.name, [[] for _ in range(above)] + laid, hidden=hidden))
    except (python_calamine.CalamineError, IndexError):
        raise _unreadable(name, Message("It is no workbook that can be read.")) from None
    return found or [Sheet("", [])]


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _unreadable(name: str, why: Message) -> Invalid:
    cause = Message("%(file)s cannot be read. %(why)s", {"file": name, "why": why})
    remedy = Message("Save it as CSV in UTF-8, as XLSX or as DOCX.")
    return Invalid("unreadable-table", cause, remedy, fields={"file": [cause]})
