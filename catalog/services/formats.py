"""Formats of a large table that are made after its examination, from the Parquet file it gave.

A review is bound to the Parquet and CSV files by hash. The other formats follow from the Parquet file
alone, so they are no part of what is reviewed and change no manifest: whenever they come, before the
review, after publication or never, exactly the reviewed table is public.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import outbox
from catalog.models import Examination, Job, PublishedFile, Resource, Version
from catalog.outbox import JobName
from catalog.services import manifests, publishing
from datasets.exports import formats_of
from datasets.storage import Blob
from schemas.records import Limits
from schemas.vocabularies import JobState

LAST_MADE = "ndjson"
"""Every table has it, so where it stands nothing more is to come."""


@dataclass(frozen=True, slots=True)
class Due:
    """Formats to be made, and the hash of the Parquet file to make them from."""

    parquet: str
    names: tuple[str, ...]


def _lacks(examination: Examination) -> bool:
    return "parquet" in examination.artefacts and LAST_MADE not in examination.artefacts


def ask(session: Session, examination: Examination, unit_id: int, now: datetime) -> None:
    """Ask for the formats that the examination of a large table has left for later."""
    if _lacks(examination):
        outbox.enqueue(
            session,
            JobName.BUILD_FORMATS,
            {"examination_id": examination.id},
            now=now,
            unit_id=unit_id,
        )


def ask_again(session: Session, now: datetime) -> None:
    """Ask for what public tables still lack because every attempt at it has failed."""
    for examination in session.scalars(
        select(Examination).join(Resource, Resource.current_examination_id == Examination.id)
    ):
        if _lacks(examination) and not being_made(session, examination.id):
            version = session.get_one(Version, examination.version_id)
            ask(session, examination, version.resource.dataset.unit_id, now)


def being_made(session: Session, examination_id: int) -> bool:
    """Whether a job is asked for that has not ended."""
    asked = session.scalars(
        select(Job.args).where(
            Job.name == JobName.BUILD_FORMATS,
            Job.state.in_((JobState.WAITING, JobState.RUNNING)),
        )
    )
    return any(args.get("examination_id") == examination_id for args in asked)


def awaited(session: Session, examination: Examination, limits: Limits) -> tuple[str, ...]:
    """The formats of a large table that a job is asked for and that are not there yet."""
    if not _lacks(examination) or not being_made(session, examination.id):
        return ()
    return _missing(examination, limits)


def _missing(examination: Examination, limits: Limits) -> tuple[str, ...]:
    rows = int(examination.profile.get("rows", examination.rows))
    names = formats_of(rows, limits.xlsx_rows)
    return tuple(name for name in names if name not in examination.artefacts)


def due(session: Session, examination_id: int, limits: Limits) -> Due | None:
    """What is to be made; ``None`` when there is nothing (more) to make, or nobody will ask for it.

    ``limits`` are those of the operator: they say how long a workbook may be.
    """
    examination = session.get(Examination, examination_id)
    if examination is None or not _lacks(examination):
        return None
    version = session.get_one(Version, examination.version_id)
    if version.examination_id != examination.id and not _addresses(session, examination):
        return None
    return Due(examination.artefacts["parquet"]["sha256"], _missing(examination, limits))


def record(
    session: Session, examination_id: int, made: Mapping[str, Blob], *, now: datetime
) -> None:
    """Add formats to an examination, and give them addresses where its table has been published.

    Its digest stays: it names what was examined and reviewed.
    """
    examination = session.get(Examination, examination_id)
    if examination is None:
        return
    version = session.get_one(Version, examination.version_id)
    dataset = manifests.hold(session, version.resource.dataset_id)
    session.refresh(examination)
    added = {
        name: {"sha256": blob.sha256, "bytes": blob.size, "derived": True}
        for name, blob in made.items()
    }
    examination.artefacts = {**added, **examination.artefacts}
    for name in _addresses(session, examination):
        publishing.keep_derived(session, examination, name.removesuffix(".parquet"))
    outbox.touch_search(session, dataset.id, now)


def _addresses(session: Session, examination: Examination) -> list[str]:
    """Names under which the Parquet file of an examination has been published."""
    return list(
        session.scalars(
            select(PublishedFile.file_name).where(
                PublishedFile.examination_id == examination.id,
                PublishedFile.file_name.endswith(".parquet"),
            )
        )
    )
