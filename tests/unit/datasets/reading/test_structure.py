"""Repairs are offered for what is wrong, applied when accepted, and never lose a record."""

import csv
import string
from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from datasets.reading import Structure, Table, detect, normalise, survey
from datasets.reading.cells import EDGES, clean_cell
from schemas.records import Limits

CELLS = st.one_of(
    st.sampled_from(
        ["", "", "", "1", "12,345", " x ", "１２", "序号", "名称", "一、水", "合计", "注：无",
         "Unnamed: 3", "*", "911102287567016960", "1.1E+17", "a\nb", "\u200b", "\u3000", "(单位)"]
    ),
    st.text(string.ascii_letters + "，。数据*", max_size=6),
)  # fmt: skip
TABLES = st.lists(st.lists(CELLS, max_size=5), max_size=14)


def table_of(rows: list[list[str]], folder: Path, *, keyed: bool = False) -> Table:
    path = folder / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return Table("csv", "text/csv", path, Limits(), keyed=keyed)


def find(rows: list[list[str]], *, keyed: bool = False) -> Structure:
    with TemporaryDirectory() as folder:
        table = table_of(rows, Path(folder), keyed=keyed)
        return detect(survey(table), table, lambda cell: cell)


def mend(
    rows: list[list[str]], accepted: Collection[str]
) -> tuple[list[str], dict[int, list[str]]]:
    """The labels, and number and cells of every row, once repairs are accepted."""
    with TemporaryDirectory() as folder:
        table = table_of(rows, Path(folder))
        structure = detect(survey(table), table, lambda cell: cell)
        done = normalise(table, structure, accepted, Path(folder) / "out.csv")
        with done.path.open(encoding="utf-8-sig", newline="") as file:
            labels, *body = list(csv.reader(file)) or [[]]
    assert labels == done.labels or (labels == [] and done.labels == [""])
    assert len(body) == len(done.numbers)
    return done.labels, dict(zip(done.numbers, body, strict=True))


def repair(rows: list[list[str]], accepted: set[str] | None = None) -> list[list[str]]:
    chosen = {r.id for r in find(rows).repairs} if accepted is None else accepted
    labels, body = mend(rows, chosen)
    return [labels, *body.values()]


def kinds(rows: list[list[str]]) -> list[str]:
    return [r.kind for r in find(rows).repairs]


@settings(max_examples=300, deadline=None)
@given(TABLES, st.data())
def test_any_table_survives_any_choice_of_repairs(rows, data):
    structure = find(rows)
    ids = [r.id for r in structure.repairs]
    assert len(set(ids)) == len(ids)
    chosen = set(data.draw(st.lists(st.sampled_from(ids)) if ids else st.just([])))
    _, body = mend(rows, chosen)
    assert list(body) == sorted(body)


@settings(max_examples=300, deadline=None)
@given(TABLES)
def test_without_any_agreement_every_row_stays_as_it_is(rows):
    structure = find(rows)
    body = list(mend(rows, ())[1].values())
    assert body == rows[len(rows) - len(body) :]
    assert len(rows) - len(body) in {0, 1} or structure.facts.header > 0


@settings(max_examples=300, deadline=None)
@given(TABLES)
@example(
    [["一、水", ""], ["序号", "名称"], ["1", "甲"], ["二、气", ""], ["序号", "名称"], ["2", "乙"]]
)
def test_accepting_everything_loses_no_cell_but_titles_totals_notes_and_headers(rows):
    structure = find(rows)
    kept = mend(rows, {r.id for r in structure.repairs})[1]
    facts = structure.facts
    gone = {i for s in facts.sections for i in range(s.start, s.header + facts.header_rows)}
    gone |= {*structure.foot_notes, *structure.foot_totals}
    gone |= set(range(facts.foreign[0].start, facts.records)) if facts.foreign else set()
    for index, row in enumerate(rows[facts.first_body :], facts.first_body):
        if index in gone or not any(cell.strip(EDGES) for cell in row):
            continue
        left = "".join(kept[index + 1]).replace(",", "")
        for cell in row:
            plain = clean_cell(cell).replace(",", "")
            assert plain in left or plain.translate({0xFF11: "1", 0xFF12: "2"}) in left


@settings(max_examples=100, deadline=None)
@given(TABLES)
def test_keyed_tables_keep_their_first_row_as_header(rows):
    structure = find(rows, keyed=True)
    assert structure.facts.header == 0
    assert not {"title-rows", "stacked-tables", "footer-rows"} & {r.kind for r in structure.repairs}


def test_a_clean_table_needs_no_repair():
    rows = [["序号", "名称", "金额"], *[[str(i), f"公司{i}", str(i * 10)] for i in range(1, 9)]]
    assert kinds(rows) == []
    assert repair(rows) == rows


def test_a_header_with_gaps_is_not_taken_for_a_title():
    rows = [["序号", "名称", "", "", ""], *[[str(i), "x", "1", "2", "3"] for i in range(9)]]
    structure = find(rows)
    assert structure.facts.header == 0
    assert kinds(rows) == ["blank-headers"]
    assert repair(rows)[0] == ["序号", "名称", "列3", "列4", "列5"]


