"""Rates of any day over random histories: a plain count gives the same, and later work never changes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from catalog.models import Dataset, Unit
from catalog.services import facts, negative_list, openness, originals
from catalog.services.openness import Rates
from schemas.vocabularies import DatasetState, Openness
from tests.common.lists import World, add_dataset, add_item, add_unit, adopt

TODAY = date(2026, 11, 23)
PUBLISHED = {"state": DatasetState.PUBLISHED}


STATES = [one for one in DatasetState if one != DatasetState.SUBMITTED]
STEP = st.tuples(
    st.integers(0, 3),  # days that pass before it
    st.sampled_from(
        ["add", "state", "open", "close", "flag", "item", "lapsing", "repeal", "fields"]
    ),
    st.integers(0, 99),
    st.integers(0, 99),
)


@dataclass
class Story:
    """A random sequence of changes, with a plain record of how things stood on every day."""

    world: World
    units: list[Unit]
    now: datetime
    datasets: list[Dataset] = field(default_factory=list)
    items: dict[str, tuple[date, date | None]] = field(default_factory=dict)
    links: dict[int, set[str]] = field(default_factory=dict)
    days: dict[date, list[dict[str, Any]]] = field(default_factory=dict)
    asked: list[tuple[datetime, date, Rates]] = field(default_factory=list)

    @property
    def today(self) -> date:
        return facts.day(self.now)

    def covered(self, numbers: set[str], on: date) -> bool:
        spans = [self.items[number] for number in numbers]
        return any(start <= on and (end is None or on < end) for start, end in spans)

    def repeats(self, one: Dataset) -> bool:
        """Only what repeats an entry in the directory is not due."""
        return bool(one.duplicate_of_id) and self.datasets[0].state != DatasetState.RETIRED

    def write(self) -> None:
        """How every entry stands at the end of this day, read from the entries themselves."""
        self.days[self.today] = [
            {
                "unit": one.unit_id,
                "state": str(one.state),
                "openness": str(one.openness),
                "items": set(self.links.get(one.id, ())),
                "due": not (one.opened_by_superior or self.repeats(one)),
                "fields": [str(each.openness) for each in one.fields],
            }
            for one in self.datasets
        ]

    def expected(self, on: date) -> dict[str, tuple[int, int]]:
        """The rates of a day, counted one entry at a time."""
        past = [day for day in self.days if day <= on]
        rows = [row for row in self.days[max(past)] if row["state"] != "retired"] if past else []
        opened = [
            row
            for row in rows
            if row["state"] == "published" and row["openness"] in {"unconditional", "conditional"}
        ]
        due = [
            row
            for row in rows
            if row["due"] and not (row["openness"] == "withheld" and self.covered(row["items"], on))
        ]
        open_fields = [
            each
            for row in opened
            for each in row["fields"]
            if each in {"unconditional", "conditional"}
        ]
        return {
            "units": (len({row["unit"] for row in opened}), len(self.units)),
            "all": (len(opened), len(rows)),
            "due": (len([row for row in due if row in opened]), len(due)),
            "field": (len(open_fields), sum(len(row["fields"]) for row in rows)),
        }

    def record(self, dataset: Dataset) -> None:
        dataset.updated_at = self.now
        facts.record(self.world.session, dataset, self.now)

    def step(self, kind: str, a: int, b: int) -> None:
        session = self.world.session
        if kind == "add" or (not self.datasets and kind not in {"item", "lapsing", "repeal"}):
            opened = [Openness.UNCONDITIONAL, Openness.CONDITIONAL, Openness.UNASSESSED][b % 3]
            fields = {"甲": "unconditional", "乙": "withheld"} if a % 2 else {}
            made = add_dataset(
                session, self.units[a % len(self.units)], self.now,
                state=STATES[b % len(STATES)], openness=opened, fields=fields,
            )  # fmt: skip
            self.datasets.append(made)
        elif kind in {"item", "lapsing"}:
            ends = self.today + timedelta(days=1 + b % 5) if kind == "lapsing" else None
            number = add_item(self.world, now=self.now, valid_to=ends and ends.isoformat())
            self.items[number] = (self.today, ends)
        elif kind == "repeal":
            self.repeal(a, b)
        else:
            self.change(kind, self.datasets[a % len(self.datasets)], b)

    def repeal(self, a: int, b: int) -> None:
        on = self.today + timedelta(days=b % 3)
        live = [
            number
            for number, (start, end) in sorted(self.items.items())
            if start <= on and (end is None or on < end)
        ]
        ended = {
            one.number
            for one in negative_list.in_force(self.world.session, on)
            if one.ended_by_id is not None
        }
        live = [number for number in live if number not in ended]
        if live:
            number = live[a % len(live)]
            adopt(self.world, {"kind": "repeal", "number": number}, now=self.now, effective_on=on)
            self.items[number] = (self.items[number][0], on)

    def change(self, kind: str, dataset: Dataset, b: int) -> None:
        session = self.world.session
        if kind == "state":
            dataset.state = STATES[b % len(STATES)]
        elif kind == "flag":
            dataset.opened_by_superior = bool(b % 2)
            first = self.datasets[0]
            dataset.duplicate_of_id = first.id if b % 3 == 0 and dataset is not first else None
        elif kind == "fields":
            for each in dataset.fields:
                each.openness = ["unconditional", "withheld", "unassessed"][b % 3]
        elif kind == "open":
            dataset.openness = [Openness.UNCONDITIONAL, Openness.CONDITIONAL][b % 2]
            self.links[dataset.id] = set()
            facts.link(session, dataset.id, "", set(), self.now)
        else:
            numbers = sorted(self.items)
            chosen = {numbers[b % len(numbers)]} if numbers else set()
            dataset.openness = Openness.WITHHELD
            self.links[dataset.id] = chosen
            facts.link(session, dataset.id, "", chosen, self.now)
        self.record(dataset)
        if dataset is self.datasets[0]:
            for one in originals.repeating(session, dataset):
                self.record(one)

    def ask(self, on: date) -> None:
        """Remember an answer together with the moment it was given."""
        self.now += timedelta(minutes=1)
        self.asked.append((self.now, on, openness.rates(self.world.session, as_of=on)))


@contextmanager
def undone(session: Session) -> Iterator[None]:
    """Everything done inside is undone, so that one database serves many examples."""
    nested = session.begin_nested()
    try:
        yield
    finally:
        nested.rollback()
        session.expire_all()


def counts(rates: Rates) -> dict[str, tuple[int, int]]:
    shown = {"units": rates.unit_rate["all"]} | {
        basis: rates.data_rate[basis] for basis in ("all", "due", "field")
    }
    return {name: (rate.n, rate.d) for name, rate in shown.items()}


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(STEP, min_size=1, max_size=14))
def test_rates_of_any_day_equal_a_plain_count_and_never_change_afterwards(
    world: World, steps: list[tuple[int, str, int, int]]
) -> None:
    session = world.session
    with undone(session):
        units = [world.unit, add_unit(session, world.now), add_unit(session, world.now)]
        story = Story(world, units, world.now)
        for pause, kind, a, b in steps:
            story.now += timedelta(days=pause, minutes=1)
            story.step(kind, a, b)
            story.write()
            story.ask(story.today + timedelta(days=b % 7 - 3))
        first, last = TODAY - timedelta(days=1), story.today + timedelta(days=6)
        for n in range((last - first).days + 1):
            day = first + timedelta(days=n)
            found = openness.rates(session, as_of=day)
            assert counts(found) == story.expected(day), day
            assert all(
                rate.n <= rate.d for rate in (*found.data_rate.values(), *found.unit_rate.values())
            )
            assert sum(found.classes.values()) == found.data_rate["all"].d
            assert openness.history(session, day, day)[0][2] == found.data_rate["all"]
        for moment, day, answer in story.asked:
            again = openness.rates(
                session, as_of=day, recorded_before=moment + timedelta(seconds=1)
            )
            assert again == answer
