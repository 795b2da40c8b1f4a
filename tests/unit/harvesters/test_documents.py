import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvesters.contract import SourceProblem
from harvesters.documents import load_json, members

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=20),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


class Dripping(io.BytesIO):
    """A file that gives a few bytes at a time, so that every boundary is met."""

    def read1(self, size: int | None = -1) -> bytes:
        return super().read(3)

    def read(self, size: int | None = -1) -> bytes:
        return super().read(3)


def listed(content: bytes) -> list[object]:
    return list(members(io.BytesIO(content), "dataset", "here"))


@given(st.lists(JSON), st.dictionaries(st.text(max_size=5).filter(lambda k: k != "dataset"), JSON))
def test_members_are_the_same_as_when_the_document_is_read_whole(
    values: list[object], others: dict[str, object]
) -> None:
    for document in ({**others, "dataset": values}, {"dataset": values, **others}):
        for ascii_only in (True, False):
            content = json.dumps(document, ensure_ascii=ascii_only, indent=1).encode()
            assert listed(content) == values
            assert listed(b"\xef\xbb\xbf" + content) == values
            assert list(members(Dripping(content), "dataset", "here")) == values


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" ",
        b"[]",
        b"<html></html>",
        b'{"dataset": [1, 2',
        b'{"dataset": [1,, 2]}',
        b'{"dataset": [1 2]}',
        b'{"dataset": [1]',
        b'{"a": 1',
        b'{"a" 1}',
        b'{"dataset": ["\xff"]}',
        b'{"dataset": [' + b"[" * 100_000,
        b"{1: 2}",
    ],
)
def test_a_broken_document_is_a_problem_with_its_place(content: bytes) -> None:
    with pytest.raises(SourceProblem) as caught:
        listed(content)
    assert caught.value.problem.code == "bad-json"


def test_good_members_before_the_break_are_given() -> None:
    given_members = members(io.BytesIO(b'{"dataset": [{"a": 1}, {"b": '), "dataset", "here")
    assert next(given_members) == {"a": 1}
    with pytest.raises(SourceProblem):
        next(given_members)


@pytest.mark.parametrize("content", [b"{}", b'{"dataset": {}}', b'{"other": []}'])
def test_a_document_without_the_list_is_no_catalogue(content: bytes) -> None:
    with pytest.raises(SourceProblem) as caught:
        listed(content)
    assert caught.value.problem.code == "not-a-catalogue"


def test_json_that_strict_readers_refuse_is_still_read() -> None:
    assert load_json(
        b'\xef\xbb\xbf{"a": NaN, "b": "\\ud800", "c": 123456789012345678901234567890}', "x"
    )


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"[" * 100_000, b"\xff\xfe", b"1" * 5_000 + b"e", b'{"a":']
)
def test_what_is_no_json_is_a_problem(content: bytes) -> None:
    with pytest.raises(SourceProblem) as caught:
        load_json(content, "https://p.example/")
    assert caught.value.problem.code == "bad-json"
    assert caught.value.problem.place == "https://p.example/"
