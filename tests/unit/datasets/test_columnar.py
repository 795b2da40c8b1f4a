"""Records are read once each, in order, in batches bounded by rows and by bytes."""

import csv

import pytest

from datasets import columnar
from datasets.columnar import read_records


@pytest.fixture
def table(tmp_path):
    def table(rows):
        path = tmp_path / "t.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        return path

    return table


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 30])
def test_every_record_comes_once_and_in_order(table, count):
    rows = [[str(number), "甲\n乙"] for number in range(count)]
    batches = list(read_records(table(rows), 10))
    assert [row for batch in batches for row in batch.rows] == rows
    assert [batch.first for batch in batches] == list(range(0, count, 10))
    assert all(len(batch.rows) <= 10 for batch in batches)


def test_skipped_records_are_counted_but_not_given(table):
    (batch,) = read_records(table([["a"], ["1"], ["2"]]), 10, skip=1)
    assert (batch.first, batch.rows) == (1, [["1"], ["2"]])


def test_long_cells_make_short_batches(table, monkeypatch):
    monkeypatch.setattr(columnar, "MOST_BYTES", 100_000)
    rows = [["x" * 60_000] for _ in range(8)]
    batches = list(read_records(table(rows), 1_000))
    assert len(batches) >= 4
    assert [row for batch in batches for row in batch.rows] == rows
    assert batches[-1].share == 1.0
