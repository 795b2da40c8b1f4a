"""OpenDocument spreadsheets for Frictionless' own parser, which asks ``ezodf`` for them.

That library is kept no more, and takes rows or cells that repeat thirty-two times and more for one.
This stands in its place, reads by calamine as everything else here does, and gives every cell.
Importing this module settles it for the process.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from importlib import import_module
from types import SimpleNamespace
from typing import IO, Any, Final, NamedTuple

from frictionless import FrictionlessException, errors
from frictionless.platform import platform

READER: Final = "python_calamine"
"""Loaded for the first spreadsheet: most commands read none."""


class Cell(NamedTuple):
    """A cell as ``ezodf`` has it: moments are ISO 8601 text, numbers floats."""

    value_type: str | None
    value: Any


class Sheet:
    """One sheet, whose rows are all as wide as the widest."""

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet

    def rows(self) -> Iterator[list[Cell]]:
        """The rows from the first of the sheet to the last that holds anything."""
        for row in self._sheet.to_python(skip_empty_area=False):
            yield [_cell(value) for value in row]


class Sheets:
    """The sheets of a document by name, or by place from 0."""

    def __init__(self, book: Any) -> None:
        self._book = book

    def __getitem__(self, key: str | int) -> Sheet:
        names = self._book.sheet_names
        name = names[key] if isinstance(key, int) else key
        if name not in names:
            raise KeyError(name)
        return Sheet(self._book.get_sheet_by_name(name))


def opendoc(file: IO[bytes]) -> SimpleNamespace:
    """The document in ``file`` with its ``sheets``; raises what Frictionless reports."""
    calamine = import_module(READER)
    try:
        book = calamine.CalamineWorkbook.from_filelike(file)
        return SimpleNamespace(sheets=Sheets(book))
    except (calamine.CalamineError, OSError) as error:
        note = "the OpenOffice document is damaged, or locked by a password"
        raise FrictionlessException(errors.FormatError(note=note)) from error


def _cell(value: Any) -> Cell:
    if value is None or value == "":
        return Cell(None, None)
    for kinds, name, told in _KINDS:
        if isinstance(value, kinds):
            return Cell(name, told(value))
    return Cell("string", str(value))


def _day_or_moment(value: dt.date | dt.datetime) -> str:
    """A day, or a moment of it other than midnight, as ISO 8601 writes them."""
    if isinstance(value, dt.datetime) and value.time() != dt.time():
        return value.isoformat(timespec="seconds")
    return f"{value:%Y-%m-%d}"


def _duration(value: dt.time | dt.timedelta) -> str:
    """A time of day or a length of time as OpenDocument writes both: PT08H30M00S."""
    if isinstance(value, dt.time):
        hours, minutes, seconds = value.hour, value.minute, value.second
    else:
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        hours, minutes = divmod(minutes, 60)
    return f"PT{hours:02d}H{minutes:02d}M{seconds:02d}S"


_KINDS: Final[tuple[tuple[tuple[type, ...], str, Callable[[Any], Any]], ...]] = (
    ((bool,), "boolean", bool),
    ((int, float), "float", float),
    ((dt.date,), "date", _day_or_moment),
    ((dt.time, dt.timedelta), "time", _duration),
)

platform.ezodf = SimpleNamespace(opendoc=opendoc)
