"""How good a public entry is, every point explained: ``/datasets/{slug}/quality``."""

from typing import Any

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import one
from catalog.api.doors import Door
from catalog.models import Dataset
from catalog.services import facts, quality
from catalog.services.quality import Criterion, Quality
from schemas.interop import mqa
from schemas.quality import QualityOut

door = Door("quality", "How good public entries are")


@door.get("/datasets/<slug>/quality", answers=QualityOut)
def show(slug: str) -> Response:
    """The quality of an entry today: the European score of 405 points, and our criteria"""
    with http.reading() as session:
        found = quality.of_entry(session, http.actor(), slug, facts.day(http.now()))
    return one(QualityOut, _whole(found), version=found.score)


def in_brief(session: Session, dataset: Dataset) -> dict[str, Any] | None:
    """The score beside an entry; None where its data is not public."""
    if not quality.judged(dataset):
        return None
    found = quality.of(session, dataset, facts.day(http.now()))
    met, asked = found.criteria_met
    return {
        "score": found.score,
        "maximum": mqa.MAXIMUM,
        "rating": found.rating,
        "criteria_met": met,
        "criteria_asked": asked,
    }


def _whole(found: Quality) -> dict[str, Any]:
    return {
        "as_of": found.on,
        "score": found.score,
        "maximum": mqa.MAXIMUM,
        "rating": found.rating,
        "dimensions": [_dimension(found, name) for name in mqa.DIMENSIONS],
        "criteria": [_criterion(each) for each in found.criteria],
    }


def _dimension(found: Quality, name: str) -> dict[str, Any]:
    points, maximum = found.dimension(name)
    return {
        "code": name,
        "title": http.say(mqa.DIMENSIONS[name]),
        "points": points,
        "maximum": maximum,
        "indicators": [
            {
                "code": each.indicator.code,
                "term": each.indicator.term,
                "points": each.points,
                "maximum": each.indicator.points,
                "met": each.met,
                "explanation": http.say(each.indicator.asks),
                "remedy": None if each.met else http.say(each.indicator.remedy),
            }
            for each in found.european
            if each.indicator.dimension == name
        ],
    }


def _criterion(each: Criterion) -> dict[str, Any]:
    return {
        "code": each.code,
        "title": http.say(each.title),
        "met": each.met,
        "numerator": each.counts[0],
        "denominator": each.counts[1],
        "explanation": http.say(each.asks),
        "remedy": http.say(each.remedy) if each.met is False else None,
    }
