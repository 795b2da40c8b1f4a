"""The report is Frictionless' own, but for row numbers that speak of the file the clerk has."""

import pytest
from frictionless import Resource, Schema
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.validation import SchemaProblem, validate_csv

TEXT = {"name": "名称", "type": "string"}
WHOLE = {"name": "数量", "type": "integer", "constraints": {"minimum": 0}}


@pytest.fixture
def write(tmp_path):
    def write(*lines):
        path = tmp_path / "表.csv"
        path.write_text("\n".join([*lines, ""]), encoding="utf-8")
        return path

    return write


def errors(report):
    return [
        (error["type"], error.get("rowNumber"), error.get("fieldName"))
        for error in report["tasks"][0]["errors"]
    ]


def test_a_good_table_is_valid_and_counted(write):
    report = validate_csv(write("名称,数量", "甲,1", "乙,2"), {"fields": [TEXT, WHOLE]})
    assert report["valid"]
    assert report["tasks"][0]["stats"]["rows"] == 2


def test_each_defect_is_named_with_its_row_and_field(write):
    path = write("名称,数量", "甲,一", "乙,-1", "丙", "丁,1,余", ",")
    assert errors(validate_csv(path, {"fields": [TEXT, WHOLE]})) == [
        ("type-error", 2, "数量"),
        ("constraint-error", 3, "数量"),
        ("missing-cell", 4, "数量"),
        ("extra-cell", 5, ""),
        ("blank-row", 6, None),
    ]


def test_a_wrong_header_is_named(write):
    schema = {"fields": [TEXT, {"name": "field2"}, {"name": "名称2"}]}
    assert [kind for kind, _, _ in errors(validate_csv(write("名称,,名称", "a,b,c"), schema))] == [
        "blank-label",
        "duplicate-label",
    ]


def test_a_title_row_is_taken_as_the_header_it_stands_for(write):
    report = validate_csv(write("2024年名录", "名称,数量", "甲,1"), {"fields": [TEXT]})
    assert ("incorrect-label", None, "名称") in errors(report)
    assert ("extra-cell", 2, "") in errors(report)


def test_row_numbers_are_those_of_the_original_file_in_every_sentence(write):
    schema = {"fields": [{"name": "a", "type": "integer", "constraints": {"unique": True}}]}
    report = validate_csv(write("a", "1", "2", "1", "row 4"), schema, row_numbers=[7, 9, 12, 15])
    repeat, wrong = report["tasks"][0]["errors"]
    assert repeat["rowNumber"] == 12
    assert repeat["note"] == "the same as in the row at position 7"
    assert 'Row at position "12"' in repeat["message"]
    assert repeat["message"].endswith("position 7")
    assert wrong["rowNumber"] == 15
    assert 'cell "row 4" in row "15"' in wrong["message"]


def test_the_error_limit_is_kept_and_said(write):
    path = write("a", *["x"] * 50)
    report = validate_csv(path, {"fields": [{"name": "a", "type": "integer"}]}, limit_errors=10)
    assert len(report["tasks"][0]["errors"]) == 10
    assert report["tasks"][0]["warnings"] == ["reached error limit: 10"]


def test_checks_of_the_schema_are_run(write):
    schema = {
        "fields": [
            {"name": "统一社会信用代码", "gongkai:check": "credit-code"},
            {"name": "自", "type": "date"},
            {"name": "至", "type": "date"},
        ],
        "gongkai:dateOrder": [["自", "至"]],
    }
    path = write(
        "统一社会信用代码,自,至",
        "91350100M000100Y43,2024-01-01,2024-12-31",
        "91350100M000100Y44,2024-01-01,2023-12-31",
    )
    report = validate_csv(path, schema, row_numbers=[5, 6])
    assert errors(report) == [("credit-code", 6, "统一社会信用代码"), ("date-order", 6, None)]
    assert all('"6"' in error["message"] for error in report["tasks"][0]["errors"])


def test_an_unknown_check_is_refused(write):
    with pytest.raises(SchemaProblem) as caught:
        validate_csv(write("a", "1"), {"fields": [{"name": "a", "gongkai:check": "magic"}]})
    assert caught.value.problem.code == "schema-check"


