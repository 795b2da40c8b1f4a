"""Tables and files of an entry: their names, schemas and links."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from catalog import outbox
from catalog.auth import Identity, Permission, can
from catalog.errors import Conflict, missing, stale
from catalog.models import Dataset, Resource
from catalog.services import audit, codes, directory, examinations, manifests, proposals, values
from catalog.services.audit import AuditTag
from catalog.services.entry_values import RESOURCE
from catalog.services.visibility import knows
from datasets import validation
from schemas import tables
from schemas.records import Message

RESERVED = frozenset({"datapackage", "croissant"})
"""Names that addresses under an entry already have (``/datasets/<slug>/datapackage.json``)."""


def get(session: Session, actor: Identity, resource_id: str) -> Resource:
    """A table or file of an entry the actor may know of."""
    resource = session.scalar(
        select(Resource)
        .where(Resource.id == resource_id)
        .options(selectinload(Resource.dataset).selectinload(Dataset.fields))
    )
    if resource is None or not knows(actor, resource.dataset):
        raise missing("resource")
    if not resource.public and not can(
        actor, Permission.DATASET_READ_UNPUBLISHED, resource.dataset
    ):
        raise missing("resource")
    return resource


def of(session: Session, dataset: Dataset) -> list[Resource]:
    """Tables and files of an entry in their order."""
    return manifests.resources(session, dataset.id)


def shown_to(session: Session, actor: Identity, dataset: Dataset) -> list[Resource]:
    """Tables and files that the actor may know of: the public those that passed a review."""
    held = of(session, dataset)
    if can(actor, Permission.DATASET_READ_UNPUBLISHED, dataset):
        return held
    return [resource for resource in held if resource.public]


def add(
    session: Session, actor: Identity, slug: str, given: Mapping[str, Any], *, now: datetime
) -> Resource:
    """Add a table or file to an entry; without a name one is made from the title."""
    dataset = directory.editable(session, actor, slug, None)
    schema = _schema(given)
    cleaned = values.check(_without_schema(given), RESOURCE)
    taken = {resource.name for resource in of(session, dataset)}
    name = cleaned.pop("name", "") or codes.resource_name(
        cleaned.get("title", ""), taken | RESERVED
    )
    if name in RESERVED:
        raise values.refusal({"name": [Message("stands for a description of the whole entry")]})
    if name in taken:
        raise values.refusal({"name": [Message("this entry already has a table of this name")]})
    resource = Resource(dataset_id=dataset.id, name=name, table_schema=schema, created_at=now)
    resource.dataset = dataset
    _set(resource, cleaned)
    session.add(resource)
    session.flush()
    manifests.void_open_review(session, actor, dataset, "a table was added", now=now)
    _note(session, actor, AuditTag.RESOURCE_ADDED, resource, now)
    return resource


def amend(
    session: Session,
    actor: Identity,
    resource_id: str,
    given: Mapping[str, Any],
    *,
    expected: int | None,
    now: datetime,
) -> Resource:
    """Change title, description, order, schema or link. The name is an address and stays."""
    resource = _editable(session, actor, resource_id, expected)
    dataset = resource.dataset
    if given.get("name", resource.name) != resource.name:
        raise values.refusal({"name": [Message("the name is part of addresses and stays")]})
    if "table_schema" in given:
        resource.table_schema = _schema(given)
    cleaned = values.check(_without_schema(given), RESOURCE)
    if resource.public and proposals.is_public(dataset):
        held = {name: cleaned.pop(name) for name in proposals.REVIEWED_OF_RESOURCE & set(cleaned)}
        proposals.propose(resource, held)
    _set(resource, cleaned)
    session.flush()
    manifests.void_open_review(session, actor, dataset, "a table was amended", now=now)
    if "table_schema" in given or "schema_name" in given:
        examinations.ask_again(session, dataset, now=now)
    _note(session, actor, AuditTag.RESOURCE_AMENDED, resource, now)
    return resource


def _editable(
    session: Session, actor: Identity, resource_id: str, expected: int | None
) -> Resource:
    resource = get(session, actor, resource_id)
    directory.editable(session, actor, resource.dataset.slug, None)
    if expected is not None and expected != resource.version:
        raise stale()
    return resource


def remove(
    session: Session, actor: Identity, resource_id: str, *, expected: int | None, now: datetime
) -> None:
    """Remove a table that never had a delivery; others stay for their history."""
    resource = _editable(session, actor, resource_id, expected)
    if manifests.latest_version(session, resource.id) is not None:
        raise Conflict(
            "has-deliveries",
            Message("This table has deliveries; they are kept for the record."),
            Message("Withdraw or retire the entry, or deliver a corrected file."),
        )
    manifests.void_open_review(session, actor, resource.dataset, "a table was removed", now=now)
    _note(session, actor, AuditTag.RESOURCE_REMOVED, resource, now)
    session.delete(resource)


def _schema(given: Mapping[str, Any]) -> dict[str, Any] | None:
    schema = given.get("table_schema")
    if schema is None:
        return None
    try:
        return validation.accept_schema(schema)
    except validation.SchemaProblem as error:
        raise values.refusal({"table_schema": [error.problem.cause]}) from None


def _without_schema(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != "table_schema"}


def _set(resource: Resource, cleaned: dict[str, Any]) -> None:
    name = cleaned.get("schema_name", "")
    if name and name not in tables.names():
        raise values.refusal(
            {
                "schema_name": [
                    Message("must be one of: %(words)s", {"words": ", ".join(tables.names())})
                ]
            }
        )
    for key, value in cleaned.items():
        if key != "name" and value is not None:
            setattr(resource, key, value)


def _note(
    session: Session, actor: Identity, tag: AuditTag, resource: Resource, now: datetime
) -> None:
    outbox.touch_search(session, resource.dataset_id, now)
    audit.record(
        session, actor, tag, "resource", resource.id, now=now, unit_id=resource.dataset.unit_id,
        name=resource.name, dataset=resource.dataset.slug,
    )  # fmt: skip
