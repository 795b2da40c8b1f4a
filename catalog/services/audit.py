"""The append-only trail: who did what, chained by hashes."""

import json
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.event import listens_for
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.orm.util import identity_key

from catalog.auth import Identity, Permission, require
from catalog.models import AuditEvent, AuditHead, PublishedHead
from catalog.services import row_sets

GENESIS = "0" * 64
UNREADABLE = (ValueError, TypeError, RecursionError, OperationalError, DataError)
"""What reading raises when somebody wrote into a column, past all types, what it cannot hold."""
_BATCH = 1000
_PENDING, _RELEASED = "audit-pending", "audit-released"
"""Keys of a session: events noted with the savepoint they stand in; the savepoint released last."""


class AuditTag(StrEnum):
    """What happened: subject, then verb."""

    UNIT_ADDED = "unit:added"
    UNIT_AMENDED = "unit:amended"
    REGION_NAMED = "region:named"
    USER_ADDED = "user:added"
    USER_AMENDED = "user:amended"
    SIGNED_IN = "user:signed-in"
    TOKEN_MADE = "token:made"  # noqa: S105
    TOKEN_REVOKED = "token:revoked"  # noqa: S105
    DATASET_CREATED = "dataset:created"
    DATASET_AMENDED = "dataset:amended"
    DATASET_DELETED = "dataset:deleted"
    DATASET_PUBLISHED = "dataset:published"
    DATASET_SUSPENDED = "dataset:suspended"
    DATASET_RESUMED = "dataset:resumed"
    DATASET_WITHDRAWN = "dataset:withdrawn"
    DATASET_RETIRED = "dataset:retired"
    RESOURCE_ADDED = "resource:added"
    RESOURCE_AMENDED = "resource:amended"
    RESOURCE_REMOVED = "resource:removed"
    VERSION_RECEIVED = "version:received"
    VERSION_EXAMINED = "version:examined"
    MEMBER_CHOSEN = "version:member-chosen"
    REPAIRS_ACCEPTED = "version:repairs-accepted"
    FINDING_SETTLED = "finding:settled"
    FINDING_CONSENTED = "finding:consented"
    REVIEW_SUBMITTED = "review:submitted"
    REVIEW_VOIDED = "review:voided"
    REVIEW_DECIDED = "review:decided"
    LIST_DRAFTED = "list:drafted"
    LIST_APPROVED = "list:approved"
    LIST_REFUSED = "list:refused"
    LIST_RENEWED = "list:renewed"
    LIST_REVISED = "list:revised"
    LIST_WITHDRAWN = "list:withdrawn"
    LAW_AMENDED = "law:amended"
    EXCEPTION_RECORDED = "exception:recorded"
    EXCEPTION_CONFIRMED = "exception:confirmed"
    EXCEPTION_ENDED = "exception:ended"
    TASK_SETTLED = "list-task:settled"
    GUIDE_DRAFTED = "guide:drafted"
    GUIDE_PUBLISHED = "guide:published"
    GUIDE_REFUSED = "guide:refused"
    GUIDE_WITHDRAWN = "guide:withdrawn"
    NOTICE_PUBLISHED = "notice:published"
    CALENDAR_IMPORTED = "calendar:imported"
    TARGET_SET = "target:set"
    ASSESSMENT_PUBLISHED = "assessment:published"
    ASSESSMENT_WITHDRAWN = "assessment:withdrawn"
    SNAPSHOT_FROZEN = "snapshot:frozen"
    SNAPSHOT_RESTATED = "snapshot:restated"
    REQUEST_RECEIVED = "request:received"
    REQUEST_ANSWERED = "request:answered"
    REQUEST_EXTENDED = "request:extended"
    REQUEST_ASSIGNED = "request:assigned"
    SOURCE_ADDED = "source:added"
    SOURCE_AMENDED = "source:amended"
    HARVEST_FINISHED = "harvest:finished"
    OPENNESS_DIFFERS = "openness:differs"
    OPENNESS_REBUILT = "openness:rebuilt"
    FACT_CORRECTED = "fact:corrected"
    CORRECTIONS_DRAFTED = "corrections:drafted"
    CORRECTIONS_APPROVED = "corrections:approved"
    CORRECTIONS_REFUSED = "corrections:refused"
    CORRECTIONS_WITHDRAWN = "corrections:withdrawn"
    UNIT_HANDED_OVER = "unit:handed-over"


