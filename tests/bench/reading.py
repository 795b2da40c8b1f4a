"""What the public asks for: search, and the rates of a day."""

from collections import Counter
from datetime import date
from functools import partial
from pathlib import Path

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from catalog.auth import ANONYMOUS
from catalog.models import Dataset, DatasetFact, Unit
from catalog.search import SearchIndex, open_index
from catalog.services import openness
from catalog.services.searching import SearchQuery, search
from schemas.vocabularies import DatasetState, Openness
from tests.bench.crowd import KINDS, SUBJECTS, crowded
from tests.bench.figures import Row, seconds, spread, times
from tests.bench.scale import Scale

DAY = date(2026, 11, 23)
OPEN = {Openness.UNCONDITIONAL, Openness.CONDITIONAL}


def searching(scale: Scale, folder: Path) -> list[Row]:
    """Questions of two to eight characters, some with a year; twenty entries and their total."""
    questions = [
        (f"{2015 + n % 12}年" if n % 3 == 0 else "")
        + SUBJECTS[n % len(SUBJECTS)][: 2 + n % 3]
        + (KINDS[n % len(KINDS)] if n % 2 else "")
        for n in range(scale.repeats)
    ]
    with crowded(folder, scale.units, scale.search_entries) as database:
        index = open_index(folder / "index")
        assert index.rebuild(database) == scale.search_entries
        with database.read() as session:
            ours = spread([partial(_ask, session, index, q) for q in questions])
            peer = spread([partial(_like, session, q) for q in questions])
    return [
        Row(
            f"Search over {scale.search_entries:,} entries: first 20, total, six facets",
            str(ours),
            f"{peer} (SQL LIKE on the same database, no facets, no ranking)",
            f"{times(ours.p95, peer.p95)} at p95",
        )
    ]


def _ask(session: Session, index: SearchIndex, question: str) -> None:
    session.expunge_all()
    assert search(session, index, ANONYMOUS, SearchQuery(q=question)).total >= 0


def _like(session: Session, question: str) -> None:
    session.expunge_all()
    found = select(Dataset).where(
        Dataset.published_at.is_not(None),
        or_(Dataset.title.contains(question), Dataset.description.contains(question)),
    )
    session.scalars(found.order_by(Dataset.updated_at.desc()).limit(20)).all()
    session.scalar(select(func.count()).select_from(found.subquery()))


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
