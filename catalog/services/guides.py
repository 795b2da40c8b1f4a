"""Guidelines for opening and for collecting data: drafted by one, published by another, by editions.

京人社办发〔2016〕179号, 四(二)3: guidelines are published documents. A collecting guideline names the
Table Schemas that deliveries are validated against; whoever's tables use one of them follows it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from catalog.auth import Identity, Permission, can, require
from catalog.errors import Conflict, Forbidden, Invalid, missing
from catalog.models import Dataset, Guideline, GuidelineEdition, Resource
from catalog.services import audit, facts, visibility
from catalog.services.manifests import digest
from datasets.validation import accept_schema
from datasets.validation.acceptance import SchemaProblem
from schemas import tables
from schemas.records import Message
from schemas.vocabularies import GuidelineKind, GuidelineState

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MOST = {"title": 200, "summary": 500, "body": 100_000, "changes": 5_000}
MOST_SCHEMAS = 50
LATEST = 2200
"""Year of a day that is meant, as of every other day that the platform takes."""


@dataclass(frozen=True, slots=True)
class Following:
    """Tables whose deliveries are validated against a schema of a guideline, and whose they are."""

    units: int
    entries: int
    tables: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the difference of two texts: ``kind`` is same, gone or new."""

    kind: str
    text: str


def draft(
    session: Session, actor: Identity, slug: str, given: Mapping[str, Any], *, now: datetime
) -> GuidelineEdition:
    """Draft the next edition of a guideline, or the first one of a new guideline.

    ``given``: kind, title, summary, body, changes (against the edition before), effective_on, schemas
    (names of published standards or of schemas of the last edition, or ``{"name", "title", "schema"}``
    with a Table Schema).
    """
    require(actor, Permission.GUIDE_DRAFT)
    found = session.scalar(select(Guideline).where(Guideline.slug == slug))
    kind = str(given.get("kind") or (found.kind if found else ""))
    texts, errors = _texts(given)
    if not _SLUG.fullmatch(slug) or len(slug) > 60:
        errors["slug"] = [Message("Lower-case letters, digits and hyphens, at most 60.")]
    if kind not in set(GuidelineKind) or (found is not None and found.kind != kind):
        kinds = ", ".join(GuidelineKind) if found is None else found.kind
        errors["kind"] = [Message("must be one of: %(words)s", {"words": kinds})]
    last = found.editions[-1].schemas if found is not None else []
    own = {one["name"]: one for one in last if one["schema"]}
    named = _schemas(given.get("schemas") or (), kind, own, errors)
    effective = _effective(given.get("effective_on"), found, errors, facts.day(now))
    if found is not None and any(one.state == GuidelineState.DRAFT for one in found.editions):
        errors["slug"] = [Message("A draft of this guideline waits for publication already.")]
    if errors:
        raise Invalid(
            "guideline-invalid",
            Message("The guideline cannot be drafted as it stands; nothing was saved."),
            Message("Correct the values named and send it again."),
            fields=errors,
        )
    if found is None:
        found = Guideline(slug=slug, kind=kind)
        session.add(found)
    made = GuidelineEdition(
        number=len(found.editions) + 1, state=GuidelineState.DRAFT, schemas=named,
        effective_on=effective, drafted_by=actor.user_id, drafted_by_name=actor.name,
        drafted_at=now, **texts,
    )  # fmt: skip
    found.editions.append(made)
    session.flush()
    _note(session, actor, audit.AuditTag.GUIDE_DRAFTED, made, now)
    return made


def _effective(
    day: Any, found: Guideline | None, errors: dict[str, list[Message]], today: date
) -> date:
    """The day from which the next edition holds."""
    editions = found.editions if found is not None else []
    published = [one.effective_on for one in editions if one.state == GuidelineState.PUBLISHED]
    text = ""
    if not isinstance(day, date) or day < today:
        text = "Say from which day on, today or later."
    elif day.year > LATEST:
        text = "must be a year between 1900 and 2200"
    elif any(one >= day for one in published):
        text = "An edition takes effect after the one before it."
    if text:
        errors["effective_on"] = [Message(text)]
    return day if isinstance(day, date) else today


def _texts(given: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, list[Message]]]:
    texts = {name: str(given.get(name) or "").strip() for name in _MOST}
    errors: dict[str, list[Message]] = {}
    for name, most in _MOST.items():
        if len(texts[name]) > most:
            errors[name] = [Message("At most %(most)s characters.", {"most": most})]
        elif not texts[name] and name in {"title", "body"}:
            errors[name] = [Message("is needed")]
    return texts, errors


