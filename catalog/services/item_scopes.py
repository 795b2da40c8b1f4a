"""What an item may close: its scope as a rule over one entry, and as conditions over all of them.

An empty part of a scope is no limit. A scope that names fields or standard elements never reaches a
whole entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from catalog.models import Dataset, Field, Unit
from schemas import elements

PARTS = ("units", "themes", "entries", "fields", "elements")
Scope = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """What of an entry a scope looks at; ``fields`` are titles by name."""

    unit: str
    theme: str
    code: str
    fields: Mapping[str, str] = field(default_factory=dict)


def place_of(dataset: Dataset) -> Place:
    """The same of an entry in hand."""
    titles = {one.name: one.title for one in dataset.fields}
    return Place(dataset.unit.code, dataset.theme, dataset.code, titles)


def by_fields(scope: Scope) -> bool:
    """Whether a scope reaches fields only."""
    return bool(scope.get("fields") or scope.get("elements"))


def covers_entry(scope: Scope, place: Place) -> bool:
    """Whether an entry is one of those that a scope speaks of, with or without a limit to fields."""
    wanted = (("units", place.unit), ("themes", place.theme), ("entries", place.code))
    return all(not scope.get(key) or value in scope[key] for key, value in wanted)


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
        found.append(Dataset.unit_id.in_(units))
    if scope.get("themes"):
        found.append(Dataset.theme.in_(scope["themes"]))
    if scope.get("entries"):
        found.append(Dataset.code.in_(scope["entries"]))
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
