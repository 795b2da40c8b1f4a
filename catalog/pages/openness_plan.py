"""The gap to the targets and the fewest entries that close it: ``/openness/plan``."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flask import Blueprint
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.models import Unit
from catalog.pages import figures, twins
from catalog.pages.asking import PAGE_SIZE, argument, choice_argument, slice_of, today
from catalog.pages.render import alternates, here, page, word
from catalog.pages.staff import every_unit
from catalog.services import openness, planning, scopes, stocks
from catalog.services.planning import Plan, Side
from catalog.services.scopes import Scope
from catalog.services.stocks import Planned
from schemas.vocabularies import Basis, TargetScope

blueprint = Blueprint("pages-openness-plan", __name__)
SHOWN_UNITS = 50
TWIN_SIZE = 10_000


@blueprint.get("/openness/plan", defaults={"form": "html"})
@blueprint.get("/openness/plan.<any(json,csv):form>")
def index(form: str) -> Response:
    """How far both rates are from their targets, and the fewest entries that bring them there."""
    basis = choice_argument("basis", list(stocks.BASES), Basis.ALL)
    unit, theme = argument("unit"), argument("theme")
    with http.reading() as session:
        scope = scope_asked(session, unit, theme)
        made = stocks.plan(session, scope, today(), basis, figures.goals(session, today()))
        actor = http.actor()
        whole = scopes.sees(actor, scope)
        takes = made.takes if whole else stocks.own_part(actor, made)
        entries = stocks.entries(session, scope, made, takes, limit=TWIN_SIZE)
        rows = [_entry(one) for one in entries]
        if form != "html":
            return twins.answer(form, rows, _summary(made, basis))
        units = [
            {"code": one.unit.code, "name": one.unit.name, "count": one.count, "first": one.first,
             "steps": [(step.value, count) for step, count in one.steps]}
            for one in stocks.by_unit(session, takes)
        ]  # fmt: skip
        closed = _closed(session, made, scope)
        choices = every_unit(session)
    addresses = twins.links("/openness/plan")
    shown, ways = slice_of(rows, PAGE_SIZE)
    answer = page(
        "openness/plan.html",
        as_of=today(),
        scope={"kind": scope.kind, "key": scope.key, "name": scope.name},
        unit=unit,
        theme=theme,
        units_to_choose=choices,
        basis=basis,
        bases=[(one.value, word("basis", one), here(basis=one.value, page=None)) for one in stocks.BASES],
        sides=_sides(made),
        total=made.total,
        reachable=made.reachable,
        whole=whole,
        signed_in=not actor.anonymous,
        units=units[:SHOWN_UNITS],
        page=ways,
        steps=_steps(made) if whole else [],
        entries=shown,
        closed=closed,
        twins=addresses,
    )  # fmt: skip
    return alternates(answer, addresses)


def scope_asked(session: Session, unit: str, theme: str) -> Scope:
    """The part of the directory that an address asks about."""
    if unit:
        return scopes.find(session, TargetScope.UNIT, unit)
    return scopes.find(session, TargetScope.THEME, theme) if theme else scopes.CITY


def _sides(made: Plan) -> list[dict[str, Any]]:
    shown = [(_("Datasets that are open"), _("entries"), made.data)]
    if made.unit is not None:
        shown.insert(0, (_("Units that open data"), _("units"), made.unit))
    return [_side(title, noun, side) for title, noun, side in shown]


def _side(title: str, noun: str, side: Side) -> dict[str, Any]:
    return {
        "title": title,
        "unit": noun,
        "counts": figures.counts(side.rate),
        "target": side.goal.value,
        "since": side.goal.since,
        "short": side.short,
        "after": figures.counts(side.after),
        "reached": side.reached,
    }


def _steps(made: Plan) -> list[dict[str, Any]]:
    return [
        {"step": step.value, "says": planning.STEPS[step], "taken": taken, "held": held}
        for step, (taken, held) in made.by_step().items()
    ]


def _entry(one: Planned) -> dict[str, Any]:
    return {
        "unit": one.dataset.unit.code,
        "unit_name": one.dataset.unit.name,
        "code": one.dataset.code,
        "slug": one.dataset.slug,
        "title": one.dataset.title,
        "step": one.step.value,
        "todo": http.say(planning.STEPS[one.step]),
        "opens_unit": one.first,
    }


def _closed(session: Session, made: Plan, scope: Scope) -> list[dict[str, Any]]:
    """Units on the roster with nothing open: published figures, shown to everybody."""
    if made.unit is None or not made.unit.short:
        return []
    inside = None
    if scope.units is not None:
        inside = set(session.scalars(select(Unit.code).where(Unit.id.in_(scope.units))))
    return [
        {"code": one.key, "name": one.name, "entries": figures.total(one.classes),
         "withheld": one.classes["withheld"]}
        for one in openness.by_unit(session, made.day)
        if one.on_roster and not figures.opened(one.classes) and (inside is None or one.key in inside)
    ]  # fmt: skip


def _summary(made: Plan, basis: str) -> Mapping[str, Any]:
    return {
        "as_of": made.day.isoformat(),
        "basis": basis,
        "total": made.total,
        "reachable": made.reachable,
        "unit_rate": _told(made.unit),
        "data_rate": _told(made.data),
    }


def _told(side: Side | None) -> dict[str, Any] | None:
    if side is None:
        return None
    return {
        "counts": [side.rate.n, side.rate.d],
        "percent": side.rate.percent,
        "target": _parts(side.goal.value),
        "short": side.short,
        "after": [side.after.n, side.after.d],
        "reached": side.reached,
    }


def _parts(value: Fraction) -> list[int]:
    return [value.numerator, value.denominator]
