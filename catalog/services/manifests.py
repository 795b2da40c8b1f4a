"""What exactly a review is about: a manifest of metadata and bytes, named by its SHA-256.

A decision compares the manifest again; whatever changed in between voids the review
(reliability rule: what was approved is what is published).
"""

import json
from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session, joinedload

from catalog.auth import Identity
from catalog.db import by_numbers
from catalog.models import Dataset, Resource, Review, Version
from catalog.services import audit, facts, proposals, public_fields, row_sets
from catalog.services.audit import AuditTag
from schemas.vocabularies import DatasetState, Openness, ReviewState


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces, for hashing."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str
    ).encode()


def digest(value: Any) -> str:
    """SHA-256 of the canonical form."""
    return sha256(canonical(value)).hexdigest()


def hold(session: Session, dataset_id: int) -> Dataset:
    """Take an entry in hand for a change: nobody else changes it, or anything of it, until this
    transaction ends, and its row is as it stands now."""
    return session.scalars(_HOLD.where(Dataset.id == dataset_id)).one()


def hold_named(session: Session, slug: str) -> Dataset | None:
    """The same by the address of an entry; None when there is none."""
    return session.scalar(_HOLD.where(Dataset.slug == slug))


_HOLD = select(Dataset).with_for_update().execution_options(populate_existing=True)


def latest_version(session: Session, resource_id: str) -> Version | None:
    """The newest delivery of a resource."""
    return session.scalar(
        select(Version)
        .where(Version.resource_id == resource_id)
        .order_by(Version.number.desc())
        .limit(1)
    )


def resources(session: Session, dataset_id: int) -> list[Resource]:
    """Tables and files of an entry in their order."""
    return list(
        session.scalars(
            select(Resource)
            .where(Resource.dataset_id == dataset_id)
            .order_by(Resource.position, Resource.created_at, Resource.id)
        )
    )


def build(session: Session, dataset: Dataset) -> dict[str, Any]:
    """The manifest of an entry as it stands: metadata, fields with their items, artefacts by hash.

    Formats that are made later from the Parquet file (``services.formats``) are not named: they follow
    from it.
    """
    closed = facts.links(session, dataset.id)
    whole = proposals.intended(dataset, "openness") == Openness.WITHHELD
    return {
        "dataset": {
            "slug": dataset.slug,
            "code": dataset.code,
            **{name: proposals.intended(dataset, name) for name in sorted(proposals.REVIEWED)},
            "withheld_by": closed.get("", []) if whole else [],
        },
        "fields": [
            {**asdict(field), "withheld_by": list(field.withheld_by)}
            for field in public_fields.own(dataset, closed)
        ],
        "resources": [_resource(session, resource) for resource in resources(session, dataset.id)],
    }


def _resource(session: Session, resource: Resource) -> dict[str, Any]:
    version = latest_version(session, resource.id)
    shown: dict[str, Any] = {"id": resource.id, "name": resource.name}
    for name in sorted(proposals.REVIEWED_OF_RESOURCE):
        shown[name] = proposals.intended_of(resource, name)
    if version is not None and version.examination is not None:
        shown |= {
            "version": version.id,
            "sha256": version.sha256,
            "examination": version.examination.digest,
            "artefacts": {
                name: blob["sha256"]
                for name, blob in version.examination.artefacts.items()
                if not blob.get("derived")
            },
        }
    return shown


def void_open_review(
    session: Session, actor: Identity, dataset: Dataset, why: str, *, now: datetime
) -> None:
    """End an open review because what it is about has changed; an unpublished entry is a draft again."""
    void_open_reviews(session, actor, [dataset.id], why, now=now)


def void_open_reviews(
    session: Session, actor: Identity, ids: Collection[int], why: str, *, now: datetime
) -> list[Dataset]:
    """The same for many entries, by few looks; those that had a review."""
    session.flush()
    open_ = session.connection().scalars(*_OPEN_REVIEWS(ids)).all()
    found: list[Review] = []
    for few in row_sets.batches(open_):
        found += session.scalars(_REVIEWS.where(Review.id.in_(few)))
    for review in found:
        _void(session, actor, review, why, now=now)
    return [review.dataset for review in found]


_REVIEW = cast("Table", Review.__table__).c
_OPEN_REVIEWS = by_numbers(
    lambda named: select(_REVIEW.id).where(
        named(_REVIEW.dataset_id),
        _REVIEW.state.in_((ReviewState.OPEN, ReviewState.REFERRED)),
    )
)
"""Asked by every change of an entry, and most often empty: only what is there is loaded."""
_REVIEWS = select(Review).options(joinedload(Review.dataset)).order_by(Review.dataset_id)


def _void(session: Session, actor: Identity, review: Review, why: str, *, now: datetime) -> None:
    dataset = review.dataset
    review.state = ReviewState.VOIDED
    review.closed_at = now
    if dataset.state == DatasetState.SUBMITTED:
        dataset.state = DatasetState.DRAFT
        dataset.state_changed_at = now
        dataset.state_reason = ""
    audit.record(
        session, actor, AuditTag.REVIEW_VOIDED, "review", review.id, now=now,
        unit_id=dataset.unit_id, why=why,
    )  # fmt: skip
