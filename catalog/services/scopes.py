"""What a plan, a trend or a target is about: the city, a unit with all below it, a theme, a region."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, select, true
from sqlalchemy.orm import Session

from catalog.auth import Identity
from catalog.models import Unit
from catalog.services import units
from catalog.services.visibility import own_units, sees_all
from schemas.vocabularies import TargetScope


@dataclass(frozen=True, slots=True)
class Scope:
    """Which part of the directory: ``units`` None means every unit, ``theme`` empty every theme.

    ``above`` are the codes of the units over a unit, nearest first.
    """

    kind: str = TargetScope.CITY
    key: str = ""
    name: str = ""
    units: frozenset[int] | None = None
    theme: str = ""
    above: tuple[str, ...] = ()

    @property
    def has_unit_rate(self) -> bool:
        """A theme has entries but no units of its own."""
        return self.kind != TargetScope.THEME

    def of_entries(self, row: Any) -> ColumnElement[bool]:
        """The condition on rows with ``unit_id`` and ``theme``."""
        conditions: list[ColumnElement[bool]] = []
        if self.units is not None:
            conditions.append(row.unit_id.in_(self.units))
        if self.kind == TargetScope.THEME:
            conditions.append(row.theme == self.theme)
        return and_(*conditions) if conditions else true()

    def holds_unit(self, unit_id: int) -> bool:
        """Whether a unit is in it."""
        return self.units is None or unit_id in self.units


CITY = Scope()


def find(session: Session, kind: str = TargetScope.CITY, key: str = "") -> Scope:
    """The scope of this name. Raises ``NotFound`` for a unit that there is not."""
    if kind == TargetScope.UNIT:
        unit = units.get(session, key)
        parents = dict(session.execute(select(Unit.id, Unit.parent_id)).all())
        return Scope(kind, key, unit.name, units.below(parents, unit.id), above=_above(unit))
    if kind == TargetScope.REGION:
        held = frozenset(session.scalars(select(Unit.id).where(Unit.region == key)))
        return Scope(kind, key, key, held)
    if kind == TargetScope.THEME:
        return Scope(kind, key, key, theme=key)
    return CITY


def _above(unit: Unit) -> tuple[str, ...]:
    """Codes of the units over a unit, nearest first; a circle in the data ends the walk."""
    found: list[str] = []
    parent = unit.parent
    while parent is not None and parent.code not in found:
        found.append(parent.code)
        parent = parent.parent
    return tuple(found)


def sees(actor: Identity, scope: Scope) -> bool:
    """Whether the actor may know of every entry of a scope, published or not."""
    return sees_all(actor) or (scope.units is not None and scope.units <= own_units(actor))
