"""Typed cells become the text that a clerk would type."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.reading import open_table
from datasets.reading.problems import UnreadableError
from datasets.reading.sheets import number_text, text_of
from datasets.reading.workbooks import column_number
from schemas.records import ExaminationRequest
from tests.common import ugly_files


def opened(folder, data: bytes, **request: str):
    path = folder / "file"
    path.write_bytes(data)
    return open_table(path, folder, ExaminationRequest("x", **request))


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (1.0, "1"),
        (-0.5, "-0.5"),
        (1e-7, "0.0000001"),
        (123456789012345.0, "123456789012345"),
        (True, "true"),
        (7, "7"),
        ("007", "007"),
        (dt.date(2024, 1, 2), "2024-01-02"),
        (dt.datetime(2024, 1, 2, 3, 4, 4, 999_998), "2024-01-02T03:04:05"),  # noqa: DTZ001
        (dt.time(8, 30), "08:30:00"),
        (dt.timedelta(hours=36, minutes=5), "36:05:00"),
    ],
)
def test_typed_cells_become_plain_text(cell, text):
    assert text_of(cell) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_lose_nothing_and_show_no_exponent(value):
    text = number_text(value)
    assert float(text) == value
    assert "e" not in text.lower()


def test_row_numbers_are_those_on_the_screen(tmp_path):
    data = ugly_files.xlsx({"名单": [[], [], ["", "", "a", "b"], ["", "", 1, 2]]})
    assert list(opened(tmp_path, data).rows())[2:] == [["", "", "a", "b"], ["", "", "1", "2"]]


def test_the_first_visible_sheet_with_content_is_read_and_others_are_named(tmp_path):
    data = ugly_files.xlsx(
        {"内部": [["x"]], "空": [], "名单": [["a"], [1]], "附": [["b"]]}, hidden=["内部"]
    )
    table = opened(tmp_path, data)
    assert table.sheet == "名单"
    assert table.members == ("内部", "名单", "附")
    assert table.notes[0].message.params == {"sheet": "名单", "shown": "附", "hidden": "内部"}
    assert opened(tmp_path, data, member="附").sheet == "附"


def test_an_unknown_sheet_is_refused(tmp_path):
    with pytest.raises(UnreadableError) as refused:
        opened(tmp_path, ugly_files.xlsx({"名单": [["a"]]}), member="别的")
    assert refused.value.problem.code == "no-such-sheet"


def test_a_sheet_of_a_workbook_in_an_archive_can_be_named(tmp_path):
    book = ugly_files.xlsx({"甲": [["a"]], "乙": [["b"]]})
    data = ugly_files.zipped({"x.xlsx": book})
    assert opened(tmp_path, data, member="x.xlsx#乙").sheet == "乙"


def test_an_empty_workbook_is_refused(tmp_path):
    with pytest.raises(UnreadableError) as refused:
        opened(tmp_path, ugly_files.xlsx({"名单": []}))
    assert refused.value.problem.code == "empty-workbook"


def test_column_letters_are_numbers():
    assert [column_number(letters) for letters in (b"A", b"Z", b"aa", b"XFD")] == [1, 26, 27, 16384]
