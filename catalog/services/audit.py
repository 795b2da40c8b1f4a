"""The append-only trail: who did what, chained by hashes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.auth import Identity, Permission, require
from catalog.models import AuditEvent, AuditHead

GENESIS = "0" * 64


class AuditTag(StrEnum):
    """What happened: subject, then verb."""

    UNIT_ADDED = "unit:added"
    UNIT_AMENDED = "unit:amended"
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
    NOTICE_PUBLISHED = "notice:published"
    CALENDAR_IMPORTED = "calendar:imported"
    SOURCE_ADDED = "source:added"
    SOURCE_AMENDED = "source:amended"
    HARVEST_FINISHED = "harvest:finished"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying the trail found: ``broken_at`` is the first bad sequence number."""

    events: int
    head: str
    broken_at: int | None
    reason: str


def _leaf(values: dict[str, Any]) -> str:
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(b"gongkai-audit-1\n" + text.encode()).hexdigest()


def _values(event: AuditEvent) -> dict[str, Any]:
    return {
        "sequence": event.sequence,
        "at": event.at.astimezone(UTC).isoformat(),
        "actor_id": event.actor_id,
        "actor": event.actor,
        "tag": event.tag,
        "subject_kind": event.subject_kind,
        "subject_id": event.subject_id,
        "unit_id": event.unit_id,
        "data": event.data,
        "previous": event.previous_hash,
    }


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
) -> AuditEvent:
    """Append an event. Called last in a rule: it takes the lock that orders all writers."""
    head = _head(session)
    event = AuditEvent(
        sequence=head.sequence + 1,
        at=now,
        actor_id=actor.user_id,
        actor=actor.name,
        tag=tag,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        unit_id=unit_id,
        data=json.loads(json.dumps(data, default=str)),
        previous_hash=head.hash,
        hash="",
    )
    event.hash = _leaf(_values(event))
    session.add(event)
    head.sequence, head.hash = event.sequence, event.hash
    return event


def _head(session: Session) -> AuditHead:
    """The end of the chain, locked once in a transaction and then kept in hand."""
    transaction = session.get_transaction()
    if transaction is not None and session.info.get("audit-locked-in") is transaction:
        held = session.get(AuditHead, 1)
        if held is not None:
            return held
    session.flush()
    head = session.scalar(
        select(AuditHead)
        .where(AuditHead.id == 1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if head is None:
        head = AuditHead(id=1, sequence=0, hash=GENESIS)
        session.add(head)
        session.flush()
    session.info["audit-locked-in"] = session.get_transaction()
    return head


def verify(session: Session, actor: Identity) -> Verdict:
    """Walk the whole chain and compare it with the head: finds any changed, removed, swapped or
    truncated event."""
    require(actor, Permission.AUDIT_READ)
    previous, count = GENESIS, 0
    for event in session.scalars(
        select(AuditEvent).order_by(AuditEvent.sequence).execution_options(yield_per=1000)
    ):
        count += 1
        if event.sequence != count:
            return Verdict(count, previous, count, "an event is missing")
        if event.previous_hash != previous:
            return Verdict(
                count, previous, event.sequence, "an event does not follow the one before"
            )
        if _leaf(_values(event)) != event.hash:
            return Verdict(count, previous, event.sequence, "an event was changed")
        previous = event.hash
    head = session.scalar(select(AuditHead).where(AuditHead.id == 1))
    expected = (head.sequence, head.hash) if head else (0, GENESIS)
    if expected != (count, previous):
        return Verdict(count, previous, count + 1, "events are missing at the end")
    return Verdict(count, previous, None, "")


def events(
    session: Session, actor: Identity, *, before: int | None = None, limit: int = 100
) -> Iterator[AuditEvent]:
    """The trail, newest first."""
    require(actor, Permission.AUDIT_READ)
    query = select(AuditEvent).order_by(AuditEvent.sequence.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEvent.sequence < before)
    yield from session.scalars(query)


def of_subject(session: Session, subject_kind: str, subject_id: object) -> list[AuditEvent]:
    """Events of one thing, oldest first; the caller has checked that the actor may see it."""
    return list(
        session.scalars(
            select(AuditEvent)
            .where(
                AuditEvent.subject_kind == subject_kind, AuditEvent.subject_id == str(subject_id)
            )
            .order_by(AuditEvent.sequence)
        )
    )
