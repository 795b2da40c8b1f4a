"""Signs of gaming with their evidence: ``/openness/signals``."""

from datetime import timedelta
from typing import Any

from flask import Blueprint
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from catalog import http
from catalog.pages import twins
from catalog.pages.asking import (  # fmt: skip
    PAGE_SIZE,
    argument,
    choice_argument,
    day_argument,
    slice_of,
    today,
)
from catalog.pages.render import alternates, here, page, word
from catalog.pages.staff import every_unit
from catalog.services import signals
from catalog.services.signals import Evidence, Sign, Signal

blueprint = Blueprint("pages-openness-signals", __name__)
YEAR = 365
SHOWN_EVIDENCE = 12


@blueprint.get("/openness/signals", defaults={"form": "html"})
@blueprint.get("/openness/signals.<any(json,csv):form>")
def index(form: str) -> Response:
    """What makes a rate look better than what is open, of what the asker may know."""
    since = day_argument("since", today() - timedelta(days=YEAR))
    unit, sign = argument("unit"), choice_argument("sign", list(Sign))
    with http.reading() as session:
        found = signals.find(session, http.actor(), since=since, day=today(), unit=unit)
        roster = every_unit(session)
        chosen = [one for one in found.items if not sign or one.sign == sign]
        if form != "html":
            rows = [_flat(one, held) for one in chosen for held in one.evidence]
            return twins.answer(
                form, rows, {"since": since.isoformat(), "complete": found.complete}
            )
        shown, ways = slice_of([_signal(one) for one in chosen], PAGE_SIZE)
    counts = {one: sum(signal.sign == one for signal in found.items) for one in Sign}
    addresses = twins.links("/openness/signals")
    answer = page(
        "openness/signals.html",
        since=since,
        today=today(),
        unit=unit,
        units_to_choose=roster,
        sign=sign,
        kinds=[
            {"sign": one.value, "says": signals.SIGNS[one], "count": counts[one],
             "url": here(sign=one.value, page=None)}
            for one in Sign
        ],
        choices=[("", _("All"), here(sign=None, page=None))]
        + [(one.value, word("sign", one), here(sign=one.value, page=None)) for one in Sign],
        signals=shown,
        complete=found.complete,
        page=ways,
        twins=addresses,
    )  # fmt: skip
    return alternates(answer, addresses)


def _signal(one: Signal) -> dict[str, Any]:
    return {
        "sign": one.sign.value,
        "unit": {"code": one.unit.code, "name": one.unit.name},
        "day": one.day,
        "count": len(one.evidence),
        "evidence": [
            {"slug": held.dataset.slug, "title": held.dataset.title, "says": held.says}
            for held in one.evidence[:SHOWN_EVIDENCE]
        ],
        "more": max(0, len(one.evidence) - SHOWN_EVIDENCE),
    }


def _flat(one: Signal, held: Evidence) -> dict[str, Any]:
    return {
        "sign": one.sign.value,
        "unit": one.unit.code,
        "unit_name": one.unit.name,
        "day": one.day.isoformat() if one.day else "",
        "code": held.dataset.code,
        "slug": held.dataset.slug,
        "title": held.dataset.title,
        "evidence": http.say(held.says),
    }
