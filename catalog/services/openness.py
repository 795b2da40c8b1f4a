"""Openness rates for any date: counts first, fractions exact, percentages cut (domain.md, section 5).

What is known now comes from the ledger, what was known at a moment (``recorded_before``) from the
facts: rows recorded later are left out, rows superseded later are back. Never is an entry read as it
stands.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import NamedTuple

from sqlalchemy.orm import Session

from catalog.services import openness_counts, openness_ledger, openness_trends, rosters
from catalog.services import regions as region_names
from catalog.services.editions import edition_on
from catalog.services.openness_counts import by_theme_name, by_unit_id
from catalog.services.openness_definitions import CURRENT, DEFINITIONS
from catalog.services.openness_entries import Entries, Entry, Narrow, entries
from catalog.services.openness_measures import (
    CLASSES,
    NONE,
    OPEN,
    Class,
    Counts,
    Rate,
    gap_to_target,
    meets,
    percent,
    plus,
    total,
)
from catalog.services.openness_parts import WHOLE, Within, members
from catalog.services.openness_trends import LONGEST_HISTORY, Point, months, trend
from catalog.services.rosters import Listed
from schemas.records import Message
from schemas.vocabularies import Basis, UnitKind

__all__ = [
    "CLASSES",
    "DEFINITION",
    "DEFINITIONS",
    "LONGEST_HISTORY",
    "OPEN",
    "VARIANTS",
    "VERIFIED",
    "WHOLE",
    "Class",
    "Counts",
    "Entries",
    "Entry",
    "GroupRates",
    "Narrow",
    "Point",
    "Rate",
    "Rates",
    "Within",
    "by_region",
    "by_theme",
    "by_unit",
    "by_unit_and_theme",
    "entries",
    "gap_to_target",
    "grouped",
    "history",
    "meets",
    "members",
    "months",
    "of_unit",
    "percent",
    "rates",
    "trend",
]

DEFINITION = CURRENT
"""Version of the definitions by which everything here counts (``DEFINITIONS``)."""
VARIANTS = ("all", "certified", "departments")
"""Unit rate: all units; without units certified to hold nothing that can be opened; departments."""
VERIFIED = Message(
    "Verified: files valid and answering, links checked within 7 days, machine-readable, with terms of "
    "use, and not late."
)


@dataclass(frozen=True, slots=True)
class Rates:
    """The figures of one date, as declared and as verified; ``counts`` is what they are made of."""

    as_of: date
    definition: str
    edition: int | None
    roster: int
    unit_rate: Mapping[str, Rate]
    verified_unit_rate: Mapping[str, Rate]
    counts: Counts
    verified_note: Message = VERIFIED

    @property
    def data_rate(self) -> dict[str, Rate]:
        """The data rate on every base, as declared."""
        return self.counts.data_rate()

    @property
    def verified_data_rate(self) -> dict[str, Rate]:
        """The data rate on every base, of what stood the checks."""
        return self.counts.verified_rate()

    @property
    def classes(self) -> dict[str, int]:
        """Every entry in force, counted once."""
        return self.counts.by_class()


class GroupRates(NamedTuple):
    """The figures of one unit, theme or region (``key`` is its code or name).

    ``unit_rate`` is None for a theme. A unit that holds entries but is off the roster on that date
    is shown with ``on_roster`` False; it counts in no unit rate.
    """

    key: str
    name: str
    counts: Counts
    unit_rate: Rate | None = None
    verified_unit_rate: Rate | None = None
    kind: str = ""
    parent: str = ""
    region: str = ""
    on_roster: bool = True

    @property
    def data_rate(self) -> dict[str, Rate]:
        """The data rate on every base, as declared."""
        return self.counts.data_rate()

    @property
    def verified_rate(self) -> dict[str, Rate]:
        """The data rate on every base, of what stood the checks."""
        return self.counts.verified_rate()

    @property
    def classes(self) -> dict[str, int]:
        """Entries of each class."""
        return self.counts.by_class()


def _unit_rates(roster: Iterable[Listed], opened: Callable[[int], int]) -> dict[str, Rate]:
    units = list(roster)
    bases = {
        "all": units,
        "certified": [one for one in units if not one.certified_empty],
        "departments": [one for one in units if one.kind == UnitKind.DEPARTMENT],
    }
    return {
        name: Rate(sum(opened(one.id) > 0 for one in base), len(base))
        for name, base in bases.items()
    }


def rates(
    session: Session,
    *,
    as_of: date,
    recorded_before: datetime | None = None,
    within: Within = WHOLE,
) -> Rates:
    """The platform's rates on a date, or those of a part of it, as known now or as known at a moment."""
    found = by_unit_id(session, as_of, recorded_before)
    units = rosters.listed(session, as_of, recorded_before)
    if within != WHOLE:
        units = members(units, within)
        found = {key: counts for key, counts in found.items() if key in units}
    roster = [one for one in units.values() if one.on_roster]
    edition = edition_on(session, as_of, recorded_before)
    return Rates(
        as_of=as_of,
        definition=DEFINITION,
        edition=edition.number if edition else None,
        roster=len(roster),
        unit_rate=_unit_rates(roster, lambda unit: found.get(unit, NONE).opened),
        verified_unit_rate=_unit_rates(roster, lambda unit: found.get(unit, NONE).verified),
        counts=total(found.values()),
    )


