"""The report of a period that officials hand in: one unit, or the city; tables first, charts of them.

Every table is plain values, so that page, workbook and CSV say the same. Rates are those of the
period's last day as known now; where a frozen result stands, it is named.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, true
from sqlalchemy.orm import Session

from catalog.auth import Identity, Permission, Subject, require
from catalog.errors import Invalid
from catalog.models import ExemptionItem, ExemptionLink, Notice, Request, Review, Unit
from catalog.services import assessments, notices, openness, periods, snapshots, units
from catalog.services.openness import OPEN, Counts, Point, Rate
from catalog.services.openness_counts import classified, covering_links
from catalog.services.periods import Period
from catalog.settings import ZONE
from schemas.records import Message
from schemas.vocabularies import Basis, ListKind, NoticeState, RequestState, ReviewState

Cell = str | int | date | Message | Rate | None


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a report. ``kinds`` name the words of a column's codes (``_macros/status.html``)."""

    name: str
    title: Message
    head: tuple[Message, ...]
    rows: tuple[tuple[Cell, ...], ...]
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A period's report: of the unit, or of the city when there is none."""

    period: Period
    unit: Unit | None
    as_of: date
    definition: str
    edition: int | None
    roster: int
    snapshot: str
    points: tuple[Point, ...]
    tables: tuple[Table, ...]


BASES = {
    Basis.ALL: Message("Of all entries"),
    Basis.DUE: Message("Of the entries due to open"),
    Basis.FIELD: Message("Of the fields"),
    Basis.VOLUME: Message("Of the records"),
}
FIGURE, START, END = Message("Figure"), Message("Before the period"), Message("At its end")
COUNT = Message("Count")


def make(
    session: Session, actor: Identity, name: str, *, unit_code: str = "", today: date
) -> Report:
    """The report of a period; a period that is still going on is reported until today.

    A unit's report is for its own people, the city's for who oversees it.
    """
    unit = units.get(session, unit_code) if unit_code else None
    require(actor, Permission.REPORT_READ, Subject(unit.id if unit else None))
    period = periods.read(name)
    if period.start > today:
        raise Invalid(
            "period-not-begun",
            Message("The period %(name)s has not begun.", {"name": period.name}),
            Message("Choose a period that has begun."),
            fields={"period": [Message("has not begun yet")]},
        )
    on = min(period.end, today)
    found = openness.rates(session, as_of=on)
    frozen = snapshots.newest(session, period.name)
    unit_id = unit.id if unit else None
    tables = [
        _rates(session, period, on, unit),
        _classes(session, on, unit),
        *([] if unit else [_ranking(session, on)]),
        _grounds(session, on, unit_id),
        *([] if unit else [_adjustments(session, period, today), _overdue_items(session, on)]),
        _reviews(session, period, unit_id),
        _updates(session, on, unit_id),
        _requests(session, period, today, unit_id),
        _assessments(session, period, unit_id),
    ]
    points = openness.trend(session, period.start, on, unit.code if unit else "")
    return Report(
        period, unit, on, found.definition, found.edition, found.roster,
        frozen.id if frozen else "", tuple(points), tuple(tables),
    )  # fmt: skip


def _point(session: Session, on: date, unit: Unit | None) -> tuple[Counts, Rate, Rate]:
    point = openness.trend(session, on, on, unit.code if unit else "")[-1]
    return point.counts, point.unit_rate, point.verified_unit_rate


def _rates(session: Session, period: Period, on: date, unit: Unit | None) -> Table:
    before, units_before, verified_before = _point(session, period.start - timedelta(days=1), unit)
    after, units_after, verified_after = _point(session, on, unit)
    rows: list[tuple[Cell, ...]] = []
    if unit is None:
        rows = [
            (Message("Units that open data"), units_before, units_after),
            (Message("Units that open data, verified"), verified_before, verified_after),
        ]
    for basis, label in BASES.items():
        rows.append((label, before.data_rate()[basis], after.data_rate()[basis]))
    old, new = before.verified_rate(), after.verified_rate()
    rows.append((Message("Verified, of all entries"), old[Basis.ALL], new[Basis.ALL]))
    rows.append((Message("Verified, of the entries due"), old[Basis.DUE], new[Basis.DUE]))
    return Table("rates", Message("Openness rates"), (FIGURE, START, END), tuple(rows))


