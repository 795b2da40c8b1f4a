"""Openness rates for any date, and the entries behind every figure: ``/openness``."""

from typing import Any

from flask import Blueprint
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.pages import entry_parts, figures, twins
from catalog.pages.asking import (  # fmt: skip
    TABLE_SIZE,
    argument,
    choice_argument,
    day_argument,
    followed,
    slice_of,
    today,
    trail,
)
from catalog.pages.render import alternates, here, page, word
from catalog.pages.units import heads, ordered
from catalog.services import negative_list, openness
from catalog.services.openness import CLASSES, Class, Entry, GroupRates, Narrow, Rates
from catalog.services.visibility import knows
from schemas.records import Message
from schemas.vocabularies import Basis, RateKind

blueprint = Blueprint("pages-openness", __name__)
SORTS = ("rank", "name", "rate", "withheld")
GROUPS = {"unit": openness.by_unit, "theme": openness.by_theme}
TWIN_SIZE = 10_000

SENTENCES: tuple[Message, ...] = (
    Message("The unit rate counts the units on the roster that have at least one open dataset."),
    Message("The data rate counts the entries that are published and open, with or without a condition."),
    Message("Base of all entries: every directory entry in force on the day, open or not."),
    Message(
        "Base of entries due: without those closed by an item in force, those already opened by the "
        "superior unit, and declared duplicates."
    ),
    Message("Each entry counts once: open, open on a condition, withheld, or not assessed."),
    Message("A share of nothing does not apply; it is neither 0 nor 100 percent."),
    Message("A past day asked for again gives the same answer."),
)  # fmt: skip


def row(one: GroupRates, basis: str) -> dict[str, Any]:
    """A unit or theme with its share, as the table and its twins show it."""
    counted = figures.counts(one.data_rate[Basis(basis)])
    return {
        "code": one.key,
        "name": one.name or _("No theme"),
        "kind": one.kind,
        "counts": counted,
        "rate": counted,
        "entries": figures.total(one.classes),
        "withheld": one.classes[Class.WITHHELD],
        "unassessed": one.classes[Class.UNASSESSED],
    }


@blueprint.get("/openness", defaults={"form": "html"})
@blueprint.get("/openness.<any(json,csv):form>")
def index(form: str) -> Response:
    """The rates of a day, every unit or theme in order, the year before, and how it is counted."""
    on = day_argument("as_of", today())
    basis = choice_argument("basis", list(Basis), Basis.ALL)
    by = choice_argument("by", list(GROUPS), "unit")
    choice_argument("counting", ["declared"], "declared")
    sort = choice_argument("sort", [*SORTS, *(f"-{one}" for one in SORTS)], "rank")
    with http.reading() as session:
        found = openness.rates(session, as_of=on)
        rows = [row(one, basis) for one in GROUPS[by](session, on) if one.on_roster]
        figures.ranked(rows)
        last = len(rows) + 1
        rows = sorted(rows, key=lambda one: one["rank"] or last)
        if sort.lstrip("-") != "rank":
            rows = ordered(rows, sort)
        elif sort == "-rank":
            rows = rows[::-1]
        if form != "html":
            return twins.answer(form, [_flat(one) for one in rows], _more(found, basis))
        return _index(session, found, basis, by, rows, sort)


