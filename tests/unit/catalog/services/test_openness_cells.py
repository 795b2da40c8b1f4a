"""Many changes of counts at once come to what they come to one after the other."""

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from catalog import db
from catalog.db import Base, Database
from catalog.models import OpennessCell, OpennessLedger
from catalog.services import openness_cells
from catalog.services.openness_intervals import Place
from catalog.services.openness_measures import MEASURES, Counts
from tests.common.servers import new_database

FIRST = date(2026, 9, 20).toordinal()


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.scaled)]
)
def ledger(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path_factory.mktemp('cells')}/catalog.db"
    if request.param == "postgresql":
        url = new_database(request.getfixturevalue("servers")[0])
    database = db.open_database(url)
    Base.metadata.create_all(database.engine)
    yield database
    database.engine.dispose()


def written(database: Database, *parts: dict[Place, Counts]) -> set[tuple[object, ...]]:
    """The ledger that changes make, each part in one go."""
    cell, row = OpennessCell.__table__.c, OpennessLedger.__table__.c
    counts = [row[name] for name in MEASURES]
    with database.write() as session:
        for table in (OpennessLedger, OpennessCell):
            session.execute(delete(table))
        for part in parts:
            openness_cells.apply(session, part, FIRST + 60)
        found = session.execute(
            select(cell.kind, cell.unit_id, cell.theme, row.grain, row.day, *counts).join(
                OpennessLedger, row.cell_id == cell.id
            )
        )
        return {tuple(one) for one in found}


PLACES = st.tuples(
    st.integers(1, 9), st.sampled_from(["交通运输", "教育", ""]), st.integers(FIRST, FIRST + 120)
)
COUNTS = st.lists(st.integers(-3, 3), min_size=len(MEASURES), max_size=len(MEASURES))


@settings(
    max_examples=6,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(COUNTS, min_size=5, max_size=5),
    st.sets(PLACES, min_size=60, max_size=90),
    st.sets(PLACES, min_size=60, max_size=90),
)
def test_many_changes_at_once_are_the_same_changes_one_after_the_other(
    ledger: Database, kinds: list[list[int]], some: set[Place], more: set[Place]
) -> None:
    first, second = (
        {place: Counts(*kinds[sum(map(hash, place)) % 5]) for place in sorted(places)}
        for places in (some, more)
    )
    alone = [{place: counts} for part in (first, second) for place, counts in part.items()]
    assert written(ledger, first, second) == written(ledger, *alone)
