"""Many entries as tables, and the changes of the counts that they make: what ``openness_intervals`` does
for a few, for as many as one adjustment of a list touches.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import polars as pl
from sqlalchemy import true
from sqlalchemy.orm import Session

from catalog.models import AvailabilityFact, DatasetFact, ExemptionLink
from catalog.services import row_streams
from catalog.services.openness_intervals import InForce, Place
from catalog.services.openness_measures import MEASURES, Counts, plus
from catalog.services.openness_recount import (
    ANSWERS,
    EPOCH,
    LINKS,
    answering,
    covered,
    fact_columns,
    ordinal,
    pieces_of,
    turns_of,
)
from schemas.vocabularies import DatasetState


class Tables(NamedTuple):
    """What is known of entries: their facts, what closes them whole, when their bytes answer."""

    facts: pl.DataFrame
    links: pl.DataFrame
    answers: pl.DataFrame

    @property
    def numbers(self) -> set[str]:
        """The items of the negative list that close any of them."""
        return set(self.links["number"].unique())


def load(session: Session, ids: Collection[int]) -> Tables:
    """The current facts of entries."""
    session.flush()
    fact, link, answer = DatasetFact, ExemptionLink, AvailabilityFact
    counts = [fact.superseded_at.is_(None), fact.state != DatasetState.RETIRED]
    facts = row_streams.of(session, fact_columns(), counts, fact.dataset_id, ids)
    whole = [link.superseded_at.is_(None), link.field == ""]
    there = [answer.superseded_at.is_(None), answer.available.is_(true())]
    return Tables(
        facts.with_columns(pl.col("theme").fill_null("")),
        row_streams.of(session, LINKS, whole, link.dataset_id, ids),
        row_streams.of(session, ANSWERS, there, answer.dataset_id, ids),
    )


def turned(
    before: Iterable[tuple[Tables, InForce]],
    after: Iterable[tuple[Tables, InForce]],
    into: dict[Place, Counts],
) -> None:
    """Add the changes of the counts that entries make as they are, less those that they made before."""
    signed = [(one, 1) for one in after] + [(one, -1) for one in before]
    if not signed:
        return
    parts = [_turns(*one, sign) for one, sign in signed]
    summed = (
        pl.concat(parts)
        .group_by("unit", "theme", ordinal(pl.col("day")).alias("day"))
        .agg(pl.col(MEASURES).sum())
        .filter(pl.any_horizontal(pl.col(MEASURES) != 0))
    )
    for unit, theme, day, *counts in summed.collect().iter_rows():
        place, found = (unit, theme, day), Counts._make(counts)
        known = into.get(place)
        into[place] = found if known is None else plus(known, found)


def _turns(tables: Tables, in_force: InForce, sign: int) -> pl.LazyFrame:
    closed = covered(tables.links, _items(in_force))
    pieces = pieces_of(tables.facts, closed, answering(tables.answers))
    return turns_of(pieces).with_columns(pl.col(MEASURES).cast(pl.Int64) * sign)


def _items(in_force: Mapping[str, Sequence[tuple[int, int]]]) -> pl.DataFrame:
    rows = [(number, *span) for number, spans in in_force.items() for span in spans]
    schema = {"number": pl.String, "force": pl.Int32, "lapse": pl.Int32}
    day = (pl.col("force", "lapse") - EPOCH).cast(pl.Date)
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(day)
