"""Asking for work: a job is a row written in the caller's transaction.

Nothing is sent anywhere; workers look at the table. ``wake`` only spares the in-process worker its
wait. Hence a job exists exactly when the change that asked for it was committed.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from threading import Event
from typing import Any, cast

from sqlalchemy import ColumnElement, Dialect, Table, event, func, insert, literal, select
from sqlalchemy.orm import Session

from catalog.db import Database, among
from catalog.models import Dataset, Job, Publication, PublicationChange, SearchChange
from schemas.vocabularies import JobState


class JobName(StrEnum):
    """Every kind of work; ``catalog.jobs.JOBS`` holds the function of each."""

    EXAMINE_VERSION = "examine-version"
    FETCH_VERSION = "fetch-version"
    BUILD_FORMATS = "build-formats"
    RUN_HARVEST = "run-harvest"
    SKETCH_TABLES = "sketch-tables"
    CHECK_AVAILABILITY = "check-availability"
    COMPARE_OPENNESS = "compare-openness"
    FREEZE_PERIOD = "freeze-period"
    SEND_LETTERS = "send-letters"
    NIGHTLY = "nightly"


RECENT = 1_000
"""Numbers before the last one among which another may still appear."""
AT_ONCE = 2_000
"""Entries named in one statement; databases take a limited number of parameters."""
_SEARCH_CHANGE = insert(cast("Table", SearchChange.__table__)).inline()
_PUBLICATION_CHANGE = insert(cast("Table", PublicationChange.__table__)).inline()
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
    """Note that what is derived from an entry must be made anew: its search document, and what other
    portals are told of it."""
    session.connection().execute(_SEARCH_CHANGE, {"dataset_id": dataset_id, "at": now})
    touch_publication(session, dataset_id)


def mark(session: Session) -> tuple[int, int]:
    """What names the present state of all entries: it changes with every change of one.

    The last number, and how many of the numbers before it are there: on PostgreSQL a lower one may
    be committed later.
    """
    last, recent = session.connection().execute(_MARK).one()
    return last or 0, recent or 0


def mark_now(database: Database) -> tuple[int, int]:
    """The same without a session: what a kept answer is looked for by."""
    last, recent = database.glance(_mark_in_words(database.engine.dialect))
    return last or 0, recent or 0


_LAST = select(func.max(SearchChange.sequence)).scalar_subquery()
_MARK = select(
    _LAST,
    select(func.count()).where(SearchChange.sequence > _LAST - RECENT).scalar_subquery(),
)


@cache
def _mark_in_words(dialect: Dialect) -> str:
    return str(_MARK.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def touch_entries(session: Session, ids: Sequence[int], now: datetime) -> None:
    """The same for many entries at once."""
    _touch(session, among(Dataset.id, ids), now)


def touch_unit(session: Session, unit_id: int, now: datetime) -> None:
    """The same for every entry of a unit: its name stands in each of them. A unit without entries is
    noted, too (there is no entry 0), because it is named where others are listed."""
    _touch(session, Dataset.unit_id == unit_id, now)
    touch_names(session, now)


def touch_names(session: Session, now: datetime) -> None:
    """Note that something is called otherwise where entries are listed and counted; no entry is 0."""
    session.add(SearchChange(dataset_id=0, at=now))


def _touch(session: Session, which: ColumnElement[bool], now: datetime) -> None:
    session.execute(
        insert(SearchChange).from_select(
            ["dataset_id", "at"],
            select(Dataset.id, literal(now, SearchChange.at.type)).where(which),
        )
    )
    session.execute(
        insert(PublicationChange).from_select(["dataset_id"], select(Dataset.id).where(which))
    )


def touch_publication(session: Session, dataset_id: int) -> None:
    """Note that one entry must be described anew."""
    session.connection().execute(_PUBLICATION_CHANGE, {"dataset_id": dataset_id})


def touch_publications(session: Session) -> None:
    """Note that whatever is public must be described anew: what the calendar and the negative list say
    of it may have changed."""
    public = select(Publication.dataset_id).where(Publication.ended.is_(False))
    session.execute(insert(PublicationChange).from_select(["dataset_id"], public))


@event.listens_for(Session, "after_commit")
def _wake_after_commit(session: Session) -> None:
    # Also called when a savepoint is released; the rows are not there yet then.
    if not session.in_nested_transaction() and session.info.pop("work-asked-for", False):
        wake.set()