def test_notes_in_two_cells_above_the_table_are_title_rows():
    body = [[str(i), "甲", "3"] for i in range(5)]
    rows = [["填报单位：人社局", "", "日期：2024-01-01"], ["序号", "名称", "金额"], *body]
    assert kinds(rows) == ["title-rows"]
    assert repair(rows)[0] == ["序号", "名称", "金额"]


def test_one_column_is_a_table_too():
    rows = [["名称"], ["甲"], ["乙"]]
    assert kinds(rows) == []
    assert repair(rows) == rows


def test_a_repeated_header_without_titles_is_left_out_and_no_column_added():
    header = ["序号", "名称", "金额"]
    body = [["1", "甲", "2"], ["2", "乙", "3"], ["3", "丙", "4"]]
    rows = [header, *body, ["序号 ", "名 称", "金额"], *body]
    assert kinds(rows) == ["stacked-tables", "cell-spaces"] or kinds(rows) == ["stacked-tables"]
    assert repair(rows, {r.id for r in find(rows).repairs}) == [header, *body, *body]


def test_rows_with_few_values_above_a_repeated_header_are_no_titles_in_a_narrow_table():
    rows = [["名称", "值"], ["甲", "1"], ["乙", ""], ["名称", "值"], ["丙", "2"]]
    assert ["乙", ""] in repair(rows)


def test_total_rows_may_stay_but_notes_must_go():
    rows = [["区", "数量"], ["东城", "1"], ["西城", "2"], ["总 计", "3"], ["数据来源：统计局", ""]]
    offered = {r.place: r.required for r in find(rows).repairs}
    assert offered == {"rows 5": True, "rows 4": False}
    assert repair(rows)[-1] == ["西城", "2"]


def test_a_table_never_loses_all_its_rows_to_its_foot():
    rows = [["区", "数量"], ["合计", "3"]]
    assert repair(rows) == rows


def test_duplicate_names_are_numbered_past_names_that_exist():
    rows = [["a", "a", "a_2", "a"], ["1", "2", "3", "4"]]
    assert repair(rows)[0] == ["a", "a_3", "a_2", "a_4"]


def test_an_agreement_to_one_repair_does_not_mend_another():
    rows = [["序号*", "", "名称"], ["1", " x ", "甲"], ["2", "y", "乙"]]
    by_kind = {r.kind: r.id for r in find(rows).repairs}
    assert set(by_kind) == {"header-marks", "blank-headers", "cell-spaces"}
    assert repair(rows, {by_kind["blank-headers"]}) == [["序号*", "列2", "名称"], *rows[1:]]


def test_previews_are_short_and_redacted(tmp_path):
    rows = [["名称" * 40] * 20, *[["甲" * 100] * 20 for _ in range(5)]]
    rows[2] = ["13800138000 ", *[""] * 19]
    table = table_of(rows, tmp_path)
    shown = detect(survey(table), table, lambda cell: cell.replace("138", "***"))
    for offered in shown.repairs:
        for row in (*offered.before, *offered.after):
            assert len(row) <= 8
            assert all(len(cell) <= 24 and "138" not in cell for cell in row)


NARROW = [["区", "数量", "备注"], ["东区", "12", "无"], ["西区", "7", ""], ["南区", "31", "无"]]
WIDE = [
    ["序号", "名称", "地址", "电话", "负责人", "类型", "日期", "备注"],
    *(
        [str(n), f"第{n}店", f"东街{n}号", f"010-{n}", "某", "甲", "2024-01-01", ""]
        for n in range(1, 6)
    ),
]


@pytest.mark.parametrize(
    "between", [[[]], [[""], ["二、名录"]], [["二、名录", ""]], [[], ["名录"], []]]
)
def test_a_narrow_table_above_a_wide_one_is_no_title(between: list[list[str]]) -> None:
    rows = [*NARROW, *between, *WIDE]
    structure = find(rows)
    assert (structure.facts.header, structure.facts.header_rows) == (0, 1)
    assert [section.header for section in structure.facts.foreign] == [len(NARROW) + len(between)]
    offered = [one.kind for one in structure.repairs]
    assert "further-tables" in offered
    assert "title-rows" not in offered


@pytest.mark.parametrize(
    "above",
    [
        [["填报单位", "某局"], ["联系人", "某某"], ["电话", "123456"], []],
        [["单位", "某局", "联系人", "某某"], ["地址", "东街", "电话", "123456"], ["人数", "9", "邮编", "100000"], []],
        [["名录"], ["单位：某局", "日期：2024-01-01", "单位：元"], []],
    ],
)  # fmt: skip
def test_a_form_above_a_table_is_its_title(above: list[list[str]]) -> None:
    structure = find([*above, *WIDE])
    assert structure.facts.header == len(above)
    assert structure.facts.foreign == []
