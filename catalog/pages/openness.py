"""Openness rates for any date, and the entries behind every figure: ``/openness``."""

from collections.abc import Callable
from datetime import date, datetime
from fractions import Fraction
from operator import itemgetter
from typing import Any

from flask import Blueprint
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.pages import figures, openness_time, twins
from catalog.pages.asking import (  # fmt: skip
    PAGE_SIZE,
    argument,
    choice_argument,
    day_argument,
    moment_argument,
    slice_of,
    today,
)
from catalog.pages.render import alternates, here, page, word
from catalog.pages.units import heads, ordered
from catalog.services import openness, regions, rosters
from catalog.services import units as units_rules
from catalog.services.openness import (
    Class,
    GroupRates,
    Rate,
    Rates,
    Within,
)
from schemas.records import Message
from schemas.vocabularies import Basis, RateKind

blueprint = Blueprint("pages-openness", __name__)
SORTS = ("rank", "name", "rate", "withheld")
TWIN_SIZE = 10_000

HISTORY_WITHOUT = ("page", "trail", "lang", "by", "sort", "recorded_before")
VERDICTS = {"": None, "yes": True, "no": False}
COUNTINGS = ("declared", "verified")


def share(one: GroupRates | Rates, basis: str, counting: str) -> Rate:
    """The data rate on a base, as declared or as verified."""
    found = one.counts.verified_rate() if counting == "verified" else one.counts.data_rate()
    return found[Basis(basis)]


