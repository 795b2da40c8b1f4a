"""A delivery that failed comes back as the same workbook, its bad cells filled and explained."""

import openpyxl
import pytest
from openpyxl.comments import Comment

from datasets.child import run_marking
from datasets.collecting.marked import Mark, Marking, fields_named, mark_workbook
from schemas.records import ExaminationRequest, Problem
from schemas.workbooks import ERRORS_SHEET, GUIDE_SHEET

HEADING = ("No.", "Row", "Field", "What is wrong", "What you can do")
LABELS = ("代码", "名称", "日期")


def marking(*marks, **options):
    return Marking(tuple(marks), options.pop("labels", LABELS), HEADING, "2 errors", **options)


def workbook(tmp_path, *rows):
    path = tmp_path / "table.xlsx"
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "表'一"
    for row in rows:
        sheet.append(row)
    book.create_sheet(GUIDE_SHEET)
    book.save(path)
    return path


def marked(tmp_path, source, given):
    target = tmp_path / "marked.xlsx"
    mark_workbook(source, tmp_path, ExaminationRequest(source.name), given, target)
    return openpyxl.load_workbook(target)


def said(sheet):
    return {cell.coordinate: cell.comment.text for row in sheet for cell in row if cell.comment}


def test_bad_cells_are_filled_and_say_what_is_wrong_and_what_to_do(tmp_path):
    source = workbook(tmp_path, LABELS, ["1", "甲", "三月"], ["2", "=SUM(1,1)", "2024-01-01"])
    book = marked(
        tmp_path,
        source,
        marking(Mark("No date.", "Write it as 2024-03-01.", 2, 3, ("日期",)), sheet="表'一"),
    )
    sheet = book.worksheets[0]
    assert said(sheet) == {"C2": "No date.\nWrite it as 2024-03-01."}
    assert sheet["C2"].fill.start_color.rgb == "FFFFC7CE"
    assert sheet["A2"].fill.fill_type is None
    assert sheet["B3"].value == "=SUM(1,1)"
    listed = book[ERRORS_SHEET]
    assert [cell.value for cell in listed[2]] == list(HEADING)
    assert [cell.value for cell in listed[3]] == [
        "1",
        "2",
        "日期",
        "No date.",
        "Write it as 2024-03-01.",
    ]
    assert listed["B3"].hyperlink.location == "'表''一'!C2"


def test_columns_that_repairs_dropped_do_not_shift_the_marks(tmp_path):
    source = workbook(
        tmp_path,
        ["名录", None, None, None],
        ["代码", None, "名称 *", "日期"],
        ["1", None, None, "2024-01-01"],
    )
    given = marking(
        Mark("Missing.", "Fill it in.", 3, 2, ("名称",)),
        table_schema={"fields": [{"name": label} for label in LABELS]},
    )
    assert list(said(marked(tmp_path, source, given).worksheets[0])) == ["C3"]


def test_an_error_of_a_row_marks_the_fields_it_names_or_the_first_cell(tmp_path):
    source = workbook(tmp_path, LABELS, ["1", "甲", "x"], ["1", "甲", "x"])
    given = marking(
        Mark("Wrong order.", "", 2, None, ("代码", "日期")),
        Mark("Twice.", "Remove it.", 3),
        Mark("A column is missing.", "Add it."),
    )
    assert list(said(marked(tmp_path, source, given).worksheets[0])) == ["A2", "C2", "A3"]


def test_a_column_that_is_missing_is_named_at_the_header(tmp_path):
    source = workbook(tmp_path, ["某单位名录"], LABELS, ["1", "甲", "x"])
    given = marking(Mark("A column is missing.", "Add it.", None, None, ("行政区划代码",)))
    book = marked(tmp_path, source, given)
    assert said(book.worksheets[0]) == {"A2": "行政区划代码: A column is missing.\nAdd it."}
    assert book[ERRORS_SHEET]["C3"].value == "行政区划代码"


