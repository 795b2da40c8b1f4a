"""What tells the values of a key from each other, for whole columns.

Two keys are equal exactly where Frictionless' values are: dates and times as themselves, numbers as
their shortest plain spelling, so that 1, 1.0 and 1e0 are one. Texts in a plain spelling become keys
in bulk; any other is read by the field, each different one once.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import polars as pl

from datasets.validation.text_proof import MOMENTS

MOST_PLAIN: Final = 30
"""Digits before and after the point of a number that is spelled plainly; others with an exponent."""
_PLAIN_NUMBER: Final = rf"\A-?[0-9]{{1,{MOST_PLAIN}}}(?:\.[0-9]{{1,{MOST_PLAIN}}})?\z"
_KINDS: Final[dict[str, Any]] = {
    "string": pl.String,
    "number": pl.String,
    "date": pl.Date,
    "datetime": pl.Datetime("us"),
}
"""What keys of a type are as a series; those of other types are few, or asked for one by one."""

Spelled = Callable[[pl.Expr], tuple[pl.Expr, pl.Expr]]
"""Which texts are spelled plainly, and what their keys are."""


def key_of(kind: str, value: Any) -> Any:
    """The key of one value of a field's type: a number's shortest plain spelling, others themselves.

    A ``number`` is read as a whole number or a float where the cell was none written as text.
    """
    if kind != "number" or not isinstance(value, int | float | Decimal):
        return value
    exact = Decimal(value)
    if not exact.is_finite():
        return value
    sign, digits, exponent = exact.as_tuple()
    written = "".join(map(str, digits))
    figures = written.strip("0")
    if not figures:
        return "0"
    zeros = int(exponent) + len(written) - len(written.rstrip("0"))
    before = len(figures) + zeros
    start = "-" * sign
    if zeros >= 0 and before <= MOST_PLAIN:
        return f"{start}{figures}{'0' * zeros}"
    if 0 < -zeros <= MOST_PLAIN and before <= MOST_PLAIN:
        padded = figures.rjust(1 - zeros, "0")
        return f"{start}{padded[:zeros]}.{padded[zeros:]}"
    return f"{start}{figures}E{zeros}"


def equals_itself(value: Any) -> bool:
    """Not-a-number is equal to nothing, unless it is the same object; some of it cannot be compared."""
    try:
        return bool(value == value)  # noqa: PLR0124  (that is the question)
    except InvalidOperation:
        return False


def as_keys(kind: str, values: Sequence[Any]) -> pl.Series | list[Any]:
    """The keys of values of a field's type; a series where all of them are alike."""
    keys = [key_of(kind, value) for value in values]
    alike = _KINDS.get(kind)
    if alike is None or not all(one is None or _fits(kind, one) for one in keys):
        return keys
    return pl.Series(keys, dtype=alike)


def _fits(kind: str, key: Any) -> bool:
    if kind in ("string", "number"):
        return type(key) is str
    if kind == "date":
        return type(key) is date
    return type(key) is datetime and key.tzinfo is None


def keys_of_texts(
    field: Any, texts: pl.Series, missing: Sequence[str], value_of: Callable[[str], Any]
) -> pl.Series | list[Any] | None:
    """The keys of a column of texts; ``None`` for a field whose texts no rule here understands.

    ``missing`` are the texts that mean no value, ``value_of`` reads any other text.
    """
    spelled = _spelled(field)
    if spelled is None:
        return None
    plain, key = spelled(pl.col("text"))
    frame = texts.alias("text").to_frame()
    read = frame.select(
        missing=pl.col("text").is_in(list(missing)), key=pl.when(plain).then(key)
    ).with_columns(key=pl.when(~pl.col("missing")).then("key"))
    odd = (read["key"].is_null() & ~read["missing"]).arg_true()
    keys = read["key"]
    if not len(odd):
        return keys
    others = texts.gather(odd)
    known = {text: value_of(text) for text in others.unique().to_list()}
    # What is equal to nothing would be equal to itself when it is the same object.
    read_anew = value_of if not all(map(equals_itself, known.values())) else known.__getitem__
    more = as_keys(field.type, [read_anew(text) for text in others.to_list()])
    if isinstance(more, pl.Series):
        return keys.scatter(odd, more)
    listed: list[Any] = keys.to_list()
    for place, one in zip(odd.to_list(), more, strict=True):
        listed[place] = one
    return listed


def _spelled(field: Any) -> Spelled | None:
    if field.type == "number":
        defined = {"group_char", "decimal_char", "bare_number", "float_number"}
        return None if defined & set(field.list_defined()) else _numbers
    shape = MOMENTS.get((field.type, field.format)) if field.format == "default" else None
    if shape is None or field.type not in ("date", "datetime"):
        return None

    def moments(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
        if field.type == "date":
            return text.str.contains(shape), text.str.to_date("%Y-%m-%d", strict=False)
        key = text.str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False)
        return text.str.contains(shape), key

    return moments


def _numbers(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    key = text.str.replace(r"(\.[0-9]*?)0+\z", "${1}").str.strip_suffix(".")
    key = key.str.replace(r"\A(-?)0+([0-9])", "${1}${2}")
    return text.str.contains(_PLAIN_NUMBER), pl.when(key == "-0").then(pl.lit("0")).otherwise(key)
