"""A profile tells counts, extremes, frequent values, shape and keys, and is plain JSON."""

import csv
import datetime as dt
import json
from collections import Counter
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.parquet import write_parquet
from datasets.profile import columns as of_columns
from datasets.profile import keys as of_keys
from datasets.profile import profile
from datasets.validation import infer_schema
from tests.common.columns import batch_of


def written(folder, columns):
    labels, rows = list(columns), list(zip(*columns.values(), strict=True))
    with (folder / "t.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([labels, *rows])
    write_parquet(folder / "t.csv", infer_schema(labels, batch_of(rows)), folder / "t.parquet")
    return folder / "t.parquet"


@pytest.fixture
def table(tmp_path):
    """The profile of a table given as columns of text."""

    def table(columns):
        found = profile(written(tmp_path, columns))
        json.dumps(found, allow_nan=False)
        return found

    return table


@pytest.fixture
def described(table):
    def described(columns):
        found = table(columns)
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
    assert columns["类别"]["length"] == {"min": 1, "max": 1, "mean": 1.0}
    assert (columns["金额"]["min"], columns["金额"]["max"]) == ("1.50", "10.25")
    assert (columns["金额"]["median"], columns["金额"]["mean"]) == ("2.00", 4.58333333333)
    assert columns["金额"]["quartiles"] == ["1.50", "2.00", "10.25"]
    assert columns["日期"]["min"] == columns["日期"]["median"] == "2020-01-01"
    assert "approximate" not in columns["类别"]


def test_text_has_no_histogram_and_long_values_are_cut(described):
    _, columns = described({"说明": ["长" * 200, "长" * 200]})
    assert "histogram" not in columns["说明"]
    assert columns["说明"]["top"][0]["value"] == columns["说明"]["max"] == "长" * 80 + "…"
    assert columns["说明"]["length"] == {"min": 200, "max": 200, "mean": 200.0}


def test_hostile_column_names_and_empty_tables_are_described(described):
    rows, columns = described({'a"; DROP TABLE source; --': [], "空": []})
    assert rows == 0
    assert list(columns) == ['a"; DROP TABLE source; --', "空"]
    assert columns["空"]["min"] is None


def test_names_that_differ_in_case_alone_are_two_columns(tmp_path):
    pq.write_table(pa.table({"name": ["a", "b"], "Name": ["x", "x"]}), tmp_path / "t's.parquet")
    found = profile(tmp_path / "t's.parquet")["columns"]
    assert [(column["name"], column["distinct"]) for column in found] == [("name", 2), ("Name", 1)]


def test_the_table_as_a_whole_is_described(table):
    found = table({"甲": ["1", "2", "1", "1", ""], "乙": ["x", "y", "x", "", ""]})
    assert found["rows"] == 5
    assert found["cells"] == {"all": 10, "filled": 7}
    assert found["duplicate_rows"] == 1
    assert found["keys"] == []


def test_empty_rows_repeat_each_other_too(table):
    assert table({"甲": ["", "", "1", "1"], "乙": ["", "", "", ""]})["duplicate_rows"] == 2


def test_a_column_that_tells_all_rows_apart_is_a_key(table):
    found = table({"编码": ["B1", "B2", "B3"], "序号": ["3", "1", "2"], "年": ["2024"] * 3})
    assert found["keys"] == [["编码"], ["序号"]]
    assert [column["unique"] for column in found["columns"]] == [True, True, False]


def test_two_columns_together_are_a_key_only_if_they_are_on_every_row(table):
    grid = [(year, place) for year in range(2001, 2011) for place in range(30)]
    years, places = ([str(value) for value in values] for values in zip(*grid, strict=True))
    values = [str(number % 7) for number in range(300)]
    found = table({"年": years, "区划": [f"1101{p:>02}" for p in places], "数": values})
    assert ["年", "区划"] in found["keys"]
    assert all(len(key) == 2 for key in found["keys"])
    broken = table({"年": [*years, "2001"], "区划": [*(f"1101{p:>02}" for p in places), "110100"],
                    "数": [*values, "0"]})  # fmt: skip
    assert (broken["keys"], broken["duplicate_rows"]) == ([], 1)


def test_three_columns_are_tried_when_no_two_are_a_key(table):
    grid = [(a, b, c) for a in range(5) for b in range(5) for c in range(5)]
    columns = {
        name: [f"{name}{value}" for value in values]
        for name, values in zip("甲乙丙", zip(*grid, strict=True), strict=True)
    }
    assert table({**columns, "常": ["x"] * 125})["keys"] == [["甲", "乙", "丙"]]


def test_in_a_few_rows_no_combination_is_called_a_key(table):
    assert table({"甲": ["1", "1", "2"], "乙": ["x", "y", "x"]})["keys"] == []


def test_a_table_too_long_to_compare_says_so(table, monkeypatch):
    monkeypatch.setattr(of_keys, "MOST_CELLS_COMPARED", 3)
    found = table({"甲": ["1", "1"], "乙": ["x", "x"]})
    assert (found["duplicate_rows"], found["keys"]) == (None, None)


def test_estimates_say_that_they_are(described, monkeypatch):
    monkeypatch.setattr(of_columns, "MOST_DISTINCT", 1_000)
    rows, columns = described(
        {
            "序号": [str(number) for number in range(5_000)],
            "半数": [str(number // 2) for number in range(5_000)],
            "文": [f"n{number // 2}" for number in range(5_000)],
            "类": [str(number % 7) for number in range(5_000)],
        }
    )
    assert rows == 5_000
    assert columns["序号"]["unique"]
    assert columns["序号"]["distinct"] == 5_000
    assert columns["序号"]["approximate"] == ["median", "quartiles"]
    assert columns["半数"]["approximate"] == ["distinct", "median", "quartiles"]
    assert columns["半数"]["distinct"] == pytest.approx(2_500, rel=0.15)
    assert columns["半数"]["median"] == pytest.approx(1_250, rel=0.05)
    assert (columns["半数"]["min"], columns["半数"]["max"]) == (0, 2_499)
    assert columns["半数"]["mean"] == 1_249.5
    assert sum(columns["半数"]["histogram"]["counts"]) == 5_000
    assert columns["文"]["approximate"] == ["distinct"]
    assert columns["文"]["length"]["max"] == 5
    assert "approximate" not in columns["类"]
    assert columns["类"]["top"][0] == {"value": 0, "count": 715}


def test_a_table_of_a_thousand_columns_is_described(tmp_path):
    table = pa.table({f"列{n}": pa.array([n, n + 1, None]) for n in range(1_000)})
    pq.write_table(table, tmp_path / "t.parquet")
    assert profile(tmp_path / "t.parquet")["columns"][999]["max"] == 1_000


def test_texts_of_a_megabyte_are_described_within_the_memory_of_all_others(tmp_path):
    texts = [f"{n:07}" + "长" * 300_000 for n in range(200)]
    pq.write_table(pa.table({"文": texts}), tmp_path / "t.parquet", row_group_size=50)
    column = profile(tmp_path / "t.parquet")["columns"][0]
    assert column["length"] == {"min": 300_007, "max": 300_007, "mean": 300_007.0}
    assert len(column["max"]) == 81
    assert column["unique"]


values = {
    "text": (pa.string(), st.sampled_from(["甲", "乙", "丙", "", "a"])),
    "whole": (pa.int64(), st.integers(-(2**63), 2**63 - 1) | st.integers(-5, 40)),
    "amount": (
        pa.decimal128(38, 4),
        st.decimals(-(10**30), 10**30, places=4) | st.decimals(0, 100, places=2),
    ),
    "day": (pa.date32(), st.dates() | st.dates(dt.date(2020, 1, 1), dt.date(2024, 12, 31))),
    "moment": (pa.timestamp("us"), st.datetimes() | st.datetimes(dt.datetime(2024, 1, 1))),  # noqa: DTZ001
    "truth": (pa.bool_(), st.booleans()),
}


@st.composite
def tables(draw):
    rows = draw(st.integers(0, 30))
    columns = {}
    for name, (kind, value) in values.items():
        held = draw(st.lists(value | st.none(), min_size=rows, max_size=rows))
        if draw(st.booleans()):
            held = [one for one in held if one is not None][:3] * rows
            held = (held + [None] * rows)[:rows]
        columns[name] = pa.array(held, kind)
    return pa.table(columns)


@settings(deadline=None, max_examples=60)
@given(tables())
def test_a_profile_says_what_counting_one_by_one_says(tmp_path_factory, table):
    path = tmp_path_factory.mktemp("profile") / "t.parquet"
    pq.write_table(table, path)
    found = profile(path)
    json.dumps(found, allow_nan=False)
    rows = [tuple(row.values()) for row in table.to_pylist()]
    assert found["duplicate_rows"] == len(rows) - len(set(rows))
    for column, name in zip(found["columns"], table.column_names, strict=True):
        held = [value for value in table[name].to_pylist() if value is not None]
        counts = Counter(held)
        assert column["nulls"] == table.num_rows - len(held)
        assert column["distinct"] == len(counts)
        assert column["unique"] == (0 < len(counts) == table.num_rows)
        assert ([name] in found["keys"]) == column["unique"]
        assert [top["count"] for top in column["top"]] == (
            [n for _, n in counts.most_common(10)] if len(counts) < len(held) else []
        )
        if held:
            assert column["min"] == told(min(held))
            assert column["max"] == told(max(held))
        if held and name in {"whole", "amount", "day", "moment"}:
            assert column["median"] == told(sorted(held)[(len(held) - 1) // 2])
            shown = column["histogram"]
            assert len(shown["edges"]) == len(shown["counts"]) + 1
            beyond = shown.get("below", 0) + shown.get("above", 0)
            assert sum(shown["counts"]) + beyond == len(held)
            assert shown["edges"] == sorted(shown["edges"])
            assert len(shown["counts"]) <= 26


def told(value):
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, dt.date) else value
