"""Signs of gaming with their evidence: ``/openness/signals``."""

from datetime import timedelta
from typing import Any

from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import whole
from catalog.api.doors import Door
from catalog.services import facts, signals
from catalog.services.signals import Signal
from schemas.openness_signals import COMPLETE, SignalOut, SignalsArgs
from schemas.paging import page_of

door = Door("openness signals", "Signs that a rate looks better than what is open, with evidence")
YEAR = 365


@door.get("/openness/signals", answers=page_of(SignalOut, complete=COMPLETE), query=SignalsArgs)
def listing(query: dict[str, Any]) -> Response:
    """Reasons to look closer, of entries that you may know of; ``complete`` is false when cut"""
    today = facts.day(http.now())
    since = query["since"] or today - timedelta(days=YEAR)
    with http.reading() as session:
        found = signals.find(session, http.actor(), since=since, day=today, unit=query["unit"])
        return whole(list(found.items), _signal, complete=found.complete)


def _signal(one: Signal) -> dict[str, Any]:
    return {
        "sign": str(one.sign),
        "says": http.say(signals.SIGNS[one.sign]),
        "unit": one.unit.code,
        "day": one.day.isoformat() if one.day else None,
        "evidence": [
            {
                "slug": held.dataset.slug,
                "code": held.dataset.code,
                "title": held.dataset.title,
                "says": http.say(held.says),
            }
            for held in one.evidence
        ],
    }
