"""Reporting periods by name: ``2026``, ``2026H1``, ``2026Q3``, ``2026-09``, ``2026-11-23``."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from catalog.errors import Invalid
from schemas.records import Message

_NAME = re.compile(
    r"(?P<year>(?:19|20|21)\d\d)"
    r"(?:-?H(?P<half>[12])|-?Q(?P<quarter>[1-4])|-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days, both ends included; results are those of its last day."""

    name: str
    start: date
    end: date

    @property
    def label(self) -> Message:
        """The period as people call it."""
        year = str(self.start.year)
        if "Q" in self.name:
            return Message("Quarter %(n)s of %(year)s", {"n": self.name[-1], "year": year})
        if "H" in self.name:
            half = Message("First half of %(year)s"), Message("Second half of %(year)s")
            return Message(half[int(self.name[-1]) - 1].text, {"year": year})
        texts = {4: Message("The year %(name)s"), 7: Message("The month %(name)s")}
        found = texts.get(len(self.name), Message("The day %(name)s"))
        return Message(found.text, {"name": self.name})


def read(name: str) -> Period:
    """The period of a name. ``Invalid`` for anything that is not one."""
    found = _NAME.fullmatch(name.strip())
    if found is None:
        raise _unknown(name)
    try:
        return _period(**found.groupdict())
    except ValueError:
        raise _unknown(name) from None


def _unknown(name: str) -> Invalid:
    return Invalid(
        "period-unknown",
        Message("“%(name)s” is not a period.", {"name": name[:40]}),
        Message("Write a year 2026, half year 2026H1, quarter 2026Q3, month 2026-09 or a day."),
        fields={"period": [Message("must be like 2026, 2026H1, 2026Q3, 2026-09 or a day")]},
    )


def _period(
    year: str, half: str | None, quarter: str | None, month: str | None, day: str | None
) -> Period:
    if day:
        only = date(int(year), int(month or 0), int(day))
        return Period(only.isoformat(), only, only)
    if month:
        return _months(f"{year}-{month}", int(year), int(month), 1)
    if quarter:
        return _months(f"{year}Q{quarter}", int(year), 3 * int(quarter) - 2, 3)
    if half:
        return _months(f"{year}H{half}", int(year), 6 * int(half) - 5, 6)
    return _months(year, int(year), 1, 12)


def _months(name: str, year: int, first: int, count: int) -> Period:
    last = first + count - 1
    return Period(name, date(year, first, 1), date(year, last, monthrange(year, last)[1]))


def over(period: Period, today: date) -> bool:
    """Whether the period has ended; a day counts from its own day on."""
    return period.end < today or (period.start == period.end == today)


def last_ended(today: date) -> list[Period]:
    """Periods that ended most lately: the month, the quarter, the half year, the year before today."""
    before = today.replace(day=1) - timedelta(days=1)
    year, month = before.year, before.month
    last_year = today.year - 1
    quarter, half = month // 3, month // 6
    names = [
        f"{year}-{month:02d}",
        f"{year}Q{quarter}" if quarter else f"{year - 1}Q4",
        f"{year}H{half}" if half else f"{year - 1}H2",
        str(last_year),
    ]
    return [read(name) for name in names]
