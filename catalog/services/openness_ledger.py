"""The ledger of openness: kept on every write, read for the rates of any day.

A rule that changes facts calls ``touch`` before it does (``watch_items`` before an item's validity
changes). At the commit, under the lock of the state row, each touched entry is derived as it was and
as it is; the difference is added to the running totals of its unit and its theme. Doing this last
keeps the lock short, spares savepoints any care, and sees what others have committed meanwhile.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from sqlalchemy import (
    FromClause,
    Select,
    Table,
    bindparam,
    func,
    select,
    true,
)
from sqlalchemy.event import listens_for
from sqlalchemy.orm import Session, SessionTransaction

from catalog.db import among, by_numbers, knows_lateral
from catalog.models import Dataset, ExemptionLink, OpennessCell, OpennessLedger, OpennessState
from catalog.services import audit, openness_intervals, openness_tables
from catalog.services.openness_cells import BOTH, DAYS, MONTHS, THEME, UNIT, apply
from catalog.services.openness_intervals import Held, Place, Span, load, turned
from catalog.services.openness_measures import MEASURES, NONE, Counts
from catalog.services.openness_tables import Tables

assert audit.GENESIS  # noqa: S101  (imported first: the trail's lock is taken before the ledger's)

_PENDING = "openness-pending"


@dataclass(slots=True)
class _Pending:
    """What a transaction has touched, as it was before: a few entries one by one, many as tables."""

    held: dict[int, Held] = field(default_factory=dict)
    many: set[int] = field(default_factory=set)
    tables: list[Tables] = field(default_factory=list)
    items: dict[str, list[Span]] = field(default_factory=dict)


def touch(session: Session, ids: Collection[int]) -> None:
    """Note entries whose facts are about to change; they stay locked until the transaction ends, so that
    nobody else derives them from the same state.
    """
    pending: _Pending = session.info.setdefault(_PENDING, _Pending())
    fresh = sorted(set(ids) - pending.held.keys() - pending.many)
    if fresh:
        session.connection().execute(*_LOCK(fresh))
    if len(fresh) < _MANY:
        pending.held |= load(session, fresh)
    else:
        pending.tables.append(openness_tables.load(session, fresh))
        pending.many.update(fresh)


_MANY = 500
"""Entries from which on tables of them are quicker than one after the other."""
_LOCK = by_numbers(
    lambda named: select(Dataset.id).where(named(Dataset.id)).order_by(Dataset.id).with_for_update()
)


def watch_items(session: Session, numbers: Collection[str]) -> None:
    """Note items of the negative list whose validity is about to change."""
    pending: _Pending = session.info.setdefault(_PENDING, _Pending())
    fresh = set(numbers) - pending.items.keys()
    if fresh:
        known = openness_intervals.items(session, fresh)
        pending.items |= {number: known.get(number, []) for number in fresh}


def readable(session: Session) -> bool:
    """Whether the ledger answers: built, never found wrong, and nothing of this transaction is yet to
    be added. Otherwise the facts answer, slower and always right."""
    if session.info.get(_PENDING):
        return False
    state = session.execute(_READY).scalar()
    return state is None or state


_READY = select(OpennessState.ready).where(OpennessState.id == 1)


@listens_for(Session, "before_commit")
def _settle(session: Session) -> None:
    """Bring the ledger up to what the transaction has changed, as the last thing it does."""
    if session.get_nested_transaction() is not None or _PENDING not in session.info:
        return
    session.flush()
    row = session.connection().execute(_LOCKED_STATE).one_or_none()
    ready, map_from = row or (locked_state(session).ready, 0)
    pending: _Pending = session.info.pop(_PENDING)
    if ready:
        apply(session, _difference(session, pending), map_from)


_STATE = cast("Table", OpennessState.__table__).c
_LOCKED_STATE = select(_STATE.ready, _STATE.map_from).where(_STATE.id == 1).with_for_update()


@listens_for(Session, "after_transaction_end")
def _forget(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:
        session.info.pop(_PENDING, None)


def forget(session: Session) -> None:
    """What this transaction has touched so far is in the ledger: it was made again from all facts."""
    session.flush()
    session.info.pop(_PENDING, None)


def locked_state(session: Session) -> OpennessState:
    """The state of the ledger, locked until the transaction ends; made when it is not there."""
    state = session.scalar(
        select(OpennessState)
        .where(OpennessState.id == 1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if state is None:
        state = OpennessState(id=1, ready=True, compared=0, differences=0, seconds=0.0)
        session.add(state)
        session.flush()
    return state


def _difference(session: Session, pending: _Pending) -> dict[Place, Counts]:
    """What the touched entries count now, less what they counted before."""
    numbers = sorted(pending.items)
    linked = set(
        session.scalars(
            select(ExemptionLink.dataset_id)
            .where(
                ExemptionLink.item_number.in_(numbers),
                ExemptionLink.superseded_at.is_(None),
                ExemptionLink.field == "",
            )
            .distinct()
        )
        if numbers
        else ()
    )
    untouched = sorted(linked - pending.many - pending.held.keys())
    few = untouched if len(untouched) < _MANY else []
    after = load(session, {*few, *pending.held})
    before = {one: pending.held.get(one, held) for one, held in after.items()}
    tables = [openness_tables.load(session, sorted(pending.many))] if pending.many else []
    alike = [] if few or not untouched else [openness_tables.load(session, untouched)]
    rows = (*before.values(), *after.values())
    closing = {number for held in rows for number, _ in held.links}
    closing = closing.union(*(one.numbers for one in (*pending.tables, *tables, *alike)))
    now = openness_intervals.items(session, closing | pending.items.keys())
    then = now | pending.items
    found: dict[Place, Counts] = {}
    for one, held in after.items():
        turned((before[one], then), (held, now), found)
    openness_tables.turned(
        [(one, then) for one in (*pending.tables, *alike)],
        [(one, now) for one in (*tables, *alike)],
        found,
    )
    return {place: counts for place, counts in found.items() if counts != NONE}


_ROWS = cast("Table", OpennessLedger.__table__)
_CELLS = cast("Table", OpennessCell.__table__)
_CELL = _CELLS.c
"""Columns and not attributes of models: thousands of rows pass the mapper by."""


def _standing(*, lateral: bool) -> Select[*tuple[Any, ...]]:
    """The cells of a kind with their counts at the end of a day, nothing for those without any.

    SQLite knows no ``LATERAL``: it seeks the day of the last row first, then the row.
    """
    source: FromClause = _CELLS
    counts = []
    for grain, first, last in ((MONTHS, 0, "b_month"), (DAYS, bindparam("b_month"), "b_day")):
        inner = _ROWS.alias()
        bounds = (inner.c.day >= first, inner.c.day <= bindparam(last))
        held = (inner.c.cell_id == _CELL.id) & (inner.c.grain == grain)
        found = select(inner).where(held, *bounds)
        row: FromClause
        if lateral:
            row = found.order_by(inner.c.day.desc()).limit(1).lateral()
            source = source.outerjoin(row, true())
        else:
            row = _ROWS.alias()
            day = found.with_only_columns(func.max(inner.c.day)).scalar_subquery()
            source = source.outerjoin(
                row,
                (row.c.cell_id == _CELL.id) & (row.c.grain == grain) & (row.c.day == day),
            )
        counts.append([func.coalesce(row.c[name], 0) for name in MEASURES])
    sums = (one + other for one, other in zip(*counts, strict=True))
    query = select(_CELL.unit_id, _CELL.theme, *sums).select_from(source)
    return query.where(_CELL.kind == bindparam("b_kind"))


_ALL = {lateral: _standing(lateral=lateral) for lateral in (False, True)}
_ONE = {known: query.where(_CELL.unit_id == bindparam("b_unit")) for known, query in _ALL.items()}
_SOME = {known: query.where(among(_CELL.unit_id, "b_units")) for known, query in _ALL.items()}
"""Made once: putting such a statement together takes longer than the database needs to answer it."""


def _asked(on: date, kind: str) -> dict[str, Any]:
    day = on.toordinal()
    return {"b_kind": kind, "b_day": day, "b_month": day - on.day + 1}


def by_unit_id(session: Session, on: date, unit_id: int | None = None) -> dict[int, Counts]:
    """The counts of every unit (or one) at the end of a day."""
    asked, connection = _asked(on, UNIT), session.connection()
    lateral = knows_lateral(connection)
    if unit_id is None:
        rows = connection.execute(_ALL[lateral], asked)
    else:
        rows = connection.execute(_ONE[lateral], asked | {"b_unit": unit_id})
    return {unit: Counts._make(counts) for unit, _, *counts in rows.all()}


def by_theme_name(session: Session, on: date) -> dict[str, Counts]:
    """The counts of every theme at the end of a day."""
    connection = session.connection()
    rows = connection.execute(_ALL[knows_lateral(connection)], _asked(on, THEME))
    return {theme: Counts._make(counts) for _, theme, *counts in rows.all()}


def by_unit_and_theme(
    session: Session, on: date, units: Collection[int] | None = None
) -> dict[tuple[int, str], Counts]:
    """The counts of every unit (or of some) in every theme at the end of a day that the map keeps."""
    asked, connection = _asked(on, BOTH), session.connection()
    lateral = knows_lateral(connection)
    if units is None:
        rows = connection.execute(_ALL[lateral], asked)
    else:
        rows = connection.execute(_SOME[lateral], asked | {"b_units": units})
    return {(unit, theme): Counts._make(counts) for unit, theme, *counts in rows.all()}


def openings(
    session: Session, kind: str, first: date, last: date, unit_id: int | None = None
) -> dict[Any, dict[date, Counts]]:
    """By unit or theme: the counts before the first of a month, where they differ from the month before.

    The last row up to ``first`` is there too, so that every month from ``first`` to ``last`` follows.
    """
    asked = {"b_kind": kind, "b_first": first.toordinal(), "b_last": last.toordinal()}
    if unit_id is None:
        rows = session.execute(_OPENINGS, asked)
    else:
        rows = session.execute(_OPENINGS_OF_ONE, asked | {"b_unit": unit_id})
    found: dict[Any, dict[date, Counts]] = {}
    for day, unit, theme, *counts in rows:
        name = unit if kind == UNIT else theme
        found.setdefault(name, {})[date.fromordinal(day)] = Counts._make(counts)
    return found


def opening_flags(session: Session, first: date, last: date) -> list[tuple[date, int, bool, bool]]:
    """First of a month, unit, whether it had anything open before, whether anything verified; in the
    order of the days, where the counts differ from the month before."""
    asked = {"b_kind": UNIT, "b_first": first.toordinal(), "b_last": last.toordinal()}
    return [
        (date.fromordinal(day), unit, bool(is_open), bool(is_verified))
        for day, unit, is_open, is_verified in session.execute(_FLAGS, asked)
    ]


def _openings() -> Select[*tuple[Any, ...]]:
    inner = _ROWS.alias("inner")
    start = (
        select(func.max(inner.c.day))
        .where(
            inner.c.cell_id == OpennessCell.id, inner.c.grain == MONTHS,
            inner.c.day <= bindparam("b_first"),
        )
        .correlate(OpennessCell)
        .scalar_subquery()
    )  # fmt: skip
    return (
        select(OpennessLedger.day)
        .join(OpennessCell, OpennessLedger.cell_id == OpennessCell.id)
        .where(
            OpennessCell.kind == bindparam("b_kind"),
            OpennessLedger.grain == MONTHS,
            OpennessLedger.day >= func.coalesce(start, bindparam("b_first")),
            OpennessLedger.day <= bindparam("b_last"),
        )
        .order_by(OpennessLedger.day)
    )


_OPENINGS = _openings().add_columns(
    OpennessCell.unit_id, OpennessCell.theme, *(getattr(OpennessLedger, name) for name in MEASURES)
)
_OPENINGS_OF_ONE = _OPENINGS.where(OpennessCell.unit_id == bindparam("b_unit"))
_FLAGS = _openings().add_columns(
    OpennessCell.unit_id,
    OpennessLedger.open + OpennessLedger.conditional > 0,
    OpennessLedger.verified > 0,
)
