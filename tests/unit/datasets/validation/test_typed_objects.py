"""Objects read by PyArrow have the cells that Python's parser gives, or are not read at all."""

import json
from typing import Any

import pytest

from datasets.validation.typed_cells import INTEGER, NONE, NUMBER, TEXT
from datasets.validation.typed_objects import ObjectReader


def block(*objects: Any) -> bytes:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in objects).encode()


def cells(reader: ObjectReader, text: bytes) -> list[list[Any]]:
    found = reader.read(text)
    assert found is not None
    return [[column.value(row) for column in found.columns] for row in range(found.lines)]


@pytest.mark.parametrize(
    "values",
    [
        ["甲", "", 'a"b\\\n\u0000', "😀"],
        [1, -5, 0, 2**62],
        [True, None, False],
        [None, None],
        [None, "2024-01-01", "2024-01-01T10:00:00"],
        [0.5, 12.25, 1e-7, None, 0.1, 2.5, 3.5],
        [0.5] * 9 + [100.0, -0.0],
        [0.5] * 9 + [7, 2**70],
        [1.5] * 9 + [float("nan"), 1e22],
    ],
    ids=str,
)
def test_plain_values_are_those_of_pythons_parser(values: list[Any]) -> None:
    text = block(*({"a": value, "b": "x"} for value in values))
    expected = [[json.loads(line)["a"], "x"] for line in text.splitlines()]
    found = cells(ObjectReader(["a", "b"]), text)
    assert repr(found) == repr(expected)


def test_whole_numbers_among_fractions_stay_whole() -> None:
    found = ObjectReader(["a"]).read(block(*[{"a": 1.5}] * 8, {"a": 3}, {"a": 3.0}, {}))
    assert found is not None
    (column,) = found.columns
    assert column.kinds.to_list() == [NUMBER] * 8 + [INTEGER, NUMBER, NONE]
    assert column.texts.to_list() == ["1.5"] * 8 + ["3", "3.0", None]


def test_keys_may_be_missing_or_more_or_in_another_order() -> None:
    text = block({"a": "x", "b": 1}, {"b": 2}, {"c": 5, "b": 3, "a": "y"}, {})
    assert cells(ObjectReader(["a", "b", "z"]), text) == [
        ["x", 1, None], [None, 2, None], ["y", 3, None], [None, None, None],
    ]  # fmt: skip


def test_texts_that_look_like_dates_stay_texts_in_every_block() -> None:
    reader = ObjectReader(["a"])
    assert cells(reader, block({"a": None}, {"a": "2024-01-01"})) == [[None], ["2024-01-01"]]
    assert cells(reader, block({}, {"a": "2024-01-02"})) == [[None], ["2024-01-02"]]
    found = reader.read(block({"a": None}, {"a": "2024-01-03"}))
    assert found is not None
    assert found.columns[0].kinds.to_list() == [NONE, TEXT]


@pytest.mark.parametrize(
    "text",
    [
        b'{"a": 1}\n{"a": "x"}\n',
        b'{"a": [1]}\n',
        b'{"a": 1, "z": {"b": 1}}\n',
        b'{"a": 1, "a": 2}\n',
        b'{"a": 1, "\\u0061": 2}\n',
        b'{"a": 1}{"a": 2}\n\n',
        b'{"a": 1} {"a": 2}\n{"a":\n3}\n',
        b'{"a": 1}\n\n{"a": 2}\n',
        b'{"a": 1}\r{"a": 2}\n',
        b'{"a": 1,\n"b": 2}\n',
        b' {"a": 1}\n',
        b'{"a": "\xff"}\n',
        b'{"a": "\\ud800"}\n',
        b'{"a": "x\ty"}\n',
        b'{"a": 01}\n',
        b'{"a": 1, "z": Inf}\n',
        b'{"a": 1.0}\n{"a": 2.0}\n',
        b"[1]\n",
        b"{}",
        b"",
    ],
    ids=repr,
)
def test_what_might_be_read_otherwise_is_not_read(text: bytes) -> None:
    assert ObjectReader(["a"]).read(text) is None
