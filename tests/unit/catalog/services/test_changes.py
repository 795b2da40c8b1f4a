"""What changed a rate: every entry under one cause, and the contributions sum to the change exactly."""

from datetime import datetime, timedelta
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.auth import ANONYMOUS
from catalog.errors import Invalid
from catalog.models import Dataset, Unit
from catalog.services import changes, facts, openness, scopes
from catalog.services.changes import Span
from catalog.services.contributions import Cause, Change, UnitCause, points
from catalog.services.facts import day
from schemas.vocabularies import Basis, DatasetState, Openness, TargetScope
from tests.common.lists import World, add_dataset, add_item, add_unit, adopt

PUBLISHED = {"state": DatasetState.PUBLISHED}
DAYS = 40


def turn(world: World, dataset: Dataset, after: int, **values: object) -> None:
    """The entry becomes otherwise some days after the start."""
    at = world.now + timedelta(days=after)
    numbers = values.pop("withheld_by", set())
    for name, value in values.items():
        setattr(dataset, name, value)
    facts.link(world.session, dataset.id, "", numbers, at)
    facts.record(world.session, dataset, at)


def span(
    world: World,
    basis: str = Basis.ALL,
    first: int = 0,
    last: int = DAYS,
    *,
    verified: bool = False,
) -> Span:
    start = day(world.now)
    return Span(start + timedelta(days=first), start + timedelta(days=last), basis, verified)


def causes(change: Change) -> dict[str, tuple[int, int, int]]:
    return {str(step.cause): (step.count, step.n, step.d) for step in change.steps}


def sums_up(change: Change) -> bool:
    n = sum(step.n for step in change.steps)
    d = sum(step.d for step in change.steps)
    counts = (change.after.n - change.before.n, change.after.d - change.before.d) == (n, d)
    shares = [change.share(step) for step in change.steps]
    if change.difference is None:
        return counts and not any(one is not None for one in shares)
    return (
        counts and sum((one for one in shares if one is not None), Fraction(0)) == change.difference
    )


@pytest.fixture
def city(world: World) -> World:
    """Entries of every fate, in one unit with another below it."""
    session, now, unit = world.session, world.now, world.unit
    number = add_item(world)
    lasting = add_item(world, name="商业秘密", ground="15-1", valid_to="2026-12-20")
    office = add_unit(session, now, parent_id=unit.id)
    kept = add_dataset(session, unit, now, **PUBLISHED)
    opened, withdrawn, exempted, closed, retired, moved, twin = (
        add_dataset(session, unit, now, **values)
        for values in ({}, PUBLISHED, PUBLISHED, PUBLISHED, PUBLISHED, PUBLISHED, {})
    )
    add_dataset(session, unit, now, openness=Openness.WITHHELD, withheld_by={lasting})
    turn(world, opened, 5, **PUBLISHED)
    turn(world, withdrawn, 6, state=DatasetState.WITHDRAWN)
    turn(world, exempted, 7, openness=Openness.WITHHELD, withheld_by={number})
    turn(world, closed, 8, openness=Openness.UNASSESSED)
    turn(world, retired, 9, state=DatasetState.RETIRED)
    turn(world, moved, 10, unit_id=office.id)
    turn(world, twin, 11, duplicate_of_id=kept.id)
    later = now + timedelta(days=12)
    add_dataset(session, unit, later)
    add_dataset(session, office, later, **PUBLISHED)
    return world


def test_every_fate_of_an_entry_has_its_cause_and_they_sum_to_the_change(city):
    found = changes.data_change(city.session, scopes.CITY, span(city, Basis.DUE))
    assert causes(found) == {
        "opened": (1, 1, 0), "new-open": (1, 1, 1), "new": (1, 0, 1), "withdrawn": (1, -1, 0),
        "exempted": (1, -1, -1), "lapsed": (1, 0, 1), "closed": (1, -1, 0),
        "retired": (1, -1, -1), "redefined": (1, 0, -1),
    }  # fmt: skip
    assert sums_up(found)
    for basis in Basis:
        assert sums_up(changes.data_change(city.session, scopes.CITY, span(city, basis)))


def test_of_a_unit_alone_what_it_hands_over_and_takes_over_is_told_apart(city):
    session = city.session
    office = session.query(Unit).where(Unit.parent_id == city.unit.id).one()
    below = scopes.find(session, TargetScope.UNIT, office.code)
    found = changes.data_change(session, below, span(city))
    assert causes(found) == {"new-open": (1, 1, 1), "moved-in": (1, 1, 1)}
    assert sums_up(found)
    whole = scopes.find(session, TargetScope.UNIT, city.unit.code)
    assert "moved-out" not in causes(changes.data_change(session, whole, span(city)))
    assert sums_up(changes.data_change(session, whole, span(city)))


