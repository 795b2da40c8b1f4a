"""Histograms have edges that a person would have chosen, and count every value once."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datasets.profile import profile


@pytest.fixture
def shape(tmp_path):
    """The histogram of one column's values."""

    def shape(values, kind=None):
        pq.write_table(pa.table({"值": pa.array(values, kind)}), tmp_path / "t.parquet")
        return profile(tmp_path / "t.parquet")["columns"][0]["histogram"]

    return shape


def days(*texts):
    return [dt.date.fromisoformat(text) for text in texts]


def test_numbers_come_in_round_steps(shape):
    found = shape(list(range(101)))
    assert found["edges"] == [10.0 * step for step in range(11)]
    assert found["counts"] == [10] * 9 + [11]
    assert found["scale"] == "linear"


def test_decimals_have_edges_without_crumbs(shape):
    found = shape([Decimal(n) / 100 for n in range(-30, 101)])
    assert found["edges"][:4] == [-0.4, -0.2, 0.0, 0.2]
    assert sum(found["counts"]) == 131


def test_few_whole_numbers_are_each_counted(shape):
    assert shape([1, 2, 2, 5]) == {
        "edges": [1, 2, 3, 4, 5, 6], "counts": [1, 2, 0, 0, 1], "scale": "each",
    }  # fmt: skip


def test_amounts_of_all_sizes_come_in_powers_of_ten(shape):
    found = shape([*range(1, 100), 1_000_000])
    assert found == {
        "edges": [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000],
        "counts": [9, 90, 0, 0, 0, 0, 1],
        "scale": "log",
    }


def test_a_value_below_the_usual_powers_of_ten_is_counted_too(shape):
    found = shape(
        [Decimal("0.5"), *map(Decimal, range(20, 1_000)), Decimal(10**7)] + [Decimal(20)] * 500
    )
    assert found["edges"][:3] == [0, 10, 100]
    assert found["counts"][0] == 1


def test_one_value_has_one_bin(shape):
    assert shape([7, 7]) == {"edges": [7, 7], "counts": [2], "scale": "linear"}
    found = shape(days("2020-05-01", "2020-05-01"))
    assert found == {"edges": ["2020-05-01", "2020-05-02"], "counts": [2], "unit": "day"}


@pytest.mark.parametrize(
    ("texts", "unit", "edges"),
    [
        (["2020-05-01", "2020-05-20"], "day", ("2020-05-01", "2020-05-21")),
        (["2020-05-07", "2021-02-20"], "month", ("2020-05-01", "2021-03-01")),
        (["2020-05-07", "2024-02-20"], "quarter", ("2020-04-01", "2024-04-01")),
        (["2010-05-07", "2024-02-20"], "year", ("2010-01-01", "2025-01-01")),
        (["1910-05-07", "2024-02-20"], "decade", ("1910-01-01", "2030-01-01")),
        (["0001-01-01", "0350-02-20"], "century", ("0001-01-01", "0400-01-01")),
    ],
)
def test_dates_come_by_the_calendar(shape, texts, unit, edges):
    found = shape(days(*texts) * 3)
    assert found["unit"] == unit
    assert (found["edges"][0], found["edges"][-1]) == edges
    assert (found["counts"][0], found["counts"][-1]) == (3, 3)
    assert sum(found["counts"]) == 6


def test_times_of_one_day_come_by_the_hour(shape):
    moments = [dt.datetime(2024, 1, 1, hour, 30) for hour in (8, 8, 17)]  # noqa: DTZ001
    found = shape(moments)
    assert found["unit"] == "hour"
    assert found["edges"][0] == "2024-01-01T08:00:00"
    assert found["counts"] == [2, 0, 0, 0, 0, 0, 0, 0, 0, 1]


def test_dates_that_mean_without_end_do_not_flatten_the_others(shape):
    usual = [dt.date(2015 + n % 9, 1 + n % 12, 1) for n in range(500)]
    found = shape([*usual, dt.date(9999, 12, 31), dt.date(1, 1, 1)])
    assert found["unit"] == "year"
    assert (found["edges"][0], found["edges"][-1]) == ("2015-01-01", "2024-01-01")
    assert (sum(found["counts"]), found["below"], found["above"]) == (500, 1, 1)


def test_the_calendar_ends_and_its_last_day_counts(shape):
    found = shape(days("9990-01-01", "9999-12-31", "9999-12-31"))
    assert (found["edges"][-1], found["counts"][-1]) == ("9999-12-31", 2)


def test_the_widest_numbers_have_a_histogram(shape):
    found = shape([Decimal("9" * 38), Decimal(-1), Decimal(0)], pa.decimal128(38, 0))
    assert sum(found["counts"]) == 3
    assert sum(shape([-(2**63), 2**63 - 1])["counts"]) == 2
