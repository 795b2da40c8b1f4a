"""The calendar table: seeding, loading, importing a notice."""

from datetime import date, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.auth import ANONYMOUS, SYSTEM
from catalog.errors import Invalid, Unauthenticated
from catalog.models import CalendarDay, Notice
from catalog.services import calendars
from catalog.workdays import add_working_days, is_working_day
from tests.common import lists

NOTICE_2027 = [
    {"date": "2027-01-01", "kind": "rest", "name": "元旦"},
    {"date": "2027-01-02", "kind": "work", "name": "元旦调休上班"},
    {"date": "2027-10-01", "kind": "rest", "name": "国庆节"},
]


def test_seeding_twice_adds_nothing(session: Session) -> None:
    assert calendars.seed(session) > 700
    assert calendars.seed(session) == 0
    make_up = session.get_one(CalendarDay, date(2026, 2, 14))
    assert make_up.is_workday
    assert make_up.name == "春节调休上班"


def test_seeding_leaves_what_an_administrator_entered(session: Session) -> None:
    session.add(CalendarDay(day=date(2026, 2, 14), is_workday=False, source="notice", certain=True))
    calendars.seed(session)
    assert not session.get_one(CalendarDay, date(2026, 2, 14)).is_workday


def test_an_empty_table_makes_every_deadline_provisional(session: Session) -> None:
    calendar = calendars.load(session)
    assert add_working_days(date(2026, 3, 2), 10, calendar).provisional


def test_the_seeded_calendar_is_certain_to_the_end_of_its_last_year(session: Session) -> None:
    calendars.seed(session)
    calendar = calendars.load(session, [2026])
    assert calendar.certain_until == date(2026, 12, 31)
    assert not is_working_day(date(2026, 10, 1), calendar)
    assert add_working_days(date(2026, 2, 15), 10, calendar).day == date(2026, 3, 6)
    assert date(2025, 10, 1) not in calendar.days


def test_loading_some_years_is_certain_about_those_only(session: Session) -> None:
    calendars.seed(session)
    assert calendars.load(session, [2024, 2025]).certain_until == date(2025, 12, 31)


def test_importing_a_notice_settles_provisional_due_days(session: Session, now: datetime) -> None:
    world = lists.make_world(session, now)
    late = datetime.fromisoformat("2026-12-18T10:00:00+08:00")
    lists.add_item(world, now=late)
    notice = session.scalars(select(Notice)).one()
    assert (notice.due_on, notice.provisional) == (date(2027, 1, 1), True)
    done = calendars.import_days(session, SYSTEM, NOTICE_2027, source="国办发明电", now=now)
    assert (done.days, done.certain_until, done.moved_notices) == (3, date(2027, 12, 31), 1)
    assert (notice.due_on, notice.provisional) == (date(2027, 1, 2), False)


def test_a_part_of_a_notice_does_not_make_a_year_certain(session: Session, now: datetime) -> None:
    calendars.seed(session)
    done = calendars.import_days(session, SYSTEM, NOTICE_2027[:1], now=now)
    assert done.certain_until == date(2026, 12, 31)


def test_rows_that_cannot_be_read_change_nothing_and_are_named(
    session: Session, now: datetime
) -> None:
    rows = [{"date": "1 Jan", "kind": "rest"}, {"date": "2027-01-01", "kind": "maybe"}]
    with pytest.raises(Invalid) as refused:
        calendars.import_days(session, SYSTEM, rows, now=now)
    assert set(refused.value.fields) == {"rows.0.date", "rows.1.kind"}
    assert session.scalar(select(func.count()).select_from(CalendarDay)) == 0
    with pytest.raises(Invalid):
        calendars.import_days(session, SYSTEM, [], now=now)


def test_a_day_that_is_free_and_worked_in_one_notice_is_refused(
    session: Session, now: datetime
) -> None:
    twice = [*NOTICE_2027, {"date": "2027-10-01", "kind": "work", "name": "国庆节"}]
    with pytest.raises(Invalid) as refused:
        calendars.import_days(session, SYSTEM, twice, now=now)
    assert set(refused.value.fields) == {"rows.3.kind"}
    again = [*NOTICE_2027, NOTICE_2027[2]]
    assert calendars.import_days(session, SYSTEM, again, now=now).days == 4


def test_the_public_may_not_change_the_calendar(session: Session, now: datetime) -> None:
    with pytest.raises(Unauthenticated):
        calendars.import_days(session, ANONYMOUS, NOTICE_2027, now=now)
