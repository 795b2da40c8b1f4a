"""The gap plan: no smaller set of entries reaches both targets, shown against trying every set."""

from datetime import date
from fractions import Fraction
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from catalog.services import planning
from catalog.services.openness import Rate
from catalog.services.planning import Plan, Standing, Step, Stock
from catalog.services.targets import Goal

DAY = date(2026, 11, 23)


def goal(value: Fraction) -> Goal:
    return Goal(value, "city", "", None)


stocks = st.lists(
    st.builds(
        lambda unit, step, base, count: Stock(unit, step, base == 0, base == 1, count),
        st.integers(1, 4),
        st.sampled_from([Step.SUBMIT, Step.ASSESS, Step.WEIGH, Step.NEVER]),
        st.integers(0, 2),
        st.integers(1, 2),
    ),
    max_size=5,
    unique_by=lambda one: (one.unit_id, one.step, one.in_base, one.enters),
)
shares = st.fractions(Fraction(1, 10), 1, max_denominator=10)


def standing(held: list[Stock], opened: int, apart: int) -> Standing:
    """Units 1 to 4 on the roster, the first two of them closed; some entries open already."""
    waiting = sum(one.count for one in held if one.in_base)
    return Standing(Rate(2, 4), Rate(opened, opened + waiting + apart), frozenset({1, 2}), held)


def reaches(held: Standing, chosen: tuple[Stock, ...], unit: Fraction, data: Fraction) -> bool:
    assert held.unit is not None
    units = held.unit.n + len({one.unit_id for one in chosen} & held.closed_units)
    n = held.data.n + sum(one.in_base or one.enters for one in chosen)
    d = held.data.d + sum(one.enters for one in chosen)
    return units >= unit * held.unit.d and n >= data * d


def least(held: Standing, unit: Fraction, data: Fraction) -> int | None:
    singles = [one for one in held.stock for _ in range(one.count) if one.step != Step.NEVER]
    for size in range(len(singles) + 1):
        if any(reaches(held, chosen, unit, data) for chosen in combinations(singles, size)):
            return size
    return None


def made(held: Standing, unit: Fraction, data: Fraction) -> Plan:
    return planning.make(held, goal(unit), goal(data), day=DAY)


@given(stocks, st.integers(0, 3), st.integers(0, 3), shares, shares)
def test_no_smaller_set_of_entries_reaches_both_targets(held, opened, apart, unit, data):
    stands = standing(held, opened, apart)
    plan = made(stands, unit, data)
    fewest = least(stands, unit, data)
    assert plan.reachable == (fewest is not None)
    if fewest is not None:
        assert plan.total == fewest
    chosen = tuple(take.stock for take in plan.takes for _ in range(take.count))
    assert plan.reachable == reaches(stands, chosen, unit, data)
    assert all(take.count <= take.stock.count for take in plan.takes)
    assert not any(take.stock.step == Step.NEVER for take in plan.takes)


@given(stocks, st.integers(0, 3), shares, shares)
def test_the_rates_after_the_plan_are_those_of_opening_its_entries(held, opened, unit, data):
    stands = standing(held, opened, 0)
    plan = made(stands, unit, data)
    chosen = [take.stock for take in plan.takes for _ in range(take.count)]
    n = stands.data.n + sum(one.in_base or one.enters for one in chosen)
    assert plan.data.after == Rate(n, stands.data.d + sum(one.enters for one in chosen))
    assert plan.unit is not None
    assert plan.unit.after.n == 2 + len({one.unit_id for one in chosen} & stands.closed_units)


def test_one_entry_short_in_ten_thousand_is_still_short():
    waiting = Stock(9, Step.SUBMIT, in_base=True, enters=False, count=1004)
    plan = made(
        Standing(Rate(8996, 10_000), Rate(5999, 10_000), frozenset(), [waiting]),
        Fraction(89, 100),
        Fraction(60, 100),
    )
    assert (plan.data.short, plan.total, plan.reachable) == (1, 1, True)
    assert plan.unit is not None
    assert plan.unit.short == 0


def test_among_equals_the_entry_nearest_to_being_opened_is_taken_and_a_first_opening_counts_twice():
    held = [
        Stock(1, Step.ASSESS, in_base=True, enters=False, count=5),
        Stock(2, Step.SUBMIT, in_base=True, enters=False, count=5),
        Stock(3, Step.DECIDE, in_base=True, enters=False, count=1),
    ]
    stands = Standing(Rate(8, 10), Rate(9, 20), frozenset({1, 2}), held)
    plan = made(stands, Fraction(9, 10), Fraction(6, 10))
    assert plan.total == 3, "twelve of twenty are wanted: three more, one of them a first opening"
    assert [(take.stock.unit_id, take.count, take.first) for take in plan.takes] == [
        (3, 1, 0), (2, 2, 1),
    ]  # fmt: skip
    assert plan.by_step() == {Step.DECIDE: (1, 1), Step.SUBMIT: (2, 5), Step.ASSESS: (0, 5)}


def test_where_nothing_may_be_opened_the_plan_says_so_and_opens_nothing():
    held = [Stock(1, Step.NEVER, in_base=True, enters=False, count=9)]
    plan = made(
        Standing(Rate(0, 1), Rate(1, 10), frozenset({1}), held), Fraction(9, 10), Fraction(6, 10)
    )
    assert (plan.total, plan.reachable, plan.data.short) == (0, False, 5)


def test_a_scope_without_units_of_its_own_has_only_a_data_rate():
    held = [Stock(1, Step.SUBMIT, in_base=True, enters=False, count=9)]
    plan = made(Standing(None, Rate(0, 10), frozenset(), held), Fraction(9, 10), Fraction(6, 10))
    assert (plan.unit, plan.total, plan.reachable) == (None, 6, True)


def test_an_empty_directory_needs_no_plan():
    plan = made(Standing(Rate(0, 0), Rate(0, 0), frozenset(), []), Fraction(1), Fraction(1))
    assert (plan.total, plan.reachable) == (0, True)
