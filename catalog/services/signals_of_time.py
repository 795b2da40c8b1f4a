"""Signals of what happened around the end of a quarter: closings in bulk, openings for the day."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.orm import Session

from catalog.models import DatasetFact, ExemptionLink
from catalog.services import facts
from catalog.services.signals_found import LOOKED_AT, Found, Look, quarter_ends
from schemas.records import Message
from schemas.vocabularies import DatasetState

LAST_DAYS = 14
"""Days before the end of a quarter in which closings are looked at."""
BULK_LEAST = 5
"""Entries of one unit closed in those days from which it is told."""
SHORTLY_BEFORE = 30
SHORTLY_AFTER = 60
"""Days before and after the end of a quarter within which an opening counts as brief."""


def bulk_exemptions(session: Session, look: Look) -> list[Found]:
    """Units that closed at least five entries in the last fourteen days of a quarter, and more than in
    the rest of it."""
    found: list[Found] = []
    for end in quarter_ends(look.since, look.day):
        begins = date(end.year, end.month - 2, 1)
        closed: dict[int, dict[int, tuple[date, str]]] = {}
        for row in session.execute(_closings(look, begins, end)):
            closed.setdefault(row.unit_id, {})[row.dataset_id] = (row.valid_from, row.item_number)
        for unit_id, entries in sorted(closed.items()):
            late = {
                key: value
                for key, value in entries.items()
                if value[0] > end - timedelta(days=LAST_DAYS)
            }
            if len(late) >= BULK_LEAST and 2 * len(late) > len(entries):
                found.append(Found(unit_id, end, {key: _closed(*late[key]) for key in late}))
    return found


def _closings(look: Look, begins: date, end: date) -> Select[int, int, date, str]:
    """Entries closed in a quarter that were in the directory, and not closed already, before."""
    stood = and_(
        DatasetFact.dataset_id == ExemptionLink.dataset_id,
        DatasetFact.superseded_at.is_(None),
        DatasetFact.valid_from <= ExemptionLink.valid_from,
        or_(
            DatasetFact.valid_to.is_(None),
            DatasetFact.valid_to > ExemptionLink.valid_from,
        ),
    )
    return (
        select(
            DatasetFact.unit_id,
            ExemptionLink.dataset_id,
            ExemptionLink.valid_from,
            ExemptionLink.item_number,
        )
        .join(DatasetFact, stood)
        .where(
            ExemptionLink.field == "",
            ExemptionLink.superseded_at.is_(None),
            ExemptionLink.valid_from >= begins,
            ExemptionLink.valid_from <= end,
            DatasetFact.state != DatasetState.RETIRED,
            _of_unit(look),
        )
        .order_by(ExemptionLink.dataset_id)
        .limit(LOOKED_AT)
    )


def _of_unit(look: Look) -> ColumnElement[bool]:
    return DatasetFact.unit_id == look.unit_id if look.unit_id is not None else true()


def _closed(day: date, number: str) -> Message:
    return Message("Closed on %(day)s by item %(item)s.", {"day": day.isoformat(), "item": number})


def brief_openings(session: Session, look: Look) -> list[Found]:
    """Entries open on the last day of a quarter, opened at most thirty days before it and closed again
    at most sixty days after."""
    found: list[Found] = []
    for end in quarter_ends(look.since, look.day):
        spans = _open_spans(session, look, end)
        brief: dict[int, dict[int, Message]] = {}
        for dataset_id, (unit_id, begins, ends) in spans.items():
            if begins > end - timedelta(days=SHORTLY_BEFORE) and ends is not None:
                brief.setdefault(unit_id, {})[dataset_id] = Message(
                    "Opened on %(begins)s, closed again on %(ends)s.",
                    {"begins": begins.isoformat(), "ends": ends.isoformat()},
                )
        found += [Found(unit_id, end, evidence) for unit_id, evidence in sorted(brief.items())]
    return found


def _open_spans(
    session: Session, look: Look, end: date
) -> dict[int, tuple[int, date, date | None]]:
    """Of entries that were open on a day and stopped soon after: unit, since when, until when.

    One opening may stand in several facts that follow each other; they are joined.
    """
    opened = and_(
        DatasetFact.superseded_at.is_(None),
        DatasetFact.state == DatasetState.PUBLISHED,
        DatasetFact.openness.in_(facts.OPEN),
    )
    stopping = select(DatasetFact.dataset_id).where(
        opened,
        _of_unit(look),
        DatasetFact.valid_to > end,
        DatasetFact.valid_to <= end + timedelta(days=SHORTLY_AFTER),
    )
    query = (
        select(
            DatasetFact.dataset_id,
            DatasetFact.unit_id,
            DatasetFact.valid_from,
            DatasetFact.valid_to,
        )
        .where(opened, DatasetFact.dataset_id.in_(stopping))
        .order_by(DatasetFact.dataset_id, DatasetFact.valid_from)
    )
    rows: dict[int, list[tuple[int, date, date | None]]] = {}
    for dataset_id, unit_id, begins, ends in session.execute(query):
        rows.setdefault(dataset_id, []).append((unit_id, begins, ends))
    found = {}
    for dataset_id, pieces in rows.items():
        span = _around(pieces, end)
        if span and (span[2] is None or span[2] <= end + timedelta(days=SHORTLY_AFTER)):
            found[dataset_id] = span
    return found


def _around(
    pieces: Sequence[tuple[int, date, date | None]], day: date
) -> tuple[int, date, date | None] | None:
    """The unbroken time around a day."""
    joined: list[tuple[int, date, date | None]] = []
    for unit_id, begins, ends in pieces:
        if joined and joined[-1][2] == begins:
            joined[-1] = (unit_id, joined[-1][1], ends)
        else:
            joined.append((unit_id, begins, ends))
    return next((one for one in joined if one[1] <= day and (one[2] is None or one[2] > day)), None)