def by_unit(
    session: Session,
    as_of: date,
    recorded_before: datetime | None = None,
    *,
    with_subordinates: bool = False,
) -> list[GroupRates]:
    """Rates of every unit on the roster or holding entries, by name.

    ``with_subordinates`` adds to each unit what the units below it (on that day) hold.
    """
    found = by_unit_id(session, as_of, recorded_before)
    units = rosters.listed(session, as_of, recorded_before)
    if with_subordinates:
        found = _summed_up(units, found)
    shown = [
        _group(units, unit, found.get(unit.id, NONE))
        for unit in units.values()
        if unit.on_roster or found.get(unit.id, NONE) != NONE
    ]
    shown.sort(key=lambda one: (one.name, one.key))
    return shown


def of_unit(
    session: Session,
    code: str,
    as_of: date,
    recorded_before: datetime | None = None,
    *,
    with_subordinates: bool = False,
) -> GroupRates | None:
    """Rates of one unit, as ``by_unit`` gives them; None for a code that no unit has."""
    unit = next(iter(rosters.listed(session, as_of, recorded_before, code).values()), None)
    if unit is None:
        return None
    plain = recorded_before is None and not with_subordinates
    if plain and openness_ledger.readable(session):
        counts = openness_ledger.by_unit_id(session, as_of, unit.id).get(unit.id, NONE)
        return _grouped(unit, counts, rosters.code_of(session, unit.parent_id))
    every = by_unit(session, as_of, recorded_before, with_subordinates=with_subordinates)
    parent = rosters.code_of(session, unit.parent_id)
    return next((one for one in every if one.key == code), _grouped(unit, NONE, parent))


def _group(units: Mapping[int, Listed], unit: Listed, counts: Counts) -> GroupRates:
    above = units.get(unit.parent_id) if unit.parent_id is not None else None
    return _grouped(unit, counts, above.code if above else "")


def _grouped(unit: Listed, counts: Counts, parent: str) -> GroupRates:
    """One unit in the unit rate: it counts, and may have opened something, only on the roster."""
    on = unit.on_roster
    return GroupRates(
        unit.code, unit.name, counts,
        _SHARES[on, on and counts.opened > 0],
        _SHARES[on, on and counts.verified > 0],
        unit.kind, parent, unit.region, on,
    )  # fmt: skip


_SHARES = {(on, has): Rate(int(has), int(on)) for on in (False, True) for has in (False, True)}
"""What a unit is in the unit rate: on the roster or not, with something open or without."""


def _summed_up(units: Mapping[int, Listed], found: Mapping[int, Counts]) -> dict[int, Counts]:
    """The counts of each unit with those of all units below it; a circle in the data ends the walk."""
    summed = dict(found)
    for unit_id, counts in found.items():
        seen = {unit_id}
        parent = units[unit_id].parent_id
        while parent is not None and parent not in seen and parent in units:
            summed[parent] = plus(summed.get(parent, NONE), counts)
            seen.add(parent)
            parent = units[parent].parent_id
    return summed


