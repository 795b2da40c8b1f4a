"""Reading the list from workbooks as real ones are, and writing it so that it can be read back."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.services import list_tables, negative_list
from tests.common.lists import World, add_item, adopt

TODAY = date(2026, 11, 23)
REVIEW = date(2027, 6, 30)
MERGED = [
    ["某市政务公开负面清单", "", "", "", ""],
    ["序号", "事项类别", "事项名称", "情形", "依据"],
    ["1", "国家秘密", "涉密统计资料", "1、尚未解密的资料\n2、汇总后涉密的资料", "《保守国家秘密法》第十三条、《政府信息公开条例》第十四条"],
    ["2", "", "涉密地图", "", ""],
    ["3", "个人隐私", "参保记录", "含有姓名的", "《政府信息公开条例》第十五条"],
    ["", "", "", "含有住址的", "《个人信息保护法》第二十八条"],
]  # fmt: skip


def test_merged_cells_many_circumstances_and_citations_are_read() -> None:
    report = list_tables.rows_from_table(MERGED, review_by=REVIEW)
    assert report.good
    secret, map_, insured = (change["item"] for change in report.changes)
    assert secret["circumstances"] == ["尚未解密的资料", "汇总后涉密的资料"]
    assert [one["article"] for one in secret["citations"]] == [13, 14]
    assert (map_["category"], map_["ground"]) == ("国家秘密", "14-1")
    assert map_["citations"] == secret["citations"]
    assert insured["circumstances"] == ["含有姓名的", "含有住址的"]
    assert [one["law"] for one in insured["citations"]] == ["政府信息公开条例", "个人信息保护法"]
    guessed = [row.row for row in report.rows if row.warnings]
    assert guessed == [3, 4, 5]


def test_what_was_read_can_be_drafted_and_approved(world: World) -> None:
    report = list_tables.rows_from_table(MERGED, review_by=REVIEW)
    adopted = adopt(world, *report.changes)
    assert [one["number"] for one in adopted.changes] == ["NL-001", "NL-002", "NL-003"]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (["", "杂项", "某事项", "", "《条例》第十四条"], "The ground is not clear"),
        (["", "个人隐私", "某事项", "", "见文件"], "No citation could be read"),
        (["", "个人隐私", "某事项", "", ""], "No legal basis"),
        (["NL-077", "个人隐私", "某事项", "", "《条例》第十五条"], "There is no item"),
    ],
)
def test_a_row_that_needs_a_person_is_reported_by_its_number(row: list[str], problem: str) -> None:
    header = ["编号", "事项类别", "事项名称", "情形", "依据"]
    report = list_tables.rows_from_table([header, row], review_by=REVIEW)
    assert not report.good
    found = [(one.row, message.text) for one in report.rows for message in one.problems]
    assert [(at, text.startswith(problem)) for at, text in found] == [(2, True)]


def test_a_table_without_a_header_or_a_review_date_is_reported() -> None:
    assert not list_tables.rows_from_table([["a", "b"], ["c", "d"]]).good
    assert not list_tables.rows_from_table([]).good
    assert not list_tables.rows_from_table(MERGED).good


def test_unknown_columns_and_bad_dates_are_not_dropped_in_silence() -> None:
    rows = [
        ["事项名称", "依据", "复审日期", "承办科室"],
        ["个人隐私事项", "《政府信息公开条例》第十五条", "2027年6月31日", "信息科"],
    ]
    report = list_tables.rows_from_table(rows)
    texts = [message.text for row in report.rows for message in (*row.problems, *row.warnings)]
    assert any(text.startswith("These columns were not read") for text in texts)
    assert any("is not a date" in text for text in texts)


def test_the_exported_list_reads_back_as_the_same(world: World) -> None:
    session = world.session
    add_item(world, circumstances=["一种情形", "另一种情形"], scope={"themes": ["社会保障"]})
    add_item(
        world, name="旧依据", valid_to="2028-01-01",
        citations=["《政府信息公开条例》（2007）第八条第二款", "《民法典》第一千零三十二条"],
    )  # fmt: skip
    rows = list_tables.export_rows(session, TODAY, {})
    assert "内部掌握" not in str(rows)
    table = [list(rows[0]), *(list(row.values()) for row in rows)]
    current = negative_list.in_force(session, TODAY)
    same = list_tables.rows_from_table(table, current=current)
    assert (same.changes, same.rows, same.same) == ((), (), 2)
    table[1][2] = "改了名称"
    changed = list_tables.rows_from_table(table, current=current)
    assert [(one["kind"], one["number"]) for one in changed.changes] == [("amend", "NL-001")]
    adopt(world, *changed.changes)


@given(
    st.lists(
        st.lists(
            st.sampled_from(
                ["", "事项名称", "依据", "情形", "个人隐私", "《条例》第十五条", "2027-06-30", "复审日期", None, 5]
            ),
            max_size=5,
        ),
        max_size=8,
    )
)  # fmt: skip
def test_any_table_gives_a_report(rows: list[list[object]]) -> None:
    report = list_tables.rows_from_table(rows)
    assert all(change["item"]["circumstances"] for change in report.changes)
