"""Adjusting a list: drafted by one, approved by another, in one transaction with all that follows from
it — item versions, the edition, the notice owed, entries left without an item or newly exempt.

The negative list and the lists that close nothing (``list_kinds``) are adjusted by the same rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog import outbox
from catalog.auth import Identity, Permission, can, require
from catalog.errors import Conflict, Forbidden, Invalid, missing
from catalog.models import Adjustment
from catalog.services import (
    audit,
    exemptions,
    facts,
    item_versions,
    list_changes,
    list_effects,
    notices,
    paging,
)
from catalog.services.editions import (
    Change,
    Diff,
    diff,
    edition,
    edition_on,
    editions,
    in_force,
    item,
    item_history,
    latest,
    make_edition,
    public_view,
    review_overdue,
    stale,
    state_on,
    view,
)
from catalog.services.list_kinds import sequence
from catalog.workdays import Calendar
from schemas.records import Message
from schemas.vocabularies import AdjustmentState, ListKind, ReachPolicy

__all__ = [
    "Change",
    "Diff",
    "Terms",
    "adjustment",
    "adjustments",
    "approve",
    "diff",
    "draft",
    "edition",
    "edition_on",
    "editions",
    "in_force",
    "item",
    "item_history",
    "latest",
    "public_view",
    "refuse",
    "renew",
    "review_overdue",
    "revise",
    "stale",
    "state_on",
    "view",
    "withdraw",
]


@dataclass(frozen=True, slots=True)
class Terms:
    """Which list is adjusted, what becomes of published entries newly exempt (a ReachPolicy), and the
    number of the document that approves it."""

    kind: str = ListKind.NEGATIVE
    policy: str = ReachPolicy.REVIEW
    document: str = ""


def draft(
    session: Session,
    actor: Identity,
    *,
    changes: Sequence[Any],
    reason: str,
    effective_on: date | None = None,
    terms: Terms = Terms(),
    now: datetime,
) -> Adjustment:
    """Draft an adjustment; nothing is in force until another person approves it.

    Without ``effective_on`` it takes effect on the day of approval. ``terms`` say
    which list, and what becomes of published entries that it newly exempts.
    """
    require(actor, Permission.LIST_DRAFT)
    today = facts.day(now)
    checked = list_changes.check(
        session, changes, effective_on=effective_on or today, kind=terms.kind, actor=actor,
        wrong=_wrong_terms(reason, effective_on, terms, today),
    )  # fmt: skip
    made = Adjustment(
        list_kind=terms.kind,
        state=AdjustmentState.DRAFT,
        reason=reason.strip(),
        approval_document=terms.document.strip()[:200],
        changes=checked.changes,
        consequences={},
        effective_on=effective_on,
        base_edition=latest(session, terms.kind),
        policy=terms.policy,
        drafted_by=actor.user_id,
        drafted_by_name=actor.name,
        drafted_at=now,
    )
    session.add(made)
    audit.record(
        session, actor, audit.AuditTag.LIST_DRAFTED, "adjustment", _flushed(session, made),
        now=now, changes=[{"kind": one["kind"], "number": one["number"]} for one in made.changes],
    )  # fmt: skip
    return made


def _wrong_terms(
    reason: str, effective_on: date | None, terms: Terms, today: date
) -> dict[str, list[Message]]:
    errors: dict[str, list[Message]] = {}
    if not reason.strip():
        errors["reason"] = [Message("Say why the list is adjusted.")]
    if effective_on is not None and effective_on < today:
        errors["effective_on"] = [Message("An adjustment cannot take effect in the past.")]
    if terms.policy not in set(ReachPolicy):
        words = ", ".join(ReachPolicy)
        errors["policy"] = [Message("must be one of: %(words)s", {"words": words})]
    return errors


def _flushed(session: Session, made: Adjustment) -> str:
    session.flush()
    return made.id


def adjustments(
    session: Session,
    actor: Identity,
    state: str = "",
    kind: str = ListKind.NEGATIVE,
    *,
    after: str = "",
    limit: int = 50,
) -> paging.Page[Adjustment]:
    """Adjustments of a list (``kind`` empty: of every list), newest first; drafts are not public."""
    require(actor, Permission.LIST_READ_INTERNAL)
    query = select(Adjustment)
    if kind:
        query = query.where(Adjustment.list_kind == kind)
    if state:
        query = query.where(Adjustment.state == state)
    total = session.scalar(select(func.count()).select_from(query.subquery()))
    if after:
        moment, last = paging.decode(after, datetime.fromisoformat, str)
        at = Adjustment.drafted_at
        query = query.where((at < moment) | ((at == moment) & (Adjustment.id > last)))
    query = query.order_by(Adjustment.drafted_at.desc(), Adjustment.id).limit(limit + 1)
    *found, end = [*session.scalars(query), None][: limit + 1]
    following = paging.encode(found[-1].drafted_at.isoformat(), found[-1].id) if end else ""
    return paging.Page(found, following, total)


def adjustment(session: Session, actor: Identity, adjustment_id: str) -> Adjustment:
    """One adjustment; drafts are not public."""
    require(actor, Permission.LIST_READ_INTERNAL)
    found = session.get(Adjustment, adjustment_id)
    if found is None:
        raise missing("adjustment")
    return found


def approve(
    session: Session,
    actor: Identity,
    adjustment_id: str,
    *,
    now: datetime,
    calendar: Calendar,
    working_days: int = 10,
) -> Adjustment:
    """Put an adjustment in force: items, edition, notice and consequences, or nothing at all."""
    found = _pending(session, actor, adjustment_id)
    today = facts.day(now)
    on = _day_of(found, today)
    # Counting keeps two approvals apart, too: the second sees the edition that the first has made.
    number = item_versions.next_number(session, sequence(found.list_kind, "edition"))
    _check_base(session, found)
    changes = list_changes.check(
        session, list_changes.inputs(found.changes), effective_on=on, kind=found.list_kind
    ).changes
    before = exemptions.scopes_in_force(session, on)
    found.state = AdjustmentState.APPROVED
    found.effective_on = on
    found.approved_by, found.approved_by_name, found.approved_at = actor.user_id, actor.name, now
    for change in changes:
        item_versions.put_in_force(session, found, change, on, now)
    found.changes = changes  # with the numbers of new items
    session.flush()
    edition_made = make_edition(session, found, number, on)
    outbox.touch_publications(session)
    notice = notices.open_notice(
        session, found, edition_number=number, adjusted_on=today,
        calendar=calendar, working_days=working_days,
    )  # fmt: skip
    found.consequences = {"edition": edition_made.number, "notice": notice.id}
    if found.list_kind == ListKind.NEGATIVE:
        found.consequences = {
            **found.consequences,
            **list_effects.follow(session, actor, found, before, now),
        }
    audit.record(
        session, actor, audit.AuditTag.LIST_APPROVED, "adjustment", found.id, now=now,
        edition=number, sha256=edition_made.sha256, effective_on=on, notice_due=notice.due_on,
        changes=[{"kind": one["kind"], "number": one["number"]} for one in changes],
    )  # fmt: skip
    return found


def _day_of(found: Adjustment, today: date) -> date:
    """The day it takes effect; one that has passed is refused."""
    if found.effective_on is not None and found.effective_on < today:
        raise Conflict(
            "effective-date-passed",
            Message(
                "It was to take effect on %(day)s, which has passed.",
                {"day": found.effective_on.isoformat()},
            ),
            Message("Refuse it and draft it again with a later day."),
        )
    return found.effective_on or today


def _check_base(session: Session, found: Adjustment) -> None:
    """Refuse what was drafted against an edition that is no longer the newest."""
    newest = latest(session, found.list_kind)
    if found.base_edition == newest:
        return
    raise Conflict(
        "stale-edition",
        Message(
            "It was drafted against edition %(base)s; edition %(newest)s is in force meanwhile.",
            {"base": found.base_edition, "newest": newest},
        ),
        Message(
            "Its drafter compares it with the new edition and renews it; then it can be approved."
        ),
    )


def renew(session: Session, actor: Identity, adjustment_id: str, *, now: datetime) -> Adjustment:
    """Check a draft again and found it on the newest edition; whoever drafted it does so."""
    found = _own_draft(session, actor, adjustment_id)
    on = max(found.effective_on or facts.day(now), facts.day(now))
    checked = list_changes.check(
        session,
        list_changes.inputs(found.changes),
        effective_on=on,
        kind=found.list_kind,
        actor=actor,
    )
    found.changes = checked.changes
    found.base_edition = latest(session, found.list_kind)
    audit.record(
        session, actor, audit.AuditTag.LIST_RENEWED, "adjustment", found.id,
        now=now, base_edition=found.base_edition,
    )  # fmt: skip
    return found


def revise(
    session: Session,
    actor: Identity,
    adjustment_id: str,
    *,
    changes: Sequence[Any],
    reason: str,
    effective_on: date | None = None,
    terms: Terms,
    now: datetime,
) -> Adjustment:
    """Let one's own draft say something else; it rests on the newest edition then.

    The list that it is about stays as it is, whatever ``terms`` say.
    """
    found = _own_draft(session, actor, adjustment_id)
    today = facts.day(now)
    found.changes = list_changes.check(
        session, changes, effective_on=effective_on or today, kind=found.list_kind, actor=actor,
        wrong=_wrong_terms(reason, effective_on, terms, today),
    ).changes  # fmt: skip
    found.reason = reason.strip()
    found.effective_on = effective_on
    found.policy = terms.policy
    found.approval_document = terms.document.strip()[:200]
    found.base_edition = latest(session, found.list_kind)
    audit.record(
        session, actor, audit.AuditTag.LIST_REVISED, "adjustment", found.id, now=now,
        base_edition=found.base_edition,
        changes=[{"kind": one["kind"], "number": one["number"]} for one in found.changes],
    )  # fmt: skip
    return found


def withdraw(session: Session, actor: Identity, adjustment_id: str, *, now: datetime) -> Adjustment:
    """Take one's own draft back before anybody has decided about it; nothing was in force."""
    found = _own_draft(session, actor, adjustment_id)
    found.state = AdjustmentState.WITHDRAWN
    audit.record(session, actor, audit.AuditTag.LIST_WITHDRAWN, "adjustment", found.id, now=now)
    return found


