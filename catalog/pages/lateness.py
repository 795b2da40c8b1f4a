"""Whether data is as fresh as its declared update cycle promises."""

from datetime import date, timedelta
from typing import Any

from schemas.vocabularies import UpdateCycle

CYCLE_DAYS: dict[str, int] = {
    UpdateCycle.REALTIME: 1,
    UpdateCycle.DAILY: 1,
    UpdateCycle.WEEKLY: 7,
    UpdateCycle.MONTHLY: 31,
    UpdateCycle.QUARTERLY: 92,
    UpdateCycle.HALF_YEARLY: 184,
    UpdateCycle.YEARLY: 366,
    UpdateCycle.BIENNIAL: 731,
}
"""Longest days between two deliveries that keep a cycle; an irregular cycle promises nothing."""


def of(cycle: str, modified: date | None, on: date) -> dict[str, Any]:
    """The state on a day and, when late, the days since new data was due."""
    if cycle not in CYCLE_DAYS:
        return {"status": "no cycle", "days": 0}
    if modified is None:
        return {"status": "no data", "days": 0}
    late = (on - (modified + timedelta(days=CYCLE_DAYS[cycle]))).days
    return {"status": "late", "days": late} if late > 0 else {"status": "on time", "days": 0}
