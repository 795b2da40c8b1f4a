"""Rates in the shapes that cards, tables and charts take."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog import http
from catalog.models import DatasetFact
from catalog.pages.charts import Point, Series
from catalog.services import openness, targets
from catalog.services.openness import Rate, Rates
from catalog.services.openness_counts import in_directory
from catalog.services.targets import Targets
from schemas.vocabularies import Basis, Openness, RateKind

HISTORY_DAYS = 365
OPEN = (openness.Class.OPEN, openness.Class.CONDITIONAL)


def counts(rate: Rate) -> tuple[int, int]:
    """A rate as the charts take it."""
    return rate.n, rate.d


def goals(session: Session, on: date) -> Targets:
    """The targets in force on a day."""
    settings = http.runtime().settings
    return targets.on(session, on, unit=settings.unit_target, data=settings.data_target)


def headline(found: Rates, aims: Targets, basis: str = Basis.ALL) -> list[dict[str, Any]]:
    """The two cards: units that open data, datasets that are open."""
    tail = f"as_of={found.as_of.isoformat()}"
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
            "counts": counts(found.unit_rate["all"]),
            "target": aims.of(RateKind.UNIT).value,
            "unit": _("units"),
            "second": {
                "label": _("Government departments only"),
                "counts": counts(found.unit_rate["departments"]),
            },
            "url": f"/openness?{tail}#units",
        },
        {
            "title": _("Datasets that are open"),
            "counts": counts(found.data_rate[basis]),
            "target": aims.of(RateKind.DATA).value,
            "unit": words[Basis(basis)],
            "second": {"label": labels[other], "counts": counts(found.data_rate[other])},
            "url": f"/openness/entries?{tail}",
        },
    ]


def split(session: Session, on: date, unit_id: int | None = None) -> dict[str, int]:
    """How many entries in force on a day are of which openness; together they are all."""
    query = (
        select(DatasetFact.openness, func.count())
        .where(in_directory(on, None))
        .group_by(DatasetFact.openness)
    )
    if unit_id is not None:
        query = query.where(DatasetFact.unit_id == unit_id)
    found = dict(session.execute(query).all())
    return {kind.value: found.get(kind.value, 0) for kind in Openness}


def history(session: Session, on: date, basis: str) -> list[Series]:
    """Both rates at the end of each month of the year before a day."""
    points = openness.history(session, on - timedelta(days=HISTORY_DAYS), on, basis=Basis(basis))
    return [
        Series(_("Units that open data"), [Point(_label(day, on), counts(one)) for day, one, _d in points]),
        Series(_("Datasets that are open"), [Point(_label(day, on), counts(one)) for day, _u, one in points]),
    ]  # fmt: skip


def _label(day: date, last: date) -> str:
    return day.isoformat() if day == last else f"{day:%Y-%m}"


def unit_trend(session: Session, code: str, on: date, months: int) -> list[Series]:
    """Both bases of one unit's data rate at the end of some months before a day."""
    lines: dict[Basis, list[Point]] = {Basis.DUE: [], Basis.ALL: []}
    for day in openness.months(on - timedelta(days=31 * (months - 1)), on):
        rates = next(
            (one.data_rate for one in openness.by_unit(session, day) if one.key == code), None
        )
        for basis, points in lines.items():
            points.append(Point(_label(day, on), counts(rates[basis]) if rates else (0, 0)))
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
