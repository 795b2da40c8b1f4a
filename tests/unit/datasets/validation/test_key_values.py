"""Keys are equal exactly where the values that Frictionless reads are."""

from decimal import Decimal
from itertools import combinations
from typing import Any

import polars as pl
import pytest
from frictionless import Schema
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.validation.key_values import as_keys, key_of
from datasets.validation.typed_cells import TextColumn
from datasets.validation.typed_proof import Judge

NUMBERS = st.one_of(
    st.sampled_from(
        ["1", "1.0", "01", "1e0", "10e-1", "-0", "0", "0.00", "+1", " 1", "1_0", "10", "100", "1e2"]
    ),
    st.sampled_from(
        ["", "-", "x", "0.5", ".5", "5.", "5", "00.50", "１", "1e400", "1e-400", "1e31"]
    ),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
)
MOMENTS = st.sampled_from(
    [
        *("2024-01-02", "2024-1-2", "2024-02-29", "0001-01-01", "2023-02-30", "", "-", "x"),
        *("2024-01-02T00:00:00", "2024-01-02 00:00:00", "2024-01-01T24:00:00"),
        *("0000-01-01T00:00:00", "2024-01-02T00:00:00.5", "2024-01-02T00:00:00.500000"),
        "2024-01-02T00:00:00Z",
    ]
)


def judge(kind: str, **more: Any) -> Judge:
    described = {"fields": [{"name": "a", "type": kind, **more}], "missingValues": ["", "-"]}
    return Judge(Schema.from_descriptor(described).fields[0])


def column(texts: list[str]) -> TextColumn:
    return TextColumn(pl.Series(texts, dtype=pl.String).cast(pl.String).to_arrow().cast("string"))


@pytest.mark.parametrize("kind", ["number", "date", "datetime", "integer", "time", "string"])
@settings(deadline=None)
@given(data=st.data())
def test_keys_of_texts_tell_what_the_values_tell(kind: str, data: st.DataObject) -> None:
    texts = data.draw(st.lists(NUMBERS if kind in ("number", "integer") else MOMENTS, max_size=8))
    judged = judge(kind)
    keys = list(judged.keys(column(texts)))
    values = [judged.read(text)[0] for text in texts]
    if any("nan" in text for text in texts):
        assert len({id(key) for key in keys if key != key}) == texts.count("nan")  # noqa: PLR0124
        return
    assert [key is None for key in keys] == [value is None for value in values]
    for one, other in combinations(range(len(texts)), 2):
        assert (keys[one] == keys[other]) == (values[one] == values[other]), (texts, keys)


@settings(deadline=None)
@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False), max_size=6))
def test_numbers_have_one_key_each(numbers: list[Decimal]) -> None:
    for one, other in combinations(numbers, 2):
        assert (key_of(one) == key_of(other)) == (one == other)


def test_values_that_are_not_alike_are_left_one_by_one() -> None:
    assert isinstance(as_keys("number", [Decimal(1), None]), pl.Series)
    assert isinstance(as_keys("number", [Decimal(1), Decimal("nan")]), list)
    assert isinstance(judge("number", floatNumber=True).keys(column(["1.5"])), list)
    mixed = ["2024-01-02T00:00:00", "2024-01-02T00:00:00Z"]
    assert isinstance(judge("datetime").keys(column(mixed)), list)
