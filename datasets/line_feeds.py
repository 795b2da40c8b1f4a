"""Where the empty lines of a text are, found in its bytes a stretch at a time."""

from typing import Final

import polars as pl
import pyarrow as pa

FEW_EMPTY: Final = 64
"""For so few empty lines the lines before each are counted; for more, all ends of lines are listed."""


def empty_among_lines(data: bytes) -> tuple[int, list[int]]:
    """How many lines there are, and the places of the empty ones; only line feeds end them."""
    characters = pa.Array.from_buffers(pa.uint8(), len(data), [None, pa.py_buffer(data)])
    feeds = pl.Series(characters) == ord("\n")
    lines = int(feeds.sum()) + (not data.endswith(b"\n"))
    ends = ((feeds.slice(1) & feeds.slice(0, len(feeds) - 1)).arg_true() + 1).to_list()
    ends = [0, *ends] if data.startswith(b"\n") else ends
    if len(ends) > FEW_EMPTY:
        return lines, feeds.arg_true().search_sorted(pl.Series(ends)).to_list()
    return lines, [int(feeds.slice(0, end).sum()) for end in ends]