def _own_draft(session: Session, actor: Identity, adjustment_id: str) -> Adjustment:
    """A draft in the hands of whoever drafted it, locked."""
    require(actor, Permission.LIST_DRAFT)
    found = _locked(session, adjustment_id)
    if found.state != AdjustmentState.DRAFT:
        raise _decided(found)
    if found.drafted_by != actor.user_id:
        raise Forbidden(
            "not-own-draft",
            Message("Whoever drafted an adjustment renews, changes or withdraws it."),
            Message("Ask %(name)s, or draft it yourself.", {"name": found.drafted_by_name}),
        )
    return found


def _locked(session: Session, adjustment_id: str) -> Adjustment:
    found = session.scalar(
        select(Adjustment)
        .where(Adjustment.id == adjustment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise missing("adjustment")
    return found


def _decided(found: Adjustment) -> Conflict:
    return Conflict(
        "adjustment-decided",
        Message(
            "This adjustment has been decided already: %(state)s.",
            {"state": Message(found.state)},
        ),
        Message("Draft a new adjustment."),
    )


def _pending(session: Session, actor: Identity, adjustment_id: str) -> Adjustment:
    """A draft that the actor may decide about, locked."""
    require(actor, Permission.LIST_READ_INTERNAL)
    found = _locked(session, adjustment_id)
    if found.drafted_by == actor.user_id and not can(actor, Permission.LIST_APPROVE, found):
        raise Forbidden(
            "own-draft",
            Message("Whoever drafts an adjustment does not approve it."),
            Message("Ask another list keeper or an administrator."),
        )
    require(actor, Permission.LIST_APPROVE, found)
    if found.state != AdjustmentState.DRAFT:
        raise _decided(found)
    return found


def refuse(
    session: Session, actor: Identity, adjustment_id: str, *, reason: str, now: datetime
) -> Adjustment:
    """Turn a draft down; nothing was in force and nothing changes."""
    found = _pending(session, actor, adjustment_id)
    if not reason.strip():
        raise Invalid(
            "reason-missing",
            Message("A refusal needs a reason."),
            fields={"reason": [Message("Say why the adjustment is refused.")]},
        )
    found.state = AdjustmentState.REFUSED
    found.consequences = {"refused_by": actor.name, "reason": reason.strip()}
    audit.record(
        session, actor, audit.AuditTag.LIST_REFUSED, "adjustment", found.id,
        now=now, reason=reason.strip(),
    )  # fmt: skip
    return found
