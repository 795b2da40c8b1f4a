"""What was counted, line by line, as ``entries.csv`` and ``units.csv`` spell it."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Final


class LineKind(StrEnum):
    """An entry that the public may know of, or a sum over entries that it may not.

    Sums by unit and sums by theme cover the same entries: what the public figures of a unit and of a
    theme tell anyway, and no more.
    """

    ENTRY = "entry"
    UNIT_SUM = "unit-sum"
    THEME_SUM = "theme-sum"


@dataclass(frozen=True, slots=True)
class Line:
    """One entry on the day, or a sum (``entries`` of them): its class, whether it counts as due, whether
    it is open and stood every check, how many fields and records it holds. ``items`` close it;
    ``not_due`` says why else it is not due, ``failed`` which checks an open entry did not stand."""

    kind: str
    code: str
    title: str
    unit: str
    theme: str
    state: str
    openness: str
    klass: str
    due: bool
    not_due: str
    items: tuple[str, ...]
    verified: bool
    failed: tuple[str, ...]
    entries: int
    fields_total: int
    fields_open: int
    records: int


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit on the day: ``certified_empty`` while it is certified to hold nothing to open."""

    code: str
    name: str
    kind: str
    region: str
    parent: str
    on_roster: bool
    certified_empty: bool


ENTRY_COLUMNS: Final = tuple("class" if one.name == "klass" else one.name for one in fields(Line))
UNIT_COLUMNS: Final = tuple(one.name for one in fields(UnitLine))
_WORDS: Final = {True: "yes", False: "no"}
_COUNTS: Final = ("entries", "fields_total", "fields_open", "records")


def write(path: Path, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """A CSV file as spreadsheets open it: UTF-8 with a mark, lines end as RFC 4180 says."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return _WORDS[value]
    return ";".join(value) if isinstance(value, tuple) else value


def values(line: Line | UnitLine) -> tuple[Any, ...]:
    """The values of a line in the order of its columns."""
    return tuple(getattr(line, one.name) for one in fields(line))


def read_entries(lines: Iterable[str]) -> Iterator[tuple[int, Line]]:
    """Lines of ``entries.csv`` with their numbers in the file. ``ValueError`` names a bad one."""
    reader = csv.DictReader(lines, strict=True)
    _check_head(reader.fieldnames, ENTRY_COLUMNS)
    for row in reader:
        try:
            yield reader.line_num, _entry(row)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise ValueError(f"line {reader.line_num}") from error


def _entry(row: Mapping[str, str]) -> Line:
    given: dict[str, Any] = {("klass" if name == "class" else name): row[name] for name in row}
    for name in ("due", "verified"):
        given[name] = _yes(row[name])
    for name in ("items", "failed"):
        given[name] = tuple(one for one in row[name].split(";") if one)
    for name in _COUNTS:
        given[name] = _count(row[name])
    given["kind"] = LineKind(row["kind"]).value
    return Line(**given)


def read_units(lines: Iterable[str]) -> Iterator[tuple[int, UnitLine]]:
    """Lines of ``units.csv`` with their numbers in the file. ``ValueError`` names a bad one."""
    reader = csv.DictReader(lines, strict=True)
    _check_head(reader.fieldnames, UNIT_COLUMNS)
    for row in reader:
        try:
            given: dict[str, Any] = dict(row)
            for name in ("on_roster", "certified_empty"):
                given[name] = _yes(row[name])
            yield reader.line_num, UnitLine(**given)
        except (KeyError, ValueError, TypeError) as error:
            raise ValueError(f"line {reader.line_num}") from error


def _check_head(found: Any, expected: tuple[str, ...]) -> None:
    if tuple(found or ()) != expected:
        raise ValueError("line 1")


def _yes(text: str) -> bool:
    return {"yes": True, "no": False}[text]


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise ValueError(text)
    return int(text)
