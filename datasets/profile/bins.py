"""Histograms with edges that a person would have chosen.

``{"edges": […], "counts": […]}``: a bin holds the values from its edge up to the next one, which
belongs to the next bin, but the last edge to the last bin; ``edges`` has one entry more than
``counts``. Numbers come in steps of 1, 2 or 5 times a power of ten (``scale`` is ``"linear"``), each
on its own where they are few whole numbers (``"each"``), and in powers of ten where most of them
would otherwise share a bin (``"log"``). Dates and times come by calendar ``unit`` (``hour`` to
``millennium``), their edges being the first day or moment of each in ISO 8601. Where a few dates stand
far from all others, as 9999-12-31 for "without end" does, the bins span the others, and ``below`` and
``above`` count those.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import floor, log10
from typing import Any, Final

from datasets.profile.source import Column, Source

MOST_BINS: Final = 24
BINS: Final = 12
FAR: Final = 4
"""Times the span of the middle 98 in 100 that the whole span of dates may have before it is cut."""

_DAYS: Final = {"hour": 1 / 24, "day": 1, "month": 30.4, "quarter": 91.3, "year": 365.2,
                "decade": 3652, "century": 36524, "millennium": 365242}  # fmt: skip
_MONTHS: Final = {
    "month": 1,
    "quarter": 3,
    "year": 12,
    "decade": 120,
    "century": 1200,
    "millennium": 12000,
}


def histogram(
    source: Source, column: Column, bounds: tuple[Any, Any], points: Sequence[Any]
) -> dict[str, Any]:
    """Counts of a column's values (of the table ``counted``) between sensible edges.

    ``bounds`` are its extremes; ``points`` the values below which 1, 25, 50, 75 and 99 of 100 stand.
    """
    if column.kind in {"date", "time"}:
        return _by_calendar(source, column, bounds, points)
    low, high = float(bounds[0]), float(bounds[1])
    if low == high:
        count = source.ask_one("SELECT sum(n)::BIGINT FROM counted WHERE v IS NOT NULL")[0]
        return {"edges": [low, high], "counts": [count], "scale": "linear"}
    if column.kind == "whole" and high - low < MOST_BINS:
        edges = [Decimal(int(low) + step) for step in range(int(high - low) + 2)]
        return _between(source, edges, "each")
    edges = _steps(low, high, whole=column.kind == "whole")
    if low >= 0 and float(points[3]) < edges[1] and high > 0:
        return _between(source, _powers(low, float(points[0]), high), "log")
    return _between(source, edges, "linear")


def _steps(low: float, high: float, *, whole: bool) -> list[Decimal]:
    """Edges at round multiples of a round step."""
    raw = Decimal((high - low) / BINS)
    size = Decimal(10) ** floor(log10(raw))
    step = next(size * times for times in (1, 2, 5, 10) if size * times >= raw)
    if whole:
        step = max(step, Decimal(1))
    first = floor(Decimal(low) / step)
    last = -floor(-Decimal(high) / step)
    return [step * number for number in range(first, max(last, first + 1) + 1)]


def _powers(low: float, usual: float, high: float) -> list[Decimal]:
    """Powers of ten, a dozen at most, from below where the values usually begin; before them zero, if
    some value is lower."""
    last = floor(log10(high)) + 1
    first = max(floor(log10(usual)) if usual > 0 else last - BINS, last - BINS)
    powers = [Decimal(10) ** power for power in range(first, last + 1)]
    return powers if low >= float(powers[0]) else [Decimal(0), *powers]


def _between(source: Source, edges: list[Decimal], scale: str) -> dict[str, Any]:
    """Counts between edges; values are compared as doubles, as the edges are told."""
    told = [float(edge) for edge in edges]
    return {"edges": told, "counts": _counts(source, "v::DOUBLE", told), "scale": scale}


def _counts(source: Source, value: str, edges: Sequence[Any]) -> list[int]:
    """How many values stand between each two edges; those beyond the last one count before it."""
    cases = "".join(f" WHEN v < ? THEN {place}" for place in range(len(edges) - 2))
    found = dict(
        source.ask(
            f"SELECT CASE{cases or ' WHEN false THEN 0'} ELSE {len(edges) - 2} END, sum(n)::BIGINT "  # noqa: S608
            f"FROM (SELECT {value} AS v, n FROM counted WHERE v IS NOT NULL) GROUP BY 1",
            edges[1:-1],
        )
    )
    return [found.get(place, 0) for place in range(len(edges) - 1)]


def _by_calendar(
    source: Source, column: Column, bounds: tuple[Any, Any], points: Sequence[Any]
) -> dict[str, Any]:
    low, high = bounds
    if high - low > FAR * max(points[4] - points[0], timedelta(days=1)):
        low, high = points[0], points[4]
    unit = _unit(high - low, hours=column.kind == "time")
    edges = _calendar(low, high, unit)
    below, *counts, above = _counts(source, "v", [None, *edges, None])
    if edges[-1] == _LAST[type(high)]:  # the end of the calendar is a value too
        counts[-1], above = counts[-1] + above, 0
    shown: dict[str, Any] = {
        "edges": [_told(edge, unit) for edge in edges],
        "counts": counts,
        "unit": unit,
    }
    if below or above:
        shown |= {"below": below, "above": above}
    return shown


def _unit(span: timedelta, *, hours: bool) -> str:
    """The finest unit of which the span needs no more than ``MOST_BINS``."""
    units = [unit for unit in _DAYS if hours or unit != "hour"]
    fitting = (unit for unit in units if span / timedelta(days=_DAYS[unit]) < MOST_BINS - 1)
    return next(fitting, units[-1])


def _calendar(low: Any, high: Any, unit: str) -> list[Any]:
    """The first day or moment of each unit from that of ``low`` to beyond ``high``."""
    edges = [_begun(low, unit)]
    while edges[-1] <= high and edges[-1] < _LAST[type(high)]:
        edges.append(_next(edges[-1], unit))
    return edges


_LAST: Final = {date: date.max, datetime: datetime.max}  # noqa: DTZ901  (wall-clock times)


def _begun(moment: Any, unit: str) -> Any:
    """When the unit began that holds the moment."""
    if isinstance(moment, datetime):
        hour = moment.hour if unit == "hour" else 0
        moment = moment.replace(hour=hour, minute=0, second=0, microsecond=0)
    if unit not in _MONTHS:
        return moment
    months = _MONTHS[unit]
    place = max((moment.year * 12 + moment.month - 1) // months * months, 12)
    return moment.replace(year=place // 12, month=place % 12 + 1, day=1)


def _next(edge: Any, unit: str) -> Any:
    """When the next unit begins; the last one of the calendar ends with it."""
    try:
        if unit not in _MONTHS:
            return edge + timedelta(hours=1 if unit == "hour" else 24)
        place = edge.year * 12 + edge.month - 1
        months = _MONTHS[unit]
        place = (place // months + 1) * months
        return edge.replace(year=place // 12, month=place % 12 + 1)
    except (OverflowError, ValueError):
        return _LAST[type(edge)]


def _told(edge: Any, unit: str) -> str:
    if unit != "hour" and isinstance(edge, datetime):
        return edge.date().isoformat()
    return str(edge.isoformat())
