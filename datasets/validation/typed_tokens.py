"""Cut machine-written text at every occurrence of one mark, column-wise.

Workbooks and JSON lines are written by programs: the same words around every value, row after row.
Cut at ``>`` or at ``"``, such rows become a table whose odd columns are constant, which can be
verified with one comparison per column, and whose other columns are the values. PyArrow's CSV
reader does the cutting.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from datasets.validation.typed_cells import UnsureError


@dataclass(frozen=True, slots=True)
class Tokens:
    """Lines cut into the columns of ``table``; ``places`` are their numbers in the text, from 0.

    ``odd`` are the numbers of the lines that are cut into another number of pieces.
    """

    table: pa.Table
    places: pl.Series
    odd: Sequence[int]

    def column(self, place: int) -> pl.Series:
        """The tokens at ``place`` of each line."""
        return pl.Series(self.table.column(place))

    def same(self, place: int, constant: str) -> pl.Series | None:
        """Which tokens at ``place`` are the constant; nothing when all are."""
        equal = pc.equal(self.table.column(place), constant)
        return None if pc.all(equal).as_py() is not False else pl.Series(equal)


def cut_lines(text: bytes, mark: str, width: int) -> Tokens:
    """The lines of ``text``, ended by line feeds, each cut at every ``mark`` into ``width`` pieces.

    Raises ``UnsureError`` when the text is not UTF-8 or holds a carriage return.
    """
    if b"\r" in text:
        raise UnsureError
    odd: list[int] = []

    def skip(row: csv.InvalidRow) -> str:
        odd.append(row.number - 1)
        return "skip"

    names = [str(place) for place in range(width)]
    try:
        table = csv.read_csv(
            pa.BufferReader(text),
            csv.ReadOptions(use_threads=False, column_names=names, block_size=len(text) + 1),
            csv.ParseOptions(
                delimiter=mark,
                quote_char=False,
                newlines_in_values=False,
                ignore_empty_lines=False,
                invalid_row_handler=skip,
            ),
            csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise UnsureError from error
    return Tokens(table, _places(table.num_rows, odd), odd)


def _places(count: int, odd: Sequence[int]) -> pl.Series:
    everything = pl.int_range(count + len(odd), dtype=pl.Int64, eager=True)
    if not odd:
        return everything
    return everything.filter(~everything.is_in(pl.Series(odd, dtype=pl.Int64).implode()))