def row(one: GroupRates, basis: str, counting: str) -> dict[str, Any]:
    """A unit or theme with its share, as the table and its twins show it."""
    counted = figures.counts(share(one, basis, counting))
    return {
        "code": one.key,
        "name": one.name or _("not given"),
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
    by = choice_argument("by", list(openness.GROUPS), "unit")
    counting = choice_argument("counting", COUNTINGS, "declared")
    known = moment_argument("recorded_before")
    sort = choice_argument("sort", [*SORTS, *(f"-{one}" for one in SORTS)], "rank")
    with http.reading() as session:
        within = openness_time.within(session)
        found = openness.rates(session, as_of=on, recorded_before=known, within=within)
        groups = openness.grouped(session, by, on, known, within)
        rows = [row(one, basis, counting) for one in groups if one.on_roster]
        figures.ranked(rows)
        last = len(rows) + 1
        rows = sorted(rows, key=lambda one: one["rank"] or last)
        if sort.lstrip("-") != "rank":
            rows = ordered(rows, sort)
        elif sort == "-rank":
            rows = rows[::-1]
        if form != "html":
            return twins.answer(
                form, [_flat(one) for one in rows], _more(found, basis, counting, known)
            )
        asked = {"by": by, "basis": basis, "counting": counting, "sort": sort}
        return _index(session, found, asked, within, rows)


def _places(session: Session, on: date) -> dict[str, list[tuple[str, str]]]:
    """The regions, and the units that have others below them, as (value, label)."""
    units = rosters.listed(session, on)
    above = {one.parent_id for one in units.values()}
    names = regions.names(session)
    held = sorted({one.region for one in units.values() if one.region})
    return {
        "regions": [(one, names.get(one, one)) for one in held] if len(held) > 1 else [],
        "tops": sorted(
            ((one.code, one.name) for one in units.values() if one.id in above),
            key=itemgetter(1),
        ),
    }


def _index(
    session: Session,
    found: Rates,
    asked: dict[str, str],
    within: Within,
    rows: list[dict[str, Any]],
) -> Response:
    on, by, basis, counting = found.as_of, asked["by"], asked["basis"], asked["counting"]
    aims, scope = figures.goals(session, on), figures.part(session, within)
    aim = figures.goal(aims, RateKind.DATA, scope).value
    shown, ways = slice_of(rows, PAGE_SIZE)
    history = figures.history(session, on, basis, counting, within)
    addresses = twins.links("/openness")
    labels = {
        "rank": _("Rank"), "name": HEADS[by](),
        "rate": word("basis", basis), "withheld": _("Withheld"),
    }  # fmt: skip
    answer = page(
        "openness/index.html",
        as_of=on,
        today=today(),
        basis=basis,
        by=by,
        counting=counting,
        recorded_before=argument("recorded_before"),
        rates=figures.headline(found, aims, basis, counting, scope=scope),
        slider=openness_time.slider(on),
        gains=_gains(history, counting, found, basis),
        year_ago=history.year_ago,
        ways_of_counting=_ways(found),
        split=figures.split(found.counts),
        units=shown,
        heads=heads(labels, asked["sort"]),
        target=aim if basis in {Basis.ALL, Basis.DUE} else None,
        page=ways,
        history=history.series,
        history_target=history.target,
        history_twins=twins.links("/openness/history", without=HISTORY_WITHOUT),
        twins=addresses,
        definition={
            "version": found.definition,
            "sentences": openness.DEFINITIONS[found.definition].sentences,
        },
        edition={"number": found.edition, "url": f"/negative-list/editions/{found.edition}"}
        if found.edition else None,
        roster={"date": on, "units": found.roster},
        warnings=[found.verified_note] if counting == "verified" else [],
        **_choices(session, within, on),
    )  # fmt: skip
    return alternates(answer, addresses)


def _choices(session: Session, within: Within, on: date) -> dict[str, Any]:
    """What can be chosen on the page: the base, the way of counting, what is ranked, which part."""
    return {
        "bases": [(one.value, word("basis", one), here(basis=one.value, page=None)) for one in Basis],
        "countings": [("declared", _("Declared"), here(counting=None, page=None)),
                      ("verified", _("Verified"), here(counting="verified", page=None))],
        "groups": [("unit", _("By unit"), here(by="unit", page=None)),
                   ("subtree", _("With units below"), here(by="subtree", page=None)),
                   ("theme", _("By theme"), here(by="theme", page=None)),
                   ("region", _("By region"), here(by="region", page=None))],
        "region": within.region,
        "under": within.under,
        "part": _part(session, within),
        "whole": here(region=None, under=None, page=None),
        "places": _places(session, on),
    }  # fmt: skip


HEADS: dict[str, Callable[[], str]] = {
    "unit": lambda: _("Unit"),
    "subtree": lambda: _("Unit with everything below it"),
    "theme": lambda: _("Theme"),
    "region": lambda: _("Region"),
}
"""Headings of the ranking, by what it ranks."""


def _part(session: Session, within: Within) -> str:
    """The part of the city in words; empty for the whole."""
    top = units_rules.get(session, within.under).name if within.under else ""
    region = regions.name_of(session, within.region) if within.region else ""
    return " · ".join(one for one in (top, region) if one)


def _gains(
    history: figures.History, counting: str, found: Rates, basis: str
) -> list[Fraction | None]:
    """What both rates gained within a year, in the order of the cards."""
    if history.year_before is None:
        return [None, None]
    verified = counting == "verified"
    now = (
        (found.verified_unit_rate if verified else found.unit_rate)["all"],
        (found.verified_data_rate if verified else found.data_rate)[basis],
    )
    return [
        Fraction(*after) - Fraction(*before) if after.d and before.d else None
        for before, after in zip(history.year_before, now, strict=True)
    ]


def _ways(found: Rates) -> list[dict[str, Any]]:
    """Every variant and base with the sentence that explains it, as declared and as verified."""
    units = {
        "all": Message("Units on the roster with at least one open dataset."),
        "certified": Message(
            "The same without units certified to hold nothing that can be opened."
        ),
        "departments": Message("The same of government departments only."),
    }
    data = {
        Basis.ALL: Message("Open entries of every entry of the directory."),
        Basis.DUE: Message(
            "Open entries of those that are to be opened: without what an item in force closes, what "
            "the superior unit has opened, and declared duplicates."
        ),
        Basis.FIELD: Message("Open fields of all fields of the directory."),
        Basis.VOLUME: Message("Records of open entries of all records of the directory."),
    }
    labels = {
        "all": _("All units"), "certified": _("Without certified empty units"),
        "departments": _("Departments"),
    }  # fmt: skip
    rows: list[dict[str, Any]] = [
        {"rate": "unit", "label": labels[name], "says": says, "url": "",
         "declared": figures.counts(found.unit_rate[name]),
         "verified": figures.counts(found.verified_unit_rate[name])}
        for name, says in units.items()
    ]  # fmt: skip
    rows += [
        {"rate": "data", "label": word("basis", base), "says": says,
         "url": here(basis=base.value, page=None),
         "declared": figures.counts(found.data_rate[base]),
         "verified": figures.counts(found.verified_data_rate[base])}
        for base, says in data.items()
    ]  # fmt: skip
    return rows


def _flat(one: dict[str, Any]) -> dict[str, Any]:
    n, d = one["counts"]
    names = ("rank", "code", "name", "kind", "entries", "withheld", "unassessed")
    return {
        **{name: one[name] for name in names},
        "n": n,
        "d": d,
        "percent": openness.percent(n, d),
    }


def _more(found: Rates, basis: str, counting: str, known: datetime | None) -> dict[str, Any]:
    unit_rate = found.verified_unit_rate if counting == "verified" else found.unit_rate
    rates = {"unit_rate": unit_rate["all"], "data_rate": share(found, basis, counting)}
    return {
        "as_of": found.as_of.isoformat(),
        "recorded_before": known.isoformat() if known else None,
        "counting": counting,
        "definition": found.definition,
        "edition": found.edition,
        "roster": found.roster,
        "basis": basis,
        **{
            name: {"counts": [rate.n, rate.d], "percent": rate.percent}
            for name, rate in rates.items()
        },
    }
