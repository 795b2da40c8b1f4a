"""What changed the rates between two days: ``/openness/changes``."""

from fractions import Fraction
from typing import Any

from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import plain
from catalog.api.doors import Door
from catalog.services import changes, contributions, facts, scopes
from catalog.services.changes import Changed, Span
from catalog.services.contributions import Cause, Change, Step
from catalog.services.openness import Rate
from schemas.openness_changes import ChangesArgs, ChangesOut

door = Door("openness changes", "What changed the rates between two days, cause by cause")


@door.get("/openness/changes", answers=ChangesOut, query=ChangesArgs)
def show(query: dict[str, Any]) -> Response:
    """Both rates on two days and the exact contribution of every cause to the change"""
    span = Span(query["start"], query["end"] or facts.day(http.now()), query["basis"],
                query["counting"] == "verified")  # fmt: skip
    with http.reading() as session:
        scope = scopes.find(session, query["scope"], query["key"])
        data = changes.data_change(session, scope, span)
        units = changes.unit_change(session, scope, span)[0] if scope.has_unit_rate else None
        entries = (
            changes.entries(session, http.actor(), scope, span, limit=query["limit"])
            if query["limit"]
            else []
        )
        return plain(
            {
                "from": span.start.isoformat(),
                "to": span.end.isoformat(),
                "scope": scope.kind,
                "key": scope.key,
                "basis": span.basis,
                "counting": query["counting"],
                "unit_rate": _change(units) if units else None,
                "data_rate": _change(data),
                "entries": [_entry(entry) for entry in entries],
            }
        )


def _rate(rate: Rate) -> dict[str, Any]:
    return {"counts": [rate.n, rate.d], "percent": rate.percent}


def _parts(value: Fraction | None) -> list[int] | None:
    return None if value is None else [value.numerator, value.denominator]


def _change(change: Change) -> dict[str, Any]:
    return {
        "before": _rate(change.before),
        "after": _rate(change.after),
        "difference": _parts(change.difference),
        "causes": [_cause(step, change.share(step)) for step in change.steps],
    }


def _cause(step: Step, share: Fraction | None) -> dict[str, Any]:
    cause = step.cause
    says = (
        contributions.CAUSES[cause]
        if isinstance(cause, Cause)
        else contributions.UNIT_CAUSES[cause]
    )
    return {
        "cause": str(cause),
        "says": http.say(says),
        "count": step.count,
        "n": step.n,
        "d": step.d,
        "share": _parts(share),
        "points": contributions.points(share),
    }


def _entry(entry: Changed) -> dict[str, Any]:
    return {
        "slug": entry.dataset.slug,
        "code": entry.dataset.code,
        "title": entry.dataset.title,
        "unit": entry.dataset.unit.code,
        "cause": str(entry.cause),
        "before": entry.before,
        "after": entry.after,
    }
