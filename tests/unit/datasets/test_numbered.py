"""Rows with their numbers: columns of the table keep their names."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets import numbered
from datasets.engine import QueryLimits
from datasets.filters import Condition
from datasets.numbered import NUMBER, Narrowing, Numbered


@pytest.fixture
def ranked(tmp_path: Path) -> Path:
    path = tmp_path / "ranked.parquet"
    pq.write_table(
        pa.table({"rank": ["b", "a", "a"], "n": [3, 2, 1], "_id": ["x", "y", "z"]}), path
    )
    return path


def test_columns_called_as_ours_are_shown_as_they_are(ranked):
    page = numbered.run(ranked, Numbered(), QueryLimits())
    assert {column.name: column.kind for column in page.columns} == {
        "_id": "text", "rank": "text", "n": "integer",
    }  # fmt: skip
    assert page.rows == [("x", "b", 3), ("y", "a", 2), ("z", "a", 1)]


def test_they_are_selected_sorted_and_made_one_by_their_values(ranked):
    asked = Numbered(select=("rank",), distinct=True)
    assert numbered.run(ranked, asked, QueryLimits()).rows == [("a",), ("b",)]
    asked = Numbered(select=("rank", "n"), words=("y",), sort=(numbered.Order("rank"),))
    assert numbered.run(ranked, asked, QueryLimits()).rows == [("a", 2)]
    asked = Numbered(select=("_id", "rank"), words=("a", "z"))
    assert numbered.run(ranked, asked, QueryLimits()).rows == [("z", "a")]


def test_values_that_stand_in_no_row_group_find_nothing(ranked, tmp_path):
    nothing = Narrowing((Condition("rank", "in", ("x", "y")),))
    asked = Numbered(nothing, select=("n",), limit=1)
    assert numbered.run(ranked, asked, QueryLimits()).rows == []
    sorted_ = replace(asked, sort=(numbered.Order("n"),))
    parts = numbered.ordered(ranked, sorted_, QueryLimits(), tmp_path)
    assert [part.rows for part in parts] == [[]]
    assert numbered.run(ranked, Numbered(limit=1), QueryLimits()).rows == [("x", "b", 3)]


ROWS = [(n, n % 3 if n % 4 else None) for n in range(12)]
COMPARED = {
    "eq": lambda cell, wanted: cell == wanted[0],
    "in": lambda cell, wanted: cell in wanted,
    "lt": lambda cell, wanted: cell < wanted[0],
    "gte": lambda cell, wanted: cell >= wanted[0],
}
conditions = st.builds(
    Condition,
    st.sampled_from(["n", "rest", NUMBER]),
    st.sampled_from([*COMPARED]),
    st.tuples(st.integers(-1, 13)),
)
narrowings = st.recursive(
    st.builds(
        Narrowing,
        st.lists(conditions, max_size=2).map(tuple),
        st.none() | st.lists(st.integers(0, 14), max_size=4).map(tuple),
    ),
    lambda inner: st.builds(
        Narrowing,
        st.lists(conditions, max_size=1).map(tuple),
        st.none(),
        st.lists(st.lists(inner, max_size=3).map(tuple), min_size=1, max_size=2).map(tuple),
    ),
    max_leaves=6,
)


def _lets_through(asked: Narrowing, row: dict[str, int | None]) -> bool:
    held = all(
        row[one.column] is not None and COMPARED[one.operator](row[one.column], one.values)
        for one in asked.conditions
    )
    numbered_so = asked.numbers is None or row[NUMBER] in asked.numbers
    chosen = all(any(_lets_through(one, row) for one in choice) for choice in asked.choices)
    return held and numbered_so and chosen


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=narrowings)
def test_choices_within_choices_let_the_rows_through_that_python_lets_through(tmp_path, asked):
    path = tmp_path / "rows.parquet"
    if not path.exists():
        cells = list(zip(*ROWS, strict=True))
        pq.write_table(pa.table({"n": cells[0], "rest": pa.array(cells[1], pa.int64())}), path)
    page = numbered.run(path, Numbered(asked, select=(NUMBER,)), QueryLimits())
    wanted = [
        (place,)
        for place, (n, rest) in enumerate(ROWS, start=1)
        if _lets_through(asked, {"n": n, "rest": rest, NUMBER: place})
    ]
    assert (page.rows, page.total) == (wanted, len(wanted))
