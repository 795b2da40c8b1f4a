"""Counting facts in the database: how every entry in force on a date is classified, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from catalog.models import Adjustment, DatasetFact, ExemptionItem, ExemptionLink, Unit
from schemas.vocabularies import Basis, DatasetState, ListKind, Openness


class Class(StrEnum):
    """What an entry in force counts as on a date; each counts as exactly one."""

    OPEN = "open"
    CONDITIONAL = "conditional"
    WITHHELD = "withheld"
    UNCOVERED = "uncovered"
    UNPUBLISHED = "unpublished"
    UNASSESSED = "unassessed"


@dataclass(frozen=True, slots=True)
class Cell:
    """Entries of one unit, theme, class and dueness, counted; ``fields_open`` only matters if open."""

    unit_id: int
    theme: str
    klass: str
    due: bool
    entries: int
    fields_total: int
    fields_open: int
    records: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts of the whole platform: (n, d) of the unit rate and of each basis of the data rate."""

    units: tuple[int, int]
    data: Mapping[Basis, tuple[int, int]]


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


def on_roster(on: date) -> ColumnElement[bool]:
    """Units on the roster on a day."""
    return and_(Unit.roster_from <= on, or_(Unit.roster_to.is_(None), Unit.roster_to > on))


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
    """The class of a fact, by the first rule that fits."""
    covered = DatasetFact.dataset_id.in_(
        select(ExemptionLink.dataset_id).where(covering_links(on, recorded_before))
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


def classified(on: date, recorded_before: datetime | None) -> Select[*tuple[Any, ...]]:
    """Every entry in force on a day with its class."""
    return select(
        DatasetFact.dataset_id,
        DatasetFact.unit_id,
        DatasetFact.theme,
        DatasetFact.state,
        DatasetFact.fields_total,
        DatasetFact.fields_open,
        DatasetFact.records,
        DatasetFact.opened_by_superior,
        DatasetFact.duplicate,
        class_of(on, recorded_before).label("klass"),
    ).where(in_directory(on, recorded_before))


def cells(session: Session, on: date, recorded_before: datetime | None = None) -> list[Cell]:
    """The directory of a day in counts, as fine as any figure needs them.

    Not due: closed by an item in force, opened by the superior unit already, declared duplicates.
    """
    row = classified(on, recorded_before).subquery()
    keys = (row.c.unit_id, row.c.theme, row.c.klass, row.c.opened_by_superior, row.c.duplicate)
    query = select(
        *keys,
        func.count(),
        func.sum(row.c.fields_total),
        func.sum(row.c.fields_open),
        func.sum(row.c.records),
    ).group_by(*keys)
    return [
        Cell(
            unit_id,
            theme,
            klass,
            not (klass == Class.WITHHELD or superior or duplicate),
            *(int(number) for number in counts),
        )
        for unit_id, theme, klass, superior, duplicate, *counts in session.execute(query)
    ]


def totals(session: Session, on: date) -> Totals:
    """The platform's counts on a day; one pass, for series of many days."""
    row = classified(on, None).subquery()
    opened = row.c.klass.in_((Class.OPEN, Class.CONDITIONAL))
    due = and_(row.c.klass != Class.WITHHELD, ~row.c.opened_by_superior, ~row.c.duplicate)
    measures = {
        Basis.ALL: (func.count(), func.count().filter(opened)),
        Basis.DUE: (func.count().filter(due), func.count().filter(and_(due, opened))),
        Basis.FIELD: (
            func.coalesce(func.sum(row.c.fields_total), 0),
            func.coalesce(func.sum(row.c.fields_open).filter(opened), 0),
        ),
        Basis.VOLUME: (
            func.coalesce(func.sum(row.c.records), 0),
            func.coalesce(func.sum(row.c.records).filter(opened), 0),
        ),
    }
    counts = session.execute(
        select(*(column for pair in measures.values() for column in pair))
    ).one()
    roster = session.scalar(select(func.count(Unit.id)).where(on_roster(on))) or 0
    active = session.scalar(
        select(func.count(Unit.id)).where(
            on_roster(on), Unit.id.in_(select(row.c.unit_id).where(opened))
        )
    )
    return Totals(
        (active or 0, roster),
        {basis: (int(counts[2 * n + 1]), int(counts[2 * n])) for n, basis in enumerate(measures)},
    )
