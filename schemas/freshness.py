"""Whether data is as fresh as its declared update cycle promises."""

from datetime import date, timedelta

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


def overdue_from(cycle: str, modified: date | None) -> date | None:
    """The first day on which new data is late; None without a cycle or without any data."""
    if modified is None or cycle not in CYCLE_DAYS:
        return None
    return modified + timedelta(days=CYCLE_DAYS[cycle] + 1)
