"""Wherever a JSON text is cut into pieces, it says the same, and what is wrong stands where it stands."""

import io
import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.reading import open_table
from datasets.reading.json_stream import JsonText
from datasets.reading.problems import UnreadableError
from schemas.records import ExaminationRequest, Limits

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
INDENT = st.sampled_from([None, 0, 1])


def walk(written: str, piece: int) -> list[object]:
    text = JsonText(io.StringIO(written), Limits(), piece=piece)
    found = [text.value() for _ in text.items()]
    text.end()
    return found


@given(st.lists(VALUE, max_size=5), INDENT, st.integers(1, 40), st.booleans())
def test_a_list_read_in_pieces_is_the_list(items, indent, piece, ascii_only):
    written = json.dumps(items, indent=indent, ensure_ascii=ascii_only)
    assert walk(f"  {written} \n", piece) == json.loads(written, parse_float=str, parse_int=str)


@given(st.dictionaries(TEXT, VALUE, max_size=5), INDENT, st.integers(1, 40))
def test_an_object_read_in_pieces_is_the_object(members, indent, piece):
    written = json.dumps(members, indent=indent, ensure_ascii=False)
    text = JsonText(io.StringIO(written), Limits(), piece=piece)
    found = {name: text.value() for name in text.members()}
    text.end()
    assert found == json.loads(written, parse_float=str, parse_int=str)


@pytest.mark.parametrize(
    ("written", "code", "place"),
    [
        ('[{"a": 1},\n {"a": }]', "json-damaged", "line 2, column 8"),
        ('[{"a": 1}\n {"a": 2}]', "json-damaged", "line 2, column 2"),
        ('[{"a": 1},\n {"a": 2}', "json-damaged", "line 2, column 10"),
        ('[{"a": "x', "json-damaged", "line 1, column 8"),
        ('[{"a": 1}] []', "json-damaged", "line 1, column 12"),
        ("[tru]", "json-damaged", "line 1, column 2"),
        ('[1,\n{"a": 1, "a": 2}]', "json-duplicate-key", "line 2, column 1"),
        ("[1,\n-Infinity]", "json-not-a-number", "line 2, column 1"),
        ("[" + "[" * 5_000 + "]" * 5_000 + "]", "json-too-deep", "line 1, column 2"),
    ],
)
@pytest.mark.parametrize("piece", [3, 1 << 20])
def test_what_is_wrong_is_named_with_its_place(written, code, place, piece):
    with pytest.raises(UnreadableError) as refused:
        walk(written, piece)
    assert (refused.value.problem.code, refused.value.problem.place) == (code, place)


def test_one_value_larger_than_memory_allows_is_refused(tmp_path):
    path = tmp_path / "file"
    path.write_text('[{"a": "' + "x" * 5_000_000 + '"}]')
    request = ExaminationRequest("x", limits=Limits(memory_bytes=20 * 2_000_000))
    with pytest.raises(UnreadableError) as refused:
        open_table(path, tmp_path, request)
    assert refused.value.problem.code == "json-too-large"


@pytest.mark.parametrize("before", ["[", '{"code": 0, "data": {"note": [1], "rows": ['])
def test_a_long_list_is_read_in_little_memory(before, tmp_path):
    path = tmp_path / "file"
    record = json.dumps({"名称": "甲" * 40, "数量": 12, "备注": "一二三" * 20}, ensure_ascii=False)
    with path.open("w", encoding="utf-8") as file:
        file.write(before + ",\n".join([record] * 8_000) + "]" + "}}" * (before != "["))
    assert path.stat().st_size > 2_400_000
    tracemalloc.start()
    try:
        table = open_table(path, tmp_path, ExaminationRequest("x"))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 15_000_000
    assert sum(1 for _ in table.rows()) == 8_001