def _index(
    session: Session, found: Rates, basis: str, by: str, rows: list[dict[str, Any]], sort: str
) -> Response:  # fmt: skip
    on = found.as_of
    aims = figures.goals(session, on)
    aim = aims.of(RateKind.DATA).value
    shown, ways = slice_of(rows, TABLE_SIZE)
    addresses = twins.links("/openness")
    labels = {
        "rank": _("Rank"), "name": _("Unit") if by == "unit" else _("Theme"),
        "rate": word("basis", basis), "withheld": _("Withheld"),
    }  # fmt: skip
    answer = page(
        "openness/index.html",
        as_of=on,
        today=today(),
        basis=basis,
        by=by,
        groups=[("unit", _("By unit"), here(by="unit", page=None)),
                ("theme", _("By theme"), here(by="theme", page=None))],
        counting="declared",
        bases=[(one.value, word("basis", one), here(basis=one.value, page=None)) for one in Basis],
        countings=[("declared", _("Declared"), here(counting=None))],
        rates=figures.headline(found, aims, basis),
        variants=[
            {"label": _("Without units certified to hold nothing that can be opened"), "note": "",
             "counts": figures.counts(found.unit_rate["certified"])},
            {"label": _("Government departments only"), "note": "",
             "counts": figures.counts(found.unit_rate["departments"])},
        ],
        split=figures.split(session, on),
        units=shown,
        heads=heads(labels, sort),
        target=aim if basis in {Basis.ALL, Basis.DUE} else None,
        page=ways,
        history=figures.history(session, on, basis),
        history_target=aim,
        twins=addresses,
        definition={"version": found.definition, "sentences": SENTENCES},
        edition={"number": found.edition, "url": f"/negative-list/editions/{found.edition}"}
        if found.edition else None,
        roster={"date": on, "units": found.roster},
        warnings=[found.verified_note],
    )  # fmt: skip
    return alternates(answer, addresses)


def _flat(one: dict[str, Any]) -> dict[str, Any]:
    n, d = one["counts"]
    names = ("rank", "code", "name", "kind", "entries", "withheld", "unassessed")
    return {
        **{name: one[name] for name in names},
        "n": n,
        "d": d,
        "percent": openness.percent(n, d),
    }


def _more(found: Rates, basis: str) -> dict[str, Any]:
    rates = {"unit_rate": found.unit_rate["all"], "data_rate": found.data_rate[Basis(basis)]}
    return {
        "as_of": found.as_of.isoformat(),
        "definition": found.definition,
        "edition": found.edition,
        "roster": found.roster,
        "basis": basis,
        **{
            name: {"counts": [rate.n, rate.d], "percent": rate.percent}
            for name, rate in rates.items()
        },
    }


@blueprint.get("/openness/entries", defaults={"form": "html"})
@blueprint.get("/openness/entries.<any(json,csv):form>")
def entries(form: str) -> Response:
    """The entries that make a figure, each with the rule that classified it."""
    on = day_argument("as_of", today())
    basis = choice_argument("basis", list(Basis), Basis.ALL)
    klass = choice_argument("class", list(CLASSES))
    unit, way = argument("unit"), trail()
    size = TABLE_SIZE if form == "html" else TWIN_SIZE
    with http.reading() as session:
        found = openness.entries(
            session, http.actor(), as_of=on, unit=unit, klass=klass, after=way.after, limit=size,
            narrow=Narrow(theme=argument("theme"), item=argument("item")),
        )  # fmt: skip
        whole = openness.entries(session, http.actor(), as_of=on, unit=unit, limit=1)
        rows = [_entry(one) for one in found.items]
        if form != "html":
            more = {"as_of": on.isoformat(), "hidden": found.hidden}
            return twins.answer(form, [_flat_entry(one) for one in rows], more)
        edition = negative_list.edition_on(session, on)
    addresses = twins.links("/openness/entries")
    everything = (klass or argument("theme") or argument("item")) and whole.total
    chosen: dict[str, Any] = {"class": klass}  # a word that Python keeps for itself
    answer = page(
        "openness/entries.html",
        title=_title(klass, argument("item")),
        counts=(found.total, whole.total) if everything else None,
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
        back_url=f"/openness?as_of={on.isoformat()}",
        **chosen,
    )
    return alternates(answer, addresses)


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
        "unit": {"code": one.dataset.unit.code, "name": one.dataset.unit.name},
        "openness": one.dataset.openness,
        "class": one.klass,
        "rule": one.not_due or one.rule,
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
