"""``gongkai anonymity``: counts of classes, and an exit code that a script can use."""

import json

import pytest


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "people.csv"
    rows = ["男,1990,甲"] * 6 + ["女,1971,乙"]
    path.write_bytes(
        ("某某名册,,\n性别,出生年份,病种\n" + "\n".join(rows) + "\n").encode("gb18030")
    )
    return path


def test_suggested_columns_are_measured_and_a_small_k_ends_with_1(gongkai, table) -> None:
    done = gongkai("anonymity", table, "--sensitive", "病种", code=1)
    assert done.lines[0] == f"{table}: k = 1; 7 rows in 2 classes (性别 + 出生年份)"
    assert "  in classes below 2: 1 row, 14.29%" in done.lines
    assert "  without 性别: k = 1, 1 row in classes below 5" in done.lines
    assert "  病种: l = 1; 7 rows in 2 classes share one value" in done.lines
    assert "乙" not in done.out


def test_columns_and_the_demand_are_the_callers(gongkai, table) -> None:
    done = gongkai("anonymity", table, "--by", "性别", "-k", "1", "--json")
    report = json.loads(done.out)
    assert (report["fields"], report["k"], report["smallest"]) == (["性别"], 1, [[1, 1], [6, 1]])


def test_a_column_that_is_not_there_is_told(gongkai, table) -> None:
    done = gongkai("anonymity", table, "--by", "职业", code=1)
    assert "职业" in done.err


def test_a_table_without_quasi_identifiers_asks_for_them(gongkai, tmp_path) -> None:
    path = tmp_path / "plain.csv"
    path.write_text("名称,数量\n甲,1\n乙,2\n", "utf-8")
    assert "--by" in gongkai("anonymity", path, code=1).err
