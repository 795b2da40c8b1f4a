"""The ledger kept on every write equals the facts counted again, on any day, whatever was written."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from catalog import db
from catalog.auth import SYSTEM
from catalog.db import Base, Database
from catalog.models import AuditEvent, AvailabilityFact, Dataset, OpennessLedger, Unit
from catalog.services import facts, negative_list, openness, openness_ledger, openness_upkeep
from catalog.services.openness_counts import counted
from catalog.services.openness_measures import NONE
from schemas.vocabularies import DatasetState, Openness
from tests.common.lists import World, add_dataset, add_item, add_unit, adopt, make_world
from tests.common.servers import new_database
from tests.conftest import NOW

TODAY = date(2026, 11, 23)
STATES = [DatasetState.PUBLISHED, DatasetState.PUBLISHED, DatasetState.DRAFT, DatasetState.RETIRED]
THEMES = ["交通运输", "教育", ""]


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = db.open_database(url)
    Base.metadata.create_all(database.engine)
    try:
        yield database
    finally:
        database.engine.dispose()


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.scaled)]
)
def city(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("ledger")
    if request.param == "sqlite":
        url = f"sqlite:///{folder}/catalog.db"
    else:
        url = new_database(request.getfixturevalue("servers")[0])
    with opened(url) as database:
        yield database


def empty(database: Database) -> None:
    with database.engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(delete(table))


def assert_agrees(session: Session, days: list[date]) -> None:
    """Units, themes and the trend, from the ledger and from the facts."""
    assert openness_ledger.readable(session)
    for day in days:
        ledger = openness_ledger.by_unit_id(session, day)
        kept = {unit: counts for unit, counts in ledger.items() if counts != NONE}
        assert kept == counted(session, day, None, "unit_id"), day
        themes = openness_ledger.by_theme_name(session, day)
        kept = {theme: counts for theme, counts in themes.items() if counts != NONE}
        assert kept == counted(session, day, None, "theme"), day
    for point in openness.trend(session, days[0], days[-1]):
        whole = openness.rates(session, as_of=point.day)
        assert (point.counts, point.unit_rate) == (whole.counts, whole.unit_rate["all"])
        assert point.verified_unit_rate == whole.verified_unit_rate["all"]


@dataclass
class History:
    """A city and what has happened in it so far, one committed transaction a step."""

    database: Database
    now: datetime = NOW
    units: list[int] = field(default_factory=list)
    datasets: list[int] = field(default_factory=list)
    items: list[str] = field(default_factory=list)

    def begin(self) -> None:
        with self.database.write() as session:
            self.world = make_world(session, self.now)
            self.units = [self.world.unit.id, *(add_unit(session, NOW).id for _ in range(2))]

    def step(self, kind: str, a: int, b: int) -> None:
        with self.database.write() as session:
            world = World(
                session, self.now, self.world.calendar, self.world.keeper,
                self.world.other_keeper, self.world.administrator, self.world.unit, self.world.editor,
            )  # fmt: skip
            getattr(self, kind)(session, world, a, b)

    def pick(self, session: Session, a: int) -> Dataset | None:
        if not self.datasets:
            return None
        return session.get_one(Dataset, self.datasets[a % len(self.datasets)])

    def add(self, session: Session, _world: World, a: int, b: int) -> None:
        made = add_dataset(
            session, session.get_one(Unit, self.units[a % 3]), self.now,
            state=STATES[b % 4], openness=list(Openness)[a % 4], theme=THEMES[b % 3],
            licence="开放", formats=["csv"], landing_page="https://example.test/", modified=self.today,
            update_cycle=["daily", "monthly", "irregular"][b % 3],
            fields={"甲": "unconditional", "乙": "withheld"} if a % 2 else {},
        )  # fmt: skip
        self.datasets.append(made.id)

    @property
    def today(self) -> date:
        return facts.day(self.now)

    def change(self, session: Session, _world: World, a: int, b: int) -> None:
        if (dataset := self.pick(session, a)) is None:
            return
        dataset.state = STATES[b % 4]
        dataset.openness = list(Openness)[b % 3]
        dataset.theme = THEMES[a % 3]
        dataset.opened_by_superior = b % 5 == 0
        facts.link(session, dataset.id, "", set(), self.now)
        facts.record(session, dataset, self.now)

    def close(self, session: Session, _world: World, a: int, b: int) -> None:
        if (dataset := self.pick(session, a)) is None:
            return
        dataset.openness = Openness.WITHHELD
        numbers = {self.items[b % len(self.items)]} if self.items else set()
        facts.link(session, dataset.id, "", numbers, self.now)
        facts.record(session, dataset, self.now)

    def item(self, _session: Session, world: World, a: int, _b: int) -> None:
        ends = self.today + timedelta(days=1 + a % 40) if a % 2 else None
        self.items.append(add_item(world, now=self.now, valid_to=ends and ends.isoformat()))

    def repeal(self, session: Session, world: World, a: int, b: int) -> None:
        on = self.today + timedelta(days=b % 3)
        live = [
            one.number for one in negative_list.in_force(session, on) if one.ended_by_id is None
        ]
        if live:
            change = {"kind": "repeal", "number": live[a % len(live)]}
            adopt(world, change, now=self.now, effective_on=on)

    def correct(self, session: Session, _world: World, a: int, b: int) -> None:
        """A late correction of the past, back over month ends."""
        if (dataset := self.pick(session, a)) is None:
            return
        begins = self.today - timedelta(days=1 + b % 45)
        values = {"openness": str(list(Openness)[b % 3]), "state": str(STATES[a % 4])}
        ends = min(self.today, begins + timedelta(days=1 + a % 40))
        facts.correct(session, [dataset.id], values, (begins, ends), self.now)

    def check(self, session: Session, _world: World, a: int, b: int) -> None:
        if (dataset := self.pick(session, a)) is None:
            return
        openness_ledger.touch(session, [dataset.id])
        session.add(
            AvailabilityFact(
                dataset_id=dataset.id, available=bool(b % 3), valid_from=self.today,
                valid_to=self.today + timedelta(days=7), recorded_at=self.now, checked_at=self.now,
                superseded_at=None,
            )
        )  # fmt: skip


STEPS = st.lists(
    st.tuples(
        st.integers(0, 20),
        st.sampled_from(["add", "add", "change", "close", "item", "repeal", "correct", "check"]),
        st.integers(0, 99),
        st.integers(0, 99),
    ),
    min_size=1,
    max_size=16,
)


@settings(
    max_examples=12,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(STEPS)
def test_after_any_history_the_ledger_says_what_the_facts_say(
    city: Database, steps: list[tuple[int, str, int, int]]
) -> None:
    empty(city)
    story = History(city)
    story.begin()
    for pause, kind, a, b in steps:
        story.now += timedelta(days=pause, minutes=1)
        story.step(kind, a, b)
    first, last = TODAY - timedelta(days=50), story.today + timedelta(days=45)
    days = sorted(
        {first, TODAY, story.today, last}
        | {first + timedelta(days=n) for n in range(0, (last - first).days, 9)}
    )
    with city.read() as session:
        assert_agrees(session, days)
    assert_kept(city, story.now)


def assert_kept(city: Database, now: datetime) -> None:
    """Counted again from nothing everything is the same, and a ledger made anew is."""
    with city.snapshot() as session:
        found = openness_upkeep.compare(session, SYSTEM)
    assert (found.differences, found.shown) == (0, ())
    with city.write() as session:
        openness_upkeep.rebuild(session, SYSTEM, now=now)
    with city.snapshot() as session:
        assert openness_upkeep.compare(session, SYSTEM) == found


def test_a_ledger_that_was_tampered_with_is_found_and_no_longer_believed(city: Database) -> None:
    empty(city)
    story = History(city)
    story.begin()
    for n in range(6):
        story.step("add", n, 0)
        story.now += timedelta(days=9)
    right = None
    for row in range(2):
        with city.write() as session:
            right = openness.by_unit(session, story.today)
            rows = session.scalars(select(OpennessLedger).where(OpennessLedger.grain == row)).all()
            rows[row].open += 1
        with city.snapshot() as session:
            found = openness_upkeep.compare(session, SYSTEM)
        assert found.differences
        assert found.shown[0].kind in {"unit", "theme"}
        with city.write() as session:
            openness_upkeep.note(session, SYSTEM, found, now=story.now, seconds=1)
        with city.read() as session:
            assert openness.by_unit(session, story.today) == right
            event = session.scalars(select(AuditEvent).order_by(AuditEvent.sequence.desc())).first()
            assert event is not None
            assert event.tag == "openness:differs"
        with city.write() as session:
            assert openness_upkeep.rebuild(session, SYSTEM, now=story.now)
        assert_kept(city, story.now)
    with city.read() as session:
        assert openness.by_unit(session, story.today) == right
