"""Identifiers judged by the column: check characters over a million cells in a fraction of a second."""

from datetime import date
from typing import Final

import polars as pl

from datasets.identifiers import (
    CITIZEN_CHECKS,
    CITIZEN_WEIGHTS,
    CREDIT_CODE_ALPHABET,
    CREDIT_CODE_WEIGHTS,
    EARLIEST_BIRTH_YEAR,
    PROVINCES,
    RESIDENCE_PERMIT_REGIONS,
)

_PLAIN_ID: Final = "^[1-9][0-9]{16}[0-9Xx]$"


def certain_people(cells: pl.Series, latest: date) -> pl.Series:
    """Which cells are an identity number and nothing else, and can be no body's credit code.

    Sure where it says yes; where it says no, ask ``valid_citizen_id`` and ``certain_organisation``.
    Numbers with a birth after ``latest`` are not told. GB 11643-1999, GB 32100-2015.
    """
    plain = cells.str.contains(_PLAIN_ID)
    if not plain.any():
        return plain
    code = pl.when(plain).then(cells.str.to_uppercase())
    stem = code.str.head(17).cast(pl.Int64)
    born = code.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    earliest = date(EARLIEST_BIRTH_YEAR, 1, 1)
    person = _check(stem, CITIZEN_WEIGHTS, 11, CITIZEN_CHECKS)
    # The check of a credit code makes the weighted sum a multiple of 31.
    checks = "".join(CREDIT_CODE_ALPHABET[(31 - rest) % 31] for rest in range(31))
    body = _check(stem, CREDIT_CODE_WEIGHTS, 31, checks)
    last = code.str.tail(1)
    region = code.str.head(2).is_in(list(PROVINCES)) | code.str.head(6).is_in(
        sorted(RESIDENCE_PERMIT_REGIONS)
    )
    sure = (last == person) & (last != body) & region & born.is_between(earliest, latest)
    return pl.select(sure.fill_null(value=False)).to_series()


def _check(stem: pl.Expr, weights: tuple[int, ...], modulus: int, checks: str) -> pl.Expr:
    """The check character that 17 digits call for: ``checks`` by the weighted sum's remainder."""
    digits = [(stem // 10 ** (16 - place)) % 10 for place in range(17)]
    total = pl.sum_horizontal(digit * weight for digit, weight in zip(digits, weights, strict=True))
    return (total % modulus).replace_strict(
        list(range(modulus)), list(checks), return_dtype=pl.String, default=None
    )
