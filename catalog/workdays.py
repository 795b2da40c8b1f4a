"""Counting working days: pure, from a calendar that somebody else loaded.

Civil Code, article 201: the start day does not count. A deadline of *n* working days is therefore the
*n*-th working day strictly after the start date (domain.md, section 6). ``find_workday`` of
chinesecalendar is one day late whenever the start is a rest day, hence the loop here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

SATURDAY = 5
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days that differ from Monday to Friday (True: worked), officially known to ``certain_until``."""

    days: Mapping[date, bool]
    certain_until: date


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day on which an act is in time; ``provisional`` 暂定 past the last official notice."""

    day: date
    provisional: bool


def is_working_day(day: date, calendar: Calendar) -> bool:
    """Whether people work: as announced, else Monday to Friday."""
    known = calendar.days.get(day)
    return day.weekday() < SATURDAY if known is None else known


def add_working_days(start: date, n: int, calendar: Calendar) -> Deadline:
    """The ``n``-th working day strictly after ``start``; ``ValueError`` unless n is at least 1."""
    if n < 1:
        raise ValueError("a deadline is at least one working day long")
    day = start
    while n:
        day += _DAY
        n -= is_working_day(day, calendar)
    return Deadline(day, provisional=day > calendar.certain_until)


class WorkingDays:
    """Counting between many pairs of days of one stretch: each day is looked at once."""

    def __init__(self, first: date, last: date, calendar: Calendar) -> None:
        self._first, self._sums = first, [0]
        for n in range((last - first).days + 1):
            worked = is_working_day(first + n * _DAY, calendar)
            self._sums.append(self._sums[-1] + worked)

    def between(self, after: date, until: date) -> int:
        """Working days in (after, until]; negative when ``until`` lies before."""
        return self._until(until) - self._until(after)

    def _until(self, day: date) -> int:
        return self._sums[(day - self._first).days + 1]


def count_working_days(after: date, until: date, calendar: Calendar) -> int:
    """Working days in (after, until]: what is left of a deadline; 0 when it has passed."""
    days = (after + timedelta(days=n) for n in range(1, (until - after).days + 1))
    return sum(is_working_day(day, calendar) for day in days)
