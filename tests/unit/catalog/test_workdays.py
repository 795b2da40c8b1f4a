"""Deadlines in working days, against vectors counted from the official calendars."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from chinese_calendar.constants import holidays, workdays
from hypothesis import given
from hypothesis import strategies as st

from catalog.workdays import Calendar, add_working_days, count_working_days, is_working_day

CALENDAR = Calendar(
    {**dict.fromkeys(holidays, False), **dict.fromkeys(workdays, True)},
    date(max(holidays).year, 12, 31),
)
PLUS_TEN = {
    "2025-01-20": "2025-02-08",
    "2025-01-26": "2025-02-14",
    "2025-04-25": "2025-05-13",
    "2025-09-26": "2025-10-16",
    "2025-10-11": "2025-10-24",
    "2026-01-01": "2026-01-15",
    "2026-02-10": "2026-03-02",
    "2026-02-15": "2026-03-06",
    "2026-09-20": "2026-10-10",
    "2026-09-30": "2026-10-20",
    "2026-12-17": "2026-12-31",
}
SHARED = (
    Path(__file__).parents[3] / ".." / "shared" / "conformance" / "vectors" / "working_days.json"
)
DAYS = st.dates(date(2004, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(("start", "due"), PLUS_TEN.items())
def test_ten_working_days_end_where_the_official_calendar_says(start: str, due: str) -> None:
    deadline = add_working_days(date.fromisoformat(start), 10, CALENDAR)
    assert deadline.day == date.fromisoformat(due)
    if deadline.day <= date(2026, 12, 31):
        assert not deadline.provisional


def test_the_shared_vectors_hold() -> None:
    if not SHARED.exists():
        pytest.skip("the shared vectors are not here")
    vectors = json.loads(SHARED.read_text())
    for start, due in vectors["plus_10"].items():
        assert add_working_days(date.fromisoformat(start), 10, CALENDAR).day.isoformat() == due
    if CALENDAR.certain_until == date(2026, 12, 31):
        for start in vectors["past_official_notice"]:
            assert add_working_days(date.fromisoformat(start), 10, CALENDAR).provisional


def test_past_the_last_notice_weekdays_count_and_the_deadline_is_provisional() -> None:
    calendar = Calendar({}, date(2026, 12, 31))
    deadline = add_working_days(date(2026, 12, 18), 10, calendar)
    assert (deadline.day, deadline.provisional) == (date(2027, 1, 1), True)


def test_a_deadline_of_no_days_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        add_working_days(date(2026, 1, 5), 0, CALENDAR)


@given(DAYS, st.integers(1, 40))
def test_exactly_n_working_days_lie_between_start_and_deadline(start: date, n: int) -> None:
    due = add_working_days(start, n, CALENDAR).day
    between = [start + timedelta(days=k) for k in range(1, (due - start).days + 1)]
    assert sum(is_working_day(day, CALENDAR) for day in between) == n
    assert is_working_day(due, CALENDAR)
    assert count_working_days(start, due, CALENDAR) == n


def test_what_is_left_of_a_passed_deadline_is_nothing() -> None:
    assert count_working_days(date(2026, 3, 6), date(2026, 3, 2), CALENDAR) == 0
