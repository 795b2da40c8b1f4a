"""The map of units and themes: ``/openness/map``."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from catalog import http
from catalog.pages import figures, twins
from catalog.pages.asking import choice_argument, day_argument, slice_of, today
from catalog.pages.openness import COUNTINGS
from catalog.pages.render import alternates, here, page, word
from catalog.services import openness
from catalog.services.openness import Counts, GroupRates
from schemas.vocabularies import Basis, RateKind

blueprint = Blueprint("pages-openness-map", __name__)
UNITS_SHOWN = 40
LEVELS = 5
"""Shades of the map: a fifth of the way to the target each, and one for what has reached it."""


@blueprint.get("/openness/map", defaults={"form": "html"})
@blueprint.get("/openness/map.<any(json,csv):form>")
def index(form: str) -> Response:
    """How open every unit is in every theme, on a day."""
    on = day_argument("as_of", today())
    basis = choice_argument("basis", list(Basis), Basis.ALL)
    counting = choice_argument("counting", COUNTINGS, "declared")
    with http.reading() as session:
        units = [one for one in openness.by_unit(session, on) if any(one.classes.values())]
        shown, ways = slice_of(units, UNITS_SHOWN) if form == "html" else (units, None)
        codes = None if form != "html" else {one.key for one in shown}
        cells = openness.by_unit_and_theme(session, on, codes=codes)
        themes = _themes(openness.by_theme(session, on))
        target = figures.goals(session, on).of(RateKind.DATA).value
    rates = {key: _rate(counts, basis, counting) for key, counts in cells.items()}
    if form != "html":
        return twins.answer(form, _flat(units, rates), {"as_of": on.isoformat(), "basis": basis})
    addresses = twins.links("/openness/map")
    answer = page(
        "openness/map.html",
        as_of=on,
        today=today(),
        basis=basis,
        counting=counting,
        bases=[(one.value, word("basis", one), here(basis=one.value, page=None)) for one in Basis],
        countings=[("declared", _("Declared"), here(counting=None, page=None)),
                   ("verified", _("Verified"), here(counting="verified", page=None))],
        target=target,
        themes=themes,
        rows=[_row(one, themes, rates, on.isoformat(), target) for one in shown],
        levels=range(LEVELS + 1),
        page=ways,
        twins=addresses,
    )  # fmt: skip
    return alternates(answer, addresses)


def _themes(themes: Iterable[GroupRates]) -> list[str]:
    """Themes by the number of their entries, the largest first."""
    return [one.key for one in sorted(themes, key=lambda one: (-one.counts.entries, one.key))]


def _rate(counts: Counts, basis: str, counting: str) -> tuple[int, int]:
    rates = counts.verified_rate() if counting == "verified" else counts.data_rate()
    return figures.counts(rates[basis])


def level(counted: tuple[int, int], target: Any) -> int | None:
    """The shade of a share: 0 for nothing open, ``LEVELS`` for the target; None for no entries."""
    n, d = counted
    if not d:
        return None
    if n >= target * d:
        return LEVELS
    return 0 if not n else 1 + int(n * (LEVELS - 1) / (target * d))


def _row(
    unit: GroupRates,
    themes: Sequence[str],
    rates: Mapping[tuple[str, str], tuple[int, int]],
    on: str,
    target: Any,
) -> dict[str, Any]:
    cells = []
    for theme in themes:
        counted = rates.get((unit.key, theme), (0, 0))
        tail = urlencode({"unit": unit.key, "theme": theme, "as_of": on})
        cells.append(
            {
                "theme": theme,
                "counts": counted,
                "level": level(counted, target),
                "url": f"/openness/entries?{tail}",
            }
        )
    return {"code": unit.key, "name": unit.name, "cells": cells}


def _flat(
    units: Sequence[GroupRates], rates: Mapping[tuple[str, str], tuple[int, int]]
) -> list[dict[str, Any]]:
    names = {one.key: one.name for one in units}
    return [
        {"unit": code, "unit_name": names[code], "theme": theme, "n": n, "d": d,
         "percent": openness.percent(n, d)}
        for (code, theme), (n, d) in sorted(rates.items())
        if code in names
    ]  # fmt: skip
