"""Notices owed because of an adjustment: due on a working day, published once, on time or late."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from catalog.auth import Identity, Permission, require
from catalog.errors import Conflict, Invalid, missing, stale
from catalog.models import Adjustment, Notice
from catalog.services import audit, facts
from catalog.services.list_kinds import LIST_TYPES
from catalog.services.paging import Page, decode, encode
from catalog.workdays import Calendar, add_working_days
from schemas.records import Message
from schemas.vocabularies import AdjustmentKind, ListKind, NoticeState

_KINDS = {
    AdjustmentKind.ADD: "新增",
    AdjustmentKind.AMEND: "修改",
    AdjustmentKind.REPEAL: "废止",
    AdjustmentKind.OPEN: "转为公开",
}


def open_notice(
    session: Session,
    adjustment: Adjustment,
    *,
    edition_number: int,
    adjusted_on: date,
    calendar: Calendar,
    working_days: int,
) -> Notice:
    """Owe a notice from today on; the day of the adjustment itself does not count."""
    deadline = add_working_days(adjusted_on, working_days, calendar)
    name = LIST_TYPES[ListKind(adjustment.list_kind)].name
    notice = Notice(
        adjustment_id=adjustment.id,
        edition_number=edition_number,
        list_kind=adjustment.list_kind,
        title=f"{name}调整公告（第{edition_number}版）",
        body="",
        adjusted_on=adjusted_on,
        working_days=working_days,
        due_on=deadline.day,
        provisional=deadline.provisional,
    )
    session.add(notice)
    session.flush()
    return notice


def state_of(notice: Notice, today: date) -> NoticeState:
    """Where the notice stands today; in time means published on or before the due day."""
    if notice.published_on is not None:
        late = notice.published_on > notice.due_on
        return NoticeState.PUBLISHED_LATE if late else NoticeState.PUBLISHED
    return NoticeState.OVERDUE if today > notice.due_on else NoticeState.DUE


def _in_state(state: NoticeState, today: date) -> ColumnElement[bool]:
    unpublished = Notice.published_on.is_(None)
    return {
        NoticeState.DUE: and_(unpublished, Notice.due_on >= today),
        NoticeState.OVERDUE: and_(unpublished, Notice.due_on < today),
        NoticeState.PUBLISHED: Notice.published_on <= Notice.due_on,
        NoticeState.PUBLISHED_LATE: Notice.published_on > Notice.due_on,
    }[state]


def page(
    session: Session, *, state: str = "", now: datetime, after: str = "", limit: int = 50
) -> Page[Notice]:
    """Notices, newest adjustment first; all of them are public, those still owed too."""
    query = select(Notice).order_by(
        Notice.adjusted_on.desc(), Notice.edition_number.desc(), Notice.id
    )
    if state:
        if state not in set(NoticeState):
            raise Invalid(
                "notice-state",
                Message("There is no such state of a notice: %(state)s.", {"state": state}),
                Message("Use one of: %(states)s.", {"states": ", ".join(NoticeState)}),
                fields={"state": [Message("not a state of a notice")]},
            )
        query = query.where(_in_state(NoticeState(state), facts.day(now)))
    if after:
        day, edition, last = decode(after, date.fromisoformat, int, str)
        query = query.where(
            or_(
                Notice.adjusted_on < day,
                and_(Notice.adjusted_on == day, Notice.edition_number < edition),
                and_(
                    Notice.adjusted_on == day,
                    Notice.edition_number == edition,
                    Notice.id > last,
                ),
            )
        )
    rows = list(session.scalars(query.limit(limit + 1)))
    end = rows[limit - 1] if len(rows) > limit else None
    more = encode(end.adjusted_on, end.edition_number, end.id) if end else ""
    return Page(rows[:limit], more)


def get(session: Session, notice_id: str) -> Notice:
    """One notice."""
    notice = session.get(Notice, notice_id)
    if notice is None:
        raise missing("notice")
    return notice


def proposed_body(session: Session, notice: Notice) -> str:
    """The adjustment in words for the public, in Chinese as it is published: no internal wording."""
    adjustment = session.get(Adjustment, notice.adjustment_id)
    if adjustment is None:
        raise missing("adjustment")
    lines = []
    for n, change in enumerate(adjustment.changes, 1):
        name = change["item"].get("name", "")
        words = [_KINDS[AdjustmentKind(change["kind"])], change["number"], name]
        lines.append(f"{n}. {' '.join(word for word in words if word)}")
    ends = [f"调整原因：{adjustment.reason}", f"生效日期：{adjustment.effective_on}"]
    return "\n".join(lines + ends)


def publish(
    session: Session,
    actor: Identity,
    notice_id: str,
    *,
    body: str = "",
    expected: int | None = None,
    now: datetime,
) -> Notice:
    """Publish now: the day that counts is the day of this act, never a typed date.

    Without a body the adjustment is described in the product's own words.
    """
    require(actor, Permission.NOTICE_PUBLISH)
    notice = get(session, notice_id)
    session.refresh(
        notice, with_for_update=True
    )  # of two at once the second one sees what the first did
    if expected is not None and expected != notice.version:
        raise stale()
    if notice.published_on is not None:
        raise Conflict(
            "notice-published",
            Message(
                "This notice was published on %(day)s.", {"day": notice.published_on.isoformat()}
            ),
            Message("A published notice stays as it is; a correction is a new adjustment."),
        )
    notice.body = body.strip() or proposed_body(session, notice)
    notice.published_on = facts.day(now)
    notice.published_at = now
    notice.published_by = actor.name
    audit.record(
        session, actor, audit.AuditTag.NOTICE_PUBLISHED, "notice", notice.id,
        now=now, due_on=notice.due_on, state=state_of(notice, notice.published_on),
    )  # fmt: skip
    session.flush()
    return notice


def recount(session: Session, calendar: Calendar) -> int:
    """Count provisional due days again after a calendar was imported; how many days moved."""
    moved = 0
    for notice in session.scalars(select(Notice).where(Notice.provisional)):
        deadline = add_working_days(notice.adjusted_on, notice.working_days, calendar)
        moved += deadline.day != notice.due_on
        notice.due_on, notice.provisional = deadline.day, deadline.provisional
    session.flush()
    return moved
