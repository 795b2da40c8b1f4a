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
            pa.decimal128(18, 2),
            [Decimal("1.50"), Decimal("-100.25"), Decimal("3.00")],
        ),
        (
            {"type": "number", "groupChar": ","},
            ["1,234.5", "2"],
            pa.decimal128(18, 1),
            [Decimal("1234.5"), Decimal("2.0")],
        ),
        (
            {"type": "number"},
            ["1e3", "0.001"],
            pa.decimal128(18, 3),
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
    count = write_parquet(
        tmp_path / "t.csv", infer_schema(["数"], batch_of(rows)), tmp_path / "t.parquet"
    )
    metadata = pq.read_metadata(tmp_path / "t.parquet")
    assert count == metadata.num_rows == len(rows)
    sizes = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
    assert sizes == [ROW_GROUP_ROWS, ROW_GROUP_ROWS, 1]
    assert metadata.row_group(0).column(0).compression == "ZSTD"
    assert metadata.row_group(0).column(0).has_offset_index


def test_a_type_may_hold_in_one_batch_and_fail_in_the_next(tmp_path):
    rows = [[str(number)] for number in range(ROW_GROUP_ROWS)] + [["x"]]
    write_csv(tmp_path / "t.csv", ["数"], rows)
    schema = {"fields": [{"name": "数", "type": "integer"}]}
    write_parquet(tmp_path / "t.csv", schema, tmp_path / "t.parquet")
    assert pq.read_table(tmp_path / "t.parquet").column(0).to_pylist()[-2:] == ["49999", "x"]


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


def test_the_first_rows_may_be_narrower_than_the_last(tmp_path):
    """Of a long file the types are guessed from its beginning; the end of it counts as much."""
    first = [["1.5", "2024-01-01", "7", "是", "短"]] * 200_000
    last = [["1.2345", "2024-01-01", "x", "是", "长" * 9], ["1" * 20, "2024-1-1", "8", "否", ""]]
    write_csv(tmp_path / "t.csv", ["数", "日", "码", "否", "文"], first + last)
    schema = {
        "fields": [
            {"name": "数", "type": "number"},
            {"name": "日", "type": "date"},
            {"name": "码", "type": "integer"},
            {"name": "否", "type": "boolean", "trueValues": ["是"], "falseValues": ["否"]},
            {"name": "文", "type": "string"},
        ]
    }
    assert write_parquet(tmp_path / "t.csv", schema, tmp_path / "t.parquet") == 200_002
    table = pq.read_table(tmp_path / "t.parquet")
    assert table.schema.types == [
        pa.decimal128(38, 4), pa.date32(), pa.string(), pa.bool_(), pa.string(),
    ]  # fmt: skip
    assert table.slice(199_999).to_pylist() == [
        {"数": Decimal("1.5000"), "日": dt.date(2024, 1, 1), "码": "7", "否": True, "文": "短"},
        {"数": Decimal("1.2345"), "日": dt.date(2024, 1, 1), "码": "x", "否": True, "文": "长" * 9},
        {"数": Decimal("1" * 20 + ".0000"), "日": dt.date(2024, 1, 1), "码": "8", "否": False,
         "文": None},
    ]  # fmt: skip


def test_short_and_empty_rows_keep_their_places(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,x\n2\n\n4,y\n", encoding="utf-8")
    schema = {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "string"}]}
    assert write_parquet(tmp_path / "t.csv", schema, tmp_path / "t.parquet") == 4
    rows = [tuple(row.values()) for row in pq.read_table(tmp_path / "t.parquet").to_pylist()]
    assert rows == [(1, "x"), (2, None), (None, None), (4, "y")]


def test_one_code_is_found_without_reading_the_others(tmp_path):
    """Columns of many different values carry a filter; columns that repeat themselves need none."""
    rows = [[f"BL{(n * 7919) % 1_000_003:08d}", f"类{n % 3}", str(n), "1.5"] for n in range(60_000)]
    write_csv(tmp_path / "t.csv", ["编码", "类.别", "序号", "额"], rows)
    kinds = ["string", "string", "integer", "number"]
    names = ["编码", "类.别", "序号", "额"]
    schema = {"fields": [{"name": n, "type": k} for n, k in zip(names, kinds, strict=True)]}
    write_parquet(tmp_path / "t.csv", schema, tmp_path / "t.parquet")
    group = pq.read_metadata(tmp_path / "t.parquet").row_group(0)
    assert [group.column(c).bloom_filter_offset is not None for c in range(4)] == [
        True, False, True, False,
    ]  # fmt: skip
    assert "RLE_DICTIONARY" in group.column(1).encodings
    assert "DELTA_BINARY_PACKED" in group.column(2).encodings
    assert group.column(2).statistics.max == 49_999


def test_rows_of_very_long_cells_come_in_smaller_groups(tmp_path):
    write_csv(tmp_path / "t.csv", ["文"], [["长" * 500_000]] * 100)
    schema = {"fields": [{"name": "文", "type": "string"}]}
    write_parquet(tmp_path / "t.csv", schema, tmp_path / "t.parquet")
    assert pq.read_metadata(tmp_path / "t.parquet").num_row_groups > 1


def test_a_failed_writing_is_told(tmp_path):
    write_csv(tmp_path / "t.csv", ["a"], [[str(number)] for number in range(60_000)])
    schema = {"fields": [{"name": "a", "type": "integer"}]}
    with pytest.raises(OSError, match=r"t\.parquet"):
        write_parquet(tmp_path / "t.csv", schema, tmp_path / "missing" / "t.parquet")


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
