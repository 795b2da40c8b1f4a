"""What a cell says: ``str`` of the value it is read as, for whole columns."""

from typing import Any, Final

import polars as pl

from datasets.validation.check_rows import Rows
from datasets.validation.typed_cells import NONE, TEXT

NOTHING: Final = "None"
_DAY: Final = "[1-9][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
_CLOCK: Final = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_PLAIN: Final = {
    "number": r"\A-?(?:0|[1-9][0-9]*)(?:\.[0-9]{1,6})?\z",
    "date": rf"\A{_DAY}\z",
    "datetime": rf"\A{_DAY}T{_CLOCK}\z",
    "time": rf"\A{_CLOCK}\z",
}
"""Texts that the value says again, but for the ``T`` of a moment."""
_OPTIONS: Final = ("group_char", "decimal_char", "bare_number", "float_number")


def said(rows: Rows, field: Any) -> pl.Series:
    """What the cells of a field say, in the order of the rows."""
    values = None if field.type in _PLAIN else rows.values(field.name)
    if isinstance(values, pl.Series):
        return values.cast(pl.String).fill_null(NOTHING)
    if not rows.kinds(field.name).is_in([TEXT, NONE]).all():
        return pl.Series([str(value) for value in rows.listed(field.name)], dtype=pl.String)
    return _said_by_texts(rows, field)


def _said_by_texts(rows: Rows, field: Any) -> pl.Series:
    judge, texts = rows.judge(field.name), rows.texts(field.name)
    plain = (_plainly(field, texts) & ~judge.are_missing(texts)).fill_null(value=False)
    asked = texts.filter(~plain).unique().to_list()
    known = {text: NOTHING if text is None else str(judge.decide(text).value) for text in asked}
    found = texts.str.replace("T", " ", literal=True) if field.type == "datetime" else texts
    if not known:
        return found
    listed = zip(found.to_list(), texts.to_list(), plain.to_list(), strict=True)
    return pl.Series(
        [same if is_plain else known[text] for same, text, is_plain in listed], dtype=pl.String
    )


def _plainly(field: Any, texts: pl.Series) -> pl.Series:
    """Which texts are said again as they are."""
    pattern = _PLAIN.get(field.type)
    optional = field.type == "number" and any(map(field.has_defined, _OPTIONS))
    if pattern is None or field.format != "default" or optional:
        return pl.repeat(value=False, n=len(texts), dtype=pl.Boolean, eager=True)
    return texts.str.contains(pattern)