def test_two_errors_of_a_cell_and_the_clerks_own_comment_stand_together(tmp_path):
    source = workbook(tmp_path, LABELS, ["1", "甲", "x"])
    book = openpyxl.load_workbook(source)
    book.worksheets[0]["A2"].comment = Comment("看一下", "李")
    book.save(source)
    given = marking(Mark("One.", "", 2, 1), Mark("Two.", "", 2, 1))
    assert said(marked(tmp_path, source, given).worksheets[0])["A2"] == "看一下\n\nOne.\n\nTwo."


def test_a_marked_workbook_that_comes_again_loses_its_old_marks(tmp_path):
    source = workbook(tmp_path, LABELS, ["1", "甲", "x"])
    marked(tmp_path, source, marking(Mark("One.", "", 2, 1)))
    again = tmp_path / "again.xlsx"
    (tmp_path / "marked.xlsx").rename(again)
    book = marked(tmp_path, again, marking(Mark("Two.", "", 2, 2)))
    assert said(book.worksheets[0]) == {"B2": "Two."}
    assert book.worksheets[0]["A2"].fill.fill_type is None
    assert book.sheetnames.count(ERRORS_SHEET) == 1


def test_a_merged_cell_is_marked_where_it_is_shown(tmp_path):
    source = workbook(tmp_path, LABELS, ["1", "甲", "x"], ["1", None, "x"])
    book = openpyxl.load_workbook(source)
    book.worksheets[0].merge_cells("B2:B3")
    book.save(source)
    given = marking(Mark("One.", "", 3, 2))
    assert list(said(marked(tmp_path, source, given).worksheets[0])) == ["B2"]


def test_a_csv_becomes_a_workbook_whose_cells_are_text(tmp_path):
    source = tmp_path / "table.csv"
    source.write_text("代码,名称,日期\n=1+1,#N/A,001\n,乙\n", encoding="utf-8")
    sheet = marked(tmp_path, source, marking(Mark("Missing.", "", 3, 1))).worksheets[0]
    assert [(cell.value, cell.data_type) for cell in sheet[2]] == [
        ("=1+1", "s"),
        ("#N/A", "s"),
        ("001", "s"),
    ]
    assert list(said(sheet)) == ["A3"]


def test_what_is_said_never_becomes_a_formula(tmp_path):
    source = workbook(tmp_path, LABELS, ["1", "甲", "x"])
    given = marking(Mark("=HYPERLINK(1)", "+1\x01", 2, 1), labels=("=a", "名称", "日期"))
    listed = marked(tmp_path, source, given)[ERRORS_SHEET]
    assert [cell.data_type for cell in listed[3]] == ["s"] * 5


def test_one_that_is_too_large_gets_the_list_alone(tmp_path):
    source = workbook(tmp_path, LABELS, ["1", "甲", "x"])
    book = marked(tmp_path, source, marking(Mark("One.", "", 2, 1), whole=False))
    assert book.sheetnames == [ERRORS_SHEET]
    long = tmp_path / "long.csv"
    long.write_text(f"代码,名称\n{'a' * 40_000},b\n", encoding="utf-8")
    assert marked(tmp_path, long, marking(Mark("One.", "", 2, 1))).sheetnames == [ERRORS_SHEET]
    strange = tmp_path / "strange.csv"
    strange.write_text("代码,名称\na\x02,b\ufffe\n", encoding="utf-8")
    given = marking(Mark("One\ufffe.", "\x02", 2, 1))
    assert marked(tmp_path, strange, given).sheetnames == [ERRORS_SHEET]


def test_the_fields_that_a_note_names_are_known():
    note = '"处罚决定日期" is after "公示截止期"'
    assert fields_named(note, ["公示截止期", "处罚决定日期"]) == ("处罚决定日期", "公示截止期")
    assert fields_named('the same as "1"', ["代码"]) == ()


@pytest.mark.parametrize("damaged", [False, True])
def test_it_is_made_in_a_child_process_that_may_break(tmp_path, damaged):
    source = workbook(tmp_path, LABELS, ["1", "甲", "x"])
    if damaged:
        source.write_bytes(source.read_bytes()[:-200])
    request = ExaminationRequest(source.name)
    made = run_marking(source, tmp_path / "work", request, marking(Mark("One.", "", 2, 1)))
    if damaged:
        assert isinstance(made, Problem)
    else:
        assert said(openpyxl.load_workbook(made).worksheets[0]) == {"A2": "One."}
