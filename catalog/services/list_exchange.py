"""Lists of every kind as tables: one way to read what officials have, one way to write it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import Unit
from catalog.services import list_changes, list_tables, plain_tables
from catalog.services.editions import in_force, public_view
from catalog.services.item_checks import REVIEW_AFTER
from catalog.services.list_kinds import LIST_TYPES
from catalog.services.list_tables import RowReport, TableReport
from catalog.services.small_tables import Sheet
from schemas.records import Message
from schemas.vocabularies import ListKind

_READ = {"number", "citations", "ground", "valid_from", "valid_to", "review_by"}
"""Columns whose problems are said where the table is read."""


_HIDDEN = Message("This table is hidden and was not read.")
_OTHER_HEADING = Message("This table has no heading of the list and was not read.")


def read(
    session: Session,
    kind: ListKind,
    sheets: Sequence[Sheet],
    on: date,
    *,
    review_by: date | None = None,
) -> TableReport:
    """Draft changes of a list from the tables of a file, and a report by table and row.

    Every table with a heading of the list is read; others are named in the report, unless none of the
    file fits. Rows are compared with the items in force ``on``; where the table of a negative list names
    no review, it is ``review_by``, or a year later. The report says all that a draft would be refused for.
    """
    current = in_force(session, on, kind)

    def table(rows: Iterable[Sequence[str]]) -> TableReport:
        if kind != ListKind.NEGATIVE:
            return plain_tables.rows_from_list(session, rows, LIST_TYPES[kind], current)
        return list_tables.rows_from_table(
            rows, review_by=review_by or on + REVIEW_AFTER, current=current,
            unit_codes=lambda names: plain_tables.unit_codes(session, names),
        )  # fmt: skip

    return _looked_through(session, _together(sheets, table), kind, on)


def _together(
    sheets: Sequence[Sheet], table: Callable[[Iterable[Sequence[str]]], TableReport]
) -> TableReport:
    """The tables of a file read as one, each row with the name of its table."""
    read: list[tuple[Sheet, TableReport]] = []
    heading: tuple[str, ...] = ()
    for sheet in sheets:
        found = table(sheet.rows)
        width = max(map(len, sheet.rows), default=0)
        if sheet.in_document and not found.heading and width == len(heading):
            # In a document a table breaks where a page does; what follows has no heading of its own.
            found = _moved_up(table([heading, *sheet.rows]))
        heading = found.heading or heading
        read.append((sheet, found))
    fits = any(found.heading and not sheet.hidden for sheet, found in read)
    rows: list[RowReport] = []
    changes: list[dict[str, Any]] = []
    at: list[int] = []
    names: list[str] = []
    same = 0
    for sheet, found in read:
        if fits and (sheet.hidden or not found.heading):
            why = _HIDDEN if sheet.hidden else _OTHER_HEADING
            rows.append(RowReport(1, "", warnings=(why,), sheet=sheet.name))
            continue
        rows += [replace(one, sheet=sheet.name) for one in found.rows]
        changes += found.changes
        at += found.at
        names += [sheet.name] * len(found.at)
        same += found.same
    return TableReport(
        tuple(changes), tuple(rows), same, tuple(at), heading, tuple(names),
        tuple(sheet.name for sheet in sheets),
    )  # fmt: skip


def _moved_up(read: TableReport) -> TableReport:
    """A report of rows that had the heading of another table put before them, by their own numbers."""
    rows = tuple(replace(one, row=max(1, one.row - 1)) for one in read.rows)
    return replace(read, rows=rows, at=tuple(row - 1 for row in read.at))


def _looked_through(session: Session, read: TableReport, kind: ListKind, on: date) -> TableReport:
    """The report with what the rules of the list say about each change, at its row."""
    most = list_changes.MOST_CHANGES
    if len(read.changes) > most:
        many = Message("At most %(most)s changes at once.", {"most": most})
        return replace(read, rows=(RowReport(1, "", (many,)), *read.rows))
    places = list(zip(read.sheets, read.at, strict=True))
    said = {(one.sheet, one.row): one for one in read.rows}
    checked = list_changes.each(session, read.changes, effective_on=on, kind=kind)
    first = list_changes.repeats([one.changes[0] if one.changes else None for one in checked], on)
    numbers = Counter(one["number"] for one in read.changes if one["number"])
    for at, (change, one) in enumerate(zip(read.changes, checked, strict=True)):
        sheet, row = places[at]
        known = said.get(places[at], RowReport(row, change["item"]["name"], sheet=sheet))
        problems = _problems(one.errors, kind, told=bool(known.problems))
        if numbers[change["number"]] > 1:
            problems.append(Message("Another change of this adjustment is about it too."))
        if at in first:
            problems.append(_repeated(places[first[at]]))
        warnings = (*known.warnings, *one.warnings)
        if problems or warnings:
            said[places[at]] = replace(
                known, problems=(*known.problems, *problems), warnings=tuple(warnings)
            )
    rows = sorted(said.values(), key=lambda one: (read.tables.index(one.sheet), one.row))
    return replace(read, rows=tuple(rows))


def _repeated(place: tuple[str, int]) -> Message:
    sheet, row = place
    if not sheet:
        return Message("It says the same as row %(row)s: leave one of them out.", {"row": row})
    text = "It says the same as row %(row)s of table %(sheet)s: leave one of them out."
    return Message(text, {"row": row, "sheet": sheet})


def _problems(
    errors: Mapping[str, Sequence[Message]], kind: ListKind, *, told: bool
) -> list[Message]:
    """What is wrong with a change, each under the heading of its column; where reading the row has
    ``told`` of problems, without the columns that reading looks at itself."""
    labels = _labels(kind)
    found: list[Message] = []
    for place, said in errors.items():
        parts = [one for one in place.split(".") if one not in {"item", "scope", "details"}]
        if told and (len(place.split(".")) > 2 or parts[0] in _READ):
            continue
        label = labels.get(parts[0], parts[0]) if parts else ""
        text = "%(label)s: %(text)s" if label else "%(text)s"
        found += [Message(text, {"label": label, "text": one}) for one in said]
    return found


def _labels(kind: ListKind) -> Mapping[str, str]:
    plain = kind != ListKind.NEGATIVE
    return plain_tables.labels(LIST_TYPES[kind]) if plain else list_tables.COLUMNS


def headings(kind: ListKind) -> list[str]:
    """The headings of a list's table, in the order they are written."""
    return list(_labels(kind).values())


def written(session: Session, kind: ListKind, on: date) -> list[dict[str, str]]:
    """The list in force on a day, a row an item by heading, public wording only; it can be read back."""
    names = dict(session.execute(select(Unit.code, Unit.name)).all())
    if kind == ListKind.NEGATIVE:
        return list_tables.export_rows(session, on, names)
    return [
        plain_tables.written(public_view(one), LIST_TYPES[kind], names)
        for one in in_force(session, on, kind)
    ]
