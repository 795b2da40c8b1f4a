"""The roster with each unit's openness: ``/units`` and ``/units/<code>``."""

from datetime import date
from typing import Any

from flask import Blueprint
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.models import Dataset, ExemptionLink, Unit
from catalog.pages import entry_parts, figures, summaries, twins
from catalog.pages.asking import (  # fmt: skip
    PAGE_SIZE,
    TABLE_SIZE,
    argument,
    choice_argument,
    day_argument,
    numbered,
    page_number,
    slice_of,
    today,
)
from catalog.pages.render import alternates, here, page
from catalog.services import (
    negative_list,
    openness,
    paging,
    regions,
    scopes,
    searching,
    units,
)
from catalog.services.openness import Class, GroupRates
from catalog.services.searching import SearchQuery
from catalog.services.visibility import visible
from schemas.vocabularies import Basis, RateKind, TargetScope, UnitKind

blueprint = Blueprint("pages-units", __name__)
SORTS = ("name", "entries", "all", "due")
TREND_MONTHS = 36


def row(one: GroupRates) -> dict[str, Any]:
    """A unit with its figures, as the table and its twins show it."""
    return {
        "code": one.key,
        "name": one.name,
        "kind": one.kind,
        "entries": figures.total(one.classes),
        "open": figures.opened(one.classes),
        "withheld": one.classes[Class.WITHHELD],
        "all": figures.counts(one.data_rate[Basis.ALL]),
        "due": figures.counts(one.data_rate[Basis.DUE]),
    }


def heads(labels: dict[str, str], sort: str) -> dict[str, dict[str, str]]:
    """Heads of sortable columns; a second click turns the order round."""
    shown = {}
    for name, label in labels.items():
        now = "asc" if sort == name else "desc" if sort == f"-{name}" else ""
        turned = f"-{name}" if now == "asc" or (not now and name != "name") else name
        shown[name] = {"label": label, "sorted": now, "url": here(sort=turned, page=None)}
    return shown


def ordered(rows: list[dict[str, Any]], sort: str) -> list[dict[str, Any]]:
    """Rows by one of their values; shares by their exact fraction."""
    key = sort.lstrip("-")

    def value(one: dict[str, Any]) -> Any:
        found = one[key]
        return figures.sort_key(found) if isinstance(found, tuple) else found

    return sorted(rows, key=value, reverse=sort.startswith("-"))


@blueprint.get("/units", defaults={"form": "html"})
@blueprint.get("/units.<any(json,csv):form>")
def index(form: str) -> Response:
    """Every unit on the roster, whether or not it has opened anything."""
    on = day_argument("as_of", today())
    q, kind = argument("q"), choice_argument("kind", list(UnitKind))
    sort = choice_argument("sort", [*SORTS, *(f"-{one}" for one in SORTS)], "name")
    with http.reading() as session:
        found = [
            row(one)
            for one in openness.by_unit(session, on)
            if one.on_roster
            and (not q or q in one.name or q == one.key)
            and (not kind or one.kind == kind)
        ]
    found = ordered(found, sort)
    if form != "html":
        return twins.answer(form, [_flat(one) for one in found], {"as_of": on.isoformat()})
    shown, ways = slice_of(found, TABLE_SIZE)
    addresses = twins.links("/units")
    labels = {
        "name": _("Unit"),
        "entries": _("Entries"),
        "all": _("Of all entries"),
        "due": _("Of the entries due to open"),
    }
    answer = page(
        "units/index.html", units=shown, page=ways, twins=addresses, heads=heads(labels, sort),
        q=q, kind=kind, kinds=list(UnitKind), as_of=on, today=today(),
    )  # fmt: skip
    return alternates(answer, addresses)


def _flat(one: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: one[name] for name in ("code", "name", "kind", "entries", "open", "withheld")},
        "due_open": one["due"][0],
        "due_entries": one["due"][1],
        "percent_all": openness.percent(*one["all"]),
        "percent_due": openness.percent(*one["due"]),
    }


