"""The entries behind a figure, each with the rule that classified it: ``/openness/entries``."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from catalog import http
from catalog.models import Unit
from catalog.pages import entry_parts, twins
from catalog.pages.asking import (
    TABLE_SIZE,
    argument,
    choice_argument,
    day_argument,
    followed,
    moment_argument,
    today,
    trail,
)
from catalog.pages.render import alternates, here, page, word
from catalog.services import negative_list, openness
from catalog.services.openness import CLASSES, Class, Entry, Narrow
from catalog.services.visibility import knows
from schemas.records import Message
from schemas.vocabularies import Basis

blueprint = Blueprint("pages-openness-entries", __name__)
TWIN_SIZE = 10_000
VERDICTS = {"": None, "yes": True, "no": False}


@blueprint.get("/openness/entries", defaults={"form": "html"})
@blueprint.get("/openness/entries.<any(json,csv):form>")
def entries(form: str) -> Response:
    """The entries that make a figure, each with the rule that classified it."""
    on = day_argument("as_of", today())
    basis = choice_argument("basis", list(Basis), Basis.ALL)
    klass = choice_argument("class", list(CLASSES))
    verdict, known = choice_argument("verified", list(VERDICTS)), moment_argument("recorded_before")
    unit, way = argument("unit"), trail()
    size = TABLE_SIZE if form == "html" else TWIN_SIZE
    with http.reading() as session:
        found = openness.entries(
            session, http.actor(), as_of=on, unit=unit, klass=klass, after=way.after, limit=size,
            narrow=Narrow(argument("theme"), argument("item"), known, VERDICTS[verdict]),
        )  # fmt: skip
        whole = openness.entries(
            session, http.actor(), as_of=on, unit=unit, limit=1, narrow=Narrow(recorded_before=known)
        )  # fmt: skip
        rows = [_entry(one) for one in found.items]
        if form != "html":
            more = {"as_of": on.isoformat(), "hidden": found.hidden}
            return twins.answer(form, [_flat_entry(one) for one in rows], more)
        edition = negative_list.edition_on(session, on, known)
        name = session.scalar(select(Unit.name).where(Unit.code == unit)) if unit else ""
    addresses = twins.links("/openness/entries")
    everything = (klass or verdict or argument("theme") or argument("item")) and whole.total
    chosen: dict[str, Any] = {"class": klass}  # a word that Python keeps for itself
    answer = page(
        "openness/entries.html",
        title=_title(klass, argument("item")),
        counts=(found.total, whole.total) if everything else None,
        of_unit={"code": unit, "name": name} if name else None,
        theme=argument("theme"),
        everywhere=here(unit=None, theme=None, trail=None),
        as_of=on,
        basis=basis,
        edition=edition.number if edition else None,
        entries=rows,
        hidden=found.hidden,
        classes=[("", _("All"), here(**{"class": None}, trail=None))]
        + [
            (one.value, word("class", one), here(**{"class": one.value}, trail=None))
            for one in Class
        ],
        page=followed(found, size, way, (found.total or 0) - found.hidden),
        twins=addresses,
        back_url=_back(on),
        **chosen,
    )
    return alternates(answer, addresses)


def _back(on: date) -> str:
    """The rates of the same day, as known at the same moment."""
    known = argument("recorded_before")
    asked = {"as_of": on.isoformat()} | ({"recorded_before": known} if known else {})
    return f"/openness?{urlencode(asked)}"


def _title(klass: str, item: str) -> Message:
    if item:
        return Message("Entries closed by item %(no)s of the negative list.", {"no": item})
    titles = {
        Class.OPEN: Message("Entries that are open without conditions."),
        Class.CONDITIONAL: Message("Entries that are open on a condition."),
        Class.WITHHELD: Message("Entries withheld by an item of the negative list in force."),
        Class.UNCOVERED: Message("Entries withheld without an item of the negative list in force."),
        Class.UNPUBLISHED: Message("Entries to be opened that are not published."),
        Class.UNASSESSED: Message("Entries whose openness nobody has decided."),
    }
    return titles[Class(klass)] if klass else Message("All entries in force on the day.")


def _entry(one: Entry) -> dict[str, Any]:
    return {
        "code": one.dataset.code,
        "slug": one.dataset.slug if knows(http.actor(), one.dataset) else "",
        "title": one.dataset.title,
        "unit": {"code": one.unit.code, "name": one.unit.name},
        "openness": one.dataset.openness,
        "class": one.klass,
        "rule": one.not_due or one.rule,
        "verified": one.verified,
        "unverified": [http.say(said) for said in one.unverified],
        "item": {"no": one.items[0], "url": entry_parts.item_url(one.items[0])}
        if one.items else None,
    }  # fmt: skip


def _flat_entry(one: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: one[name] for name in ("code", "slug", "title", "class")},
        "unit": one["unit"]["code"],
        "unit_name": one["unit"]["name"],
        "rule": http.say(one["rule"]),
        "item": one["item"]["no"] if one["item"] else "",
    }
