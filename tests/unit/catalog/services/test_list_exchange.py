"""Officials' tables against the rules of their list: everything a draft would be refused for, by row."""

import io
from datetime import date

import docx
import openpyxl
import pytest

from catalog.errors import Invalid
from catalog.services import list_exchange, negative_list, small_tables
from catalog.services.list_tables import TableReport
from catalog.services.small_tables import Sheet
from schemas.records import Message
from schemas.vocabularies import ListKind
from tests.common.lists import World, add_item, add_unit

TODAY = date(2026, 11, 23)
HEADER = ["编号", "事项类别", "事项名称", "情形", "依据", "理由说明", "适用单位", "复审日期"]


def _said(message: Message) -> str:
    """The sentence itself, without the heading of its column."""
    inner = message.params.get("text")
    return inner.text if isinstance(inner, Message) else message.text


def _problems(world: World, *rows: list[str]) -> dict[int, list[str]]:
    read = list_exchange.read(world.session, ListKind.NEGATIVE, [Sheet("", [HEADER, *rows])], TODAY)
    return {
        one.row: [_said(message) for message in one.problems] for one in read.rows if one.problems
    }


def test_what_a_draft_would_be_refused_for_stands_at_its_row(world: World) -> None:
    found = _problems(
        world,
        ["", "内部事务", "甲", "情形", "《政府信息公开条例》第十六条", "", "", ""],
        ["", "禁止公开", "乙", "情形", "《上海市数据条例》第四十一条", "", "", ""],
        ["", "个人隐私", "丙", "情形", "《政府信息公开条例》第十五条", "", "", "2020-01-01"],
        ["", "个人隐私", "丁", "情形", "《政府信息公开条例》第十五条", "", "没有的局", "明年"],
        ["", "个人隐私", "戊", "情形", "《政府信息公开条例》第十五条", "", "", ""],
    )
    assert {row: len(said) for row, said in found.items()} == {2: 1, 3: 1, 4: 1, 5: 2}
    assert found[2][0].startswith("Article 16 leaves a choice")
    assert found[3][0].startswith("Ground 14-2 needs a law")
    assert found[4][0].startswith("The next review comes after")


def test_a_stale_basis_is_remarked_at_its_row(world: World) -> None:
    row = ["", "公共安全", "甲", "情形", "《政府信息公开条例》第八条", "", "", ""]
    read = list_exchange.read(world.session, ListKind.NEGATIVE, [Sheet("", [HEADER, row])], TODAY)
    assert read.good
    assert any("no longer in force" in one.text for one in read.rows[0].warnings)


def test_units_are_named_as_officials_name_them_and_the_export_reads_back(world: World) -> None:
    add_unit(world.session, world.now, name="市民政局", code="T-MZ")
    add_item(world, name="甲", scope={"units": ["T-MZ"]})
    rows = list_exchange.written(world.session, ListKind.NEGATIVE, TODAY)
    assert rows[0]["适用单位"] == "市民政局"
    table = [list(rows[0]), *(list(row.values()) for row in rows)]
    read = list_exchange.read(world.session, ListKind.NEGATIVE, [Sheet("", table)], TODAY)
    assert (read.good, read.changes, read.same) == (True, (), 1)
    assert negative_list.in_force(world.session, TODAY)[0].scope == {"units": ["T-MZ"]}


def test_two_rows_of_one_number_and_a_table_without_rows_are_said(world: World) -> None:
    add_item(world, name="甲")
    row = [
        "NL-001",
        "个人隐私",
        "改名",
        "情形",
        "《政府信息公开条例》第十五条",
        "",
        "",
        "2028-01-01",
    ]
    other = [*row[:2], "又改名", *row[3:]]
    found = _problems(world, row, other)
    assert set(found) == {2, 3}
    assert all(said[0].startswith("Another change") for said in found.values())
    assert _problems(world)[1][0].startswith("There are no rows")


@pytest.mark.parametrize("cell", ["=A1&B1", "#REF!"])
def test_a_workbook_whose_formulas_have_no_result_is_refused(cell: str) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(HEADER)
    book.active.append(["", "个人隐私", cell])
    held = io.BytesIO()
    book.save(held)
    with pytest.raises(Invalid) as refused:
        small_tables.rows(held.getvalue(), "清单.xlsx")
    assert "formula" in str(refused.value.fields["file"][0].params["why"])


def _row(name: str, number: str = "", review: str = "2027-06-30") -> list[str]:
    return [number, "个人隐私", name, "情形", "《政府信息公开条例》第十五条", "", "", review]


