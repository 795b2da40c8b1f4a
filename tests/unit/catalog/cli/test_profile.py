"""``gongkai profile`` as people see it: types, missing and distinct values, extremes, histograms."""

import json

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.cli.columns import BLOCKS, bars_of


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "fines.csv"
    lines = [
        f"{number},{'甲乙丙'[number % 3]}区,{number % 10 * 100},2026-0{number % 9 + 1}-01"
        for number in range(60)
    ]
    path.write_text("序号,区,金额,日期\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_columns_are_described_on_a_line_each_with_their_histogram(gongkai, table) -> None:
    done = gongkai("profile", table)
    assert done.lines[0].startswith(f"{table}: 60 rows, 4 columns, CSV, UTF-8")
    assert any("Could be the key: 序号" in line for line in done.lines)
    number = next(line for line in done.lines if line.strip().startswith("序号"))
    assert "integer" in number
    assert "0 missing, 60 distinct, no value repeats, 0 … 59" in number
    assert any(set(line) & set(BLOCKS) for line in done.lines)
    assert (
        "most frequent: 丙区 × 20" in done.out
        or "most frequent: 甲区 × 20" in done.out
        or "most frequent: 乙区 × 20" in done.out
    )


def test_of_many_columns_that_could_be_the_key_some_are_named(gongkai, tmp_path) -> None:
    names = [f"c{place}" for place in range(30)]
    (tmp_path / "x.csv").write_text(f"{','.join(names)}\n" + "1," * 29 + "1\n", encoding="utf-8")
    named = next(line for line in gongkai("profile", "x.csv").lines if "Could be" in line)
    assert named.strip() == f"Could be the key: {'; '.join(names[:8])}; …"
    assert len(json.loads(gongkai("profile", "x.csv", "--json").out)["keys"]) == 30


def test_the_profile_is_one_line_of_json(gongkai, table) -> None:
    described = json.loads(gongkai("profile", table, "--json").out)
    assert described["rows"] == 60
    by_name = {column["name"]: column for column in described["columns"]}
    assert by_name["日期"]["field_type"] == "date"
    assert by_name["区"]["distinct"] == 3
    assert sum(by_name["金额"]["histogram"]["counts"]) == 60


def test_values_of_people_are_masked(gongkai, people) -> None:
    done = gongkai("profile", people)
    assert "11010519491231002X" not in done.out + gongkai("profile", people, "--json").out
    assert "sensitive, values are masked" in done.out


def test_a_title_over_the_header_is_repaired_for_reading(gongkai, tmp_path) -> None:
    rows = "".join(f"{number},单位{number},{number}00\n" for number in range(1, 9))
    path = tmp_path / "titled.csv"
    path.write_bytes(f"某某汇总表,,\n序号,单位,数量\n{rows}".encode("gb18030"))
    described = json.loads(gongkai("profile", path, "--json").out)
    assert [column["name"] for column in described["columns"]] == ["序号", "单位", "数量"]
    assert described["encoding"] == "gb18030"
    assert "title-rows" in described["repairs"]


def test_what_is_no_table_is_told(gongkai, tmp_path) -> None:
    (tmp_path / "empty.csv").write_text("")
    assert "empty-file" in gongkai("profile", "empty.csv", code=1).err


@given(st.lists(st.integers(0, 10**9), max_size=30))
def test_a_bar_stands_for_every_count_and_only_nothing_is_blank(counts) -> None:
    bars = bars_of(counts)
    assert len(bars) == len(counts)
    assert [bar == " " for bar in bars] == [count == 0 for count in counts]
    if any(counts):
        assert bars[counts.index(max(counts))] == BLOCKS[-1]


def test_tables_below_each_other_are_described_each_by_itself(gongkai, tmp_path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "汇总"
    for row in STACKED:
        sheet.append(row)
    book.create_sheet("说明").append(["填报说明"])
    book.save(tmp_path / "stacked.xlsx")
    first, second = map(json.loads, gongkai("profile", "stacked.xlsx", "--json").lines[:2])
    assert [one["name"] for one in first["columns"]] == ["序号", "单位", "数量"]
    assert [one["name"] for one in second["columns"]] == ["名称", "日期", "备注", "类别"]
    assert (first["rows"], second["rows"]) == (3, 2)
    assert (first["name"], second["name"]) == ("stacked.xlsx#汇总:1", "stacked.xlsx#汇总:2")


STACKED = (
    ("表一 单位",), ("序号", "单位", "数量"), (1, "甲", 10), (2, "乙", 20), (3, "丙", 30),
    ("表二 活动",), ("名称", "日期", "备注", "类别"),
    ("展览", "2026-03-01", "a", "x"), ("讲座", "2026-03-02", "b", "y"),
)  # fmt: skip


def test_values_beyond_the_header_have_a_column_of_their_own(gongkai, tmp_path) -> None:
    rows = "".join(f"{number},甲\n" for number in range(1, 9))
    (tmp_path / "long.csv").write_text(f"序号,名称\n{rows}9,乙,丙,丁\n", encoding="utf-8")
    described = json.loads(gongkai("profile", "long.csv", "--json").out)
    assert [one["name"] for one in described["columns"]] == ["序号", "名称", "列3", "列4"]
    assert [one["nulls"] for one in described["columns"]] == [0, 0, 8, 8]
