"""Rates at the end of each month: of the platform, of a part of it, or of one unit."""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from catalog.services import openness_cells, openness_ledger, rosters
from catalog.services.openness_counts import by_unit_id
from catalog.services.openness_measures import NONE, Counts, Rate, total
from catalog.services.openness_parts import WHOLE, Within, members, members_on
from catalog.services.rosters import Listed
from catalog.services.values import refusal
from schemas.records import Message

LONGEST_HISTORY = 5 * 12 + 1
"""Points of one history: the month ends of five years and the last day itself."""
LONGEST_THEN = 12 + 1
"""Points as known at a moment: each is counted from all facts, not read from the ledger."""


class Point(NamedTuple):
    """The end of a day: the counts, and the unit rate of all units, declared and verified."""

    day: date
    counts: Counts
    unit_rate: Rate
    verified_unit_rate: Rate


def months(start: date, end: date) -> list[date]:
    """The last day of each month from start to before end, and end itself."""
    days: list[date] = []
    year, month = start.year, start.month
    while (day := date(year, month, monthrange(year, month)[1])) < end:
        days.append(day)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return [*days, end]


def trend(
    session: Session,
    start: date,
    end: date,
    unit: str = "",
    *,
    within: Within = WHOLE,
    recorded_before: datetime | None = None,
) -> list[Point]:
    """The points from start to end, of the platform, of a part of it, or of the unit with a code.

    Refused when it is longer than five years (one year where it is as known at a moment), or of one unit
    and a part at once. A unit's own unit rate is 1/1 or 0/1 while it is on the roster, 0/0 while it is
    not. A part has on each day the units that belonged to it on that day.
    """
    points = (end.year - start.year) * 12 + end.month - start.month + 1
    if start > end or points > LONGEST_HISTORY:
        raise refusal({"from": [Message("must be before the end, and by at most 5 years")]})
    if recorded_before is not None and points > LONGEST_THEN:
        text = Message(
            "must be at most one year before the end where a moment's knowledge is asked"
        )
        raise refusal({"from": [text]})
    if unit and within != WHOLE:
        text = Message("is one unit by itself: leave it out beside a region or a sub-tree")
        raise refusal({"unit": [text]})
    days = months(start, end)
    if recorded_before is not None or not openness_ledger.readable(session):
        return [_from_facts(session, day, unit, within, recorded_before) for day in days]
    if unit:
        return _of_unit(session, days, unit)
    if within != WHOLE:
        return _of_part(session, days, within)
    return _of_all(session, days)


def _from_facts(
    session: Session, day: date, unit: str, within: Within, recorded_before: datetime | None
) -> Point:
    found = by_unit_id(session, day, recorded_before)
    listed = members(rosters.listed(session, day, recorded_before, unit), within)
    roster = [one for one in listed.values() if one.on_roster]
    return Point(
        day,
        total(counts for unit_id, counts in found.items() if unit_id in listed),
        _share(roster, {unit_id for unit_id, counts in found.items() if counts.opened}),
        _share(roster, {unit_id for unit_id, counts in found.items() if counts.verified}),
    )


def _share(roster: Iterable[Listed], opened: Iterable[int]) -> Rate:
    ids = {one.id for one in roster}
    return Rate(len(ids & set(opened)), len(ids))


def _following(day: date) -> date:
    """The first of the month after a month end; what was counted before it is the count of that end."""
    return day + timedelta(days=1)


def _of_unit(session: Session, days: list[date], code: str) -> list[Point]:
    times = rosters.times(session, code)
    if not times:
        return [Point(day, NONE, Rate(0, 0), Rate(0, 0)) for day in days]
    (unit_id, spans), *_ = times.items()
    held = openness_ledger.openings(session, openness_cells.UNIT, days[0], days[-1], unit_id)
    ends = _at_ends(held.get(unit_id, {}), days[:-1])
    ends.append(openness_ledger.by_unit_id(session, days[-1], unit_id).get(unit_id, NONE))
    return [
        Point(
            day, counts,
            Rate(int(on and counts.opened > 0), int(on)),
            Rate(int(on and counts.verified > 0), int(on)),
        )
        for day, counts in zip(days, ends, strict=True)
        for on in [rosters.within(spans, day)]
    ]  # fmt: skip


def _of_part(session: Session, days: list[date], within: Within) -> list[Point]:
    held = openness_ledger.openings(session, openness_cells.UNIT, days[0], days[-1])
    last = openness_ledger.by_unit_id(session, days[-1])
    inside = members_on(session, days, within)
    ends = {
        unit: [*_at_ends(held.get(unit, {}), days[:-1]), last.get(unit, NONE)]
        for unit in set().union(*inside)
    }
    points = []
    for at, (day, units) in enumerate(zip(days, inside, strict=True)):
        roster = [one.id for one in units.values() if one.on_roster]
        points.append(
            Point(
                day, total(ends[unit][at] for unit in units),
                Rate(sum(ends[unit][at].opened > 0 for unit in roster), len(roster)),
                Rate(sum(ends[unit][at].verified > 0 for unit in roster), len(roster)),
            )
        )  # fmt: skip
    return points


def _at_ends(openings: Mapping[date, Counts], days: Iterable[date]) -> list[Counts]:
    """The counts at month ends; a month without a row is as the one before."""
    rows = sorted(openings.items())
    found, at, standing = [], 0, NONE
    for day in days:
        while at < len(rows) and rows[at][0] <= _following(day):
            standing = rows[at][1]
            at += 1
        found.append(standing)
    return found


def _of_all(session: Session, days: list[date]) -> list[Point]:
    themes = openness_ledger.openings(session, openness_cells.THEME, days[0], days[-1])
    sums = [_at_ends(rows, days[:-1]) for rows in themes.values()]
    whole = [total(parts) for parts in zip(*sums, strict=True)] if sums else [NONE] * len(days[:-1])
    last = by_unit_id(session, days[-1])
    whole.append(total(last.values()))
    opened = _open_units(session, days[:-1])
    opened.append(
        (
            {unit for unit, counts in last.items() if counts.opened},
            {unit for unit, counts in last.items() if counts.verified},
        )
    )
    times = rosters.times(session)
    points = []
    for day, counts, (declared, verified) in zip(days, whole, opened, strict=True):
        roster = {unit for unit, spans in times.items() if rosters.within(spans, day)}
        points.append(
            Point(
                day, counts,
                Rate(len(roster & declared), len(roster)),
                Rate(len(roster & verified), len(roster)),
            )
        )  # fmt: skip
    return points


def _open_units(session: Session, days: list[date]) -> list[tuple[set[int], set[int]]]:
    """The units with something open, and with something verified, at month ends."""
    if not days:
        return []
    rows = openness_ledger.opening_flags(session, days[0], _following(days[-1]))
    declared: set[int] = set()
    verified: set[int] = set()
    found, at = [], 0
    for day in days:
        while at < len(rows) and rows[at][0] <= _following(day):
            _, unit, is_open, is_verified = rows[at]
            (declared.add if is_open else declared.discard)(unit)
            (verified.add if is_verified else verified.discard)(unit)
            at += 1
        found.append((set(declared), set(verified)))
    return found