def _schemas(
    given: Sequence[Any],
    kind: str,
    own: Mapping[str, dict[str, Any]],
    errors: dict[str, list[Message]],
) -> list[dict[str, Any]]:
    """The schemas of a collecting guideline in one spelling; ``own`` are those of its last edition, by
    name."""
    found: dict[str, dict[str, Any]] = {}
    for index, one in enumerate(given[: MOST_SCHEMAS + 1]):
        place = f"schemas.{index}"
        value = {"name": one} if isinstance(one, str) else one
        name = value.get("name") if isinstance(value, Mapping) else None
        if not isinstance(name, str) or not _SLUG.fullmatch(name) or len(name) > 60:
            errors[place] = [Message("Name the schema in lower-case letters, digits and hyphens.")]
        elif isinstance(value, Mapping) and value.get("schema"):
            if not isinstance(value["schema"], Mapping):
                errors[place] = [Message("A table schema is an object with fields.")]
                continue
            try:
                schema = accept_schema(value["schema"])
            except SchemaProblem as refused:
                errors[place] = [refused.problem.cause]
                continue
            found[name] = {"name": name, "title": str(value.get("title") or name)[:200],
                           "schema": schema}  # fmt: skip
        elif name in own:
            found[name] = own[name]
        elif name in tables.names():
            found[name] = {"name": name, "title": tables.load(name)["title"], "schema": {}}
        else:
            errors[place] = [Message("There is no published standard %(name)s.", {"name": name})]
    if len(given) > MOST_SCHEMAS:
        errors["schemas"] = [Message("At most %(most)s lines.", {"most": MOST_SCHEMAS})]
    if kind == GuidelineKind.COLLECTING and not given:
        errors["schemas"] = [Message("A collecting guideline names at least one table schema.")]
    if kind == GuidelineKind.OPENING and given:
        errors["schemas"] = [Message("Only a collecting guideline names table schemas.")]
    return list(found.values())


def content(edition: GuidelineEdition) -> dict[str, Any]:
    """What the public reads of an edition, as it is hashed."""
    names = ("title", "summary", "body", "changes", "schemas")
    return {
        "guideline": edition.guideline.slug,
        "kind": edition.guideline.kind,
        "number": edition.number,
        "effective_on": edition.effective_on.isoformat(),
        **{name: getattr(edition, name) for name in names},
    }


def publish(
    session: Session, actor: Identity, slug: str, number: int, *, now: datetime
) -> GuidelineEdition:
    """Publish a draft; never one's own. What is published never changes."""
    made = _pending(session, actor, slug, number)
    if made.effective_on < facts.day(now):
        raise Conflict(
            "effective-date-passed",
            Message(
                "It was to take effect on %(day)s, which has passed.",
                {"day": made.effective_on.isoformat()},
            ),
            Message("Refuse it and draft it again with a later day."),
        )
    made.state, made.published_at = GuidelineState.PUBLISHED, now
    made.published_by_name = actor.name
    made.sha256 = digest(content(made))
    _note(session, actor, audit.AuditTag.GUIDE_PUBLISHED, made, now)
    return made


def refuse(
    session: Session, actor: Identity, slug: str, number: int, *, reason: str, now: datetime
) -> GuidelineEdition:
    """Turn a draft down with the reason."""
    made = _pending(session, actor, slug, number)
    if not reason.strip():
        cause = Message("A refusal needs a reason.")
        raise Invalid("reason-missing", cause, fields={"reason": [cause]})
    made.state, made.refusal = GuidelineState.REFUSED, reason.strip()[:2000]
    _note(session, actor, audit.AuditTag.GUIDE_REFUSED, made, now)
    return made


def withdraw(
    session: Session, actor: Identity, slug: str, number: int, *, now: datetime
) -> GuidelineEdition:
    """Take one's own draft back before anybody has decided about it."""
    require(actor, Permission.GUIDE_DRAFT)
    made = edition(session, actor, slug, number)
    session.refresh(made, with_for_update=True)
    if made.drafted_by != actor.user_id:
        raise Forbidden(
            "not-own-draft",
            Message("Whoever drafted a guideline withdraws it."),
            Message("Ask %(name)s, or refuse it.", {"name": made.drafted_by_name}),
        )
    _check_undecided(made)
    made.state = GuidelineState.WITHDRAWN
    _note(session, actor, audit.AuditTag.GUIDE_WITHDRAWN, made, now)
    return made


def _check_undecided(made: GuidelineEdition) -> None:
    if made.state != GuidelineState.DRAFT:
        raise Conflict("guideline-decided", Message("This has been decided already."))