def _classes(session: Session, on: date, unit: Unit | None) -> Table:
    counts = _point(session, on, unit)[0]
    rows = tuple((str(name), count) for name, count in counts.by_class().items())
    return Table(
        "classes", Message("Entries by class"), (Message("Class"), COUNT), rows, ("class",)
    )


def _ranking(session: Session, on: date) -> Table:
    listed = [one for one in openness.by_unit(session, on) if one.on_roster]
    listed.sort(key=lambda one: (-_share(one.counts.data_rate()[Basis.ALL]), one.name))
    rows = tuple(
        (one.name, one.counts.entries, one.counts.opened, one.counts.withheld,
         one.counts.data_rate()[Basis.ALL], one.counts.data_rate()[Basis.DUE])
        for one in listed
    )  # fmt: skip
    head = (
        Message("Unit"), Message("Entries"), Message("Opened"), Message("Withheld"),
        BASES[Basis.ALL], BASES[Basis.DUE],
    )  # fmt: skip
    return Table("units", Message("Units ranked"), head, rows)


def _share(rate: Rate) -> float:
    return rate.n / rate.d if rate.d else -1.0


def _grounds(session: Session, on: date, unit_id: int | None) -> Table:
    """Items in force by ground, and the entries that they close."""
    force = and_(
        ExemptionItem.list_kind == ListKind.NEGATIVE, ExemptionItem.valid_from <= on,
        or_(ExemptionItem.valid_to.is_(None), ExemptionItem.valid_to > on),
    )  # fmt: skip
    every = select(ExemptionItem.ground, func.count()).where(force)
    items = dict(_pairs(session, every.group_by(ExemptionItem.ground)))
    row = classified(on, None).subquery().c
    of_unit = row.unit_id == unit_id if unit_id is not None else true()
    closed = (
        select(ExemptionItem.ground, func.count(func.distinct(ExemptionLink.dataset_id)))
        .join(ExemptionLink, ExemptionLink.item_number == ExemptionItem.number)
        .join(row.dataset_id.table, row.dataset_id == ExemptionLink.dataset_id)
        .where(force, covering_links(on, None), row.klass == openness.Class.WITHHELD, of_unit)
        .group_by(ExemptionItem.ground)
    )
    entries = dict(_pairs(session, closed))
    rows = tuple((ground, items[ground], entries.get(ground, 0)) for ground in sorted(items))
    head = (Message("Ground"), Message("Items in force"), Message("Entries closed"))
    return Table("grounds", Message("The negative list by ground"), head, rows, ("ground",))


def _pairs(session: Session, query: Any) -> list[tuple[str, int]]:
    return [(str(name), int(count)) for name, count in session.execute(query)]


def _adjustments(session: Session, period: Period, today: date) -> Table:
    query = select(Notice).where(Notice.adjusted_on.between(period.start, period.end))
    rows = tuple(
        (one.title, one.adjusted_on, one.due_on, one.published_on,
         notices.state_of(one, today).value)
        for one in session.scalars(query.order_by(Notice.adjusted_on, Notice.id))
    )  # fmt: skip
    ended = [row for row in rows if row[4] != NoticeState.DUE]
    on_time = sum(row[4] == NoticeState.PUBLISHED for row in ended)
    head = (
        Message("Notice"), Message("Adjusted on"), Message("Due by"), Message("Published on"),
        Message("State"),
    )  # fmt: skip
    last = (Message("Published on time"), None, None, None, Rate(on_time, len(ended)))
    kinds = ("", "", "", "", "notice")
    return Table(
        "adjustments", Message("Adjustments and their notices"), head, (*rows, last), kinds
    )


