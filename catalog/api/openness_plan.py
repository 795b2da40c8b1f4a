"""Targets of the rates and the fewest entries that reach them: ``/openness/plan``, ``/openness/targets``."""

from typing import Any

from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import one, plain, tagged, whole
from catalog.api.doors import PREFIX, Door
from catalog.services import facts, planning, scopes, stocks, targets
from catalog.services.openness import Rate
from catalog.services.planning import Side
from catalog.services.stocks import Planned
from schemas.paging import page_of
from schemas.targets import PlanArgs, PlanOut, TargetIn, TargetOut

door = Door("openness plan", "Targets of the rates, and the fewest entries that reach them")


@door.get("/openness/plan", answers=PlanOut, query=PlanArgs)
def show(query: dict[str, Any]) -> Response:
    """The fewest entries to open so that both rates reach their targets, and which units hold them"""
    today = facts.day(http.now())
    settings = http.runtime().settings
    with http.reading() as session:
        aims = targets.on(session, today, unit=settings.unit_target, data=settings.data_target)
        scope = scopes.find(session, query["scope"], query["key"])
        made = stocks.plan(session, scope, today, query["basis"], aims)
        actor = http.actor()
        complete = scopes.sees(actor, scope)
        takes = made.takes if complete else stocks.own_part(actor, made)
        entries = stocks.entries(session, scope, made, takes, limit=query["limit"])
        return plain(
            {
                "as_of": today.isoformat(),
                "scope": scope.kind,
                "key": scope.key,
                "basis": query["basis"],
                "unit_rate": _side(made.unit) if made.unit else None,
                "data_rate": _side(made.data),
                "total": made.total,
                "reachable": made.reachable,
                "complete": complete,
                "units": [_unit(row) for row in stocks.by_unit(session, takes)],
                "entries": [_entry(entry) for entry in entries],
            }
        )


def _rate(rate: Rate) -> dict[str, Any]:
    return {"counts": [rate.n, rate.d], "percent": rate.percent}


def _side(side: Side) -> dict[str, Any]:
    value = side.goal.value
    return {
        **_rate(side.rate),
        "target": [value.numerator, value.denominator],
        "target_since": side.goal.since.isoformat() if side.goal.since else None,
        "short": side.short,
        "after": _rate(side.after),
        "reached": side.reached,
    }


def _unit(row: stocks.UnitPart) -> dict[str, Any]:
    return {
        "code": row.unit.code,
        "name": row.unit.name,
        "count": row.count,
        "first_opening": bool(row.first),
        "steps": {str(step): count for step, count in row.steps},
    }


def _entry(entry: Planned) -> dict[str, Any]:
    return {
        "slug": entry.dataset.slug,
        "code": entry.dataset.code,
        "title": entry.dataset.title,
        "unit": entry.dataset.unit.code,
        "step": str(entry.step),
        "todo": http.say(planning.STEPS[entry.step]),
        "first_opening": entry.first,
    }


@door.get("/openness/targets", answers=page_of(TargetOut))
def listing() -> Response:
    """Every target ever set, the newest first; of one scope the latest that has begun is in force"""
    with http.reading() as session:
        answer = whole(targets.history(session), TargetOut)
        return tagged(answer, targets.version(session))


@door.post("/openness/targets", answers=TargetOut, body=TargetIn)
def add(body: dict[str, Any]) -> Response:
    """Set a target from a day on; an empty value takes the scope's own target back"""
    with http.transaction() as session:
        row = targets.set_target(
            session, http.actor(), body, expected=http.expected(), now=http.now()
        )
        return one(TargetOut, row, status=201, location=f"{PREFIX}/openness/targets")
