"""Parts of the city that rates are asked for: a region, a unit with everything below it, or both."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import UnitFact
from catalog.services import rosters
from catalog.services.rosters import Listed
from catalog.services.units import below


@dataclass(frozen=True, slots=True)
class Within:
    """A part of the platform: a region, a unit with all below it, or what is in both; empty is all."""

    region: str = ""
    under: str = ""


WHOLE = Within()


def members(units: Mapping[int, Listed], within: Within) -> dict[int, Listed]:
    """The units of a part, by the region and the unit above that each had on the day."""
    parents = {one.id: one.parent_id for one in units.values()}
    tops = [one.id for one in units.values() if within.under and one.code == within.under]
    held = {unit for top in tops for unit in below(parents, top)}
    return {
        one.id: one
        for one in units.values()
        if (not within.region or one.region == within.region)
        and (not within.under or one.id in held)
    }


def members_on(
    session: Session, days: Sequence[date], within: Within
) -> list[Mapping[int, Listed]]:
    """The units of a part on each of some days; the roster is read once for days between its changes."""
    turns = set()
    for columns in (UnitFact.valid_from, UnitFact.valid_to):
        found = select(columns).where(UnitFact.superseded_at.is_(None)).distinct()
        turns |= {day for day in session.scalars(found) if day is not None}
    ordered = sorted(turns)
    read: dict[int, Mapping[int, Listed]] = {}
    for day in days:
        stretch = bisect_right(ordered, day)
        if stretch not in read:
            read[stretch] = members(rosters.listed(session, day), within)
    return [read[bisect_right(ordered, day)] for day in days]