@blueprint.get("/units/<code>")
def show(code: str) -> Response:
    """A unit: how open it is on a day, what keeps entries closed, what it has published."""
    on = day_argument("as_of", today())
    with http.reading() as session:
        unit = units.get(session, code)
        found = openness.of_unit(session, code, on)
        aims, above = figures.goals(session, on), scopes.find(session, TargetScope.UNIT, code).above
        at = page_number()
        query = SearchQuery(
            unit=(code,), limit=PAGE_SIZE,
            after=paging.encode((at - 1) * PAGE_SIZE) if at > 1 else "",
        )  # fmt: skip
        entries = searching.search(session, http.runtime().index, http.actor(), query)
        classes = found.classes if found else dict.fromkeys(Class, 0)
        successor = session.get(Unit, unit.successor_id) if unit.successor_id else None
        return page(
            "units/show.html",
            unit={
                "code": unit.code, "name": unit.name, "kind": unit.kind,
                "region": regions.name_of(session, unit.region),
                "parent": _named(unit.parent), "successor": _named(successor),
                "on_roster_from": unit.roster_from, "on_roster_to": unit.roster_to,
                "phone": unit.contact,
            },
            as_of=on,
            today=today(),
            definition=openness.DEFINITION,
            rates={
                basis: {
                    "counts": figures.counts(found.data_rate[Basis(basis)]) if found else (0, 0),
                    "target": aims.of(RateKind.DATA, TargetScope.UNIT, code, above).value,
                }
                for basis in ("all", "due")
            },
            trend=figures.unit_trend(session, code, on, TREND_MONTHS),
            history_twins={
                form: f"/openness/history.{form}?unit={code}&as_of={on.isoformat()}"
                for form in twins.TWINS
            },
            split=figures.split(found.counts if found else openness.Counts()),
            funnel=_funnel(code, on, classes, found),
            blockers=_blockers(code, on, classes),
            datasets=summaries.of(session, entries.items, on),
            page=numbered(entries.total, PAGE_SIZE, at),
            items=_items(session, unit, on),
        )  # fmt: skip


def _named(unit: Unit | None) -> dict[str, str] | None:
    return {"code": unit.code, "name": unit.name} if unit else None


def _entries_url(code: str, on: date, klass: str = "", basis: str = "") -> str:
    tail = f"&class={klass}" if klass else ""
    tail += f"&as_of={on.isoformat()}" if on != today() else ""
    return f"/openness/entries?unit={code}{tail}" + (f"&basis={basis}" if basis else "")


def _funnel(code: str, on: date, classes: Any, found: GroupRates | None) -> list[dict[str, Any]]:
    whole = figures.total(classes)
    due = found.data_rate[Basis.DUE].d if found else 0
    decided = figures.opened(classes) + classes[Class.UNPUBLISHED]
    steps = [
        (_("Entries of the directory"), whole, _entries_url(code, on)),
        (_("Due to be opened"), due, _entries_url(code, on, basis="due")),
        (_("Decided to open"), decided, ""),
        (_("Opened"), figures.opened(classes), _entries_url(code, on, Class.OPEN)),
    ]
    return [{"label": label, "count": n, "total": whole, "url": url} for label, n, url in steps]


def _blockers(code: str, on: date, classes: Any) -> list[dict[str, Any]]:
    labels = {
        Class.UNASSESSED: _("Openness not decided"),
        Class.UNPUBLISHED: _("Decided to open, not published"),
        Class.UNCOVERED: _("Withheld without an item in force"),
        Class.WITHHELD: _("Withheld by the negative list"),
    }
    return [
        {"label": label, "count": classes[klass], "url": _entries_url(code, on, klass)}
        for klass, label in labels.items()
        if classes[klass]
    ]


def _items(session: Session, unit: Unit, on: date) -> list[dict[str, Any]]:
    """Items that close entries of the unit, counted over entries that the asker may know of."""
    found = session.execute(
        select(ExemptionLink.item_number, func.count(func.distinct(ExemptionLink.dataset_id)))
        .join(Dataset, Dataset.id == ExemptionLink.dataset_id)
        .where(
            Dataset.unit_id == unit.id,
            visible(http.actor()),
            ExemptionLink.superseded_at.is_(None),
            ExemptionLink.valid_from <= on,
            ExemptionLink.valid_to.is_(None) | (ExemptionLink.valid_to > on),
        )
        .group_by(ExemptionLink.item_number)
        .order_by(ExemptionLink.item_number)
    ).all()
    names = (
        {item.number: item.name for item in negative_list.in_force(session, on)} if found else {}
    )
    return [
        {"no": no, "name": names.get(no, ""), "url": entry_parts.item_url(no), "entries": count}
        for no, count in found
    ]
