"""What opens information that article 15 closes: the third party's consent, or a public-interest finding.

Recorded for one entry or field and one item, in effect when another person confirms it; then the item
no longer closes it, and its unit decides how it is opened (条例, article 15).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from catalog.auth import Identity, Permission, can, require
from catalog.errors import Conflict, Forbidden, Invalid, missing
from catalog.models import Dataset, ExemptionItem, ItemException
from catalog.services import (
    audit,
    directory,
    editions,
    facts,
    manifests,
    releasing,
)
from catalog.services.visibility import knows, visible
from schemas.records import Message
from schemas.vocabularies import ExceptionKind, Ground, ListTaskKind, Openness, Role

OPENABLE = {Ground.TRADE_SECRET, Ground.PRIVACY, Ground.THIRD_PARTY}
_MOST = {"given_by": 200, "reason": 2000, "document": 200}


def record(
    session: Session,
    actor: Identity,
    slug: str,
    given: Mapping[str, Any],
    *,
    now: datetime,
) -> ItemException:
    """Record a consent or a finding: item, field (empty: the whole entry), kind, given_by, given_on,
    document, reason. ``Invalid`` names what is wrong, among it an item of article 14 or 16, which no
    consent opens."""
    dataset = directory.get(session, actor, slug)
    require(actor, Permission.EXCEPTION_RECORD, dataset)
    field, item = str(given.get("field") or ""), str(given.get("item") or "")
    kind, given_on = given.get("kind"), given.get("given_on")
    found = editions.item(session, item, facts.day(now))
    errors: dict[str, list[Message]] = {}
    texts = {name: str(given.get(name) or "").strip() for name in _MOST}
    for name, most in _MOST.items():
        if len(texts[name]) > most:
            errors[name] = [Message("At most %(most)s characters.", {"most": most})]
        elif not texts[name] and name != "document":
            errors[name] = [Message("is needed")]
    if kind not in set(ExceptionKind):
        kinds = ", ".join(ExceptionKind)
        errors["kind"] = [Message("must be one of: %(words)s", {"words": kinds})]
    if given_on is None or given_on > facts.day(now):
        errors["given_on"] = [Message("must be a day that is not in the future")]
    if field and field not in {one.name for one in dataset.fields}:
        errors["field"] = [Message("The entry has no such field.")]
    errors |= _item_errors(found, item)
    if errors:
        raise Invalid(
            "exception-invalid",
            Message("The exception cannot be recorded as it stands; nothing was saved."),
            Message("Correct the values named and send it again."),
            fields=errors,
        )
    made = ItemException(
        dataset_id=dataset.id, field=field, item_number=item, kind=kind, given_on=given_on,
        drafted_by=actor.user_id, drafted_by_name=actor.name, recorded_at=now, **texts,
    )  # fmt: skip
    session.add(made)
    session.flush()
    _note(session, actor, audit.AuditTag.EXCEPTION_RECORDED, made, now)
    return made


def _item_errors(found: ExemptionItem | None, item: str) -> dict[str, list[Message]]:
    if found is None:
        return {"item": [Message("There is no item %(number)s in force.", {"number": item})]}
    if found.ground not in OPENABLE:
        text = "Only items of article 15 are opened by consent or a public-interest finding."
        return {"item": [Message(text)]}
    return {}


def confirm(
    session: Session, actor: Identity, exception_id: int, *, now: datetime
) -> ItemException:
    """Put an exception in effect: the item no longer closes the entry or field it was recorded for."""
    made = _pending(session, actor, exception_id)
    made.confirmed_by_name, made.confirmed_at = actor.name, now
    dataset = manifests.hold(session, made.dataset_id)
    before = directory.snapshot(session, dataset)
    links = facts.links(session, dataset.id)
    names = [name for name in links if made.field in {"", name} and made.item_number in links[name]]
    left = {name: set(links[name]) - {made.item_number} for name in names}
    facts.link_all(session, dataset.id, left, now)
    bare = [name for name in names if not left[name]]
    if "" in bare and dataset.openness == Openness.WITHHELD:
        dataset.openness = Openness.UNASSESSED
    for one in dataset.fields:
        if one.name in bare and one.openness == Openness.WITHHELD:
            one.openness = Openness.UNASSESSED
    for name in bare:
        row = (dataset.id, name, made.item_number)
        releasing.add_task(session, ListTaskKind.EXCEPTED, row, now)
    if names:
        why = "an exception opens what an item closed"
        manifests.void_open_review(session, actor, dataset, why, now=now)
        directory.touched(session, actor, dataset, before, now=now)
    _note(session, actor, audit.AuditTag.EXCEPTION_CONFIRMED, made, now)
    return made


def _pending(session: Session, actor: Identity, exception_id: int) -> ItemException:
    made = get(session, actor, exception_id)
    session.refresh(
        made, with_for_update=True
    )  # of two at once the second one sees what the first did
    if made.drafted_by == actor.user_id:
        raise Forbidden(
            "own-draft",
            Message("Whoever records an exception does not confirm it."),
            Message("Ask a reviewer of the unit or a list keeper."),
        )
    require(actor, Permission.EXCEPTION_CONFIRM, subject(made))
    if made.confirmed_at is not None or made.ended_at is not None:
        raise Conflict("exception-decided", Message("This has been decided already."))
    return made


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose entry it is, and who recorded the exception."""

    unit_id: int
    drafted_by: int | None


