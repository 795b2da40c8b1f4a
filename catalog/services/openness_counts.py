"""Counting facts in the database: how every entry in force on a date is classified, and why."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, case, func, literal, not_, or_, select
from sqlalchemy.orm import Session, aliased

from catalog.models import (
    Adjustment,
    AvailabilityFact,
    DatasetFact,
    ExemptionItem,
    ExemptionLink,
    OpennessState,
)
from catalog.services import openness_ledger
from catalog.services.openness_measures import OPEN, Class, Counts
from schemas.vocabularies import DatasetState, ListKind, Openness


def known(row: Any, recorded_before: datetime | None) -> ColumnElement[bool]:
    """Rows of a two-timed table as known now, or as known at a moment."""
    if recorded_before is None:
        current: ColumnElement[bool] = row.superseded_at.is_(None)
        return current
    return and_(
        row.recorded_at < recorded_before,
        or_(row.superseded_at.is_(None), row.superseded_at >= recorded_before),
    )


def holds(row: Any, on: date) -> ColumnElement[bool]:
    """Rows whose half-open validity contains a day."""
    return and_(row.valid_from <= on, or_(row.valid_to.is_(None), row.valid_to > on))


def items_in_force(on: date, recorded_before: datetime | None) -> Select[str]:
    """Numbers of the items in force on a day.

    An end that a later adjustment brought forward is not yet known before its approval; until then
    the item ends as it was approved (``lapses_on``).
    """
    query = select(ExemptionItem.number).where(
        ExemptionItem.list_kind == ListKind.NEGATIVE, ExemptionItem.valid_from <= on
    )
    if recorded_before is None:
        return query.where(or_(ExemptionItem.valid_to.is_(None), ExemptionItem.valid_to > on))
    ending = aliased(Adjustment)
    later = and_(ExemptionItem.ended_by_id.is_not(None), ending.approved_at >= recorded_before)
    end = case((later, ExemptionItem.lapses_on), else_=ExemptionItem.valid_to)
    return (
        query.outerjoin(ending, ending.id == ExemptionItem.ended_by_id)
        .where(ExemptionItem.recorded_at < recorded_before)
        .where(or_(end.is_(None), end > literal(on, Date)))
    )


def covering_links(on: date, recorded_before: datetime | None) -> ColumnElement[bool]:
    """Links that close a whole entry on a day, by an item in force on that day."""
    return and_(
        ExemptionLink.field == "",
        known(ExemptionLink, recorded_before),
        holds(ExemptionLink, on),
        ExemptionLink.item_number.in_(items_in_force(on, recorded_before)),
    )


def in_directory(on: date, recorded_before: datetime | None) -> ColumnElement[bool]:
    """Facts of the entries in force on a day: every state but retired."""
    return and_(
        known(DatasetFact, recorded_before),
        holds(DatasetFact, on),
        DatasetFact.state != DatasetState.RETIRED,
    )


def class_of(on: date, recorded_before: datetime | None) -> ColumnElement[str]:
    """The class of a fact, by the first rule that fits.

    Links and answers are asked for entry by entry: PostgreSQL would go through a list of millions of
    ids, too long to be hashed in its memory, for every entry anew.
    """
    covered = (
        select(ExemptionLink.id)
        .where(
            ExemptionLink.dataset_id == DatasetFact.dataset_id, covering_links(on, recorded_before)
        )
        .correlate(DatasetFact)
        .exists()
    )
    published = DatasetFact.state == DatasetState.PUBLISHED
    openness = DatasetFact.openness
    return case(
        (and_(openness == Openness.WITHHELD, covered), Class.WITHHELD),
        (openness == Openness.WITHHELD, Class.UNCOVERED),
        (openness == Openness.UNASSESSED, Class.UNASSESSED),
        (and_(published, openness == Openness.UNCONDITIONAL), Class.OPEN),
        (and_(published, openness == Openness.CONDITIONAL), Class.CONDITIONAL),
        else_=Class.UNPUBLISHED,
    )


def answering(on: date, recorded_before: datetime | None) -> ColumnElement[bool]:
    """Facts of entries whose bytes answered on a day."""
    return (
        select(AvailabilityFact.id)
        .where(
            AvailabilityFact.dataset_id == DatasetFact.dataset_id,
            AvailabilityFact.available,
            known(AvailabilityFact, recorded_before),
            holds(AvailabilityFact, on),
        )
        .correlate(DatasetFact)
        .exists()
    )


def fresh(on: date) -> ColumnElement[bool]:
    """Facts of entries whose new data is not late on a day."""
    return or_(DatasetFact.overdue_from.is_(None), DatasetFact.overdue_from > on)


def classified(on: date, recorded_before: datetime | None) -> Select[*tuple[Any, ...]]:
    """Every entry in force on a day with its class, and what verifying it asks."""
    return select(
        DatasetFact.dataset_id,
        DatasetFact.unit_id,
        DatasetFact.theme,
        DatasetFact.state,
        DatasetFact.openness,
        DatasetFact.fields_total,
        DatasetFact.fields_open,
        DatasetFact.records,
        DatasetFact.opened_by_superior,
        DatasetFact.duplicate,
        DatasetFact.validated,
        DatasetFact.machine_readable,
        DatasetFact.licensed,
        DatasetFact.overdue_from,
        fresh(on).label("fresh"),
        answering(on, recorded_before).label("answers"),
        class_of(on, recorded_before).label("klass"),
    ).where(in_directory(on, recorded_before))


def verified_of(row: Any) -> ColumnElement[bool]:
    """Whether a classified entry is open and stood every check."""
    return and_(
        row.klass.in_(OPEN),
        row.validated,
        row.machine_readable,
        row.licensed,
        row.fresh,
        row.answers,
    )


def _measures(row: Any) -> list[ColumnElement[int]]:
    """The counts of ``Counts``, in its order."""
    opened = row.klass.in_(OPEN)
    verified = verified_of(row)
    due = not_(or_(row.klass == Class.WITHHELD, row.opened_by_superior, row.duplicate))
    conditional = and_(row.klass == Class.UNPUBLISHED, row.openness == Openness.CONDITIONAL)
    ones = [*(row.klass == one for one in Class), conditional, due, and_(due, opened)]
    return [
        *(func.sum(case((one, 1), else_=0)) for one in ones),
        func.sum(row.fields_total),
        func.sum(case((opened, row.fields_open), else_=0)),
        func.sum(row.records),
        func.sum(case((opened, row.records), else_=0)),
        func.sum(case((verified, 1), else_=0)),
        func.sum(case((and_(verified, due), 1), else_=0)),
        func.sum(case((verified, row.fields_open), else_=0)),
        func.sum(case((verified, row.records), else_=0)),
    ]


def counted(
    session: Session, on: date, recorded_before: datetime | None, *names: str
) -> dict[Any, Counts]:
    """The directory of a day counted from the facts, by columns of ``classified``; the key is a tuple
    where there are several."""
    row = classified(on, recorded_before).subquery().c
    keys = [row[name] for name in names]
    query = select(*keys, *_measures(row)).group_by(*keys)
    width = len(names)
    return {
        found[0] if width == 1 else tuple(found[:width]): Counts._make(
            int(number) for number in found[width:]
        )
        for found in session.execute(query)
    }


def by_unit_id(
    session: Session, on: date, recorded_before: datetime | None = None
) -> dict[int, Counts]:
    """The directory of a day in counts by unit: from the ledger, or as known at a moment from facts."""
    if recorded_before is None and openness_ledger.readable(session):
        return openness_ledger.by_unit_id(session, on)
    return counted(session, on, recorded_before, "unit_id")


def by_theme_name(
    session: Session, on: date, recorded_before: datetime | None = None
) -> dict[str, Counts]:
    """The directory of a day in counts by theme."""
    if recorded_before is None and openness_ledger.readable(session):
        found = openness_ledger.by_theme_name(session, on)
        return {theme: counts for theme, counts in found.items() if counts.entries}
    return counted(session, on, recorded_before, "theme")


def by_unit_and_theme(
    session: Session,
    on: date,
    recorded_before: datetime | None = None,
    units: Collection[int] | None = None,
) -> dict[tuple[int, str], Counts]:
    """The directory of a day in counts by unit (all, or some) and theme: from the ledger where it keeps
    that day for both."""
    if recorded_before is None and openness_ledger.readable(session) and mapped(session, on):
        kept = openness_ledger.by_unit_and_theme(session, on, units)
        return {key: counts for key, counts in kept.items() if counts.entries}
    found = counted(session, on, recorded_before, "unit_id", "theme")
    return found if units is None else {key: one for key, one in found.items() if key[0] in units}


def mapped(session: Session, on: date) -> bool:
    """Whether the ledger keeps units and themes together for a day: every day from ``map_from`` on, and
    the last day of each month before it."""
    since = session.scalar(select(OpennessState.map_from).where(OpennessState.id == 1)) or 0
    return on.toordinal() >= since or (on + timedelta(days=1)).day == 1
