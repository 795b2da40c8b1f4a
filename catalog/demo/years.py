"""Three years of the made-up city: an agenda of days, played in order."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from catalog.demo import events
from catalog.demo.city import CLOSED, LINKED, SUBJECTS, THEMES, UNDECIDED, UNITS
from catalog.demo.play import (
    Player,
    agree,
    decide,
    deliver,
    link,
    made,
    place,
    register,
    review,
    work,
)
from catalog.services import directory
from schemas.freshness import CYCLE_DAYS
from schemas.records import Message
from schemas.vocabularies import DatasetState, UpdateCycle

DAYS = 1095
MONTH = 30
QUARTER = 91
LAST_OPENING = DAYS - 25
LINKS_LOOKED_THROUGH = 350
"""Days after which a unit looks through a link again."""
WEEKS_LATE = range(3, 45)
"""Days by which some units are behind their promise of new data."""

Turn = Callable[[Player], None]


@dataclass
class Agenda:
    """What happens on which day after the start."""

    turns: list[tuple[int, Turn]] = field(default_factory=list)

    def add(self, day: int, turn: Turn) -> None:
        """Put something on the agenda."""
        self.turns.append((min(day, DAYS - 1), turn))

    def in_order(self) -> list[tuple[int, Turn]]:
        """By day; of one day in the order in which it was put down."""
        return sorted(self.turns, key=lambda one: one[0])


@dataclass
class Opening:
    """An entry to be opened on a day: of which unit, with a file of which kind (empty: a link)."""

    number: int
    kind: str
    day: int
    slug: str = ""
    version: str = ""


def play(player: Player, begins: datetime) -> None:
    """Play the agenda with the clock set to each of its days."""
    openings = _openings()
    agenda = Agenda()
    for number, unit in enumerate(UNITS):
        joins = MONTH * (unit.joins % 99) + 3
        mine = [one for one in openings if one.number == number]
        agenda.add(joins, partial(_register_all, number=number, openings=mine))
    for day, batch in _deliveries(openings).items():
        agenda.add(day, partial(_deliver_all, batch=batch))
    for one in openings:
        agenda.add(one.day, partial(_open, one=one))
        for day in _renewals(one):
            agenda.add(day, partial(_renew, one=one))
    events.put_down(agenda.add, begins, DAYS)
    player.say(Message("A made-up city lives through three years; this takes a minute or two:"))
    told = -1
    for day, turn in agenda.in_order():
        player.now = max(player.now, begins + timedelta(days=day, hours=8 - begins.hour))
        turn(player)
        if day // MONTH > told:
            told = day // MONTH
            player.say(f"{player.now.date().isoformat()}  {day * 100 // DAYS} %")


def _renewals(one: Opening) -> range:
    """The days on which an entry that is a link is looked through again."""
    first = one.day + LINKS_LOOKED_THROUGH
    return range(first, LAST_OPENING if not one.kind else first, LINKS_LOOKED_THROUGH)


def _cycle(one: Opening) -> str:
    """How often new data is promised: most promises are kept today, some missed by days or weeks."""
    age = DAYS - max([one.day, *_renewals(one)])
    promises = (
        UpdateCycle.QUARTERLY, UpdateCycle.HALF_YEARLY, UpdateCycle.YEARLY, UpdateCycle.BIENNIAL,
    )  # fmt: skip
    missed = [cycle for cycle in promises if age - CYCLE_DAYS[cycle] in WEEKS_LATE]
    kept = [cycle for cycle in promises if age <= CYCLE_DAYS[cycle]]
    if missed and one.number % 2:
        return missed[0]
    return kept[0] if kept else UpdateCycle.IRREGULAR


def _deliveries(openings: list[Opening]) -> dict[int, list[Opening]]:
    """The files by the day of their delivery: a quarter's together, but not before the unit has its
    entries; so two at a time are examined."""
    found: dict[int, list[Opening]] = {}
    for one in openings:
        if one.kind:
            registered = MONTH * UNITS[one.number].joins + 5
            day = max(one.day // QUARTER * QUARTER + 2, registered)
            found.setdefault(min(day, one.day - 1), []).append(one)
    return found


def _openings() -> list[Opening]:
    """What each unit opens: files first, links between them, the eager ones sooner."""
    found = []
    for number, unit in enumerate(UNITS):
        if not unit.eager:
            continue
        turned = SUBJECTS[number % len(SUBJECTS) :] + SUBJECTS[: number % len(SUBJECTS)]
        kinds = [kind for _, kind, _ in turned[: max(1, unit.eager * 2 // 5)]]
        kinds += ["" for _ in LINKED[: unit.eager // 2]]
        begins = MONTH * unit.joins + 35
        step = max(20, (LAST_OPENING - begins) // (len(kinds) + 10 - unit.eager))
        for place_, kind in enumerate(kinds):
            day = begins + step * place_ + 7 * (number % 5)
            if day <= LAST_OPENING:
                found.append(Opening(number, kind, day))
    return found


def _register_all(player: Player, number: int, openings: list[Opening]) -> None:
    """A unit enters its directory: what it will open, what it has not looked at, what stays closed."""
    unit, at = UNITS[number], place(number)
    labels = {kind: (label, about) for label, kind, about in SUBJECTS}
    links = iter(LINKED)
    for one in openings:
        label, about = labels[one.kind] if one.kind else next(links)
        theme = THEMES.get(one.kind, unit.theme)
        one.slug = register(
            player, number, f"{at}{label}", about, theme=theme, update_cycle=_cycle(one)
        )
    for label, about in UNDECIDED[: 3 if unit.eager < 9 else 2]:
        register(player, number, f"{at}{label}", about)
    for label, about in CLOSED[: 5 if not unit.eager else 1 if unit.eager < 7 else 0]:
        slug = register(
            player, number, f"{at}{label}", about, openness="withheld", withheld_by=["NL-003"]
        )
        review(player, slug)


def _deliver_all(player: Player, batch: list[Opening]) -> None:
    """The files of a quarter are decided about, delivered, examined and repaired."""
    for one in batch:
        conditional = one.kind == "readings" and one.number % 3 == 0
        decide(
            player, one.slug,
            openness="conditional" if conditional else "unconditional",
            conditional_mode="real-name" if conditional else "",
            open_condition="实名登录后下载" if conditional else "",
        )  # fmt: skip
        one.version = deliver(player, one.slug, one.kind, made(one.number, one.kind))
    work(player.runtime)
    for one in batch:
        agree(player, one.version)
    work(player.runtime)


def _open(player: Player, one: Opening) -> None:
    if not one.kind:
        decide(player, one.slug)
        link(player, one.slug)
    review(player, one.slug)


def _renew(player: Player, one: Opening) -> None:
    """The clerk looks through a link, says so in the description, and a second person agrees."""
    with player.as_("clerk") as (clerk, session):
        dataset = directory.get(session, clerk, one.slug)
        if dataset.state != DatasetState.PUBLISHED:
            return
        about = f"{dataset.description.partition('核对于')[0]}核对于{player.now:%Y年%-m月}。"
        given = {"description": about}
        directory.amend(session, clerk, one.slug, given, expected=None, now=player.clock())
    review(player, one.slug)
