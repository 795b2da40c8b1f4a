"""Openness rates for any date: counts first, fractions exact, percentages cut (domain.md, section 5).

Only facts, links, items and the roster are read, never an entry as it stands now. ``recorded_before``
asks what was known at a moment: rows recorded later are left out, rows superseded later are back.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from math import ceil
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import Unit
from catalog.services.editions import edition_on
from catalog.services.openness_counts import Cell, Class, G, by_theme_name, by_unit_id
from catalog.services.openness_entries import Entries, Entry, Narrow, entries
from catalog.services.units import on_roster
from catalog.services.values import refusal
from schemas.records import Message
from schemas.vocabularies import Basis, UnitKind

__all__ = [
    "CLASSES",
    "DEFINITION",
    "Class",
    "Entries",
    "Entry",
    "GroupRates",
    "Narrow",
    "Rate",
    "Rates",
    "by_region",
    "by_theme",
    "by_unit",
    "entries",
    "gap_to_target",
    "history",
    "meets",
    "months",
    "percent",
    "rates",
]

DEFINITION = "2026.1"
"""Version of the definitions below; any change of what is counted gives a new one."""
CLASSES = tuple(Class)
OPEN = (Class.OPEN, Class.CONDITIONAL)
VARIANTS = ("all", "certified", "departments")
"""Unit rate: all units; without units certified to hold nothing that can be opened; departments."""
LONGEST_HISTORY = 5 * 12 + 1
"""Points of one history: the month ends of five years and the last day itself."""
VERIFIED = Message(
    "Not computed: whether published files still answer and match their hash is not checked yet."
)


def percent(n: int, d: int) -> str | None:
    """The percentage with two decimals, cut and never rounded up; None for an empty denominator."""
    if d == 0:
        return None
    whole, cut = divmod(n * 10_000 // d, 100)
    return f"{whole}.{cut:02d}"


def meets(n: int, d: int, target: str | Fraction) -> bool | None:
    """Whether the exact fraction reaches the target (``90/100``); None when it does not apply."""
    return None if d == 0 else Fraction(n, d) >= Fraction(target)


def gap_to_target(n: int, d: int, target: str | Fraction) -> int:
    """How many more have to open to reach the target, the denominator staying as it is."""
    return max(0, ceil(Fraction(target) * d) - n)


@dataclass(frozen=True, slots=True)
class Rate:
    """An exact fraction; ``d`` 0 means that the rate does not apply (不适用)."""

    n: int
    d: int

    @property
    def percent(self) -> str | None:
        """The percentage as shown."""
        return percent(self.n, self.d)


@dataclass(frozen=True, slots=True)
class Rates:
    """The figures of one date. ``classes`` counts every entry in force once; ``verified`` is None
    with the reason in ``verified_note``."""

    as_of: date
    definition: str
    edition: int | None
    roster: int
    unit_rate: Mapping[str, Rate]
    data_rate: Mapping[str, Rate]
    classes: Mapping[str, int]
    verified: None = None
    verified_note: Message = VERIFIED


@dataclass(frozen=True, slots=True)
class GroupRates:
    """The figures of one unit, theme or region (``key`` is its code or name).

    ``unit_rate`` is None for a theme. A unit that holds entries but is off the roster on that date
    is shown with ``on_roster`` False; it counts in no unit rate.
    """

    key: str
    name: str
    data_rate: Mapping[str, Rate]
    classes: Mapping[str, int]
    unit_rate: Rate | None = None
    kind: str = ""
    parent: str = ""
    on_roster: bool = True


@dataclass(slots=True)
class _Tally:
    """Counts of one group while they are summed."""

    classes: Counter[str] = field(default_factory=Counter)
    bases: dict[str, list[int]] = field(default_factory=lambda: {one: [0, 0] for one in Basis})

    def add(self, cell: Cell[Any]) -> None:
        opened = cell.klass in OPEN
        self.classes[cell.klass] += cell.entries
        for basis, whole, part in (
            (Basis.ALL, cell.entries, cell.entries),
            (Basis.DUE, cell.entries if cell.due else 0, cell.entries if cell.due else 0),
            (Basis.FIELD, cell.fields_total, cell.fields_open),
            (Basis.VOLUME, cell.records, cell.records),
        ):
            self.bases[basis][0] += part if opened else 0
            self.bases[basis][1] += whole

    def data_rate(self) -> dict[str, Rate]:
        return {basis: Rate(n, d) for basis, (n, d) in self.bases.items()}

    def by_class(self) -> dict[str, int]:
        return {one: self.classes[one] for one in CLASSES}


def _open_units(found: Iterable[Cell[int]]) -> set[int]:
    return {cell.group for cell in found if cell.klass in OPEN}


def _unit_rates(roster: Iterable[Unit], opened: set[int], on: date) -> dict[str, Rate]:
    units = list(roster)
    bases: dict[str, list[Unit]] = {
        "all": units,
        "certified": [one for one in units if not _certified_empty(one, on)],
        "departments": [one for one in units if one.kind == UnitKind.DEPARTMENT],
    }
    return {
        name: Rate(sum(one.id in opened for one in base), len(base)) for name, base in bases.items()
    }


def _certified_empty(unit: Unit, on: date) -> bool:
    begun = unit.empty_from is not None and unit.empty_from <= on
    return begun and (unit.empty_to is None or on < unit.empty_to)


def rates(session: Session, *, as_of: date, recorded_before: datetime | None = None) -> Rates:
    """The platform's rates on a date, as known now or as known at a moment."""
    found = by_unit_id(session, as_of, recorded_before)
    tally = _Tally()
    for cell in found:
        tally.add(cell)
    roster = list(session.scalars(select(Unit).where(on_roster(as_of))))
    edition = edition_on(session, as_of, recorded_before)
    return Rates(
        as_of=as_of,
        definition=DEFINITION,
        edition=edition.number if edition else None,
        roster=len(roster),
        unit_rate=_unit_rates(roster, _open_units(found), as_of),
        data_rate=tally.data_rate(),
        classes=tally.by_class(),
    )


