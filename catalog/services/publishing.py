"""What the public gets: the only module that writes current versions and public states."""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from catalog import outbox
from catalog.auth import Identity, Permission, require
from catalog.errors import Conflict
from catalog.models import Dataset, Examination, PublishedFile, Release, Resource, Review, Version
from catalog.outbox import JobName
from catalog.services import (
    audit,
    directory,
    facts,
    manifests,
    originals,
    proposals,
    public_fields,
    values,
)
from catalog.services.audit import AuditTag
from schemas.records import Message
from schemas.vocabularies import DatasetState, Openness

_ENDS = {
    DatasetState.SUSPENDED: (
        Permission.DATASET_SUSPEND, AuditTag.DATASET_SUSPENDED, {DatasetState.PUBLISHED},
    ),
    DatasetState.WITHDRAWN: (
        Permission.DATASET_WITHDRAW, AuditTag.DATASET_WITHDRAWN,
        {DatasetState.PUBLISHED, DatasetState.SUSPENDED},
    ),
    DatasetState.RETIRED: (
        Permission.DATASET_RETIRE, AuditTag.DATASET_RETIRED, set(DatasetState) - {DatasetState.RETIRED},
    ),
    DatasetState.PUBLISHED: (
        Permission.DATASET_RESUME, AuditTag.DATASET_RESUMED, {DatasetState.SUSPENDED},
    ),
}  # fmt: skip
"""Target state: who may, how the trail calls it, from which states."""


def publish(session: Session, actor: Identity, review: Review, *, now: datetime) -> None:
    """Make public exactly what the manifest of a passed review names, in the caller's transaction."""
    dataset = review.dataset
    proposals.take_over(dataset)
    dataset.public_fields = None
    for entry in review.manifest["resources"]:
        resource = session.get_one(Resource, entry["id"])
        proposals.take_over(resource)
        resource.public = True
        version = session.get(Version, entry.get("version", ""))
        if version is None or version.examination is None or dataset.openness not in facts.OPEN:
            continue
        resource.current_version_id = version.id
        resource.current_examination_id = version.examination.id
        version.published_at = version.published_at or now
        for suffix, sha256 in entry["artefacts"].items():
            _keep_address(session, version.examination, f"{entry['name']}.{suffix}", sha256)
        session.refresh(version.examination, ["artefacts"])  # formats may have come meanwhile
        keep_derived(session, version.examination, entry["name"])
    session.flush()
    today = facts.day(now)
    dataset.state, dataset.state_changed_at, dataset.state_reason = DatasetState.PUBLISHED, now, ""
    dataset.published_at = dataset.published_at or now
    if dataset.openness != Openness.WITHHELD:
        facts.link(session, dataset.id, "", set(), now)
    dataset.issued = dataset.issued or today
    dataset.modified = today
    _release(session, review, now)
    facts.record(session, dataset, now)
    outbox.touch_search(session, dataset.id, now)
    outbox.enqueue(session, JobName.SKETCH_TABLES, {}, now=now, unit_id=dataset.unit_id)
    _have_checked(session, dataset, now)
    audit.record(
        session, actor, AuditTag.DATASET_PUBLISHED, "dataset", dataset.slug, now=now,
        unit_id=dataset.unit_id, manifest=review.manifest_sha256, review=review.id,
    )  # fmt: skip


def keep_derived(session: Session, examination: Examination, name: str) -> None:
    """Give addresses to the formats that were made from the reviewed Parquet file of a table."""
    for suffix, blob in examination.artefacts.items():
        if blob.get("derived"):
            _keep_address(session, examination, f"{name}.{suffix}", blob["sha256"])


def _keep_address(session: Session, examination: Examination, file_name: str, sha256: str) -> None:
    version = session.get_one(Version, examination.version_id)
    known = session.scalar(
        select(PublishedFile.id).where(
            PublishedFile.sha256 == sha256,
            PublishedFile.file_name == file_name,
            PublishedFile.version_id == version.id,
        )
    )
    if known is None:
        session.add(
            PublishedFile(
                sha256=sha256,
                file_name=file_name,
                dataset_id=version.resource.dataset_id,
                version_id=version.id,
                examination_id=examination.id,
            )
        )


