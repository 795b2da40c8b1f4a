"""Openness rates for any date, and the entries behind every figure: ``/openness``."""

from datetime import date, datetime
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.models import Unit
from catalog.pages import entry_parts, figures, openness_time, twins
from catalog.pages.asking import (  # fmt: skip
    PAGE_SIZE,
    TABLE_SIZE,
    argument,
    choice_argument,
    day_argument,
    followed,
    moment_argument,
    slice_of,
    today,
    trail,
)
from catalog.pages.render import alternates, here, page, word
from catalog.pages.units import heads, ordered
from catalog.services import negative_list, openness
from catalog.services.openness import CLASSES, Class, Entry, GroupRates, Narrow, Rate, Rates
from catalog.services.visibility import knows
from schemas.records import Message
from schemas.vocabularies import Basis, RateKind

blueprint = Blueprint("pages-openness", __name__)
SORTS = ("rank", "name", "rate", "withheld")
GROUPS = {"unit": openness.by_unit, "theme": openness.by_theme}
TWIN_SIZE = 10_000

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
    counting = choice_argument("counting", COUNTINGS, "declared")
    known = moment_argument("recorded_before")
    sort = choice_argument("sort", [*SORTS, *(f"-{one}" for one in SORTS)], "rank")
    with http.reading() as session:
        found = openness.rates(session, as_of=on, recorded_before=known)
        groups = GROUPS[by](session, on, known)
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
        return _index(session, found, asked, rows)


def _index(
    session: Session, found: Rates, asked: dict[str, str], rows: list[dict[str, Any]]
) -> Response:
    on, by, basis, counting = found.as_of, asked["by"], asked["basis"], asked["counting"]
    aims = figures.goals(session, on)
    aim = aims.of(RateKind.DATA).value
    shown, ways = slice_of(rows, PAGE_SIZE)
    history = figures.history(session, on, basis, counting)
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
        counting=counting,
        recorded_before=argument("recorded_before"),
        bases=[(one.value, word("basis", one), here(basis=one.value, page=None)) for one in Basis],
        countings=[("declared", _("Declared"), here(counting=None, page=None)),
                   ("verified", _("Verified"), here(counting="verified", page=None))],
        rates=figures.headline(found, aims, basis, counting),
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
        twins=addresses,
        definition={
            "version": found.definition,
            "sentences": openness.DEFINITIONS[found.definition].sentences,
        },
        edition={"number": found.edition, "url": f"/negative-list/editions/{found.edition}"}
        if found.edition else None,
        roster={"date": on, "units": found.roster},
        warnings=[found.verified_note] if counting == "verified" else [],
    )  # fmt: skip
    return alternates(answer, addresses)


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
        "unit": {"code": one.dataset.unit.code, "name": one.dataset.unit.name},
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
