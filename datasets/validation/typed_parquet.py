"""The rows of a Parquet file, column by column.

Frictionless reads Parquet through pandas, row by row, where an empty number becomes NaN and a
column of whole numbers with a gap becomes fractions. Here an empty cell is an empty cell and a
whole number is a whole number.
"""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet, types

from datasets.exploding import MOST_COLUMNS, TooWideError
from datasets.validation.typed_cells import (
    BOOLEAN,
    DATE,
    DATETIME,
    INTEGER,
    NONE,
    NUMBER,
    OTHER,
    TEXT,
    TIME,
    TypedBatch,
    TypedColumn,
    UnsureError,
    batch_of,
    float_texts,
)

ROWS_AT_ONCE: Final = 65_536
FIRST_RECORD: Final = 2
"""The names of the columns are record 1: the header."""


def read_parquet(path: Path) -> Generator[TypedBatch]:
    """The names of the columns as record 1, then all rows.

    Raises ``UnsureError`` for what PyArrow refuses to read, a truncated file among it.
    """
    try:
        with parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            if len(names) > MOST_COLUMNS:
                raise TooWideError(0, len(names), MOST_COLUMNS)
            yield batch_of([(1, names)], len(names), 0.0)
            first, total = FIRST_RECORD, max(file.metadata.num_rows, 1)
            for rows in file.iter_batches(batch_size=ROWS_AT_ONCE, use_threads=False):
                numbers = pl.int_range(first, first + rows.num_rows, dtype=pl.Int64, eager=True)
                first += rows.num_rows
                columns = [_column(rows.column(place)) for place in range(len(names))]
                share = min((first - FIRST_RECORD) / total, 1.0)
                yield TypedBatch(numbers, columns, (), share)
    except (pa.ArrowException, OSError) as error:
        raise UnsureError from error
    if first - FIRST_RECORD != file.metadata.num_rows:
        raise UnsureError


def trouble_of_parquet(path: Path) -> str:
    """Why a Parquet file is no table, in words for a report; "" when it is one."""
    try:
        with parquet.ParquetFile(path) as file:
            if not file.schema_arrow.names:
                return "the source is empty"
            batches = file.iter_batches(batch_size=ROWS_AT_ONCE, use_threads=False)
            told, held = file.metadata.num_rows, sum(batch.num_rows for batch in batches)
    except (pa.ArrowException, OSError) as error:
        return str(error)
    return "" if told == held else f"the footer speaks of {told} rows, the pages hold {held}"


def _column(cells: pa.Array) -> TypedColumn:
    if types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if types.is_timestamp(cells.type):
        cells = cells.cast(pa.timestamp("us", cells.type.tz), safe=False)
    kind, texts = _kind(cells)
    kinds = pl.Series(
        pc.if_else(cells.is_null(), pa.scalar(NONE, pa.uint8()), pa.scalar(kind, pa.uint8()))
    )

    def value(place: int) -> Any:
        return cells[place].as_py()

    return TypedColumn(kinds, texts, value)


def _kind(cells: pa.Array) -> tuple[int, pl.Series]:
    """The kind of all cells, and their texts where these are cheap."""
    for belongs, kind, texts in _KINDS:
        if belongs(cells.type):
            return kind, texts(cells)
    return OTHER, _none(cells)


def _is_text(kind: pa.DataType) -> bool:
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _texts(cells: pa.Array) -> pl.Series:
    return pl.Series(cells.cast(pa.string()))


def _booleans(cells: pa.Array) -> pl.Series:
    return pl.Series(pc.if_else(cells, "True", "False"))


def _days(cells: pa.Array) -> pl.Series:
    return pl.Series(cells).dt.to_string("%Y-%m-%d")


def _none(cells: pa.Array) -> pl.Series:
    return pl.repeat(None, len(cells), dtype=pl.String, eager=True)


def _floats(cells: pa.Array) -> pl.Series:
    frame = pl.Series("number", cells.cast(pa.float64())).to_frame()
    return frame.select(float_texts(pl.col("number"))).to_series()


def _moments(cells: pa.Array) -> pl.Series:
    """The texts of moments without a zone and without a fraction of a second."""
    if cells.type.tz is not None:
        return _none(cells)
    moment = pl.col("moment")
    texts = pl.when(moment.dt.microsecond() == 0).then(moment.dt.to_string("%Y-%m-%dT%H:%M:%S"))
    return pl.Series("moment", cells).to_frame().select(texts).to_series()


_KINDS: Final[
    tuple[tuple[Callable[[pa.DataType], bool], int, Callable[[pa.Array], pl.Series]], ...]
] = (
    (_is_text, TEXT, _texts),
    (types.is_boolean, BOOLEAN, _booleans),
    (types.is_integer, INTEGER, _texts),
    (types.is_decimal, NUMBER, _none),
    (types.is_floating, NUMBER, _floats),
    (types.is_date32, DATE, _days),
    (types.is_time, TIME, _none),
    (types.is_timestamp, DATETIME, _moments),
)
