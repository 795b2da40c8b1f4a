"""Lists of every kind as tables: one way to read what officials have, one way to write it."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import Unit
from catalog.services import list_tables, plain_tables
from catalog.services.editions import in_force, public_view
from catalog.services.list_kinds import LIST_TYPES
from catalog.services.list_tables import TableReport
from schemas.vocabularies import ListKind

REVIEW_AFTER = timedelta(days=365)


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
    review, it is ``review_by``, or a year later.
    """
    current = in_force(session, on, kind)
    if kind == ListKind.NEGATIVE:
        last = review_by or on + REVIEW_AFTER
        return list_tables.rows_from_table(rows, review_by=last, current=current)
    return plain_tables.rows_from_list(session, rows, LIST_TYPES[kind], current)


def headings(kind: ListKind) -> list[str]:
    """The headings of a list's table, in the order they are written."""
    labels = (
        list_tables.COLUMNS if kind == ListKind.NEGATIVE else plain_tables.labels(LIST_TYPES[kind])
    )
    return list(labels.values())


def written(session: Session, kind: ListKind, on: date) -> list[dict[str, str]]:
    """The list in force on a day, a row an item by heading, public wording only; it can be read back."""
    if kind == ListKind.NEGATIVE:
        return list_tables.export_rows(session, on)
    names = dict(session.execute(select(Unit.code, Unit.name)).all())
    return [
        plain_tables.written(public_view(one), LIST_TYPES[kind], names)
        for one in in_force(session, on, kind)
    ]
