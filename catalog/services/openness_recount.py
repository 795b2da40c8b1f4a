"""The ledger made again from nothing, and compared with the one that was kept.

Only changes are held, not entries: memory grows with units and days.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl
from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session

from catalog.models import (
    AvailabilityFact,
    DatasetFact,
    ExemptionItem,
    ExemptionLink,
    OpennessCell,
    OpennessLedger,
)
from catalog.services import row_streams
from catalog.services.openness_cells import BOTH, THEME, UNIT
from catalog.services.openness_measures import MEASURES
from schemas.vocabularies import DatasetState, ListKind, Openness

_FACTS, _ROWS, _CELLS = 200_000, 500_000, 50
"""Facts, other rows, and cells of the ledger read at a time."""
_HELD = 3_000_000
"""Changes held before they are added up."""
_KINDS = (
    "uncovered", "unassessed", "open", "conditional", "unpublished", "unpublished_conditional",
)  # fmt: skip
"""What a fact counts as while no item is looked at, by the name of its measure."""
_NUMBER = {name: number for number, name in enumerate(_KINDS)}
TYPES: dict[str, Any] = {
    name: pl.Int64 if name in {"records", "records_open", "verified_records"} else pl.Int32
    for name in MEASURES
}
EPOCH = date(1970, 1, 1).toordinal()


def _flag(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def fact_columns() -> row_streams.Columns:
    """What of a fact counts; ``class`` is the number of a name of ``_KINDS``."""
    fact = DatasetFact
    published = fact.state == DatasetState.PUBLISHED
    conditional = fact.openness == Openness.CONDITIONAL
    kind = case(
        (fact.openness == Openness.WITHHELD, _NUMBER["uncovered"]),
        (fact.openness == Openness.UNASSESSED, _NUMBER["unassessed"]),
        (and_(published, conditional), _NUMBER["conditional"]),
        (published, _NUMBER["open"]),
        (conditional, _NUMBER["unpublished_conditional"]),
        else_=_NUMBER["unpublished"],
    )
    sound = and_(fact.validated, fact.machine_readable, fact.licensed)
    return {
        "dataset": (fact.dataset_id, pl.Int32),
        "unit": (fact.unit_id, pl.Int32),
        "class": (kind, pl.Int8),
        "due": (_flag(~or_(fact.opened_by_superior, fact.duplicate)), pl.Int8),
        "sound": (_flag(sound), pl.Int8),
        "fields_all": (fact.fields_total, pl.Int32),
        "fields_some": (fact.fields_open, pl.Int32),
        "volume": (fact.records, pl.Int64),
        "late": (fact.overdue_from, pl.Date),
        "begins": (fact.valid_from, pl.Date),
        "ends": (fact.valid_to, pl.Date),
        "theme": (fact.theme, pl.String),
    }


def _facts(session: Session) -> Iterator[pl.DataFrame]:
    """The facts that count, many at a time."""
    fact = DatasetFact
    holds = [row_streams.current(fact.superseded_at), fact.state != DatasetState.RETIRED]
    yield from row_streams.frames(session, fact_columns(), holds, fact.id, _FACTS)


def united(spans: pl.DataFrame) -> pl.DataFrame:
    """Intervals of each entry as disjoint ones; an open end is the last day there is.

    In order of entry and day, the farthest end so far of entry and day together is that of the entry:
    one pass over all rows instead of a window for each entry.
    """
    spans = spans.filter(pl.col("first") < pl.col("last")).sort("dataset", "first", "last")
    entry = pl.col("dataset").cast(pl.Int64) * _FAR
    reach = (entry + pl.col("last").cast(pl.Int32)).cum_max().shift(1, fill_value=-1)
    apart = entry + pl.col("first").cast(pl.Int32) > reach
    return (
        spans.with_columns(apart.cast(pl.Int32).cum_sum().alias("island"))
        .group_by("island")
        .agg(pl.col("dataset").first(), pl.col("first").min(), pl.col("last").max())
        .drop("island")
    )


_FAR = 2**22
"""More than there are days."""
_EVER = pl.lit(date.max)


LINKS: row_streams.Columns = {
    "dataset": (ExemptionLink.dataset_id, pl.Int32),
    "begins": (ExemptionLink.valid_from, pl.Date),
    "ends": (ExemptionLink.valid_to, pl.Date),
    "number": (ExemptionLink.item_number, pl.String),
}
ANSWERS: row_streams.Columns = {
    "dataset": (AvailabilityFact.dataset_id, pl.Int32),
    "first": (AvailabilityFact.valid_from, pl.Date),
    "last": (AvailabilityFact.valid_to, pl.Date),
}


def _covered(session: Session) -> pl.DataFrame:
    """When entries are closed whole by an item in force."""
    link, item = ExemptionLink, ExemptionItem
    links = row_streams.whole(
        session,
        LINKS,
        [row_streams.current(link.superseded_at), link.field == ""],
        link.id,
        _ROWS,
    )
    items = row_streams.whole(
        session,
        {
            "force": (item.valid_from, pl.Date),
            "lapse": (item.valid_to, pl.Date),
            "number": (item.number, pl.String),
        },
        [item.list_kind == ListKind.NEGATIVE],
        item.id,
        _ROWS,
    )
    return covered(links, items)


def covered(links: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """When entries are closed, by ``LINKS`` and by when items (``number``) are in force and lapse."""
    return united(
        links.join(items, on="number").select(
            "dataset",
            pl.max_horizontal("begins", "force").alias("first"),
            pl.min_horizontal(pl.col("ends", "lapse").fill_null(_EVER)).alias("last"),
        )
    )


def _answering(session: Session) -> pl.DataFrame:
    """When the bytes of entries answer."""
    row = AvailabilityFact
    holds = [row_streams.current(row.superseded_at), row.available.is_(true())]
    return answering(row_streams.whole(session, ANSWERS, holds, row.id, _ROWS))


def answering(spans: pl.DataFrame) -> pl.DataFrame:
    """When the bytes of entries answer, by ``ANSWERS``."""
    return united(spans.with_columns(pl.col("last").fill_null(_EVER)))


def _is(*names: str) -> pl.Expr:
    return pl.col("class").is_in([_NUMBER[name] for name in names])


def _plain() -> dict[str, pl.Expr]:
    """What a fact adds to each count while no item and no check is looked at."""
    opened, due = _is("open", "conditional"), pl.col("due") == 1
    counts = {name: _is(name).cast(pl.Int32) for name in _KINDS}
    counts["unpublished"] = _is("unpublished", "unpublished_conditional").cast(pl.Int32)
    return counts | {
        "due": due.cast(pl.Int32),
        "due_open": (due & opened).cast(pl.Int32),
        "fields": pl.col("fields_all"),
        "fields_open": pl.when(opened).then("fields_some").otherwise(0),
        "records": pl.col("volume"),
        "records_open": pl.when(opened).then("volume").otherwise(0),
    }


def _vector(counts: dict[str, pl.Expr]) -> list[pl.Expr]:
    return [counts.get(name, pl.lit(0)).cast(TYPES[name]).alias(name) for name in MEASURES]


def pieces_of(facts: pl.DataFrame, closed: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """What facts count, from when to when (no end: for good), by what is ``covered`` and ``answering``."""
    span = ["unit", "theme", "begins", "ends"]
    parts = [facts.select(*span, *_vector(_plain()))]
    one = pl.lit(1)
    for some, spans, counts in (
        (
            facts.filter(_is("uncovered")).with_columns(pl.col("ends").alias("until")),
            closed,
            {"withheld": one, "uncovered": -one, "due": -pl.col("due")},
        ),
        (
            facts.filter(_is("open", "conditional"), pl.col("sound") == 1).with_columns(
                pl.min_horizontal("ends", "late").alias("until")
            ),
            answers,
            {
                "verified": one,
                "verified_due": pl.col("due"),
                "verified_fields": pl.col("fields_some"),
                "verified_records": pl.col("volume"),
            },
        ),
    ):
        met = some.join(spans, on="dataset").with_columns(
            pl.max_horizontal("begins", "first").alias("begins"),
            pl.min_horizontal(pl.col("until").fill_null(_EVER), "last").alias("ends"),
        )
        met = met.filter(pl.col("begins") < pl.col("ends")).with_columns(
            pl.when(pl.col("ends") < _EVER).then("ends").alias("ends")
        )
        parts.append(met.select(*span, *_vector(counts)))
    return pl.concat(parts)


_BOTH, _MANY = 2**52, 2**20
"""What the number of a unit's cell in a theme begins with, and more than there are themes."""


