"""Which stored files the database names."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import Assessment, Examination, HarvestSource, PublishedFile, Snapshot, Version


def named_blobs(session: Session) -> set[str]:
    """The hash of every file that a delivery, an examination, a release, a source, a snapshot or
    an assessment names."""
    named: set[str] = set()
    for column in (
        Version.sha256,
        PublishedFile.sha256,
        HarvestSource.sha256,
        Snapshot.bundle_sha256,
        Assessment.file_sha256,
    ):
        named.update(session.scalars(select(column).where(column != "")))
    for artefacts in session.scalars(select(Examination.artefacts)):
        named.update(blob["sha256"] for blob in artefacts.values())
    return named
