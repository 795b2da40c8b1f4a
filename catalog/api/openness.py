"""Openness rates for any date, and the entries behind every figure: ``/openness``."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http, wording
from catalog.api.answers import page, plain, whole
from catalog.api.doors import Door
from catalog.services import (
    facts,
    openness,
    targets,
    units,
)
from catalog.services.openness import WHOLE, Entry, GroupRates, Narrow, Point, Rate, Within
from catalog.services.openness_definitions import Definition
from catalog.settings import Settings
from schemas.openness import (
    HIDDEN,
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


def figures(
    session: Session,
    settings: Settings,
    *,
    as_of: date,
    by: str = "",
    basis: str = Basis.ALL,
    recorded_before: Any = None,
    within: Within = WHOLE,
    language: str = wording.DEFAULT_LANGUAGE,
) -> dict[str, Any]:
    """The answer of ``/openness`` as plain values; the command line prints the same."""
    if within.under:
        units.get(session, within.under)
    found = openness.rates(session, as_of=as_of, recorded_before=recorded_before, within=within)
    aims = targets.on(
        session, as_of, unit=settings.unit_target, data=settings.data_target,
        recorded_before=recorded_before,
    )  # fmt: skip
    body: dict[str, Any] = {
        "as_of": found.as_of.isoformat(),
        "definition": found.definition,
        "edition": found.edition,
        "roster": found.roster,
        "region": within.region,
        "under": within.under,
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
        groups = openness.grouped(session, by, as_of, recorded_before, within)
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
    query["within"] = Within(query.pop("region"), query.pop("under"))
    with http.reading() as session:
        return plain(figures(session, http.runtime().settings, **query, language=http.language()))


@door.get("/openness/entries", answers=page_of(EntryOut, hidden=HIDDEN), query=EntriesArgs)
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
        "unit": entry.unit.code,
        "class": str(entry.klass),
        "rule": http.say(entry.rule),
        "state": entry.state,
        "items": list(entry.items),
        "not_due": http.say(entry.not_due) if entry.not_due else "",
        "verified": entry.verified,
        "unverified": [http.say(one) for one in entry.unverified],
    }


@door.get("/openness/history", answers=page_of(PointOut), query=HistoryArgs)
def history(query: dict[str, Any]) -> Response:
    """Unit rate and data rate at the end of each month: of the platform, a part of it, or one unit"""
    end = query["end"] or facts.day(http.now())
    within = Within(query["region"], query["under"])
    with http.reading() as session:
        for code in (query["unit"], within.under):
            if code:
                units.get(session, code)
        points = openness.trend(
            session, query["start"], end, query["unit"],
            within=within, recorded_before=query["recorded_before"],
        )  # fmt: skip
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
