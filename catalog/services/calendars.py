"""The calendar table: seeded from chinesecalendar, completed from each year's official notice.

Only days that differ from Monday to Friday need a row. A year counts as announced once its New
Year's Day and National Day stand in the table, which every notice of the State Council names.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from itertools import count

from chinese_calendar import Holiday
from chinese_calendar.constants import holidays, workdays
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.auth import Identity, Permission, require
from catalog.errors import Invalid
from catalog.models import CalendarDay, Request, Review
from catalog.services import audit, notices
from catalog.settings import ZONE, Settings
from catalog.workdays import Calendar, add_working_days
from schemas.records import Message
from schemas.vocabularies import ReviewState

_FIRST_YEAR = min(holidays).year
_WORK = {"work", "1", "true", "yes", "班", "上班", "工作日"}
_REST = {"rest", "0", "false", "no", "休", "放假", "休息日"}
REVIEW_DAYS: int = Settings.model_fields["review_working_days"].default
COLUMNS = ("date", "kind", "name")


@dataclass(frozen=True, slots=True)
class CalendarImport:
    """What an import did: days written, the last day that is certain now, notices, reviews and
    requests whose day moved."""

    days: int
    certain_until: date
    moved_notices: int
    moved_reviews: int = 0
    moved_requests: int = 0


def seed(session: Session) -> int:
    """Write the days that the library knows and the table does not; the number of days written."""
    known = set(session.scalars(select(CalendarDay.day)))
    source = f"chinesecalendar {version('chinesecalendar')}"
    rows = [
        CalendarDay(
            day=day,
            is_workday=worked,
            name=Holiday(name).chinese + ("调休上班" if worked else ""),
            source=source,
            certain=True,
        )
        for days, worked in ((holidays, False), (workdays, True))
        for day, name in days.items()
        if day not in known
    ]
    session.add_all(rows)
    session.flush()
    return len(rows)


def certain_until(session: Session) -> date:
    """The last day of the last year announced without a gap before it."""
    days = set(session.scalars(select(CalendarDay.day).where(CalendarDay.certain)))
    for year in count(_FIRST_YEAR):
        if date(year, 1, 1) not in days or date(year, 10, 1) not in days:
            return date(year - 1, 12, 31)
    raise AssertionError  # pragma: no cover  (years do not end)


def load(session: Session, years: Iterable[int] = ()) -> Calendar:
    """The calendar of these years, or of all; what lies past them is provisional."""
    until = certain_until(session)
    query = select(CalendarDay.day, CalendarDay.is_workday)
    wanted = sorted(years)
    if wanted:
        last = date(wanted[-1], 12, 31)
        query = query.where(CalendarDay.day >= date(wanted[0], 1, 1), CalendarDay.day <= last)
        until = min(until, last)
    return Calendar(dict(session.execute(query).all()), until)


def _read(index: int, row: Mapping[str, str], errors: dict[str, list[Message]]) -> CalendarDay:
    kind = row.get("kind", "").strip().lower()
    day = date.min
    try:
        day = date.fromisoformat(row.get("date", "").strip())
    except ValueError:
        errors[f"rows.{index}.date"] = [Message("Write the date as YYYY-MM-DD.")]
    if kind not in _WORK | _REST:
        errors[f"rows.{index}.kind"] = [Message("Say work or rest.")]
    return CalendarDay(day=day, is_workday=kind in _WORK, name=row.get("name", "").strip()[:60])


def _check_said_once(days: Sequence[CalendarDay], errors: dict[str, list[Message]]) -> None:
    """Refuse a day that one notice says is free and worked."""
    said: dict[date, bool] = {}
    for index, one in enumerate(days):
        read = f"rows.{index}.date" not in errors
        if read and said.setdefault(one.day, one.is_workday) != one.is_workday:
            text = "Another row says the opposite of %(day)s."
            errors.setdefault(f"rows.{index}.kind", []).append(
                Message(text, {"day": one.day.isoformat()})
            )


def import_days(
    session: Session,
    actor: Identity,
    rows: Iterable[Mapping[str, str]],
    *,
    source: str = "",
    now: datetime,
    review_days: int = REVIEW_DAYS,
) -> CalendarImport:
    """Enter the days of an official notice: ``date``, ``kind`` (work or rest), ``name``.

    Later rows win over what the table said. Deadlines that were provisional are counted again.
    """
    require(actor, Permission.CALENDAR_MANAGE)
    before = certain_until(session)
    errors: dict[str, list[Message]] = {}
    days = [_read(index, row, errors) for index, row in enumerate(rows)]
    _check_said_once(days, errors)
    if errors or not days:
        raise Invalid(
            "calendar-rows",
            Message("The list of days cannot be read; nothing was changed."),
            Message("Give each row a date, work or rest, and a name."),
            fields=errors or {"rows": [Message("The list is empty.")]},
        )
    for day in days:
        day.source, day.certain = source[:100], True
        session.merge(day)
    session.flush()
    calendar = load(session)
    moved = notices.recount(session, calendar)
    reviews_moved = _recount_reviews(session, before, calendar, review_days)
    requests_moved = _recount_requests(session, calendar)
    audit.record(
        session, actor, audit.AuditTag.CALENDAR_IMPORTED, "calendar", source or "notice",
        now=now, days=len(days), certain_until=calendar.certain_until, moved_notices=moved,
        moved_reviews=reviews_moved, moved_requests=requests_moved,
    )  # fmt: skip
    return CalendarImport(len(days), calendar.certain_until, moved, reviews_moved, requests_moved)


def _recount_reviews(session: Session, before: date, calendar: Calendar, days: int) -> int:
    """Count again the day of open reviews that lay past the last official notice."""
    moved = 0
    pending = (ReviewState.OPEN, ReviewState.REFERRED)
    for review in session.scalars(
        select(Review).where(Review.state.in_(pending), Review.due_on > before)
    ):
        start = review.submitted_at.astimezone(ZONE).date()
        due_on = add_working_days(start, days, calendar).day
        moved += due_on != review.due_on
        review.due_on = due_on
    session.flush()
    return moved


def _recount_requests(session: Session, calendar: Calendar) -> int:
    """Count again the provisional day of requests; an extension is as many working days again."""
    moved = 0
    for one in session.scalars(select(Request).where(Request.provisional)):
        start = one.received_at.astimezone(ZONE).date()
        due = add_working_days(start, one.working_days, calendar)
        if one.extension_reason:
            due = add_working_days(due.day, one.working_days, calendar)
        moved += due.day != one.due_on
        one.due_on, one.provisional = due.day, due.provisional
    session.flush()
    return moved
