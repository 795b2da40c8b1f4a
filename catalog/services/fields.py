"""The fields (信息项) of an entry, each with its own openness."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from catalog.auth import Identity
from catalog.models import Dataset, Field
from catalog.services import (
    directory,
    examinations,
    exemptions,
    facts,
    manifests,
    proposals,
    public_fields,
    values,
)
from catalog.services.entry_values import FIELD
from schemas.records import Message
from schemas.vocabularies import DatasetState, Openness


def set_fields(
    session: Session,
    actor: Identity,
    slug: str,
    given: Sequence[Mapping[str, Any]],
    *,
    expected: int | None,
    now: datetime,
) -> Dataset:
    """Replace the fields of an entry; ``withheld`` needs an item in force for each such field.

    Of a public entry the public sees the change when a review has passed; what is closed is closed at
    once.

    When the set of fields that stay out of publication changes, the newest deliveries are examined
    again; a published entry whose field closes is suspended until the new derivative has passed its review.
    """
    dataset = directory.editable(session, actor, slug, expected)
    before = directory.snapshot(session, dataset)
    withheld = _withheld(dataset)
    known = public_fields.shown(dataset, facts.links(session, dataset.id))
    _replace(session, dataset, given, now)
    if proposals.is_public(dataset) and not actor.system:
        public_fields.keep(dataset, known, facts.links(session, dataset.id))
    if directory.snapshot(session, dataset) == before:
        return dataset
    closed = _withheld(dataset) - withheld
    if closed and dataset.state == DatasetState.PUBLISHED:
        dataset.state, dataset.state_changed_at = DatasetState.SUSPENDED, now
        dataset.state_reason = "、".join(sorted(closed))
    manifests.void_open_review(session, actor, dataset, "the fields were amended", now=now)
    if _withheld(dataset) != withheld:
        examinations.ask_again(session, dataset, now=now)
    directory.touched(session, actor, dataset, before, now=now)
    return dataset


def _withheld(dataset: Dataset) -> set[str]:
    return {field.name for field in dataset.fields if field.openness in public_fields.CLOSED}


def _replace(
    session: Session, dataset: Dataset, given: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    known = {field.name: field for field in dataset.fields}
    if len(given) > 2_000:
        raise values.refusal({"fields": [Message("an entry has at most 2000 fields")]})
    closed, today = facts.links(session, dataset.id), facts.day(now)
    cover = exemptions.Known(
        exemptions.scopes_in_force(session, today), exemptions.excepted(session, [dataset.id])
    )
    links: dict[str, set[str]] = {name: set() for name in known}
    kept: set[str] = set()
    for position, single in enumerate(given):
        prefix = f"fields.{position}."
        cleaned = values.check(single, FIELD, required=("name",), prefix=prefix)
        name = cleaned["name"]
        if name in kept:
            raise values.refusal({prefix + "name": [Message("stands twice in the list")]})
        kept.add(name)
        numbers = set(cleaned.pop("withheld_by", [])) or set(closed.get(name, []))
        field = known.get(name)
        if field is None:
            field = Field(openness=Openness.UNASSESSED)
            dataset.fields.append(field)
        field.position, field.inferred = position, False
        for key, value in cleaned.items():
            setattr(field, key, value)
        links[name] = set()
        if field.openness == Openness.WITHHELD:
            exemptions.check_cover(
                session, dataset, name, numbers, today, key=prefix + "withheld_by", known=cover
            )
            links[name] = numbers
    for name, field in known.items():
        if name not in kept:
            dataset.fields.remove(field)
    dataset.fields.sort(key=lambda field: field.position)
    session.flush()
    facts.link_all(session, dataset.id, links, now)
