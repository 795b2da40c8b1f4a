"""Adjusting the negative list: drafted by one, approved by another, in one transaction with all that
follows from it — item versions, the edition, the notice owed, entries left without an item.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import outbox
from catalog.auth import Identity, Permission, can, require
from catalog.errors import Conflict, Forbidden, Invalid, missing
from catalog.models import Adjustment, Dataset
from catalog.services import audit, exemptions, facts, item_versions, list_changes, notices
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
    make_edition,
    public_view,
    review_overdue,
    stale,
    state_on,
    view,
)
from catalog.services.visibility import knows
from catalog.workdays import Calendar
from schemas.records import Message
from schemas.vocabularies import AdjustmentKind, AdjustmentState, ListKind

__all__ = [
    "Change",
    "Consequences",
    "Diff",
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
    "preview",
    "public_view",
    "refuse",
    "review_overdue",
    "stale",
    "state_on",
    "view",
]

EDITIONS = "list-negative-edition"
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Consequences:
    """What an adjustment would entail.

    ``released``: entries (field empty) and fields that would lose their last item and become
    unassessed; ``reached``: published open entries and fields that a new scope reaches, which nobody
    closes without deciding so. Both show what the actor may know of, ``hidden`` counts the rest.
    """

    effective_on: date
    released: tuple[tuple[Dataset, str], ...]
    reached: tuple[tuple[Dataset, str], ...]
    hidden: int
    warnings: tuple[Message, ...]


def draft(
    session: Session,
    actor: Identity,
    *,
    changes: Sequence[Any],
    reason: str,
    effective_on: date | None = None,
    approval_document: str = "",
    now: datetime,
) -> Adjustment:
    """Draft an adjustment; nothing is in force until another person approves it.

    Without ``effective_on`` it takes effect on the day of approval.
    """
    require(actor, Permission.LIST_DRAFT)
    today = facts.day(now)
    errors: dict[str, list[Message]] = {}
    if not reason.strip():
        errors["reason"] = [Message("Say why the list is adjusted.")]
    if effective_on is not None and effective_on < today:
        errors["effective_on"] = [Message("An adjustment cannot take effect in the past.")]
    if errors:
        raise Invalid(
            "adjustment-invalid",
            Message("The adjustment cannot be drafted as it stands; nothing was saved."),
            Message("Correct the values named and send it again."),
            fields=errors,
        )
    checked = list_changes.check(session, changes, effective_on=effective_on or today)
    made = Adjustment(
        list_kind=ListKind.NEGATIVE,
        state=AdjustmentState.DRAFT,
        reason=reason.strip(),
        approval_document=approval_document.strip()[:200],
        changes=checked.changes,
        consequences={},
        effective_on=effective_on,
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


def _flushed(session: Session, made: Adjustment) -> str:
    session.flush()
    return made.id


def adjustments(session: Session, actor: Identity, state: str = "") -> list[Adjustment]:
    """Adjustments, newest first; drafts are not public."""
    require(actor, Permission.LIST_READ_INTERNAL)
    query = select(Adjustment).where(Adjustment.list_kind == ListKind.NEGATIVE)
    if state:
        query = query.where(Adjustment.state == state)
    return list(session.scalars(query.order_by(Adjustment.drafted_at.desc(), Adjustment.id)))


def adjustment(session: Session, actor: Identity, adjustment_id: str) -> Adjustment:
    """One adjustment; drafts are not public."""
    require(actor, Permission.LIST_READ_INTERNAL)
    found = session.get(Adjustment, adjustment_id)
    if found is None:
        raise missing("adjustment")
    return found


def preview(session: Session, actor: Identity, adjustment_id: str, now: datetime) -> Consequences:
    """What would follow if the adjustment were approved now."""
    found = adjustment(session, actor, adjustment_id)
    on = max(found.effective_on or facts.day(now), facts.day(now))
    checked = list_changes.check(session, _inputs(found), effective_on=on)
    scopes = exemptions.scopes_in_force(session, on)
    for change in found.changes:
        if change["kind"] in list_changes.ENDING:
            scopes.pop(change["number"], None)
        elif change["kind"] == AdjustmentKind.AMEND:
            scopes[change["number"]] = change["item"]["scope"]
    ended = [change["number"] for change in found.changes if change["number"]]
    released = [
        (loss.dataset, loss.field)
        for loss in exemptions.losses(session, scopes, ended)
        if not loss.kept
    ]
    reached: dict[tuple[int, str], tuple[Dataset, str]] = {}
    warnings = list(checked.warnings)
    for change in found.changes:
        if change["kind"] in list_changes.ENDING:
            continue
        values = change["item"]
        if not values["scope"]:
            text = "%(name)s has no scope: it may close any entry of the platform."
            warnings.append(Message(text, {"name": values["name"]}))
            continue
        for dataset, field in exemptions.open_in_scope(session, values["scope"], _SHOWN):
            reached[dataset.id, field] = (dataset, field)
    lists = [
        [pair for pair in pairs if knows(actor, pair[0])] for pairs in (released, reached.values())
    ]
    hidden = len(released) + len(reached) - sum(len(one) for one in lists)
    return Consequences(on, tuple(lists[0]), tuple(lists[1]), hidden, tuple(warnings))


def _inputs(found: Adjustment) -> list[dict[str, Any]]:
    """The stored changes as input again; an ending change takes no item."""
    return [{**change, "item": change["item"] or None} for change in found.changes]


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
    if found.effective_on is not None and found.effective_on < today:
        raise Conflict(
            "effective-date-passed",
            Message(
                "It was to take effect on %(day)s, which has passed.",
                {"day": found.effective_on.isoformat()},
            ),
            Message("Refuse it and draft it again with a later day."),
        )
    on = found.effective_on or today
    number = item_versions.next_number(session, EDITIONS)  # keeps two approvals apart, too
    changes = list_changes.check(session, _inputs(found), effective_on=on).changes
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
    ended = [change["number"] for change in changes if change["kind"] != AdjustmentKind.ADD]
    released = exemptions.release_uncovered(session, actor, now=now, numbers=ended)
    found.consequences = {
        "released": sum(not loss.kept for loss in released),
        "edition": edition_made.number,
        "notice": notice.id,
    }
    audit.record(
        session, actor, audit.AuditTag.LIST_APPROVED, "adjustment", found.id, now=now,
        edition=number, sha256=edition_made.sha256, effective_on=on, notice_due=notice.due_on,
        changes=[{"kind": one["kind"], "number": one["number"]} for one in changes],
    )  # fmt: skip
    return found


def _pending(session: Session, actor: Identity, adjustment_id: str) -> Adjustment:
    """A draft that the actor may decide about, locked."""
    require(actor, Permission.LIST_READ_INTERNAL)
    found = session.scalar(
        select(Adjustment)
        .where(Adjustment.id == adjustment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise missing("adjustment")
    if found.drafted_by == actor.user_id and not can(actor, Permission.LIST_APPROVE, found):
        raise Forbidden(
            "own-draft",
            Message("Whoever drafts an adjustment does not approve it."),
            Message("Ask another list keeper or an administrator."),
        )
    require(actor, Permission.LIST_APPROVE, found)
    if found.state != AdjustmentState.DRAFT:
        raise Conflict(
            "adjustment-decided",
            Message(
                "This adjustment has been decided already: %(state)s.",
                {"state": Message(found.state)},
            ),
            Message("Draft a new adjustment."),
        )
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
