"""A profile tells counts, extremes, frequent values and shape, and is plain JSON."""

import csv
import json

import pytest

from datasets.parquet import write_parquet
from datasets.profile import profile
from datasets.validation import infer_schema
from tests.common.columns import batch_of


@pytest.fixture
def described(tmp_path):
    def described(columns):
        labels, rows = list(columns), list(zip(*columns.values(), strict=True))
        with (tmp_path / "t.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([labels, *rows])
        schema = infer_schema(labels, batch_of(rows))
        write_parquet(tmp_path / "t.csv", schema, tmp_path / "t.parquet")
        found = profile(tmp_path / "t.parquet")
        json.dumps(found, allow_nan=False)
        return found["rows"], {column["name"]: column for column in found["columns"]}

    return described


def test_each_column_is_counted(described):
    rows, columns = described(
        {
            "类别": ["甲", "甲", "乙", ""],
            "金额": ["1.50", "2", "10.25", ""],
            "日期": ["2020-01-01"] * 4,
        }
    )
    assert rows == 4
    assert columns["类别"]["nulls"] == 1
    assert columns["类别"]["distinct"] == 2
    assert columns["类别"]["top"] == [{"value": "甲", "count": 2}, {"value": "乙", "count": 1}]
    assert (columns["金额"]["min"], columns["金额"]["max"]) == ("1.50", "10.25")
    assert columns["日期"]["min"] == "2020-01-01"


def test_a_histogram_counts_every_value_once(described):
    _, columns = described({"数": [str(number) for number in range(101)]})
    histogram = columns["数"]["histogram"]
    assert len(histogram["counts"]) == 10
    assert len(histogram["edges"]) == 11
    assert sum(histogram["counts"]) == 101
    assert columns["数"]["unique"]


def test_dates_are_counted_by_year_and_one_value_has_one_bin(described):
    _, columns = described({"日期": ["2020-05-01", "2020-06-01"]})
    assert columns["日期"]["histogram"] == {"edges": [2020.0, 2020.0], "counts": [2]}


def test_text_has_no_histogram_and_long_values_are_cut(described):
    _, columns = described({"说明": ["长" * 200, "长" * 200]})
    assert "histogram" not in columns["说明"]
    assert columns["说明"]["top"][0]["value"] == "长" * 80 + "…"


def test_hostile_column_names_and_empty_tables_are_described(described):
    rows, columns = described({'a"; DROP TABLE source; --': [], "空": []})
    assert rows == 0
    assert list(columns) == ['a"; DROP TABLE source; --', "空"]
    assert columns["空"]["min"] is None
