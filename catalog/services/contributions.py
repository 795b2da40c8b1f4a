"""What changed a rate between two days: every entry and unit counted under exactly one cause.

With the counts ``n0/d0`` before and ``n1/d1`` after, a cause that moved the counts by ``dn`` and ``dd``
contributes ``(dn - n0/d0 * dd) / d1`` to the rate. The contributions are exact fractions, do not depend
on an order, and sum to ``n1/d1 - n0/d0``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from catalog.services.openness import OPEN, Class, Rate
from schemas.records import Message


class Cause(StrEnum):
    """Why an entry counts otherwise on the second day than on the first."""

    OPENED = "opened"
    NEW_OPEN = "new-open"
    NEW = "new"
    WITHDRAWN = "withdrawn"
    EXEMPTED = "exempted"
    LAPSED = "lapsed"
    CLOSED = "closed"
    BROKEN = "broken"
    MENDED = "mended"
    RETIRED = "retired"
    MOVED_IN = "moved-in"
    MOVED_OUT = "moved-out"
    REDEFINED = "redefined"
    RESIZED = "resized"


CAUSES: dict[Cause, Message] = {
    Cause.OPENED: Message("Opened in between."),
    Cause.NEW_OPEN: Message("New in the directory, and open."),
    Cause.NEW: Message("New in the directory, not open."),
    Cause.WITHDRAWN: Message("Was open; suspended or withdrawn since."),
    Cause.EXEMPTED: Message("Newly withheld by an item of the negative list."),
    Cause.LAPSED: Message("Its item of the negative list lapsed or was lifted; not open yet."),
    Cause.CLOSED: Message("Was open; closed since without an item in force."),
    Cause.BROKEN: Message("Still open, but no longer stands the checks of the verified rate."),
    Cause.MENDED: Message("Open as before, and stands the checks of the verified rate again."),
    Cause.RETIRED: Message("Left the directory."),
    Cause.MOVED_IN: Message("Taken over from another unit or theme."),
    Cause.MOVED_OUT: Message("Handed over to another unit or theme."),
    Cause.REDEFINED: Message("Entered or left the base by another decision."),
    Cause.RESIZED: Message("The number of its fields or records changed."),
}


class UnitCause(StrEnum):
    """Why a unit counts otherwise on the second day than on the first."""

    FIRST = "first-opening"
    NOTHING = "nothing-left"
    JOINED_OPEN = "joined-open"
    JOINED = "joined"
    LEFT = "left"


UNIT_CAUSES: dict[UnitCause, Message] = {
    UnitCause.FIRST: Message("Opened its first entry."),
    UnitCause.NOTHING: Message("Has nothing open any more."),
    UnitCause.JOINED_OPEN: Message("Joined the roster, with open entries."),
    UnitCause.JOINED: Message("Joined the roster with nothing open."),
    UnitCause.LEFT: Message("Left the roster."),
}


@dataclass(frozen=True, slots=True)
class Side:
    """How one entry counts on one day: class, whether it is in the base, whether it is verified."""

    klass: str
    in_base: bool
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """One cause: how many entries or units, and by how much they moved numerator and denominator."""

    cause: Cause | UnitCause
    count: int
    n: int
    d: int


@dataclass(frozen=True, slots=True)
class Change:
    """A rate on two days and everything in between."""

    before: Rate
    after: Rate
    steps: tuple[Step, ...]

    @property
    def difference(self) -> Fraction | None:
        """The change of the rate; None when it does not apply on one of the days."""
        if not self.before.d or not self.after.d:
            return None
        return Fraction(self.after.n, self.after.d) - Fraction(self.before.n, self.before.d)

    def share(self, step: Step) -> Fraction | None:
        """What one cause contributes to the change of the rate."""
        if not self.before.d or not self.after.d:
            return None
        return (step.n - Fraction(self.before.n, self.before.d) * step.d) / self.after.d


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether an entry is in the directory at all on each day, in or out of the scope asked for."""

    before: bool
    after: bool


def cause_of(before: Side | None, after: Side | None, presence: Presence) -> Cause | None:
    """The cause of a change of one entry; None when it counts as before.

    A side is None when the entry is not in the scope on that day.
    """
    if before is None:
        if after is None:
            return None
        if presence.before:
            return Cause.MOVED_IN
        return Cause.NEW_OPEN if after.klass in OPEN else Cause.NEW
    if after is None:
        return Cause.MOVED_OUT if presence.after else Cause.RETIRED
    return _within(before, after)


def _within(before: Side, after: Side) -> Cause | None:
    was, stays = before.klass in OPEN, after.klass in OPEN
    if stays and not was:
        return Cause.OPENED
    if after.klass == Class.WITHHELD and before.klass != Class.WITHHELD:
        return Cause.EXEMPTED
    if was and not stays:
        return Cause.WITHDRAWN if after.klass == Class.UNPUBLISHED else Cause.CLOSED
    if before.klass == Class.WITHHELD and after.klass != Class.WITHHELD:
        return Cause.LAPSED
    if stays and before.verified != after.verified:
        return Cause.MENDED if after.verified else Cause.BROKEN
    return Cause.REDEFINED if before.in_base != after.in_base else None


def unit_steps(before: Mapping[int, bool], after: Mapping[int, bool]) -> dict[UnitCause, list[int]]:
    """Units by cause; each mapping says of the units on the roster whether they have something open."""
    found: dict[UnitCause, list[int]] = {}
    for unit_id in sorted({*before, *after}):
        cause = _unit_cause(before.get(unit_id), after.get(unit_id))
        if cause is not None:
            found.setdefault(cause, []).append(unit_id)
    return found


def _unit_cause(was: bool | None, stays: bool | None) -> UnitCause | None:
    if was == stays:
        return None
    if was is None:
        return UnitCause.JOINED_OPEN if stays else UnitCause.JOINED
    if stays is None:
        return UnitCause.LEFT
    return UnitCause.FIRST if stays else UnitCause.NOTHING


def unit_change(before: Mapping[int, bool], after: Mapping[int, bool]) -> Change:
    """The unit rate on two days."""
    steps = [
        Step(
            cause,
            len(ids),
            sum(after.get(one, False) for one in ids) - sum(before.get(one, False) for one in ids),
            sum(one in after for one in ids) - sum(one in before for one in ids),
        )
        for cause, ids in unit_steps(before, after).items()
    ]
    return Change(
        Rate(sum(before.values()), len(before)),
        Rate(sum(after.values()), len(after)),
        in_order(steps),
    )


def in_order(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Causes in the order of their list."""
    order = {cause: place for place, cause in enumerate((*Cause, *UnitCause))}
    return tuple(sorted(steps, key=lambda step: order[step.cause]))


def points(value: Fraction | None) -> str | None:
    """A difference of shares in percentage points with its sign, cut to two decimals."""
    if value is None:
        return None
    whole, rest = divmod(abs(value.numerator) * 10_000 // value.denominator, 100)
    sign = "" if not value else "+" if value > 0 else "-"
    return f"{sign}{whole}.{rest:02d}"
