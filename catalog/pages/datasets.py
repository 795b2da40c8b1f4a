"""Searching the directory: ``/datasets``, as a page, a fragment, JSON and CSV."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import ANONYMOUS
from catalog.http import outward
from catalog.pages import summaries, twins, unit_tree
from catalog.pages.asking import (  # fmt: skip
    PAGE_SIZE,
    argument,
    choice_argument,
    day_argument,
    numbered,
    page_number,
    today,
)
from catalog.pages.render import alternates, here, page, word
from catalog.search import FACETS, Way
from catalog.services import paging, publications, searching, suggesting
from catalog.services.searching import DEEPEST, SORTS, SearchQuery, SearchResult
from schemas.interop import atom
from schemas.licences import LICENCES

blueprint = Blueprint("pages-datasets", __name__)
TWIN_SIZE = 1_000
FED = 50
DAYS = ("updated_after", "updated_before")
WORDS = {
    "openness": "openness", "theme": "theme", "state": "state", "update_cycle": "cycle",
    "quality": "quality",
}  # fmt: skip


def _titles() -> dict[str, str]:
    return {
        "openness": _("Openness type"),
        "theme": _("Theme"),
        "under": _("Unit, with all below it"),
        "unit": _("Unit"),
        "format": _("Format"),
        "update_cycle": _("Update cycle"),
        "state": _("State"),
        "freshness": _("On time"),
        "quality": _("Quality"),
        "licence": _("Licence"),
        "region": _("Region"),
    }


def asked(limit: int) -> SearchQuery:
    """The question that the address asks."""
    at = page_number()
    narrow: dict[str, Any] = {name: tuple(request.args.getlist(name)[:50]) for name in FACETS}
    if len(narrow["under"]) > 1:
        with http.reading() as session:
            units = searching.places(session, http.runtime().index)
        narrow["under"] = unit_tree.narrowest(units, narrow["under"])
    days: dict[str, Any] = {name: day_argument(name, date.min) for name in DAYS if argument(name)}
    return SearchQuery(
        q=argument("q"),
        **narrow,
        **days,
        sort=choice_argument("sort", SORTS, "relevance"),
        after=paging.encode((at - 1) * limit) if at > 1 else "",
        limit=limit,
        facets=FACETS,
        on=today(),
    )


@blueprint.get("/datasets.atom")
def feed() -> Response:
    """The entries that match as a feed in parts, newest first; the same for everybody."""
    asked_for, at = replace(asked(FED), facets=()), page_number()
    if not argument("sort"):
        asked_for = replace(asked_for, sort="modified")
    site = outward.site()
    first = here(page=None)
    with http.reading() as session:
        found = searching.search(session, http.runtime().index, ANONYMOUS, asked_for)
        ids = [dataset.id for dataset in found.items]
        entries = publications.some(session, ids, base=site.url)
    # Entries of one day have no order of their own in the index.
    entries.sort(key=lambda one: (-one.changed_at.timestamp(), one.slug))
    title = f"{site.title} · {argument('q')}" if argument("q") else site.title
    head = atom.Feed(
        f"{site.url}{first}",
        f"{site.url}{first.replace('.atom', '', 1)}",
        title,
        here=f"{site.url}{here()}" if at > 1 else "",
        next=f"{site.url}{here(page=at + 1)}" if found.next and at * FED <= DEEPEST else "",
    )
    body = atom.feed(site, head, entries)
    return http.for_everybody(
        lambda: body,
        media_type=atom.MEDIA_TYPE,
        tag=http.tag_of(body),
        modified=max((one.changed_at for one in entries), default=None),
    )


@blueprint.get("/datasets/suggestions")
def suggestions() -> Response:
    """What somebody who is still typing may mean, as a fragment below the field."""
    text = argument("q")[:60]
    with http.reading() as session:
        found = suggesting.suggest(session, http.runtime().index, http.actor(), text)
    return page("datasets/_suggestions.html", found=found)


@blueprint.get("/datasets", defaults={"form": "html"})
@blueprint.get("/datasets.<any(json,csv):form>")
def index(form: str) -> Response:
    """Entries that match, with facets; nothing that the asker may not know of is counted."""
    limit = PAGE_SIZE if form == "html" else TWIN_SIZE
    query = asked(limit)
    with http.reading() as session:
        found = searching.search(session, http.runtime().index, http.actor(), query)
        rows = summaries.of(session, found.items, today(), q=found.searched_for or query.q)
        if form != "html":
            return twins.answer(
                form, [summaries.twin_row(row) for row in rows], {"total": found.total}
            )
        relax = _relaxed(session, query) if not found.items else []
        facets = _facets(query, found, searching.places(session, http.runtime().index))
    addresses = twins.links("/datasets", twins=(*twins.TWINS, "atom"))
    fragment = (
        "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
    )
    answer = page(
        "datasets/_results.html" if fragment else "datasets/index.html",
        q=query.q,
        sort=query.sort,
        sorts=[
            ("relevance", _("Best match") if query.q else _("Those with data first")),
            ("modified", _("Last updated")),
        ],
        facets=facets,
        days={name: getattr(query, name) for name in DAYS},
        chips=_chips(query, found),
        clear_url=here(**dict.fromkeys([*FACETS, "page", *DAYS])),
        results=rows,
        inexact=_inexact(found),
        page=numbered(found.total, limit, page_number()),
        twins=addresses,
        relax=relax,
    )
    answer.vary.add("HX-Request")
    return alternates(answer, addresses)


def _inexact(found: SearchResult[Any]) -> str:
    """How what is shown was found, where no entry has the words as they were typed."""
    said = {
        Way.BY_SOUND: _("Nothing is written like that. These entries sound like it."),
        Way.NEARLY: _("Nothing is written like that. These entries come near."),
    }
    told = [str(said[found.way])] if found.way in said else []
    if found.searched_for:
        told.insert(0, _("No entry has every word of the question. Searched for: %(words)s.",
                         words=found.searched_for))  # fmt: skip
    return " ".join(told)


def label(name: str, value: str, given: str = "") -> str:
    """A facet's value in words."""
    if name == "format":
        return value.upper()
    if name == "freshness":
        return word("lateness", value.replace("-", " "))
    if name == "licence" and value in LICENCES:
        return http.say(LICENCES[value].title)
    return word(WORDS[name], value) if name in WORDS else given or value


