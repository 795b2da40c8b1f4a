"""Typed cells become the text that a clerk would type."""

import datetime as dt
import io
import zipfile

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from datasets.reading import open_table
from datasets.reading.problems import UnreadableError
from datasets.reading.sheets import number_text, text_of
from datasets.reading.workbooks import column_number
from schemas.records import ExaminationRequest
from tests.common import packed_files, ugly_files


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
    data = packed_files.zipped({"x.xlsx": book})
    assert opened(tmp_path, data, member="x.xlsx#乙").sheet == "乙"


def test_an_empty_workbook_is_refused(tmp_path):
    with pytest.raises(UnreadableError) as refused:
        opened(tmp_path, ugly_files.xlsx({"名单": []}))
    assert refused.value.problem.code == "empty-workbook"


def sheet_xml(folder, cells: str) -> str:
    """Put other rows into a workbook; returns the code of the problem, or nothing."""
    with zipfile.ZipFile(io.BytesIO(ugly_files.xlsx({"名单": [["a"]]}))) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    name = "xl/worksheets/sheet1.xml"
    start, end = (parts[name].index(mark) for mark in (b"<sheetData>", b"</sheetData>"))
    parts[name] = parts[name][: start + 11] + cells.encode() + parts[name][end:]
    try:
        opened(folder, packed_files.zipped(parts))
    except UnreadableError as error:
        return error.problem.code
    return ""


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>', "far-corner"),
        ("<row r='9'><c r = 'A1'><v>1</v></c><c r='XFD1048576' t='n'><v>1</v></c></row>", "far-corner"),
        ('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576" s="1"/></row>', ""),
        ('<row r="1"><c r="XFD1"><v>1</v></c></row><row r="1048576"><c><v>1</v></c></row>', "far-corner"),
        ('<row r="1"><c r="A1"><v>1</v></c></row><row r="1000000"><c r="A1000000"><v>1</v></c></row>', ""),
    ],
)  # fmt: skip
def test_the_grid_is_measured_before_it_is_laid_out(tmp_path, cells, code):
    assert sheet_xml(tmp_path, cells) == code


def test_a_document_type_in_a_workbook_is_refused(tmp_path):
    with zipfile.ZipFile(io.BytesIO(ugly_files.xlsx({"名单": [["a"]]}))) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    part = "xl/sharedStrings.xml"
    parts[part] = parts[part].replace(b"<sst", b'<!DOCTYPE x [<!ENTITY a "b">]><sst', 1)
    with pytest.raises(UnreadableError) as refused:
        opened(tmp_path, packed_files.zipped(parts))
    assert refused.value.problem.code == "archive-refused"


def test_formula_errors_are_counted_and_must_be_agreed_to(tmp_path):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_formula(1, 0, "=1/0", None, "#DIV/0!")
    (note,) = opened(tmp_path, out.getvalue()).notes
    assert (note.kind, note.required, note.message.params) == ("error-cells", True, {"count": 1})


def test_column_letters_are_numbers():
    assert [column_number(letters) for letters in (b"A", b"Z", b"aa", b"XFD")] == [1, 26, 27, 16384]
