"""Who put a version of an item in force, by which edition, and how much each item closes on a day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from catalog.auth import Identity, Permission, can
from catalog.models import Adjustment, Dataset, Edition, ExemptionLink, Unit


@dataclass(frozen=True, slots=True)
class Approval:
    """An adjustment in force: its edition, day, document, reason, and what it did to each item.

    ``by`` and ``drafted_by`` are empty for who may not read the names of those who keep the list.
    """

    edition: int
    on: datetime | None
    document: str
    reason: str
    by: str
    drafted_by: str
    kinds: dict[str, str]


def approvals(session: Session, actor: Identity, ids: Collection[str]) -> dict[str, Approval]:
    """The approvals of adjustments by their id; names only for those entitled."""
    named = can(actor, Permission.LIST_READ_INTERNAL)
    query = (
        select(Adjustment, Edition.number)
        .join(Edition, Edition.adjustment_id == Adjustment.id)
        .where(Adjustment.id.in_(set(ids)))
    )
    return {
        one.id: Approval(
            number,
            one.approved_at,
            one.approval_document,
            one.reason,
            one.approved_by_name if named else "",
            one.drafted_by_name if named else "",
            {change["number"]: change["kind"] for change in one.changes},
        )
        for one, number in session.execute(query)
    }


def entries_closed(session: Session, on: date) -> dict[str, int]:
    """How many whole entries each item closes on a day, as known now."""
    query = (
        select(ExemptionLink.item_number, func.count(func.distinct(ExemptionLink.dataset_id)))
        .where(ExemptionLink.field == "", *_on(on))
        .group_by(ExemptionLink.item_number)
    )
    return dict(session.execute(query).all())


def closed_by_unit(session: Session, number: str, on: date) -> list[tuple[str, str, int]]:
    """Code, name and count of whole entries that an item closes on a day, the most first."""
    count = func.count(func.distinct(ExemptionLink.dataset_id))
    query = (
        select(Unit.code, Unit.name, count)
        .select_from(ExemptionLink)
        .join(Dataset, Dataset.id == ExemptionLink.dataset_id)
        .join(Unit, Unit.id == Dataset.unit_id)
        .where(ExemptionLink.item_number == number, ExemptionLink.field == "", *_on(on))
        .group_by(Unit.code, Unit.name)
        .order_by(count.desc(), Unit.name)
    )
    return [(code, name, total) for code, name, total in session.execute(query)]


def fields_closed(session: Session, number: str, on: date) -> int:
    """How many single fields of entries an item closes on a day."""
    query = select(func.count()).where(
        ExemptionLink.item_number == number, ExemptionLink.field != "", *_on(on)
    )
    return session.scalar(query) or 0


def _on(day: date) -> tuple[ColumnElement[bool], ...]:
    return (
        ExemptionLink.superseded_at.is_(None),
        ExemptionLink.valid_from <= day,
        or_(ExemptionLink.valid_to.is_(None), ExemptionLink.valid_to > day),
    )
