"""What the text of a value in a sheet means, a whole column at once.

The meanings are openpyxl's (``openpyxl.worksheet._reader``); a value it would have to be asked
about is of the kind ``OTHER``.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from datasets.validation.typed_cells import (
    BOOLEAN,
    DATETIME,
    INTEGER,
    NONE,
    NUMBER,
    OTHER,
    TEXT,
    float_texts,
)

__all__ = ["HIDDEN_LINE_FEED", "OTHER", "Looks", "read_values"]

_INTEGER: Final = r"^(?:0|-?[1-9][0-9]{0,17})$"
_FLOAT: Final = r"^-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?$"
HIDDEN_LINE_FEED: Final = "\x01"
"""Stands for a line feed within a cell while rows are lines; XML allows no such character."""
_ENTITIES: Final = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}

_FIRST_SURE_DAY: Final = 61
"""1900-03-01: before it stands the day that spreadsheets believe in and calendars do not."""
_FIRST_WRONG_DAY: Final = 2_958_466
"""10000-01-01."""
_DAY_ZERO: Final = pl.date(1899, 12, 30)
_MILLISECONDS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Looks:
    """The ``t`` of a cell's tag, and whether its style makes a number a date."""

    type: str
    is_date: bool


def read_values(look: Looks, raw: pl.Series, strings: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Kinds and texts of values that all look alike."""
    if look.type == "n":
        return _read_dates(raw) if look.is_date else _read_numbers(raw)
    if look.type == "s":
        return _read_shared(raw, strings)
    if look.type == "b":
        return _read_booleans(raw)
    if look.type in ("str", "e", "inlineStr"):
        return _read_texts(raw, empty=TEXT if look.type == "inlineStr" else NONE)
    return _unread(len(raw))


def _read_booleans(raw: pl.Series) -> tuple[pl.Series, pl.Series]:
    value = pl.col("raw")
    kinds = pl.when(value.is_in(["0", "1"])).then(BOOLEAN).otherwise(OTHER).cast(pl.UInt8)
    texts = pl.when(value == "1").then(pl.lit("True")).otherwise(pl.lit("False"))
    read = raw.alias("raw").to_frame().select(kinds=kinds, texts=texts)
    return read["kinds"], read["texts"]


def _read_texts(raw: pl.Series, *, empty: int) -> tuple[pl.Series, pl.Series]:
    """Text that stands in the sheet itself; ``empty`` is the kind of no text at all."""
    value = pl.col("raw")
    kinds = (
        pl.when(value == "")
        .then(empty)
        .when(value.str.contains("&#", literal=True))
        .then(OTHER)
        .otherwise(TEXT)
        .cast(pl.UInt8)
    )
    texts = value.str.replace_many(_ENTITIES).str.replace_all(HIDDEN_LINE_FEED, "\n", literal=True)
    read = raw.alias("raw").to_frame().select(kinds=kinds, texts=texts)
    if empty == NONE:
        return read["kinds"], read.select(pl.when(pl.col("texts") != "").then("texts")).to_series()
    return read["kinds"], read["texts"]


def _read_shared(raw: pl.Series, strings: pl.Series) -> tuple[pl.Series, pl.Series]:
    places = raw.cast(pl.UInt32, strict=False)
    if places.null_count() or not (places < len(strings)).all():
        return _unread(len(raw))
    return pl.repeat(TEXT, len(raw), dtype=pl.UInt8, eager=True), strings.gather(places)


def _unread(count: int) -> tuple[pl.Series, pl.Series]:
    return (
        pl.repeat(OTHER, count, dtype=pl.UInt8, eager=True),
        pl.repeat(None, count, dtype=pl.String, eager=True),
    )


def _read_numbers(raw: pl.Series) -> tuple[pl.Series, pl.Series]:
    if raw.str.contains(_INTEGER).all():
        return pl.repeat(INTEGER, len(raw), dtype=pl.UInt8, eager=True), raw
    value, kind = pl.col("raw"), pl.col("kind")
    number = value.cast(pl.Float64, strict=False)
    kinds = (
        pl.when(value.str.contains(_INTEGER))
        .then(INTEGER)
        .when(value.str.contains(_FLOAT) & value.str.contains("[.eE]") & number.is_finite())
        .then(NUMBER)
        .when(value == "")
        .then(NONE)
        .otherwise(OTHER)
        .cast(pl.UInt8)
    )
    texts = pl.when(kind == INTEGER).then(value).when(kind == NUMBER).then(float_texts(number))
    frame = raw.alias("raw").to_frame().with_columns(kinds.alias("kind"))
    return frame["kind"], frame.select(texts.alias("text")).to_series()


def _read_dates(raw: pl.Series) -> tuple[pl.Series, pl.Series]:
    value = pl.col("raw")
    number = pl.when(value.str.contains(_FLOAT)).then(value.cast(pl.Float64, strict=False))
    day = pl.col("number").floor()
    fraction = pl.col("number") - day
    rest = (fraction * 86_400 * 1_000).round(mode="half_to_even").cast(pl.Int64)
    frame = raw.alias("raw").to_frame().with_columns(number=number)
    sure = (pl.col("number") >= _FIRST_SURE_DAY) & (pl.col("number") < _FIRST_WRONG_DAY - 1)
    frame = frame.select(
        kind=pl.when(sure)
        .then(DATETIME)
        .when(value == "")
        .then(NONE)
        .otherwise(OTHER)
        .cast(pl.UInt8),
        day=pl.when(sure).then(_DAY_ZERO + pl.duration(days=day.cast(pl.Int64))),
        rest=pl.when(sure).then(rest),
    )
    if (frame["rest"] == 0).all():
        texts = pl.col("day").cast(pl.String) + "T00:00:00"
    else:
        moment = pl.col("day").cast(pl.Datetime("ms")) + pl.duration(milliseconds="rest")
        texts = pl.when(pl.col("rest") % 1_000 == 0).then(moment.dt.to_string("%Y-%m-%dT%H:%M:%S"))
    return frame["kind"], frame.select(texts.alias("text")).to_series()
