"""Small tables that an operator hands in: CSV in UTF-8 or GB18030, or the first sheet of a workbook."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import python_calamine

from catalog.errors import Invalid
from schemas.records import Message

MAX_BYTES = 64 * 2**20


def read_table(path: Path) -> Iterator[dict[str, str]]:
    """The rows by column name, every cell as text."""
    rows = read_rows(path)
    header = next(rows, [])
    for row in rows:
        if any(row):
            yield dict(zip(header, row, strict=False))


def read_rows(path: Path) -> Iterator[list[str]]:
    """The rows, every cell as text without outer space."""
    if path.stat().st_size > MAX_BYTES:
        raise _unreadable(path, Message("It is larger than 64 MiB."))
    data = path.read_bytes()
    if data[:2] == b"PK" or data[:4] == b"\xd0\xcf\x11\xe0":
        return _sheet(path, data)
    return ([cell.strip() for cell in row] for row in csv.reader(io.StringIO(_decoded(path, data))))


def read_text(path: Path) -> str:
    """A text file in UTF-8 or GB18030."""
    if path.stat().st_size > MAX_BYTES:
        raise _unreadable(path, Message("It is larger than 64 MiB."))
    return _decoded(path, path.read_bytes())


def _sheet(path: Path, data: bytes) -> Iterator[list[str]]:
    try:
        sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(
            0
        )
        rows = sheet.to_python()
    except python_calamine.CalamineError:
        raise _unreadable(path, Message("It is no workbook that can be read.")) from None
    return ([_text(cell) for cell in row] for row in rows)


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _decoded(path: Path, data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _unreadable(path, Message("It is neither UTF-8 nor GB18030."))


def _unreadable(path: Path, why: Message) -> Invalid:
    return Invalid(
        "unreadable-table",
        Message("%(file)s cannot be read. %(why)s", {"file": path.name, "why": why}),
        Message("Save it as CSV in UTF-8, or as XLSX."),
    )
