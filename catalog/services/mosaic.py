"""What public tables tell together: sketches of their keys, and the pairs a reviewer should know.

Only what is public is compared; a delivery under review is compared with it, and its own sketch is
not kept. A table whose entry is no longer published drops out at once, whatever is stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session, selectinload

from catalog.auth import Identity, Permission, require
from catalog.models import Dataset, Examination, Resource, TableSketch, Version
from catalog.services import deliveries, facts
from catalog.services.visibility import own_units, sees_all
from datasets import mosaic
from datasets.mosaic import Linked
from schemas.vocabularies import DatasetState, Role, SettlementAction

LISTED = 500
"""Pairs in one report; the gravest stand first."""
SECONDS = 10.0
"""So long tables are compared for one report."""

_STAFF = (Role.EDITOR, Role.REVIEWER, Role.ADMINISTRATOR, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class Sketchable:
    """A Parquet file to be sketched; ``detected`` maps its columns to findings that were kept."""

    resource_id: str
    sha256: str
    detected: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Side:
    """A table of a pair."""

    dataset: str
    dataset_title: str
    unit: str
    resource: str
    resource_title: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two public tables, or a delivery and a public table, that a shared key joins."""

    left: Side
    right: Side
    linked: Linked


@dataclass(frozen=True, slots=True)
class Report:
    """Pairs, the gravest first; not ``complete`` where the time was up before all were compared.

    ``compared`` tables have a sketch; ``left_out`` took too long to be summed up.
    """

    pairs: list[Pair]
    complete: bool
    compared: int
    left_out: int


def _public() -> Any:
    return and_(Dataset.state == DatasetState.PUBLISHED, Dataset.openness.in_(facts.OPEN))


def due(session: Session) -> list[Sketchable]:
    """Public tables whose current file was not summed up yet, nor tried in vain."""
    found = session.execute(
        select(Resource, Examination, TableSketch)
        .join(Dataset, Dataset.id == Resource.dataset_id)
        .join(Examination, Examination.id == Resource.current_examination_id)
        .outerjoin(TableSketch, TableSketch.resource_id == Resource.id)
        .where(_public(), Resource.public)
        .order_by(Resource.id)
    )
    wanted = [
        (resource.id, sketchable(resource.id, held), known) for resource, held, known in found
    ]
    return [
        one
        for _, one, known in wanted
        if one is not None
        and (known is None or (known.sha256, known.edition) != (one.sha256, mosaic.EDITION))
    ]


def sketchable(resource_id: str, examination: Examination) -> Sketchable | None:
    """The public file of an examination, with what was found and kept in its columns."""
    parquet = examination.artefacts.get("parquet")
    if parquet is None:
        return None
    kept = {"", SettlementAction.KEEP.value}
    detected = {
        finding["field"].strip(): finding["detector"]
        for finding in examination.findings
        if finding["settled"] in kept
    }
    return Sketchable(resource_id, parquet["sha256"], detected)


def store(
    session: Session, table: Sketchable, made: mosaic.TableSketch | None, *, now: datetime
) -> None:
    """Keep the sketch of a table in place of the one before.

    None is kept too: a file that took too long is not tried again until it changes.
    """
    held = session.get(TableSketch, table.resource_id)
    if held is None:
        if session.get(Resource, table.resource_id) is None:
            return
        held = TableSketch(resource_id=table.resource_id)
        session.add(held)
    held.sha256, held.edition, held.made_at = table.sha256, mosaic.EDITION, now
    held.sketch = mosaic.as_json(made) if made is not None else {}


def forget(session: Session) -> None:
    """Throw away the sketches of tables that are public no more."""
    public = (
        select(Resource.id)
        .join(Dataset, Dataset.id == Resource.dataset_id)
        .where(_public(), Resource.public)
    )
    session.execute(delete(TableSketch).where(TableSketch.resource_id.not_in(public)))


def _held(session: Session) -> dict[str, TableSketch]:
    """Sketches of the files that are public now, by resource."""
    found = session.scalars(
        select(TableSketch)
        .join(Resource, Resource.id == TableSketch.resource_id)
        .join(Dataset, Dataset.id == Resource.dataset_id)
        .where(_public(), Resource.public, TableSketch.edition == mosaic.EDITION)
        .options(
            selectinload(TableSketch.resource)
            .selectinload(Resource.dataset)
            .selectinload(Dataset.unit)
        )
    )
    return {one.resource_id: one for one in found}


def report(session: Session, actor: Identity) -> Report:
    """Pairs of public tables of different entries that a shared key joins, the gravest first.

    Administrators and auditors see all of them, editors and reviewers those with a table of a unit
    they work for.
    """
    if not actor.holds(*_STAFF):
        require(actor, Permission.MOSAIC_READ)
    held = _held(session)
    tables = _sketches(held)
    found = mosaic.links(tables, seconds=SECONDS)
    pairs = (
        Pair(_side(held[one.left].resource), _side(held[one.right].resource), one)
        for one in found.pairs
        if held[one.left].resource.dataset_id != held[one.right].resource.dataset_id
        and _may_see(actor, [held[one.left].resource, held[one.right].resource])
    )
    listed = list(islice(pairs, LISTED))
    return Report(listed, found.complete, len(tables), len(held) - len(tables))


def _sketches(held: Mapping[str, TableSketch]) -> dict[str, mosaic.TableSketch]:
    """The sketches themselves, without tables that could not be summed up."""
    return {name: mosaic.from_json(one.sketch) for name, one in held.items() if one.sketch}


def _may_see(actor: Identity, resources: Sequence[Resource]) -> bool:
    if sees_all(actor):
        return True
    mine = own_units(actor)
    return any(resource.dataset.unit_id in mine for resource in resources)


def candidate(
    session: Session, actor: Identity, version_id: str
) -> tuple[Version, Sketchable | None]:
    """A delivery whose public file is to be compared with what is public; for those who may read it."""
    version = deliveries.get_version(session, actor, version_id)
    found = version.examination
    return version, sketchable(version.resource_id, found) if found else None


def hints(session: Session, version: Version, made: mosaic.TableSketch) -> list[Pair]:
    """What the public file of a delivery would make possible together with public tables of other
    entries. The caller has asked ``candidate`` whether the actor may know."""
    held = {
        name: one
        for name, one in _held(session).items()
        if one.resource.dataset_id != version.resource.dataset_id
    }
    tables = _sketches(held)
    own = _side(version.resource)
    return [
        Pair(own, _side(held[one.right].resource), one)
        for one in mosaic.linked_to(version.resource_id, made, tables)[:LISTED]
    ]


def _side(resource: Resource) -> Side:
    dataset = resource.dataset
    return Side(
        dataset=dataset.slug,
        dataset_title=dataset.title,
        unit=dataset.unit.name,
        resource=resource.name,
        resource_title=resource.title or resource.name,
    )
