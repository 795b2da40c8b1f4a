"""What the approval of an adjustment of the negative list entails for entries, at once or on its day."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.auth import Identity
from catalog.models import Adjustment
from catalog.services import facts, list_changes, reaching, releasing
from catalog.services.reaching import Reached
from schemas.vocabularies import AdjustmentKind, AdjustmentState, ListKind

REACH_BACK = timedelta(days=400)
"""How far back adjustments are looked at whose items begin later than they do."""


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
    reached = newly_reached(session, found, before)
    today = facts.day(now)
    waits = [one for one in found.changes if (one["item"].get("valid_from") or "") > str(today)]
    if found.effective_on is not None and (found.effective_on > today or waits):
        return {"released": sum(not one.kept for one in released), "reached": 0, "reach_due": True}
    releasing.apply_policy(session, actor, reached, found.policy, adjustment_id=found.id, now=now)
    return {"released": sum(not one.kept for one in released), "reached": len(reached)}


def newly_reached(
    session: Session, found: Adjustment, before: Mapping[str, Mapping[str, Any]]
) -> list[Reached]:
    """Published open entries and fields that the new scopes of an adjustment reach, each once."""
    return reaching.once(
        [
            one
            for change in found.changes
            if change["kind"] not in list_changes.ENDING
            for one in reaching.reached(
                session, change["number"], change["item"]["scope"], before.get(change["number"])
            )
        ]
    )


def reach_due(session: Session, actor: Identity, *, now: datetime) -> int:
    """Apply the policy of adjustments approved earlier whose day has come; how many there were."""
    today = facts.day(now)
    due = session.scalars(
        select(Adjustment).where(
            Adjustment.list_kind == ListKind.NEGATIVE,
            Adjustment.state == AdjustmentState.APPROVED,
            Adjustment.effective_on >= today - REACH_BACK,
        )
    )
    done = 0
    for found in due.all():
        days = [found.effective_on or today] + [
            date.fromisoformat(one["item"]["valid_from"])
            for one in found.changes
            if one["item"].get("valid_from")
        ]
        if not found.consequences.get("reach_due") or max(days) > today:
            continue
        reached = newly_reached(session, found, {})
        releasing.apply_policy(
            session, actor, reached, found.policy, adjustment_id=found.id, now=now
        )
        found.consequences = {**found.consequences, "reach_due": False, "reached": len(reached)}
        done += 1
    return done