def _pending(session: Session, actor: Identity, slug: str, number: int) -> GuidelineEdition:
    require(actor, Permission.GUIDE_DRAFT)
    made = edition(session, actor, slug, number)
    session.refresh(
        made, with_for_update=True
    )  # of two at once the second one sees what the first did
    if made.drafted_by == actor.user_id:
        raise Forbidden(
            "own-draft",
            Message("Whoever drafts a guideline does not publish it."),
            Message("Ask another list keeper or an administrator."),
        )
    require(actor, Permission.GUIDE_PUBLISH, made)
    _check_undecided(made)
    return made


def every(session: Session) -> list[Guideline]:
    """Every guideline with its editions, by kind and address."""
    return list(
        session.scalars(
            select(Guideline)
            .options(selectinload(Guideline.editions))
            .order_by(Guideline.kind.desc(), Guideline.slug)
        )
    )


def get(session: Session, slug: str) -> Guideline:
    """One guideline."""
    found = session.scalar(select(Guideline).where(Guideline.slug == slug))
    if found is None:
        raise missing("guideline")
    return found


def visible(actor: Identity, guideline: Guideline) -> list[GuidelineEdition]:
    """The editions that the actor may read: published ones, and drafts for those who keep them."""
    keeps = can(actor, Permission.LIST_READ_INTERNAL)
    return [one for one in guideline.editions if keeps or one.state == GuidelineState.PUBLISHED]


def edition(session: Session, actor: Identity, slug: str, number: int) -> GuidelineEdition:
    """One edition that the actor may read."""
    found = [one for one in visible(actor, get(session, slug)) if one.number == number]
    if not found:
        raise missing("edition")
    return found[0]


def in_force(guideline: Guideline, on: date) -> GuidelineEdition | None:
    """The published edition that holds on a day."""
    held = [
        one
        for one in guideline.editions
        if one.state == GuidelineState.PUBLISHED and one.effective_on <= on
    ]
    return max(held, key=lambda one: one.effective_on, default=None)


def is_replaced(guideline: Guideline, made: GuidelineEdition) -> bool:
    """Whether an edition has been published that follows this one, in force already or to come."""
    return any(
        one.state == GuidelineState.PUBLISHED and one.effective_on > made.effective_on
        for one in guideline.editions
    )


def following(session: Session, made: GuidelineEdition) -> dict[str, Following]:
    """Who follows each schema of an edition: public tables of public entries that use it, for
    whoever asks; a draft is not counted."""
    return {one["name"]: _following(session, one) for one in made.schemas}


def _following(session: Session, schema: Mapping[str, Any]) -> Following:
    held = (
        select(Resource.id, Resource.dataset_id, Dataset.unit_id, Resource.table_schema)
        .join(Dataset, Dataset.id == Resource.dataset_id)
        .where(visibility.public(), Resource.public)
    )
    if not schema["schema"]:
        rows = session.execute(held.where(Resource.schema_name == schema["name"])).all()
    else:
        wanted = digest(schema["schema"])
        rows = [
            row
            for row in session.execute(
                held.where(func.length(func.coalesce(Resource.schema_name, "")) == 0)
            )
            if row.table_schema and digest(row.table_schema) == wanted
        ]
    return Following(
        len({row.unit_id for row in rows}), len({row.dataset_id for row in rows}), len(rows)
    )


def schema_of(made: GuidelineEdition, name: str) -> dict[str, Any]:
    """The Table Schema that an edition names, its own or a published one."""
    for one in made.schemas:
        if one["name"] == name:
            return dict(one["schema"]) or tables.load(name)
    raise missing("standard")


def difference(old: GuidelineEdition, new: GuidelineEdition) -> list[Line]:
    """What differs between the texts of two editions, line by line."""
    return _lines(_text(old), _text(new))


def _text(made: GuidelineEdition) -> list[str]:
    named = [f"{one['name']} {one['title']}" for one in made.schemas]
    return [made.title, made.summary, *made.body.splitlines(), *named]


def _lines(before: Sequence[str], after: Sequence[str]) -> list[Line]:
    found: list[Line] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            found += [Line("same", text) for text in before[a:b]]
        else:
            found += [Line("gone", text) for text in before[a:b]]
            found += [Line("new", text) for text in after[c:d]]
    return found


def _note(
    session: Session,
    actor: Identity,
    tag: audit.AuditTag,
    made: GuidelineEdition,
    now: datetime,
) -> None:
    audit.record(
        session, actor, tag, "guideline", made.guideline.slug, now=now,
        edition=made.number, sha256=made.sha256,
    )  # fmt: skip
