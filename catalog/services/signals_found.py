"""What the rules of the signals take and give."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from schemas.records import Message

LOOKED_AT = 200_000
"""Open entries that one look goes through at most."""


@dataclass(frozen=True, slots=True)
class Look:
    """From when to when to look, and at which unit (None: every unit)."""

    since: date
    day: date
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A signal before anybody is shown it: entries by number with what is to be seen of each.

    ``cut``: there was more to look through than ``LOOKED_AT``.
    """

    unit_id: int
    day: date | None
    evidence: Mapping[int, Message] = field(default_factory=dict)
    cut: bool = False


def quarter_ends(since: date, day: date) -> list[date]:
    """The last days of quarters from ``since`` to ``day``, on which figures are taken."""
    ends = [
        date(year, month, monthrange(year, month)[1])
        for year in range(since.year, day.year + 1)
        for month in (3, 6, 9, 12)
    ]
    return [end for end in ends if since <= end <= day]
