"""A column proven whole holds no cell that Frictionless would refuse."""

from types import SimpleNamespace

import pyarrow as pa
import pytest
from frictionless import Schema
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.validation.whole_proof import Proof, whole_proof

FIELDS = (
    {"type": "integer"},
    {"type": "integer", "constraints": {"minimum": -5, "maximum": "100"}},
    {"type": "number"},
    {"type": "number", "constraints": {"minimum": 0.1, "exclusiveMaximum": 1.5}},
    {"type": "date"},
    {"type": "date", "constraints": {"minimum": "2000-01-01"}},
    {"type": "datetime"},
    {"type": "datetime", "constraints": {"maximum": "2024-01-01T00:00:00"}},
    {"type": "string", "constraints": {"minLength": 2, "maxLength": 4}},
    {"type": "string", "constraints": {"enum": ["甲", "乙"]}},
    {"type": "string", "constraints": {"pattern": "[甲乙]{1,2}|[0-9]+", "maxLength": 3}},
    {"type": "string", "constraints": {"required": True, "pattern": "[A-Z0-9+-]{2}"}},
    {"type": "boolean"},
    {"type": "any"},
    {"type": "year"},
    {"type": "integer", "constraints": {"enum": [1, 2]}},
)
TEXTS = st.one_of(
    st.sampled_from(
        [
            *("0x1F", "0X1f", " 5", "+5", "007", "-5", "1_0", "５", "1e3", "101", "100", "", "NA"),
            *("nan", "nan(1)", "inf", "0.1", "0.09999999999999999999", "1.5", ".5", "5.", "1e400"),
            *("0000-01-01", "0001-01-01", "2023-02-29", "2024-02-29", "2023-1-5", "1999-12-31"),
            *("2023-01-05T10:00:00", "2023-01-05 10:00:00", "2023-01-05T10:00:60"),
            *("2023-01-05T24:00:00", "0000-01-01T00:00:00", "2024-01-01T00:00:01"),
            *(
                "甲",
                "乙",
                "丙",
                "甲乙",
                "甲乙丙丁戊",
                "𠮷",
                "𠮷𠮷",
                "ab",
                "true",
                "False",
                "1",
                "2",
                "2023",
            ),
        ]
    ),
    st.integers().map(str),
    st.decimals(allow_nan=False).map(str),
    st.dates().map(str),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.text(max_size=6),
)


@pytest.mark.parametrize("described", FIELDS, ids=str)
@settings(max_examples=150, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=4))
def test_what_is_proven_is_right(described, texts):
    schema = Schema.from_descriptor(
        {
            "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
            "fields": [{"name": "a", **described}],
            "missingValues": ["", "NA"],
        }
    )
    field = schema.fields[0]
    read = field.create_cell_reader()
    read_as = {text: read(text) for text in texts}
    decided = {
        text: SimpleNamespace(right=not notes, blank=value is None and not notes)
        for text, (value, notes) in read_as.items()
    }
    proof = whole_proof(field, ["", "NA"], decided.__getitem__)(pa.array(texts, pa.string()))
    if proof is not None:
        assert proof.wrong == tuple(
            place for place, text in enumerate(texts) if not decided[text].right
        )
        assert proof.blank == any(one.blank for one in decided.values())


@pytest.mark.parametrize(
    ("described", "good"),
    [
        ({"type": "integer"}, "-12"),
        ({"type": "number"}, "1.50"),
        ({"type": "date"}, "2023-01-05"),
        ({"type": "datetime"}, "2023-01-05T10:00:00"),
        ({"type": "boolean"}, "true"),
        ({"type": "string", "constraints": {"maxLength": 3}}, "甲乙丙"),
    ],
)
def test_a_plain_column_is_proven(described, good):
    schema = Schema.from_descriptor({"fields": [{"name": "a", **described}]})
    proves = whole_proof(
        schema.fields[0],
        [""],
        lambda text: SimpleNamespace(right=text in (good, ""), blank=not text),
    )
    assert proves(pa.array([good] * 5_000)) == Proof()
    assert proves(pa.array([good] * 5_000 + [""])) == Proof(blank=True)
    assert proves(pa.array([good] * 5_000 + ["", "?" * 9])) in (None, Proof((5_001,), blank=True))


def test_a_missing_value_that_must_not_be_missing_is_wrong():
    schema = Schema.from_descriptor({"fields": [{"name": "a", "type": "integer"}]})
    proves = whole_proof(
        schema.fields[0], ["", "NA"], lambda text: SimpleNamespace(right=False, blank=text == "NA")
    )
    column = pa.array([*map(str, range(3_000)), "NA"])
    assert proves(column) == Proof((3_000,), blank=True)


def test_a_slice_of_a_column_is_proven_by_its_own_cells():
    schema = Schema.from_descriptor({"fields": [{"name": "a", "type": "integer"}]})
    proves = whole_proof(
        schema.fields[0], [""], lambda text: SimpleNamespace(right=text == "0x1F", blank=False)
    )
    column = pa.array(["0x1F", "1", "2", "x"])
    assert proves(column.slice(1, 2)) == Proof()
    assert proves(column.slice(0, 2)) == Proof((1,))
