"""What is in a table, column by column and as a whole: for the page that describes it and the review.

Computed from the published derivative only, so it never tells of a column that was closed, and shows
no value that the table does not show.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from datasets.profile.columns import describe
from datasets.profile.keys import candidate_keys, count_duplicates
from datasets.profile.source import MEMORY, opened

__all__ = ["profile"]


def _go_on() -> None:
    pass


def profile(parquet: Path, check: Callable[[], None] = _go_on) -> dict[str, Any]:
    """What a table holds. Everything in the answer is plain JSON: decimals, dates and times are text.

    ``rows``; ``cells`` (``all`` and ``filled``); ``duplicate_rows``, rows that say again what an
    earlier row said; ``keys``, lists of columns whose values tell every row from every other, a
    single column before a combination (both ``None`` when the table is too long to find out); and
    ``columns``, of which each has

    * ``name``, ``type`` as stored, ``nulls``, ``distinct`` values, ``unique`` (no value repeats and
      none is missing), ``min`` and ``max``; long text is cut;
    * ``top``, the ten most frequent values with their ``count``, where a value repeats;
    * ``median`` and ``quartiles`` (values that stand in the table) of numbers, dates and times, and
      the ``mean`` of numbers;
    * ``length`` of text: ``min``, ``max`` and ``mean`` characters;
    * ``histogram`` of numbers, dates and times (``datasets.profile.bins``);
    * ``approximate``: names of those that are estimates (``distinct`` to about 5 in 100), because more
      than a million different values are not counted one by one.

    ``check`` is called between columns and ends the work by raising.
    """
    small, large = MEMORY
    try:
        return _profile(parquet, small, check)
    except duckdb.OutOfMemoryException:
        return _profile(parquet, large, check)


def _profile(parquet: Path, memory: str, check: Callable[[], None]) -> dict[str, Any]:
    with opened(parquet, memory) as source:
        columns = []
        for column in source.columns:
            check()
            columns.append(describe(source, column))
        filled = sum(source.rows - column["nulls"] for column in columns)
        check()
        duplicates = count_duplicates(source, columns)
        return {
            "rows": source.rows,
            "cells": {"all": source.rows * len(columns), "filled": filled},
            "duplicate_rows": duplicates,
            "keys": candidate_keys(source, columns, duplicates),
            "columns": columns,
        }
