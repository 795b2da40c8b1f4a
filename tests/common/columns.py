"""Rows of text as the engines take them: batches of columns."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import pyarrow as pa


def batch_of(rows: Sequence[Sequence[str]]) -> list[list[Any]]:
    """One batch; short rows are filled with empty text."""
    return [[pa.array(column, pa.string()) for column in zip_longest(*rows, fillvalue="")]]
