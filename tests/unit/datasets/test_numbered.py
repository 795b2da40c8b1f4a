"""Rows with their numbers: columns of the table keep their names."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datasets import numbered
from datasets.engine import QueryLimits
from datasets.numbered import Numbered


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
