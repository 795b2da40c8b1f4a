"""A header means a field when the schema itself gives it that name."""

import pytest

from datasets.headings import named, names_of

SCHEMA = {
    "fields": [
        {"name": "decided_on", "title": "处罚决定日期", "gongkai:aliases": ["作出处罚决定日期"]},
        {"name": "document_no", "title": "行政处罚决定书文号"},
        {"name": "备注"},
    ]
}


@pytest.mark.parametrize(
    ("labels", "meant"),
    [
        (["处罚决定日期", "document_no", "备注"], ["decided_on", "document_no", "备注"]),
        (
            ["处罚决定日期 *", "＊行政处罚决定书文号", "备 注"],
            ["decided_on", "document_no", "备注"],
        ),
        (["作出处罚决定日期", "别的"], ["decided_on", "别的"]),
        (["处罚决定日期", "decided_on"], ["处罚决定日期", "decided_on"]),
        (["处罚决定日期", "作出处罚决定日期"], ["处罚决定日期", "作出处罚决定日期"]),
        (["", "*", "Decided_On"], ["", "*", "decided_on"]),
    ],
)
def test_titles_aliases_and_asterisks_are_names_of_a_field(labels, meant):
    assert named(labels, SCHEMA) == meant


def test_a_name_that_two_fields_share_means_neither():
    schema = {"fields": [{"name": "a", "title": "名称"}, {"name": "b", "title": "名称"}]}
    assert named(["名称", "b"], schema) == ["名称", "b"]


def test_without_a_schema_headers_stay():
    assert named(["名称 *"], None) == ["名称 *"]


@pytest.mark.parametrize("schema", [{}, {"fields": 3}, {"fields": ["a", {"name": 1}, {}]}])
def test_a_schema_that_is_none_leaves_headers_alone(schema):
    assert named(["a"], schema) == ["a"]
    assert list(names_of(schema, {"a"})) == []


def test_the_other_names_of_a_field_are_told():
    assert list(names_of(SCHEMA, {"decided_on"})) == ["处罚决定日期", "作出处罚决定日期"]
    assert list(names_of(None, {"decided_on"})) == []
    crossed = {"fields": [{"name": "a", "title": "b"}, {"name": "b"}]}
    assert list(names_of(crossed, {"a"})) == []
