"""The ledger kept on every write equals the facts counted again, on any day, whatever was written."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from catalog import db
from catalog.auth import SYSTEM
from catalog.db import Base, Database
from catalog.models import (
    AuditEvent,
    AvailabilityFact,
    Dataset,
    OpennessLedger,
    OpennessState,
    Unit,
)
from catalog.services import (
    audit,
    facts,
    item_exceptions,
    list_effects,
    mergers,
    negative_list,
    openness,
    openness_counts,
    openness_ledger,
    openness_upkeep,
    releasing,
    trail,
    units,
)
from catalog.services.openness_counts import counted
from catalog.services.openness_measures import NONE
from schemas.vocabularies import DatasetState, Openness, ReachPolicy, Role
from tests.common.lists import (
    World,
    add_dataset,
    add_item,
    add_unit,
    adopt,
    item_values,
    make_world,
    person,
)
from tests.common.servers import new_database
from tests.conftest import NOW

TODAY = date(2026, 11, 23)
EXAMPLES = int(os.environ.get("GONGKAI_LEDGER_HISTORIES", "12"))
"""Histories on each database; the long form of ``make soak`` asks for hundreds, and longer ones."""
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
        both = counted(session, day, None, "unit_id", "theme")
        assert openness_counts.by_unit_and_theme(session, day) == both, day
        if openness_counts.mapped(session, day):
            kept_both = openness_ledger.by_unit_and_theme(session, day)
            assert {key: counts for key, counts in kept_both.items() if counts != NONE} == both, day
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

    @property
    def review_by(self) -> str:
        return (self.today + timedelta(days=300)).isoformat()

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
        self.items.append(
            add_item(
                world, now=self.now, valid_to=ends and ends.isoformat(), review_by=self.review_by
            )
        )

    def live(self, session: Session, on: date) -> list[str]:
        return [
            one.number for one in negative_list.in_force(session, on) if one.ended_by_id is None
        ]

    def repeal(self, session: Session, world: World, a: int, b: int) -> None:
        on = self.today + timedelta(days=b % 3)
        if live := self.live(session, on):
            change = {"kind": ["repeal", "open"][a % 2], "number": live[a % len(live)]}
            adopt(world, change, now=self.now, effective_on=on)

    def amend(self, session: Session, world: World, a: int, b: int) -> None:
        """Another scope and sometimes a term, today or some days ahead."""
        on = self.today + timedelta(days=b % 3)
        ends = (on + timedelta(days=2 + b)).isoformat() if b % 2 else None
        item = {
            "scope": {"themes": [THEMES[a % 2]]}, "valid_to": ends, "name": f"{self.now:%j %M}",
            "review_by": self.review_by,
        }  # fmt: skip
        if live := self.live(session, on):
            change = {"kind": "amend", "number": live[a % len(live)], "item": item}
            adopt(world, change, now=self.now, effective_on=on)

    def reach(self, _session: Session, world: World, a: int, b: int) -> None:
        """A new item that suspends, withdraws or only asks about what it reaches."""
        item = item_values(scope={"themes": [THEMES[b % 2]]}, review_by=self.review_by)
        change = {"kind": "add", "item": item}
        terms = negative_list.Terms(policy=list(ReachPolicy)[a % 3])
        on = self.today + timedelta(days=b % 3)
        made = adopt(world, change, now=self.now, effective_on=on, terms=terms)
        self.items.append(made.changes[0]["number"])

    def except_(self, session: Session, world: World, a: int, _b: int) -> None:
        """A consent that opens what an item of article 15 closes."""
        if (dataset := self.pick(session, a)) is None:
            return
        closing = facts.links(session, dataset.id).get("", [])
        for number in set(closing) & set(self.live(session, self.today)):
            given = {
                "item": number, "kind": "consent", "given_by": "某公司", "given_on": self.today,
                "reason": "书面同意",
            }  # fmt: skip
            made = item_exceptions.record(
                session, world.administrator, dataset.slug, given, now=self.now
            )
            other = person(session, f"{number} {made.id}", Role.ADMINISTRATOR, self.now)
            item_exceptions.confirm(session, other, made.id, now=self.now)

    def merge(self, session: Session, _world: World, a: int, b: int) -> None:
        """A unit goes over to the first one: some days ago, today or some days ahead."""
        old, new = (session.get_one(Unit, self.units[place]) for place in (1 + a % 2, 0))
        if old.successor_id is None:
            left = self.today + timedelta(days=b % 9 - 4)
            given = {"roster_to": left.isoformat(), "successor": new.code}
            units.amend(session, SYSTEM, old.code, given, expected=None, now=self.now)

    def remake(self, session: Session, _world: World, a: int, _b: int) -> None:
        """The ledger made from nothing, its map of units and themes day by day as far as there is room."""
        openness_upkeep.rebuild(session, SYSTEM, now=self.now, map_rows=a % 20)

    def night(self, session: Session, _world: World, _a: int, _b: int) -> None:
        """What the calendar brings about."""
        mergers.hand_over_due(session, SYSTEM, now=self.now)
        releasing.release_uncovered(session, SYSTEM, now=self.now)
        list_effects.reach_due(session, SYSTEM, now=self.now)

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
        st.sampled_from(
            [
                "add",
                "add",
                "add",
                "change",
                "close",
                "close",
                "item",
                "repeal",
                "correct",
                "check",
                "amend",
                "reach",
                "except_",
                "merge",
                "night",
                "remake",
            ]
        ),
        st.integers(0, 99),
        st.integers(0, 99),
    ),
    min_size=1,
    max_size=16 if EXAMPLES < 100 else 60,
)


def histories(examples: int) -> Any:
    return settings(
        max_examples=examples,
        deadline=None,
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


@histories(EXAMPLES)
@given(STEPS)
def test_after_any_history_the_ledger_says_what_the_facts_say(
    city: Database, steps: list[tuple[int, str, int, int]]
) -> None:
    assert_lived(city, steps)


@histories(EXAMPLES // 4)
@given(STEPS, st.integers(1, 3))
def test_after_any_history_of_changes_in_bulk_the_ledger_says_what_the_facts_say(
    city: Database, steps: list[tuple[int, str, int, int]], many: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(openness_ledger, "_MANY", many)
        assert_lived(city, steps)


def assert_lived(city: Database, steps: list[tuple[int, str, int, int]]) -> None:
    empty(city)
    story = History(city)
    story.begin()
    for pause, kind, a, b in steps:
        story.now += timedelta(days=pause, minutes=1)
        story.step(kind, a, b)
    story.step("night", 0, 0)
    first, last = TODAY - timedelta(days=50), story.today + timedelta(days=45)
    ends = {
        day - timedelta(days=1)
        for day in (first + timedelta(days=n) for n in range((last - first).days))
        if day.day == 1
    }
    days = sorted(
        {first, TODAY, story.today, last}
        | ends
        | {first + timedelta(days=n) for n in range(0, (last - first).days, 9)}
    )
    with city.read() as session:
        assert_agrees(session, days)
    assert_kept(city, story.now)


def test_a_map_without_room_for_its_days_is_right_at_month_ends_and_counted_between_them(
    city: Database,
) -> None:
    empty(city)
    story = History(city)
    story.begin()
    for n in range(12):
        story.step("add", n, n)
        story.now += timedelta(days=9)
    story.step("remake", 0, 0)
    for n in range(6):
        story.step("correct", n, 44 - n)
        story.step("change", n, n)
        story.now += timedelta(days=3)
    with city.read() as session:
        since = date.fromordinal(session.get_one(OpennessState, 1).map_from)
        assert since == date(2027, 3, 1)
        days = [TODAY + timedelta(days=n) for n in range((story.today - TODAY).days + 1)]
        mapped = [day for day in days if openness_counts.mapped(session, day)]
        ends = [date(2026, 11, 30), date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28)]
        assert mapped == [*ends, *(day for day in days if day >= since)]
        assert_agrees(session, days)
        some = {story.units[0]}
        every = openness_counts.by_unit_and_theme(session, ends[2])
        asked = openness_counts.by_unit_and_theme(session, ends[2], None, some)
        assert asked == {key: one for key, one in every.items() if key[0] in some} != {}
    assert_kept(city, story.now)


def assert_kept(city: Database, now: datetime) -> None:
    """Counted again from nothing everything is the same, and a ledger made anew is."""
    with city.snapshot() as session:
        found = openness_upkeep.compare(session, SYSTEM)
    assert (found.differences, found.shown) == (0, ())
    with city.write() as session:
        known = session.scalar(select(OpennessState.map_from)) or 0
        openness_upkeep.rebuild(session, SYSTEM, now=now)
        assert session.get_one(OpennessState, 1).map_from == 0
    with city.snapshot() as session:
        again = openness_upkeep.compare(session, SYSTEM)
    assert again == found if known == 0 else (again.differences, again.shown) == (0, ())


def test_adjustments_lapses_exceptions_and_mergers_leave_the_ledger_as_the_facts_are(
    city: Database,
) -> None:
    empty(city)
    story = History(city)
    story.begin()
    for n in range(12):
        story.step("add", n, n)
    for n in range(4):
        story.step("item", n // 3, 0)
    for n, item in ((2, 0), (6, 1), (10, 2), (3, 3), (7, 0), (11, 1)):
        story.step("close", n, item)
    steps = [
        ("except_", 2, 0), ("reach", 1, 0), ("reach", 2, 1), ("amend", 0, 1), ("merge", 0, 1),
        ("repeal", 0, 2), ("correct", 6, 30), ("merge", 1, 7), ("repeal", 1, 1),
    ]  # fmt: skip
    for kind, a, b in steps:
        story.step(kind, a, b)
        story.now += timedelta(days=1, minutes=1)
        story.step("night", 0, 0)
    assert_kept(city, story.now)
    with city.read() as session:
        verdict = audit.verify(session, story.world.administrator)
        assert verdict.broken_at is None
        tags = {one.tag for one in trail.events(session, story.world.administrator, limit=500)}
    assert tags >= {
        "dataset:amended", "dataset:suspended", "dataset:withdrawn", "exception:confirmed",
        "unit:handed-over",
    }  # fmt: skip


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
        assert found.shown[0].kind in {"unit", "theme", "both"}
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
