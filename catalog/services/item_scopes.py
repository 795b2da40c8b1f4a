"""What an item may close: its scope as a rule over one entry, and as conditions over all of them.

An empty part of a scope is no limit. A scope that names fields or standard elements never reaches a
whole entry. A scope that names a unit goes on to reach what that unit held when it was merged into
another, and nothing else of the other (``docs/decisions/0005``).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from catalog.db import among
from catalog.models import Dataset, DatasetFact, Field, Unit
from schemas import elements

PARTS = ("units", "themes", "entries", "fields", "elements")
Scope = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """What of an entry a scope looks at; ``fields`` are titles by name, ``former`` the codes of merged
    units from which the entry came."""

    unit: str
    theme: str
    code: str
    fields: Mapping[str, str] = field(default_factory=dict)
    former: frozenset[str] = frozenset()


def place_of(dataset: Dataset) -> Place:
    """The same of an entry in hand."""
    titles = {one.name: one.title for one in dataset.fields}
    return Place(dataset.unit.code, dataset.theme, dataset.code, titles)


def by_fields(scope: Scope) -> bool:
    """Whether a scope reaches fields only."""
    return bool(scope.get("fields") or scope.get("elements"))


def covers_entry(scope: Scope, place: Place) -> bool:
    """Whether an entry is one of those that a scope speaks of, with or without a limit to fields."""
    held = {"units": {place.unit, *place.former}, "themes": {place.theme}, "entries": {place.code}}
    return all(not scope.get(key) or held[key] & set(scope[key]) for key in held)


def covers(scope: Scope, place: Place, field_name: str = "") -> bool:
    """Whether a scope reaches an entry, or one field of it."""
    if not covers_entry(scope, place):
        return False
    if not by_fields(scope):
        return True
    if not field_name:
        return False
    label = place.fields.get(field_name, "")
    return field_name in (scope.get("fields") or ()) or any(
        elements.matches(one, field_name, label) for one in scope.get("elements") or ()
    )


def entries_within(scope: Scope) -> list[ColumnElement[bool]]:
    """Conditions on ``Dataset`` that say the same as ``covers_entry``."""
    found: list[ColumnElement[bool]] = []
    if scope.get("units"):
        units = select(Unit.id).where(Unit.code.in_(scope["units"]))
        found.append(or_(Dataset.unit_id.in_(units), _came_from(scope["units"])))
    if scope.get("themes"):
        found.append(Dataset.theme.in_(scope["themes"]))
    if scope.get("entries"):
        found.append(Dataset.code.in_(scope["entries"]))
    return found


_TAKERS = select(Unit.successor_id).where(Unit.successor_id.is_not(None))


def _came_from(codes: Collection[str]) -> ColumnElement[bool]:
    """Entries of a unit that took over from others, which one of these held before."""
    before = aliased(Unit)
    held = exists(
        select(DatasetFact.id)
        .join(before, before.id == DatasetFact.unit_id)
        .where(DatasetFact.dataset_id == Dataset.id, before.code.in_(codes))
        .correlate(Dataset)
    )
    return and_(Dataset.unit_id.in_(_TAKERS), held)


def former_units(
    session: Session, ids: Collection[int], codes: Collection[str] | None = None
) -> dict[int, frozenset[str]]:
    """The codes of units that held entries before those that hold them now; of all units, or of those
    with some ``codes``."""
    query = (
        select(DatasetFact.dataset_id, Unit.code)
        .join(Unit, Unit.id == DatasetFact.unit_id)
        .join(Dataset, Dataset.id == DatasetFact.dataset_id)
        .where(
            among(DatasetFact.dataset_id, ids),
            DatasetFact.unit_id != Dataset.unit_id,
            Dataset.unit_id.in_(_TAKERS),
        )
        .distinct()
    )
    if codes is not None:
        query = query.where(Unit.code.in_(codes))
    found: dict[int, frozenset[str]] = {}
    for dataset_id, code in session.execute(query):
        found[dataset_id] = found.get(dataset_id, frozenset()) | {code}
    return found


def fields_within(scope: Scope) -> ColumnElement[bool]:
    """Condition on ``Field``: named by the scope, or under a header of one of its elements."""
    headers = [name for one in scope.get("elements") or () for name in elements.names(one)]
    named = [*(scope.get("fields") or ()), *headers]
    return or_(Field.name.in_(named), Field.title.in_(headers))


def public(scope: Scope) -> dict[str, Any]:
    """A scope as everybody may read it: entries may not be public, so they are counted only."""
    shown = {key: value for key, value in scope.items() if key != "entries"}
    if scope.get("entries"):
        shown["entries_named"] = len(scope["entries"])
    return shown
