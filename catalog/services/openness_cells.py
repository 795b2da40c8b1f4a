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
    Insert,
    Integer,
    MetaData,
    Select,
    Table,
    Update,
    bindparam,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.orm import Session

from catalog.db import insert_rows
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
    rows = []
    for key, counts in sorted(by_cell.items()):
        first, following = month_of(key[3])
        rows.append((ids[key[:3]], DAYS, first, key[3], following, *counts))
        rows.append((ids[key[:3]], MONTHS, 0, following, _LAST, *counts))
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
    found: dict[tuple[str, int, str], int] = {}
    for some in row_sets.batches(sorted({unit for _, unit, _ in wanted})):
        rows = connection.execute(_CELLS, {"b_kinds": kinds, "b_units": some}).all()
        found |= {(kind, unit, theme): id_ for kind, unit, theme, id_ in rows}
    return found


_CELL = cast("Table", OpennessCell.__table__).c
_CELLS = select(_CELL.kind, _CELL.unit_id, _CELL.theme, _CELL.id).where(
    _CELL.kind.in_(bindparam("b_kinds", expanding=True)),
    _CELL.unit_id.in_(bindparam("b_units", expanding=True)),
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
    Column("before", Integer),
    prefixes=["TEMPORARY"],
)
"""Changes while they are added; ``before``: the day of the last row before theirs, or of their own."""


def _add_all(connection: Connection, rows: Sequence[tuple[int, ...]]) -> None:
    """What ``_add_each`` does, by four statements however many rows there are."""
    _CHANGES.create(connection)
    insert_rows(connection, _CHANGES, _NAMES, rows)
    connection.execute(_FIND)
    connection.execute(_COPY_ALL)
    connection.execute(_ADD_ALL)
    _CHANGES.drop(connection)


def _finding() -> Update:
    own = (_ROWS.c.cell_id == _CHANGES.c.cell) & (_ROWS.c.grain == _CHANGES.c.grain)
    last = (
        select(func.max(_ROWS.c.day))
        .where(own, _ROWS.c.day >= _CHANGES.c.low, _ROWS.c.day <= _CHANGES.c.day)
        .correlate(_CHANGES)
        .scalar_subquery()
    )
    return update(_CHANGES).values(before=last)


def _copying_all() -> Insert:
    before = _ROWS.alias("earlier")
    query = (
        select(
            _CHANGES.c.cell, _CHANGES.c.grain, _CHANGES.c.day,
            *(func.coalesce(before.c[name], 0) for name in MEASURES),
        )
        .distinct()
        .select_from(
            _CHANGES.outerjoin(
                before,
                (before.c.cell_id == _CHANGES.c.cell)
                & (before.c.grain == _CHANGES.c.grain)
                & (before.c.day == _CHANGES.c.before),
            )
        )
        .where(_CHANGES.c.before.is_(None) | (_CHANGES.c.before < _CHANGES.c.day))
    )  # fmt: skip
    return insert(_ROWS).from_select(["cell_id", "grain", "day", *MEASURES], query)


def _adding_all() -> Update:
    """The outer join makes SQLite begin with the changes; with the rows it would read them all."""
    here = _ROWS.alias("here")
    met: Select[*tuple[Any, ...]] = (
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
    sums = met.subquery("sums")
    return (
        update(_ROWS)
        .where(
            _ROWS.c.cell_id == sums.c.cell_id, _ROWS.c.grain == sums.c.grain,
            _ROWS.c.day == sums.c.day,
        )
        .values({name: _ROWS.c[name] + sums.c[name] for name in MEASURES})
    )  # fmt: skip


_FIND, _COPY_ALL, _ADD_ALL = _finding(), _copying_all(), _adding_all()
