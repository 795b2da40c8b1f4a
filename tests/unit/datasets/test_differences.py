"""Two versions of a table beside each other: counted exactly, whatever the rows."""

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets import differences
from datasets.differences import Cell, ChangedRow, Retyped
from datasets.engine import QueryLimits
from datasets.filters import QueryProblem

DAY = datetime(2026, 1, 1)  # noqa: DTZ001  (tables hold moments without a zone)


def file(folder: Path, name: str, columns: dict[str, list]) -> Path:
    path = folder / f"{name}.parquet"
    pq.write_table(pa.table(columns), path)
    return path


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    old = {
        "编号": [1, 2, 3],
        "名称": ["甲", "乙", None],
        "金额": [1.5, 2.5, 3.5],
        "旧": ["a", "b", "c"],
    }
    new = {
        "编号": [3, 2, 4],
        "名称": ["丙", "乙", "丁"],
        "金额": ["3.5", "2.6", "4"],
        "新": [1, 2, 3],
    }
    return file(tmp_path, "old", old), file(tmp_path, "new", new)


def test_rows_are_told_apart_by_their_key(pair):
    found = differences.compare(*pair, [("编号",)])
    assert (found.key, found.rows) == (("编号",), (3, 3))
    assert (found.added, found.removed, found.changed) == (1, 1, 2)
    assert found.cells == {"名称": 1, "金额": 1}
    assert found.added_rows == (("4", "丁", "4"),)
    assert found.removed_rows == (("1", "甲", "1.5"),)
    assert found.changed_rows == (
        ChangedRow(("3",), (Cell("名称", None, "丙"),)),
        ChangedRow(("2",), (Cell("金额", "2.5", "2.6"),)),
    )
    assert (found.columns_added, found.columns_removed) == (("新",), ("旧",))
    assert found.columns_retyped == (Retyped("金额", "number", "text"),)
    assert not found.same


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([1, 2, 3], [1.0, 2.0, 3.5]),
        ([1, 2, 3], [Decimal("1.00"), Decimal("2.00"), Decimal("3.50")]),
        ([DAY.date()] * 3, [DAY, DAY, DAY + timedelta(hours=8)]),
    ],
)
@pytest.mark.parametrize("key", [[("n",)], []])
def test_a_wider_kind_changes_only_the_values_that_need_it(old, new, key, tmp_path):
    one = file(tmp_path, "one", {"n": [1, 2, 3], "v": old})
    two = file(tmp_path, "two", {"n": [1, 2, 3], "v": new})
    found = differences.compare(one, two, key)
    assert (found.changed or found.added) == 1
    assert [each.column for each in found.columns_retyped] == ["v"]
    back = differences.compare(two, one, key)
    assert (back.changed or back.removed) == 1


def test_hidden_columns_are_as_if_they_were_not_there(pair):
    found = differences.compare(*pair, [("编号",)], {"名称", "旧"})
    assert "甲" not in str(found)
    assert found.columns_removed == ()
    assert found.changed == 1
    assert differences.compare(*pair, [("编号",)], {"编号"}).key == ()


def test_a_key_that_repeats_or_is_empty_is_no_key(tmp_path):
    old = file(tmp_path, "old", {"a": [1, 1, 2], "b": ["x", "y", None], "c": [1, 2, 3]})
    new = file(tmp_path, "new", {"a": [1, 2, 3], "b": ["x", "y", "z"], "c": [1, 2, 4]})
    assert differences.compare(old, new, [("a",), ("b",), ("c",)]).key == ("c",)
    assert differences.compare(old, new, [("a",), ("b",), ("没有",)]).key == ()
    assert differences.compare(old, new, [("a", "c")]).key == ("a", "c")


def test_the_same_file_does_not_differ_from_itself(pair):
    for keys in ([("编号",)], []):
        found = differences.compare(pair[0], pair[0], keys)
        assert found.same
        assert (found.added_rows, found.removed_rows, found.changed_rows) == ((), (), ())


def test_columns_that_have_nothing_in_common_leave_rows_uncompared_by_value(tmp_path):
    old, new = file(tmp_path, "old", {"a": [1, 2]}), file(tmp_path, "new", {"b": [1, 2, 3]})
    found = differences.compare(old, new, [("a",)])
    assert (found.added, found.removed) == (1, 0)
    assert (found.columns_added, found.columns_removed) == (("b",), ("a",))


def test_samples_are_short_and_counts_are_whole(tmp_path):
    old = file(tmp_path, "old", {"a": list(range(1000)), "b": ["x" * 5000] * 1000})
    new = file(tmp_path, "new", {"a": list(range(500, 1500)), "b": ["y" * 5000] * 1000})
    found = differences.compare(old, new, [("a",)])
    assert (found.added, found.removed, found.changed) == (500, 500, 500)
    assert len(found.added_rows) == len(found.changed_rows) == differences.SAMPLE
    assert len(found.added_rows[0][1] or "") == differences.CELL_CHARS


def test_a_comparison_ends_in_time(tmp_path):
    old = file(tmp_path, "old", {"a": list(range(300_000))})
    with pytest.raises(QueryProblem) as refused:
        differences.compare(old, old, [("a",)], limits=QueryLimits(0.0001))
    assert refused.value.problem.code == "query-timeout"


ROWS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["x", "y", None])), max_size=8)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(before=ROWS, after=ROWS)
def test_counts_are_those_of_the_plain_computation(tmp_path, before, after):
    def written(name: str, rows: list) -> Path:
        columns = {"k": pa.array([row[0] for row in rows], pa.int64()),
                   "v": pa.array([row[1] for row in rows], pa.string())}  # fmt: skip
        return file(tmp_path, name, columns)

    found = differences.compare(written("old", before), written("new", after), [("k",)])
    old, new = dict(before), dict(after)
    if len(old) == len(before) and len(new) == len(after):
        assert found.key == ("k",)
        assert found.added == len(set(new) - set(old))
        assert found.removed == len(set(old) - set(new))
        assert found.changed == sum(old[key] != new[key] for key in set(old) & set(new))
    else:
        assert found.key == ()
        assert found.added == sum((Counter(after) - Counter(before)).values())
        assert found.removed == sum((Counter(before) - Counter(after)).values())
