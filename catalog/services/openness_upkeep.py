"""The ledger made from nothing, and compared with the facts: any difference is an alarm."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from catalog.auth import Identity, Permission, require
from catalog.models import OpennessCell, OpennessLedger, OpennessState, Unit
from catalog.services import audit, openness_ledger, row_streams
from catalog.services.openness_cells import DAYS, MONTHS, THEME
from catalog.services.openness_measures import MEASURES
from catalog.services.openness_recount import (
    MAP_ROWS,
    TYPES,
    added,
    cell_ids,
    cell_of,
    kept,
    map_from,
    no_changes,
    ordinal,
    recounted,
    themes,
)
from catalog.settings import ZONE

SHOWN = 20
_CELLS = 100
"""Cells written at a time."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A unit (its code), theme, or unit in a theme whose counts from a day on are not what the facts
    say."""

    kind: str
    key: str
    day: date


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many changes of counts were compared, how many differ, and the first of those."""

    compared: int
    differences: int
    shown: tuple[Difference, ...]


def compare(session: Session, actor: Identity) -> Comparison:
    """Count everything again from the facts and hold it against the ledger, row by row.

    The session has to see one moment (``Database.snapshot``). Nothing is written; ``note`` does that.
    """
    require(actor, Permission.OPENNESS_COMPARE)
    numbers = themes(session)
    rows = kept(session, numbers)
    days = _days(rows.filter(pl.col("grain") == DAYS))
    months = _apart(_openings(rows.filter(pl.col("grain") == MONTHS)), _nets(days))
    del rows  # the facts need the room
    facts = recounted(session, numbers, session.scalar(select(OpennessState.map_from)) or 0)
    compared = facts.height
    wrong = _apart(days, facts)
    found = pl.concat([wrong.select("cell", "day"), months.select("cell", "day")]).unique()
    first = found.sort("day", "cell").head(SHOWN).rows()
    return Comparison(compared, found.height, tuple(_named(session, numbers, first)))