def turns_of(pieces: pl.DataFrame) -> pl.LazyFrame:
    """The changes that pieces make by unit, theme and day, of which there may be several."""
    values = [pl.col(name) for name in MEASURES]
    some = pieces.lazy()
    begun = some.select("unit", "theme", pl.col("begins").alias("day"), *values)
    ended = some.filter(pl.col("ends").is_not_null()).select(
        "unit", "theme", pl.col("ends").alias("day"), *(-value for value in values)
    )
    return pl.concat([begun, ended])


def _edges(pieces: pl.DataFrame, map_from: int) -> pl.DataFrame:
    """The changes of every unit, every theme and every unit in each theme that pieces make, day by day."""
    turns = turns_of(pieces)
    day, unit = pl.col("day"), pl.col("unit").cast(pl.Int64)
    together = unit * _MANY + _BOTH - pl.col("theme")
    month = pl.when(ordinal(day) >= map_from).then(day).otherwise(day.dt.truncate("1mo"))
    return pl.concat(
        turns.group_by(cell.cast(pl.Int64).alias("cell"), when.alias("day"))
        .agg(pl.col(MEASURES).sum())
        .collect(engine="streaming")
        for cell, when in ((unit, day), (pl.col("theme"), day), (together, month))
    )


def cell_of(number: int, names: Mapping[int, str]) -> tuple[str, int, str]:
    """Kind, unit and theme of a cell of ``recounted``; ``names`` are the themes by their numbers."""
    if number < 0:
        return THEME, 0, names[number]
    if number < _BOTH:
        return UNIT, number, ""
    unit, theme = divmod(number - _BOTH, _MANY)
    return BOTH, unit, names[-theme]


