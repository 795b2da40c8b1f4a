"""Openness rates for any date, and the entries behind every figure: ``/openness``."""

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from functools import partial
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http, wording
from catalog.api.answers import page, plain, whole
from catalog.api.doors import Door
from catalog.services import correction_effects, corrections, facts, openness, targets, units
from catalog.services.openness import Entry, GroupRates, Narrow, Point, Rate
from catalog.services.openness_definitions import Definition
from catalog.settings import Settings
from schemas.openness import (
    CorrectionIn,
    CorrectionOut,
    CorrectionPreviewOut,
    CorrectionTry,
    DefinitionOut,
    EntriesArgs,
    EntryOut,
    HistoryArgs,
    OpennessArgs,
    OpennessOut,
    PointOut,
)
from schemas.paging import page_of
from schemas.vocabularies import Basis, RateKind

door = Door("openness", "Openness rates for any date: counts, exact fractions, targets, drill-down")

_GROUPS = {"unit": "units", "subtree": "units", "theme": "themes", "region": "regions"}
_COUNTED: Mapping[str, Callable[..., list[GroupRates]]] = {
    "unit": openness.by_unit,
    "subtree": partial(openness.by_unit, with_subordinates=True),
    "theme": openness.by_theme,
    "region": openness.by_region,
}


def figures(
    session: Session,
    settings: Settings,
    *,
    as_of: date,
    by: str = "",
    basis: str = Basis.ALL,
    recorded_before: Any = None,
    language: str = wording.DEFAULT_LANGUAGE,
) -> dict[str, Any]:
    """The answer of ``/openness`` as plain values; the command line prints the same."""
    found = openness.rates(session, as_of=as_of, recorded_before=recorded_before)
    aims = targets.on(
        session, as_of, unit=settings.unit_target, data=settings.data_target,
        recorded_before=recorded_before,
    )  # fmt: skip
    body: dict[str, Any] = {
        "as_of": found.as_of.isoformat(),
        "definition": found.definition,
        "edition": found.edition,
        "roster": found.roster,
        "basis": str(basis),
        "recorded_before": recorded_before.isoformat() if recorded_before else None,
        "unit_rate": {
            **_figure(
                found.unit_rate["all"],
                found.verified_unit_rate["all"],
                aims.of(RateKind.UNIT).value,
            ),
            "variants": _rates(found.unit_rate),
            "verified_variants": _rates(found.verified_unit_rate),
        },
        "data_rate": {
            str(name): _figure(rate, found.verified_data_rate[name], aims.of(RateKind.DATA).value)
            for name, rate in found.data_rate.items()
        },
        "classes": {str(name): count for name, count in found.classes.items()},
        "verified_note": wording.say(found.verified_note, language),
    }
    if by:
        groups = _COUNTED[by](session, as_of, recorded_before)
        body[_GROUPS[by]] = [_group(group, basis) for group in groups]
    return body


def _rate(rate: Rate) -> dict[str, Any]:
    return {"counts": [rate.n, rate.d], "percent": rate.percent}


def _rates(rates: Mapping[str, Rate]) -> dict[str, Any]:
    return {str(name): _rate(rate) for name, rate in rates.items()}


def _figure(rate: Rate, verified: Rate, target: Fraction) -> dict[str, Any]:
    return {
        **_rate(rate),
        "declared": _rate(rate),
        "verified": _rate(verified),
        "target": [target.numerator, target.denominator],
        "met": openness.meets(rate.n, rate.d, target),
        "missing": openness.gap_to_target(rate.n, rate.d, target),
    }


def _group(group: GroupRates, basis: str) -> dict[str, Any]:
    return {
        "key": group.key,
        "code": group.key,
        "name": group.name,
        "kind": group.kind,
        "parent": group.parent,
        "on_roster": group.on_roster,
        "rate": _rate(group.data_rate[basis]),
        "unit_rate": _rate(group.unit_rate) if group.unit_rate is not None else None,
        "verified_unit_rate": _rate(group.verified_unit_rate)
        if group.verified_unit_rate is not None
        else None,
        "data_rate": _rates(group.data_rate),
        "verified_rate": _rates(group.verified_rate),
        "classes": {str(name): count for name, count in group.classes.items()},
    }


