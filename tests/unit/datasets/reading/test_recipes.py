"""Recipes name kinds and columns, never places, and every step can be said."""

import pytest

from datasets.reading import detect, open_table, survey
from datasets.reading.recipes import LONGEST_KEY, STEPS, carried_on, repair_id, step
from schemas.records import ExaminationRequest
from tests.common import ugly_files


@pytest.mark.parametrize("name", ugly_files.UGLY)
def test_every_repair_that_is_offered_has_a_step_in_words(name, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(ugly_files.UGLY[name]())
    table = open_table(path, tmp_path, ExaminationRequest("x"))
    for repair in detect(survey(table), table, lambda cell: cell).repairs:
        assert step(repair.id).text in {words.text for words in STEPS.values()}
        assert len(repair.id) <= LONGEST_KEY + len(repair.kind) + 1


def test_a_step_of_a_kind_that_is_gone_is_named_by_its_id():
    assert step("lost-kind:x").params == {"step": "lost-kind:x"}


def test_long_lists_of_columns_have_short_ids_that_differ():
    names = [f"很长的列名第{i}号" for i in range(200)]
    first, second = repair_id("header-marks", names), repair_id("header-marks", names[:-1])
    assert first != second
    assert len(first) <= LONGEST_KEY + len("header-marks:")


def test_a_choice_changes_what_was_shown_and_leaves_the_rest():
    assert carried_on(["a:1", "b:2"], ["b:2", "c:3"], ["c:3"]) == ["c:3", "a:1"]
    assert carried_on([], ["a:1"], []) == []
