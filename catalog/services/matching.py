"""Which items fit which entries: closures proposed to people, and what no longer fits.

Nothing here changes anything: a proposal says which item, which entry or field, and why.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from catalog.auth import Identity
from catalog.models import Dataset, Examination, ExemptionItem, Resource, Version
from catalog.services import (
    editions,
    exemptions,
    item_scopes,
    reaching,
    row_sets,
)
from catalog.services.item_scopes import Place
from catalog.services.visibility import visible
from schemas import elements
from schemas.vocabularies import DatasetState, Openness

SHOWN = 500
"""Lines of a list of mismatches; the total counts all."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that items are looked up for: header, title, and what detectors found in it."""

    name: str
    title: str = ""
    detectors: frozenset[str] = frozenset()
    openness: str = Openness.UNASSESSED.value


@dataclass(frozen=True, slots=True)
class Proposal:
    """An item that fits an entry (``field`` empty) or one of its columns.

    ``by``: ``scope`` (units, themes, entries), ``name``, ``element`` or ``finding``; ``evidence`` is
    the name, element or detector. A finding says what the data holds, whatever the scope names.
    """

    number: str
    name: str
    ground: str
    field: str
    by: str
    evidence: str


def for_entry(session: Session, dataset: Dataset, on: date) -> list[Proposal]:
    """Closures to propose for an entry in hand: what is open or not assessed and an item fits."""
    detectors = _found_in(session, dataset.id)
    columns = [
        Column(one.name, one.title, frozenset(detectors.get(one.name, ())), str(one.openness))
        for one in dataset.fields
    ]
    former = item_scopes.former_units(session, [dataset.id]).get(dataset.id, frozenset())
    place = replace(item_scopes.place_of(dataset), former=former)
    whole = dataset.openness != Openness.WITHHELD
    found = _proposals(editions.in_force(session, on), place, columns, whole=whole)
    opened = exemptions.excepted(session, [dataset.id]).get(dataset.id, set())
    return [one for one in found if not opened & {(one.field, one.number), ("", one.number)}]


def for_schema(
    session: Session, place: Place, columns: Iterable[Mapping[str, Any]], on: date
) -> list[Proposal]:
    """Closures to propose for a Table Schema that no entry holds yet."""
    held = [Column(str(one.get("name", "")), str(one.get("title") or "")) for one in columns]
    return _proposals(editions.in_force(session, on), place, held, whole=True)


def _found_in(session: Session, dataset_id: int) -> dict[str, set[str]]:
    """What detectors found in the newest examined delivery of each table, by column."""
    rows = session.scalars(
        select(Examination)
        .join(Version, Version.examination_id == Examination.id)
        .join(Resource, Resource.id == Version.resource_id)
        .where(Resource.dataset_id == dataset_id)
        .order_by(Version.resource_id, Version.number)
    )
    newest: dict[str, Examination] = {}
    for one in rows:
        newest[session.get_one(Version, one.version_id).resource_id] = one
    found: dict[str, set[str]] = {}
    for one in newest.values():
        for finding in one.findings:
            found.setdefault(finding["field"], set()).add(finding["detector"])
    return found


def _proposals(
    items: Sequence[ExemptionItem], place: Place, columns: Sequence[Column], *, whole: bool
) -> list[Proposal]:
    found: list[Proposal] = []
    for item in items:
        if not item_scopes.covers_entry(item.scope, place):
            continue
        if not item_scopes.by_fields(item.scope) and item.scope and whole:
            found.append(_proposal(item, "", "scope", ""))
        for column in columns:
            if column.openness == Openness.WITHHELD:
                continue
            by, evidence = _fit(item, column)
            if by:
                found.append(_proposal(item, column.name, by, evidence))
    return found


def _proposal(item: ExemptionItem, field: str, by: str, evidence: str) -> Proposal:
    return Proposal(item.number, item.name, item.ground, field, by, evidence)


def _fit(item: ExemptionItem, column: Column) -> tuple[str, str]:
    """Why an item fits a column: its scope names it, or an element of it, or a finding is of its kind."""
    scope = item.scope
    if column.name in (scope.get("fields") or ()):
        return "name", column.name
    named = scope.get("elements") or ()
    for one in named:
        if elements.matches(one, column.name, column.title):
            return "element", one
    seen = elements.of_detectors(column.detectors)
    for one in sorted(seen):
        fits = (
            one in named
            if item_scopes.by_fields(scope)
            else elements.ELEMENTS[one].ground == item.ground
        )
        if fits:
            return "finding", one
    if item_scopes.by_fields(scope):
        return "", ""
    for one in sorted(elements.of_column(column.name, column.title)):
        if elements.ELEMENTS[one].ground == item.ground:
            return "element", one
    return "", ""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An entry (``field`` empty) or field whose disposition and the list disagree."""

    slug: str
    title: str
    unit: str
    field: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mismatches:
    """Lines the actor may know of, at most ``SHOWN``, and how many there are of them."""

    lines: tuple[Mismatch, ...]
    total: int


def closed_without_cover(session: Session, actor: Identity, on: date) -> Mismatches:
    """Closed entries and fields whose item no longer covers them, or is not in force on a day."""
    found = exemptions.losses(session, exemptions.scopes_in_force(session, on)).found
    return _lines(session, actor, [(one.dataset_id, one.field, sorted(one.lost)) for one in found])


def open_but_covered(session: Session, actor: Identity, on: date) -> Mismatches:
    """Published open entries and fields that an item in force with a limited scope covers."""
    pairs: dict[tuple[int, str], list[str]] = {}
    for number, scope in sorted(exemptions.scopes_in_force(session, on).items()):
        for one in reaching.reached(session, number, scope):
            pairs.setdefault((one.dataset_id, one.field), []).append(number)
    return _lines(session, actor, [(key, name, items) for (key, name), items in pairs.items()])


def _lines(
    session: Session, actor: Identity, rows: Sequence[tuple[int, str, Sequence[str]]]
) -> Mismatches:
    known: dict[int, Dataset] = {}
    for some in row_sets.batches(sorted({key for key, _, _ in rows})):
        query = (
            select(Dataset)
            .where(Dataset.id.in_(some), visible(actor), Dataset.state != DatasetState.RETIRED)
            .options(selectinload(Dataset.unit))
        )
        known |= {one.id: one for one in session.scalars(query)}
    lines = [
        Mismatch(known[key].slug, known[key].title, known[key].unit.name, name, tuple(items))
        for key, name, items in rows
        if key in known
    ]
    return Mismatches(tuple(lines[:SHOWN]), len(lines))
