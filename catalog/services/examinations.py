"""Examinations: the recipe a delivery is read by, and storing what the engines found under it."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from catalog import outbox
from catalog.auth import Identity
from catalog.models import Dataset, Examination, Field, Resource, Version
from catalog.outbox import JobName
from catalog.services import audit, directory, facts, formats, manifests, settlements
from catalog.services.audit import AuditTag
from catalog.services.public_fields import CLOSED
from catalog.settings import Settings
from datasets import headings, pseudonyms
from datasets.storage import Blob
from schemas import records, tables
from schemas.records import ExaminationRequest, ExaminationResult, Problem
from schemas.vocabularies import DatasetState, Openness, SettlementAction, VersionState


def recipe(version: Version) -> ExaminationRequest:
    """What the examination of a version depends on besides its bytes, as it stands now."""
    resource = version.resource
    schema = resource.table_schema
    if schema is None and resource.schema_name:
        schema = tables.load(resource.schema_name)
    counted = [
        records.Settlement(held.finding, held.action, held.ground)
        for held in version.settlements
        if held.action != SettlementAction.KEEP or held.consent_by is not None
    ]
    closed = {field.name for field in resource.dataset.fields if field.openness in CLOSED}
    return ExaminationRequest(
        file_name=version.file_name,
        table_schema=schema,
        repairs=tuple(version.repairs),
        settlements=tuple(sorted(counted, key=lambda held: held.finding)),
        # A header may give a closed field by another of its names.
        withheld=tuple(sorted({*closed, *headings.names_of(schema, closed)})),
        member=version.member,
        on=facts.day(version.created_at).isoformat(),
    )


def limits(settings: Settings) -> records.Limits:
    """The bounds of one examination as the operator set them; they are no part of the recipe."""
    return records.Limits(
        memory_bytes=settings.examination_memory_bytes,
        seconds=settings.examination_seconds,
        xlsx_rows=settings.xlsx_rows,
    )


def pseudonym_key(settings: Settings, dataset: Dataset) -> str:
    """The key of the codes in all tables of one entry, from the platform's secret.

    It goes to the examination alone. Which key made a column's codes stands as its name
    (``datasets.pseudonyms.key_id``) in the public schema, and so under the reviewed hash.
    """
    return pseudonyms.derive_key(settings.secret(), f"dataset {dataset.slug}")


def request_digest(version: Version) -> str:
    """Names bytes and recipe together.

    Limits and keys, which are the operator's, are no part of it, nor is the day of delivery, which
    never changes.
    """
    described = asdict(recipe(version))
    del described["limits"], described["pseudonym_key"], described["on"]
    return manifests.digest({"sha256": version.sha256, "request": described})


def in_hand(session: Session, version_id: str) -> Version | None:
    """A delivery for the job that works on it; its entry is held until the transaction ends."""
    held = session.get(Version, version_id)
    if held is None:
        return None
    manifests.hold(session, held.resource.dataset_id)
    return session.scalar(
        select(Version)
        .where(Version.id == version_id)
        .options(
            selectinload(Version.resource)
            .selectinload(Resource.dataset)
            .selectinload(Dataset.fields),
            selectinload(Version.settlements),
        )
        .execution_options(populate_existing=True)
    )


def ask(session: Session, version: Version, name: JobName, now: datetime) -> None:
    """Ask for the fetching or examination of a delivery."""
    job = outbox.enqueue(
        session, name, {"version_id": version.id}, now=now,
        unit_id=version.resource.dataset.unit_id,
    )  # fmt: skip
    version.job_id = job.id
    version.state = VersionState.RECEIVED


def ask_again(session: Session, dataset: Dataset, *, now: datetime) -> None:
    """Ask for new examinations of the newest deliveries because a part of the recipe changed."""
    for resource in manifests.resources(session, dataset.id):
        version = manifests.latest_version(session, resource.id)
        if version is not None and version.sha256:
            ask(session, version, JobName.EXAMINE_VERSION, now)


def record_examination(
    session: Session,
    actor: Identity,
    version: Version,
    result: ExaminationResult,
    artefacts: Mapping[str, Blob],
    digest: str,
    *,
    now: datetime,
) -> bool:
    """Store what the engines found; False when the recipe has changed meanwhile and the result is
    of no use (a newer job is under way)."""
    if digest != request_digest(version):
        return False
    shown = {name: {"sha256": blob.sha256, "bytes": blob.size} for name, blob in artefacts.items()}
    found = asdict(result)
    examination = Examination(
        version_id=version.id,
        request_digest=digest,
        digest=manifests.digest({"request": digest, "artefacts": shown}),
        finished_at=now,
        valid=not result.problems and bool(result.report.get("valid")),
        artefacts=shown,
        **{
            name: found[name]
            for name in (
                "kind", "media_type", "encoding", "delimiter", "sheet", "rows", "columns",
                "table_schema", "public_schema", "report", "profile",
            )
        },
        **{
            name: list(found[name])
            for name in ("members", "repairs", "findings", "preview", "problems")
        },
    )  # fmt: skip
    session.add(examination)
    session.flush()
    version.examination_id = examination.id
    version.examination = examination
    settlements.forget_what_was_kept(session, version)
    formats.ask(session, examination, version.resource.dataset.unit_id, now)
    version.state = VersionState.FAILED if result.problems else VersionState.EXAMINED
    if examination.valid and _may_take_fields(version.resource.dataset):
        _take_fields(session, actor, version.resource.dataset, result.table_schema, now)
    audit.record(
        session, actor, AuditTag.VERSION_EXAMINED, "version", version.id, now=now,
        unit_id=version.resource.dataset.unit_id, state=version.state, valid=examination.valid,
        digest=examination.digest,
    )  # fmt: skip
    return True


def _may_take_fields(dataset: Dataset) -> bool:
    """Nobody has looked at the fields yet, and nothing was ever published or submitted with them."""
    return dataset.state == DatasetState.DRAFT and all(field.inferred for field in dataset.fields)


def _take_fields(
    session: Session, actor: Identity, dataset: Dataset, schema: Mapping[str, Any], now: datetime
) -> None:
    """A valid table tells the entry's fields; they are as open as the entry until somebody decides."""
    found = [
        (
            str(field["name"])[:200],
            str(field.get("title", ""))[:200],
            str(field.get("type", "string"))[:16],
        )
        for field in schema.get("fields", [])
    ]
    held = [(field.name, field.title, field.type) for field in dataset.fields]
    if held == found or (held and _several_tables(session, dataset)):
        return
    before = directory.snapshot(session, dataset)
    openness = Openness.UNASSESSED if dataset.openness == Openness.WITHHELD else dataset.openness
    dataset.fields.clear()
    session.flush()
    for position, (name, title, kind) in enumerate(found):
        dataset.fields.append(
            Field(
                position=position,
                name=name,
                title=title,
                type=kind,
                openness=openness,
                inferred=True,
            )
        )
    session.flush()
    directory.touched(session, actor, dataset, before, now=now)


def _several_tables(session: Session, dataset: Dataset) -> bool:
    return len(manifests.resources(session, dataset.id)) > 1


def problem_result(problem: Problem) -> ExaminationResult:
    """The result of a delivery that could not even be fetched."""
    return ExaminationResult(problems=(problem,))
