"""From the facts of an entry to what it counts, day by day: changes of the counts, as known now.

Days are proleptic ordinals, intervals half-open; ``EVER`` stands for an open end.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import AvailabilityFact, DatasetFact, ExemptionItem, ExemptionLink
from catalog.services.openness_measures import Class, Counts, minus, plus
from schemas.vocabularies import DatasetState, ListKind, Openness

EVER = date.max.toordinal()
AT_ONCE = 500
"""Entries named in one statement; databases take a limited number of parameters."""

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
    wanted = sorted(found)
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        _load_facts(session, some, found)
        for dataset_id, number, begins, ends in session.execute(
            select(
                ExemptionLink.dataset_id, ExemptionLink.item_number,
                ExemptionLink.valid_from, ExemptionLink.valid_to,
            ).where(
                ExemptionLink.dataset_id.in_(some), ExemptionLink.superseded_at.is_(None),
                ExemptionLink.field == "",
            )
        ):  # fmt: skip
            found[dataset_id].links.append((number, _span(begins, ends)))
        for dataset_id, begins, ends in session.execute(
            select(
                AvailabilityFact.dataset_id, AvailabilityFact.valid_from, AvailabilityFact.valid_to
            ).where(
                AvailabilityFact.dataset_id.in_(some), AvailabilityFact.superseded_at.is_(None),
                AvailabilityFact.available,
            )
        ):  # fmt: skip
            found[dataset_id].answers.append(_span(begins, ends))
    return found


def _load_facts(session: Session, ids: Sequence[int], found: Mapping[int, Held]) -> None:
    query = select(
        DatasetFact.dataset_id, DatasetFact.unit_id, DatasetFact.theme, DatasetFact.state,
        DatasetFact.openness, DatasetFact.opened_by_superior, DatasetFact.duplicate,
        DatasetFact.fields_total, DatasetFact.fields_open, DatasetFact.records,
        DatasetFact.validated & DatasetFact.machine_readable & DatasetFact.licensed,
        DatasetFact.overdue_from, DatasetFact.valid_from, DatasetFact.valid_to,
    ).where(DatasetFact.dataset_id.in_(ids), DatasetFact.superseded_at.is_(None))  # fmt: skip
    for row in session.execute(query):
        plain: tuple[Any, ...] = tuple(row)
        sound, overdue, begins, ends = plain[-4:]
        late = overdue.toordinal() if overdue is not None else EVER
        values = (*plain[1:-4], bool(sound), late, *_span(begins, ends))
        found[plain[0]].facts.append(Fact._make(values))


def items(session: Session, numbers: Collection[str]) -> dict[str, list[Span]]:
    """When items of the negative list are in force, by number, over all their versions."""
    found: dict[str, list[Span]] = defaultdict(list)
    wanted = sorted(numbers)
    for start in range(0, len(wanted), AT_ONCE):
        query = select(
            ExemptionItem.number, ExemptionItem.valid_from, ExemptionItem.valid_to
        ).where(
            ExemptionItem.list_kind == ListKind.NEGATIVE,
            ExemptionItem.number.in_(wanted[start : start + AT_ONCE]),
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
    return Counts(
        **{klass.value: 1},
        unpublished_conditional=int(
            klass == Class.UNPUBLISHED and fact.openness == Openness.CONDITIONAL
        ),
        due=int(due),
        due_open=int(due and opened),
        fields=fact.fields_total,
        fields_open=fact.fields_open if opened else 0,
        records=fact.records,
        records_open=fact.records if opened else 0,
        verified=int(verified),
        verified_due=int(verified and due),
        verified_fields=fact.fields_open if verified else 0,
        verified_records=fact.records if verified else 0,
    )


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


def changes(
    held: Held, in_force: Mapping[str, Sequence[Span]], sign: int, into: dict[Place, Counts]
) -> None:
    """Add the changes of the counts that an entry makes, or take them away with ``sign`` -1.

    ``in_force`` says when the items that close it are in force.
    """
    covered = united(
        part for number, span in held.links for part in common(span, in_force.get(number, ()))
    )
    answers = united(held.answers)
    for fact in held.facts:
        if fact.state == DatasetState.RETIRED:
            continue
        for (begins, ends), counts in _pieces(fact, covered, answers):
            signed = counts if sign > 0 else minus(counts)
            _add(into, (fact.unit_id, fact.theme, begins), signed)
            if ends < EVER:
                _add(into, (fact.unit_id, fact.theme, ends), minus(signed))


def _add(into: dict[Place, Counts], place: Place, counts: Counts) -> None:
    known = into.get(place)
    into[place] = counts if known is None else plus(known, counts)
