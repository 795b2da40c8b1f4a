"""JSON is read strictly, and every value keeps its own spelling."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.reading import open_table
from datasets.reading.json_rows import json_text, parse
from datasets.reading.problems import UnreadableError
from schemas.records import ExaminationRequest, Limits

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
)


def rows(folder, data: bytes) -> list[list[str]]:
    path = folder / "file"
    path.write_bytes(data)
    return list(open_table(path, folder, ExaminationRequest("x")).rows())


def code(folder, data: bytes) -> str:
    with pytest.raises(UnreadableError) as refused:
        rows(folder, data)
    return refused.value.problem.code


@given(JSON)
def test_nested_values_come_out_as_they_went_in(value):
    assert json.loads(json_text(parse(json.dumps(value), "", Limits()))) == value


def test_values_become_cells(tmp_path):
    data = b'[{"a": 1.10, "b": null, "c": true}, {"d": [1, {"x": 2.50}], "a": 1e3, "b": "\xe5\x8c\xba"}]'
    assert rows(tmp_path, data) == [
        ["a", "b", "c", "d"],
        ["1.10", "", "true", ""],
        ["1000", "区", "", '[1,{"x":2.50}]'],
    ]


def test_brackets_inside_text_do_not_count_as_depth(tmp_path):
    assert rows(tmp_path, b'[{"a": "' + b"[" * 500 + b'"}]')[1] == ["[" * 500]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"x": [{"a": 1}], "y": [{"a": 1}]}', "several-tables"),
        (b"[1, 2]", "json-no-records"),
        (b'[{"a": 1}, 2]', "json-no-records"),
        (b'{"a": 1}\n{"a": 2}\n[3]\n', "json-no-records"),
        (b'{"a": 1}\n{"a": \n', "json-damaged"),
        (b'{"type": "FeatureCollection", "features": 3}', "json-no-records"),
        (b'{"a": 1}\n{"b": ' + b"[" * 99 + b"]" * 99 + b"}", "json-too-deep"),
    ],
)
def test_what_holds_no_list_of_records_is_refused(tmp_path, data, expected):
    assert code(tmp_path, data) == expected


def test_the_usual_name_wins_among_several_lists(tmp_path):
    assert rows(tmp_path, b'{"fields": [{"f": 1}], "result": {"data": [{"a": 1}]}}')[0] == ["a"]


def test_geojson_of_other_shapes_keeps_its_geometry_as_text(tmp_path):
    line = {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}
    feature = {"type": "Feature", "id": 7, "properties": {"geometry": "x"}, "geometry": line}
    data = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    header, first = rows(tmp_path, data)
    assert header == ["id", "geometry", "geometry_2"]
    assert json.loads(first[2]) == line


def test_an_exponent_that_would_fill_the_memory_stays_as_written(tmp_path):
    assert rows(tmp_path, b'[{"a": 1e999999999}]')[1] == ["1e999999999"]
