"""Lists of every kind as tables: one way to read what officials have, one way to write it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import Unit
from catalog.services import list_changes, list_tables, plain_tables
from catalog.services.editions import in_force, public_view
from catalog.services.item_checks import REVIEW_AFTER
from catalog.services.list_kinds import LIST_TYPES
from catalog.services.list_tables import RowReport, TableReport
from schemas.records import Message
from schemas.vocabularies import ListKind

_READ = {"number", "citations", "ground", "valid_from", "valid_to", "review_by"}
"""Columns whose problems are said where the table is read."""


def read(
    session: Session,
    kind: ListKind,
    rows: Iterable[Sequence[str]],
    on: date,
    *,
    review_by: date | None = None,
) -> TableReport:
    """Draft changes of a list from the rows of a table, and a report by row.

    Rows are compared with the items in force ``on``; where the table of a negative list names no
    review, it is ``review_by``, or a year later. The report says all that a draft would be refused for.
    """
    current = in_force(session, on, kind)
    if kind == ListKind.NEGATIVE:
        found = list_tables.rows_from_table(
            rows, review_by=review_by or on + REVIEW_AFTER, current=current,
            unit_codes=lambda names: plain_tables.unit_codes(session, names),
        )  # fmt: skip
    else:
        found = plain_tables.rows_from_list(session, rows, LIST_TYPES[kind], current)
    return _looked_through(session, found, kind, on)


def _looked_through(session: Session, read: TableReport, kind: ListKind, on: date) -> TableReport:
    """The report with what the rules of the list say about each change, at its row."""
    most = list_changes.MOST_CHANGES
    if len(read.changes) > most:
        many = Message("At most %(most)s changes at once.", {"most": most})
        return replace(read, rows=(RowReport(1, "", (many,)), *read.rows))
    said = {one.row: one for one in read.rows}
    checked = list_changes.each(session, read.changes, effective_on=on, kind=kind)
    numbers = Counter(one["number"] for one in read.changes if one["number"])
    for row, change, one in zip(read.at, read.changes, checked, strict=True):
        known = said.get(row, RowReport(row, change["item"]["name"]))
        problems = _problems(one.errors, kind, told=bool(known.problems))
        if numbers[change["number"]] > 1:
            problems.append(Message("Another change of this adjustment is about it too."))
        warnings = (*known.warnings, *one.warnings)
        if problems or warnings:
            said[row] = replace(
                known, problems=(*known.problems, *problems), warnings=tuple(warnings)
            )
    return replace(read, rows=tuple(said[row] for row in sorted(said)))


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
