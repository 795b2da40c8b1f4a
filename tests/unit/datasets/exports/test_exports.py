"""Every format brings the table back: rows, order, types as far as the format has them."""

# ruff: noqa: DTZ001  (published tables hold wall-clock times as delivered, without a zone)

import csv
import io
import json
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from datasets.exports import EXPORTERS, ExportProblem, export_file, read, stream
from datasets.exports.contract import BATCH_ROWS
from datasets.exports.objects import json_values
from schemas.records import Message

FIELDS = [
    {"name": "code", "type": "string", "title": "统一社会信用代码"},
    {"name": "name", "type": "string", "title": "名称"},
    {"name": "count", "type": "integer"},
    {"name": "amount", "type": "number"},
    {"name": "open", "type": "boolean"},
    {"name": "day", "type": "date"},
    {"name": "at", "type": "datetime"},
    {"name": "year", "type": "year"},
]
SCHEMA = pa.schema(
    [
        ("code", pa.string()),
        ("name", pa.string()),
        ("count", pa.int64()),
        ("amount", pa.decimal128(20, 2)),
        ("open", pa.bool_()),
        ("day", pa.date32()),
        ("at", pa.timestamp("us")),
        ("year", pa.int32()),
    ],
    metadata={b"frictionless:schema": json.dumps({"fields": FIELDS}).encode()},
)
ROWS = [
    ("0012", '市"人力",\r\n社保局', 7, Decimal("12.50"), True, date(2024, 2, 29),
     datetime(2024, 2, 29, 8, 30), 2024),
    ("=1+1", "", 2**53 + 1, Decimal("123456789012345678.91"), False, date(1899, 5, 4),
     datetime(1900, 1, 1, 0, 0, 0, 5), 1900),
    (None, None, None, None, None, None, None, None),
    ("https://example.org", "中\t文\0", -(2**63), Decimal("-0.01"), None, date(9999, 12, 31),
     datetime(9999, 12, 31, 23, 59, 59), 1),
]  # fmt: skip


def table_of(rows, schema=SCHEMA):
    columns = list(zip(*rows, strict=True)) if rows else [[] for _ in schema.names]
    return pa.table([pa.array(c, t) for c, t in zip(columns, schema.types, strict=True)], schema)


