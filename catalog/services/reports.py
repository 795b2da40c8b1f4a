"""The report of a period that officials hand in: one unit, or the city; tables first, charts of them.

Rates are those of the period's last day. Once the period is frozen they are what the frozen result says,
whatever is corrected later: then a restatement has a report of its own, with the difference and the
reason.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import and_, func, or_, select, true
from sqlalchemy.orm import Session

from catalog.auth import Identity, Permission, Subject, require
from catalog.errors import Invalid
from catalog.models import ExemptionItem, ExemptionLink, Snapshot, Unit
from catalog.services import (
    openness,
    periods,
    report_work,
    rosters,
    scopes,
    snapshot_history,
    snapshots,
    units,
)
from catalog.services.editions import content_on, edition_on
from catalog.services.openness import OPEN, Counts, Point, Rate
from catalog.services.openness_counts import classified, covering_links
from catalog.services.periods import Period
from catalog.services.report_tables import COUNT, FIGURE, Cell, Span, Table
from catalog.services.snapshot_history import Day
from catalog.services.targets import Targets
from schemas.records import Message
from schemas.vocabularies import Basis, ListKind, RateKind, TargetScope

__all__ = ["Cell", "Report", "Table", "make"]
Aims = Callable[[date, datetime | None], Targets]


@dataclass(frozen=True, slots=True)
class Report:
    """A period's report: of the unit, or of the city when there is none.

    ``frozen`` is the frozen result whose knowledge it tells, ``due`` whether corrections recorded since
    ask for a restatement, ``later`` the id of the restatement that has replaced it, or empty.
    """

    period: Period
    unit: Unit | None
    as_of: date
    definition: str
    edition: int | None
    roster: int
    frozen: Snapshot | None
    due: bool
    later: str
    points: tuple[Point, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class _Known(Span):
    """``held`` are the days that the frozen result keeps, ``names`` its units by code."""

    unit: Unit | None
    held: Mapping[date, Day]
    names: Mapping[str, str]


def make(
    session: Session,
    actor: Identity,
    name: str,
    *,
    unit_code: str = "",
    snapshot_id: str = "",
    aims: Aims,
    today: date,
) -> Report:
    """The report of a period; a period that is still going on is reported until today.

    ``snapshot_id`` asks for the report as an earlier frozen result of the period tells it; ``aims`` gives
    the targets in force on a day as known at a moment. A unit's report is for its own people, the
    city's for who oversees it.
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
    frozen = _frozen(session, period, snapshot_id)
    known_at = frozen.known_at if frozen else None
    on = min(period.end, today)
    held = snapshot_history.kept(frozen)
    names = frozen.unit_names if frozen else {}
    span = _Known(period, on, unit.id if unit else None, known_at, unit, held, names)
    edition = edition_on(session, on, known_at)
    later = snapshots.restatements(session, [frozen]) if frozen else {}
    return Report(
        period, unit, on, frozen.definition if frozen else openness.DEFINITION,
        edition.number if edition else None, _roster(session, span, frozen), frozen,
        bool(frozen and snapshots.corrected_since(session, frozen)),
        later.get(frozen.id, "") if frozen else "",
        tuple(_points(session, span)), tuple(_tables(session, span, frozen, aims(on, known_at))),
    )  # fmt: skip


def _roster(session: Session, span: _Known, frozen: Snapshot | None) -> int:
    listed = () if frozen else rosters.listed(session, span.on, span.known_at).values()
    return frozen.roster if frozen else sum(one.on_roster for one in listed)


def _points(session: Session, span: _Known) -> list[Point]:
    """The ends of the months, as the frozen result keeps them, else as counted for that moment."""
    code = span.unit.code if span.unit else ""
    days = openness.months(span.period.start, span.on)
    if span.held.keys() >= set(days):
        return [span.held[day].point(day, code) for day in days]
    return openness.trend(session, span.period.start, span.on, code, recorded_before=span.known_at)


def _frozen(session: Session, period: Period, snapshot_id: str) -> Snapshot | None:
    if not snapshot_id:
        return snapshots.newest(session, period.name)
    found = snapshots.get(session, snapshot_id)
    if found.period == period.name:
        return found
    raise Invalid(
        "other-period",
        Message("The snapshot is of the period %(name)s.", {"name": found.period}),
        Message("Leave the snapshot out, or ask for the report of its period."),
        fields={"snapshot": [Message("is not of this period")]},
    )


def _tables(session: Session, span: _Known, frozen: Snapshot | None, aims: Targets) -> list[Table]:
    return [
        _rates(session, span, aims),
        *(_restated(frozen, span.unit) if frozen and frozen.restates_id else []),
        _classes(session, span),
        *([] if span.unit else [_ranking(session, span)]),
        _grounds(session, span),
        _updates(session, span),
        *report_work.tables(session, span),
    ]


def _figures(session: Session, on: date, span: _Known) -> tuple[dict[str, Rate], Counts]:
    """The rates of a day by their names in a frozen result, and the counts they are made of."""
    if on in span.held:
        return _kept(span.held[on], span.unit)
    if span.unit is None:
        whole = openness.rates(session, as_of=on, recorded_before=span.known_at)
        shares = {f"unit_rate.{name}": rate for name, rate in whole.unit_rate.items()}
        shares["verified_unit_rate.all"] = whole.verified_unit_rate["all"]
        counts = whole.counts
    else:
        shares = {}
        found = openness.of_unit(session, span.unit.code, on, span.known_at)
        counts = found.counts if found else Counts()
    return shares | _shares(counts), counts


def _shares(counts: Counts) -> dict[str, Rate]:
    found = {f"data_rate.{basis}": rate for basis, rate in counts.data_rate().items()}
    verified = counts.verified_rate().items()
    return found | {f"verified_data_rate.{basis}": rate for basis, rate in verified}


