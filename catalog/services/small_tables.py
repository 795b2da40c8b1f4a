"""Small tables that people hand in, from bytes: CSV in UTF-8 or GB18030, a workbook's first sheet, the
tables of a DOCX document. Every cell as text; a merged cell stands once, where it begins.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import docx
import python_calamine
from docx.opc.exceptions import PackageNotFoundError

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
_SHEETS = (b"\xd0\xcf\x11\xe0",)


def rows(data: bytes, name: str) -> list[list[str]]:
    """The rows of a table. Raises ``Invalid`` for what is none, or too large."""
    if len(data) > MOST_BYTES:
        raise _unreadable(name, Message("It is larger than 64 MiB."))
    if data[:4] in _SHEETS:
        return list(_sheet(name, data))
    if data[:2] == b"PK":
        if _is_document(name, data):
            return _document(name, data)
        _check_workbook(name, data)
        return list(_sheet(name, data))
    text = decoded(data, name)
    found: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text)):
            found.append([cell.strip() for cell in row])
            _check_rows(name, found)
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


def _check_rows(name: str, found: list[list[str]]) -> None:
    if len(found) > MOST_ROWS:
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


def _document(name: str, data: bytes) -> list[list[str]]:
    try:
        opened = docx.Document(io.BytesIO(data))
    except (PackageNotFoundError, KeyError, ValueError, SyntaxError):
        raise _unreadable(name, Message("It is no document that can be read.")) from None
    found: list[list[str]] = []
    for table in opened.tables:
        seen: set[Any] = set()  # the elements themselves: their ids may be given again
        for row in table.rows:
            texts = []
            for cell in row.cells:
                merged = cell._tc in seen  # noqa: SLF001  (python-docx has no name for it)
                seen.add(cell._tc)  # noqa: SLF001
                texts.append("" if merged else cell.text.strip())
            found.append(texts)
            _check_rows(name, found)
    if not found:
        raise _unreadable(name, Message("The document has no table."))
    return found


def _sheet(name: str, data: bytes) -> Iterator[list[str]]:
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheet = book.get_sheet_by_index(0).to_python()
    except (python_calamine.CalamineError, IndexError):
        raise _unreadable(name, Message("It is no workbook that can be read.")) from None
    _check_rows(name, sheet)
    return ([_text(cell) for cell in row] for row in sheet)


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _unreadable(name: str, why: Message) -> Invalid:
    cause = Message("%(file)s cannot be read. %(why)s", {"file": name, "why": why})
    remedy = Message("Save it as CSV in UTF-8, as XLSX or as DOCX.")
    return Invalid("unreadable-table", cause, remedy, fields={"file": [cause]})
