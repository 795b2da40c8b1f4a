"""Months of the openness page: the slider over the last three years, and both rates at their ends."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.pages import figures, twins
from catalog.pages.asking import argument, choice_argument, day_argument, number_argument, today
from catalog.pages.figures import HISTORY_DAYS
from catalog.services import openness, units
from catalog.services.openness import Rate, Within
from schemas.vocabularies import Basis

blueprint = Blueprint("pages-openness-time", __name__)
COUNTINGS = ("declared", "verified")
KEPT = ("basis", "counting", "by", "sort", "region", "under")


def _ends() -> list[date]:
    return openness.months(today() - timedelta(days=HISTORY_DAYS), today())


def slider(on: date) -> dict[str, Any]:
    """The places of the slider, where it stands for a day, and the ways to the places beside it."""
    ends = _ends()
    at = next((place for place, end in enumerate(ends) if end >= on), len(ends) - 1)
    return {
        "last": len(ends) - 1,
        "at": at,
        "labels": ",".join(end.isoformat() for end in ends),
        "first_day": ends[0],
        "last_day": ends[-1],
        "before": _address(ends[at - 1]) if at else "",
        "after": _address(ends[at + 1]) if at < len(ends) - 1 else "",
        "kept": [(name, request.args[name]) for name in KEPT if request.args.get(name)],
    }


def _address(day: date) -> str:
    kept = {name: request.args[name] for name in KEPT if request.args.get(name)}
    if day != today():
        kept["as_of"] = day.isoformat()
    return f"/openness?{urlencode(kept)}" if kept else "/openness"


@blueprint.get("/openness/at")
def at() -> Response:
    """Lead from a place of the slider to the page of its day."""
    ends = _ends()
    return redirect(_address(ends[min(number_argument("month"), len(ends) - 1)]), 303)


def within(session: Session) -> Within:
    """The part of the city that the address asks about; ``NotFound`` for a unit that there is not."""
    found = Within(argument("region"), argument("under"))
    if found.under:
        units.get(session, found.under)
    return found


@blueprint.get("/openness/history.<any(json,csv):form>")
def history(form: str) -> Response:
    """Both rates at the end of each month: of the city, of a region or a sub-tree, or of one unit."""
    on = day_argument("as_of", today())
    basis = choice_argument("basis", list(Basis), Basis.ALL)
    counting = choice_argument("counting", COUNTINGS, "declared")
    unit = argument("unit")
    with http.reading() as session:
        if unit:
            units.get(session, unit)
        inside = within(session)
        points = figures.months(session, on, unit, inside)
        scope = figures.part(session, Within(under=unit) if unit else inside)
        aims = figures.data_targets(session, [one.day for one in points], scope)
        rows = [
            {
                "day": one.day.isoformat(),
                **_figure("unit_rate", figures.both(one, basis, counting)[0]),
                **_figure("data_rate", figures.both(one, basis, counting)[1]),
                "target": str(aims[one.day]),
            }
            for one in points
        ]
    return twins.answer(form, rows, {"as_of": on.isoformat(), "basis": basis, "counting": counting})


def _figure(name: str, rate: Rate) -> dict[str, Any]:
    return {f"{name}_n": rate.n, f"{name}_d": rate.d, f"{name}_percent": rate.percent}