@dataclass(frozen=True, slots=True)
class Kept:
    """A head of the trail as somebody kept it: the event of that number, or none, had this hash."""

    day: date
    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying the trail found: ``broken_at`` is the first bad sequence number."""

    events: int
    head: str
    broken_at: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Noted:
    """What an event is about, whose unit it concerns, and what it says."""

    subject_id: object
    unit_id: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


_HASHED = (
    "sequence", "at", "actor_id", "actor", "tag", "subject_kind", "subject_id", "unit_id", "data",
)  # fmt: skip


def _leaf(event: Mapping[str, Any]) -> str:
    """The hash of an event that says everything but its own hash."""
    values = {name: event[name] for name in _HASHED}
    values["at"] = values["at"].astimezone(UTC).isoformat()
    values["previous"] = event["previous_hash"]
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(b"gongkai-audit-1\n" + text.encode()).hexdigest()


def hash_of(event: AuditEvent) -> str:
    """The hash that an event has to carry, by what it says and the hash before it."""
    return _leaf({name: getattr(event, name) for name in (*_HASHED, "previous_hash")})


def record(
    session: Session,
    actor: Identity,
    tag: AuditTag,
    subject_kind: str,
    subject_id: object,
    *,
    now: datetime,
    unit_id: int | None = None,
    **data: Any,
) -> None:
    """Note an event of this transaction; it joins the trail when the transaction is committed.

    Only then is the lock taken that orders all writers, so it is always the last lock of a
    transaction, and never one that rolling back to a savepoint would give away too early.
    """
    record_all(session, actor, tag, subject_kind, [Noted(subject_id, unit_id, data)], now=now)


def record_all(
    session: Session,
    actor: Identity,
    tag: AuditTag,
    subject_kind: str,
    noted: Iterable[Noted],
    *,
    now: datetime,
) -> None:
    """Note an event for each of many things that the same has happened to."""
    session.flush()
    if not session.in_transaction():
        session.begin()
    inside = session.get_nested_transaction() or session.get_transaction()
    session.info.setdefault(_PENDING, []).extend(
        (
            inside,
            {
                "at": now, "actor_id": actor.user_id, "actor": actor.name, "tag": str(tag),
                "subject_kind": subject_kind, "subject_id": str(one.subject_id),
                "unit_id": one.unit_id, "data": json.loads(json.dumps(one.data, default=str)),
            },
        )
        for one in noted
    )  # fmt: skip


@listens_for(Session, "before_commit")
def _append_pending(session: Session) -> None:
    """Put the noted events at the end of the chain, as the last writing of the transaction."""
    if not session.info.get(_PENDING):
        return
    savepoint = session.get_nested_transaction()
    if savepoint is not None:
        # Told of a savepoint once when it is released, and twice when what is around it is
        # committed while it is open; then there is no later moment for its events.
        if session.info.get(_RELEASED) is savepoint:
            raise RuntimeError("a transaction with events is committed inside an open savepoint")
        session.info[_RELEASED] = savepoint
        return
    session.flush()
    sequence, last = _locked_head(session)
    rows = []
    for _, event in session.info.pop(_PENDING):
        sequence += 1
        row = {**event, "sequence": sequence, "previous_hash": last}
        row["hash"] = last = _leaf(row)
        rows.append(row)
    row_sets.add(session, AuditEvent, rows)
    session.connection().execute(_MOVE_HEAD, {"b_sequence": sequence, "b_hash": last})
    if (loaded := session.identity_map.get(identity_key(AuditHead, 1))) is not None:
        session.expire(loaded)


@listens_for(Session, "after_soft_rollback")
def _drop_undone(session: Session, undone: SessionTransaction) -> None:
    """Forget what was noted inside a savepoint, or one within it, that was rolled back."""
    if pending := session.info.get(_PENDING):
        session.info[_PENDING] = [one for one in pending if not _within(one[0], undone)]


@listens_for(Session, "after_transaction_end")
def _drop_rest(session: Session, ended: SessionTransaction) -> None:
    """A session that is closed without a word gives up its transaction without a rollback."""
    if ended.parent is None:
        session.info.pop(_PENDING, None)
        session.info.pop(_RELEASED, None)


def _within(inner: SessionTransaction | None, outer: SessionTransaction) -> bool:
    while inner is not None and inner is not outer:
        inner = inner.parent
    return inner is outer


def _locked_head(session: Session) -> tuple[int, str]:
    """The end of the chain, number and hash, locked until the transaction ends."""
    head = session.connection().execute(_LOCKED_HEAD).one_or_none()
    if head is None:
        row_sets.add(session, AuditHead, [{"id": 1, "sequence": 0, "hash": GENESIS}])
        return 0, GENESIS
    return head.sequence, head.hash


_HEAD = cast("Table", AuditHead.__table__)
_LOCKED_HEAD = select(_HEAD.c.sequence, _HEAD.c.hash).where(_HEAD.c.id == 1).with_for_update()
_MOVE_HEAD = (
    update(_HEAD)
    .where(_HEAD.c.id == 1)
    .values(sequence=bindparam("b_sequence"), hash=bindparam("b_hash"))
)


def verify(session: Session, actor: Identity, kept: Iterable[Kept] = ()) -> Verdict:
    """Walk the whole chain and compare it with its head and with every published head: finds any
    changed, removed, swapped or truncated event.

    Whoever can write to the database can make the whole chain anew, head and published heads
    included; ``kept`` are heads copied from the public page before, and no such chain fits them.
    """
    require(actor, Permission.AUDIT_READ)
    outside: dict[int, list[Kept]] = {}
    try:
        for one in (*_published(session), *kept):
            outside.setdefault(one.sequence, []).append(one)
    except UNREADABLE:
        return Verdict(0, GENESIS, 1, "a published head cannot be read")
    with closing(_walk(session)) as walk:
        found = _follow(walk, outside)
    if found.broken_at is not None:
        return found
    count, previous = found.events, found.head
    head = session.scalar(select(AuditHead).where(AuditHead.id == 1))
    expected = (head.sequence, head.hash) if head else (0, GENESIS)
    if outside:
        lost = outside[max(outside)][0]
        reason = f"{lost.sequence - count} events are missing that were there on {lost.day}"
        return Verdict(count, previous, count + 1, reason)
    if expected != (count, previous):
        return Verdict(count, previous, count + 1, "events are missing at the end")
    return found


def _follow(walk: Iterable[AuditEvent | None], outside: dict[int, list[Kept]]) -> Verdict:
    """The chain of the events as far as it is whole; takes the heads that fit out of ``outside``."""
    previous, count = GENESIS, 0
    for event in walk:
        count += 1
        reason = _broken(event, count, previous) if event else "an event cannot be read"
        if event is None or reason:
            return Verdict(count, previous, count, reason)
        if other := _denied(outside.pop(count, ()), event.hash):
            reason = f"an event is not the one whose hash was published on {other.day}"
            return Verdict(count, previous, count, reason)
        previous = event.hash
    return Verdict(count, previous, None, "")


def _walk(session: Session) -> Generator[AuditEvent | None]:
    """The events in their order; None, and none after it, for a row that holds what no event can."""
    last = None
    for at_once in (_BATCH, 1):  # the row that cannot be read spoils the batch that it is in
        query = select(AuditEvent).order_by(AuditEvent.sequence)
        if last is not None:
            query = query.where(AuditEvent.sequence > last)
        try:
            with session.scalars(query.execution_options(yield_per=at_once)) as found:
                for event in found:
                    last = event.sequence
                    yield event
        except UNREADABLE:
            continue
        return
    yield None


def _published(session: Session) -> list[Kept]:
    found = session.scalars(select(PublishedHead).order_by(PublishedHead.day))
    return [Kept(one.day, one.sequence, one.hash) for one in found]


def _broken(event: AuditEvent, number: int, previous: str) -> str:
    if event.sequence != number:
        return "an event is missing"
    if event.previous_hash != previous:
        return "an event does not follow the one before"
    try:
        same = hash_of(event) == event.hash
    except UNREADABLE:
        same = False
    return "" if same else "an event was changed"


def _denied(kept: Iterable[Kept], found: str) -> Kept | None:
    return next((one for one in kept if one.hash != found), None)
