"""A schema somebody hands in is rebuilt from known keys, and refused in plain words."""

import pytest
from frictionless import Schema
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.parquet import write_parquet
from datasets.validation import SchemaProblem, accept_schema, validate_csv
from datasets.validation.acceptance import CONSTRAINT_KEYS, FIELD_KEYS, SCHEMA_KEYS


def refusal(schema):
    with pytest.raises(SchemaProblem) as caught:
        accept_schema(schema)
    problem = caught.value.problem
    assert problem.cause.text
    assert problem.remedy.text
    return problem


def test_only_known_keys_survive():
    accepted = accept_schema(
        {
            "$schema": "http://169.254.169.254/latest",
            "path": "/etc/passwd",
            "profile": "http://10.0.0.1/",
            "fields": [{"name": "a", "type": "string", "extrapaths": ["/etc"], "title": "甲"}],
            "missingValues": ["", "-"],
        }
    )
    assert "169.254" not in str(accepted)
    assert "/etc" not in str(accepted)
    assert accepted["fields"] == [{"name": "a", "type": "string", "title": "甲"}]
    assert accepted["missingValues"] == ["", "-"]


@pytest.mark.parametrize(
    "pattern", ["(?=a)b", "(?<!a)b", r"(a)\1", "(", "a" * 501], ids=lambda text: text[:8]
)
def test_a_pattern_that_cannot_run_in_linear_time_is_refused(pattern):
    problem = refusal({"fields": [{"name": "甲", "constraints": {"pattern": pattern}}]})
    assert problem.code == "schema-pattern"
    assert problem.cause.params["field"] == "甲"


@pytest.mark.parametrize(
    ("schema", "code"),
    [
        ({}, "schema-fields"),
        ({"fields": []}, "schema-fields"),
        ({"fields": "a"}, "schema-fields"),
        ({"fields": [{"type": "string"}]}, "schema-field"),
        ({"fields": ["a"]}, "schema-field"),
        ({"fields": [{"name": "a", "type": "wonder"}]}, "schema-invalid"),
        ({"fields": [{"name": "a"}, {"name": "a"}]}, "schema-invalid"),
        ({"fields": [{"name": "a", "constraints": {"jsonSchema": {}}}]}, "schema-constraint"),
        ({"fields": [{"name": "a", "constraints": []}]}, "schema-invalid"),
        ({"fields": [{"name": "a", "type": "integer", "constraints": {"pattern": "a"}}]}, "schema-invalid"),
        ({"fields": [{"name": f"a{n}"} for n in range(2_001)]}, "schema-fields"),
        ({"fields": [{"name": "a", "constraints": {"enum": list(range(100_001))}}]}, "schema-enum"),
        (
            {"fields": [{"name": "a"}], "foreignKeys": [{"fields": ["a"], "reference": {"resource": "b", "fields": ["c"]}}]},
            "schema-foreign-key",
        ),
        ({"fields": [{"name": "a"}], "gongkai:dateOrder": [["a", "b"]]}, "schema-date-order"),
        ({"fields": [{"name": "a"}], "gongkai:dateOrder": ["a"]}, "schema-date-order"),
        ({"fields": [{"name": "a"}], "gongkai:totals": {}}, "schema-totals"),
        ({"fields": [{"name": "a"}], "gongkai:totals": ["a"]}, "schema-totals"),
        ({"fields": [{"name": "a"}], "gongkai:totals": [{"total": "a"}]}, "schema-totals"),
        (
            {"fields": [{"name": "a"}], "gongkai:totals": [{"total": "a", "parts": ["b"]}]},
            "schema-totals",
        ),
        (
            {"fields": [{"name": "a"}], "gongkai:totals": [{"label": "a", "values": [["a"]]}]},
            "schema-totals",
        ),
        ({"fields": [{"name": "a", "gongkai:aliases": "b"}]}, "schema-aliases"),
        ({"fields": [{"name": "a", "type": "array", "arrayItem": {"constraints": {"pattern": "(a+)+"}}}]}, "schema-pattern"),
    ],
)  # fmt: skip
def test_what_is_no_table_schema_is_refused_with_place_cause_and_remedy(schema, code):
    assert refusal(schema).code == code


def test_an_accepted_schema_is_valid_frictionless_and_accepts_again():
    accepted = accept_schema(
        {
            "fields": [
                {"name": "自", "type": "date", "gongkai:nameEn": "from"},
                {"name": "至", "type": "date"},
                {"name": "数", "type": "number", "constraints": {"exclusiveMinimum": 0}},
            ],
            "primaryKey": "自",
            "gongkai:dateOrder": [["自", "至"]],
        }
    )
    assert accept_schema(accepted) == accepted
    Schema.from_descriptor(accepted)


def test_a_pattern_that_explodes_is_accepted_without_being_run():
    # The text is one that Python's own patterns would be busy with for years.
    field = {"name": "a", "constraints": {"pattern": "(a+)+$"}, "example": "a" * 60 + "!"}
    accepted = accept_schema({"fields": [field]})
    assert accepted["fields"][0]["constraints"] == {"pattern": "(a+)+$"}


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.floats(), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
types = ["string", "integer", "number", "date", "boolean", "array", "list", "geopoint", "any", "x"]
fields = st.fixed_dictionaries(
    {"name": st.sampled_from(["a", "b"])},
    optional={
        "type": st.sampled_from(types),
        "constraints": st.dictionaries(st.sampled_from(CONSTRAINT_KEYS), json_values, max_size=3),
        **{key: json_values for key in FIELD_KEYS if key not in ("name", "type")},
        "arrayItem": json_values,
        "gongkai:check": json_values,
        "gongkai:aliases": json_values,
    },
)
schemas = st.fixed_dictionaries(
    {"fields": st.one_of(st.lists(fields, max_size=2), json_values)},
    optional={
        **dict.fromkeys(SCHEMA_KEYS, json_values),
        "primaryKey": json_values,
        "foreignKeys": json_values,
        "gongkai:dateOrder": json_values,
        "gongkai:totals": json_values,
        "$schema": json_values,
    },
)


@settings(deadline=None, max_examples=300)
@given(schemas)
def test_whatever_json_is_handed_in_it_is_accepted_or_refused_and_never_fails(schema):
    try:
        accepted = accept_schema(schema)
    except SchemaProblem:
        return
    assert accept_schema(accepted) == accepted


@settings(deadline=None, max_examples=150)
@given(schemas, st.lists(st.text('a1,-."x ', max_size=6), max_size=4))
def test_an_accepted_schema_validates_or_is_refused_and_never_fails(
    tmp_path_factory, schema, lines
):
    path = tmp_path_factory.mktemp("fuzz") / "t.csv"
    path.write_text("\n".join(["a,b", *lines, ""]), encoding="utf-8")
    try:
        validate_csv(path, schema)
        write_parquet(path, schema, path.with_suffix(".parquet"))
    except SchemaProblem:
        return
    except ValueError as error:
        assert "more cells" in str(error)  # noqa: PT017  (the one refusal that is no schema's fault)
