from datetime import date

import pytest
from sqlalchemy.orm import Session

from catalog.auth import SYSTEM, Identity
from catalog.errors import Invalid, Stale, Unauthenticated
from catalog.services import units
from tests.common.stack import OTHER_UNIT, UNIT
from tests.conftest import NOW

GIVEN = {"code": UNIT, "name": "市人社局", "kind": "department"}


def test_a_unit_is_on_the_roster_from_its_first_day_until_before_its_last(session: Session) -> None:
    units.add(
        session, SYSTEM, {**GIVEN, "roster_from": "2020-01-01", "roster_to": "2024-01-01"}, now=NOW
    )
    for day, count in (
        (date(2019, 12, 31), 0),
        (date(2020, 1, 1), 1),
        (date(2023, 12, 31), 1),
        (date(2024, 1, 1), 0),
    ):
        assert units.page(session, as_of=day).total == count


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": "11110000000021610H"}, "code"),
        ({"kind": "company"}, "kind"),
        ({"name": ""}, "name"),
        ({"roster_to": "2020-01-01"}, "roster_to"),
        ({"parent": OTHER_UNIT}, "parent"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_unit_with_a_bad_value_is_refused_naming_the_field(
    session: Session, change: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        units.add(session, SYSTEM, GIVEN | change, now=NOW)
    assert field in refused.value.fields


def test_nobody_but_an_administrator_manages_the_roster(session: Session) -> None:
    with pytest.raises(Unauthenticated):
        units.add(session, Identity(None, ""), GIVEN, now=NOW)


def test_a_stale_change_is_refused(session: Session) -> None:
    unit = units.add(session, SYSTEM, GIVEN, now=NOW)
    seen = unit.version
    units.amend(session, SYSTEM, UNIT, {"name": "市人社局（新）"}, expected=seen, now=NOW)
    with pytest.raises(Stale):
        units.amend(session, SYSTEM, UNIT, {"name": "另名"}, expected=seen, now=NOW)


def test_a_unit_known_by_name_gets_its_code_later_once(session: Session) -> None:
    unit = units.named(session, SYSTEM, "某镇人民政府", now=NOW)
    assert unit.provisional
    assert units.named(session, SYSTEM, "某镇人民政府", now=NOW).id == unit.id
    units.amend(session, SYSTEM, unit.code, {"code": UNIT}, expected=None, now=NOW)
    assert (unit.code, unit.provisional) == (UNIT, False)
    with pytest.raises(Invalid):
        units.amend(session, SYSTEM, UNIT, {"code": OTHER_UNIT}, expected=None, now=NOW)


def test_an_import_takes_good_rows_and_reports_the_others_by_number(session: Session) -> None:
    rows = [
        {"统一社会信用代码": UNIT, "单位名称": "市人社局", "单位类型": "行政机关"},
        {"统一社会信用代码": "123", "单位名称": "坏代码局", "单位类型": "行政机关"},
        {"统一社会信用代码": OTHER_UNIT, "单位名称": "市民政局", "单位类型": "事业单位"},
    ]
    report = units.import_rows(session, SYSTEM, rows, now=NOW)
    assert report.taken == 2
    assert [number for number, _ in report.refused] == [3]
    assert units.import_rows(session, SYSTEM, rows[:1], now=NOW).taken == 1
    assert units.page(session).total == 2
