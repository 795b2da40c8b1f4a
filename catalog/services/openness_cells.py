"""Cells of the ledger of openness and how changes of counts are added to their running totals.

A few changes are added one after the other; many (an adjustment of a list, a merger) by a handful of
statements over a table of them.
"""

from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    FromClause,
    Insert,
    Integer,
    MetaData,
    Select,
    Table,
    bindparam,
    func,
    insert,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from catalog.db import among, insert_rows, knows_lateral, merged
from catalog.models import OpennessCell, OpennessLedger
from catalog.services import row_sets
from catalog.services.openness_intervals import Place, Span
from catalog.services.openness_measures import MEASURES, NONE, Counts, plus

DAYS, MONTHS = 0, 1
"""Grains of the ledger."""
UNIT, THEME, BOTH = "unit", "theme", "both"
"""Kinds of cells: a unit's, a theme's in all units, a unit's in one theme."""

Change = dict[tuple[str, int, str, int], Counts]
"""Kind, unit, theme and day of a change of a cell."""


def apply(session: Session, found: Mapping[Place, Counts], map_from: int) -> None:
    """Add changes to the running totals of their units and themes (``OpennessState.map_from``)."""
    by_cell: Change = {}
    for (unit_id, theme, day), counts in found.items():
        mapped = day if day >= map_from else month_of(day)[0]
        for key in (
            (UNIT, unit_id, "", day), (THEME, 0, theme, day), (BOTH, unit_id, theme, mapped),
        ):  # fmt: skip
            known = by_cell.get(key)
            by_cell[key] = counts if known is None else plus(known, counts)
    by_cell = {key: counts for key, counts in by_cell.items() if counts != NONE}
    if not by_cell:
        return
    ids = _cell_ids(session, {key[:3] for key in by_cell})
    found_rows: dict[tuple[int, ...], Counts] = {}
    for key, counts in sorted(by_cell.items()):
        cell, (first, following) = ids[key[:3]], month_of(key[3])
        for row in ((cell, DAYS, first, key[3], following), (cell, MONTHS, 0, following, _LAST)):
            known = found_rows.get(row)
            found_rows[row] = counts if known is None else plus(known, counts)
    rows = [(*row, *counts) for row, counts in found_rows.items()]
    if len(rows) < _MANY:
        _add_each(session.connection(), rows)
    else:
        _add_all(session.connection(), rows)


_MANY = 300
"""Changes from which on a table of them is quicker than one after the other."""
_NAMES = ("cell", "grain", "low", "day", "high", *MEASURES)
"""Of a change of rows: from which day on and before which, and the first day whose row it may follow."""


def _add_each(connection: Connection, rows: Sequence[tuple[int, ...]]) -> None:
    names = [f"b_{name}" for name in _NAMES]
    bound = [dict(zip(names, row, strict=True)) for row in rows]
    connection.execute(_COPY, bound)
    connection.execute(_ADD, bound)


def _cell_ids(
    session: Session, wanted: Collection[tuple[str, int, str]]
) -> dict[tuple[str, int, str], int]:
    """The ids of cells, made when they are not there."""
    found = _known(session, wanted)
    left = sorted(set(wanted) - found.keys())
    if left:
        names = ("kind", "unit_id", "theme")
        row_sets.add(session, OpennessCell, [dict(zip(names, one, strict=True)) for one in left])
        found |= _known(session, left)
    return found


def _known(
    session: Session, wanted: Collection[tuple[str, int, str]]
) -> dict[tuple[str, int, str], int]:
    """Cells of these kinds and units, the wanted ones among them."""
    kinds, connection = sorted({kind for kind, _, _ in wanted}), session.connection()
    units = {unit for _, unit, _ in wanted}
    rows = connection.execute(_CELLS, {"b_kinds": kinds, "b_units": units}).all()
    return {(kind, unit, theme): id_ for kind, unit, theme, id_ in rows}


_CELL = cast("Table", OpennessCell.__table__).c
_CELLS = select(_CELL.kind, _CELL.unit_id, _CELL.theme, _CELL.id).where(
    _CELL.kind.in_(bindparam("b_kinds", expanding=True)),
    among(_CELL.unit_id, "b_units"),
)
_LAST = 2**31 - 1
_ROWS = cast("Table", OpennessLedger.__table__)
_HERE = (_ROWS.c.cell_id == bindparam("b_cell")) & (_ROWS.c.grain == bindparam("b_grain"))
_ADD = (
    update(_ROWS)
    .where(_HERE, _ROWS.c.day >= bindparam("b_day"), _ROWS.c.day < bindparam("b_high"))
    .values({name: _ROWS.c[name] + bindparam(f"b_{name}") for name in MEASURES})
)
"""Add to every row from a day on within its bounds."""


