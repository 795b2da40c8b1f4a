"""Everything that somebody owes by a day, in one list: what, who, until when, how late.

A duty is not stored; it is read off the thing that is owed, so that it can never disagree with it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload
from sqlalchemy.sql import ColumnElement

from catalog.auth import Identity
from catalog.models import Dataset, ExemptionItem, Notice, Request, Review, Unit
from catalog.services import calendars, departed_units, facts, guides, visibility
from catalog.services.item_checks import REVIEW_AFTER
from catalog.settings import ZONE, Settings
from catalog.workdays import Calendar, WorkingDays, add_working_days
from schemas.freshness import CYCLE_DAYS, overdue_from
from schemas.records import Message
from schemas.vocabularies import (
    DatasetState,
    DutyKind,
    DutyStage,
    GuidelineState,
    ListKind,
    RequestState,
    ReviewState,
    Role,
)

MOST = 5_000
"""Duties of one kind that are listed; the latest ones are left out."""
AHEAD = timedelta(days=92)
"""How far ahead duties are listed."""
CITY_ROLES = (Role.KEEPER, Role.ADMINISTRATOR, Role.AUDITOR)
"""Who owes, or watches over, what no single unit owes."""
_NOTICE_OF_NEXT_YEAR = 11
"""Month in which the State Council announces the calendar of the next year."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Something owed. ``unit`` is empty for the city; ``days`` are working days left, or late when
    negative; ``provisional`` 暂定 while the calendar of that day is not announced."""

    kind: DutyKind
    key: str
    title: str
    what: Message
    due_on: date
    url: str
    unit_id: int | None = None
    unit: str = ""
    unit_name: str = ""
    provisional: bool = False
    days: int = 0
    stage: DutyStage = DutyStage.OPEN


@dataclass(frozen=True, slots=True)
class View:
    """Whose duties are looked for: of these units (None: of all), and those of the city or not."""

    units: frozenset[int] | None
    city: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What a collector needs."""

    session: Session
    view: View
    today: date
    calendar: Calendar
    settings: Settings


def view_of(actor: Identity) -> View:
    """What the actor may know of: the duties of the own units, and of the city in its roles."""
    every = visibility.sees_all(actor)
    return View(
        None if every else visibility.own_units(actor), actor.system or actor.holds(*CITY_ROLES)
    )


def owed(
    session: Session, view: View, *, today: date, settings: Settings
) -> list[Duty]:  # fmt: skip
    """Every duty past its day or due within three months, the earliest first."""
    calendar = calendars.load(session)
    found = [
        duty
        for collect in COLLECTORS.values()
        for duty in collect(Look(session, view, today, calendar, settings))
    ]
    if not found:
        return []
    days = [today, *(duty.due_on for duty in found)]
    working = WorkingDays(min(days), max(days), calendar)
    staged = [_staged(duty, working.between(today, duty.due_on), today, settings) for duty in found]
    return sorted(staged, key=lambda one: (one.due_on, one.kind, one.title, one.key))


def _staged(duty: Duty, days: int, today: date, settings: Settings) -> Duty:
    stage = DutyStage.OPEN
    if today > duty.due_on:
        days = min(days, 0)
        late = -days >= settings.escalate_working_days
        stage = DutyStage.ESCALATED if late else DutyStage.OVERDUE
    elif days <= settings.remind_working_days:
        stage = DutyStage.SOON
    return replace(duty, days=days, stage=stage)


def _notices(look: Look) -> Iterator[Duty]:
    if not look.view.city:
        return
    query = select(Notice).where(Notice.published_on.is_(None)).order_by(Notice.due_on).limit(MOST)
    for one in look.session.scalars(query):
        yield Duty(
            DutyKind.NOTICE, f"notice:{one.id}", one.title,
            Message("Publish the notice of the adjustment of %(day)s.",
                    {"day": one.adjusted_on.isoformat()}),
            one.due_on, f"/notices#notice-{one.id}", provisional=one.provisional,
        )  # fmt: skip


