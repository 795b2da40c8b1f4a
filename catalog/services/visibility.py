"""Who may know of which entry: the one condition that every door asks with."""

from typing import Any

from sqlalchemy import and_, or_, true
from sqlalchemy.sql import ColumnElement

from catalog.auth import Identity
from catalog.models import Dataset
from schemas.vocabularies import PUBLIC_STATES, Role

_ALL = (Role.ADMINISTRATOR, Role.AUDITOR)
_OWN = (Role.EDITOR, Role.REVIEWER)


def public() -> ColumnElement[bool]:
    """Entries that everybody may know of: published once, and not back in the making."""
    return and_(Dataset.published_at.is_not(None), Dataset.state.in_(PUBLIC_STATES))


def sees_all(actor: Identity) -> bool:
    """Whether the actor may know of every unit's unpublished entries.

    An editor or reviewer for the whole platform may: every unit is one of theirs.
    """
    return actor.system or actor.holds(*_ALL) or actor.units(*_OWN) is None


def own_units(actor: Identity) -> frozenset[int]:
    """Units whose unpublished entries the actor may know of; ask ``sees_all`` first."""
    return actor.units(*_OWN) or frozenset()


def visible(actor: Identity) -> ColumnElement[bool]:
    """Entries the actor may know of: public ones, and unpublished ones of the own units."""
    if sees_all(actor):
        return true()
    units = own_units(actor)
    return or_(public(), Dataset.unit_id.in_(units)) if units else public()


def is_public(dataset: Any) -> bool:
    """Whether everybody may know of an entry in hand."""
    return dataset.published_at is not None and dataset.state in PUBLIC_STATES


def knows(actor: Identity, dataset: Any) -> bool:
    """Whether the actor may know of an entry in hand."""
    if is_public(dataset):
        return True
    return sees_all(actor) or dataset.unit_id in own_units(actor)
