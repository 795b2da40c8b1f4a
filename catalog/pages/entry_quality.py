"""The quality of an entry as its page shows it."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from catalog.models import Dataset
from catalog.services import quality
from catalog.services.quality import Criterion
from schemas.interop import mqa


def of(session: Session, dataset: Dataset, on: date) -> dict[str, Any] | None:
    """The quality of an entry; None where its data is not public."""
    if not quality.judged(dataset):
        return None
    found = quality.of(session, dataset, on)
    return {
        "score": found.score,
        "maximum": mqa.MAXIMUM,
        "rating": found.rating,
        "criteria_met": found.criteria_met,
        "criteria": [_criterion(one) for one in found.criteria],
        "dimensions": [
            {
                "code": name,
                "title": title,
                "counts": found.dimension(name),
                "indicators": [one for one in found.european if one.indicator.dimension == name],
            }
            for name, title in mqa.DIMENSIONS.items()
        ],
    }


def _criterion(one: Criterion) -> dict[str, Any]:
    words = {True: "met", None: "none", False: "partly" if one.counts[0] else "missed"}
    return {
        "title": one.title,
        "counts": one.counts,
        "met": one.met,
        "result": words[one.met],
        "asks": one.asks,
        "remedy": one.remedy,
    }
