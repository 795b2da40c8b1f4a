"""Submission and review: gates before, another person after, exact bytes throughout."""

from datetime import date, datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, selectinload

from catalog import outbox
from catalog.auth import Identity, Permission, can, require
from catalog.errors import Conflict, Forbidden, missing
from catalog.models import Dataset, Decision, Review, Version
from catalog.services import (
    audit,
    directory,
    facts,
    gates,
    manifests,
    paging,
    publishing,
    values,
)
from catalog.services.audit import AuditTag
from catalog.workdays import Calendar, add_working_days
from schemas.records import Message
from schemas.vocabularies import DatasetState, ReviewState, Role, Verdict

_PENDING = (ReviewState.OPEN, ReviewState.REFERRED)
_SUBMITTABLE = (DatasetState.DRAFT, DatasetState.PUBLISHED, DatasetState.SUSPENDED)


def submit(
    session: Session,
    actor: Identity,
    slug: str,
    *,
    note: str = "",
    now: datetime,
    calendar: Calendar,
    review_days: int,
) -> Review:
    """Hand an entry in for review: exactly these bytes and metadata, named by their hash."""
    dataset = manifests.hold(session, directory.get(session, actor, slug).id)
    require(actor, Permission.DATASET_SUBMIT, dataset)
    _check_may_submit(session, dataset, now)
    assert actor.user_id is not None  # noqa: S101  (DATASET_SUBMIT is never anonymous)
    manifest = manifests.build(session, dataset)
    review = Review(
        dataset_id=dataset.id,
        unit_id=dataset.unit_id,
        state=ReviewState.OPEN,
        manifest=manifest,
        manifest_sha256=manifests.digest(manifest),
        submitted_by=actor.user_id,
        submitted_by_name=actor.name,
        submitted_at=now,
        note=values.check({"note": note}, {"note": values.lines(2_000)})["note"],
        due_on=add_working_days(facts.day(now), review_days, calendar).day,
    )
    review.dataset = dataset
    session.add(review)
    for field in dataset.fields:
        field.inferred = False  # whoever submits has confirmed them
    if dataset.state == DatasetState.DRAFT:
        dataset.state, dataset.state_changed_at = DatasetState.SUBMITTED, now
        dataset.state_reason = ""
    session.flush()
    facts.record(session, dataset, now)
    outbox.touch_search(session, dataset.id, now)
    audit.record(
        session, actor, AuditTag.REVIEW_SUBMITTED, "review", review.id, now=now,
        unit_id=dataset.unit_id, dataset=slug, manifest=review.manifest_sha256,
    )  # fmt: skip
    return review


def _check_may_submit(session: Session, dataset: Dataset, now: datetime) -> None:
    if dataset.state == DatasetState.SUBMITTED or _open_review(session, dataset) is not None:
        raise Conflict(
            "already-submitted",
            Message("This entry is already waiting for review."),
            Message("Wait for the decision; any change to the entry takes it back."),
        )
    if dataset.state not in _SUBMITTABLE:
        raise Conflict(
            "state-forbids-submission",
            Message(
                "An entry in the state %(state)s cannot be submitted.",
                {"state": Message(dataset.state)},
            ),
            Message("Register a new entry, or ask an administrator."),
        )
    shut = gates.shut(session, dataset, now=now)
    if shut:
        raise Conflict(
            "gates-shut",
            Message(
                "The entry cannot be submitted yet; %(count)s things are open.",
                {"count": len(shut)},
            ),
            Message("Settle each of the reasons and submit again."),
            reasons=shut,
        )


def _open_review(session: Session, dataset: Dataset) -> Review | None:
    return session.scalar(
        select(Review).where(Review.dataset_id == dataset.id, Review.state.in_(_PENDING))
    )


def _readable(actor: Identity) -> Select[Review]:
    query = select(Review).options(selectinload(Review.dataset).selectinload(Dataset.unit))
    units = actor.units(Role.EDITOR, Role.REVIEWER)
    if actor.holds(Role.ADMINISTRATOR, Role.AUDITOR) or units is None:
        return query
    return query.where(Review.unit_id.in_(units))


def page(
    session: Session, actor: Identity, *, state: str = "", after: str = "", limit: int = 20
) -> paging.Page[Review]:
    """Submissions of the units the actor works for, the most urgent first."""
    if not actor.holds(Role.EDITOR, Role.REVIEWER, Role.ADMINISTRATOR, Role.AUDITOR):
        require(actor, Permission.REVIEW_READ)
    query = _readable(actor)
    if state:
        query = query.where(Review.state == state)
    total = session.scalar(select(func.count()).select_from(query.subquery()))
    if after:
        due, known = paging.decode(after, date.fromisoformat, str)
        query = query.where(
            or_(
                Review.due_on > due,
                (Review.due_on == due) & (Review.id > known),
            )
        )
    found = list(session.scalars(query.order_by(Review.due_on, Review.id).limit(limit + 1)))
    more = len(found) > limit
    last = found[limit - 1] if more else None
    return paging.Page(
        found[:limit], paging.encode(last.due_on.isoformat(), last.id) if last else "", total
    )


