"""Totals are compared with their parts as exact decimals, across columns and down rows."""

from decimal import Decimal

import pytest
from frictionless import Checklist, Resource, Schema
from hypothesis import given
from hypothesis import strategies as st

from datasets.checks import RowTotals, Totals

PARTS = ["出国", "接待", "车辆"]


def found(header, rows, check):
    schema = Schema.from_descriptor(
        {
            "fields": [
                {
                    "name": name,
                    "type": "string" if name in {"单位", "项目", "计量单位"} else "number",
                }
                for name in header
            ]
        }
    )
    report = Resource(data=[header, *rows], schema=schema).validate(Checklist(checks=[check]))
    return [(e.type, e.row_number, e.field_name) for e in report.task.errors if e.type == "totals"]


@pytest.mark.parametrize(
    ("row", "good"),
    [
        (["6.00", "1", "2", "3"], True),
        (["0.3", "0.1", "0.2", ""], True),
        (["6.01", "1", "2", "3"], False),
        (["", "1", "2", "3"], True),
        (["6", "", "", ""], True),
        (["6", "1", "2", "三"], True),
        (["1e400", "1", "2", "3"], False),
        (["NaN", "1", "2", "3"], True),
    ],
    ids=str,
)
def test_a_total_is_the_sum_of_its_columns(row, good):
    errors = found(["合计", *PARTS], [row], Totals(total="合计", parts=PARTS))
    assert errors == ([] if good else [("totals", 2, "合计")])


def test_a_tolerance_forgives_what_rounding_takes():
    header, rows = (
        ["合计", *PARTS],
        [["1.01", "0.33", "0.33", "0.33"], ["1.03", "0.33", "0.33", "0.33"]],
    )
    check = Totals(total="合计", parts=PARTS, tolerance="0.02")
    assert found(header, rows, check) == [("totals", 3, "合计")]


@given(
    st.lists(st.decimals(min_value=0, max_value=10**12, places=4), min_size=1, max_size=6),
    st.decimals(min_value="0.0001", max_value=10, places=4),
)
def test_no_binary_fraction_disturbs_a_sum(parts, slip):
    check = Totals(total="合计", parts=[f"p{n}" for n in range(len(parts))])
    total = sum(parts, Decimal())
    assert not check.judge([total, *parts])
    assert check.judge([total + slip, *parts])


def test_a_row_of_totals_is_the_sum_of_the_rows_of_its_group():
    header = ["单位", "年", "金额"]
    rows = [
        ["甲", "2023", "1.1"],
        ["乙", "2023", "2.2"],
        ["甲", "2024", "5"],
        ["合 计", "2023", "3.3"],
        ["总计", "2024", "6"],
    ]
    check = RowTotals(label="单位", group=["年"], values=["金额"])
    assert found(header, rows, check) == [("totals", 6, "金额")]


def test_subtotals_are_not_added_up_again():
    rows = [
        ["甲", "1"],
        ["小计", "1"],
        ["乙", "2"],
        ["丙", "3"],
        ["小计", "5"],
        ["合计", "6"],
        ["丁", "4"],
        ["合计", "4"],
        ["总计", "10"],
    ]
    check = RowTotals(label="单位", values=["金额"])
    assert found(["单位", "金额"], rows, check) == []
    rows[-1] = ["总计", "11"]
    assert found(["单位", "金额"], rows, check) == [("totals", 10, "金额")]


def test_figures_in_different_units_are_never_added_up():
    header = ["项目", "数值", "计量单位"]
    check = RowTotals(label="项目", values=["数值"], unit="计量单位")
    mixed = [["甲", "1", "个"], ["乙", "2", "万元"], ["合计", "9", "个"]]
    same = [["甲", "1", "个"], ["乙", "2", "个"], ["合计", "9", "个"]]
    other = [["甲", "1", "元"], ["乙", "2", "元"], ["合计", "9", "万元"]]
    assert found(header, mixed, check) == []
    assert found(header, same, check) == [("totals", 4, "数值")]
    assert found(header, other, check) == []


def test_what_cannot_be_judged_passes():
    check = RowTotals(label="单位", values=["金额"])
    assert found(["单位", "金额"], [["合计", "9"], ["甲", "1"]], check) == []
    assert found(["单位", "金额"], [["甲", "一"], ["合计", "9"]], check) == []
    assert found(["单位", "金额"], [["甲", "1"], ["合计", ""]], check) == []


def test_a_check_begins_anew_with_each_table():
    check = RowTotals(label="单位", values=["金额"])
    for _ in range(2):
        assert found(["单位", "金额"], [["甲", "1"], ["合计", "1"]], check) == []