def by_theme(
    session: Session, as_of: date, recorded_before: datetime | None = None
) -> list[GroupRates]:
    """Rates of every theme (数据领域) that has entries; an empty key means no theme given."""
    found = by_theme_name(session, as_of, recorded_before)
    return [GroupRates(theme, theme, counts) for theme, counts in sorted(found.items())]


def by_region(
    session: Session, as_of: date, recorded_before: datetime | None = None
) -> list[GroupRates]:
    """Rates of every region (GB/T 2260) that has units on the roster or entries, by the region a unit
    belonged to on that day; an empty key means no region given."""
    units = rosters.listed(session, as_of, recorded_before)
    counted = by_unit_id(session, as_of, recorded_before)
    return _in_regions(units.values(), counted, region_names.names(session))


def _in_regions(
    units: Iterable[Listed], found: Mapping[int, Counts], names: Mapping[str, str]
) -> list[GroupRates]:
    """The rates of these units together, region by region."""
    regions: dict[str, list[Listed]] = {}
    for unit in units:
        if unit.on_roster or found.get(unit.id, NONE) != NONE:
            regions.setdefault(unit.region, []).append(unit)
    return [
        GroupRates(
            region, names.get(region, region), total(found.get(one.id, NONE) for one in members),
            _unit_rates(roster, lambda unit: found.get(unit, NONE).opened)["all"],
            _unit_rates(roster, lambda unit: found.get(unit, NONE).verified)["all"],
        )
        for region, members in sorted(regions.items())
        for roster in [[one for one in members if one.on_roster]]
    ]  # fmt: skip


def by_unit_and_theme(
    session: Session,
    as_of: date,
    recorded_before: datetime | None = None,
    codes: Collection[str] | None = None,
) -> dict[tuple[str, str], Counts]:
    """Counts by unit code (all units, or some) and theme, for the map of both."""
    named = {
        unit.id: unit.code
        for unit in rosters.listed(session, as_of, recorded_before).values()
        if codes is None or unit.code in codes
    }
    some = None if codes is None else named.keys()
    found = openness_counts.by_unit_and_theme(session, as_of, recorded_before, some)
    return {(named[unit], theme): counts for (unit, theme), counts in found.items()}


def grouped(
    session: Session,
    by: str,
    as_of: date,
    recorded_before: datetime | None = None,
    within: Within = WHOLE,
) -> list[GroupRates]:
    """The units (``subtree``: with everything below them), themes or regions of a part of the city."""
    if within == WHOLE:
        return GROUPS[by](session, as_of, recorded_before)
    held = members(rosters.listed(session, as_of, recorded_before), within).values()
    if by == "region":
        counted = by_unit_id(session, as_of, recorded_before)
        return _in_regions(held, counted, region_names.names(session))
    codes = {one.code for one in held}
    if by != "theme":
        found = GROUPS[by](session, as_of, recorded_before)
        return [one for one in found if one.key in codes]
    cells = by_unit_and_theme(session, as_of, recorded_before, codes)
    themes: dict[str, list[Counts]] = {}
    for (_code, theme), counts in cells.items():
        themes.setdefault(theme, []).append(counts)
    return [GroupRates(name, name, total(some)) for name, some in sorted(themes.items())]


GROUPS: dict[str, Callable[..., list[GroupRates]]] = {
    "unit": by_unit,
    "subtree": partial(by_unit, with_subordinates=True),
    "theme": by_theme,
    "region": by_region,
}
"""What rates are shown by."""


def history(
    session: Session, start: date, end: date, *, basis: Basis = Basis.ALL
) -> list[tuple[date, Rate, Rate]]:
    """Unit rate (all units) and data rate at the end of each month from start to end, at most five
    years; ``trend`` gives the same points with everything they are made of."""
    return [
        (point.day, point.unit_rate, point.counts.data_rate()[basis])
        for point in openness_trends.trend(session, start, end)
    ]
