"""The directory: entries of everything a unit holds, their fields, their tables and files."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from catalog import outbox
from catalog.auth import Identity, Permission, Subject, require
from catalog.errors import Conflict, Forbidden, missing, stale
from catalog.models import Dataset, DatasetRevision, Review, Unit
from catalog.services import (
    audit,
    codes,
    exemptions,
    facts,
    manifests,
    originals,
    proposals,
    row_sets,
    values,
)
from catalog.services.audit import AuditTag
from catalog.services.entry_values import DATASET, Closed, shown_as
from catalog.services.visibility import knows
from schemas.records import Message
from schemas.vocabularies import ConditionalMode, DatasetState, Openness, UpdateCycle


def get(session: Session, actor: Identity, slug: str) -> Dataset:
    """An entry the actor may know of; anything else looks like nothing."""
    dataset = session.scalar(
        select(Dataset)
        .where(Dataset.slug == slug)
        .options(selectinload(Dataset.fields), selectinload(Dataset.unit))
    )
    if dataset is None or not knows(actor, dataset):
        raise missing("dataset")
    return dataset


def create(
    session: Session, actor: Identity, given: Mapping[str, Any], *, now: datetime
) -> Dataset:
    """Register an entry as a draft; its resource code and address are allotted here."""
    dataset = begin(session, actor, given, now=now)
    registered(session, actor, dataset, now=now)
    return dataset


def registered(session: Session, actor: Identity, dataset: Dataset, *, now: datetime) -> None:
    """Write revision, facts, index note and trail of a new entry."""
    _wrap_up(session, actor, dataset, AuditTag.DATASET_CREATED, {}, now)


def begin(session: Session, actor: Identity, given: Mapping[str, Any], *, now: datetime) -> Dataset:
    """The first half of ``create``; whoever adds to the entry before it is complete calls
    ``registered`` afterwards."""
    cleaned = values.check(given, DATASET, required=("unit", "title"))
    unit = _unit_for(session, actor, cleaned.pop("unit"))
    front = cleaned.pop("class_path", "") or codes.default_front(
        unit, cleaned.get("resource_class", "3")
    )
    numbers = set(cleaned.pop("withheld_by", []))
    dataset = Dataset(
        slug=codes.mint_slug(cleaned["title"]),
        code=codes.allot(session, front),
        unit_id=unit.id,
        state=DatasetState.DRAFT,
        state_changed_at=now,
        openness=cleaned.pop("openness", Openness.UNASSESSED),
        update_cycle=cleaned.pop("update_cycle", UpdateCycle.IRREGULAR),
        keywords=cleaned.pop("keywords", []),
        formats=cleaned.pop("formats", []),
        related_codes=cleaned.pop("related_codes", []),
        created_at=now,
        created_by=actor.name,
        updated_at=now,
    )
    dataset.unit = unit
    if "duplicate_of" in cleaned:
        cleaned["duplicate_of_id"] = _duplicate(
            session, actor, dataset, cleaned.pop("duplicate_of")
        )
    _set(dataset, cleaned)
    session.add(dataset)
    session.flush()
    _close(session, dataset, numbers, now, standing=set())
    return dataset


def _unit_for(session: Session, actor: Identity, code: str) -> Unit:
    unit = session.scalar(select(Unit).where(Unit.code == code))
    if unit is None:
        raise values.refusal({"unit": [Message("no unit with this code is on the roster")]})
    require(actor, Permission.DATASET_CREATE, Subject(unit_id=unit.id))
    return unit


def _duplicate(session: Session, actor: Identity, dataset: Dataset, slug: str) -> int | None:
    if not slug:
        return None
    found = get(session, actor, slug)
    originals.check(session, dataset, found)
    return found.id


def _set(dataset: Dataset, cleaned: dict[str, Any]) -> None:
    for name, value in cleaned.items():
        setattr(dataset, name, value)
    start, end = dataset.temporal_start, dataset.temporal_end
    if start is not None and end is not None and end < start:
        raise values.refusal({"temporal_end": [Message("must not be before the start")]})
    if dataset.openness == Openness.CONDITIONAL and not dataset.conditional_mode:
        dataset.conditional_mode = ConditionalMode.APPROVAL
    if dataset.openness != Openness.CONDITIONAL:
        dataset.conditional_mode = ""


def _hold_back(dataset: Dataset, cleaned: dict[str, Any]) -> dict[str, Any]:
    """Split a change of a public entry: what waits for the review is proposed, the rest returned."""
    openness = cleaned.get("openness", dataset.openness)
    mode = cleaned.get("conditional_mode", dataset.conditional_mode)
    closing = proposals.rank(openness, mode) < proposals.rank(
        dataset.openness, dataset.conditional_mode
    )
    at_once = {"openness", "conditional_mode"} if closing else set()
    if closing:
        proposals.forget_openness(dataset)
    held = {
        name: value
        for name, value in cleaned.items()
        if name in proposals.REVIEWED and name not in at_once
    }
    proposals.propose(dataset, held)
    return {name: value for name, value in cleaned.items() if name not in held}


def _close(
    session: Session, dataset: Dataset, numbers: set[str], now: datetime, *, standing: set[str]
) -> bool:
    """Tie the entry to the items that close it, or untie it when it is not withheld; whether that is
    not as it stood."""
    wanted = numbers if dataset.openness == Openness.WITHHELD else set()
    if dataset.openness == Openness.WITHHELD:
        exemptions.check_cover(session, dataset, "", numbers, facts.day(now))
    if wanted != standing:
        facts.link(session, dataset.id, "", wanted, now)
    return wanted != standing


def _wrap_up(
    session: Session,
    actor: Identity,
    dataset: Dataset,
    tag: AuditTag,
    before: dict[str, Any],
    now: datetime,
    *,
    closed: Closed | None = None,
) -> None:
    after = shown_as(dataset, facts.links(session, dataset.id) if closed is None else closed)
    changed = {name for name in after if before.get(name) != after[name]}
    revision = {
        "dataset_id": dataset.id, "at": now, "actor": actor.name, "what": tag.value,
        "before": {name: before[name] for name in changed if name in before},
        "after": {name: after[name] for name in changed},
    }  # fmt: skip
    row_sets.add(session, DatasetRevision, [revision])
    facts.record(session, dataset, now)
    outbox.touch_search(session, dataset.id, now)
    audit.record(
        session, actor, tag, "dataset", dataset.slug, now=now, unit_id=dataset.unit_id,
        changed=sorted(changed),
    )  # fmt: skip


def snapshot(session: Session, dataset: Dataset) -> dict[str, Any]:
    """The revised columns of an entry as plain values, with its fields and its items."""
    return shown_as(dataset, facts.links(session, dataset.id))


def editable(session: Session, actor: Identity, slug: str, expected: int | None) -> Dataset:
    """An entry in hand for a change: known, allowed, not ended, and as the actor last saw it."""
    dataset = _taken(session, actor, slug)
    require(actor, Permission.DATASET_AMEND, dataset)
    ended = {DatasetState.RETIRED, DatasetState.WITHDRAWN}
    if dataset.state in ended and not actor.system:
        raise Conflict(
            "ended",
            Message("This entry has been withdrawn or retired and can no longer be changed."),
            Message("Register a new entry."),
        )
    if expected is not None and expected != dataset.version:
        raise stale()
    return dataset


def _taken(session: Session, actor: Identity, slug: str) -> Dataset:
    """What ``get`` finds, in hand for a change."""
    dataset = manifests.hold_named(session, slug)
    if dataset is None or not knows(actor, dataset):
        raise missing("dataset")
    return dataset


def check_seen(session: Session, actor: Identity, slug: str, expected: int | None) -> None:
    """Refuse an act on an entry that is not any more as the actor last saw it; None asks nothing."""
    if expected is not None and _taken(session, actor, slug).version != expected:
        raise stale()


def amend(
    session: Session,
    actor: Identity,
    slug: str,
    given: Mapping[str, Any],
    *,
    expected: int | None,
    now: datetime,
) -> Dataset:
    """Change an entry. What a review is about waits for the next one while the entry is public;
    closing it, or asking a further condition, takes effect at once. An open review is voided."""
    dataset = editable(session, actor, slug, expected)
    closed = facts.links(session, dataset.id)
    before = shown_as(dataset, closed)
    cleaned = values.check(given, DATASET)
    unit = cleaned.pop("unit", None)
    if unit is not None and unit != dataset.unit.code:
        raise values.refusal({"unit": [Message("an entry stays with its unit")]})
    if cleaned.pop("class_path", ""):
        raise values.refusal(
            {"class_path": [Message("the resource code is fixed at registration")]}
        )
    numbers = set(cleaned.pop("withheld_by", before["withheld_by"]))
    if "duplicate_of" in cleaned:
        cleaned["duplicate_of_id"] = _duplicate(
            session, actor, dataset, cleaned.pop("duplicate_of")
        )
    if proposals.is_public(dataset) and not actor.system:
        cleaned = _hold_back(dataset, cleaned)
    _set(dataset, cleaned)
    if _close(session, dataset, numbers, now, standing=set(before["withheld_by"])):
        closed = facts.links(session, dataset.id)
    if shown_as(dataset, closed) == before:
        return dataset
    dataset.updated_at = now
    manifests.void_open_review(session, actor, dataset, "the entry was amended", now=now)
    _wrap_up(session, actor, dataset, AuditTag.DATASET_AMENDED, before, now, closed=closed)
    return dataset


def touched(
    session: Session, actor: Identity, dataset: Dataset, before: dict[str, Any], *, now: datetime
) -> None:
    """Write revision, facts, index note and trail after a change made by another rule."""
    dataset.updated_at = now
    _wrap_up(session, actor, dataset, AuditTag.DATASET_AMENDED, before, now)


def delete(
    session: Session, actor: Identity, slug: str, *, expected: int | None, now: datetime
) -> None:
    """Remove a draft that was never public, never submitted and has no delivery; others are retired."""
    dataset = editable(session, actor, slug, expected)
    held = session.scalar(select(func.count(Review.id)).where(Review.dataset_id == dataset.id))
    delivered = any(
        manifests.latest_version(session, resource.id) is not None
        for resource in manifests.resources(session, dataset.id)
    )
    if dataset.state != DatasetState.DRAFT or dataset.published_at or held or delivered:
        raise Conflict(
            "not-a-fresh-draft",
            Message("Only a draft without deliveries and reviews can be deleted."),
            Message("Retire the entry instead; its history is kept."),
        )
    before = snapshot(session, dataset)
    dataset.state, dataset.state_changed_at = DatasetState.RETIRED, now
    _wrap_up(session, actor, dataset, AuditTag.DATASET_DELETED, before, now)


def history(session: Session, actor: Identity, slug: str) -> list[DatasetRevision]:
    """Every change of an entry, oldest first; for those who may see it unpublished."""
    dataset = get(session, actor, slug)
    if not actor.anonymous:
        require(actor, Permission.DATASET_READ_UNPUBLISHED, dataset)
    else:
        raise Forbidden(
            "history-internal", Message("The history of changes is for the unit's staff.")
        )
    return list(
        session.scalars(
            select(DatasetRevision)
            .where(DatasetRevision.dataset_id == dataset.id)
            .order_by(DatasetRevision.id)
        )
    )