def _apart(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """The changes that are in one table and not alike in the other; most often none."""
    tables = [
        table.filter(pl.any_horizontal(pl.col(MEASURES) != 0)).sort("cell", "day")
        for table in (one, other)
    ]
    if tables[0].equals(tables[1]):
        return no_changes()
    opposite = tables[1].select("cell", "day", *(-pl.col(name) for name in MEASURES))
    return added(pl.concat([tables[0], opposite]))


_MONTH = pl.col("day").dt.truncate("1mo")


def _steps(rows: pl.DataFrame, month: pl.Expr) -> pl.DataFrame:
    """The changes that running totals of a cell (within a month, when one is given) are made of.

    Rows are in order of cell and day, so the row before is the one before in the same cell, or begins
    another: one pass, where a window for each cell and month would take many.
    """
    rows = rows.sort("cell", "day").with_columns(month.alias("month"))
    follows = (pl.col("cell") == pl.col("cell").shift(1)) & (
        pl.col("month") == pl.col("month").shift(1)
    )
    before = (pl.when(follows).then(pl.col(one).shift(1)).otherwise(0) for one in MEASURES)
    steps = (pl.col(one) - last for one, last in zip(MEASURES, before, strict=True))
    return rows.select("cell", "day", *steps)


def _days(rows: pl.DataFrame) -> pl.DataFrame:
    """The changes that running totals within months are made of."""
    return _steps(rows, _MONTH)


def _openings(rows: pl.DataFrame) -> pl.DataFrame:
    """The changes from one opening of a cell to the next."""
    return _steps(rows, pl.lit(0))


def _nets(days: pl.DataFrame) -> pl.DataFrame:
    """What the days of a month come to, at the first of the next."""
    following = pl.col("day").dt.truncate("1mo").dt.offset_by("1mo").alias("day")
    return days.with_columns(following).group_by("cell", "day").agg(pl.col(MEASURES).sum())


def _named(
    session: Session, numbers: dict[str, int], rows: list[tuple[int, date]]
) -> Iterator[Difference]:
    names = {number: name for name, number in numbers.items()}
    codes = dict(session.execute(select(Unit.id, Unit.code)).all())
    for cell, day in rows:
        kind, unit, theme = cell_of(cell, names)
        code = codes.get(unit, str(unit)) if kind != THEME else ""
        yield Difference(kind, " · ".join(one for one in (code, theme) if one), day)


def note(
    session: Session, actor: Identity, found: Comparison, *, now: datetime, seconds: float
) -> None:
    """Write down what a comparison found. After a difference every answer comes from the facts until
    the ledger is made again, and the trail says so."""
    require(actor, Permission.OPENNESS_COMPARE)
    state = openness_ledger.locked_state(session)
    state.compared_at, state.seconds = now, seconds
    state.compared, state.differences = found.compared, found.differences
    if not found.differences:
        return
    state.ready = False
    audit.record(
        session, actor, audit.AuditTag.OPENNESS_DIFFERS, "openness", "ledger", now=now,
        compared=found.compared, differences=found.differences,
        shown=[[one.kind, one.key, one.day] for one in found.shown],
    )  # fmt: skip


def rebuild(session: Session, actor: Identity, *, now: datetime, map_rows: int = MAP_ROWS) -> int:
    """Throw the ledger away and make it again from the facts; how many rows it has.

    ``map_rows`` bounds what the map of units and themes keeps day by day (``map_from``).
    """
    require(actor, Permission.OPENNESS_COMPARE)
    state = openness_ledger.locked_state(session)
    openness_ledger.forget(session)
    session.execute(delete(OpennessLedger))
    session.execute(delete(OpennessCell))
    numbers = themes(session)
    most = (session.scalar(select(func.count()).select_from(Unit)) or 0) * len(numbers)
    state.map_from = map_from(session, now.astimezone(ZONE).date(), most, map_rows)
    changes = recounted(session, numbers, state.map_from).sort("cell", "day")
    names = {number: name for name, number in numbers.items()}
    cells = [
        dict(zip(("kind", "unit_id", "theme"), cell_of(cell, names), strict=True))
        for cell in changes["cell"].unique().sort()
    ]
    if cells:
        session.execute(insert(OpennessCell), cells)
    count = _write(session, changes, cell_ids(session, numbers))
    state.ready, state.built_at, state.differences = True, now, 0
    audit.record(
        session, actor, audit.AuditTag.OPENNESS_REBUILT, "openness", "ledger", now=now, rows=count
    )
    return count


def _sums(changes: pl.DataFrame, month: pl.Expr) -> pl.DataFrame:
    """Running totals of a cell (within a month, when one is given), of changes in order."""
    rows = changes.with_columns(month.alias("month"))
    begins = (pl.col("cell") != pl.col("cell").shift(1)) | (
        pl.col("month") != pl.col("month").shift(1)
    )
    rows = rows.with_columns(begins.fill_null(value=True).alias("begins"))
    sums = []
    for one in MEASURES:
        whole = pl.col(one).cast(pl.Int64).cum_sum()
        earlier = pl.when("begins").then(whole - pl.col(one)).forward_fill()
        sums.append((whole - earlier).cast(TYPES[one]).alias(one))
    return rows.select("cell", "day", *sums)


def _running(changes: pl.DataFrame) -> pl.DataFrame:
    return _sums(changes, _MONTH)


def _opened(changes: pl.DataFrame) -> pl.DataFrame:
    return _sums(_nets(changes).sort("cell", "day"), pl.lit(0))


def _write(session: Session, changes: pl.DataFrame, ids: pl.DataFrame) -> int:
    """Write the ledger that changes make, some cells at a time and in the order in which it is kept; how
    many rows it has."""
    count = 0
    cells = ids["cell"].sort()
    for some in cells.to_frame().iter_slices(_CELLS):
        part = changes.filter(pl.col("cell").is_between(*some.row(0), *some.row(-1)))
        grains = ((DAYS, _running(part)), (MONTHS, _opened(part)))
        rows = pl.concat(
            one.with_columns(pl.lit(grain, pl.Int8).alias("grain")) for grain, one in grains
        )
        rows = rows.join(ids, on="cell").select(
            pl.col("id").alias("cell_id"), "grain", ordinal(pl.col("day")), *MEASURES
        )
        row_streams.write(session, OpennessLedger, rows.sort("cell_id", "grain", "day"))
        count += rows.height
    return count


def state(session: Session, actor: Identity) -> OpennessState | None:
    """What the last comparison found; None before anything was counted."""
    require(actor, Permission.OPENNESS_COMPARE)
    return session.get(OpennessState, 1)
