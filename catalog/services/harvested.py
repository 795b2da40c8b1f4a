"""One remote record becomes a directory entry: the mapping, and the rules of what it may claim.

An entry that its source publishes, under a word for open and with an address, counts as declared open from
the day it was recorded; everything else is a draft whose openness somebody has to decide.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.auth import SYSTEM, Identity
from catalog.errors import Invalid
from catalog.models import Dataset, DatasetRevision, Field, HarvestSource, Resource, Unit
from catalog.services import codes, directory, facts, manifests, units, values
from catalog.services.entry_values import DATASET
from schemas.records import DatasetRecord, FieldRecord, Message
from schemas.vocabularies import DatasetState, FieldType, Openness, UpdateCycle

GONE = "no longer at its source"
"""The reason given when a vanished record's entry is archived; only such an archive is undone."""


def unit_for(
    session: Session, actor: Identity, source: HarvestSource, record: DatasetRecord, now: datetime
) -> Unit:
    """The unit that publishes a record: by code, by name, or the source's own unit."""
    region = str(source.config.get("region", ""))
    if record.publisher:
        if source.create_units:
            return units.named(session, actor, record.publisher[:200], region=region, now=now)
        known = units.by_name(session, record.publisher, region=region)
        if known is not None:
            return known
    if source.default_unit_id is not None:
        unit = session.get(Unit, source.default_unit_id)
        if unit is not None:
            return unit
    raise Invalid(
        "no-publisher",
        Message("The record does not say which unit publishes it."),
        Message("Complete it at the source, or give the source a unit of its own."),
    )


def entry_values(record: DatasetRecord) -> dict[str, Any]:
    """What an entry takes over from a record: texts cut to what the directory holds, and values
    that it could not take (a masked e-mail address, say) left out."""
    offered: dict[str, Any] = {
        "description": record.description[:5_000],
        "openness": _openness(record),
        "conditional_mode": record.openness_mode,
        "open_condition": record.openness_condition[:2_000],
        "update_cycle": record.update_cycle or UpdateCycle.IRREGULAR,
        "keywords": [word[:60] for word in record.keywords[:30]],
        "formats": [word[:40] for word in record.formats[:20]],
        "theme": record.theme[:100],
        "industry": record.industry[:100],
        "sharing": record.sharing,
        "sharing_condition": record.sharing_condition[:2_000],
        "contact_name": record.contact_name[:100],
        "contact_phone": record.contact_phone[:60],
        "contact_email": record.contact_email,
        "licence": record.licence[:60],
        "landing_page": record.landing_page,
    }
    taken: dict[str, Any] = {"title": record.title[:200]}
    for name, value in offered.items():
        with suppress(values.Bad):
            taken[name] = DATASET[name](value)
    return taken


def _openness(record: DatasetRecord) -> str:
    # A remote word for "closed" rests on no item of our list; it has to be assessed here.
    if record.openness in facts.OPEN:
        return record.openness
    return Openness.UNASSESSED


def take_over(
    session: Session,
    actor: Identity,
    source: HarvestSource,
    record: DatasetRecord,
    known: Dataset | None,
    *,
    now: datetime,
) -> Dataset:
    """Register a new record, or bring the entry of a known one up to date."""
    given = entry_values(record)
    if known is None:
        unit = unit_for(session, actor, source, record, now)
        dataset = directory.begin(session, actor, {"unit": unit.code, **given}, now=now)
        dataset.source_id, dataset.remote_id = source.id, record.remote_id
        _complete(session, dataset, record, now)
        directory.registered(session, actor, dataset, now=now)
        return dataset
    ours = _decided_here(session, known)
    if ours:
        given = {name: value for name, value in given.items() if name not in _DECISIONS}
    dataset = directory.amend(session, actor, known.slug, given, expected=None, now=now)
    before = directory.snapshot(session, dataset)
    _complete(session, dataset, record, now, ours=ours)
    if directory.snapshot(session, dataset) != before:
        directory.touched(session, actor, dataset, before, now=now)
    return dataset


_DECISIONS = ("openness", "conditional_mode", "open_condition")


def _decided_here(session: Session, dataset: Dataset) -> bool:
    """Whether a person has changed the entry: then its openness is no longer the source's to say."""
    return (
        session.scalar(
            select(DatasetRevision.id)
            .where(DatasetRevision.dataset_id == dataset.id, DatasetRevision.actor != SYSTEM.name)
            .limit(1)
        )
        is not None
    )


def _complete(
    session: Session, dataset: Dataset, record: DatasetRecord, now: datetime, *, ours: bool = False
) -> None:
    dataset.issued = _day(record.issued) or dataset.issued
    dataset.modified = _day(record.modified) or dataset.modified
    _take_fields(dataset, record.fields, ours=ours)
    _take_resources(session, dataset, record, now)
    if not ours:
        _publish_linked(dataset, now)
    session.flush()


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def _take_fields(dataset: Dataset, fields: tuple[FieldRecord, ...], *, ours: bool) -> None:
    known = {field.name: field for field in dataset.fields}
    for position, record in enumerate(fields[:2_000]):
        name = record.name[:200]
        field = known.get(name)
        if field is None:
            field = known[name] = Field(name=name, openness=Openness.UNASSESSED)
            dataset.fields.append(field)
        field.position = position
        field.title = record.title[:200]
        field.type = record.type if record.type in set(FieldType) else FieldType.STRING
        field.length = record.length
        field.description = record.description[:2_000]
        field.required = record.nullable is False
        field.is_key = bool(record.primary_key)
        if record.openness in facts.OPEN and not ours:
            field.openness = record.openness


def _take_resources(
    session: Session, dataset: Dataset, record: DatasetRecord, now: datetime
) -> None:
    held = {resource.url: resource for resource in manifests.resources(session, dataset.id)}
    names = {resource.name for resource in held.values()}
    for position, one in enumerate(record.resources[:500]):
        if not one.url.startswith("http") or one.url[:2000] in held:
            continue
        name = codes.resource_name(one.name or one.title, names)
        names.add(name)
        session.add(
            Resource(
                dataset_id=dataset.id,
                name=name,
                title=(one.title or one.name)[:300],
                position=position,
                url=one.url[:2000],
                format=one.format[:40],
                public=True,
                created_at=now,
            )
        )


def _publish_linked(dataset: Dataset, now: datetime) -> None:
    linked = bool(dataset.landing_page)
    if dataset.openness in facts.OPEN and linked and dataset.state == DatasetState.DRAFT:
        dataset.state, dataset.state_changed_at = DatasetState.PUBLISHED, now
        dataset.published_at = dataset.published_at or now


def come_back(session: Session, actor: Identity, dataset: Dataset, *, now: datetime) -> None:
    """A record that had vanished and was archived is at its source again."""
    before = directory.snapshot(session, dataset)
    if dataset.state_reason == GONE and dataset.state in {
        DatasetState.WITHDRAWN,
        DatasetState.RETIRED,
    }:
        dataset.state, dataset.state_changed_at = DatasetState.DRAFT, now
        dataset.state_reason = ""
        _publish_linked(dataset, now)
        directory.touched(session, actor, dataset, before, now=now)


def plain(message: Message) -> Mapping[str, Any]:
    """A message as it is stored with a run's item."""
    return {"text": message.text, "params": dict(message.params)}
