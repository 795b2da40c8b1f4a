"""Typed cells in columns: what a workbook, JSON or Parquet file says, in a form proofs can run on.

A column carries three things: the kind of each cell, the text that Python's ``str`` would give for
it, and the cells themselves on request. Whole columns are proven good from kinds and texts; only
what remains doubtful is made into Python objects and shown to Frictionless' own readers.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property
from itertools import accumulate
from typing import Any, Final

import polars as pl
import pyarrow as pa

NONE: Final = 0
TEXT: Final = 1
INTEGER: Final = 2
NUMBER: Final = 3
BOOLEAN: Final = 4
DATETIME: Final = 5
DATE: Final = 6
TIME: Final = 7
OTHER: Final = 8

SMALLEST_PLAIN: Final = 1e-4
LARGEST_PLAIN: Final = 1e15
"""Between these, Python and Polars write a number alike, without an exponent."""

KIND_OF: Final[dict[type, int]] = {
    type(None): NONE,
    str: TEXT,
    int: INTEGER,
    float: NUMBER,
    Decimal: NUMBER,
    bool: BOOLEAN,
    datetime: DATETIME,
    date: DATE,
    time: TIME,
}


class UnsureError(Exception):
    """The file is written in a way this reader does not understand; Frictionless must read it."""


@dataclass(frozen=True)
class TypedColumn:
    """The cells of one column of a batch.

    ``kinds`` is UInt8; ``texts`` is what ``str(cell)`` gives (ISO 8601 for dates and times), null
    for an empty cell and where the text is not what decides. ``value(i)`` is the cell itself.
    """

    kinds: pl.Series
    texts: pl.Series
    value: Callable[[int], Any]

    @property
    def are_texts(self) -> bool:
        """Whether every cell is a text."""
        return bool((self.kinds == TEXT).all())


class TextColumn(TypedColumn):
    """A column of texts or nothing, kept as it was read, and made into series when asked for."""

    def __init__(self, array: pa.StringArray) -> None:
        object.__setattr__(self, "array", array)

    array: pa.StringArray

    @cached_property
    def kinds(self) -> pl.Series:
        """``TEXT`` for every text."""
        texts = pl.repeat(TEXT, len(self.array), dtype=pl.UInt8, eager=True)
        return texts if self.are_texts else texts.set(self.texts.is_null(), NONE)

    @cached_property
    def texts(self) -> pl.Series:
        """The texts."""
        return pl.Series(self.array)

    @property
    def are_texts(self) -> bool:
        """Whether every cell is a text."""
        return not self.array.null_count

    def value(self, place: int) -> Any:
        """The text at a place."""
        return self.array[place].as_py()


@dataclass(frozen=True, slots=True)
class TypedBatch:
    """Some rows of a table in order; ``numbers`` are their record numbers, from 1 (Int64).

    ``ragged`` are rows of another width that stand between them, with their record numbers.
    ``share`` of the file is read.
    """

    numbers: pl.Series
    columns: Sequence[TypedColumn]
    ragged: Sequence[tuple[int, list[Any]]]
    share: float

    def row(self, place: int) -> list[Any]:
        """The cells of the row at ``place`` as a parser of Frictionless would give them."""
        return [column.value(place) for column in self.columns]

    def since(self, start: int) -> "TypedBatch":
        """The rows from record ``start`` on."""
        early = len(self.numbers) and self.numbers[0] < start
        if not early and not any(number < start for number, _ in self.ragged[:1]):
            return self
        place = int(self.numbers.search_sorted(start))
        ragged = [entry for entry in self.ragged if entry[0] >= start]
        columns = [_after(column, place) for column in self.columns]
        return TypedBatch(self.numbers.slice(place), columns, ragged, self.share)


def column_of(cells: Sequence[Any]) -> TypedColumn:
    """A column made of Python objects."""
    types = set(map(type, cells))
    if len(types) == 1:
        kind = KIND_OF.get(next(iter(types)), OTHER)
        kinds = pl.repeat(kind, len(cells), dtype=pl.UInt8, eager=True)
    else:
        kinds = pl.Series([KIND_OF.get(type(cell), OTHER) for cell in cells], dtype=pl.UInt8)
    if types <= {str, type(None)}:
        texts = pl.Series(cells, dtype=pl.String)
    else:
        texts = pl.Series([_text(cell) for cell in cells], dtype=pl.String)
    return TypedColumn(kinds, texts, cells.__getitem__)


def _text(cell: Any) -> str | None:
    if isinstance(cell, datetime | time):
        return cell.isoformat() if not cell.microsecond and cell.tzinfo is None else None
    return None if cell is None or type(cell) not in KIND_OF else str(cell)


def float_texts(numbers: pl.Expr) -> pl.Expr:
    """What ``str`` gives for floats; null where Python writes an exponent and Polars may not."""
    size = numbers.abs()
    plain = (size == 0) | ((size >= SMALLEST_PLAIN) & (size < LARGEST_PLAIN))
    return pl.when(plain).then(numbers.cast(pl.String))


def empty_column(count: int) -> TypedColumn:
    """A column of empty cells."""
    return TypedColumn(
        pl.repeat(NONE, count, dtype=pl.UInt8, eager=True),
        pl.repeat(None, count, dtype=pl.String, eager=True),
        lambda _: None,
    )


def _after(column: TypedColumn, start: int) -> TypedColumn:
    """The cells of a column from a place on."""
    if isinstance(column, TextColumn):
        return TextColumn(column.array.slice(start))
    return TypedColumn(
        column.kinds.slice(start),
        column.texts.slice(start),
        lambda place: column.value(start + place),
    )


def chosen(column: TypedColumn, kept: pl.Series) -> TypedColumn:
    """The cells of a column at some places."""
    if isinstance(column, TextColumn):
        return TextColumn(column.array.take(kept.to_arrow()))
    places = kept.to_list()
    return TypedColumn(
        column.kinds.gather(kept),
        column.texts.gather(kept),
        lambda place: column.value(places[place]),
    )


def batch_of(rows: Sequence[tuple[int, Sequence[Any]]], width: int, share: float) -> TypedBatch:
    """A batch from numbered rows of Python objects."""
    even = [entry for entry in rows if len(entry[1]) == width]
    ragged = [(number, list(cells)) for number, cells in rows if len(cells) != width]
    columns = [list(cells) for cells in zip(*(cells for _, cells in even), strict=True)]
    return TypedBatch(
        pl.Series([number for number, _ in even], dtype=pl.Int64),
        [column_of(cells) for cells in columns or [[] for _ in range(width)]],
        ragged,
        share,
    )


def joined(batches: Sequence[TypedBatch]) -> TypedBatch:
    """Batches of the same columns as one, in the order of their record numbers."""
    filled = [batch for batch in batches if len(batch.numbers)] or list(batches[:1])
    ragged = [entry for batch in batches for entry in batch.ragged]
    ragged.sort(key=lambda entry: entry[0])
    share = max(batch.share for batch in batches)
    if len(filled) == 1:
        return TypedBatch(filled[0].numbers, filled[0].columns, ragged, share)
    numbers = pl.concat([batch.numbers for batch in filled])
    order = numbers.arg_sort()
    places = order.to_list()
    starts = [0, *accumulate(len(batch.numbers) for batch in filled)]
    columns = [
        _interleaved(parts, order, places, starts)
        for parts in zip(*(batch.columns for batch in filled), strict=True)
    ]
    return TypedBatch(numbers.gather(order), columns, ragged, share)


def _interleaved(
    parts: Sequence[TypedColumn], order: pl.Series, places: Sequence[int], starts: Sequence[int]
) -> TypedColumn:
    def value(place: int) -> Any:
        source = places[place]
        part = bisect_right(starts, source) - 1
        return parts[part].value(source - starts[part])

    return TypedColumn(
        pl.concat([part.kinds for part in parts]).gather(order),
        pl.concat([part.texts for part in parts]).gather(order),
        value,
    )
