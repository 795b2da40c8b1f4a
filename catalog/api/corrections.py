"""Late corrections of one entry or of many: ``/openness/corrections``, ``/openness/correction-sets``."""

from typing import Any

from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import plain, whole
from catalog.api.doors import PREFIX, Door
from catalog.models import CorrectionSet
from catalog.services import correction_effects, correction_sets, corrections
from catalog.services.correction_effects import Effects, Rates
from catalog.services.correction_sets import Read, Which
from catalog.services.values import refusal
from schemas.corrections import (
    CorrectionIn,
    CorrectionOut,
    CorrectionPreviewOut,
    CorrectionRefusalIn,
    CorrectionSetArgs,
    CorrectionSetIn,
    CorrectionSetOut,
    CorrectionSetWhole,
    CorrectionTry,
    SetPreviewOut,
)
from schemas.paging import page_of
from schemas.records import Message

door = Door("late corrections", "What had been true of entries on past days, said after the fact")
SETS = "/openness/correction-sets"
ONE = f"{SETS}/<set_id>"


@door.post("/openness/corrections", answers=CorrectionOut, body=CorrectionIn)
def correct(body: dict[str, Any]) -> Response:
    """Say late what was true of an entry in the past; what was known before stays to be asked for"""
    slug = body.pop("dataset")
    with http.transaction() as session:
        done = corrections.correct(session, http.actor(), slug, body, now=http.now())
    shown = {"dataset": done.slug, "from": done.begins.isoformat(), "to": done.ends.isoformat()}
    return plain({**shown, "days": done.days}, 201)


@door.post("/openness/corrections/preview", answers=CorrectionPreviewOut, body=CorrectionTry,
           status=200)  # fmt: skip
def preview_correction(body: dict[str, Any]) -> Response:
    """What a correction would change: rates before and after on its days; nothing is recorded"""
    slug = body.pop("dataset")
    with http.trial() as session:
        found = correction_effects.preview(session, http.actor(), slug, body, now=http.now())
    return plain({"dataset": slug, **_effects(found)})


def _effects(found: Effects) -> dict[str, Any]:
    return {
        "from": found.begins.isoformat(),
        "to": found.ends.isoformat(),
        "days": found.days,
        "rates": [
            {
                "day": one.day.isoformat(),
                "frozen": one.frozen or None,
                "before": _day_rates(one.before),
                "after": _day_rates(one.after),
            }
            for one in found.rates
        ],
    }


def _day_rates(rates: Rates) -> dict[str, list[int]]:
    named = {"unit": rates.unit, "all": rates.all, "due": rates.due, "own": rates.own}
    return {name: [rate.n, rate.d] for name, rate in named.items()}


def _whole(found: CorrectionSet) -> dict[str, Any]:
    lines = [
        {
            "row": one["row"], "dataset": one["dataset"], "from": one["begins"], "to": one["ends"],
            "values": one["values"], "withheld_by": one["withheld_by"],
        }
        for one in found.lines
    ]  # fmt: skip
    return {**correction_sets.shown(found), "lines": lines}


@door.get(SETS, answers=page_of(CorrectionSetOut), query=CorrectionSetArgs)
def listing(query: dict[str, Any]) -> Response:
    """Sets of late corrections, the newest first; for administrators and auditors"""
    http.signed_in()
    with http.reading() as session:
        found = correction_sets.listing(session, http.actor(), state=query["state"])
        return whole(found, correction_sets.shown)


@door.post(SETS, answers=CorrectionSetWhole, body=CorrectionSetIn)
def draft(body: dict[str, Any]) -> Response:
    """Draft corrections of many entries; every bad row is named, and another person approves"""
    with http.transaction() as session:
        read = _read(session, body)
        made = correction_sets.draft(session, http.actor(), read, body["reason"], now=http.now())
        return plain(_whole(made), 201, {"Location": f"{PREFIX}{SETS}/{made.id}"})


def _read(session: Any, body: dict[str, Any]) -> Read:
    rows, which, correction = body["rows"], body["which"], body["correction"]
    if (rows is None) == (which is None) or (which is None) != (correction is None):
        text = Message("either rows, or a filter with a correction")
        raise refusal({"rows": [text]})
    if rows is not None:
        return correction_sets.of_rows(session, http.actor(), enumerate(rows, 1), now=http.now())
    return correction_sets.of_filter(
        session, http.actor(), Which(**which), correction, now=http.now()
    )


@door.get(ONE, answers=CorrectionSetWhole)
def show(set_id: str) -> Response:
    """A set with its lines"""
    http.signed_in()
    with http.reading() as session:
        return plain(_whole(correction_sets.get(session, http.actor(), set_id)))


@door.get(f"{ONE}/consequences", answers=SetPreviewOut)
def preview(set_id: str) -> Response:
    """What approving a draft now would change: rates before and after on its days"""
    http.signed_in()
    with http.trial() as session:
        found = correction_sets.preview(session, http.actor(), set_id, now=http.now())
    return plain(_effects(found))


@door.post(f"{ONE}/approval", answers=CorrectionSetWhole, status=200)
def approve(set_id: str) -> Response:
    """Record a set that another person drafted, all of it or nothing"""
    with http.transaction() as session:
        return plain(_whole(correction_sets.approve(session, http.actor(), set_id, now=http.now())))


@door.post(f"{ONE}/refusal", answers=CorrectionSetWhole, body=CorrectionRefusalIn, status=200)
def refuse(body: dict[str, Any], set_id: str) -> Response:
    """Turn a draft down"""
    with http.transaction() as session:
        found = correction_sets.refuse(
            session, http.actor(), set_id, reason=body["reason"], now=http.now()
        )
        return plain(_whole(found))


@door.post(f"{ONE}/withdrawal", answers=CorrectionSetWhole, status=200)
def withdraw(set_id: str) -> Response:
    """Take one's own draft back before it is decided"""
    with http.transaction() as session:
        return plain(
            _whole(correction_sets.withdraw(session, http.actor(), set_id, now=http.now()))
        )