def _kept(day: Day, unit: Unit | None) -> tuple[dict[str, Rate], Counts]:
    if unit is not None:
        counts = day.point(date.min, unit.code).counts
        return _shares(counts), counts
    names = [name for name in day.figures if name.startswith("unit_rate.")]
    shares = {name: day.figures[name] for name in (*names, "verified_unit_rate.all")}
    return shares | _shares(day.counts), day.counts


def _rates(session: Session, span: _Known, aims: Targets) -> Table:
    before, _ = _figures(session, span.period.start - timedelta(days=1), span)
    after, _ = _figures(session, span.on, span)
    goals = {f"data_rate.{Basis.ALL}": _goal(session, aims, span.unit)}
    if span.unit is None:
        goals["unit_rate.all"] = aims.of(RateKind.UNIT).value
    rows = tuple(
        (name, before[name], rate, *_against(rate, goals.get(name))) for name, rate in after.items()
    )
    head = (
        FIGURE, Message("Before the period"), Message("At its end"), Message("Target"),
        Message("Short of the target by"),
    )  # fmt: skip
    return Table("rates", Message("Openness rates"), head, rows, ("figure",))


def _goal(session: Session, aims: Targets, unit: Unit | None) -> Fraction:
    if unit is None:
        return aims.of(RateKind.DATA).value
    above = scopes.find(session, TargetScope.UNIT, unit.code).above
    return aims.of(RateKind.DATA, TargetScope.UNIT, unit.code, above).value


def _against(rate: Rate, goal: Fraction | None) -> tuple[Cell, Cell]:
    """The target and how many are missing to reach it, compared as exact fractions."""
    if goal is None:
        return None, None
    if rate.d == 0:
        return goal, None
    met = openness.meets(rate.n, rate.d, goal)
    return goal, Message("met") if met else openness.gap_to_target(rate.n, rate.d, goal)


def _restated(frozen: Snapshot, unit: Unit | None) -> list[Table]:
    """What the restatement changed of the platform, or of the unit."""
    place = ("unit", unit.code) if unit else ("platform", "")
    rows = tuple(
        (figure, Rate(*before) if before else None, Rate(*after) if after else None)
        for scope, key, figure, before, after in frozen.difference
        if (scope, key) == place and not figure.startswith("class.")
    )
    head = (FIGURE, Message("Before"), Message("After"))
    title = Message("What the restatement changed")
    return [Table("restatement", title, head, rows, ("figure",))]


def _classes(session: Session, span: _Known) -> Table:
    _, counts = _figures(session, span.on, span)
    rows = tuple((str(name), count) for name, count in counts.by_class().items())
    return Table(
        "classes", Message("Entries by class"), (Message("Class"), COUNT), rows, ("class",)
    )


def _ranking(session: Session, span: _Known) -> Table:
    held = span.held.get(span.on)
    if held is not None:
        listed = [
            (span.names.get(code, code), counts)
            for code, (counts, share, _) in held.units.items()
            if share.d
        ]
    else:
        every = openness.by_unit(session, span.on, span.known_at)
        listed = [(one.name, one.counts) for one in every if one.on_roster]
    listed.sort(key=lambda one: (-_share(one[1].data_rate()[Basis.ALL]), one[0]))
    rows = tuple(
        (name, counts.entries, counts.opened, counts.withheld,
         counts.data_rate()[Basis.ALL], counts.data_rate()[Basis.DUE])
        for name, counts in listed
    )  # fmt: skip
    head = (
        Message("Unit"), Message("Entries"), Message("Opened"), Message("Withheld"),
        Message("Of all entries"), Message("Of the entries due to open"),
    )  # fmt: skip
    return Table("units", Message("Units ranked"), head, rows)


def _share(rate: Rate) -> Fraction:
    return Fraction(rate.n, rate.d) if rate.d else Fraction(-1)


def _grounds(session: Session, span: _Known) -> Table:
    """Items in force by ground, and the entries that they close."""
    on, unit_id, known_at = span.on, span.unit_id, span.known_at
    held = content_on(session, on, known_at)
    items = Counter(str(one["ground"]) for one in held)
    force = and_(
        ExemptionItem.list_kind == ListKind.NEGATIVE, ExemptionItem.valid_from <= on,
        or_(ExemptionItem.valid_to.is_(None), ExemptionItem.valid_to > on),
    )  # fmt: skip
    row = classified(on, known_at).subquery().c
    of_unit = row.unit_id == unit_id if unit_id is not None else true()
    closed = (
        select(ExemptionItem.ground, func.count(func.distinct(ExemptionLink.dataset_id)))
        .join(ExemptionLink, ExemptionLink.item_number == ExemptionItem.number)
        .join(row.dataset_id.table, row.dataset_id == ExemptionLink.dataset_id)
        .where(force, covering_links(on, known_at), row.klass == openness.Class.WITHHELD, of_unit)
        .group_by(ExemptionItem.ground)
    )
    entries = dict(_pairs(session, closed))
    rows = tuple((ground, items[ground], entries.get(ground, 0)) for ground in sorted(items))
    head = (Message("Ground"), Message("Items in force"), Message("Entries closed"))
    return Table("grounds", Message("The negative list by ground"), head, rows, ("ground",))


def _pairs(session: Session, query: Any) -> list[tuple[str, int]]:
    return [(str(name), int(count)) for name, count in session.execute(query)]


def _updates(session: Session, span: _Known) -> Table:
    """Open entries with a cycle: how many are not late (更新及时率); others only counted."""
    row = classified(span.on, span.known_at).subquery().c
    of_unit = row.unit_id == span.unit_id if span.unit_id is not None else true()
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