def _item_reviews(look: Look) -> Iterator[Duty]:
    if not look.view.city:
        return
    query = select(ExemptionItem).where(
        ExemptionItem.valid_from <= look.today,
        or_(ExemptionItem.valid_to.is_(None), ExemptionItem.valid_to > look.today),
        ExemptionItem.review_by <= look.today + AHEAD,
    )
    for one in look.session.scalars(query.order_by(ExemptionItem.review_by).limit(MOST)):
        closes = one.list_kind == ListKind.NEGATIVE
        at = "/negative-list" if closes else f"/lists/{one.list_kind}"
        key = one.number if closes else f"{one.list_kind}:{one.number}"
        text = "Review whether the item still has to stay closed."
        if not closes:
            text = "Review whether the item is still right; amend it with a later review date, or repeal it."
        yield Duty(
            DutyKind.ITEM_REVIEW, f"item:{key}:{one.revision}", f"{one.number} {one.name}",
            Message(text), one.review_by, f"{at}/items/{one.number}",
        )  # fmt: skip


def _guidelines(look: Look) -> Iterator[Duty]:
    """Drafts to be decided before the day they are to take effect; editions that are a year old."""
    for guideline in guides.every(look.session) if look.view.city else []:
        for made in guideline.editions:
            if made.state == GuidelineState.DRAFT:
                yield Duty(
                    DutyKind.GUIDELINE, f"guideline:{guideline.slug}:{made.number}", made.title,
                    Message("Publish or refuse the draft: it is to take effect on this day."),
                    made.effective_on, f"/guides/{guideline.slug}/editions/{made.number}",
                )  # fmt: skip
        held = guides.in_force(guideline, look.today)
        if held is None or guides.is_replaced(guideline, held):
            continue
        due = held.effective_on + REVIEW_AFTER
        if due <= look.today + AHEAD:
            yield Duty(
                DutyKind.GUIDELINE, f"guideline-review:{guideline.slug}:{held.number}", held.title,
                Message("Review the guideline: its edition of %(day)s is a year old; publish the next one.",
                        {"day": str(held.effective_on)}),
                due, f"/guides/{guideline.slug}",
            )  # fmt: skip


def _departed_units(look: Look) -> Iterator[Duty]:
    """Items and guidelines that name a unit gone meanwhile: adjusted within the days of their notice."""
    found = departed_units.naming(look.session, look.today) if look.view.city else []
    for one in found[:MOST]:
        gone, after = one.unit, one.unit.successor
        params = {"unit": gone.name, "day": str(gone.roster_to)}
        text = "It names %(unit)s, which left the roster on %(day)s: amend it."
        if after is not None:
            params["successor"] = after.name
            text = "It names %(unit)s, which left the roster on %(day)s; %(successor)s took over: amend it."
        days = look.settings.notice_days(one.kind)
        due = add_working_days(gone.roster_to or look.today, days, look.calendar)
        amend = f"/negative-list/adjustments/new?list={one.kind}&kind=amend&item={one.key}"
        yield Duty(
            DutyKind.DEPARTED_UNIT, f"departed:{one.kind}:{one.key}:{gone.code}", one.title,
            Message(text, params), due.day, amend if one.kind else f"/guides/{one.key}",
            provisional=due.provisional,
        )  # fmt: skip


def _left_behind(look: Look) -> Iterator[Duty]:
    """What a unit that is gone left without anybody to answer for it."""
    found = departed_units.left_behind(look.session, look.today) if look.view.city else []
    for one in found[:MOST]:
        gone = one.unit
        days = look.settings.notice_working_days
        due = add_working_days(gone.roster_to or look.today, days, look.calendar)
        yield Duty(
            DutyKind.LEFT_BEHIND, f"left:{gone.code}", gone.name, one.said, due.day,
            f"/admin/units/{gone.code}", provisional=due.provisional,
        )  # fmt: skip


def _reviews(look: Look) -> Iterator[Duty]:
    query = (
        select(Review)
        .where(
            Review.state.in_((ReviewState.OPEN, ReviewState.REFERRED)),
            _of(Review.unit_id, look.view),
        )
        .options(joinedload(Review.dataset).joinedload(Dataset.unit))
    )
    for one in look.session.scalars(query.order_by(Review.due_on).limit(MOST)):
        day = one.submitted_at.astimezone(ZONE).date().isoformat()
        duty = Duty(
            DutyKind.REVIEW, f"review:{one.id}", one.dataset.title,
            Message("Decide the submission of %(day)s.", {"day": day}),
            one.due_on, f"/reviews/{one.id}",
            provisional=one.due_on > look.calendar.certain_until,
        )  # fmt: skip
        yield _of_unit(one.dataset.unit, duty)