def _release(session: Session, review: Review, now: datetime) -> None:
    session.execute(
        update(Release)
        .where(Release.dataset_id == review.dataset_id, Release.ended_at.is_(None))
        .values(ended_at=now)
    )
    number = session.scalar(
        select(func.coalesce(func.max(Release.number), 0)).where(
            Release.dataset_id == review.dataset_id
        )
    )
    session.add(
        Release(
            dataset_id=review.dataset_id,
            review_id=review.id,
            number=int(number or 0) + 1,
            manifest=review.manifest,
            manifest_sha256=review.manifest_sha256,
            published_at=now,
        )
    )


def _have_checked(session: Session, dataset: Dataset, now: datetime) -> None:
    """Have what is public looked at at once: only what answers counts in the verified rates."""
    args = {"dataset_id": dataset.id}
    outbox.enqueue(session, JobName.CHECK_AVAILABILITY, args, now=now, unit_id=dataset.unit_id)


def suspend(session: Session, actor: Identity, slug: str, *, reason: str, now: datetime) -> Dataset:
    """Make the bytes unreachable at every door until it is resumed or withdrawn."""
    return _turn(session, actor, slug, DatasetState.SUSPENDED, reason, now)


def withdraw(
    session: Session, actor: Identity, slug: str, *, reason: str, now: datetime
) -> Dataset:
    """End publication; a page with the reason and the date stays."""
    return _turn(session, actor, slug, DatasetState.WITHDRAWN, reason, now)


def retire(session: Session, actor: Identity, slug: str, *, reason: str, now: datetime) -> Dataset:
    """Take the entry out of the directory; its code is never used again."""
    return _turn(session, actor, slug, DatasetState.RETIRED, reason, now)


def resume(session: Session, actor: Identity, slug: str, *, reason: str, now: datetime) -> Dataset:
    """Open a suspended entry again, if nothing it shows has been closed since its last review."""
    dataset = directory.get(session, actor, slug)
    release = session.scalar(
        select(Release).where(Release.dataset_id == dataset.id, Release.ended_at.is_(None)).limit(1)
    )
    if release is None or _changed(session, dataset, release):
        raise Conflict(
            "needs-review",
            Message("What was public is no longer what may be public."),
            Message("Submit the entry for review; passing it publishes it again."),
        )
    public_fields.reopen(dataset, facts.links(session, dataset.id))
    return _turn(session, actor, slug, DatasetState.PUBLISHED, reason, now)


def _changed(session: Session, dataset: Dataset, release: Release) -> bool:
    """Whether what would be published now differs from what was; what is only proposed does not."""
    stands = manifests.build(session, dataset)
    then = release.manifest
    closed = {
        field["name"]: (field["openness"], field["withheld_by"]) for field in stands["fields"]
    }
    return (
        closed
        != {field["name"]: (field["openness"], field["withheld_by"]) for field in then["fields"]}
        or dataset.openness != then["dataset"]["openness"]
        or dataset.conditional_mode != then["dataset"]["conditional_mode"]
        or facts.links(session, dataset.id).get("", []) != then["dataset"]["withheld_by"]
    )


def _turn(
    session: Session, actor: Identity, slug: str, state: DatasetState, reason: str, now: datetime
) -> Dataset:
    dataset = manifests.hold(session, directory.get(session, actor, slug).id)
    permission, tag, states = _ENDS[state]
    require(actor, permission, dataset)
    cleaned = values.check({"reason": reason}, {"reason": values.line(1_000, required=True)})
    if dataset.state not in states:
        raise Conflict(
            "state-forbids",
            Message(
                "This cannot be done to an entry in the state %(state)s.",
                {"state": Message(dataset.state)},
            ),
        )
    manifests.void_open_review(session, actor, dataset, f"the entry became {state}", now=now)
    dataset.state, dataset.state_changed_at = state, now
    dataset.state_reason = cleaned["reason"]
    if state in {DatasetState.WITHDRAWN, DatasetState.RETIRED}:
        session.execute(
            update(Release)
            .where(Release.dataset_id == dataset.id, Release.ended_at.is_(None))
            .values(ended_at=now)
        )
    facts.record(session, dataset, now)
    if state == DatasetState.RETIRED:  # what repeats it stands for itself again
        facts.record_all(session, originals.repeating(session, dataset), now)
    if state == DatasetState.PUBLISHED:
        _have_checked(session, dataset, now)
    outbox.touch_search(session, dataset.id, now)
    audit.record(
        session, actor, tag, "dataset", dataset.slug, now=now, unit_id=dataset.unit_id,
        reason=cleaned["reason"],
    )  # fmt: skip
    return dataset
