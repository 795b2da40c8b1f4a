"""Reading what a gap plan is made from: where a scope stands, and which entries could be opened."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from catalog.auth import Identity
from catalog.models import (
    Dataset,
    Examination,
    ExemptionItem,
    ExemptionLink,
    Resource,
    Unit,
    Version,
)
from catalog.services import planning, rosters
from catalog.services.openness import Class, Rate
from catalog.services.openness_counts import (
    by_theme_name,
    by_unit_id,
    classified,
    covering_links,
)
from catalog.services.openness_measures import NONE, Counts, total
from catalog.services.planning import Plan, Standing, Step, Stock, Take
from catalog.services.scopes import Scope
from catalog.services.targets import Targets
from catalog.services.visibility import own_units
from schemas.vocabularies import (
    Basis,
    DatasetState,
    Ground,
    ListKind,
    RateKind,
    TargetScope,
    VersionState,
)

OPEN = (Class.OPEN, Class.CONDITIONAL)
BASES = (Basis.ALL, Basis.DUE)
"""Bases a plan can be made for: how many fields or records an entry will bring is not known before."""
BY_CONSENT = (Ground.TRADE_SECRET, Ground.PRIVACY, Ground.THIRD_PARTY)
BY_CHOICE = (Ground.INTERNAL_AFFAIRS, Ground.PROCESS_INFORMATION, Ground.ENFORCEMENT_FILES)


@dataclass(frozen=True, slots=True)
class Planned:
    """An entry to open: what is to be done first, and whether it makes its unit count."""

    dataset: Dataset
    step: Step
    first: bool


def _delivered(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(
        select(Version.id)
        .join(Resource, Resource.id == Version.resource_id)
        .outerjoin(Examination, Examination.id == Version.examination_id)
        .where(Resource.dataset_id == Dataset.id, *conditions)
    )


def _closed_by(day: date, grounds: Collection[str]) -> ColumnElement[bool]:
    """Entries that an item on one of these grounds closes on a day."""
    numbers = select(ExemptionItem.number).where(
        ExemptionItem.list_kind == ListKind.NEGATIVE,
        ExemptionItem.ground.in_(grounds),
        ExemptionItem.valid_from <= day,
        or_(ExemptionItem.valid_to.is_(None), ExemptionItem.valid_to > day),
    )
    return Dataset.id.in_(
        select(ExemptionLink.dataset_id).where(
            covering_links(day, None), ExemptionLink.item_number.in_(numbers)
        )
    )


def _step(klass: Any, day: date) -> ColumnElement[str]:
    """What is to be done with an entry, by the first rule that fits."""
    # A digest of artefacts: valid, and without a finding that nobody has settled.
    sound = _delivered(Version.state == VersionState.EXAMINED, Examination.digest != "")
    linked = exists(
        select(Resource.id).where(Resource.dataset_id == Dataset.id, Resource.url != "")
    )
    never = [ground for ground in Ground if ground not in (*BY_CONSENT, *BY_CHOICE)]
    taken_back = Dataset.state.in_((DatasetState.SUSPENDED, DatasetState.WITHDRAWN))
    return case(
        (and_(klass == Class.WITHHELD, _closed_by(day, never)), Step.NEVER),
        (and_(klass == Class.WITHHELD, _closed_by(day, BY_CONSENT)), Step.CONSENT),
        (klass == Class.WITHHELD, Step.WEIGH),
        (klass == Class.UNCOVERED, Step.REASON),
        (and_(klass == Class.UNASSESSED, sound), Step.CHOOSE),
        (klass == Class.UNASSESSED, Step.ASSESS),
        (taken_back, Step.RESUME),
        (Dataset.state == DatasetState.SUBMITTED, Step.DECIDE),
        (or_(sound, linked), Step.SUBMIT),
        (_delivered(), Step.MEND),
        else_=Step.DELIVER,
    )


def _rows(scope: Scope, day: date) -> Select[*tuple[Any, ...]]:
    """Entries of a scope that are not open, each with its step."""
    row = classified(day, None).subquery()
    return (
        select(
            row.c.dataset_id,
            row.c.unit_id,
            row.c.klass,
            or_(row.c.opened_by_superior, row.c.duplicate).label("apart"),
            _step(row.c.klass, day).label("step"),
        )
        .join(Dataset, Dataset.id == row.c.dataset_id)
        .where(row.c.klass.not_in(OPEN), scope.of_entries(row.c))
    )


def _stocks(session: Session, scope: Scope, day: date, basis: str) -> list[Stock]:
    found = _rows(scope, day).subquery()
    keys = (found.c.unit_id, found.c.step, found.c.klass, found.c.apart)
    counted: dict[tuple[int, Step, bool, bool], int] = {}
    for unit_id, step, klass, apart, count in session.execute(
        select(*keys, func.count()).group_by(*keys)
    ):
        in_base, enters = _place(klass, basis, apart=bool(apart))
        key = (unit_id, Step(step), in_base, enters)
        counted[key] = counted.get(key, 0) + count
    return [Stock(*key, count) for key, count in counted.items()]


def _place(klass: str, basis: str, *, apart: bool) -> tuple[bool, bool]:
    """Whether an entry is in the base, and whether opening it puts it there."""
    if basis == Basis.ALL:
        return True, False
    return (False, False) if apart else (klass != Class.WITHHELD, klass == Class.WITHHELD)


def standing(session: Session, scope: Scope, day: date, basis: str) -> Standing:
    """Where a scope stands on a day, with everything in it that could be opened."""
    held, whole = _counted(session, scope, day)
    opened = {unit for unit, counts in held.items() if counts.opened}
    roster = {
        one.id
        for one in rosters.listed(session, day).values()
        if one.on_roster and scope.holds_unit(one.id)
    }
    unit = Rate(len(roster & opened), len(roster)) if scope.has_unit_rate else None
    closed = frozenset(roster - opened) if scope.has_unit_rate else frozenset()
    return Standing(
        unit, whole.data_rate()[Basis(basis)], closed, _stocks(session, scope, day, basis)
    )


def _counted(session: Session, scope: Scope, day: date) -> tuple[Mapping[int, Counts], Counts]:
    """The counts of the units of a scope, and of all of it, as the rates of the day say them."""
    if scope.kind == TargetScope.THEME:
        return {}, by_theme_name(session, day).get(scope.theme, NONE)
    every = by_unit_id(session, day)
    held = {unit: counts for unit, counts in every.items() if scope.holds_unit(unit)}
    return held, total(held.values())


def plan(session: Session, scope: Scope, day: date, basis: str, goals: Targets) -> Plan:
    """The fewest entries to open so that both rates of a scope reach their targets.

    How many is public, since it follows from published counts; who opens what is told by
    ``scopes.sees`` only.
    """
    return planning.make(
        standing(session, scope, day, basis),
        goals.of(RateKind.UNIT, scope.kind, scope.key, scope.above),
        goals.of(RateKind.DATA, scope.kind, scope.key, scope.above),
        day=day,
    )


def own_part(actor: Identity, made: Plan) -> tuple[Take, ...]:
    """What somebody who does not see everything may be told: all that could open in the own units."""
    mine = own_units(actor)
    held = sorted(
        (one for one in made.stock if one.unit_id in mine and one.step != Step.NEVER),
        key=lambda one: (planning.ORDER[one.step], one.unit_id),
    )
    return tuple(Take(one, one.count) for one in held)


@dataclass(frozen=True, slots=True)
class UnitPart:
    """What one unit has to open: how many entries, at which steps; ``first`` makes it count."""

    unit: Unit
    count: int
    first: int
    steps: tuple[tuple[Step, int], ...]


def by_unit(session: Session, takes: Iterable[Take]) -> list[UnitPart]:
    """Takes by unit: first openings before others, then the units with most to open."""
    held: dict[int, list[Take]] = {}
    for take in takes:
        held.setdefault(take.stock.unit_id, []).append(take)
    parts = []
    for unit in session.scalars(select(Unit).where(Unit.id.in_(held))):
        steps: Counter[Step] = Counter()
        for take in held[unit.id]:
            steps[take.stock.step] += take.count
        first = sum(take.first for take in held[unit.id])
        ordered = tuple((step, steps[step]) for step in Step if steps[step])
        parts.append(UnitPart(unit, steps.total(), first, ordered))
    return sorted(parts, key=lambda one: (-one.first, -one.count, one.unit.name))


def entries(
    session: Session, scope: Scope, made: Plan, takes: Iterable[Take], *, limit: int
) -> list[Planned]:
    """The entries behind some takes: those that make a unit count first, then the least work first.

    Only for who may know of every entry of the units in ``takes``.
    """
    wanted = _wanted(takes)
    if not wanted:
        return []
    shown = _chosen(session, scope, made.day, wanted)[:limit]
    ids = [dataset_id for dataset_id, _, _ in shown]
    held = {
        dataset.id: dataset
        for dataset in session.scalars(
            select(Dataset).where(Dataset.id.in_(ids)).options(joinedload(Dataset.unit))
        )
    }
    return [Planned(held[dataset_id], step, first) for dataset_id, step, first in shown]


def _wanted(takes: Iterable[Take]) -> dict[tuple[int, str], tuple[int, int]]:
    """By unit and step: how many entries, and how many of them make the unit count."""
    wanted: dict[tuple[int, str], tuple[int, int]] = {}
    for take in takes:
        key = (take.stock.unit_id, take.stock.step)
        count, first = wanted.get(key, (0, 0))
        wanted[key] = (count + take.count, first + take.first)
    return wanted


def _chosen(
    session: Session, scope: Scope, day: date, wanted: Mapping[tuple[int, str], tuple[int, int]]
) -> list[tuple[int, Step, bool]]:
    found = _rows(scope, day).subquery()
    place = func.row_number().over(
        partition_by=(found.c.unit_id, found.c.step),
        order_by=(found.c.apart, found.c.dataset_id),
    )
    numbered = select(found.c.dataset_id, found.c.unit_id, found.c.step, place.label("place"))
    inner = numbered.where(found.c.unit_id.in_({unit for unit, _ in wanted})).subquery()
    most = max(count for count, _ in wanted.values())
    chosen = [
        (row.dataset_id, Step(row.step), row.place <= wanted[row.unit_id, row.step][1])
        for row in session.execute(select(inner).where(inner.c.place <= most))
        if row.place <= wanted.get((row.unit_id, row.step), (0, 0))[0]
    ]
    return sorted(chosen, key=lambda one: (not one[2], planning.ORDER[one[1]], one[0]))
