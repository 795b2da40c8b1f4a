"""A profile on a page: bins have names that people read, frequent values only where they say much."""

import pytest

from catalog.pages import profiles

COLUMN = {
    "name": "类别", "type": "varchar", "nulls": 10, "distinct": 2, "unique": False, "min": "甲",
    "max": "乙", "top": [{"value": "甲", "count": 60}, {"value": "乙", "count": 30}],
    "length": {"min": 1, "max": 1, "mean": 1.0},
}  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "names"),
    [
        ({"edges": [0.0, 10000.0, 20000.0], "scale": "linear"}, ["0 – 10,000", "10,000 – 20,000"]),
        ({"edges": [-0.5, 0.0, 0.5], "scale": "linear"}, ["-0.5 – 0", "0 – 0.5"]),
        ({"edges": [1.0, 2.0, 3.0], "scale": "each"}, ["1", "2"]),
        ({"edges": ["2020-01-01", "2021-01-01"], "unit": "year"}, ["2020"]),
        ({"edges": ["2020-01-01", "2020-02-01"], "unit": "month"}, ["2020-01"]),
        ({"edges": ["2020-04-01", "2020-07-01"], "unit": "quarter"}, ["2020-04 – 2020-06"]),
        ({"edges": ["2020-01-01", "2030-01-01"], "unit": "decade"}, ["2020 – 2029"]),
        ({"edges": ["2020-01-01", "2020-01-02"], "unit": "day"}, ["2020-01-01"]),
        ({"edges": ["2020-01-01T08:00:00", "2020-01-01T09:00:00"], "unit": "hour"},
         ["2020-01-01 08:00"]),
        ({"edges": [2019.0, 2020.0]}, ["2019 – 2020"]),
    ],
)  # fmt: skip
def test_a_bin_is_named_as_people_would(shape, names):
    counts = [1] * (len(shape["edges"]) - 1)
    assert [one.label for one in profiles.bins({**shape, "counts": counts})] == names


def test_a_column_of_few_values_shows_them_with_their_shares():
    shown = profiles.column(COLUMN, 100)
    assert shown["filled"] == (90, 100)
    assert shown["top"] == [
        {"value": "甲", "counts": (60, 90)},
        {"value": "乙", "counts": (30, 90)},
    ]


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        ({"min": "-0.50", "max": "1234567.00", "median": "12.10", "mean": 41247.796},
         ("-0.50", "1,234,567.00", "12.10", "41,247.80")),
        ({"min": 1999, "max": 2024, "median": 2011, "mean": 2011.25}, ("1999", "2024", "2011", "2011.25")),
        ({"min": "0.001", "max": "0.1", "median": "0.01", "mean": 0.012345},
         ("0.001", "0.1", "0.01", "0.01235")),
    ],
)  # fmt: skip
def test_numbers_are_written_as_people_write_them(found, shown):
    column = profiles.column({**COLUMN, **found}, 100)
    assert (column["minimum"], column["maximum"], column["median"], column["mean"]) == shown


def test_rare_values_are_not_called_frequent():
    rare = {**COLUMN, "nulls": 0, "top": [{"value": "甲", "count": 3}], "distinct": 900}
    assert profiles.column(rare, 1_000)["top"] == []


def test_the_table_is_told_as_a_whole_and_an_older_profile_is_not():
    profile = {
        "rows": 3, "cells": {"all": 6, "filled": 5}, "duplicate_rows": 0,
        "keys": [["编码"], ["年", "区划"]], "columns": [COLUMN, COLUMN],
    }  # fmt: skip
    assert profiles.table(profile) == {
        "rows": 3, "columns": 2, "filled": (5, 6), "duplicates": 0, "keys": ["编码", "年 + 区划"],
    }  # fmt: skip
    assert profiles.table({"rows": 3, "columns": []}) is None
