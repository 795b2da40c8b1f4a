"""What changed the rates between two days, cause by cause: ``/openness/changes``."""

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from flask import Blueprint
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.models import Unit
from catalog.pages import figures, twins
from catalog.pages.asking import (  # fmt: skip
    PAGE_SIZE,
    argument,
    choice_argument,
    day_argument,
    slice_of,
    today,
)
from catalog.pages.openness import COUNTINGS
from catalog.pages.openness_plan import scope_asked
from catalog.pages.render import alternates, here, page, word
from catalog.pages.staff import every_unit
from catalog.services import changes, contributions
from catalog.services.changes import Changed, Span
from catalog.services.contributions import Cause, Change, Step, UnitCause
from catalog.services.scopes import Scope
from catalog.services.visibility import knows
from schemas.vocabularies import Basis

blueprint = Blueprint("pages-openness-changes", __name__)
TWIN_SIZE = 10_000
YEAR = 365


@blueprint.get("/openness/changes", defaults={"form": "html"})
@blueprint.get("/openness/changes.<any(json,csv):form>")
def index(form: str) -> Response:
    """Both rates on two days, and what every cause contributed to the change."""
    end = day_argument("to", today())
    span = Span(
        day_argument("from", end - timedelta(days=YEAR)),
        end,
        choice_argument("basis", list(Basis), Basis.ALL),
        verified=choice_argument("counting", COUNTINGS, "declared") == "verified",
    )
    cause = choice_argument("cause", list(Cause))
    with http.reading() as session:
        scope = scope_asked(session, argument("unit"), argument("theme"))
        data = changes.data_change(session, scope, span)
        entries = changes.entries(session, http.actor(), scope, span, cause=cause, limit=TWIN_SIZE)
        rows = [_entry(one) for one in entries]
        if form != "html":
            return twins.answer(form, [_flat(one) for one in rows], _summary(span, data))
        return _index(session, scope, span, data, rows)


def _index(
    session: Session, scope: Scope, span: Span, data: Change, rows: list[dict[str, Any]]
) -> Response:
    units = changes.unit_change(session, scope, span) if scope.has_unit_rate else None
    addresses = twins.links("/openness/changes")
    shown, ways = slice_of(rows, PAGE_SIZE)
    sides = [_side(_("Datasets that are open"), data, linked=True)]
    if units:
        sides.insert(0, _side(_("Units that open data"), units[0], linked=False))
    answer = page(
        "openness/changes.html",
        start=span.start,
        end=span.end,
        today=today(),
        ranges=_ranges(span.end),
        unit=argument("unit"),
        theme=argument("theme"),
        scope={"kind": scope.kind, "key": scope.key, "name": scope.name},
        units_to_choose=every_unit(session),
        basis=span.basis,
        bases=[(one.value, word("basis", one), here(basis=one.value, page=None)) for one in Basis],
        counting="verified" if span.verified else "declared",
        countings=[("declared", _("Declared"), here(counting=None, page=None)),
                   ("verified", _("Verified"), here(counting="verified", page=None))],
        sides=sides,
        moved=_moved(units[1]) if units else [],
        cause=argument("cause"),
        causes=[("", _("All"), here(cause=None, page=None))]
        + [
            (step.cause.value, word("cause", step.cause), here(cause=step.cause.value, page=None))
            for step in data.steps
        ],
        entries=shown,
        page=ways,
        twins=addresses,
    )  # fmt: skip
    return alternates(answer, addresses)


def _ranges(end: date) -> list[tuple[str, str]]:
    """The spans that people ask for most, as (label, address)."""
    year = date(end.year, 1, 1)
    quarter = date(end.year, (end.month - 1) // 3 * 3 + 1, 1)
    found = [
        (_("This quarter"), quarter - timedelta(days=1)),
        (_("This year"), year - timedelta(days=1)),
        (_("One year"), end - timedelta(days=YEAR)),
        (_("Three years"), end - timedelta(days=3 * YEAR)),
    ]
    return [
        (label, here(**{"from": start.isoformat(), "to": end.isoformat(), "page": None}))
        for label, start in found
        if start < end
    ]


def _side(title: str, change: Change, *, linked: bool) -> dict[str, Any]:
    shares = [change.share(step) for step in change.steps]
    reach = max((abs(one) for one in shares if one is not None), default=Fraction(0))
    return {
        "title": title,
        "before": figures.counts(change.before),
        "after": figures.counts(change.after),
        "difference": change.difference,
        "reach": reach,
        "steps": [
            _step(step, share, linked=linked)
            for step, share in zip(change.steps, shares, strict=True)
        ],
    }


def _step(step: Step, share: Fraction | None, *, linked: bool) -> dict[str, Any]:
    cause = step.cause
    says = (
        contributions.CAUSES[cause]
        if isinstance(cause, Cause)
        else contributions.UNIT_CAUSES[cause]
    )
    return {
        "cause": cause.value,
        "kind": "cause" if isinstance(cause, Cause) else "unit-cause",
        "says": says,
        "count": step.count,
        "n": step.n,
        "d": step.d,
        "share": share,
        "url": here(cause=cause.value, page=None) + "#entries" if linked else "",
    }


def _moved(named: Mapping[str, list[Unit]]) -> list[dict[str, Any]]:
    return [
        {"cause": cause.value, "units": [{"code": one.code, "name": one.name} for one in held]}
        for cause in UnitCause
        if (held := named.get(cause))
    ]


def _entry(one: Changed) -> dict[str, Any]:
    return {
        "code": one.dataset.code,
        "slug": one.dataset.slug if knows(http.actor(), one.dataset) else "",
        "title": one.dataset.title,
        "unit": {"code": one.dataset.unit.code, "name": one.dataset.unit.name},
        "cause": one.cause.value,
        "before": one.before,
        "after": one.after,
    }


def _flat(one: dict[str, Any]) -> dict[str, Any]:
    names = ("code", "slug", "title", "cause", "before", "after")
    return {
        "unit": one["unit"]["code"],
        "unit_name": one["unit"]["name"],
        **{name: one[name] for name in names},
    }


def _summary(span: Span, data: Change) -> dict[str, Any]:
    return {
        "from": span.start.isoformat(),
        "to": span.end.isoformat(),
        "basis": span.basis,
        "counting": "verified" if span.verified else "declared",
        "before": [data.before.n, data.before.d],
        "after": [data.after.n, data.after.d],
        "causes": [
            {"cause": step.cause, "count": step.count, "n": step.n, "d": step.d}
            for step in data.steps
        ],
    }
