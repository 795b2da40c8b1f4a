"""What a late correction would change, shown before anybody records it, and what was recorded."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from catalog.auth import Identity, Permission, require
from catalog.errors import missing
from catalog.models import AuditEvent, Dataset, DatasetFact, ExemptionLink, Snapshot
from catalog.services import (
    audit,
    corrections,
    directory,
    openness_intervals,
    rosters,
    row_sets,
    trail,
)
from catalog.services.corrections import Line
from catalog.services.openness_counts import by_unit_id
from catalog.services.openness_intervals import Place
from catalog.services.openness_measures import NONE, Counts, Rate, plus, total
from catalog.services.visibility import knows
from schemas.vocabularies import Basis

MOST_DAYS = 12
"""Days whose rates are shown: the ends of the span and the frozen results between them."""


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of a day: units, entries of the city on two bases, entries of the units concerned."""

    unit: Rate
    all: Rate
    due: Rate
    own: Rate


@dataclass(frozen=True, slots=True)
class DayEffect:
    """The rates of a day as they are and as they would be; ``period`` is frozen by that day, by the
    result ``frozen``."""

    day: date
    frozen: str
    period: str
    before: Rates
    after: Rates

    @property
    def changes(self) -> bool:
        """Whether any rate of the day would be another."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Effects:
    """What a correction would change: days of the entry, and rates on days of the span."""

    begins: date
    ends: date
    days: int
    rates: tuple[DayEffect, ...]


def preview(
    session: Session, actor: Identity, slug: str, given: Mapping[str, Any], *, now: datetime
) -> Effects:
    """Try a correction in this transaction, which the caller throws away."""
    require(actor, Permission.FACT_CORRECT)
    dataset = directory.get(session, actor, slug)
    line = Line(0, dataset, corrections.read(given, now, reasoned=False))
    corrections.check(session, line)
    return tried(session, [line], now)


def tried(session: Session, lines: Sequence[Line], now: datetime) -> Effects:
    """What corrections that were checked change when they are applied, which this does.

    Only the entries are looked at again: the rates of a day are those of the ledger and what the
    entries would add to them.
    """
    begins = min(one.asked.begins for one in lines)
    ends = max(one.asked.ends for one in lines)
    frozen = {one.as_of: (one.id, one.period) for one in affected(session, begins, ends)}
    edges = {one.asked.begins for one in lines} | {_last(one.asked.ends) for one in lines}
    days = _shown(edges, frozen)
    counted = {day: by_unit_id(session, day, None) for day in days}
    ids = {one.dataset.id for one in lines}
    before = openness_intervals.load(session, ids)
    done = corrections.apply(session, lines, now)
    after = openness_intervals.load(session, ids)
    rows = (*before.values(), *after.values())
    numbers = {number for held in rows for number, _span in held.links}
    in_force = openness_intervals.items(session, numbers)
    turned: dict[Place, Counts] = {}
    for one in ids:
        openness_intervals.turned((before[one], in_force), (after[one], in_force), turned)
    own = {one.dataset.unit_id for one in lines}
    effects = (
        DayEffect(
            day,
            *frozen.get(day, ("", "")),
            _rates(session, counted[day], day, own),
            _rates(session, _shifted(counted[day], turned, day), day, own),
        )
        for day in days
    )
    return Effects(begins, ends, done, tuple(effects))


def _last(ends: date) -> date:
    """The last day of a half-open span."""
    return date.fromordinal(ends.toordinal() - 1)


def _shown(edges: Collection[date], frozen: Collection[date]) -> list[date]:
    """The first and the last day, frozen ones, and as many other edges as there is room for."""
    always = {min(edges), max(edges), *frozen}
    room = max(0, MOST_DAYS - len(always))
    return sorted(always | set(sorted(set(edges) - always)[:room]))[-MOST_DAYS:]


def _shifted(
    counted: Mapping[int, Counts], turned: Mapping[Place, Counts], day: date
) -> dict[int, Counts]:
    """The counts of units on a day with the turns up to it."""
    found = dict(counted)
    for (unit, _theme, at), counts in turned.items():
        if at <= day.toordinal():
            found[unit] = plus(found.get(unit, NONE), counts)
    return found


def _rates(
    session: Session, counted: Mapping[int, Counts], day: date, own: Collection[int]
) -> Rates:
    roster = [one for one in rosters.listed(session, day).values() if one.on_roster]
    whole = total(counted.values()).data_rate()
    return Rates(
        Rate(sum(counted.get(one.id, NONE).opened > 0 for one in roster), len(roster)),
        whole[Basis.ALL],
        whole[Basis.DUE],
        total(counted.get(unit, NONE) for unit in own).data_rate()[Basis.ALL],
    )


def affected(session: Session, begins: date, ends: date) -> list[Snapshot]:
    """The results that stand for periods ending in [begins, ends): a restatement of each may be due."""
    later = select(Snapshot.restates_id).where(Snapshot.restates_id.is_not(None))
    query = select(Snapshot).where(
        Snapshot.as_of >= begins, Snapshot.as_of < ends, Snapshot.id.not_in(later)
    )
    return list(session.scalars(query.order_by(Snapshot.as_of)))


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is known of an entry from a day on, until another day or still."""

    begins: date
    ends: date | None
    state: str
    openness: str
    theme: str
    opened_by_superior: bool
    duplicate: bool
    items: tuple[str, ...]


