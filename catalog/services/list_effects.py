"""What the approval of an adjustment of the negative list entails for entries, at once or on its day."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.auth import Identity
from catalog.models import Adjustment
from catalog.services import exemptions, facts, list_changes, reaching, releasing
from catalog.services.reaching import Reached
from schemas.vocabularies import AdjustmentKind, AdjustmentState, ListKind


def follow(
    session: Session,
    actor: Identity,
    found: Adjustment,
    before: Mapping[str, Mapping[str, Any]],
    now: datetime,
) -> dict[str, Any]:
    """What an approval of the negative list entails for entries."""
    ended = [change["number"] for change in found.changes if change["kind"] != AdjustmentKind.ADD]
    released = releasing.release_uncovered(
        session, actor, now=now, numbers=ended, adjustment_id=found.id
    )
    begin = [_begins(found, change) for change in found.changes]
    today = facts.day(now)
    reached = newly_reached(
        session,
        [one for one, day in zip(found.changes, begin, strict=True) if day <= today],
        before,
    )
    releasing.apply_policy(session, actor, reached, found.policy, adjustment_id=found.id, now=now)
    due = [
        {"at": day.isoformat(), "change": one, "before": before.get(one["number"])}
        for one, day in zip(found.changes, begin, strict=True)
        if day > today and one["kind"] not in list_changes.ENDING
    ]
    return {
        "released": sum(not one.kept for one in released),
        "reached": len(reached),
        **({"due": due} if due else {}),
    }


def _begins(found: Adjustment, change: Mapping[str, Any]) -> date:
    """The day from which a change holds; its item may begin later than the adjustment."""
    own = change["item"].get("valid_from")
    days = [found.effective_on, date.fromisoformat(own) if own else None]
    return max((day for day in days if day), default=date.min)


def newly_reached(
    session: Session,
    changes: Sequence[Mapping[str, Any]],
    before: Mapping[str, Mapping[str, Any] | None],
) -> list[Reached]:
    """Published open entries and fields that the new scopes reach and those ``before`` did not,
    each once."""
    return reaching.once(
        [
            one
            for change in changes
            if change["kind"] not in list_changes.ENDING
            for one in reaching.reached(
                session, change["number"], change["item"]["scope"], before.get(change["number"])
            )
        ]
    )


def reach_due(session: Session, actor: Identity, *, now: datetime) -> int:
    """Apply the policy of adjustments approved earlier to what begins today or has begun; of how many.

    What an item reached before its change was approved stays as it is, as the approver was told; an
    item that another adjustment has ended meanwhile reaches nothing.
    """
    today = facts.day(now)
    outcomes = session.execute(
        select(Adjustment.id, Adjustment.consequences).where(
            Adjustment.list_kind == ListKind.NEGATIVE,
            Adjustment.state == AdjustmentState.APPROVED,
        )
    )
    waiting = [key for key, outcome in outcomes if _now(outcome, today)]
    if not waiting:
        return 0
    held = exemptions.scopes_in_force(session, today)
    for found in session.scalars(select(Adjustment).where(Adjustment.id.in_(waiting))).all():
        turn = _now(found.consequences, today)
        changes = [one["change"] for one in turn if one["change"]["number"] in held]
        before = {one["change"]["number"]: one["before"] for one in turn}
        reached = newly_reached(session, changes, before)
        releasing.apply_policy(
            session, actor, reached, found.policy, adjustment_id=found.id, now=now
        )
        found.consequences = {
            **found.consequences,
            "due": [one for one in found.consequences["due"] if one not in turn],
            "reached": found.consequences["reached"] + len(reached),
        }
    return len(waiting)


def _now(outcome: Mapping[str, Any], today: date) -> list[dict[str, Any]]:
    """What of an adjustment's changes is due."""
    return [one for one in outcome.get("due", ()) if one["at"] <= today.isoformat()]