def _overdue_items(session: Session, on: date) -> Table:
    query = select(ExemptionItem).where(
        ExemptionItem.list_kind == ListKind.NEGATIVE, ExemptionItem.valid_from <= on,
        or_(ExemptionItem.valid_to.is_(None), ExemptionItem.valid_to > on),
        ExemptionItem.review_by < on,
    )  # fmt: skip
    rows = tuple(
        (one.number, one.name, one.review_by)
        for one in session.scalars(query.order_by(ExemptionItem.review_by))
    )
    head = (Message("Item"), Message("Name"), Message("Review by"))
    return Table("item-reviews", Message("Items whose review is overdue"), head, rows)


def _moments(period: Period) -> tuple[datetime, datetime]:
    begins = datetime.combine(period.start, time.min, ZONE)
    return begins, datetime.combine(period.end + timedelta(days=1), time.min, ZONE)


def _reviews(session: Session, period: Period, unit_id: int | None) -> Table:
    begins, ends = _moments(period)
    of_unit = Review.unit_id == unit_id if unit_id is not None else true()
    held = session.execute(
        select(Review.state, Review.closed_at, Review.due_on).where(
            of_unit, Review.submitted_at >= begins, Review.submitted_at < ends
        )
    ).all()
    states = Counter(state for state, _, _ in held)
    closed = [(at, due) for state, at, due in held
              if at is not None and state in (ReviewState.PASSED, ReviewState.RETURNED)]  # fmt: skip
    on_time = sum(at.astimezone(ZONE).date() <= due for at, due in closed)
    rows: list[tuple[Cell, ...]] = [(state.value, states[state.value]) for state in ReviewState]
    rows.append((Message("Decided on time"), Rate(on_time, len(closed))))
    head = (Message("State"), COUNT)
    return Table("reviews", Message("Confidentiality reviews"), head, tuple(rows), ("review",))


def _updates(session: Session, on: date, unit_id: int | None) -> Table:
    """Open entries with a cycle: how many are not late (更新及时率); others only counted."""
    row = classified(on, None).subquery().c
    of_unit = row.unit_id == unit_id if unit_id is not None else true()
    query = select(row.overdue_from.is_(None), row.fresh, func.count()).where(
        row.klass.in_(OPEN), of_unit
    )
    held = [
        (bool(free), bool(fresh), int(count))
        for free, fresh, count in session.execute(
            query.group_by(row.overdue_from.is_(None), row.fresh)
        )
    ]
    cyclic = sum(count for free, _, count in held if not free)
    kept = sum(count for free, fresh, count in held if not free and fresh)
    rows: tuple[tuple[Cell, ...], ...] = (
        (Message("Updated in time"), Rate(kept, cyclic)),
        (Message("Late"), cyclic - kept),
        (Message("Without a fixed cycle"), sum(count for free, _, count in held if free)),
    )
    return Table("updates", Message("Punctuality of updates"), (FIGURE, COUNT), rows)


def _requests(session: Session, period: Period, today: date, unit_id: int | None) -> Table:
    begins, ends = _moments(period)
    of_unit = Request.unit_id == unit_id if unit_id is not None else true()
    held = session.execute(
        select(Request.kind, Request.state, Request.replied_on, Request.due_on).where(
            of_unit, Request.received_at >= begins, Request.received_at < ends
        )
    ).all()
    rows: list[tuple[Cell, ...]] = []
    for kind in sorted({row.kind for row in held}):
        some = [row for row in held if row.kind == kind]
        answered = [row for row in some if row.state == RequestState.ANSWERED]
        late = sum(row.state != RequestState.ANSWERED and row.due_on < today for row in some)
        kept = sum(row.replied_on is not None and row.replied_on <= row.due_on for row in answered)
        rows.append((kind, len(some), len(answered), Rate(kept, len(answered) + late)))
    head = (Message("Kind"), Message("Received"), Message("Answered"), Message("Answered on time"))
    return Table("requests", Message("Requests of the public"), head, tuple(rows), ("request",))


def _assessments(session: Session, period: Period, unit_id: int | None) -> Table:
    found = assessments.listed(session, unit_id=unit_id, span=(period.start, period.end))
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
