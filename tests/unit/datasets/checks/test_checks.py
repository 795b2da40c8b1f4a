"""The checks work in plain Frictionless, without anything else of the product."""

import pytest
from frictionless import Check, Checklist, Resource

from datasets.checks import (
    CHECKS,
    ERRORS,
    FIELD_CHECKS,
    CitizenId,
    CreditCode,
    DateOrder,
    IndustryCode,
    RegionCode,
    RowTotals,
    Totals,
    asked_for,
)


def found(rows, check):
    report = Resource(data=rows).validate(Checklist(checks=[check]))
    return [(error.type, error.row_number) for error in report.task.errors]


def test_the_registry_names_each_check_by_its_type():
    assert {name: check.type for name, check in CHECKS.items()} == {name: name for name in CHECKS}


def test_a_credit_code_is_checked_to_its_last_character():
    codes = ("91350100M000100Y43", "91350100M000100Y44", "", "91350100m000100y43")
    rows = [["代码", "名称"], *([code, "某局"] for code in codes)]
    assert found(rows, CreditCode(field_name="代码")) == [("credit-code", 3), ("credit-code", 5)]


def test_a_citizen_id_is_checked_and_never_repeated_in_the_message():
    rows = [["号码"], ["11010519491231002X"], ["110105194912310021"]]
    report = Resource(data=rows).validate(Checklist(checks=[CitizenId(field_name="号码")]))
    (error,) = report.task.errors
    assert error.row_number == 3
    assert "110105194912310021" not in error.message


BORN_IN_2031 = "110105203101010017"


def test_whether_a_citizen_is_born_already_is_asked_of_the_day_that_is_given():
    rows = [["号码"], [BORN_IN_2031]]
    assert found(rows, CitizenId(field_name="号码")) == []
    assert found(rows, CitizenId(field_name="号码", on="2031-01-01")) == []
    assert found(rows, CitizenId(field_name="号码", on="2030-12-31")) == [("citizen-id", 2)]
    descriptor = {"type": "citizen-id", "fieldName": "号码", "on": "2030-12-31"}
    assert Check.from_descriptor(descriptor).to_descriptor() == descriptor
    assert found(rows, Check.from_descriptor(descriptor)) == [("citizen-id", 2)]


def test_a_day_that_is_none_is_told_before_any_row_is_judged():
    rows = [["号码"], [BORN_IN_2031]]
    report = Resource(data=rows).validate(
        Checklist(checks=[CitizenId(field_name="号码", on="2030-02-30")])
    )
    (error,) = report.task.errors
    assert (error.type, '"on"' in error.note) == ("check-error", True)


def test_a_region_code_has_six_digits_under_a_province():
    rows = [["区划", "x"], ["110105", "x"], ["990105", "x"], ["1101", "x"]]
    assert found(rows, RegionCode(field_name="区划")) == [("region-code", 3), ("region-code", 4)]


def test_dates_in_the_wrong_order_are_an_error_of_the_row():
    rows = [
        ["自", "至"],
        ["2024-01-01", "2024-01-01"],
        ["2024-01-02", "2024-01-01"],
        ["2024-01-01", ""],
    ]
    assert found(rows, DateOrder(earlier="自", later="至")) == [("date-order", 3)]


@pytest.mark.parametrize(
    "check",
    [
        CreditCode(field_name="无"),
        DateOrder(earlier="无", later="自"),
        Totals(total="无", parts=["自"]),
        RowTotals(label="自", values=["无"]),
    ],
    ids=lambda c: c.type,
)
def test_a_field_that_is_not_there_is_an_error_of_the_check(check):
    report = Resource(data=[["自"], ["2024-01-01"]]).validate(Checklist(checks=[check]))
    assert {error.type for error in report.task.errors} == {"check-error"}


@pytest.mark.parametrize(
    ("code", "good"),
    [
        ("A", True),
        ("U", False),
        ("01", True),
        ("A01", True),
        ("B01", False),
        ("0111", True),
        ("A0111", True),
        ("0118", False),
        ("S92", True),
        ("92", True),
        ("1", False),
        ("a01", False),
        ("Ａ01", False),
        ("01111", False),
    ],
)
def test_an_industry_code_stands_in_the_classification(code, good):
    assert IndustryCode(field_name="x").accepts(code) is good


def test_an_industry_code_is_an_error_of_its_cell():
    rows = [["行业", "x"], ["I65", "x"], ["Z99", "x"]]
    assert found(rows, IndustryCode(field_name="行业")) == [("industry-code", 3)]


def test_a_schema_asks_for_its_checks():
    schema = {
        "fields": [{"name": "a", "gongkai:check": "credit-code"}, {"name": "b"}],
        "gongkai:dateOrder": [["c", "d"]],
        "gongkai:totals": [{"total": "e", "parts": ["f"]}, {"label": "g", "values": ["h"]}],
    }
    assert [check.type for check in asked_for(schema)] == [
        "credit-code",
        "date-order",
        "totals",
        "row-totals",
    ]


def test_every_check_has_its_error_among_those_that_reports_are_told_with():
    assert all(ERRORS[check.Errors[0].type] is check.Errors[0] for check in CHECKS.values())
    assert all(check.note for check in FIELD_CHECKS.values())


def test_a_check_comes_back_from_its_descriptor():
    checks = [
        IndustryCode(field_name="x"),
        Totals(total="a", parts=["b"], tolerance="0.02"),
        RowTotals(label="a", values=["b"], group=["c"]),
    ]
    for check in checks:
        again = type(check).from_descriptor(check.to_descriptor())
        assert again.to_descriptor() == check.to_descriptor()
