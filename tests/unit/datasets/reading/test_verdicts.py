"""What a stored report shows of the values that it speaks of."""

from datasets.reading.verdicts import MOST_SAID, discreet
from datasets.sensitive import redact


def reported(**error):
    report = {"tasks": [{"labels": ["甲", "乙"], "errors": [{"cells": ["1", "x"], **error}]}]}
    return discreet(report, (), redact)["tasks"][0]["errors"][0]


def test_a_note_that_names_a_long_list_of_allowed_values_shows_its_beginning():
    note = f'constraint "enum" is "{[f"v{number}" for number in range(20_000)]}"'
    found = reported(note=note, message=f"The cell does not conform: {note}")
    assert found["note"] == f"{note[:MOST_SAID]}…"
    assert found["message"].startswith("The cell does not conform: constraint")
    assert len(found["message"]) == MOST_SAID + 1


def test_a_number_that_the_cut_would_halve_is_masked_whole():
    number = "11010519491231002X"
    note = "字" * (MOST_SAID - 9) + f" {number} " + "字" * 99
    assert number[:8] not in reported(note=note, message="")["note"]


def test_short_notes_stay_as_they_are():
    assert reported(note="type is integer", message="m")["note"] == "type is integer"
