"""Rates in the shapes that cards, tables and charts take."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from catalog import http
from catalog.pages.charts import Point, Series
from catalog.services import openness, scopes, targets
from catalog.services.openness import WHOLE, Counts, Rate, Rates, Within
from catalog.services.openness import Point as Month
from catalog.services.scopes import Scope
from catalog.services.targets import Goal, Targets
from schemas.vocabularies import Basis, RateKind, TargetScope

HISTORY_DAYS = 3 * 365
OPEN = (openness.Class.OPEN, openness.Class.CONDITIONAL)


def counts(rate: Rate) -> tuple[int, int]:
    """A rate as the charts take it."""
    return rate.n, rate.d


def goals(session: Session, on: date, recorded_before: datetime | None = None) -> Targets:
    """The targets in force on a day, as known now or as known at a moment."""
    settings = http.runtime().settings
    return targets.on(
        session, on, unit=settings.unit_target, data=settings.data_target,
        recorded_before=recorded_before,
    )  # fmt: skip


def data_targets(session: Session, days: Collection[date], scope: Scope) -> dict[date, Fraction]:
    """What the data rate of a scope has to reach on each of some days."""
    settings = http.runtime().settings
    found = targets.on_days(session, days, unit=settings.unit_target, data=settings.data_target)
    return {day: goal(one, RateKind.DATA, scope).value for day, one in found.items()}


def part(session: Session, within: Within) -> Scope:
    """Whose targets a part of the city is measured by."""
    if within.under:
        return scopes.find(session, TargetScope.UNIT, within.under)
    return scopes.find(session, TargetScope.REGION, within.region) if within.region else scopes.CITY


def goal(aims: Targets, kind: str, scope: Scope) -> Goal:
    """The target of a scope."""
    return aims.of(kind, scope.kind, scope.key, scope.above)


def headline(
    found: Rates,
    aims: Targets,
    basis: str = Basis.ALL,
    counting: str = "declared",
    *,
    scope: Scope = scopes.CITY,
) -> list[dict[str, Any]]:
    """The two cards: units that open data, datasets that are open."""
    aim = {kind: goal(aims, kind, scope) for kind in (RateKind.UNIT, RateKind.DATA)}
    tail = f"as_of={found.as_of.isoformat()}"
    unit_rate, data_rate = found.unit_rate, found.data_rate
    if counting == "verified":
        unit_rate, data_rate = found.verified_unit_rate, found.verified_data_rate
    other = Basis.DUE if basis == Basis.ALL else Basis.ALL
    labels = {Basis.DUE: _("Of the entries due to open"), Basis.ALL: _("Of all entries")}
    words = {
        Basis.ALL: _("entries"),
        Basis.DUE: _("entries"),
        Basis.FIELD: _("fields"),
        Basis.VOLUME: _("records"),
    }
    return [
        {
            "title": _("Units that open data"),
            "counts": counts(unit_rate["all"]),
            "target": aim[RateKind.UNIT].value,
            "unit": _("units"),
            "since": aim[RateKind.UNIT].since,
            "second": {
                "label": _("Government departments only"),
                "counts": counts(unit_rate["departments"]),
            },
            "url": f"/openness?{tail}#units",
        },
        {
            "title": _("Datasets that are open"),
            "counts": counts(data_rate[basis]),
            "target": aim[RateKind.DATA].value,
            "unit": words[Basis(basis)],
            "since": aim[RateKind.DATA].since,
            "second": {"label": labels[other], "counts": counts(data_rate[other])},
            "url": f"/openness/entries?{tail}",
        },
    ]


def split(counts: Counts) -> dict[str, int]:
    """How many entries in force are of which openness; together they are all."""
    return {kind.value: count for kind, count in counts.by_openness().items()}


@dataclass(frozen=True, slots=True)
class History:
    """Both rates month by month, and the target of the data rate as it stood then."""

    series: list[Series]
    target: list[Fraction]
    year_before: tuple[Rate, Rate] | None
    year_ago: date


def months(session: Session, on: date, unit: str = "", within: Within = WHOLE) -> list[Month]:
    """The month ends of the three years before a day, from the first that has any entries."""
    points = openness.trend(session, on - timedelta(days=HISTORY_DAYS), on, unit, within=within)
    while len(points) > 1 and not points[0].counts.entries:
        points = points[1:]
    return points


def both(point: Month, basis: str, counting: str) -> tuple[Rate, Rate]:
    """Unit rate and data rate of a month end, as declared or as verified."""
    if counting == "verified":
        return point.verified_unit_rate, point.counts.verified_rate()[Basis(basis)]
    return point.unit_rate, point.counts.data_rate()[Basis(basis)]


def history(
    session: Session, on: date, basis: str, counting: str = "declared", within: Within = WHOLE
) -> History:
    """Both rates of the city or a part of it, month by month."""
    points = months(session, on, within=within)
    rates = [both(one, basis, counting) for one in points]
    labels = [_label(one.day, on) for one in points]
    kinds = [_("Units that open data"), _("Datasets that are open")]
    series = [
        Series(kind, [Point(label, counts(pair[at])) for label, pair in zip(labels, rates, strict=True)])
        for at, kind in enumerate(kinds)
    ]  # fmt: skip
    aims = data_targets(session, [one.day for one in points], part(session, within))
    target = [aims[one.day] for one in points]
    known = len(rates) >= 13
    ago = points[-13].day if known else on
    return History(series, target, rates[-13] if known else None, ago)


def _label(day: date, last: date) -> str:
    return day.isoformat() if day == last else f"{day:%Y-%m}"


def unit_trend(session: Session, code: str, on: date, months: int) -> list[Series]:
    """Both bases of one unit's data rate at the end of some months before a day."""
    lines: dict[Basis, list[Point]] = {Basis.DUE: [], Basis.ALL: []}
    for point in openness.trend(session, on - timedelta(days=31 * (months - 1)), on, code):
        for basis, points in lines.items():
            points.append(Point(_label(point.day, on), counts(point.counts.data_rate()[basis])))
    return [
        Series(_("Of the entries due to open"), lines[Basis.DUE]),
        Series(_("Of all entries"), lines[Basis.ALL]),
    ]


def sort_key(counted: tuple[int, int]) -> tuple[bool, Fraction]:
    """Order of shares; a share of nothing comes last when the greatest comes first."""
    return (counted[1] > 0, Fraction(*counted) if counted[1] else Fraction(0))


def opened(classes: Mapping[str, int]) -> int:
    """How many entries count as open."""
    return sum(classes[one] for one in OPEN)


def total(classes: Mapping[str, int]) -> int:
    """How many entries there are."""
    return sum(classes.values())


def ranked(rows: Sequence[dict[str, Any]]) -> None:
    """Give each row its place by share; equal shares share a place, a share of nothing has none."""
    by_share = sorted(rows, key=lambda row: sort_key(row["counts"]), reverse=True)
    place, before = 0, None
    for at, row in enumerate(by_share, 1):
        share = sort_key(row["counts"])
        if share != before:
            place, before = at, share
        row["rank"] = place if row["counts"][1] else None
