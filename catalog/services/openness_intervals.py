"""From the facts of an entry to what it counts, day by day: changes of the counts, as known now.

Days are proleptic ordinals, intervals half-open; ``EVER`` stands for an open end.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    CompoundSelect,
    Date,
    Table,
    false,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from catalog.db import Named, by_numbers
from catalog.models import AvailabilityFact, DatasetFact, ExemptionItem, ExemptionLink
from catalog.services import row_sets
from catalog.services.openness_measures import CLASSES, Class, Counts, minus, plus
from schemas.vocabularies import DatasetState, ListKind, Openness

EVER = date.max.toordinal()

Span = tuple[int, int]
Place = tuple[int, str, int]
"""Unit, theme and day of a change."""


class Fact(NamedTuple):
    """A row of ``dataset_facts`` as the counts need it."""

    unit_id: int
    theme: str
    state: str
    openness: str
    opened_by_superior: bool
    duplicate: bool
    fields_total: int
    fields_open: int
    records: int
    sound: bool
    overdue_from: int
    begins: int
    ends: int


@dataclass(slots=True)
class Held:
    """What is known of one entry: its facts, the items that close it whole, when its bytes answer."""

    facts: list[Fact] = field(default_factory=list)
    links: list[tuple[str, Span]] = field(default_factory=list)
    answers: list[Span] = field(default_factory=list)


def _span(begins: date, ends: date | None) -> Span:
    return begins.toordinal(), ends.toordinal() if ends is not None else EVER


def load(session: Session, ids: Collection[int]) -> dict[int, Held]:
    """The current facts of entries; an entry without any is there and empty."""
    found = {one: Held() for one in ids}
    session.flush()
    for row in session.connection().execute(*_HELD(found)).all():
        what, dataset_id, *values, sound, overdue, begins, ends = row
        span = _span(begins, ends)
        if what == _FACT:
            late = overdue.toordinal() if overdue is not None else EVER
            fact = Fact._make((*values, bool(sound), late, *span))
            found[dataset_id].facts.append(fact)
        elif what == _LINK:
            found[dataset_id].links.append((values[1], span))
        else:
            found[dataset_id].answers.append(span)
    return found


def _held(named: Named) -> CompoundSelect[*tuple[Any, ...]]:
    """Facts, links (the item stands for the theme) and answers of entries, one under the other."""
    fact, link, answer = (
        cast("Table", model.__table__).c for model in (DatasetFact, ExemptionLink, AvailabilityFact)
    )
    nothing = (
        literal(""), literal(""), false(), false(), literal(0), literal(0), literal(0), false(),
        null().cast(Date),
    )  # fmt: skip
    facts = select(
        literal(_FACT), fact.dataset_id, fact.unit_id, fact.theme, fact.state, fact.openness,
        fact.opened_by_superior, fact.duplicate, fact.fields_total, fact.fields_open, fact.records,
        fact.validated & fact.machine_readable & fact.licensed, fact.overdue_from,
        fact.valid_from, fact.valid_to,
    ).where(named(fact.dataset_id), fact.superseded_at.is_(None))  # fmt: skip
    links = select(
        literal(_LINK), link.dataset_id, literal(0), link.item_number, *nothing,
        link.valid_from, link.valid_to,
    ).where(named(link.dataset_id), link.superseded_at.is_(None), link.field == "")  # fmt: skip
    answers = select(
        literal(_ANSWER), answer.dataset_id, literal(0), literal(""), *nothing,
        answer.valid_from, answer.valid_to,
    ).where(named(answer.dataset_id), answer.superseded_at.is_(None), answer.available)  # fmt: skip
    return union_all(facts, links, answers)


_FACT, _LINK, _ANSWER = range(3)
_HELD = by_numbers(_held)
"""Made once, and one question for all: asking takes longer than the database needs for one entry."""


def items(session: Session, numbers: Collection[str]) -> dict[str, list[Span]]:
    """When items of the negative list are in force, by number, over all their versions."""
    found: dict[str, list[Span]] = defaultdict(list)
    for some in row_sets.batches(sorted(numbers)):
        query = select(
            ExemptionItem.number, ExemptionItem.valid_from, ExemptionItem.valid_to
        ).where(
            ExemptionItem.list_kind == ListKind.NEGATIVE,
            ExemptionItem.number.in_(some),
        )
        for number, begins, ends in session.execute(query):
            found[number].append(_span(begins, ends))
    return found


def united(spans: Iterable[Span]) -> list[Span]:
    """The same days as disjoint intervals, in order."""
    merged: list[Span] = []
    for begins, ends in sorted(spans):
        if begins >= ends:
            continue
        if merged and begins <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ends))
        else:
            merged.append((begins, ends))
    return merged


def common(span: Span, spans: Iterable[Span]) -> Iterator[Span]:
    """The parts of an interval that lie within any of some disjoint ones."""
    for begins, ends in spans:
        first, last = max(span[0], begins), min(span[1], ends)
        if first < last:
            yield first, last


def counted(fact: Fact, klass: Class, *, verified: bool = False) -> Counts:
    """What one entry adds to the counts while it is of a class."""
    opened = klass in (Class.OPEN, Class.CONDITIONAL)
    due = not (klass == Class.WITHHELD or fact.opened_by_superior or fact.duplicate)
    return Counts._make(
        (
            *_ONE[klass],
            int(klass == Class.UNPUBLISHED and fact.openness == Openness.CONDITIONAL),
            int(due),
            int(due and opened),
            fact.fields_total,
            fact.fields_open if opened else 0,
            fact.records,
            fact.records if opened else 0,
            int(verified),
            int(verified and due),
            fact.fields_open if verified else 0,
            fact.records if verified else 0,
        )
    )


_ONE = {klass: tuple(int(one == klass) for one in CLASSES) for klass in CLASSES}
"""What an entry of a class adds to the counts of the classes, which come first."""


def _class(fact: Fact) -> Class:
    """The class by the first rule that fits; whether an item covers a withheld entry comes after."""
    if fact.openness == Openness.WITHHELD:
        return Class.UNCOVERED
    if fact.openness == Openness.UNASSESSED:
        return Class.UNASSESSED
    if fact.state == DatasetState.PUBLISHED:
        return Class.OPEN if fact.openness == Openness.UNCONDITIONAL else Class.CONDITIONAL
    return Class.UNPUBLISHED


def _pieces(
    fact: Fact, covered: Sequence[Span], answers: Sequence[Span]
) -> Iterator[tuple[Span, Counts]]:
    """What a fact counts, from when to when."""
    whole = (fact.begins, fact.ends)
    klass = _class(fact)
    plain, special, parts = counted(fact, klass), None, []
    if klass == Class.UNCOVERED:
        special, parts = counted(fact, Class.WITHHELD), list(common(whole, covered))
    elif klass in (Class.OPEN, Class.CONDITIONAL) and fact.sound:
        fresh = (fact.begins, min(fact.ends, fact.overdue_from))
        special, parts = counted(fact, klass, verified=True), list(common(fresh, answers))
    yield whole, plain
    if special is not None:
        difference = plus(special, minus(plain))
        for part in parts:
            yield part, difference


InForce = Mapping[str, Sequence[Span]]
"""When items are in force, by number."""


def turned(
    before: tuple[Held, InForce], after: tuple[Held, InForce], into: dict[Place, Counts]
) -> None:
    """Add the changes of the counts that an entry makes as it is, less those that it made before.

    What both say alike is not looked at: most of an entry's facts stay as they are.
    """
    covers = [_covered(*one) for one in (before, after)]
    answers = [united(held.answers) for held, _ in (before, after)]
    alike = set(before[0].facts).intersection(after[0].facts)
    if covers[0] != covers[1]:
        alike = {fact for fact in alike if fact.openness != Openness.WITHHELD}
    if answers[0] != answers[1]:
        alike = {fact for fact in alike if fact.openness == Openness.WITHHELD}
    for place, (held, _) in enumerate((before, after)):
        for fact in held.facts:
            if fact not in alike and fact.state != DatasetState.RETIRED:
                for (begins, ends), counts in _pieces(fact, covers[place], answers[place]):
                    opposite = minus(counts)
                    first, last = (counts, opposite) if place else (opposite, counts)
                    _add(into, (fact.unit_id, fact.theme, begins), first)
                    if ends < EVER:
                        _add(into, (fact.unit_id, fact.theme, ends), last)


def _covered(held: Held, in_force: InForce) -> list[Span]:
    """When an item in force closes an entry whole."""
    return united(
        part for number, span in held.links for part in common(span, in_force.get(number, ()))
    )


def _add(into: dict[Place, Counts], place: Place, counts: Counts) -> None:
    known = into.get(place)
    into[place] = counts if known is None else plus(known, counts)
