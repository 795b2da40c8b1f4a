"""The slider of the openness page: the ends of the last three years' months."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from catalog.pages.asking import number_argument, today
from catalog.pages.figures import HISTORY_DAYS
from catalog.services import openness

blueprint = Blueprint("pages-openness-time", __name__)
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
