"""Keys are equal exactly where the values that Frictionless reads are."""

from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from frictionless import Schema
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.validation.key_values import as_keys, key_of
from datasets.validation.typed_cells import TextColumn
from datasets.validation.typed_proof import Judge
from tests.common.frictionless_oracle import Case, assert_agreement, ours

NUMBERS = st.one_of(
    st.sampled_from(
        ["1", "1.0", "01", "1e0", "10e-1", "-0", "0", "0.00", "+1", " 1", "1_0", "10", "100", "1e2"]
    ),
    st.sampled_from(
        ["", "-", "x", "0.5", ".5", "5.", "5", "00.50", "１", "1e400", "1e-400", "1e31"]
    ),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
)
VALUES = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False),
    st.integers(),
    st.sampled_from([1, 1.0, Decimal("1.00"), 10**23, 1e23, 0, -0.0, 0.5, Decimal("0.5")]),
)
"""What cells of numbers are read as, where they are written as text and where not."""
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
@given(st.lists(VALUES, max_size=6))
def test_numbers_have_one_key_each(numbers: list[Decimal | float]) -> None:
    for one, other in combinations(numbers, 2):
        assert (key_of("number", one) == key_of("number", other)) == (one == other)


def test_values_that_are_not_alike_are_left_one_by_one() -> None:
    assert isinstance(as_keys("number", [Decimal(1), None]), pl.Series)
    assert isinstance(as_keys("number", [Decimal(1), Decimal("nan")]), list)
    assert isinstance(as_keys("number", [1, 1.5, float("inf")]), list)
    mixed = ["2024-01-02T00:00:00", "2024-01-02T00:00:00Z"]
    assert isinstance(judge("datetime").keys(column(mixed)), list)


def test_keys_of_numbers_are_the_same_however_their_cells_are_written() -> None:
    for more in ({}, {"floatNumber": True}):
        asked = judge("number", **more)
        cells: list[Any] = ["01", 1, "1.0", 1.0, Decimal(1)]
        assert {asked.key(asked.decide(cell).value) for cell in cells} == {"1"}
    anything = judge("any")
    assert len({anything.key(cell) for cell in (1, "1")}) == 2


def test_a_number_repeated_as_text_is_told(tmp_path: Path) -> None:
    fields = [{"name": "a", "type": "number", "constraints": {"unique": True}}]
    (tmp_path / "t.json").write_text('[{"a": "01"}, {"a": 1}, {"a": 1.0}, {"a": 2}]')
    source = {"name": "t", "type": "table", "path": "t.json", "schema": {"fields": fields}}
    case = Case(source, str(tmp_path))
    assert_agreement(case)
    report = ours(case).report
    assert report is not None
    assert report["stats"]["errors"] == 2
