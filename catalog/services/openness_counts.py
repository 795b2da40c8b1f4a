"""Counting facts in the database: how every entry in force on a date is classified, and why."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Date, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from catalog.models import Adjustment, DatasetFact, ExemptionItem, ExemptionLink
from schemas.vocabularies import DatasetState, ListKind, Openness

G = TypeVar("G", int, str)


class Class(StrEnum):
    """What an entry in force counts as on a date; each counts as exactly one."""

    OPEN = "open"
    CONDITIONAL = "conditional"
    WITHHELD = "withheld"
    UNCOVERED = "uncovered"
    UNPUBLISHED = "unpublished"
    UNASSESSED = "unassessed"


@dataclass(frozen=True, slots=True)
class Cell(Generic[G]):
    """Entries of one unit or theme, of one class, due or not, counted; ``fields_open`` only matters
    where the class is open."""

    group: G
    klass: str
    due: bool
    entries: int
    fields_total: int
    fields_open: int
    records: int


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


def _cells(
    session: Session, by: InstrumentedAttribute[G], on: date, recorded_before: datetime | None
) -> list[Cell[G]]:
    """The directory of a day in counts by one column of the facts.

    Not due: closed by an item in force, opened by the superior unit already, declared duplicates.
    """
    row = classified(on, recorded_before).subquery()
    keys = (row.c[by.key], row.c.klass, row.c.opened_by_superior, row.c.duplicate)
    query = select(
        *keys,
        func.count(),
        func.sum(row.c.fields_total),
        func.sum(row.c.fields_open),
        func.sum(row.c.records),
    ).group_by(*keys)
    return [
        Cell(
            group,
            klass,
            not (klass == Class.WITHHELD or superior or duplicate),
            *(int(number) for number in counts),
        )
        for group, klass, superior, duplicate, *counts in session.execute(query)
    ]


def by_unit_id(
    session: Session, on: date, recorded_before: datetime | None = None
) -> list[Cell[int]]:
    """The directory of a day in counts by unit."""
    return _cells(session, DatasetFact.unit_id, on, recorded_before)


def by_theme_name(
    session: Session, on: date, recorded_before: datetime | None = None
) -> list[Cell[str]]:
    """The directory of a day in counts by theme."""
    return _cells(session, DatasetFact.theme, on, recorded_before)
