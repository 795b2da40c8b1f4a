"""What the public asks for: search, and the rates of a day."""

from collections import Counter
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import DatasetFact, Unit
from catalog.services import openness
from schemas.vocabularies import DatasetState, Openness
from tests.bench.crowd import crowded
from tests.bench.figures import Row, seconds, spread, times
from tests.bench.scale import Scale

DAY = date(2026, 11, 23)
OPEN = {Openness.UNCONDITIONAL, Openness.CONDITIONAL}


def rates(scale: Scale, folder: Path) -> list[Row]:
    """The rates of a day from facts, beside loading the facts and counting them."""
    with crowded(folder, scale.units, scale.facts) as database, database.read() as session:
        counted = openness.rates(session, as_of=DAY).data_rate["all"]
        assert (counted.n, counted.d) == _naive(session)
        tries = [lambda: openness.rates(session, as_of=DAY)] * min(5, scale.repeats)
        ours = spread(tries).p50 / 1000
        peer = seconds(lambda: _naive(session))
    return [
        Row(
            f"Openness rates of a day: {scale.units:,} units, {scale.facts:,} facts",
            f"{ours * 1000:.0f} ms",
            f"{peer * 1000:.0f} ms (facts loaded as objects and counted)",
            times(ours, peer),
        )
    ]


def _naive(session: Session) -> tuple[int, int]:
    session.expunge_all()
    units = session.scalars(select(Unit)).all()
    facts = session.scalars(select(DatasetFact).where(DatasetFact.superseded_at.is_(None))).all()
    counts: Counter[str] = Counter()
    holding: Counter[int] = Counter()
    for fact in facts:
        ended = fact.valid_to is not None and fact.valid_to <= DAY
        if fact.valid_from > DAY or ended or fact.state == DatasetState.RETIRED:
            continue
        is_open = fact.state == DatasetState.PUBLISHED and fact.openness in OPEN
        counts["open"] += is_open
        counts["all"] += 1
        holding[fact.unit_id] += is_open
    assert set(holding) <= {unit.id for unit in units}
    return counts["open"], counts["all"]
