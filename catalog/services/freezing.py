"""Asking for a period to be frozen: what can be refused is refused at once, the counting is a job."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import outbox
from catalog.auth import Identity
from catalog.models import Job
from catalog.outbox import JobName
from catalog.services import snapshots
from catalog.services.snapshots import Wish
from schemas.records import Message
from schemas.vocabularies import JobState

SHOWN_FOR = timedelta(days=7)
"""How long a freezing that failed is shown."""
_UNDER_WAY = (JobState.WAITING, JobState.RUNNING)
REASONS = {
    "counts-differ": Message(
        "The ledger and the entries do not give the same figures; nothing was frozen. Have an "
        "administrator recompute the ledger, then freeze again."
    ),
    "period-frozen": Message("Somebody else froze this period first."),
    "nothing-to-restate": Message("The figures are those of the snapshot again; nothing was made."),
}
"""Why a freezing ended without a result, by the code of the refusal."""
BROKEN = Message("The counting broke off. An administrator finds the job in the list of jobs.")


def ask(session: Session, actor: Identity, wish: Wish, *, now: datetime) -> Job:
    """Ask for a period to be frozen or a snapshot restated; the job that does it.

    Raises what ``snapshots.freeze`` would, as far as the ledger knows it now. Asking again while the
    same is under way gives the same job.
    """
    period = snapshots.check(session, actor, wish, now)
    for job in session.scalars(
        select(Job).where(Job.name == JobName.FREEZE_PERIOD, Job.state.in_(_UNDER_WAY))
    ):
        if (job.args["period"], job.args["restates"]) == (period.name, wish.restates):
            return job
    args = {
        "snapshot": wish.snapshot_id, "period": period.name, "restates": wish.restates,
        "reason": wish.reason, "actor": actor.user_id,
    }  # fmt: skip
    return outbox.enqueue(session, JobName.FREEZE_PERIOD, args, now=now)


def under_way(session: Session, now: datetime) -> Sequence[Job]:
    """Freezings that wait, run, or failed of late, oldest first."""
    since = now - SHOWN_FOR
    failed = (Job.state == JobState.FAILED) & (Job.finished_at >= since)
    query = select(Job).where(Job.name == JobName.FREEZE_PERIOD, Job.state.in_(_UNDER_WAY) | failed)
    return session.scalars(query.order_by(Job.created_at, Job.id)).all()


def outcome(job: Job) -> Message | None:
    """Why a freezing that failed did; None while it is under way."""
    return REASONS.get(job.error, BROKEN) if job.state == JobState.FAILED else None
