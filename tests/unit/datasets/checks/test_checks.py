"""The checks work in plain Frictionless, without anything else of the product."""

import pytest
from frictionless import Checklist, Resource

from datasets.checks import CHECKS, CitizenId, CreditCode, DateOrder, RegionCode


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
    [CreditCode(field_name="无"), DateOrder(earlier="无", later="自")],
    ids=lambda c: c.type,
)
def test_a_field_that_is_not_there_is_an_error_of_the_check(check):
    report = Resource(data=[["自"], ["2024-01-01"]]).validate(Checklist(checks=[check]))
    assert {error.type for error in report.task.errors} == {"check-error"}
