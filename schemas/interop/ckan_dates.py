"""Moments in CKAN queries: ISO 8601 and Solr's date math (``NOW-7DAYS``, ``NOW/DAY``)."""

import calendar
import re
from datetime import UTC, datetime, timedelta
from typing import Final

from schemas.interop.ckan_grammar import UnreadableQueryError

_MATH: Final = re.compile(r"NOW((?:[+-]\d{1,6}[A-Z]+|/[A-Z]+){0,8})")
_STEP: Final = re.compile(r"([+-]\d+|/)([A-Z]+?)S?(?=[+/-]|$)")
_DAY: Final = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")
_SPANS: Final = {
    "SECOND": timedelta(seconds=1),
    "MINUTE": timedelta(minutes=1),
    "HOUR": timedelta(hours=1),
    "DAY": timedelta(days=1),
    "WEEK": timedelta(weeks=1),
}
_MONTHS: Final = {"MONTH": 1, "YEAR": 12}
_BEGIN: Final = {
    "YEAR": "month",
    "MONTH": "day",
    "DAY": "hour",
    "HOUR": "minute",
    "MINUTE": "second",
}


def moment(text: str, now: datetime) -> datetime:
    """The moment that a text means, in UTC. Raises ``UnreadableQueryError``."""
    try:
        if found := _MATH.fullmatch(text):
            return _reckoned(found[1], now)
        if found := _DAY.fullmatch(text):
            return datetime(int(found[1]), int(found[2] or 1), int(found[3] or 1), tzinfo=UTC)
        given = datetime.fromisoformat(text)
        return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
    except (ValueError, OverflowError, KeyError):
        raise UnreadableQueryError(f"{text[:60]!r} is not a date") from None


def end_of(text: str, begin: datetime) -> datetime:
    """The end of the day, month or year that a text without a time of day means; else ``begin``."""
    found = _DAY.fullmatch(text)
    if found is None:
        return begin
    try:
        if found[3]:
            return begin + timedelta(days=1)
        return _months(begin, 1 if found[2] else 12)
    except (ValueError, OverflowError):
        raise UnreadableQueryError(f"{text[:60]!r} is not a date") from None


def _reckoned(steps: str, now: datetime) -> datetime:
    at = now.astimezone(UTC)
    for amount, unit in _STEP.findall(steps):
        if amount == "/":
            at = _begin(at, unit)
        elif unit in _MONTHS:
            at = _months(at, int(amount) * _MONTHS[unit])
        else:
            at += _SPANS[unit] * int(amount)
    return at


def _begin(at: datetime, unit: str) -> datetime:
    lowest = {"month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0}
    names = list(lowest)
    kept = names[names.index(_BEGIN[unit]) :]
    return at.replace(
        year=at.year,
        month=lowest["month"] if "month" in kept else at.month,
        day=lowest["day"] if "day" in kept else at.day,
        hour=lowest["hour"] if "hour" in kept else at.hour,
        minute=lowest["minute"] if "minute" in kept else at.minute,
        second=0,
        microsecond=0,
    )


def _months(at: datetime, count: int) -> datetime:
    year, month = divmod(at.year * 12 + at.month - 1 + count, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return at.replace(year=year, month=month + 1, day=min(at.day, last))
