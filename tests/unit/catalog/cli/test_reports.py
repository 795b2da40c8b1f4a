"""Rows on one line of a terminal: the bad cell is always there, and nothing is wider than the line."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from catalog.cli.digest import AROUND, digest
from catalog.cli.lines import cut, padded
from catalog.cli.reports import MARKS, row_pieces

CELLS = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=60),
    min_size=1,
    max_size=25,
)


@given(CELLS, st.integers(0, 24), st.integers(60, 200))
def test_a_row_fits_and_keeps_its_bad_cell(cells, bad, width) -> None:
    bad = min(bad, len(cells))
    error = {"cells": cells, "bad": [bad], "before": 0, "after": 0}
    pieces = row_pieces(error, width, "  ")
    line = "".join(text for text, _ in pieces)
    assert cell_len(line) <= width
    assert line.count(MARKS[0]) >= 1
    marked = [text for text, style in pieces if "red" in style]
    assert len(marked) == 1


@given(st.text(st.characters(exclude_categories=("C",)), max_size=80), st.integers(4, 40))
def test_a_cut_text_is_as_wide_as_asked_for(text, width) -> None:
    assert cell_len(cut(text, width)) <= width
    assert cell_len(padded(text, width)) == width


def test_of_a_wide_row_only_the_neighbours_of_the_bad_cell_are_kept() -> None:
    error = {
        "type": "type-error", "title": "Type Error", "note": "", "rowNumber": 2, "fieldNumber": 900,
        "fieldName": "c900", "cells": [str(number) for number in range(2_000)],
    }  # fmt: skip
    task = {
        "name": "t",
        "place": "t.csv",
        "valid": False,
        "warnings": [],
        "errors": [error],
        "stats": {"errors": 1},
    }
    report = {"valid": False, "stats": {"errors": 1}, "errors": [], "tasks": [task]}
    shown = digest(report, 10)["tasks"][0]["groups"][0]["shown"][0]
    assert len(shown["cells"]) == 2 * AROUND + 1
    assert shown["cells"][shown["bad"][0]] == "899"
    assert (shown["before"], shown["after"]) == (899 - AROUND, 2_000 - 899 - AROUND - 1)


def test_a_number_cut_by_a_long_cell_is_still_masked() -> None:
    cell = "x" * 70 + "11010519491231002X" + "y" * 1_000_000
    error = {"type": "type-error", "note": "", "rowNumber": 2, "fieldNumber": 1, "cells": [cell]}
    task = {
        "name": "t",
        "place": "t.csv",
        "valid": False,
        "warnings": [],
        "errors": [error],
        "stats": {"errors": 1},
    }
    report = {"valid": False, "stats": {"errors": 1}, "errors": [], "tasks": [task]}
    assert "1101051949" not in str(digest(report, 10))


def test_errors_that_say_the_same_of_one_row_are_shown_as_one() -> None:
    def error(kind: str, number: int, row: int | None = None, note: str = "") -> dict[str, object]:
        return {"type": kind, "title": "", "note": note, "rowNumber": row, "fieldNumber": number,
                "labels": ["a", *[""] * 5]}  # fmt: skip

    blank = [error("blank-label", number) for number in (2, 3, 4, 6)]
    wrong = [
        error("type-error", 1, 2, "x"),
        error("type-error", 2, 2, "y"),
        error("type-error", 1, 3, "y"),
    ]
    task = {"name": "t", "place": "t.csv", "valid": False, "warnings": [], "errors": [*blank, *wrong],
            "stats": {"errors": 7}}  # fmt: skip
    report = {"valid": False, "stats": {"errors": 7}, "errors": [], "tasks": [task]}
    groups = {one["type"]: one for one in digest(report, 10)["tasks"][0]["groups"]}
    (one,) = groups["blank-label"]["shown"]
    assert (one["columns"], one["stands_for"], one["bad"]) == ("2-4, 6", 4, [1, 2, 3, 5])
    assert groups["blank-label"]["count"] == 4
    assert [(each["row"], each["columns"]) for each in groups["type-error"]["shown"]] == [
        (2, ""), (2, ""), (3, ""),
    ]  # fmt: skip
    (first,) = digest(report, 1)["tasks"][0]["groups"][1]["shown"]
    assert first["stands_for"] == 1