def test_a_day_compared_with_one_on_which_nothing_happened_shows_no_cause(city):
    found = changes.data_change(city.session, scopes.CITY, span(city, first=13, last=20))
    assert found.steps == ()
    assert found.difference == 0


def test_the_entries_behind_a_cause_are_shown_to_those_who_may_know_of_them(city):
    session = city.session
    everything = changes.entries(session, city.administrator, scopes.CITY, span(city), limit=99)
    assert {one.cause for one in everything} >= {Cause.OPENED, Cause.NEW, Cause.LAPSED}
    mine = changes.entries(session, city.editor, scopes.CITY, span(city), limit=99)
    assert {one.dataset.unit_id for one in mine if one.dataset.published_at is None} <= {
        city.unit.id
    }
    public = changes.entries(
        session, ANONYMOUS, scopes.CITY, span(city), cause=Cause.WITHDRAWN, limit=99
    )
    assert [(one.before, one.after) for one in public] == [("open", "unpublished")]
    assert changes.entries(session, ANONYMOUS, scopes.CITY, span(city), cause="new", limit=9) == []


def test_the_unit_rate_changes_by_first_openings_by_emptying_and_by_the_roster(city):
    session, now = city.session, city.now
    start = day(now)
    emptied = add_unit(session, now, name="甲")
    gone = add_unit(session, now, name="乙", roster_to=start + timedelta(days=3))
    add_unit(session, now, name="丙", roster_from=start + timedelta(days=3))
    turn(city, add_dataset(session, emptied, now, **PUBLISHED), 4, state=DatasetState.SUSPENDED)
    add_dataset(session, gone, now, **PUBLISHED)
    change, named = changes.unit_change(session, scopes.CITY, span(city))
    assert {cause: [unit.name for unit in held] for cause, held in named.items()} == {
        UnitCause.FIRST: [session.query(Unit).where(Unit.parent_id.is_not(None)).one().name],
        UnitCause.NOTHING: ["甲"], UnitCause.JOINED: ["丙"], UnitCause.LEFT: ["乙"],
    }  # fmt: skip
    assert sums_up(change)
    assert change.before == openness.rates(session, as_of=start).unit_rate["all"]
    assert (
        change.after == openness.rates(session, as_of=start + timedelta(days=DAYS)).unit_rate["all"]
    )


@pytest.mark.parametrize(("first", "last"), [(5, 5), (9, 3), (-2000, 0)])
def test_days_in_the_wrong_order_or_too_far_apart_are_refused(city, first, last):
    with pytest.raises(Invalid) as refused:
        changes.data_change(city.session, scopes.CITY, span(city, first=first, last=last))
    assert "from" in refused.value.fields


def test_points_are_cut_and_carry_their_sign():
    told = [points(one) for one in (Fraction(1, 3), Fraction(-2, 3), Fraction(0), None)]
    assert told == ["+33.33", "-66.66", "0.00", None]


STATES = st.sampled_from([DatasetState.DRAFT, DatasetState.PUBLISHED, DatasetState.RETIRED])
TURNS = st.tuples(st.integers(0, 3), st.integers(1, 20), STATES, st.sampled_from(Openness))


@given(st.lists(TURNS, max_size=12), st.integers(0, 18), st.integers(1, 5))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_happens_the_contributions_sum_to_the_change(world, turns, first, length):
    with world.session.begin_nested() as savepoint:
        number = add_item(world)
        held = [add_dataset(world.session, world.unit, world.now) for _ in range(4)]
        for which, after, state, kind in sorted(turns, key=lambda one: one[1]):
            closing = {number} if kind == Openness.WITHHELD else set()
            turn(world, held[which], after, state=state, openness=kind, withheld_by=closing)
        for basis, verified in product(Basis, (False, True)):
            asked = span(world, basis, first, first + length, verified=verified)
            assert sums_up(changes.data_change(world.session, scopes.CITY, asked))
        savepoint.rollback()


def test_a_repeal_moves_entries_on_the_day_it_takes_effect(city):
    session = city.session
    at: datetime = city.now + timedelta(days=20)
    adopt(city, {"kind": "repeal", "number": "NL-001", "item": {}}, now=at)
    found = changes.data_change(session, scopes.CITY, span(city, Basis.DUE, 19, DAYS))
    assert sums_up(found)
    assert "lapsed" in causes(found)
