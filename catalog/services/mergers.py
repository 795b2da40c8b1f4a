"""Units that were merged into others: what they held goes over on the day they left the roster."""

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from catalog import outbox
from catalog.auth import Identity, Permission, require
from catalog.models import Dataset, DatasetRevision, Request, Unit
from catalog.services import audit, facts, manifests, openness_ledger, row_sets, values
from catalog.services.audit import AuditTag
from schemas.records import Message
from schemas.vocabularies import RequestState


def check_successor(session: Session, unit: Unit) -> None:
    """Refuse a unit that would take over from itself, by however many steps."""
    if _leads_back(session, unit.id, unit.successor_id, Unit.successor_id):
        text = Message("a unit cannot take over from itself, by any way")
        raise values.refusal({"successor": [text]})


def check_day(session: Session, unit: Unit) -> None:
    """Refuse a successor that is not on the roster on the day on which it would take over."""
    if unit.successor_id is None or unit.roster_to is None:
        return
    after, on = session.get_one(Unit, unit.successor_id), unit.roster_to
    if after.roster_from <= on and (after.roster_to is None or after.roster_to > on):
        return
    text = "%(name)s is not on the roster on %(day)s; name the unit that takes over on that day"
    params = {"name": after.name, "day": on.isoformat()}
    raise values.refusal({"successor": [Message(text, params)]})


def check_parent(session: Session, unit: Unit) -> None:
    """Refuse a unit that would stand under itself, by however many steps."""
    if _leads_back(session, unit.id, unit.parent_id, Unit.parent_id):
        text = Message("a unit cannot stand under itself, by any way")
        raise values.refusal({"parent": [text]})


def _leads_back(
    session: Session, start: int, first: int | None, column: InstrumentedAttribute[int | None]
) -> bool:
    """Whether the way from a unit over one of its relations comes to where it was before."""
    seen, after = {start}, first
    while after is not None and after not in seen:
        seen.add(after)
        after = session.scalar(select(column).where(Unit.id == after))
    return after is not None


def hand_over_due(session: Session, actor: Identity, *, now: datetime) -> int:
    """Hand over what units held that have left the roster and have a successor; how many entries."""
    today = facts.day(now)
    units = session.scalars(
        select(Unit)
        .where(
            Unit.successor_id.is_not(None),
            Unit.roster_to <= today,
            or_(
                select(Dataset.id).where(Dataset.unit_id == Unit.id).exists(),
                select(Request.id).where(*_open_requests(Unit.id)).exists(),
            ),
        )
        .order_by(Unit.roster_to, Unit.id)
    ).all()
    return sum(hand_over(session, actor, unit, now=now) for unit in units)


def hand_over(session: Session, actor: Identity, unit: Unit, *, now: datetime) -> int:
    """Give every entry of a unit to its successor, from the day on which it left the roster, and the
    requests it has not answered; how many entries.

    In the middle of a period each unit so counts what it held on each day; said late, the days since
    then are corrected. Open reviews are voided: another unit answers for the entry now. By as few
    statements for ten thousand entries as for one.
    """
    require(actor, Permission.UNIT_MANAGE, unit)
    today = facts.day(now)
    if unit.successor_id is None or unit.roster_to is None or unit.roster_to > today:
        return 0
    successor = session.get_one(Unit, unit.successor_id)
    ids = session.scalars(
        select(Dataset.id).where(Dataset.unit_id == unit.id).order_by(Dataset.id)
    ).all()
    openness_ledger.touch(session, ids)
    why = f"the entry went over to {successor.code}"
    drafts = manifests.void_open_reviews(session, actor, ids, why, now=now)
    moved = {"unit_id": successor.id, "updated_at": now}
    row_sets.amend(session, Dataset, ids, Dataset.unit_id == unit.id, moved)
    facts.correct(session, ids, {"unit_id": successor.id}, (unit.roster_to, None), now)
    facts.record_all(session, drafts, now)
    revision = {
        "at": now, "actor": actor.name, "what": AuditTag.UNIT_HANDED_OVER.value,
        "before": {"unit": unit.code}, "after": {"unit": successor.code},
    }  # fmt: skip
    row_sets.add(session, DatasetRevision, [{"dataset_id": one, **revision} for one in ids])
    outbox.touch_entries(session, ids, now)
    asked = _pass_on_requests(session, unit, successor)
    if ids or asked:
        audit.record(
            session, actor, AuditTag.UNIT_HANDED_OVER, "unit", unit.code, now=now, unit_id=unit.id,
            successor=successor.code, on=unit.roster_to, entries=len(ids), requests=asked,
        )  # fmt: skip
    return len(ids)


def _open_requests(unit_id: int | InstrumentedAttribute[int]) -> tuple[ColumnElement[bool], ...]:
    return Request.unit_id == unit_id, Request.state == RequestState.OPEN


def _pass_on_requests(session: Session, unit: Unit, successor: Unit) -> int:
    """The successor answers what was asked of a unit; the clock goes on."""
    open_ones = session.scalars(select(Request).where(*_open_requests(unit.id))).all()
    for one in open_ones:
        one.unit_id = successor.id
    return len(open_ones)
