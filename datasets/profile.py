"""What is in a table, column by column: for the page that describes it and the review.

Computed from the published derivative only, so it never tells of a column that was closed.
"""

from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb

TOP_VALUES: Final = 5
BINS: Final = 10
MAX_VALUE_CHARS: Final = 80
MEMORY_LIMIT: Final = "512MB"

_NUMERIC: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE", "FLOAT")


def profile(parquet: Path) -> dict[str, Any]:
    """Rows, and for each column its type, nulls, distinct values, extremes, top values, histogram.

    Everything in the answer is plain JSON: decimals, dates and times are text. A histogram has ten
    bins of equal width over numbers, or over years for dates; ``edges`` has one entry more than
    ``counts``. Top values are given only where a value repeats.
    """
    with duckdb.connect(config={"threads": 1, "memory_limit": MEMORY_LIMIT}) as connection:
        source = connection.read_parquet(str(parquet))
        connection.register("source", source)
        rows = _one(connection, "SELECT count(*) FROM source")[0]
        kinds = list(zip(source.columns, map(str, source.types), strict=True))
        columns = [_column(connection, name, kind, rows) for name, kind in kinds]
    return {"rows": rows, "columns": columns}


def _one(connection: Any, query: str, values: tuple[Any, ...] = ()) -> tuple[Any, ...]:
    answer: tuple[Any, ...] = connection.execute(query, list(values)).fetchone()
    return answer


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _column(connection: Any, name: str, kind: str, rows: int) -> dict[str, Any]:
    column = _quoted(name)
    filled, distinct, low, high = _one(
        connection,
        f"SELECT count({column}), count(DISTINCT {column}), min({column}), max({column}) "  # noqa: S608
        "FROM source",
    )
    described: dict[str, Any] = {
        "name": name,
        "type": kind.lower(),
        "nulls": rows - filled,
        "distinct": distinct,
        "unique": filled == rows and distinct == rows and rows > 0,
        "min": plain(low),
        "max": plain(high),
        "top": _top(connection, column) if 0 < distinct < filled else [],
    }
    measure = _measure(column, kind)
    if measure and filled:
        described["histogram"] = _histogram(connection, measure)
    return described


def _top(connection: Any, column: str) -> list[dict[str, Any]]:
    found = connection.execute(
        f"SELECT {column}, count(*) FROM source WHERE {column} IS NOT NULL "  # noqa: S608
        f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {TOP_VALUES}"
    ).fetchall()
    return [{"value": plain(value), "count": number} for value, number in found]


def _measure(column: str, kind: str) -> str:
    """The number a histogram counts, or "" for columns that have none."""
    if kind in _NUMERIC or kind.startswith("DECIMAL"):
        return f"{column}::DOUBLE"
    return f"year({column})::DOUBLE" if kind == "DATE" or kind.startswith("TIMESTAMP") else ""


def _histogram(connection: Any, measure: str) -> dict[str, list[Any]]:
    low, high = _one(connection, f"SELECT min({measure}), max({measure}) FROM source")  # noqa: S608
    width = (high - low) / BINS
    if width == 0:
        count = _one(connection, f"SELECT count({measure}) FROM source")[0]  # noqa: S608
        return {"edges": [low, high], "counts": [count]}
    found = dict(
        connection.execute(
            f"SELECT least(floor(({measure} - ?) / ?), ?)::INTEGER, count(*) "  # noqa: S608
            f"FROM source WHERE {measure} IS NOT NULL GROUP BY 1",
            [low, width, BINS - 1],
        ).fetchall()
    )
    edges = [low + width * step for step in range(BINS)]
    return {"edges": [*edges, high], "counts": [found.get(step, 0) for step in range(BINS)]}


def plain(value: Any) -> Any:
    """A value as JSON has it; long text is cut."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, str) and len(value) > MAX_VALUE_CHARS:
        return value[:MAX_VALUE_CHARS] + "…"
    return value