def _updates(look: Look) -> Iterator[Duty]:
    """New data of published entries that give data, by the cycle that each declares."""
    last = look.today + AHEAD
    soon = or_(
        *(
            and_(Dataset.update_cycle == cycle, Dataset.modified <= last - timedelta(days=days))
            for cycle, days in CYCLE_DAYS.items()
        )
    )
    query = (
        select(Dataset)
        .where(
            Dataset.state == DatasetState.PUBLISHED,
            Dataset.openness.in_(facts.OPEN),
            soon,
            _of(Dataset.unit_id, look.view),
        )
        .options(joinedload(Dataset.unit))
    )
    for one in look.session.scalars(query.order_by(Dataset.modified).limit(MOST)):
        late_from = overdue_from(one.update_cycle, one.modified)
        if late_from is not None:
            duty = Duty(
                DutyKind.UPDATE, f"update:{one.id}", one.title,
                Message("Deliver new data; the last is of %(day)s.", {"day": str(one.modified)}),
                late_from - timedelta(days=1), f"/desk/datasets/{one.slug}",
            )  # fmt: skip
            yield _of_unit(one.unit, duty)


def _requests(look: Look) -> Iterator[Duty]:
    """Requests of the public by their number: what they say may be personal."""
    city = Request.unit_id.is_(None) if look.view.city else false()
    query = (
        select(Request)
        .where(Request.state == RequestState.OPEN, or_(_of(Request.unit_id, look.view), city))
        .options(joinedload(Request.unit))
    )
    for one in look.session.scalars(query.order_by(Request.due_on).limit(MOST)):
        day = one.received_at.astimezone(ZONE).date().isoformat()
        duty = Duty(
            DutyKind.REQUEST, f"request:{one.id}", one.number,
            Message("Answer the request of %(day)s.", {"day": day}),
            one.due_on, f"/requests/{one.id}", provisional=one.provisional,
        )  # fmt: skip
        yield _of_unit(one.unit, duty) if one.unit is not None else duty


def _calendar(look: Look) -> Iterator[Duty]:
    """The official notice of next year, by the last day whose deadlines are still certain."""
    last = look.calendar.certain_until
    season = look.today.month >= _NOTICE_OF_NEXT_YEAR
    if not look.view.city or last.year >= look.today.year + season:
        return
    due = last
    while add_working_days(due, look.settings.notice_working_days, look.calendar).provisional:
        due -= timedelta(days=1)
    year = last.year + 1
    yield Duty(
        DutyKind.CALENDAR, f"calendar:{year}", str(year),
        Message("Import the official calendar of %(year)s; deadlines past %(day)s are provisional.",
                {"year": str(year), "day": last.isoformat()}),
        due, "/admin/calendar",
    )  # fmt: skip


def _of(column: InstrumentedAttribute[Any], view: View) -> ColumnElement[bool]:
    if view.units is None:
        return true()
    return column.in_(view.units) if view.units else false()


def _of_unit(unit: Unit, duty: Duty) -> Duty:
    return replace(duty, unit_id=unit.id, unit=unit.code, unit_name=unit.name)


COLLECTORS: dict[DutyKind, Callable[[Look], Iterator[Duty]]] = {
    DutyKind.NOTICE: _notices,
    DutyKind.ITEM_REVIEW: _item_reviews,
    DutyKind.DEPARTED_UNIT: _departed_units,
    DutyKind.LEFT_BEHIND: _left_behind,
    DutyKind.GUIDELINE: _guidelines,
    DutyKind.REVIEW: _reviews,
    DutyKind.UPDATE: _updates,
    DutyKind.REQUEST: _requests,
    DutyKind.CALENDAR: _calendar,
}
"""Kind of duty -> who finds those that are owed."""


def counts(found: Sequence[Duty]) -> dict[str, int]:
    """Duties by stage."""
    return {stage.value: sum(one.stage == stage for one in found) for stage in DutyStage}
