"""Whether what an entry offers really answers: who is due to be checked, and what a check found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from catalog import outbox
from catalog.models import AvailabilityFact, Dataset, Examination, Resource, Version
from catalog.services import facts, openness_ledger
from schemas.vocabularies import DatasetState

LINK_DAYS = 7
"""How long a check of a link elsewhere counts (domain.md, section 5)."""
CHECK_AGAIN = timedelta(days=5)
"""A good check is repeated after this time, so that a link is never out of date when one fails to run."""
CHECK_FAILED_AGAIN = timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class Offer:
    """What the public is offered of an entry: blobs of ours by hash, and links elsewhere.

    ``landing_page`` is looked at only where there is nothing else; it may be a page for people.
    """

    dataset_id: int
    blobs: tuple[str, ...]
    links: tuple[str, ...]
    landing_page: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: ``reason`` is the code of the first problem, empty when all answered."""

    reason: str = ""

    @property
    def available(self) -> bool:
        """Whether everything answered."""
        return not self.reason


def due(session: Session, now: datetime, limit: int) -> list[int]:
    """Open published entries whose last check is too long ago, those never checked first."""
    today = facts.day(now)
    last = func.max(AvailabilityFact.checked_at)
    failing = (
        select(AvailabilityFact.id)
        .where(
            AvailabilityFact.dataset_id == Dataset.id,
            AvailabilityFact.superseded_at.is_(None),
            ~AvailabilityFact.available,
            AvailabilityFact.valid_from <= today,
            or_(AvailabilityFact.valid_to.is_(None), AvailabilityFact.valid_to > today),
        )
        .correlate(Dataset)
        .exists()
    )
    query = (
        select(Dataset.id)
        .outerjoin(
            AvailabilityFact,
            and_(
                AvailabilityFact.dataset_id == Dataset.id,
                AvailabilityFact.superseded_at.is_(None),
            ),
        )
        .where(Dataset.state == DatasetState.PUBLISHED, Dataset.openness.in_(facts.OPEN))
        .group_by(Dataset.id)
        .having(
            or_(
                last.is_(None),
                last < now - CHECK_AGAIN,
                and_(last < now - CHECK_FAILED_AGAIN, failing),
            )
        )
        .order_by(last.is_not(None), last, Dataset.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def offer(session: Session, dataset_id: int) -> Offer | None:
    """What an entry offers now; None when it is no longer public."""
    dataset = session.get(Dataset, dataset_id)
    if (
        dataset is None
        or dataset.state != DatasetState.PUBLISHED
        or dataset.openness not in facts.OPEN
    ):
        return None
    rows = session.execute(
        select(Resource.url, Resource.public, Examination.artefacts, Version.sha256)
        .outerjoin(Examination, Examination.id == Resource.current_examination_id)
        .outerjoin(Version, Version.id == Resource.current_version_id)
        .where(Resource.dataset_id == dataset_id)
        .order_by(Resource.position, Resource.id)
    ).all()
    blobs: list[str] = []
    links: list[str] = []
    for url, public, artefacts, sha256 in rows:
        if artefacts is None:
            links += [url] if url and public else []
        else:
            named = [one["sha256"] for _, one in sorted(artefacts.items())]
            blobs += named or ([sha256] if sha256 else [])
    return Offer(dataset_id, tuple(dict.fromkeys(blobs)), tuple(links), dataset.landing_page)


def record(session: Session, offered: Offer, found: Finding, now: datetime) -> None:
    """Write down what a check found: from today on, or for seven days where anything is elsewhere.

    A check that confirms what is known of our own files only moves ``checked_at``. The other facts of
    the entry are looked at again, for those written before they were counted.
    """
    today = facts.day(now)
    openness_ledger.touch(session, [offered.dataset_id])
    dataset = session.get_one(Dataset, offered.dataset_id)
    elsewhere = bool(offered.links) or not offered.blobs
    ends = today + timedelta(days=LINK_DAYS) if elsewhere and found.available else None
    standing = _from(session, offered.dataset_id, today)
    same = [
        one for one in standing
        if one.available == found.available and one.valid_to == ends and one.reason == found.reason
    ]  # fmt: skip
    if same:
        same[-1].checked_at = now
    else:
        _replace(session, standing, offered.dataset_id, (today, ends), found, now)
        outbox.touch_publication(session, offered.dataset_id)
    facts.record(session, dataset, now)


def _from(session: Session, dataset_id: int, day: date) -> Sequence[AvailabilityFact]:
    """What is known of a day and of the days after it."""
    return session.scalars(
        select(AvailabilityFact)
        .where(
            AvailabilityFact.dataset_id == dataset_id,
            AvailabilityFact.superseded_at.is_(None),
            or_(AvailabilityFact.valid_to.is_(None), AvailabilityFact.valid_to > day),
        )
        .order_by(AvailabilityFact.valid_from)
    ).all()


def _replace(
    session: Session,
    standing: Sequence[AvailabilityFact],
    dataset_id: int,
    span: tuple[date, date | None],
    found: Finding,
    now: datetime,
) -> None:
    begins, ends = span
    for one in standing:
        one.superseded_at = now
        carried = one.available == found.available and one.reason == found.reason
        if one.valid_from < span[0] and carried:
            begins = min(begins, one.valid_from)
        elif one.valid_from < span[0]:
            session.add(
                AvailabilityFact(
                    dataset_id=dataset_id, available=one.available, reason=one.reason,
                    valid_from=one.valid_from, valid_to=span[0], recorded_at=now,
                    superseded_at=None, checked_at=one.checked_at,
                )
            )  # fmt: skip
    session.add(
        AvailabilityFact(
            dataset_id=dataset_id, available=found.available, reason=found.reason[:60],
            valid_from=begins, valid_to=ends, recorded_at=now, superseded_at=None, checked_at=now,
        )
    )  # fmt: skip
    session.flush()
