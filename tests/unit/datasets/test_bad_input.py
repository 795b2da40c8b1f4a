"""Files that are cut off, damaged or hostile: a clear finding or a clear refusal, and never a crash.

``test_story_bad_files`` delivers all of them; here the engine is asked alone.
"""

from pathlib import Path

import pytest

from datasets.examination import examine
from schemas.records import ExaminationRequest, ExaminationResult
from tests.common import packed_files, ugly_files
from tests.common.bad_files import ODD, REFUSED
from tests.common.counting import calls_of


def run(folder: Path, data: bytes, repairs: tuple[str, ...] = ()) -> ExaminationResult:
    source = folder / "delivery"
    source.write_bytes(data)
    request = ExaminationRequest("名单.csv", repairs=repairs)
    return examine(source, folder / "work", request, lambda _share, _stage: None)


def accepted(folder: Path, data: bytes) -> ExaminationResult:
    return run(folder, data, tuple(one.id for one in run(folder, data).repairs))


def rows_of_a_sheet(count: int) -> bytes:
    """A sheet of a table, and ``count`` rows below that are coloured but empty."""
    parts = packed_files.parts_of(
        ugly_files.xlsx({"名单": [ugly_files.HEADER, *ugly_files.records()]})
    )
    name = "xl/worksheets/sheet1.xml"
    empty = b"".join(
        b'<row r="%d" ht="20"><c r="A%d" s="0"/></row>' % (i, i) for i in range(14, count + 14)
    )
    parts[name] = parts[name].replace(b"</sheetData>", empty + b"</sheetData>")
    return packed_files.zipped(parts)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_it_is_refused_with_cause_and_remedy(name, tmp_path):
    make, code, place = REFUSED[name]
    result = run(tmp_path, make())
    assert [problem.code for problem in result.problems] == [code]
    (problem,) = result.problems
    assert problem.place.startswith(place)
    assert problem.cause.text % problem.cause.params
    assert problem.remedy.text % problem.remedy.params
    assert result.artefacts == {}


@pytest.mark.parametrize("name", sorted(ODD))
def test_what_is_odd_but_a_table_is_read_whole(name, tmp_path):
    make, rows, kind = ODD[name]
    result = run(tmp_path, make())
    errors = [error for task in result.report["tasks"] for error in task["errors"]]
    told = {one.kind for one in result.repairs}
    told |= {error.get("gongkai:code", error["type"]) for error in errors}
    assert (result.problems, result.rows) == ((), rows)
    assert kind in told if kind else not told


def test_a_duplicate_of_a_duplicate_is_numbered_past_both(tmp_path):
    result = accepted(tmp_path, ODD["a duplicate of a duplicate"][0]())
    assert [field["name"] for field in result.table_schema["fields"]] == [
        "a", "a_3", "a_2", "a_4", "a_2_2",
    ]  # fmt: skip
    assert result.report["valid"]


def test_a_byte_order_mark_in_the_middle_is_shown_and_taken_out(tmp_path):
    data = ODD["a byte order mark in the middle"][0]()
    first = run(tmp_path, data)
    assert [(one.id, one.message.params["count"]) for one in first.repairs] == [
        ("cell-spaces:名称", 1)
    ]
    assert accepted(tmp_path, data).preview[2] == ("乙", "西")


def test_characters_of_four_bytes_in_gb18030_come_out_right(tmp_path):
    result = run(tmp_path, ODD["characters of four bytes in GB18030"][0]())
    assert result.encoding == "gb18030"
    assert [row[1] for row in result.preview[1:3]] == ["㐂村", "€区"]


def test_the_empty_rows_of_a_sheet_are_passed_over_and_not_read_cell_by_cell(tmp_path):
    empty = 1_048_000
    data = rows_of_a_sheet(empty)
    result, calls = calls_of(lambda: run(tmp_path, data))
    assert calls < 2 * empty
    assert result.rows == len(ugly_files.records())
    assert result.report["valid"]


def test_formulas_without_a_stored_value_are_not_taken_for_empty_cells_silently(tmp_path):
    data = ODD["formulas without values"][0]()
    result = run(tmp_path, data)
    assert [(one.kind, one.required) for one in result.repairs] == [
        ("formulas-without-values", True)
    ]
    assert result.repairs[0].message.params == {"count": 2}
    assert not result.report["valid"]
    assert accepted(tmp_path, data).report["valid"]


def test_of_two_tables_below_each_other_only_the_first_is_spoken_of(tmp_path):
    first = "序号,名称,金额\n" + "".join(f"{n},第{n}项,{n * 10}\n" for n in range(1, 6))
    second = "序号,名称,岗位,人数,备注\n" + "".join(f"{n}, 甲{n},岗{n},1,\n" for n in range(40))
    data = f"{first}合计,,150\n\n二、人员情况\n{second}".encode()
    result = run(tmp_path, data)
    assert [(one.kind, one.place) for one in result.repairs] == [
        ("further-tables", "rows 10"), ("footer-rows", "rows 7"),
    ]  # fmt: skip
    result = accepted(tmp_path, data)
    assert (result.report["valid"], result.rows, result.columns) == (True, 5, 3)


def test_what_a_form_asks_for_above_the_table_is_no_header(tmp_path):
    above = "填报单位：甲局,日期：2024\n电话：1,联系人：张\n"
    result = run(tmp_path, f"{above}\n序号,名称,单位,金额\n1,a,b,3\n2,b,c,4\n".encode())
    assert [(one.kind, one.place) for one in result.repairs] == [("title-rows", "rows 1-2")]
    assert run(tmp_path, above.encode()).problems == ()