def plain(value):
    """How a value is written where everything is text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value if value is None else str(value)


def safe(value):
    """How a value is written in JSON."""
    if isinstance(value, Decimal):
        return float(value) if len(value.as_tuple().digits) <= 15 else str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) < 2**53 else str(value)
    return plain(value) if not isinstance(value, bool) else value


def workbook_value(value):
    """How a value is held by an Excel cell; what it cannot hold is text, nothing is nothing."""
    if isinstance(value, datetime):
        return value if value.year > 1900 else plain(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day) if value.year > 1900 else plain(value)
    if isinstance(value, Decimal):
        return float(value) if len(value.as_tuple().digits) <= 15 else str(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**15:
        return str(value)
    return value


def read_csv(data):
    rows = list(csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True))
    return rows[0], [tuple(value or None for value in row) for row in rows[1:]]


def read_json(data):
    objects = json.loads(data)
    return list(objects[0]) if objects else [], [tuple(o.values()) for o in objects]


def read_ndjson(data):
    objects = [orjson.loads(line) for line in data.splitlines()]
    return list(objects[0]) if objects else [], [tuple(o.values()) for o in objects]


def read_xlsx(data):
    book = openpyxl.load_workbook(io.BytesIO(data))
    rows = list(book.active.iter_rows(values_only=True))
    return list(rows[0]), rows[1:]


def read_parquet(data):
    table = pq.read_table(io.BytesIO(data))
    assert table.schema.metadata[b"frictionless:schema"] == SCHEMA.metadata[b"frictionless:schema"]
    return table.column_names, [tuple(row.values()) for row in table.to_pylist()]


def read_arrow(data):
    table = pa.ipc.open_stream(data).read_all()
    return table.column_names, [tuple(row.values()) for row in table.to_pylist()]


READERS = {
    "csv": (read_csv, lambda value: plain(value) or None),
    "json": (read_json, safe),
    "ndjson": (read_ndjson, safe),
    "xlsx": (read_xlsx, workbook_value),
    "parquet": (read_parquet, lambda value: value),
    "arrow": (read_arrow, lambda value: value),
}


def exported(table, name, **options):
    return b"".join(stream(table.to_reader(max_chunksize=2), name, **options))


@pytest.mark.parametrize("name", EXPORTERS)
def test_a_table_comes_back_from_every_format(name):
    reader, held = READERS[name]
    header, rows = reader(exported(table_of(ROWS), name))
    shown = [field.get("title", field["name"]) for field in FIELDS]
    assert header == (shown if name == "xlsx" else SCHEMA.names)
    expected = [tuple(held(value) for value in row) for row in ROWS]
    if name == "xlsx":  # openpyxl leaves control characters as the file format spells them
        rows = [tuple(unescape(v) if isinstance(v, str) else v for v in row) for row in rows]
    assert rows == expected


@pytest.mark.parametrize("name", EXPORTERS)
def test_a_table_without_rows_is_a_valid_file(name):
    reader, _ = READERS[name]
    header, rows = reader(exported(table_of([]), name))
    assert rows == []
    assert name in {"json", "ndjson"} or len(header) == len(FIELDS)


@pytest.mark.parametrize("name", EXPORTERS)
def test_a_whole_file_is_exported_from_parquet(name, tmp_path):
    table = table_of(ROWS * 30)
    source = tmp_path / "stored"
    pq.write_table(table, source, row_group_size=50)
    out = tmp_path / f"table.{EXPORTERS[name].suffix}"
    export_file(source, name, out)
    reader, _ = READERS[name]
    assert len(reader(out.read_bytes())[1]) == len(ROWS) * 30


@pytest.mark.parametrize("name", EXPORTERS)
def test_the_same_table_gives_the_same_bytes(name):
    table = table_of(ROWS)
    assert exported(table, name) == exported(table, name)


@pytest.mark.parametrize("name", ["csv", "json", "ndjson", "arrow"])
def test_a_streamed_format_begins_before_the_table_was_read(name):
    taken = []

    def batches():
        for number in range(50):
            taken.append(number)
            yield from table_of(ROWS).to_batches()

    pieces = stream(pa.RecordBatchReader.from_batches(SCHEMA, batches()), name)
    next(pieces)
    assert len(taken) <= 2


cells = st.text(st.characters(codec="utf-8"), max_size=12) | st.none()


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 3).flatmap(lambda n: st.lists(st.tuples(*[cells] * n), min_size=1)))
def test_any_text_survives_csv_and_only_a_null_is_nothing(rows):
    schema = pa.schema([(f"字段{n}", pa.string()) for n in range(len(rows[0]))])
    data = exported(table_of(rows, schema), "csv")
    assert data.endswith(b"\r\n")
    header, *read_back = csv.reader(io.StringIO(data.decode(), newline=""), strict=True)
    assert header == schema.names
    assert read_back == [[cell or "" for cell in row] for row in rows]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.decimals(-10, 10, places=9) | st.none(), min_size=1), st.lists(st.datetimes()))
def test_decimals_and_times_are_written_as_iso_and_people_write_them(decimals, times):
    numbers = table_of([(d,) for d in decimals], pa.schema([("n", pa.decimal128(12, 9))]))
    assert read_csv(exported(numbers, "csv"))[1] == [
        (None if d is None else f"{d:.9f}",) for d in decimals
    ]
    moments = table_of([(t,) for t in times], pa.schema([("t", pa.timestamp("us"))]))
    assert read_csv(exported(moments, "csv"))[1] == [(t.isoformat(),) for t in times]
    assert json_values(moments.column("t")) == [t.isoformat() for t in times]


def test_an_empty_text_and_a_null_differ_in_csv():
    schema = pa.schema([("a", pa.string()), ("b", pa.string())])
    assert exported(table_of([("", None)], schema), "csv") == b'a,b\r\n"",\r\n'


def test_a_lone_null_is_still_a_row():
    schema = pa.schema([("a", pa.string())])
    assert exported(table_of([(None,), ("x",)], schema), "csv") == b'a\r\n""\r\nx\r\n'


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\0x", ";x", "|x", "  =1", "　＝1", "＠x"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_a_spreadsheet_would_run_is_guarded_on_demand_only(text):
    schema = pa.schema([("text", pa.string())])
    table = table_of([(text,), ("harmless = +-@",)], schema)
    plain_rows = read_csv(exported(table, "csv"))[1]
    guarded_rows = read_csv(exported(table, "csv", excel=True))[1]
    assert plain_rows == [(text,), ("harmless = +-@",)]
    assert guarded_rows == [("'" + text,), ("harmless = +-@",)]


def test_a_name_that_a_spreadsheet_would_run_is_guarded_too():
    table = table_of([("x",)], pa.schema([("=1+1", pa.string())]))
    assert exported(table, "csv", excel=True) == b"'=1+1\r\nx\r\n"
    assert exported(table, "csv") == b"=1+1\r\nx\r\n"


def test_numbers_are_left_alone_by_the_guard():
    schema = pa.schema([("n", pa.int64())])
    assert exported(table_of([(-5,)], schema), "csv", excel=True) == b"n\r\n-5\r\n"


def test_a_csv_for_excel_begins_with_a_byte_order_mark():
    assert exported(table_of(ROWS), "csv", bom=True).startswith(b"\xef\xbb\xbfcode,name")
    assert exported(table_of(ROWS), "csv").startswith(b"code,name")


def test_a_workbook_has_no_formula_no_link_no_name_of_anybody():
    rows = [(text, "mailto:a@example.org", *ROWS[0][2:]) for text in [*FORMULAS, "http://a.b/c"]]
    data = exported(table_of(rows), "xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert {cell.data_type for cell in sheet["A"]} == {"s"}
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["A"].width > 17
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        body = archive.read("xl/worksheets/sheet1.xml").decode()
        core = archive.read("docProps/core.xml").decode()
    assert "<f>" not in body
    assert "hyperlink" not in body
    assert not any("rels" in name and "worksheets" in name for name in names)
    assert "<dc:creator></dc:creator>" in core


@pytest.mark.parametrize(
    ("table", "what"),
    [
        (pa.table({"a": ["x" * 32_768]}), "characters in a cell"),
        (pa.table({"a": pa.nulls(1_048_576, pa.int64())}), "rows"),
        (pa.table({str(n): [1] for n in range(16_385)}), "columns"),
    ],
)
def test_what_excel_cannot_hold_is_refused_and_never_cut(table, what, tmp_path):
    source, out = tmp_path / "big.parquet", tmp_path / "big.xlsx"
    pq.write_table(table, source)
    with pytest.raises(ExportProblem) as caught:
        export_file(source, "xlsx", out)
    assert caught.value.problem.cause.params["what"] == Message(what)
    assert not out.exists()


anything = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["_x000D_", " a", "a\n", "a\tb", "<b>&amp;</b>", "]]>", "\r\n", "\ufffe", "😀" * 9, "<r>x</r>"]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(anything | st.none(), anything), min_size=1, max_size=4))
def test_any_text_survives_a_workbook(rows):
    schema = pa.schema([("甲", pa.string()), ("乙", pa.string()), ("末", pa.int64())])
    data = exported(table_of([(*row, 1) for row in rows], schema), "xlsx")
    read_back = [
        tuple(unescape(cell) if isinstance(cell, str) else cell for cell in row)
        for row in read_xlsx(data)[1]
    ]
    assert read_back == [(*row, 1) for row in rows]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers(-(10**15), 10**15),
            st.none() | st.decimals(-(10**16), 10**16, places=3) | st.decimals(0, 9, places=2),
            st.none() | st.booleans(),
            st.none() | st.dates(),
            st.none() | st.datetimes() | st.datetimes().map(lambda t: t.replace(microsecond=0)),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_a_workbook_holds_every_number_and_day_or_its_text(rows):
    kinds = [pa.int64(), pa.decimal128(20, 3), pa.bool_(), pa.date32(), pa.timestamp("us")]
    kinds.append(pa.string())
    table = table_of(
        [(*row, "x") for row in rows],
        pa.schema([(str(place), kind) for place, kind in enumerate(kinds)]),
    )
    read_back = read_xlsx(exported(table, "xlsx"))[1]
    for row, got in zip(table.to_pylist(), read_back, strict=True):
        for value, cell in zip(row.values(), got, strict=True):
            if isinstance(cell, str):
                assert cell == plain(value)
                assert not isinstance(value, bool)
            elif isinstance(value, Decimal):
                assert cell == float(value)
            elif isinstance(value, datetime):
                assert (cell - value).total_seconds() == pytest.approx(0, abs=0.001)
            elif isinstance(value, date):
                assert cell.date() == value
            else:
                assert cell == value


def test_a_workbook_says_how_far_it_reaches_and_follows_its_batches():
    table = table_of(ROWS * 30)
    data = exported(table, "xlsx")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b'<dimension ref="A1:H121"/>' in archive.read("xl/worksheets/sheet1.xml")
    sheet = openpyxl.load_workbook(io.BytesIO(data), read_only=True).active
    assert (sheet.max_row, sheet.max_column) == (121, 8)
    assert [row[0] for row in sheet.iter_rows(min_row=2, max_row=5, values_only=True)] == [
        "0012", "=1+1", None, "https://example.org",
    ]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(anything | st.none(), st.integers() .map(lambda n: n % 2**60),
                          st.decimals(-(10**16), 10**16, places=3)), min_size=1))  # fmt: skip
def test_any_value_survives_json(rows):
    schema = pa.schema([('a"\\', pa.string()), ("b", pa.int64()), ("c", pa.decimal128(20, 3))])
    data = exported(table_of(rows, schema), "ndjson")
    read_back = [tuple(orjson.loads(line).values()) for line in data.splitlines()]
    assert read_back == [(text, safe(whole), safe(number)) for text, whole, number in rows]
    assert orjson.loads(exported(table_of(rows, schema), "json")) == [
        orjson.loads(line) for line in data.splitlines()
    ]


def test_numbers_without_a_finite_value_are_null_in_json_and_text_in_a_workbook():
    table = pa.table({"n": [1.5, None, float("nan"), float("inf")]})
    assert read_ndjson(exported(table, "ndjson"))[1] == [(1.5,), (None,), (None,), (None,)]
    assert read_xlsx(exported(table, "xlsx"))[1] == [(1.5,), (None,), ("nan",), ("inf",)]


def test_very_long_cells_are_exported_in_small_pieces():
    table = pa.table({"a": ["长" * 1_000_000] * 70})
    pieces = list(stream(table.to_reader(), "csv"))
    assert max(map(len, pieces)) < 70_000_000
    assert sum(map(len, pieces)) == 3 + 70 * 3_000_002


def test_a_parquet_file_is_read_a_bounded_number_of_rows_at_a_time(tmp_path: Path):
    source = tmp_path / "long.parquet"
    pq.write_table(pa.table({"n": range(100_000)}), source)
    assert max(batch.num_rows for batch in read(source)) <= BATCH_ROWS