def _workbook(**tables: list[list[str]]) -> bytes:
    """A workbook with a sheet for each; one whose name begins with an underscore is hidden."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in tables.items():
        sheet = book.create_sheet(name.strip("_"))
        sheet.sheet_state = "hidden" if name.startswith("_") else "visible"
        for row in rows:
            sheet.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _read(world: World, data: bytes, name: str = "清单.xlsx") -> TableReport:
    sheets = small_tables.sheets(data, name)
    return list_exchange.read(world.session, ListKind.NEGATIVE, sheets, TODAY)


def test_every_sheet_that_fits_is_read_and_the_others_are_named(world: World) -> None:
    broken = ["", "个人隐私", "丁", "情形", "见文件", "", "", ""]
    book = _workbook(
        说明=[["填表说明"], ["本表由各单位填报"]],
        民政=[HEADER, _row("甲")],
        空=[],
        人社=[["2026年清单"], HEADER, _row("乙"), broken],
        _旧=[HEADER, _row("丙")],
    )
    read = _read(world, book)
    assert [one["item"]["name"] for one in read.changes] == ["甲", "乙", "丁"]
    said = [(one.sheet, one.row, bool(one.problems)) for one in read.rows]
    assert said == [
        ("说明", 1, False), ("民政", 2, False), ("人社", 3, False), ("人社", 4, True), ("旧", 1, False),
    ]  # fmt: skip
    warned = {one.sheet: one.warnings[-1].text for one in read.rows if one.warnings}
    assert "no heading of the list" in warned["说明"]
    assert "hidden" in warned["旧"]


def test_where_no_sheet_fits_each_is_told_what_it_lacks(world: World) -> None:
    read = _read(world, _workbook(一=[["a"]], 二=[["b"]]))
    assert [(one.sheet, one.problems[0].text[:13]) for one in read.rows] == [
        ("一", "No header row"), ("二", "No header row"),
    ]  # fmt: skip


def test_rows_are_counted_as_the_office_program_counts_them(world: World) -> None:
    """A table that begins further down keeps the numbers of its rows."""
    book = openpyxl.Workbook()
    for at, row in enumerate([HEADER, ["", "个人隐私", "甲", "情形", "见文件"]], 7):
        for column, text in enumerate(row, 2):
            book.worksheets[0].cell(at, column, text)
    held = io.BytesIO()
    book.save(held)
    assert [one.row for one in _read(world, held.getvalue()).rows] == [8]


def test_a_document_whose_table_breaks_is_read_as_one_and_its_other_tables_are_named(
    world: World,
) -> None:
    document = docx.Document()
    for rows in (
        [["填表人", "某科"]],
        [HEADER, _row("甲")],
        [_row("乙"), ["", "个人隐私", "丁", "情形", "见文件", "", "", ""]],
        [HEADER, _row("丙")],
    ):
        table = document.add_table(rows=len(rows), cols=len(rows[0]))
        for at, row in enumerate(rows):
            for column, text in enumerate(row):
                table.cell(at, column).text = text
    held = io.BytesIO()
    document.save(held)
    read = _read(world, held.getvalue(), "清单.docx")
    assert [one["item"]["name"] for one in read.changes] == ["甲", "乙", "丁", "丙"]
    problems = [(one.sheet, one.row) for one in read.rows if one.problems]
    assert problems == [("3", 2)]
    assert [one.sheet for one in read.rows if "no heading" in one.warnings[-1:][0].text] == ["1"]


def test_what_is_one_table_is_not_taken_from_a_file_with_several() -> None:
    with pytest.raises(Invalid) as refused:
        small_tables.rows(_workbook(甲=[["a"]], 乙=[["b"]]), "名录.xlsx")
    assert refused.value.cause.params["why"].params == {"names": "甲、乙"}
    assert small_tables.rows(_workbook(甲=[["a"]], _乙=[["b"]], 丙=[]), "名录.xlsx") == [["a"]]


def test_a_row_that_says_what_another_says_is_refused_with_the_place_of_the_first(
    world: World,
) -> None:
    add_item(world, name="在册", circumstances=["情形"], citations=["《政府信息公开条例》第十五条"])
    book = _workbook(
        一=[HEADER, _row("甲"), _row("乙"), _row("甲", review="2028-01-01")],
        二=[HEADER, _row("甲"), _row("在册")],
    )
    read = _read(world, book)
    problems = {
        (one.sheet, one.row): [_said(message) for message in one.problems]
        for one in read.rows
        if one.problems
    }
    first = "It says the same as row %(row)s of table %(sheet)s: leave one of them out."
    assert problems == {("一", 4): [first], ("二", 2): [first]}
    places = [one.problems[0].params for one in read.rows if one.problems]
    assert places == [{"row": 2, "sheet": "一"}] * 2
    held = next(one for one in read.rows if (one.sheet, one.row) == ("二", 3))
    said = "Item %(number)s says the same already: amend that one, or leave this out."
    assert said in [_said(message) for message in held.warnings]
