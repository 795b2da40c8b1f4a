"""JSON Lines read in columns have the cells that parsing them line by line gives."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.validation.typed_cells import NONE, UnsureError
from datasets.validation.typed_lines import read_lines

KEYS = ("a", "编码", "c d", 'q"', "e\\")
VALUES = (
    None, True, False, 0, 1, -5, 2**53 + 1, 10**17, 2**64, 0.5, -0.0, 1e22, 1e-7, 0.1 + 0.2, 1e15,
    100.0, "", "a", "北京", "null", "1", 'x"y', "\\", '\\"', "a, b: c}", "é\n\t", "\u2028", "😀",
    [], [1, "a"], {}, {"a": 'b"'},
)  # fmt: skip


def read(path: Path, headers: list[str], block_bytes: int) -> list[tuple[int, list[Any]]]:
    rows = []
    for batch in read_lines(path, headers, block_bytes=block_bytes):
        assert not batch.ragged
        for place, number in enumerate(batch.numbers):
            row = batch.row(place)
            rows.append((number, row))
            for column, cell in zip(batch.columns, row, strict=True):
                assert (column.kinds[place] == NONE) is (cell is None)
                assert column.texts[place] in (None, str(cell))
    return rows


def assert_same(path: Path, block_bytes: int = 2**20) -> None:
    objects = [json.loads(line) for line in path.read_bytes().splitlines()]
    headers = list(objects[0])
    found = read(path, headers, block_bytes)
    expected = [
        (number, [one.get(header) for header in headers]) for number, one in enumerate(objects, 2)
    ]
    assert found == expected
    assert [[type(cell) for cell in row] for _, row in found] == [
        [type(cell) for cell in row] for _, row in expected
    ]


@st.composite
def lines(draw: Any) -> list[str]:
    """Objects of the same keys, most columns of one kind, written mostly alike."""
    keys = draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=4, unique=True))
    columns = {key: draw(st.lists(st.sampled_from(VALUES), min_size=1, max_size=3)) for key in keys}
    ascii_only = draw(st.booleans())
    spaced = (", ", ": ")
    made = []
    for _ in range(draw(st.sampled_from([1, 3, 50, 150]))):
        values = {key: draw(st.sampled_from(columns[key])) for key in keys}
        oddity = draw(st.integers(0, 25)) if made else 9
        if oddity == 0:
            values.pop(keys[0])
        elif oddity == 1:
            values["other"] = "x"
        separators = (",", ":") if oddity == 2 else spaced
        made.append(json.dumps(values, ensure_ascii=ascii_only, separators=separators))
    return made


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(lines(), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.sampled_from([64, 1_000, 2**20]))
def test_any_objects_are_read_as_their_parser_reads_them(
    tmp_path: Path, made: list[str], end: str, ended: bool, block_bytes: int
) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes((end.join(made) + (end if ended else "")).encode())
    assert_same(path, block_bytes)


@pytest.mark.parametrize(
    "line",
    [
        "", " ", "[1]", "1", "null", '{"a": 1', '{"a": 1}}', '{"a": 1} {"a": 2}', '{"a": 01}',
        '{"a": "\t"}', '{"a": 1,}', "{'a': 1}", '{"a": "\\x"}',
        '\ufeff{"a": 1}', '\x1e{"a": 1}', '{"a": 1}\r{"a": 2}', "truncat",
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", [0, 40, 79])
def test_a_line_that_is_no_object_is_never_passed_over(
    tmp_path: Path, line: str, place: int
) -> None:
    path = tmp_path / "t.jsonl"
    good = ['{"a": 1}'] * 80
    good[place] = line
    path.write_text("\n".join(good) + "\n", "utf-8", newline="")
    with pytest.raises(UnsureError):
        read(path, ["a"], 200)


def test_bytes_that_are_no_text_are_never_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(b'{"a": "x"}\n' * 50 + b'{"a": "\xff"}\n' + b'{"a": "x"}\n' * 50)
    with pytest.raises(UnsureError):
        read(path, ["a"], 10_000)


def test_a_repeated_key_counts_where_it_stands_last(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"a": 1, "b": 2}\n' * 40 + '{"a": 1, "a": 2}\n' * 40)
    assert_same(path)
