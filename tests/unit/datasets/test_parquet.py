"""Parquet keeps every value: typed where the type holds, as text where it does not."""

import csv
import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.parquet import ROW_GROUP_ROWS, read_table_schema, write_parquet
from datasets.validation import SchemaProblem, infer_schema
from tests.common.columns import batch_of

moment = dt.datetime.fromisoformat


def write_csv(path, labels, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([labels, *rows])


def stored(folder, field, values, schema=None):
    """The column that one field's values become."""
    write_csv(folder / "t.csv", ["键", field["name"]], [["k", value] for value in values])
    described = {"fields": [{"name": "键", "type": "string"}, field]} | (schema or {})
    write_parquet(folder / "t.csv", described, folder / "t.parquet")
    return pq.read_table(folder / "t.parquet").column(1)


@pytest.mark.parametrize(
    ("field", "values", "kind", "expected"),
    [
        ({"type": "string"}, ["0091", ""], pa.string(), ["0091", None]),
        ({"type": "integer"}, ["1", "-7", "+5", " 6 ", ""], pa.int64(), [1, -7, 5, 6, None]),
        (
            {"type": "number"},
            ["1.5", "-100.25", "3"],
            pa.decimal128(5, 2),
            [Decimal("1.50"), Decimal("-100.25"), Decimal("3.00")],
        ),
        (
            {"type": "number", "groupChar": ","},
            ["1,234.5", "2"],
            pa.decimal128(5, 1),
            [Decimal("1234.5"), Decimal("2.0")],
        ),
        (
            {"type": "number"},
            ["1e3", "0.001"],
            pa.decimal128(7, 3),
            [Decimal(1000), Decimal("0.001")],
        ),
        (
            {"type": "boolean", "trueValues": ["是"], "falseValues": ["否"]},
            ["是", "否", ""],
            pa.bool_(),
            [True, False, None],
        ),
        (
            {"type": "date"},
            ["2024-01-31", "2024-1-5"],
            pa.date32(),
            [dt.date(2024, 1, 31), dt.date(2024, 1, 5)],
        ),
        (
            {"type": "date", "format": "%Y年%m月%d日"},
            ["2024年1月5日"],
            pa.date32(),
            [dt.date(2024, 1, 5)],
        ),
        (
            {"type": "datetime"},
            ["2024-01-31 08:00:00", "2024-01-31T08:00:00.5"],
            pa.timestamp("us"),
            [moment("2024-01-31 08:00:00"), moment("2024-01-31 08:00:00.500")],
        ),
        ({"type": "year"}, ["2024"], pa.int32(), [2024]),
        ({"type": "yearmonth"}, ["2024-01"], pa.string(), ["2024-01"]),
    ],
)
def test_a_column_is_stored_as_its_type(tmp_path, field, values, kind, expected):
    column = stored(tmp_path, {"name": "值"} | field, values)
    assert column.type == kind
    assert column.to_pylist() == expected


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("integer", ["1", "一"]),
        ("integer", ["99999999999999999999"]),
        ("number", ["1.5", "NaN"]),
        ("number", ["1" * 30, "0." + "1" * 30]),
        ("date", ["2024-01-31", "2024-02-31"]),
        ("datetime", ["2024-01-31T08:00:00", "2024-01-31T08:00:00Z"]),
        ("boolean", ["true", "maybe"]),
    ],
)
def test_a_column_that_does_not_fit_its_type_is_kept_as_text(tmp_path, kind, values):
    column = stored(tmp_path, {"name": "值", "type": kind}, values)
    assert column.type == pa.string()
    assert column.to_pylist() == values


def test_missing_values_of_the_schema_become_null(tmp_path):
    column = stored(
        tmp_path, {"name": "值", "type": "integer"}, ["1", "-", ""], {"missingValues": ["", "-"]}
    )
    assert column.to_pylist() == [1, None, None]


def test_the_schema_travels_in_the_file(tmp_path):
    schema = {"fields": [{"name": "金额", "type": "number", "title": "金额（元）"}]}
    write_csv(tmp_path / "t.csv", ["金额"], [["1.5"]])
    assert write_parquet(tmp_path / "t.csv", schema, tmp_path / "t.parquet") == 1
    assert read_table_schema(tmp_path / "t.parquet") == schema


def test_long_tables_come_in_row_groups_with_an_index(tmp_path):
    rows = [[str(number)] for number in range(ROW_GROUP_ROWS * 2 + 1)]
    write_csv(tmp_path / "t.csv", ["数"], rows)
    count = write_parquet(tmp_path / "t.csv", infer_schema(["数"], batch_of(rows)), tmp_path / "t.parquet")
    metadata = pq.read_metadata(tmp_path / "t.parquet")
    assert count == metadata.num_rows == len(rows)
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [
        20_000,
        20_000,
        1,
    ]
    assert metadata.row_group(0).column(0).compression == "ZSTD"
    assert metadata.row_group(0).column(0).has_offset_index


def test_a_type_may_hold_in_one_batch_and_fail_in_the_next(tmp_path):
    rows = [[str(number)] for number in range(ROW_GROUP_ROWS)] + [["x"]]
    write_csv(tmp_path / "t.csv", ["数"], rows)
    schema = {"fields": [{"name": "数", "type": "integer"}]}
    write_parquet(tmp_path / "t.csv", schema, tmp_path / "t.parquet")
    assert pq.read_table(tmp_path / "t.parquet").column(0).to_pylist()[-2:] == ["19999", "x"]


def test_a_table_of_no_rows_keeps_its_columns(tmp_path):
    write_csv(tmp_path / "t.csv", ["a", "b"], [])
    schema = {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "number"}]}
    assert write_parquet(tmp_path / "t.csv", schema, tmp_path / "t.parquet") == 0
    assert pq.read_schema(tmp_path / "t.parquet").names == ["a", "b"]


def test_a_row_wider_than_the_schema_is_refused(tmp_path):
    write_csv(tmp_path / "t.csv", ["a"], [["1", "2"]])
    with pytest.raises(ValueError, match="more cells"):
        write_parquet(tmp_path / "t.csv", {"fields": [{"name": "a"}]}, tmp_path / "t.parquet")


def test_a_schema_that_is_none_is_refused(tmp_path):
    write_csv(tmp_path / "t.csv", ["a"], [["1"]])
    with pytest.raises(SchemaProblem):
        write_parquet(
            tmp_path / "t.csv", {"fields": [{"name": "a", "type": "x"}]}, tmp_path / "t.parquet"
        )


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=8)
numbers = st.one_of(
    st.integers().map(str), st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str)
)


@settings(deadline=None)
@given(
    st.lists(st.one_of(texts, numbers), min_size=1),
    st.sampled_from(["integer", "number", "date", "string"]),
)
def test_no_value_is_ever_lost(tmp_path_factory, values, kind):
    column = stored(tmp_path_factory.mktemp("kept"), {"name": "值", "type": kind}, values)
    assert [value is None for value in column.to_pylist()] == [value == "" for value in values]
    if column.type == pa.string():
        assert [value or "" for value in column.to_pylist()] == values