def by_unit(
    session: Session,
    as_of: date,
    recorded_before: datetime | None = None,
    *,
    with_subordinates: bool = False,
) -> list[GroupRates]:
    """Rates of every unit on the roster or holding entries, by name.

    ``with_subordinates`` adds to each unit what the units below it hold.
    """
    found = by_unit_id(session, as_of, recorded_before)
    units = {unit.id: unit for unit in session.scalars(select(Unit))}
    above = _ancestors(units) if with_subordinates else {}
    roster = set(session.scalars(select(Unit.id).where(on_roster(as_of))))
    tallies: dict[int, _Tally] = {unit_id: _Tally() for unit_id in roster}
    for cell in found:
        for unit_id in (cell.group, *above.get(cell.group, ())):
            tallies.setdefault(unit_id, _Tally()).add(cell)
    shown = [
        GroupRates(
            key=units[unit_id].code,
            name=units[unit_id].name,
            data_rate=tally.data_rate(),
            classes=tally.by_class(),
            unit_rate=_own_unit_rate(tally, on_roster=unit_id in roster),
            kind=units[unit_id].kind,
            parent=_code(units, units[unit_id].parent_id),
            on_roster=unit_id in roster,
        )
        for unit_id, tally in tallies.items()
    ]
    return sorted(shown, key=lambda one: (one.name, one.key))


def _own_unit_rate(tally: _Tally, *, on_roster: bool) -> Rate:
    """One unit in the unit rate: it counts, and may have opened something, only on the roster."""
    opened = any(tally.classes[one] for one in OPEN)
    return Rate(int(on_roster and opened), int(on_roster))


def _code(units: Mapping[int, Unit], unit_id: int | None) -> str:
    return units[unit_id].code if unit_id is not None else ""


def _ancestors(units: Mapping[int, Unit]) -> dict[int, list[int]]:
    """The units above each unit; a circle in the data ends the walk."""
    above: dict[int, list[int]] = {}
    for unit_id, unit in units.items():
        chain: list[int] = []
        parent = unit.parent_id
        while parent is not None and parent not in (*chain, unit_id):
            chain.append(parent)
            parent = units[parent].parent_id
        above[unit_id] = chain
    return above


def by_theme(
    session: Session, as_of: date, recorded_before: datetime | None = None
) -> list[GroupRates]:
    """Rates of every theme (数据领域) that has entries; an empty key means no theme given."""
    return _grouped(by_theme_name(session, as_of, recorded_before), str)


def by_region(
    session: Session, as_of: date, recorded_before: datetime | None = None
) -> list[GroupRates]:
    """Rates of every region (GB/T 2260) that has entries; an empty key means no region given."""
    regions = dict(session.execute(select(Unit.id, Unit.region)).all())
    return _grouped(by_unit_id(session, as_of, recorded_before), regions.__getitem__)


def _grouped(found: Iterable[Cell[G]], name: Callable[[G], str]) -> list[GroupRates]:
    tallies: dict[str, _Tally] = {}
    for cell in found:
        tallies.setdefault(name(cell.group), _Tally()).add(cell)
    return [
        GroupRates(key, key, tally.data_rate(), tally.by_class())
        for key, tally in sorted(tallies.items())
    ]


def months(start: date, end: date) -> list[date]:
    """The last day of each month from start to before end, and end itself."""
    days: list[date] = []
    year, month = start.year, start.month
    while (day := _month_end(year, month)) < end:
        days.append(day)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return [*days, end]


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def history(
    session: Session, start: date, end: date, *, basis: Basis = Basis.ALL
) -> list[tuple[date, Rate, Rate]]:
    """Unit rate (all units) and data rate at the end of each month from start to end.

    Every point counts the whole directory, so a question covers at most five years.
    """
    points = (end.year - start.year) * 12 + end.month - start.month + 1
    if start > end or points > LONGEST_HISTORY:
        raise refusal({"from": [Message("must be before the end, and by at most 5 years")]})
    series = []
    for day in months(start, end):
        found = by_unit_id(session, day)
        roster = set(session.scalars(select(Unit.id).where(on_roster(day))))
        tally = _Tally()
        for cell in found:
            tally.add(cell)
        units = Rate(len(_open_units(found) & roster), len(roster))
        series.append((day, units, tally.data_rate()[basis]))
    return series
