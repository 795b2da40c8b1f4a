"""The actor of a rule: a value, taken once per request, never a database row."""

from dataclasses import dataclass

from schemas.vocabularies import Role


@dataclass(frozen=True, slots=True)
class Grant:
    """A role, for one unit or (``unit_id`` None) for the whole platform."""

    role: Role
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who acts. ``writes`` is False for a token without the write scope."""

    user_id: int | None
    name: str
    grants: tuple[Grant, ...] = ()
    writes: bool = True
    system: bool = False

    @property
    def anonymous(self) -> bool:
        """Nobody signed in."""
        return self.user_id is None and not self.system

    def has(self, role: Role, unit_id: int | None = None) -> bool:
        """Hold a role for the whole platform, or for this unit."""
        return any(
            grant.role is role and (grant.unit_id is None or grant.unit_id == unit_id)
            for grant in self.grants
        )

    def holds(self, *roles: Role) -> bool:
        """Hold any of the roles, for whatever unit."""
        return any(grant.role in roles for grant in self.grants)

    def units(self, *roles: Role) -> frozenset[int] | None:
        """The units for which any of the roles is held; None means every unit."""
        held = [grant.unit_id for grant in self.grants if grant.role in roles]
        if None in held:
            return None
        return frozenset(unit_id for unit_id in held if unit_id is not None)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a permission is asked for, when there is no row for it yet."""

    unit_id: int | None = None
    by: int | None = None


ANONYMOUS = Identity(None, "", writes=False)
SYSTEM = Identity(None, "system", system=True)
