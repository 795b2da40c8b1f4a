"""Errors of a report in words: every type that Frictionless has, every note that it writes often."""

import pytest
from frictionless import errors

from datasets.checks import ERRORS as OWN
from schemas.report_words import ERRORS, noted, told

INNER = {
    "error", "data-error", "file-error", "table-error", "header-error", "label-error", "row-error",
    "cell-error", "content-error", "metadata-error",
}  # fmt: skip
"""Types that only others are derived from."""

METADATA = {"catalog", "dataset", "inquiry", "inquiry-task", "report", "report-task", "pipeline", "step",
            "analyzer", "detector", "dialect", "control", "stats", "task"}  # fmt: skip


def test_every_error_that_a_table_can_have_has_words() -> None:
    kinds = {error.type for error in errors.Error.list_children(root=True)} | set(OWN)
    others = {f"{name}-error" for name in METADATA}
    assert not kinds - set(ERRORS) - INNER - others


def test_an_unknown_error_is_told_by_its_note_or_title() -> None:
    assert told({"type": "of-our-own", "note": "why"})[0].text == "why"
    assert told({"type": "of-our-own", "title": "Own"})[0].text == "Own"


@pytest.mark.parametrize(("note", "params"), [
    ('type is "integer/default"', {"type": "integer"}),
    ('type is "date/%Y年"', {"type": "date", "format": "%Y年"}),
    ('constraint "pattern" is "a"b"', {"name": "pattern", "value": 'a"b'}),
    ("the same as in the row at position 12", {"row": "12"}),
    ('the same as row at position "12"', {"row": "12"}),
    ('at position "1, 2"', {"places": "1, 2"}),
    ('expected is "3" and actual is "2"', {"expected": "3", "actual": "2"}),
    ("something else", {"note": "something else"}),
    ("", {}),
])  # fmt: skip
def test_a_note_becomes_a_sentence_with_its_values(note, params) -> None:
    message = noted(note)
    assert message.params == params
    assert not params or message.text % params