@door.get("/openness", answers=OpennessOut, query=OpennessArgs)
def show(query: dict[str, Any]) -> Response:
    """Rates of a day: counts, fractions, percentages, targets, definition, edition, roster"""
    query["as_of"] = query["as_of"] or facts.day(http.now())
    with http.reading() as session:
        return plain(figures(session, http.runtime().settings, **query, language=http.language()))


@door.get("/openness/entries", answers=page_of(EntryOut), query=EntriesArgs)
def entries(query: dict[str, Any]) -> Response:
    """The entries behind a figure, each with the rule that classified it"""
    narrow = Narrow(
        query.pop("theme"), query.pop("item"), query.pop("recorded_before"), query.pop("verified")
    )
    query["as_of"] = query["as_of"] or facts.day(http.now())
    with http.reading() as session:
        found = openness.entries(session, http.actor(), **query, narrow=narrow)
        return page(found, _entry, limit=query["limit"], hidden=found.hidden)


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "slug": entry.dataset.slug,
        "code": entry.dataset.code,
        "title": entry.dataset.title,
        "unit": entry.dataset.unit.code,
        "class": str(entry.klass),
        "rule": http.say(entry.rule),
        "state": entry.state,
        "items": list(entry.items),
        "not_due": http.say(entry.not_due) if entry.not_due else "",
        "verified": entry.verified,
        "unverified": [http.say(one) for one in entry.unverified],
    }


@door.post("/openness/corrections", answers=CorrectionOut, body=CorrectionIn)
def correct(body: dict[str, Any]) -> Response:
    """Say late what was true of an entry in the past; what was known before stays to be asked for"""
    slug = body.pop("dataset")
    with http.transaction() as session:
        done = corrections.correct(session, http.actor(), slug, body, now=http.now())
    shown = {"dataset": done.slug, "from": done.begins.isoformat(), "to": done.ends.isoformat()}
    return plain({**shown, "days": done.days}, 201)


@door.post("/openness/corrections/preview", answers=CorrectionPreviewOut, body=CorrectionTry,
           status=200)  # fmt: skip
def preview_correction(body: dict[str, Any]) -> Response:
    """What a correction would change: rates before and after on its days; nothing is recorded"""
    slug = body.pop("dataset")
    with http.trial() as session:
        found = correction_effects.preview(session, http.actor(), slug, body, now=http.now())
    return plain(
        {
            "dataset": slug,
            "from": found.begins.isoformat(),
            "to": found.ends.isoformat(),
            "days": found.days,
            "rates": [
                {
                    "day": one.day.isoformat(),
                    "frozen": one.frozen or None,
                    "before": _day_rates(one.before),
                    "after": _day_rates(one.after),
                }
                for one in found.rates
            ],
        }
    )


def _day_rates(rates: correction_effects.Rates) -> dict[str, list[int]]:
    named = {"unit": rates.unit, "all": rates.all, "due": rates.due, "own": rates.own}
    return {name: [rate.n, rate.d] for name, rate in named.items()}


@door.get("/openness/history", answers=page_of(PointOut), query=HistoryArgs)
def history(query: dict[str, Any]) -> Response:
    """Unit rate and data rate at the end of each month, of the platform or of one unit"""
    end = query["end"] or facts.day(http.now())
    with http.reading() as session:
        if query["unit"]:
            units.get(session, query["unit"])
        points = openness.trend(session, query["start"], end, query["unit"])
    basis = Basis(query["basis"])
    return whole(points, lambda point: _point(point, basis))


def _point(point: Point, basis: Basis) -> dict[str, Any]:
    return {
        "day": point.day.isoformat(),
        "unit_rate": _rate(point.unit_rate),
        "data_rate": _rate(point.counts.data_rate()[basis]),
        "verified_unit_rate": _rate(point.verified_unit_rate),
        "verified_data_rate": _rate(point.counts.verified_rate()[basis]),
    }


@door.get("/openness/definitions", answers=page_of(DefinitionOut))
def definitions() -> Response:
    """Every version of the definitions, oldest first: what is counted, in words"""
    return whole(list(openness.DEFINITIONS.values()), _definition)


def _definition(one: Definition) -> dict[str, Any]:
    return {
        "version": one.version,
        "since": one.since.isoformat(),
        "current": one.version == openness.DEFINITION,
        "changed": http.say(one.changed),
        "sentences": [http.say(sentence) for sentence in one.sentences],
    }
