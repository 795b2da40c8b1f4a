"""The gap to the targets: the fewest entries to open so that both rates reach theirs, and where.

Opening an entry moves a rate ``n/d`` towards the target ``p/q`` by a whole number: ``q`` when the entry
is in the base already, ``q - p`` when it enters the base by being opened (withheld entries on the base
``due``), 0 when it is outside it for good. The shortage is ``p*d - q*n``. A plan of fewest entries takes
the best entry of as many closed units as the unit rate is short of, the best of them first, and then the
best of all that is left: the sets of a given size that open enough units are the bases of a matroid, so
that taking the best next is exact. Among equals the entry that is closest to being opened comes first.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from catalog.services.openness import Rate
from catalog.services.targets import Goal
from schemas.records import Message


class Step(StrEnum):
    """What is still to be done before an entry can be opened, the least work first."""

    DECIDE = "review"
    SUBMIT = "ready"
    MEND = "defective"
    RESUME = "taken-back"
    DELIVER = "undelivered"
    CHOOSE = "examined"
    ASSESS = "unassessed"
    REASON = "uncovered"
    WEIGH = "discretion"
    CONSENT = "consent"
    NEVER = "closed"


STEPS: dict[Step, Message] = {
    Step.DECIDE: Message("Under review: decide the review."),
    Step.SUBMIT: Message("To be opened and examined as sound: submit it for review."),
    Step.MEND: Message("To be opened, but its file has errors: mend the file."),
    Step.RESUME: Message("Was open and taken back: settle the reason and publish it again."),
    Step.DELIVER: Message("To be opened, but without a file: deliver one."),
    Step.CHOOSE: Message("Its file is examined as sound: decide how open it is."),
    Step.ASSESS: Message("Nobody has decided: assess it."),
    Step.REASON: Message("Withheld without an item in force: open it, or name the item."),
    Step.WEIGH: Message("Withheld under article 16, which leaves a choice: weigh it again."),
    Step.CONSENT: Message(
        "Withheld under article 15: it opens by consent of the third party or in the public interest."
    ),
    Step.NEVER: Message("Must stay closed: article 14, or another law."),
}
ORDER = {step: place for place, step in enumerate(Step)}


@dataclass(frozen=True, slots=True)
class Stock:
    """Entries of one unit that are not open, all at the same step and alike in the base.

    ``in_base``: they are in the denominator already; ``enters``: opening one puts it there. An entry
    that is neither stays outside the rate however open it is.
    """

    unit_id: int
    step: Step
    in_base: bool
    enters: bool
    count: int

    def gain(self, goal: Fraction) -> int:
        """How far opening one moves the rate towards a target, in parts of its denominator."""
        if self.in_base:
            return goal.denominator
        return goal.denominator - goal.numerator if self.enters else 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a scope stands: both rates, the units on the roster with nothing open, what could open.

    ``unit`` is None where the unit rate does not apply (a theme).
    """

    unit: Rate | None
    data: Rate
    closed_units: frozenset[int]
    stock: Sequence[Stock]


@dataclass(frozen=True, slots=True)
class Take:
    """So many entries of one stock to open; ``first`` of them (0 or 1) makes its unit count."""

    stock: Stock
    count: int
    first: int = 0


@dataclass(frozen=True, slots=True)
class Side:
    """One rate of a plan: today, its target, how many are short, what the plan brings."""

    rate: Rate
    goal: Goal
    short: int
    after: Rate
    reached: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """The fewest entries that reach both targets; where they cannot be reached, as near as it gets."""

    day: date
    unit: Side | None
    data: Side
    total: int
    takes: tuple[Take, ...]
    stock: tuple[Stock, ...]

    @property
    def reachable(self) -> bool:
        """Whether both targets are reached by it."""
        return self.data.reached and (self.unit is None or self.unit.reached)

    def by_step(self) -> dict[Step, tuple[int, int]]:
        """Of each step: how many the plan takes, how many there are."""
        taken: Counter[Step] = Counter()
        held: Counter[Step] = Counter()
        for take in self.takes:
            taken[take.stock.step] += take.count
        for stock in self.stock:
            held[stock.step] += stock.count
        return {step: (taken[step], held[step]) for step in Step if held[step]}


def shortage(rate: Rate, goal: Fraction) -> int:
    """What is missing to the target, in the parts that ``gain_of`` counts; 0 when it is reached."""
    return max(0, goal.numerator * rate.d - goal.denominator * rate.n)


def _key(stock: Stock, goal: Fraction) -> tuple[int, int, int, int]:
    return (-stock.gain(goal), ORDER[stock.step], -stock.count, stock.unit_id)


def _first_openings(standing: Standing, missing: int, goal: Fraction) -> list[Stock]:
    """The best stock of as many closed units as are missing, the best units first."""
    best: dict[int, Stock] = {}
    for stock in standing.stock:
        if stock.step == Step.NEVER or stock.unit_id not in standing.closed_units:
            continue
        held = best.get(stock.unit_id)
        if held is None or _key(stock, goal) < _key(held, goal):
            best[stock.unit_id] = stock
    return sorted(best.values(), key=lambda stock: _key(stock, goal))[:missing]


def _extras(
    standing: Standing, firsts: Collection[Stock], short: int, goal: Fraction
) -> dict[Stock, int]:
    """As many of the best others as the data rate is still short of."""
    taken: dict[Stock, int] = {}
    for stock in sorted(standing.stock, key=lambda stock: _key(stock, goal)):
        if short <= 0:
            break
        left, gain = stock.count - (stock in firsts), stock.gain(goal)
        if stock.step == Step.NEVER or gain <= 0 or left <= 0:
            continue
        number = min(left, -(-short // gain))
        taken[stock] = number
        short -= number * gain
    return taken


def make(standing: Standing, unit_goal: Goal, data_goal: Goal, *, day: date) -> Plan:
    """The plan of fewest entries that reaches both targets."""
    goal = data_goal.value
    missing = _missing_units(standing.unit, unit_goal.value)
    firsts = set(_first_openings(standing, missing, goal))
    short = shortage(standing.data, goal)
    extras = _extras(standing, firsts, short - sum(one.gain(goal) for one in firsts), goal)
    takes = tuple(
        Take(stock, (stock in firsts) + extras.get(stock, 0), int(stock in firsts))
        for stock in sorted({*firsts, *extras}, key=_plan_order)
    )
    opened = sum(take.count for take in takes if take.stock.in_base or take.stock.enters)
    joined = sum(take.count for take in takes if take.stock.enters)
    after = Rate(standing.data.n + opened, standing.data.d + joined)
    covered = len({take.stock.unit_id for take in takes} & standing.closed_units)
    least = -(-short // goal.denominator)
    data = Side(standing.data, data_goal, least, after, shortage(after, goal) == 0)
    unit = _unit_side(standing.unit, unit_goal, missing, covered)
    total = sum(take.count for take in takes)
    return Plan(day, unit, data, total, takes, tuple(standing.stock))


def _plan_order(stock: Stock) -> tuple[int, int, int]:
    return (ORDER[stock.step], -stock.count, stock.unit_id)


def _missing_units(rate: Rate | None, goal: Fraction) -> int:
    return 0 if rate is None else -(-shortage(rate, goal) // goal.denominator)


def _unit_side(rate: Rate | None, goal: Goal, missing: int, covered: int) -> Side | None:
    if rate is None:
        return None
    after = Rate(rate.n + covered, rate.d)
    return Side(rate, goal, missing, after, shortage(after, goal.value) == 0)