def get(session: Session, actor: Identity, review_id: str) -> Review:
    """A submission, for those who work for its unit."""
    review = session.scalar(
        select(Review)
        .where(Review.id == review_id)
        .options(selectinload(Review.dataset), selectinload(Review.decisions))
        .execution_options(populate_existing=True)
    )
    if review is None or not can(actor, Permission.REVIEW_READ, review):
        raise missing("review")
    return review


def decide(
    session: Session,
    actor: Identity,
    review_id: str,
    *,
    verdict: str,
    reasons: str = "",
    manifest_sha256: str = "",
    now: datetime,
) -> Review:
    """Pass (which publishes), return with reasons, or refer. Never by who submitted; never of
    anything else than what was submitted."""
    manifests.hold(session, get(session, actor, review_id).dataset_id)
    review = get(session, actor, review_id)
    require(actor, Permission.REVIEW_DECIDE, review)
    cleaned = values.check(
        {"verdict": verdict, "reasons": reasons},
        {"verdict": values.choice(Verdict), "reasons": values.lines(5_000)},
    )
    _check_may_decide(session, actor, review, cleaned, manifest_sha256, now)
    assert actor.user_id is not None  # noqa: S101  (REVIEW_DECIDE is never anonymous)
    review.decisions.append(
        Decision(
            verdict=cleaned["verdict"],
            reasons=cleaned["reasons"],
            by=actor.user_id,
            by_name=actor.name,
            at=now,
            manifest_sha256=review.manifest_sha256,
        )
    )
    _carry_out(session, actor, review, Verdict(cleaned["verdict"]), cleaned["reasons"], now)
    audit.record(
        session, actor, AuditTag.REVIEW_DECIDED, "review", review.id, now=now,
        unit_id=review.unit_id, verdict=cleaned["verdict"], manifest=review.manifest_sha256,
    )  # fmt: skip
    return review


def _check_may_decide(
    session: Session,
    actor: Identity,
    review: Review,
    cleaned: dict[str, str],
    manifest_sha256: str,
    now: datetime,
) -> None:
    _check_four_eyes(session, actor, review)
    if review.state not in _PENDING:
        raise Conflict(
            "already-decided",
            Message(
                "This submission is no longer open (%(state)s).", {"state": Message(review.state)}
            ),
            Message("Look at the entry; it may have been changed or submitted again."),
        )
    if cleaned["verdict"] != Verdict.PASS and not cleaned["reasons"]:
        raise values.refusal({"reasons": [Message("returning or referring needs reasons")]})
    if cleaned["verdict"] == Verdict.PASS:  # what has changed can still be returned or referred
        _check_unchanged(session, review.dataset, review, manifest_sha256)
        _check_gates_again(session, review.dataset, now)


def _check_four_eyes(session: Session, actor: Identity, review: Review) -> None:
    """Who delivered or settled what is to be reviewed does not review it either."""
    for entry in review.manifest["resources"]:
        version = session.get(Version, entry.get("version", ""))
        if version is None:
            continue
        if actor.user_id in {version.created_by, *(held.by for held in version.settlements)}:
            raise Forbidden(
                "own-delivery",
                Message("You delivered or settled part of this yourself."),
                Message("Another reviewer has to decide."),
            )


def _check_unchanged(
    session: Session, dataset: Dataset, review: Review, manifest_sha256: str
) -> None:
    stands = manifests.digest(manifests.build(session, dataset))
    if stands != review.manifest_sha256 or manifest_sha256 not in {"", review.manifest_sha256}:
        raise Conflict(
            "stale-review",
            Message("What was submitted is not what you looked at: the entry has changed."),
            Message("Return it, or have it submitted again, and look at the new state."),
        )


def _check_gates_again(session: Session, dataset: Dataset, now: datetime) -> None:
    shut = gates.shut(session, dataset, now=now)
    if shut:
        raise Conflict(
            "gates-shut",
            Message(
                "The entry cannot be published; %(count)s things are open.", {"count": len(shut)}
            ),
            Message("Return it to the editor with these reasons."),
            reasons=shut,
        )


def _carry_out(
    session: Session,
    actor: Identity,
    review: Review,
    verdict: Verdict,
    reasons: str,
    now: datetime,
) -> None:
    if verdict is Verdict.REFER:
        review.state = ReviewState.REFERRED
        return
    review.closed_at = now
    if verdict is Verdict.PASS:
        review.state = ReviewState.PASSED
        publishing.publish(session, actor, review, now=now)
        return
    review.state = ReviewState.RETURNED
    dataset = review.dataset
    if dataset.state == DatasetState.SUBMITTED:
        dataset.state, dataset.state_changed_at = DatasetState.DRAFT, now
        dataset.state_reason = reasons
    facts.record(session, dataset, now)
    outbox.touch_search(session, dataset.id, now)