def _copying() -> Insert:
    """Make a row at a day as a copy of the one before it within its bounds, if it is not there."""
    before = _ROWS.alias("before")
    last = (
        select(func.max(_ROWS.c.day))
        .where(_HERE, _ROWS.c.day >= bindparam("b_low"), _ROWS.c.day < bindparam("b_day"))
        .scalar_subquery()
    )
    there = select(_ROWS.c.day).where(_HERE, _ROWS.c.day == bindparam("b_day")).exists()
    one = select(literal(1).label("one")).subquery()
    query = (
        select(
            bindparam("b_cell", type_=Integer),
            bindparam("b_grain", type_=Integer),
            bindparam("b_day", type_=Integer),
            *(func.coalesce(before.c[name], 0) for name in MEASURES),
        )
        .select_from(
            one.outerjoin(
                before,
                (before.c.cell_id == bindparam("b_cell"))
                & (before.c.grain == bindparam("b_grain"))
                & (before.c.day == last),
            )
        )
        .where(~there)
    )
    return insert(_ROWS).from_select(["cell_id", "grain", "day", *MEASURES], query)


_COPY = _copying()


def month_of(day: int) -> Span:
    """The first day of a day's month and of the month after it."""
    when = date.fromordinal(day)
    first = day - when.day + 1
    return first, first + monthrange(when.year, when.month)[1]


_CHANGES = Table(
    "openness_changes",
    MetaData(),
    *(Column(name, Integer, nullable=False) for name in _NAMES[:5]),
    *(Column(name, BigInteger, nullable=False) for name in MEASURES),
    prefixes=["TEMPORARY"],
)
"""Changes while they are added, one of a cell, grain and day."""


def _add_all(connection: Connection, rows: Sequence[tuple[int, ...]]) -> None:
    """What ``_add_each`` does, by a handful of statements however many rows there are."""
    _CHANGES.create(connection)
    insert_rows(connection, _CHANGES, _NAMES, rows)
    connection.execute(_COPY_ALL[knows_lateral(connection)])
    connection.execute(merged(connection, _ROWS, _SUMS, MEASURES))
    _CHANGES.drop(connection)


def _copying_all(*, lateral: bool) -> Insert:
    """Rows at the days of changes where there are none, as copies of those before.

    PostgreSQL would join the whole ledger; ``LATERAL``, which SQLite does not know, asks row by row. So
    does a subquery that gives a value, where EXISTS would be made a join.
    """
    inner = _ROWS.alias("inner")
    own = (inner.c.cell_id == _CHANGES.c.cell) & (inner.c.grain == _CHANGES.c.grain)
    here = own & (inner.c.day >= _CHANGES.c.low) & (inner.c.day < _CHANGES.c.day)
    there = select(inner.c.day).where(own, inner.c.day == _CHANGES.c.day).correlate(_CHANGES)
    before: FromClause
    if lateral:
        last = select(inner).where(here).order_by(inner.c.day.desc()).limit(1)
        before = last.correlate(_CHANGES).lateral("earlier")
        source = _CHANGES.outerjoin(before, true())
    else:
        before = _ROWS.alias("earlier")
        day = select(func.max(inner.c.day)).where(here).correlate(_CHANGES).scalar_subquery()
        source = _CHANGES.outerjoin(
            before,
            (before.c.cell_id == _CHANGES.c.cell)
            & (before.c.grain == _CHANGES.c.grain)
            & (before.c.day == day),
        )
    query = (
        select(
            _CHANGES.c.cell, _CHANGES.c.grain, _CHANGES.c.day,
            *(func.coalesce(before.c[name], 0) for name in MEASURES),
        )
        .select_from(source)
        .where(there.scalar_subquery().is_(None))
    )  # fmt: skip
    return insert(_ROWS).from_select(["cell_id", "grain", "day", *MEASURES], query)


def _sums() -> Select[*tuple[Any, ...]]:
    """Every row that changes meet, with what they come to. The outer join makes SQLite begin with the
    changes; with the rows it would read them all."""
    here = _ROWS.alias("here")
    return (
        select(
            here.c.cell_id, here.c.grain, here.c.day,
            *(func.sum(_CHANGES.c[name]).cast(BigInteger).label(name) for name in MEASURES),
        )
        .select_from(
            _CHANGES.outerjoin(
                here,
                (here.c.cell_id == _CHANGES.c.cell)
                & (here.c.grain == _CHANGES.c.grain)
                & (here.c.day >= _CHANGES.c.day)
                & (here.c.day < _CHANGES.c.high),
            )
        )
        .group_by(here.c.cell_id, here.c.grain, here.c.day)
    )  # fmt: skip


_COPY_ALL = {lateral: _copying_all(lateral=lateral) for lateral in (False, True)}
_SUMS = _sums()
