"""The profile of a table as pages show it: figures of a column, bins with names, frequent values."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from catalog.pages.charts import Bin

TOP_SHOWN: Final = 5
MOST_PARTS: Final = 12
"""A column of no more different values is a list of kinds: how often each occurs says everything."""

MOST_PART_CHARS: Final = 12
GROUPED_FROM: Final = 10_000
"""Smaller numbers stand without commas: most of them are years."""

NOTHING: Final[Mapping[str, Any]] = {
    "nulls": None, "filled": None, "distinct": None, "estimated": False, "minimum": None,
    "maximum": None, "mean": None, "median": None, "length": None, "bins": [], "below": 0, "above": 0,
    "top": [], "unique": False,
}  # fmt: skip
"""What is shown of a column that the public does not have."""

_CUT: Final = {"century": 4, "decade": 4, "millennium": 4, "year": 4, "quarter": 7, "month": 7}
"""Characters of a day in ISO 8601 that name the unit which begins on it."""


def column(found: Mapping[str, Any], rows: int) -> dict[str, Any]:
    """A column of a profile as the tables show it."""
    filled = rows - found["nulls"]
    estimates = found.get("approximate", ())
    shape = found.get("histogram") or {"edges": [], "counts": []}
    return {
        "nulls": (found["nulls"], rows),
        "filled": (filled, rows),
        "distinct": found["distinct"],
        "estimated": "distinct" in estimates,
        "minimum": _value(found, found["min"]),
        "maximum": _value(found, found["max"]),
        "mean": _mean(found["mean"]) if "mean" in found else None,
        "median": _value(found, found.get("median")),
        "length": found.get("length"),
        "bins": bins(shape),
        "below": shape.get("below", 0),
        "above": shape.get("above", 0),
        "top": _top(found, filled),
        "unique": found["unique"],
    }


def table(profile: Mapping[str, Any]) -> dict[str, Any] | None:
    """The table as a whole; ``None`` of one whose profile does not tell."""
    if "cells" not in profile:
        return None
    cells = profile["cells"]
    return {
        "rows": profile["rows"],
        "columns": len(profile["columns"]),
        "filled": (cells["filled"], cells["all"]),
        "duplicates": profile["duplicate_rows"],
        "keys": [" + ".join(key) for key in profile["keys"] or ()],
    }


def bins(shape: Mapping[str, Any]) -> list[Bin]:
    """The bars of a histogram, each under a name of its own."""
    edges, counts = shape["edges"], shape["counts"]
    names = [_name(shape, edges[at], edges[at + 1]) for at in range(len(counts))]
    return [Bin(name, count) for name, count in zip(names, counts, strict=True)]


def _name(shape: Mapping[str, Any], edge: Any, after: Any) -> str:
    if shape.get("scale") == "each":
        return number(edge)
    if "unit" not in shape:
        return f"{number(edge)} – {number(after)}"
    unit = shape["unit"]
    if unit == "hour":
        return str(edge)[:16].replace("T", " ")
    if unit in {"day", "month", "year"}:
        return str(edge)[: _CUT.get(unit)]
    last = (date.fromisoformat(after) - timedelta(days=1)).isoformat()
    return f"{edge[: _CUT[unit]]} – {last[: _CUT[unit]]}"


def number(value: float) -> str:
    """A figure of a chart: thousands apart, no more than four decimals."""
    return grouped(f"{value:.4f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}")


def grouped(figure: str) -> str:
    """A figure with commas between its thousands, no digit lost."""
    whole, point, fraction = figure.partition(".")
    number = int(whole)
    return figure if abs(number) < GROUPED_FROM else f"{number:,}{point}{fraction}"


def _value(found: Mapping[str, Any], value: Any) -> Any:
    """A value of a column; of one of numbers, as people write them."""
    return grouped(str(value)) if "mean" in found and value is not None else value


def _mean(value: float) -> str:
    return grouped(f"{value:.2f}" if abs(value) >= 1 else f"{value:.4g}" if value else "0")


def _top(found: Mapping[str, Any], filled: int) -> list[dict[str, Any]]:
    """Frequent values where they tell something: of columns without a histogram, of which a value
    stands on more than one row in a hundred."""
    values: Sequence[Mapping[str, Any]] = found.get("top", ())
    if "histogram" in found or not values or values[0]["count"] * 100 < filled:
        return []
    short = found.get("length", {}).get("max", 0) <= MOST_PART_CHARS
    shown = values if found["distinct"] <= MOST_PARTS and short else values[:TOP_SHOWN]
    return [{"value": one["value"], "counts": (one["count"], filled)} for one in shown]
