"""JSON files are read row by row as Frictionless reads them."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from datasets.validation.typed_cells import UnsureError
from datasets.validation.typed_items import ITEMS_AT_ONCE, read_items


def read(tmp_path: Path, text: str, headers: list[str], below: str | None = None) -> list[Any]:
    path = tmp_path / "t.json"
    path.write_text(text, "utf-8")
    return [
        row
        for batch in read_items(path, headers, below=below)
        for row in [
            *((number, batch.row(place)) for place, number in enumerate(batch.numbers)),
            *batch.ragged,
        ]
    ]


def test_objects_stand_below_a_header_of_their_keys(tmp_path: Path) -> None:
    text = '[{"a": 1, "b": "x"}, {"b": 0.10, "c": 2}]'
    rows = read(tmp_path, text, ["a", "b"])
    assert rows == [(2, [1, "x"]), (3, [None, Decimal("0.10")])]
    assert str(rows[1][1][1]) == "0.10"


def test_lists_are_rows_and_may_be_ragged(tmp_path: Path) -> None:
    text = '[["a", "b"], [1, null], [2], [3, 4, 5]]'
    assert read(tmp_path, text, ["a", "b"]) == [
        (1, ["a", "b"]),
        (2, [1, None]),
        (3, [2]),
        (4, [3, 4, 5]),
    ]


def test_the_list_may_stand_below_a_key(tmp_path: Path) -> None:
    text = '{"meta": [1], "rows": [{"a": true}]}'
    assert read(tmp_path, text, ["a"], "rows") == [(2, [True])]


def test_more_items_than_are_read_at_once_keep_their_numbers(tmp_path: Path) -> None:
    count = ITEMS_AT_ONCE + 10
    text = "[" + ",".join(f'{{"a": {number}}}' for number in range(count)) + "]"
    rows = read(tmp_path, text, ["a"])
    assert rows == [(number + 2, [number]) for number in range(count)]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "[1]", '[{"a": 1}, [2]]', '[[1], {"a": 2}]', '[{"a": 1}', '[{"a": 1}, {"a"'],
)
def test_what_is_no_list_of_rows_is_never_passed_over(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnsureError):
        read(tmp_path, text, ["a"])
