"""Whether data is as fresh as its declared update cycle promises."""

from datetime import date, timedelta
from typing import Any

from schemas.freshness import CYCLE_DAYS


def of(cycle: str, modified: date | None, on: date) -> dict[str, Any]:
    """The state on a day and, when late, the days since new data was due."""
    if cycle not in CYCLE_DAYS:
        return {"status": "no cycle", "days": 0}
    if modified is None:
        return {"status": "no data", "days": 0}
    late = (on - (modified + timedelta(days=CYCLE_DAYS[cycle]))).days
    return {"status": "late", "days": late} if late > 0 else {"status": "on time", "days": 0}
