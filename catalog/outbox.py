"""Asking for work: a job is a row written in the caller's transaction.

Nothing is sent anywhere; workers look at the table. ``wake`` only spares the in-process worker its
wait. Hence a job exists exactly when the change that asked for it was committed.
"""

from datetime import datetime
from enum import StrEnum
from threading import Event
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from catalog.models import Job, SearchChange
from schemas.vocabularies import JobState


class JobName(StrEnum):
    """Every kind of work; ``catalog.jobs.JOBS`` holds the function of each."""

    EXAMINE_VERSION = "examine-version"
    FETCH_VERSION = "fetch-version"
    BUILD_FORMATS = "build-formats"
    RUN_HARVEST = "run-harvest"
    SKETCH_TABLES = "sketch-tables"
    NIGHTLY = "nightly"


wake = Event()
"""Set after a commit that asked for work."""


def enqueue(
    session: Session,
    name: JobName,
    args: dict[str, Any],
    *,
    now: datetime,
    unit_id: int | None = None,
    unique_key: str | None = None,
) -> Job:
    """Ask for a job. With ``unique_key`` the same work is asked for only once."""
    if unique_key is not None:
        known = session.scalar(select(Job).where(Job.unique_key == unique_key))
        if known is not None:
            return known
    job = Job(
        name=name,
        args=args,
        state=JobState.WAITING,
        run_after=now,
        created_at=now,
        unit_id=unit_id,
        unique_key=unique_key,
    )
    session.add(job)
    session.flush()
    session.info["work-asked-for"] = True
    return job


def touch_search(session: Session, dataset_id: int, now: datetime) -> None:
    """Note that the search document of an entry must be made anew."""
    session.add(SearchChange(dataset_id=dataset_id, at=now))


@event.listens_for(Session, "after_commit")
def _wake_after_commit(session: Session) -> None:
    # Also called when a savepoint is released; the rows are not there yet then.
    if not session.in_nested_transaction() and session.info.pop("work-asked-for", False):
        wake.set()
