"""Whether data is as fresh as its declared update cycle promises."""

from datetime import date, timedelta
from typing import Any

from catalog.models import Dataset
from catalog.services import facts
from schemas.freshness import CYCLE_DAYS
from schemas.vocabularies import DatasetState


def of(cycle: str, modified: date | None, on: date) -> dict[str, Any]:
    """The state on a day and, when late, the days since new data was due."""
    if cycle not in CYCLE_DAYS:
        return {"status": "no cycle", "days": 0}
    if modified is None:
        return {"status": "no data", "days": 0}
    late = (on - (modified + timedelta(days=CYCLE_DAYS[cycle]))).days
    return {"status": "late", "days": late} if late > 0 else {"status": "on time", "days": 0}


def of_entry(dataset: Dataset, on: date) -> dict[str, Any] | None:
    """The same of an entry; None where nobody is given data: only what is open promises any."""
    if dataset.state != DatasetState.PUBLISHED or dataset.openness not in facts.OPEN:
        return None
    return of(dataset.update_cycle, dataset.modified, on)
