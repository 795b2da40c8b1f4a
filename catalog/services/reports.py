"""The report of a period that officials hand in: one unit, or the city; tables first, charts of them.

Rates are those of the period's last day. Once the period is frozen they are what the frozen result says,
whatever is corrected later: then a restatement has a report of its own, with the difference and the
reason.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import and_, func, or_, select, true
from sqlalchemy.orm import Session

from catalog.auth import Identity, Permission, Subject, require
from catalog.errors import Invalid
from catalog.models import ExemptionItem, ExemptionLink, Snapshot, Unit
from catalog.services import openness, periods, report_work, scopes, snapshots, units
from catalog.services.openness import OPEN, Counts, Point, Rate
from catalog.services.openness_counts import classified, covering_links
from catalog.services.periods import Period
from catalog.services.report_tables import COUNT, FIGURE, Cell, Span, Table
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
    """The span as it was known at a moment; None: as known now."""

    unit: Unit | None
    known_at: datetime | None


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
    span = _Known(period, on, unit.id if unit else None, unit, known_at)
    found = openness.rates(session, as_of=on, recorded_before=known_at)
    points = openness.trend(
        session, period.start, on, unit.code if unit else "", recorded_before=known_at
    )
    later = snapshots.restatements(session, [frozen]) if frozen else {}
    return Report(
        period, unit, on, found.definition, found.edition, found.roster, frozen,
        bool(frozen and snapshots.corrected_since(session, frozen)),
        later.get(frozen.id, "") if frozen else "",
        tuple(points), tuple(_tables(session, span, frozen, aims(on, known_at))),
    )  # fmt: skip


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
    if span.unit is None:
        whole = openness.rates(session, as_of=on, recorded_before=span.known_at)
        shares = {f"unit_rate.{name}": rate for name, rate in whole.unit_rate.items()}
        shares["verified_unit_rate.all"] = whole.verified_unit_rate["all"]
        counts = whole.counts
    else:
        shares = {}
        found = openness.of_unit(session, span.unit.code, on, span.known_at)
        counts = found.counts if found else Counts()
    shares |= {f"data_rate.{basis}": rate for basis, rate in counts.data_rate().items()}
    shares |= {
        f"verified_data_rate.{basis}": rate for basis, rate in counts.verified_rate().items()
    }
    return shares, counts


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
    listed = [one for one in openness.by_unit(session, span.on, span.known_at) if one.on_roster]
    listed.sort(key=lambda one: (-_share(one.counts.data_rate()[Basis.ALL]), one.name))
    rows = tuple(
        (one.name, one.counts.entries, one.counts.opened, one.counts.withheld,
         one.counts.data_rate()[Basis.ALL], one.counts.data_rate()[Basis.DUE])
        for one in listed
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
    force = and_(
        ExemptionItem.list_kind == ListKind.NEGATIVE, ExemptionItem.valid_from <= on,
        or_(ExemptionItem.valid_to.is_(None), ExemptionItem.valid_to > on),
    )  # fmt: skip
    every = select(ExemptionItem.ground, func.count()).where(force)
    items = dict(_pairs(session, every.group_by(ExemptionItem.ground)))
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
