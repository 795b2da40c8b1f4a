"""The ledger of jobs: taking with a lease, keeping it, finishing once.

A worker holds a job by its fence number. Whatever it writes, it writes in a transaction that has
first seen its own fence on the row; a worker that slept past its lease writes nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, and_, or_, select, update
from sqlalchemy.orm import Session

from catalog.auth import Identity, Permission, can
from catalog.errors import missing
from catalog.models import Job
from catalog.services import visibility
from schemas.vocabularies import JobState


class LeaseLost(Exception):
    """Another worker has taken the job over; nothing more may be written for it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A job in a worker's hands. ``spent``: all its attempts were used up by workers that fell
    silent; it is held only to be given up."""

    id: str
    name: str
    args: dict[str, Any]
    fence: int
    attempt: int
    spent: bool = False


def take(session: Session, worker: str, *, lease: timedelta, now: datetime) -> Taken | None:
    """The next job that is due or was left behind by a silent worker, marked as held."""
    job = session.scalar(
        select(Job)
        .where(
            or_(
                and_(Job.state == JobState.WAITING, Job.run_after <= now),
                and_(Job.state == JobState.RUNNING, Job.lease_until < now),
            )
        )
        .order_by(Job.run_after, Job.created_at, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if job is None:
        return None
    spent = job.attempts >= job.max_attempts
    job.state, job.worker, job.lease_until = JobState.RUNNING, worker, now + lease
    job.attempts += not spent
    job.fence += 1
    session.flush()
    return Taken(job.id, job.name, dict(job.args), job.fence, job.attempts, spent)


def _write(session: Session, taken: Taken, **values: Any) -> None:
    done = session.execute(
        update(Job)
        .where(Job.id == taken.id, Job.fence == taken.fence, Job.state == JobState.RUNNING)
        .values(**values)
    )
    if not isinstance(done, CursorResult) or done.rowcount != 1:
        raise LeaseLost(taken.id)


def keep(session: Session, taken: Taken, *, lease: timedelta, now: datetime) -> None:
    """Extend the lease; refuses when it was lost."""
    _write(session, taken, lease_until=now + lease)


def note(session: Session, taken: Taken, progress: float, message: str) -> None:
    """Show how far the work is (0 to 1) and with what."""
    _write(session, taken, progress=min(1.0, max(0.0, progress)), message=message[:300])


def finish(session: Session, taken: Taken, *, now: datetime) -> None:
    """The job's effects are in this transaction, and it is done with them."""
    _write(
        session,
        taken,
        state=JobState.DONE,
        progress=1.0,
        finished_at=now,
        lease_until=None,
        error="",
    )


def fail(session: Session, taken: Taken, error: str, *, again: bool, now: datetime) -> None:
    """The attempt failed; try again later (longer each time) or give up."""
    pause = timedelta(seconds=min(600, 2**taken.attempt))
    values: dict[str, Any] = {"error": error[:2000], "lease_until": None}
    if again:
        values |= {"state": JobState.WAITING, "run_after": now + pause}
    else:
        values |= {"state": JobState.FAILED, "finished_at": now}
    _write(session, taken, **values)


def let_go(session: Session, taken: Taken, *, now: datetime) -> None:
    """Put the job back because its worker is to stop: due at once, and not counted as an attempt."""
    _write(
        session,
        taken,
        state=JobState.WAITING,
        attempts=taken.attempt - 1,
        run_after=now,
        lease_until=None,
    )


def get(session: Session, actor: Identity, job_id: str) -> Job:
    """A job of the actor's units, or any for those who see all."""
    job = session.get(Job, job_id)
    if job is None or not can(actor, Permission.JOB_READ, job):
        raise missing("job")
    return job


def recent(session: Session, actor: Identity, *, limit: int = 50) -> list[Job]:
    """The newest jobs the actor may see."""
    query = select(Job).order_by(Job.created_at.desc(), Job.id).limit(limit)
    if not visibility.sees_all(actor):
        query = query.where(Job.unit_id.in_(visibility.own_units(actor)))
    return list(session.scalars(query))
