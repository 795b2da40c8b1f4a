"""One column: its values are counted once, and everything else is asked of the counts.

``GROUP BY`` over a million rows takes a tenth of a second and goes to the disk when it must, so the
same answer serves any length up to ``MOST_DISTINCT`` different values; beyond that the column itself
is asked, for estimates where counting would need them all.
"""

from contextlib import suppress
from typing import Any, Final

import duckdb

from datasets.profile.bins import histogram
from datasets.profile.source import Column, Source, plain

MOST_DISTINCT: Final = 1_000_000
MOST_ROWS_COMPARED: Final = 20_000_000
"""Rows up to which a column that looks like a key is compared value by value."""

LOOKS_UNIQUE: Final = 0.9
"""Share of the estimate of different values in all rows: estimates err by a few in a hundred."""

TOP_VALUES: Final = 10
POINTS: Final = (0.01, 0.25, 0.5, 0.75, 0.99)
"""Shares of the values below: the outer two guard histograms against single outliers."""


def describe(source: Source, column: Column) -> dict[str, Any]:
    """Everything known about a column, as ``profile`` says."""
    if source.rows <= MOST_DISTINCT or _estimate(source, column) <= MOST_DISTINCT:
        counts = f"SELECT {column.word} AS v, count(*) AS n FROM source GROUP BY 1"  # noqa: S608
        # Long texts by the hundred thousand are more than memory holds.
        with suppress(duckdb.OutOfMemoryException):
            source.ask(f"CREATE OR REPLACE TEMP TABLE kept AS {counts}")
            source.ask("CREATE OR REPLACE TEMP VIEW counted AS FROM kept")
            return _from_counts(source, column)
    return _from_rows(source, column)


def _estimate(source: Source, column: Column) -> int:
    sql = f"SELECT approx_count_distinct({column.word}) FROM source"  # noqa: S608  (our words)
    return int(source.ask_one(sql)[0])


def _from_counts(source: Source, column: Column) -> dict[str, Any]:
    filled, distinct, low, high, most, *more = source.ask_one(
        "SELECT coalesce(sum(n) FILTER (v IS NOT NULL), 0)::BIGINT, count(v), min(v), max(v), "  # noqa: S608
        f"max(n) FILTER (v IS NOT NULL){_more(column, 'n')} FROM counted"
    )
    described = _described(source, column, filled, distinct, low, high)
    described["unique"] = filled == distinct == source.rows > 0
    if most is not None and most > 1:
        top = source.ask(
            "SELECT v, n FROM counted WHERE v IS NOT NULL "  # noqa: S608  (our words)
            f"ORDER BY n DESC, v LIMIT {TOP_VALUES}"
        )
        described["top"] = [{"value": plain(value), "count": number} for value, number in top]
    points = _points(source, filled, distinct) if column.ordered and filled else []
    return _completed(source, column, described, more, points)


def _points(source: Source, filled: int, distinct: int) -> list[Any]:
    """The values below which so many of all values stand, each one that occurs."""
    if filled == distinct:
        return list(source.ask_one(f"SELECT quantile_disc(v, {list(POINTS)}) FROM counted")[0])  # noqa: S608
    picks = ", ".join(f"min(v) FILTER (until >= {_place(share, filled)})" for share in POINTS)
    return list(
        source.ask_one(
            f"SELECT {picks} FROM (SELECT v, sum(n) OVER (ORDER BY v ROWS UNBOUNDED PRECEDING) "  # noqa: S608
            "AS until FROM counted WHERE v IS NOT NULL)"
        )
    )


def _place(share: float, filled: int) -> int:
    return max(1, -int(-share * filled // 1))


def _from_rows(source: Source, column: Column) -> dict[str, Any]:
    """The same of a column with too many different values to count, in one reading of it."""
    points = f", approx_quantile(v, {list(POINTS)})" if column.ordered else ""
    more = _more(column, "1")
    values = f"SELECT {column.word} AS v, 1 AS n FROM source"  # noqa: S608  (our words)
    source.ask(f"CREATE OR REPLACE TEMP VIEW counted AS {values}")
    filled, distinct, low, high, *rest = source.ask_one(
        f"SELECT count(v), approx_count_distinct(v), min(v), max(v){more}{points} FROM counted"  # noqa: S608
    )
    exact = None
    if filled == source.rows <= MOST_ROWS_COMPARED and distinct >= LOOKS_UNIQUE * filled:
        exact = _count_distinct(source)
    described = _described(source, column, filled, exact or min(distinct, filled), low, high)
    described["unique"] = exact == source.rows
    estimates = [] if exact else ["distinct"]
    estimates += ["median", "quartiles"] if points else []
    described["approximate"] = estimates
    return _completed(source, column, described, rest, rest[-1] if points else [])


def _count_distinct(source: Source) -> int | None:
    """Exactly how many different values there are; ``None`` where memory and disk do not suffice."""
    try:
        return int(source.ask_one("SELECT count(*) FROM (SELECT v FROM counted GROUP BY v)")[0])
    except duckdb.OutOfMemoryException:
        return None


def _more(column: Column, weight: str) -> str:
    """Sums that only some kinds have, each value counting as often as it occurs."""
    if column.kind == "text":
        return f", min(length(v)), max(length(v)), sum(length(v)::DOUBLE * {weight})"
    return f", sum(v::DOUBLE * {weight})" if column.kind in {"whole", "number"} else ""


def _described(
    source: Source, column: Column, filled: int, distinct: int, low: Any, high: Any
) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type.lower(),
        "nulls": source.rows - filled,
        "distinct": distinct,
        "unique": False,
        "min": plain(low),
        "max": plain(high),
        "top": [],
        "bounds": (low, high),
    }


def _completed(
    source: Source, column: Column, described: dict[str, Any], more: list[Any], points: list[Any]
) -> dict[str, Any]:
    filled = source.rows - described["nulls"]
    bounds = described.pop("bounds")
    if not filled:
        return described
    if column.kind == "text":
        shortest, longest, total = more[:3]
        described["length"] = {"min": shortest, "max": longest, "mean": _mean(total, filled)}
    if column.kind in {"whole", "number"}:
        described["mean"] = _mean(more[0], filled)
    if points:
        described["median"] = plain(points[2])
        described["quartiles"] = [plain(value) for value in points[1:4]]
        described["histogram"] = histogram(source, column, bounds, points)
    return described


def _mean(total: float, filled: int) -> float:
    return float(f"{total / filled:.12g}")
