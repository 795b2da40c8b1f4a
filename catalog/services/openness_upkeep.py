"""The ledger made from nothing, and compared with the facts: any difference is an alarm."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from catalog.auth import Identity, Permission, require
from catalog.models import OpennessCell, OpennessLedger, OpennessState, Unit
from catalog.services import audit, openness_ledger
from catalog.services.openness_ledger import DAYS, MONTHS, THEME, UNIT
from catalog.services.openness_measures import MEASURES
from catalog.services.openness_recount import added, kept, recounted, themes

SHOWN = 20
_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Difference:
    """A unit (its code) or theme whose counts from a day on are not what the facts say."""

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
    facts = recounted(session, numbers)
    compared = facts.height
    wrong = added(
        pl.concat([days, facts.select("cell", "day", *(-pl.col(one) for one in MEASURES))])
    )
    del facts
    openings = _openings(rows.filter(pl.col("grain") == MONTHS))
    nets = _nets(days)
    months = added(
        pl.concat([openings, nets.select("cell", "day", *(-pl.col(one) for one in MEASURES))])
    )
    found = pl.concat([wrong.select("cell", "day"), months.select("cell", "day")]).unique()
    first = found.sort("day", "cell").head(SHOWN).rows()
    return Comparison(compared, found.height, tuple(_named(session, numbers, first)))


def _days(rows: pl.DataFrame) -> pl.DataFrame:
    """The changes that running totals within months are made of."""
    month = pl.col("day").dt.truncate("1mo")
    ordered = rows.sort("cell", "day").with_columns(month.alias("month"))
    return ordered.select(
        "cell",
        "day",
        *(
            pl.col(one) - pl.col(one).shift(1, fill_value=0).over("cell", "month")
            for one in MEASURES
        ),
    )


def _openings(rows: pl.DataFrame) -> pl.DataFrame:
    """The changes from one opening of a cell to the next."""
    return rows.sort("cell", "day").select(
        "cell",
        "day",
        *(pl.col(one) - pl.col(one).shift(1, fill_value=0).over("cell") for one in MEASURES),
    )


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
        if cell < 0:
            yield Difference(THEME, names[cell], day)
        else:
            yield Difference(UNIT, codes.get(cell, str(cell)), day)


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


def rebuild(session: Session, actor: Identity, *, now: datetime) -> int:
    """Throw the ledger away and make it again from the facts; how many rows it has."""
    require(actor, Permission.OPENNESS_COMPARE)
    state = openness_ledger.locked_state(session)
    session.execute(delete(OpennessLedger))
    session.execute(delete(OpennessCell))
    numbers = themes(session)
    changes = recounted(session, numbers).sort("cell", "day")
    names = {number: name for name, number in numbers.items()}
    cells = [
        {"kind": THEME, "unit_id": 0, "theme": names[cell]}
        if cell < 0
        else {"kind": UNIT, "unit_id": cell, "theme": ""}
        for cell in changes["cell"].unique().sort()
    ]
    if cells:
        session.execute(insert(OpennessCell), cells)
    ids = {
        (numbers[theme] if kind == THEME else unit): id_
        for id_, kind, unit, theme in session.execute(
            select(OpennessCell.id, OpennessCell.kind, OpennessCell.unit_id, OpennessCell.theme)
        )
    }
    count = 0
    for grain, rows in ((DAYS, _running(changes)), (MONTHS, _opened(changes))):
        count += rows.height
        _write(session, grain, rows, ids)
    state.ready, state.built_at, state.differences = True, now, 0
    audit.record(
        session, actor, audit.AuditTag.OPENNESS_REBUILT, "openness", "ledger", now=now, rows=count
    )
    return count


def _running(changes: pl.DataFrame) -> pl.DataFrame:
    month = pl.col("day").dt.truncate("1mo")
    return changes.with_columns(month.alias("month")).select(
        "cell", "day", *(pl.col(one).cum_sum().over("cell", "month") for one in MEASURES)
    )


def _opened(changes: pl.DataFrame) -> pl.DataFrame:
    return (
        _nets(changes)
        .sort("cell", "day")
        .select("cell", "day", *(pl.col(one).cum_sum().over("cell") for one in MEASURES))
    )


def _write(session: Session, grain: int, rows: pl.DataFrame, ids: dict[int, int]) -> None:
    for part in rows.iter_slices(_AT_ONCE):
        session.execute(
            insert(OpennessLedger),
            [
                {
                    "cell_id": ids[cell], "grain": grain, "day": day.toordinal(),
                    **dict(zip(MEASURES, counts, strict=True)),
                }
                for cell, day, *counts in part.iter_rows()
            ],
        )  # fmt: skip


def state(session: Session, actor: Identity) -> OpennessState | None:
    """What the last comparison found; None before anything was counted."""
    require(actor, Permission.OPENNESS_COMPARE)
    return session.get(OpennessState, 1)
