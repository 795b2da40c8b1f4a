"""Officials' tables against the rules of their list: everything a draft would be refused for, by row."""

import io
from datetime import date

import openpyxl
import pytest

from catalog.errors import Invalid
from catalog.services import list_exchange, negative_list, small_tables
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
    read = list_exchange.read(world.session, ListKind.NEGATIVE, [HEADER, *rows], TODAY)
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
    read = list_exchange.read(world.session, ListKind.NEGATIVE, [HEADER, row], TODAY)
    assert read.good
    assert any("no longer in force" in one.text for one in read.rows[0].warnings)


def test_units_are_named_as_officials_name_them_and_the_export_reads_back(world: World) -> None:
    add_unit(world.session, world.now, name="市民政局", code="T-MZ")
    add_item(world, name="甲", scope={"units": ["T-MZ"]})
    rows = list_exchange.written(world.session, ListKind.NEGATIVE, TODAY)
    assert rows[0]["适用单位"] == "市民政局"
    table = [list(rows[0]), *(list(row.values()) for row in rows)]
    read = list_exchange.read(world.session, ListKind.NEGATIVE, table, TODAY)
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
