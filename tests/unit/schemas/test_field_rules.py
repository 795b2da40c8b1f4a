"""Rules of a field, and what is wrong with a value, in sentences a clerk can act on."""

import pytest
from frictionless import Resource, Schema

from schemas import report_words, tables
from schemas.field_rules import described, kind, rules, table_rules, titled
from schemas.records import Message


def said(message: Message) -> str:
    params = {
        name: said(value) if isinstance(value, Message) else value
        for name, value in message.params.items()
    }
    return message.text % params if params else message.text


@pytest.mark.parametrize(
    ("field", "cell", "wrong", "remedy"),
    [
        ({"type": "date"}, "三月", "This is no date.", "Write the date as 2024-03-01."),
        (
            {"type": "date", "format": "%Y%m%d", "description": "八位"},
            "x",
            "This is no date.",
            "八位",
        ),
        (
            {"type": "integer"},
            "1.5",
            "This is no whole number.",
            "Write a whole number: digits only, without unit or separators.",
        ),
        (
            {"constraints": {"required": True}, "description": "填全称"},
            "",
            "A value is missing; the field must be filled in.",
            "填全称",
        ),
        (
            {"constraints": {"enum": ["甲", "乙"]}},
            "丙",
            "The value is not in the list.",
            "Write one of: ['甲', '乙'].",
        ),
        (
            {"constraints": {"pattern": "[0-9]{6}"}, "description": "六位数字"},
            "x",
            "The value does not have the form of its field.",
            "六位数字",
        ),
        (
            {"constraints": {"maxLength": 2}},
            "abc",
            "The text is too long.",
            "Write at most 2 characters.",
        ),
        (
            {"type": "number", "constraints": {"minimum": 0}},
            "-1",
            "The value is out of bounds.",
            "Write at least 0.",
        ),
    ],
)
def test_an_error_of_a_cell_is_told_by_the_rules_of_its_field(field, cell, wrong, remedy):
    field = {"name": "a", **field}
    schema = Schema.from_descriptor({"fields": [field, {"name": "b"}]})
    (error,) = Resource(data=[["a", "b"], [cell, "x"]], schema=schema).validate().task.errors
    told = report_words.told(error.to_descriptor(), field, "zh")
    assert [said(one) for one in told] == [wrong, remedy]


def test_what_a_field_says_of_itself_is_said_in_the_readers_language():
    field = tables.load("public-facility")["fields"][3]
    assert described(field, "en") == "Six digits."
    assert described(field, "zh") == "六位数字。"
    assert titled(field, "en") == "Region code"
    assert titled({"name": "a"}, "en") == "a"
    error = {"type": "constraint-error", "note": 'constraint "pattern" is "x"'}
    assert said(report_words.told(error, field, "en")[1]) == "Six digits."


def test_without_its_field_an_error_is_told_in_general():
    error = {"type": "constraint-error", "note": 'constraint "required" is "True"'}
    assert "rule" in said(report_words.told(error)[0])
    totals = {"type": "totals", "note": '"合计" is not "甲" + "乙"'}
    assert report_words.told(totals)[0].params["fields"] == ["合计", "甲", "乙"]


def test_every_rule_of_every_standard_can_be_said():
    for name in tables.names():
        schema = tables.load(name)
        assert all(said(rule) for rule in table_rules(schema))
        for field in schema["fields"]:
            assert said(kind(field))
            assert all(said(rule) for rule in rules(field))


def test_a_long_list_is_told_by_its_first_values():
    (rule,) = rules({"name": "a", "constraints": {"enum": list(range(100))}})
    assert rule.params["n"] == 100
    assert len(rule.params["values"]) == 12
