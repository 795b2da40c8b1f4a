"""Rows in hand reach every exporter, a bounded number at a time."""

import csv
import io
from datetime import UTC, date, datetime

import pyarrow.parquet as pq

from datasets import exports
from datasets.exports import plain_rows

COLUMNS = {"name": "string", "n": "integer", "day": "date", "at": "datetime", "good": "boolean"}


def rows(number: int):
    moment = datetime(2026, 3, 5, 8, 30, tzinfo=UTC)
    return (
        {"name": f"条目{n}", "n": n, "day": date(2026, 1, 1), "at": moment, "good": None}
        for n in range(number)
    )


def test_every_row_arrives_in_order_over_many_batches():
    number = plain_rows.ROWS * 2 + 1
    data = b"".join(exports.stream(plain_rows.reader(COLUMNS, rows(number)), "csv"))
    read = list(csv.DictReader(io.StringIO(data.decode())))
    assert [row["n"] for row in read] == [str(n) for n in range(number)]
    assert read[0]["good"] == ""


def test_parquet_keeps_the_types_and_no_rows_are_a_table_too():
    for number in (0, 3):
        data = b"".join(exports.stream(plain_rows.reader(COLUMNS, rows(number)), "parquet"))
        table = pq.read_table(io.BytesIO(data))
        assert table.num_rows == number
        assert table.column_names == list(COLUMNS)