def added(changes: pl.DataFrame) -> pl.DataFrame:
    """Changes of one cell and day made one; those that come to nothing left out."""
    summed = changes.lazy().group_by("cell", "day").agg(pl.col(MEASURES).sum())
    some = pl.any_horizontal(pl.col(MEASURES) != 0)
    return summed.filter(some).collect(engine="streaming")


def themes(session: Session) -> dict[str, int]:
    """Every theme that a fact or the ledger names, with a negative number to stand for it beside the
    ids of units."""
    names = set(session.scalars(select(DatasetFact.theme).distinct()))
    names |= set(session.scalars(select(OpennessCell.theme).where(OpennessCell.kind != UNIT)))
    return {name: -number for number, name in enumerate(sorted(names), start=1)}


def recounted(session: Session, numbers: Mapping[str, int], map_from: int) -> pl.DataFrame:
    """Every change of every unit (its id), theme (its number) and unit in a theme by day, from the facts
    alone; ``cell_of`` says what a number stands for."""
    closed, answers = _covered(session), _answering(session)
    named = pl.DataFrame(
        {"theme": list(numbers), "number": list(numbers.values())},
        schema={"theme": pl.String, "number": pl.Int32},
    )
    held = [no_changes()]
    waiting = 0
    for facts in _facts(session):
        numbered = (
            facts.with_columns(pl.col("theme").fill_null(""))
            .join(named, on="theme")
            .drop("theme")
            .rename({"number": "theme"})
        )
        held.append(_edges(pieces_of(numbered, closed, answers), map_from))
        waiting += held[-1].height
        if waiting > _HELD:
            held, waiting = [added(pl.concat(held))], 0
    return added(pl.concat(held))


def no_changes() -> pl.DataFrame:
    """A table of changes without any."""
    whole: dict[str, Any] = {"cell": pl.Int64, "day": pl.Date}
    return pl.DataFrame(schema=whole | {name: TYPES[name] for name in MEASURES})


def cell_ids(session: Session, numbers: Mapping[str, int]) -> pl.DataFrame:
    """The ids of the cells of the ledger beside the cells of ``recounted``."""
    cells = [
        (id_, _number(kind, unit, numbers.get(theme, 0)))
        for id_, kind, unit, theme in session.execute(
            select(OpennessCell.id, OpennessCell.kind, OpennessCell.unit_id, OpennessCell.theme)
        )
    ]
    return pl.DataFrame(cells, schema={"id": pl.Int32, "cell": pl.Int64}, orient="row")


def _number(kind: str, unit: int, theme: int) -> int:
    """What ``cell_of`` reads."""
    if kind == BOTH:
        return unit * _MANY + _BOTH - theme
    return unit if kind == UNIT else theme


def ordinal(day: pl.Expr) -> pl.Expr:
    """A date as the ledger counts days."""
    return day.cast(pl.Int32) + EPOCH


MAP_ROWS = 500_000
"""Rows that the days of the map of units and themes may have when the ledger is made."""


def map_from(session: Session, last: date, cells: int, limit: int) -> int:
    """From which day on that map is kept day by day, so that the days have ``limit`` rows at most: 0
    (from the beginning), or the first of a month, at the latest that of ``last``.

    A city of a few hundred changes a day is kept whole; of millions of entries the older days stand at
    month ends only. A day has no more rows than there are cells.
    """
    query = (
        select(DatasetFact.valid_from, func.count())
        .where(DatasetFact.superseded_at.is_(None))
        .group_by(DatasetFact.valid_from)
        .order_by(DatasetFact.valid_from.desc())
    )
    rows = 0
    for day, count in session.execute(query):
        rows += min(2 * count, cells)
        if rows > limit:
            following = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
            return int(min(following, last.replace(day=1)).toordinal())
    return 0


def kept(session: Session, numbers: Mapping[str, int]) -> pl.DataFrame:
    """The rows of the ledger, with the cells of ``recounted``."""
    row = OpennessLedger
    columns: row_streams.Columns = {
        "id": (row.cell_id, pl.Int32), "grain": (row.grain, pl.Int8), "day": (row.day, pl.Int32),
        **{name: (getattr(row, name), TYPES[name]) for name in MEASURES},
    }  # fmt: skip
    rows = row_streams.whole(session, columns, [], row.cell_id, _CELLS)
    return rows.join(cell_ids(session, numbers), on="id").with_columns(
        (pl.col("day") - EPOCH).cast(pl.Date).alias("day")
    )