def _facets(
    query: SearchQuery, found: SearchResult[Any], units: Mapping[str, searching.Place]
) -> list[dict[str, Any]]:
    facets = []
    for name, title in _titles().items():
        chosen, counted = getattr(query, name), found.facets.get(name, [])
        known = {one.value for one in counted}
        shown = [(one, 0) for one in counted]
        if name == "under":
            shown = unit_tree.lines(units, counted, chosen)
        elif name == "unit" and not chosen:
            continue  # the tree has them all
        items = [
            {"value": one.value, "label": label(name, one.value, one.label), "count": one.count,
             "selected": one.value in chosen, "depth": depth}
            for one, depth in shown
        ]  # fmt: skip
        items += [
            {"value": one, "label": label(name, one), "count": 0, "selected": True, "depth": 0}
            for one in chosen
            if one not in known
        ]
        if len(items) > 1 or chosen:
            facets.append({"name": name, "title": title, "items": items, "shown": 8})
    return facets


def _chips(query: SearchQuery, found: SearchResult[Any]) -> list[dict[str, str]]:
    chips = []
    for name, title in _titles().items():
        names = {one.value: one.label for one in found.facets.get(name, [])}
        chosen = getattr(query, name)
        for value in chosen:
            rest = [one for one in chosen if one != value]
            text = f"{title}: {label(name, value, names.get(value, ''))}"
            chips.append({"label": text, "url": here(**{name: rest}, page=None)})
    said = {"updated_after": _("Updated after"), "updated_before": _("Updated before")}
    chips += [
        {"label": f"{said[name]}: {day.isoformat()}", "url": here(**{name: None}, page=None)}
        for name in DAYS
        if (day := getattr(query, name))
    ]
    return chips


def _without(query: SearchQuery, name: str) -> SearchQuery:
    nothing: dict[str, Any] = {name: ()}
    return replace(query, **nothing)


def _relaxed(session: Session, query: SearchQuery) -> list[dict[str, Any]]:
    """The same question with one filter less, where that finds something."""
    titles = _titles()
    ways: list[tuple[str, SearchQuery, str]] = [
        (_("Without: %(filter)s", filter=titles[name]), _without(query, name), name)
        for name in FACETS
        if getattr(query, name)
    ]
    if query.q and ways:
        ways.append((_("Without the words"), replace(query, q=""), "q"))
    shown = []
    for text, wider, name in ways:
        wide = replace(wider, limit=1, after="", facets=())
        count = searching.search(session, http.runtime().index, http.actor(), wide).total
        if count:
            shown.append({"label": text, "count": count, "url": here(**{name: None}, page=None)})
    return shown
