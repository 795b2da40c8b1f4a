"""The trail as people read it: an event that was changed behind the product's back is shown as what it
is, beside all the others. Whether the whole chain stands is ``audit.verify``'s to say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, datetime
from typing import Any

import orjson
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from catalog.auth import Identity, Permission, require
from catalog.models import AuditEvent
from catalog.services.audit import UNREADABLE, hash_of
from schemas.records import Message
from schemas.vocabularies import EventFault

_TYPES: dict[str, type] = {
    "actor": str, "tag": str, "subject_kind": str, "subject_id": str, "previous_hash": str,
    "hash": str, "at": datetime, "data": dict,
}  # fmt: skip
FAULTS = {
    EventFault.UNREADABLE: Message(
        "Somebody wrote into this event past the product, and it can no longer be read; only what is "
        "still readable is shown."
    ),
    EventFault.CHANGED: Message(
        "Somebody changed this event past the product: it does not have the hash that it carries."
    ),
}
"""What is wrong with an event, in words."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it can be shown. With a ``fault`` it is not what was recorded: ``at`` None, texts and
    data empty are what could not be read."""

    sequence: int
    at: datetime | None
    actor: str
    tag: str
    subject_kind: str
    subject_id: str
    data: Mapping[str, Any]
    previous_hash: str
    hash: str
    fault: EventFault | None = None


def read(session: Session, query: Select[AuditEvent]) -> list[Event]:
    """The events of a bounded query, each of them, whatever somebody wrote into its row."""
    try:
        return [_event(one) for one in session.scalars(query)]
    except UNREADABLE:
        numbers = session.scalars(query.with_only_columns(AuditEvent.sequence)).all()
        found = {one.sequence: one for one in _piecemeal(session, numbers)}
        return [found[number] for number in numbers]


def events(
    session: Session, actor: Identity, *, before: int | None = None, limit: int = 100
) -> list[Event]:
    """The trail, newest first."""
    require(actor, Permission.AUDIT_READ)
    query = select(AuditEvent).order_by(AuditEvent.sequence.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEvent.sequence < before)
    return read(session, query)


def of_subject(
    session: Session, subject_kind: str, subject_id: object, *, limit: int = 1_000
) -> list[Event]:
    """The last events of one thing, newest first; the caller has checked that the actor may see it."""
    query = select(AuditEvent).where(
        AuditEvent.subject_kind == subject_kind, AuditEvent.subject_id == str(subject_id)
    )
    return read(session, query.order_by(AuditEvent.sequence.desc()).limit(limit))


def _piecemeal(session: Session, numbers: Sequence[int]) -> list[Event]:
    """Events by number; halved until what cannot be read stands alone, for it spoils what is read with it."""
    try:
        query = select(AuditEvent).where(AuditEvent.sequence.in_(numbers))
        return [_event(one) for one in session.scalars(query)]
    except UNREADABLE:
        if len(numbers) == 1:
            return [_ruin(session, numbers[0])]
    half = len(numbers) // 2
    return [*_piecemeal(session, numbers[:half]), *_piecemeal(session, numbers[half:])]


def _event(row: AuditEvent) -> Event:
    """A row whose columns could be read. Raises one of ``UNREADABLE`` when one holds what no event can."""
    values = {name: getattr(row, name) for name in _TYPES}
    if not all(_sound(name, value) for name, value in values.items()):
        raise ValueError(row.sequence)
    fault = None if hash_of(row) == row.hash else EventFault.CHANGED
    return Event(row.sequence, **values, fault=fault)


def _ruin(session: Session, number: int) -> Event:
    """What can still be read of a row, column by column."""
    values: dict[str, Any] = {}
    for name, type_ in _TYPES.items():
        column = getattr(AuditEvent, name)
        values[name] = None if type_ is datetime else type_()
        try:
            value = session.scalar(select(column).where(AuditEvent.sequence == number))
            values[name] = value if _sound(name, value) else values[name]
        except UNREADABLE:
            continue
    return Event(number, **values, fault=EventFault.UNREADABLE)


def _sound(name: str, value: object) -> bool:
    """Whether a column holds what an event can: of its type, and fit to be told to a browser."""
    if not isinstance(value, _TYPES[name]):
        return False
    if isinstance(value, datetime):  # an hour's shift to another zone must stay within the years
        return MINYEAR < value.year < MAXYEAR
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True