def subject(made: ItemException) -> Subject:
    """What permission to confirm an exception is asked for."""
    return Subject(made.dataset.unit_id, made.drafted_by)


def end(session: Session, actor: Identity, exception_id: int, *, now: datetime) -> ItemException:
    """Revoke an exception, or turn down one that nobody has confirmed. What is open stays open until
    somebody closes it: the item reaches it again (``reaching``)."""
    made = get(session, actor, exception_id)
    if not can(actor, Permission.EXCEPTION_CONFIRM, Subject(made.dataset.unit_id, None)):
        require(actor, Permission.EXCEPTION_RECORD, made.dataset)
    if made.ended_at is not None:
        raise Conflict("exception-decided", Message("This has been decided already."))
    made.ended_at, made.ended_by_name = now, actor.name
    if made.confirmed_at is not None:
        row = (made.dataset_id, made.field, made.item_number)
        releasing.add_task(session, ListTaskKind.REACHED, row, now)
    _note(session, actor, audit.AuditTag.EXCEPTION_ENDED, made, now)
    return made


def get(session: Session, actor: Identity, exception_id: int) -> ItemException:
    """One exception; it is for people at work, whether or not its entry is public."""
    made = session.get(ItemException, exception_id)
    if made is None or not _reads(actor) or not knows(actor, made.dataset):
        raise missing("exception")
    return made


def _reads(actor: Identity) -> bool:
    """Lists' people, and people who work on entries."""
    return can(actor, Permission.LIST_READ_INTERNAL) or actor.holds(Role.EDITOR, Role.REVIEWER)


def listed(session: Session, actor: Identity, slug: str = "") -> list[ItemException]:
    """Exceptions of one entry, or of every entry the actor may know of, newest first."""
    dataset = directory.get(session, actor, slug) if slug else None
    if not _reads(actor):
        require(actor, Permission.LIST_READ_INTERNAL)
    query = (
        select(ItemException)
        .join(Dataset, Dataset.id == ItemException.dataset_id)
        .where(visible(actor))
        .options(joinedload(ItemException.dataset).joinedload(Dataset.unit))
        .order_by(ItemException.id.desc())
    )
    if dataset is not None:
        query = query.where(ItemException.dataset_id == dataset.id)
    return list(session.scalars(query))


def _note(
    session: Session, actor: Identity, tag: audit.AuditTag, made: ItemException, now: datetime
) -> None:
    dataset = session.get_one(Dataset, made.dataset_id)
    audit.record(
        session, actor, tag, "dataset", dataset.slug, now=now, unit_id=dataset.unit_id,
        exception=made.id, item=made.item_number, field=made.field, kind=made.kind,
    )  # fmt: skip
