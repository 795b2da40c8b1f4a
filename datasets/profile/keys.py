"""What tells the rows of a table from each other: repeated rows, and columns that could be its key."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import prod
from typing import Any, Final

import duckdb

from datasets.profile.source import Source

MOST_CELLS_COMPARED: Final = 400_000_000
"""Cells up to which whole rows are compared, two minutes of work."""

FEWEST_ROWS: Final = 20
"""In a shorter table nearly every pair of columns tells the rows apart, and none means anything."""

SAMPLE_ROWS: Final = 20_000
MOST_TRIED: Final = 300
"""Combinations tried on the first rows, where nearly all that are no keys fail at once."""

MOST_ROWS_READ: Final = 10_000_000
"""Rows read altogether to prove combinations on the whole table."""

MOST_KEYS: Final = 5
MOST_COLUMNS: Final = 12
KEY_KINDS: Final = frozenset({"text", "date", "time", "whole", "boolean"})
LONGEST: Final = 60
"""Characters: longer texts are descriptions."""


def count_duplicates(source: Source, described: Sequence[dict[str, Any]]) -> int | None:
    """Rows that repeat an earlier one in every cell; ``None`` when the table is too long to tell."""
    if any(column["unique"] for column in described) or source.rows <= 1:
        return 0
    if source.rows * len(source.columns) > MOST_CELLS_COMPARED:
        return None
    return _repeated(source, "source", [column.word for column in source.columns])


def candidate_keys(
    source: Source, described: Sequence[dict[str, Any]], duplicates: int | None
) -> list[list[str]] | None:
    """Columns whose values tell every row from every other: single ones, else pairs, else threes.

    Each is proven on the whole table. ``None`` when that would take too long.
    """
    single = [[column["name"]] for column in described if column["unique"]]
    if single or duplicates:
        return single
    if duplicates is None or source.rows > MOST_ROWS_READ:
        return None
    return _combined(source, described) if source.rows >= FEWEST_ROWS else []


def _combined(source: Source, described: Sequence[dict[str, Any]]) -> list[list[str]]:
    fitting = [
        (column, found["distinct"])
        for column, found in zip(source.columns, described, strict=True)
        if column.kind in KEY_KINDS and not found["nulls"] and found["distinct"] > 1
        and found.get("length", {}).get("max", 0) <= LONGEST
    ]  # fmt: skip
    fitting = sorted(fitting, key=lambda pair: -pair[1])[:MOST_COLUMNS]
    source.ask(f"CREATE OR REPLACE TEMP TABLE first_rows AS FROM source LIMIT {SAMPLE_ROWS}")
    proofs = MOST_ROWS_READ // source.rows
    for size in (2, 3):
        found: list[list[str]] = []
        for columns in _promising(source, fitting, size):
            if proofs == 0 or len(found) == MOST_KEYS:
                break
            proofs -= 1
            if _repeated(source, "source", [column.word for column in columns]) == 0:
                found.append([column.name for column in columns])
        if found:
            return found
    return []


def _promising(source: Source, fitting: Sequence[tuple[Any, int]], size: int) -> Iterator[Any]:
    """Combinations with enough different values, that tell the first rows apart; in the order of the
    table's columns, those of fewest values before others: they are what people would choose."""
    possible = [
        sorted(chosen, key=lambda pair: int(pair[0].word[1:]))
        for chosen in combinations(fitting, size)
        if prod(distinct for _, distinct in chosen) >= source.rows
    ]
    possible.sort(key=lambda chosen: prod(distinct for _, distinct in chosen))
    for chosen in possible[:MOST_TRIED]:
        columns = [column for column, _ in chosen]
        if _repeated(source, "first_rows", [column.word for column in columns]) == 0:
            yield columns


def _repeated(source: Source, table: str, words: Sequence[str]) -> int | None:
    """Rows of ``table`` that repeat an earlier one in these columns.

    Hashes are compared first; only rows that share one are compared by value.
    """
    listed = ", ".join(words)
    shared = f"SELECT hash({listed}) AS h FROM {table} GROUP BY 1 HAVING count(*) > 1"  # noqa: S608
    same = f"SELECT count(*) AS n FROM {table} WHERE hash({listed}) IN ({shared}) GROUP BY {listed}"  # noqa: S608
    try:
        return int(source.ask_one(f"SELECT coalesce(sum(n - 1), 0)::BIGINT FROM ({same})")[0])  # noqa: S608
    except duckdb.OutOfMemoryException:
        return None
