"""Which bytes a reader gets: the one place that says whether published bytes are reachable."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from catalog.auth import Identity
from catalog.errors import (
    Forbidden,
    Gone,
    NotFound,
    RuleError,
    Unauthenticated,
    Unfinished,
    missing,
)
from catalog.models import Dataset, Examination, PublishedFile, Resource, Version
from catalog.services import closed_columns, directory, facts, formats
from catalog.services.visibility import knows, own_units, sees_all
from schemas.records import Message
from schemas.vocabularies import ConditionalMode, DatasetState, Openness

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}


@dataclass(frozen=True, slots=True)
class Artefact:
    """A published file: its bytes by hash, and how to call it."""

    sha256: str
    bytes: int
    suffix: str
    file_name: str
    media_type: str
    modified: datetime
    version: str
    rows: int


def check_reachable(actor: Identity, dataset: Dataset) -> None:
    """Refuse bytes of an entry that is not published, has ended, is withheld, or asks a condition."""
    if dataset.state in {DatasetState.WITHDRAWN, DatasetState.RETIRED, DatasetState.SUSPENDED}:
        raise Gone(
            f"entry-{dataset.state}",
            Message(
                "This data was taken from public access on %(day)s: %(reason)s",
                {"day": facts.day(dataset.state_changed_at), "reason": dataset.state_reason},
            ),
            Message("See the entry's page for what replaced it, or ask the unit that holds it."),
        )
    if dataset.state != DatasetState.PUBLISHED:
        raise missing("file")
    if dataset.openness == Openness.CONDITIONAL:
        _check_condition(actor, dataset)
    elif dataset.openness == Openness.UNASSESSED:
        raise Forbidden(
            "unassessed",
            Message("This data is not open: nobody has decided yet how open it may be."),
            Message("Ask the unit that holds it; its contact stands on the entry's page."),
        )
    elif dataset.openness != Openness.UNCONDITIONAL:
        raise Forbidden(
            "withheld",
            Message("This data is not open; its entry names the item of the negative list."),
            Message("See the entry's page for the legal basis and the date of the next review."),
        )


def check_entry(session: Session, actor: Identity, slug: str) -> None:
    """Refuse the files of an entry to who may not have them now."""
    check_reachable(actor, directory.get(session, actor, slug))


def _check_condition(actor: Identity, dataset: Dataset) -> None:
    if sees_all(actor) or dataset.unit_id in own_units(actor):
        return
    if actor.anonymous:
        raise Unauthenticated(
            "conditional",
            Message("This data is open on a condition: %(text)s", {"text": dataset.open_condition}),
            Message("Sign in with a confirmed account."),
        )
    if dataset.conditional_mode != ConditionalMode.REAL_NAME:
        raise Forbidden(
            "conditional-approval",
            Message("This data is open on application: %(text)s", {"text": dataset.open_condition}),
            Message("Apply to the unit that holds it; its contact stands on the entry's page."),
        )


def _resource(session: Session, dataset: Dataset, name: str) -> Resource:
    resource = session.scalar(
        select(Resource)
        .where(Resource.dataset_id == dataset.id, Resource.name == name)
        .options(selectinload(Resource.current_version), selectinload(Resource.current_examination))
    )
    if resource is None:
        raise missing("resource")
    return resource


def artefacts(dataset: Dataset, resource: Resource) -> list[Artefact]:
    """The published files of a table, by format; empty when nothing is public."""
    return _reviewed(dataset, resource, resource.current_version, resource.current_examination)


def _reviewed(
    dataset: Dataset,
    resource: Resource,
    version: Version | None,
    examination: Examination | None,
) -> list[Artefact]:
    if version is None or examination is None or version.published_at is None:
        return []
    return [
        Artefact(
            sha256=blob["sha256"],
            bytes=blob["bytes"],
            suffix=suffix,
            file_name=f"{resource.title or dataset.title}.{suffix}",
            media_type=MEDIA_TYPES[suffix],
            modified=version.published_at,
            version=version.id,
            rows=examination.rows,
        )
        for suffix, blob in sorted(examination.artefacts.items())
        if suffix in MEDIA_TYPES
    ]


def current(session: Session, actor: Identity, slug: str, name: str, suffix: str) -> Artefact:
    """The file of a table in one format, as it is public now."""
    dataset = directory.get(session, actor, slug)
    check_reachable(actor, dataset)
    resource = _resource(session, dataset, name)
    held = artefacts(dataset, resource)
    lacks = bool(held) and suffix not in {artefact.suffix for artefact in held}
    if lacks and formats.being_made(session, resource.current_examination_id or 0):
        raise Unfinished(
            "format-being-made",
            Message("The %(suffix)s file of this table is being made.", {"suffix": suffix}),
            Message(
                "Try again in a few minutes, or take: %(formats)s.",
                {"formats": ", ".join(artefact.suffix for artefact in held)},
            ),
        )
    return _pick(held, suffix)


def _pick(held: list[Artefact], suffix: str) -> Artefact:
    for artefact in held:
        if artefact.suffix == suffix:
            return artefact
    if not held:
        raise missing("file")
    raise NotFound(
        "no-such-format",
        Message("There is no %(suffix)s file of this table.", {"suffix": suffix}),
        Message("There are: %(formats)s.", {"formats": ", ".join(one.suffix for one in held)}),
    )


def table(actor: Identity, resource: Resource) -> Artefact:
    """The Parquet file behind the row API, as it is public now."""
    check_reachable(actor, resource.dataset)
    return _pick(artefacts(resource.dataset, resource), "parquet")


def published(session: Session, actor: Identity, resource: Resource) -> list[tuple[int, Artefact]]:
    """Every file of a table that may be had, the newest version first: (number of the version, file). Without
    those that hold what was closed since."""
    check_reachable(actor, resource.dataset)
    closed = closed_columns.closings(session, resource.dataset)
    found: dict[tuple[str, str], tuple[int, Artefact]] = {}
    for version, examination, name in session.execute(
        select(Version, Examination, PublishedFile.file_name)
        .join(PublishedFile, PublishedFile.version_id == Version.id)
        .join(Examination, Examination.id == PublishedFile.examination_id)
        .where(Version.resource_id == resource.id)
        .order_by(Version.number.desc(), PublishedFile.id.desc())
    ):
        if (version.id, name) in found or closed_columns.within(closed, resource, examination):
            continue  # of a version that was released again the last release counts
        file = next(
            one
            for one in _reviewed(resource.dataset, resource, version, examination)
            if name.endswith(f".{one.suffix}")
        )
        found[version.id, name] = version.number, replace(file, file_name=name)
    return list(found.values())


def by_hash(session: Session, actor: Identity, sha256: str, name: str) -> Artefact:
    """A published file for ever, by its hash, until its entry ends or a column of it is closed."""
    stem, _, suffix = name.rpartition(".")
    if not stem or suffix not in MEDIA_TYPES:
        raise missing("file")
    found = session.execute(
        select(PublishedFile, Dataset, Version, Examination)
        .join(Dataset, Dataset.id == PublishedFile.dataset_id)
        .join(Version, Version.id == PublishedFile.version_id)
        .join(Examination, Examination.id == PublishedFile.examination_id)
        .where(PublishedFile.sha256 == sha256, PublishedFile.file_name == name)
        .order_by(PublishedFile.id.desc())
    ).all()
    refusal: RuleError = missing("file")
    for _, dataset, version, examination in found:
        if not knows(actor, dataset):
            continue
        try:
            check_reachable(actor, dataset)
            closed_columns.check(session, dataset, version.resource, examination)
        except RuleError as error:
            refusal = error
            continue
        return _pick(_reviewed(dataset, version.resource, version, examination), suffix)
    raise refusal
