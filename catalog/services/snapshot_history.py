"""What the report of a frozen period tells beside its last day, as known in the moment of freezing.

Counted again from the facts it would take minutes in a large city, for every look at the report; in
that moment the ledger knows it, so it is kept with the frozen result.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from catalog.models import Snapshot
from catalog.services import openness
from catalog.services.openness import Counts, Point, Rate
from catalog.services.openness_measures import NONE
from catalog.services.periods import Period
from catalog.services.snapshot_lines import platform

_NOWHERE = (NONE, Rate(0, 0), Rate(0, 0))


@dataclass(frozen=True, slots=True)
class Day:
    """The figures of the platform at the end of a day by their names, its counts, and for each unit by
    code its counts and its unit rate, declared and verified."""

    figures: Mapping[str, Rate]
    counts: Counts
    units: Mapping[str, tuple[Counts, Rate, Rate]]

    def point(self, on: date, unit: str) -> Point:
        """The same as a point of a history, of the platform or of one unit."""
        if unit:
            return Point(on, *self.units.get(unit, _NOWHERE))
        names = ("unit_rate.all", "verified_unit_rate.all")
        return Point(on, self.counts, *(self.figures[name] for name in names))


def counted(session: Session, period: Period) -> dict[str, Any]:
    """The day before a period and the ends of its months, by the ledger, as plain values to keep."""
    before = period.start - timedelta(days=1)
    return {
        day.isoformat(): _plain(session, day)
        for day in (before, *openness.months(period.start, period.end))
    }


def _plain(session: Session, day: date) -> dict[str, Any]:
    whole = openness.rates(session, as_of=day)
    return {
        "figures": platform(whole),
        "counts": whole.counts,
        "units": {
            one.key: (one.counts, one.unit_rate, one.verified_unit_rate)
            for one in openness.by_unit(session, day)
        },
    }


def kept(snapshot: Snapshot | None) -> dict[date, Day]:
    """The days that were kept with a frozen result; none with one frozen before they were."""
    held = snapshot.history if snapshot else None
    return {date.fromisoformat(day): _day(values) for day, values in (held or {}).items()}


def _day(values: Mapping[str, Any]) -> Day:
    return Day(
        {name: Rate(*pair) for name, pair in values["figures"].items()},
        Counts(*values["counts"]),
        {
            code: (Counts(*counts), Rate(*share), Rate(*verified))
            for code, (counts, share, verified) in values["units"].items()
        },
    )
