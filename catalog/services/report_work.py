"""The work of a period in its report: adjustments, reviews, requests, assessments.

Each stands as it stood at the end of the period, so that the report printed later says the same. What
had to be done by a day is decided on the day it was done or, not being done, on the day it was due: in
one period only.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from sqlalchemy import or_, select, true
from sqlalchemy.orm import Session

from catalog.models import Notice, Request, Review
from catalog.services import assessments, editions
from catalog.services.openness import Rate
from catalog.services.report_tables import COUNT, Cell, Span, Table
from catalog.settings import ZONE
from schemas.records import Message
from schemas.vocabularies import NoticeState, ReviewState


def tables(session: Session, span: Span) -> list[Table]:
    """The tables of the work; those about lists in the report of the city only."""
    lists = [_adjustments(session, span), _overdue_items(session, span)]
    return [
        *(lists if span.unit_id is None else []),
        _reviews(session, span),
        _requests(session, span),
        _assessments(session, span),
    ]


def _begins(span: Span) -> datetime:
    return datetime.combine(span.period.start, time.min, ZONE)


def _ends(span: Span) -> datetime:
    return datetime.combine(span.on + timedelta(days=1), time.min, ZONE)


def _by_then(day: date | None, span: Span) -> date | None:
    """The day something was done, when it had been done by the end."""
    return day if day is not None and day <= span.on else None


def _decided(done: date | None, due: date, span: Span) -> bool:
    """Whether it was decided in the period if something was done in time: when it was done, or when the
    day had passed."""
    on = done if done is not None and done <= due else due + timedelta(days=1)
    return span.period.start <= on <= span.on


def _on_time(some: Iterable[tuple[date | None, date]], span: Span) -> Rate:
    """Of what was decided in the period (day done, day due), what was done in time."""
    decided = [(done, due) for done, due in some if _decided(done, due, span)]
    return Rate(sum(done is not None and done <= due for done, due in decided), len(decided))


def _adjustments(session: Session, span: Span) -> Table:
    """Notices of the adjustments of the period, and those of earlier ones that were decided in it."""
    query = select(Notice).where(
        Notice.adjusted_on <= span.on,
        or_(Notice.adjusted_on >= span.period.start, Notice.published_on.is_(None),
            Notice.published_on >= span.period.start),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    times = []
    for one in session.scalars(query.order_by(Notice.adjusted_on, Notice.id)):
        published = _by_then(one.published_on, span)
        if one.adjusted_on < span.period.start and not _decided(published, one.due_on, span):
            continue
        state = _state(published, one.due_on, span.on).value
        rows.append((one.title, one.adjusted_on, one.due_on, published, state))
        times.append((published, one.due_on))
    head = (
        Message("Notice"), Message("Adjusted on"), Message("Due by"), Message("Published on"),
        Message("State"),
    )  # fmt: skip
    last = (Message("Published on time"), None, None, None, _on_time(times, span))
    kinds = ("", "", "", "", "notice")
    return Table(
        "adjustments", Message("Adjustments and their notices"), head, (*rows, last), kinds
    )


def _state(published: date | None, due: date, end: date) -> NoticeState:
    if published is not None:
        return NoticeState.PUBLISHED_LATE if published > due else NoticeState.PUBLISHED
    return NoticeState.OVERDUE if end > due else NoticeState.DUE


def _overdue_items(session: Session, span: Span) -> Table:
    """By the edition of the day, so that an item amended since is shown as it was."""
    held = editions.content_on(session, span.on, span.known_at)
    late = [one for one in held if one["review_by"] < span.on.isoformat()]
    rows = tuple(
        (one["number"], one["name"], date.fromisoformat(one["review_by"]))
        for one in sorted(late, key=lambda one: (one["review_by"], one["number"]))
    )
    head = (Message("Item"), Message("Name"), Message("Review by"))
    return Table("item-reviews", Message("Items whose review is overdue"), head, rows)


def _reviews(session: Session, span: Span) -> Table:
    """Submissions of the period by the state they had at its end; on time, whenever submitted."""
    begins, ends = _begins(span), _ends(span)
    of_unit = Review.unit_id == span.unit_id if span.unit_id is not None else true()
    open_since = or_(Review.closed_at.is_(None), Review.closed_at >= begins)
    held = session.execute(
        select(Review.state, Review.submitted_at, Review.closed_at, Review.due_on).where(
            of_unit, Review.submitted_at < ends, or_(Review.submitted_at >= begins, open_since)
        )
    ).all()
    states: Counter[ReviewState] = Counter()
    for row in held:
        if row.submitted_at >= begins:
            later = row.closed_at is not None and row.closed_at >= ends
            states[ReviewState.OPEN if later else row.state] += 1
    decided = [
        (_by_then(row.closed_at.astimezone(ZONE).date() if row.closed_at else None, span), row.due_on)
        for row in held
        if row.state != ReviewState.VOIDED
    ]  # fmt: skip
    rows: list[tuple[Cell, ...]] = [(state.value, states[state]) for state in ReviewState]
    rows.append((Message("Decided on time"), _on_time(decided, span)))
    head = (Message("State"), COUNT)
    return Table("reviews", Message("Confidentiality reviews"), head, tuple(rows), ("review",))


def _requests(session: Session, span: Span) -> Table:
    """By kind: received in the period, answered in it, and of what was decided in it, on time."""
    begins, ends = _begins(span), _ends(span)
    start = span.period.start
    of_unit = Request.unit_id == span.unit_id if span.unit_id is not None else true()
    waited = or_(Request.replied_on.is_(None), Request.replied_on >= start)
    held = session.execute(
        select(Request.kind, Request.received_at, Request.replied_on, Request.due_on).where(
            of_unit, Request.received_at < ends, or_(Request.received_at >= begins, waited)
        )
    ).all()
    rows: list[tuple[Cell, ...]] = []
    for kind in sorted({row.kind for row in held}):
        some = [row for row in held if row.kind == kind]
        replied = [_by_then(row.replied_on, span) for row in some]
        rows.append(
            (
                kind,
                sum(row.received_at >= begins for row in some),
                sum(day is not None and day >= start for day in replied),
                _on_time(zip(replied, (row.due_on for row in some), strict=True), span),
            )
        )
    head = (
        Message("Kind"), Message("Requests received"), Message("Requests answered"),
        Message("Answered on time"),
    )  # fmt: skip
    return Table("requests", Message("Requests of the public"), head, tuple(rows), ("request",))


def _assessments(session: Session, span: Span) -> Table:
    found = assessments.listed(
        session, unit_id=span.unit_id, span=(span.period.start, span.period.end)
    )
    rows = tuple(
        (one.title, one.source, one.assessed_on, result["indicator"],
         result["value"] + (f" / {result['of']}" if result["of"] else ""))
        for one, _ in found
        for result in one.results
    )  # fmt: skip
    head = (
        Message("Assessment"), Message("Source"), Message("Date"), Message("Indicator"),
        Message("Result"),
    )  # fmt: skip
    return Table("assessments", Message("Assessments by third parties"), head, rows)
