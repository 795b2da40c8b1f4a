"""JSON objects in columns, one object on each line, read by PyArrow.

PyArrow says what Python's parser says of texts, whole numbers and truth values. Nested values, columns
of several kinds, keys that repeat and lines that are not exactly one object are not taken from it;
lines with a number that was perhaps not written as a fraction are parsed by Python.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json as arrow_json

from datasets.chunks import check_text, whole
from datasets.validation.hopes import Hopes
from datasets.validation.typed_cells import (
    BOOLEAN,
    INTEGER,
    NONE,
    NUMBER,
    TextColumn,
    TypedColumn,
    column_of,
    empty_column,
    float_texts,
)

MOST_PARSED: Final = 0.25
"""If more of the lines than this would have to be parsed by Python, something else is quicker."""


class Objects(NamedTuple):
    """So many objects, and their values in columns."""

    lines: int
    columns: list[TypedColumn]


class ObjectReader:
    """Reads block after block of one file; remembers which keys have texts."""

    def __init__(self, headers: Sequence[str]) -> None:
        self.headers = headers
        self._texts: set[str] = set()
        self._hopes = Hopes()

    def read(self, block: bytes) -> Objects | None:
        """The objects of whole lines; None where PyArrow might read them otherwise."""
        if not self._hopes.are_left():
            return None
        try:
            objects = self._read(block)
        except (pa.ArrowException, ValueError):  # no JSON, no text, or a column of several kinds
            objects = None
        self._hopes.come_true(objects is not None)
        return objects

    def _read(self, block: bytes) -> Objects | None:
        ends = _ends_of_objects(block)
        if ends is None:
            return None
        check_text(block)
        first = json.loads(block[: ends[0]])
        for key in self.headers:
            if isinstance(first.get(key), str):
                self._texts.add(key)
            elif first.get(key) is not None:
                self._texts.discard(key)
        table = self._table(block)
        if table.num_rows != len(ends) or any(map(pa.types.is_nested, table.schema.types)):
            return None
        doubtful = _doubtful(table)
        if len(doubtful) > MOST_PARSED * len(ends):
            return None
        starts = pl.concat([pl.Series([0], dtype=ends.dtype), ends + 1])
        parsed = {place: json.loads(block[starts[place] : ends[place]]) for place in doubtful}
        return Objects(len(ends), [_column(table, header, parsed) for header in self.headers])

    def _table(self, block: bytes) -> pa.Table:
        table = _read(block, self._texts)
        moments = {
            name
            for name, kind in zip(table.column_names, table.schema.types, strict=True)
            if pa.types.is_temporal(kind)
        }
        if moments.isdisjoint(self.headers):
            return table
        self._texts |= moments  # they were not known yet, look like dates, and shall stay texts
        return _read(block, self._texts)


def _ends_of_objects(block: bytes) -> pl.Series | None:
    """Where the lines of a block end; None if some do not begin and end as objects do.

    As many objects as such lines are then one on each: no value has such a break of lines in it.
    """
    if b"\r" in block or not block.startswith(b"{") or not block.endswith(b"}\n"):
        return None
    characters = pl.Series(
        pa.Array.from_buffers(pa.uint8(), len(block), [None, pa.py_buffer(block)])
    )
    ends = (characters == ord("\n")).arg_true()
    before = characters.gather(ends - 1)
    after = characters.gather(ends.head(len(ends) - 1) + 1)
    return ends if (before == ord("}")).all() and (after == ord("{")).all() else None


def _read(block: bytes, texts: set[str]) -> pa.Table:
    return arrow_json.read_json(
        pa.BufferReader(block),
        arrow_json.ReadOptions(use_threads=False, block_size=len(block) + 1),
        arrow_json.ParseOptions(
            explicit_schema=pa.schema([(key, pa.string()) for key in texts]),
            newlines_in_values=True,
        ),
    )


def _doubtful(table: pa.Table) -> list[int]:
    """The rows with a number among fractions that is none, or that is not finite."""
    found = None
    for column in table.columns:
        if pa.types.is_floating(column.type):
            sure = pc.and_(pc.is_finite(column), pc.not_equal(column, pc.floor(column)))
            odd = pc.fill_null(pc.invert(sure), fill_value=False)
            found = odd if found is None else pc.or_(found, odd)
    return [] if found is None else pc.indices_nonzero(found).to_pylist()


def _column(table: pa.Table, header: str, parsed: dict[int, Any]) -> TypedColumn:
    """The values of one key; those of the ``parsed`` lines are taken from there."""
    if header not in table.column_names or pa.types.is_null(table.column(header).type):
        return empty_column(table.num_rows)
    array = whole(table.column(header))
    if pa.types.is_string(array.type):
        return TextColumn(array)
    kind, texts_of = _KINDS[array.type]
    values = pl.Series(array)
    kinds, texts = pl.repeat(kind, len(values), dtype=pl.UInt8, eager=True), texts_of(values)
    if array.null_count:
        kinds = kinds.set(values.is_null(), NONE)
    if kind != NUMBER or not parsed:
        return TypedColumn(kinds, texts, lambda place: array[place].as_py())
    others = {place: one.get(header) for place, one in parsed.items()}
    seen, places = column_of(list(others.values())), list(others)
    return TypedColumn(
        kinds.scatter(places, seen.kinds),
        texts.scatter(places, seen.texts),
        lambda place: others[place] if place in others else array[place].as_py(),
    )


def _words(values: pl.Series) -> pl.Series:
    true, false = pl.lit("True"), pl.lit("False")
    said = pl.when(pl.col("value")).then(true).when(~pl.col("value")).then(false)
    return values.alias("value").to_frame().select(said).to_series()


def _fractions(values: pl.Series) -> pl.Series:
    return values.alias("value").to_frame().select(float_texts(pl.col("value"))).to_series()


_KINDS: Final[dict[pa.DataType, tuple[int, Callable[[pl.Series], pl.Series]]]] = {
    pa.int64(): (INTEGER, lambda values: values.cast(pl.String)),
    pa.float64(): (NUMBER, _fractions),
    pa.bool_(): (BOOLEAN, _words),
}
"""What PyArrow makes of values that are no texts, and what ``str`` gives for them."""