def test_a_pattern_that_explodes_elsewhere_runs_in_linear_time(write):
    # Python's own patterns would be busy with the first cell for years.
    schema = {"fields": [{"name": "a", "constraints": {"pattern": "(a+)+"}}]}
    report = validate_csv(write("a", "a" * 60 + "b", "aaa"), schema)
    assert errors(report) == [("constraint-error", 2, "a")]
    assert report["tasks"][0]["errors"][0]["note"] == 'constraint "pattern" is "(a+)+"'


def test_patterns_may_name_scripts_as_re2_does(write):
    schema = {"fields": [{"name": "a", "constraints": {"pattern": r"\p{Han}+"}}]}
    assert errors(validate_csv(write("a", "甲乙", "ab"), schema)) == [("constraint-error", 3, "a")]


def test_a_value_that_cannot_be_compared_with_a_bound_does_not_keep_it(write):
    schema = {
        "fields": [
            {
                "name": "t",
                "type": "datetime",
                "constraints": {"minimum": "2024-01-01T00:00:00"},
            }
        ]
    }
    path = write("t", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00", "2023-12-31T00:00:00")
    assert errors(validate_csv(path, schema)) == [
        ("constraint-error", 2, "t"),
        ("constraint-error", 4, "t"),
    ]


def test_a_bound_that_is_no_value_of_its_type_is_a_problem_of_the_schema(write):
    schema = {"fields": [{"name": "a", "type": "integer", "constraints": {"minimum": "x"}}]}
    with pytest.raises(SchemaProblem) as caught:
        validate_csv(write("a", "1"), schema)
    assert caught.value.problem.code == "schema-unusable"


def test_quotes_line_breaks_and_semicolons_are_not_guessed_at(write):
    path = write("名称,数量", '"甲;乙\n丙",1', "'丁',2")
    assert validate_csv(path, {"fields": [TEXT, WHOLE]})["valid"]


def test_a_file_with_a_header_only_is_read(write):
    report = validate_csv(write("名称,数量"), {"fields": [TEXT, WHOLE]})
    assert report["valid"]
    assert "rows" not in report["tasks"][0]["stats"]


PATTERNS = ("[0-9]+", "a|b", "甲.*", "[^x]{2}", "(ab)*c?")
CONSTRAINTS = {"required": True, "pattern": "", "enum": ["a", "ab", "12"], "minLength": 2}


@settings(deadline=None)
@given(
    st.lists(st.text("ab12甲x", max_size=4), min_size=1, max_size=8),
    st.sampled_from(PATTERNS),
    st.sets(st.sampled_from(sorted(CONSTRAINTS))),
)
def test_the_report_equals_that_of_plain_frictionless(tmp_path_factory, values, pattern, asked):
    folder = tmp_path_factory.mktemp("plain")
    (folder / "t.csv").write_text("\n".join(["k,v", *(f"k,{v}" for v in values), ""]), "utf-8")
    constraints = {name: CONSTRAINTS[name] for name in asked} | (
        {"pattern": pattern} if "pattern" in asked else {}
    )
    fields = [
        {"name": "k", "type": "string"},
        {"name": "v", "type": "string", "constraints": constraints},
    ]
    theirs = Resource(
        path="t.csv",
        basepath=str(folder),
        encoding="utf-8",
        schema=Schema.from_descriptor({"fields": fields}),
    ).validate()
    ours = validate_csv(folder / "t.csv", {"fields": fields})
    assert ours["tasks"][0]["errors"] == theirs.to_descriptor()["tasks"][0]["errors"]


def test_totals_of_a_schema_are_checked_and_tell_the_row_and_the_field(write):
    schema = {
        "fields": [{"name": "合计", "type": "number"}, {"name": "甲", "type": "number"}],
        "gongkai:totals": [{"total": "合计", "parts": ["甲"], "tolerance": "0.01"}],
    }
    path = write("合计,甲", "1.00,0.99", "1.00,0.98")
    (error,) = validate_csv(path, schema, row_numbers=[7, 9])["tasks"][0]["errors"]
    assert (error["type"], error["rowNumber"], error["fieldName"]) == ("totals", 9, "合计")
    assert 'position "9"' in error["message"]