def known(session: Session, dataset: Dataset) -> list[Stretch]:
    """The facts of an entry as known now, in order, each with the items that closed it whole."""
    links = session.scalars(
        select(ExemptionLink).where(
            ExemptionLink.dataset_id == dataset.id,
            ExemptionLink.field == "",
            ExemptionLink.superseded_at.is_(None),
        )
    ).all()
    query = select(DatasetFact).where(
        DatasetFact.dataset_id == dataset.id, DatasetFact.superseded_at.is_(None)
    )
    found: list[Stretch] = []
    for fact in session.scalars(query.order_by(DatasetFact.valid_from)):
        numbers = sorted({one.item_number for one in links if _meet(fact, one)})
        one = Stretch(
            fact.valid_from, fact.valid_to, fact.state, fact.openness, fact.theme,
            fact.opened_by_superior, fact.duplicate, tuple(numbers),
        )  # fmt: skip
        found[-1:] = _joined(found[-1:], one)
    return found


def _meet(fact: DatasetFact, link: ExemptionLink) -> bool:
    starts = fact.valid_to is None or link.valid_from < fact.valid_to
    return starts and (link.valid_to is None or link.valid_to > fact.valid_from)


def _joined(last: list[Stretch], one: Stretch) -> Iterable[Stretch]:
    """Neighbours that say the same are one stretch: facts differ in more than is shown."""
    for before in last:
        same = (before.state, before.openness, before.theme, before.items) == (
            one.state, one.openness, one.theme, one.items,
        )  # fmt: skip
        flags = (before.opened_by_superior, before.duplicate) == (
            one.opened_by_superior,
            one.duplicate,
        )
        if before.ends == one.begins and same and flags:
            return [
                Stretch(
                    before.begins, one.ends, one.state, one.openness, one.theme,
                    one.opened_by_superior, one.duplicate, one.items,
                )
            ]  # fmt: skip
    return [*last, one]


def recorded(session: Session, actor: Identity, *, limit: int = 1_000) -> list[trail.Event]:
    """Corrections as the trail keeps them, newest first."""
    require(actor, Permission.AUDIT_READ)
    query = select(AuditEvent).where(AuditEvent.tag == audit.AuditTag.FACT_CORRECTED)
    return trail.read(session, query.order_by(AuditEvent.sequence.desc()).limit(limit))


def find(session: Session, actor: Identity, text: str) -> Dataset:
    """An entry by the last part of its address, its whole address, or its resource code."""
    found = find_all(session, actor, [text]).get(text)
    if found is None:
        raise missing("dataset")
    return found


def find_all(session: Session, actor: Identity, texts: Collection[str]) -> dict[str, Dataset]:
    """The entries that are named so and that the actor may know of, by few looks; an address goes before a
    code."""
    names = {text: name for text in texts if (name := _name(text)).isprintable()}
    by_code: dict[str, Dataset] = {}
    by_slug: dict[str, Dataset] = {}
    loading = selectinload(Dataset.fields), selectinload(Dataset.unit)
    for some in row_sets.batches(sorted({*names.values()} - {""})):
        query = select(Dataset).where(or_(Dataset.slug.in_(some), Dataset.code.in_(some)))
        for one in session.scalars(query.options(*loading)):
            if knows(actor, one):
                by_slug[one.slug], by_code[one.code] = one, one
    held = by_code | by_slug
    return {text: held[name] for text, name in names.items() if name in held}


def _name(text: str) -> str:
    """The address or the code in what was written."""
    name = text.strip().rstrip("/")
    return name.rpartition("/datasets/")[2].partition("?")[0] if "/datasets/" in name else name
