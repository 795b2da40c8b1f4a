"""What would follow from an adjustment: entries, warnings, and the rates before and after."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from catalog.auth import Identity
from catalog.models import Adjustment, Dataset
from catalog.services import (
    exemptions,
    facts,
    list_changes,
    list_effects,
    negative_list,
    openness,
    row_sets,
)
from catalog.services.openness import Rate
from catalog.services.reaching import OPENED, Reached
from catalog.services.visibility import knows
from schemas.records import Message
from schemas.vocabularies import AdjustmentKind, DatasetState, ListKind, Openness, ReachPolicy

SHOWN = 200
"""Entries that are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class RateChange:
    """A rate as it is and as it would be."""

    name: str
    before: Rate
    after: Rate


@dataclass(frozen=True, slots=True)
class Consequences:
    """What an adjustment would entail.

    ``released``: entries (field empty) and fields that would lose their last item and become
    unassessed; ``reached``: published open entries and fields that a new scope reaches. Both name what
    the actor may know of, at most ``SHOWN``; the totals count all and ``hidden`` what is not named.
    ``rates`` are of the day before and after the adjustment, everything else staying as it is.
    """

    effective_on: date
    released: tuple[tuple[Dataset, str], ...]
    reached: tuple[tuple[Dataset, str], ...]
    released_total: int
    reached_total: int
    hidden: int
    warnings: tuple[Message, ...]
    rates: tuple[RateChange, ...]
    stale: bool


def preview(session: Session, actor: Identity, adjustment_id: str, now: datetime) -> Consequences:
    """What would follow if the adjustment were approved now."""
    found = negative_list.adjustment(session, actor, adjustment_id)
    on = max(found.effective_on or facts.day(now), facts.day(now))
    inputs = list_changes.inputs(found.changes)
    checked = list_changes.check(session, inputs, effective_on=on, kind=found.list_kind)
    stale = found.base_edition != negative_list.latest(session, found.list_kind)
    if found.list_kind != ListKind.NEGATIVE:
        return Consequences(on, (), (), 0, 0, 0, tuple(checked.warnings), (), stale)
    before = exemptions.scopes_in_force(session, on)
    released = exemptions.losses(session, _after(found, before), _ended(found)).bare
    reached = list_effects.newly_reached(session, found.changes, before)
    pairs = [
        [(one.dataset_id, one.field) for one in released],
        [(one.dataset_id, one.field) for one in reached],
    ]
    named = [_named(session, actor, some) for some in pairs]
    total = len(released) + len(reached)
    return Consequences(
        effective_on=on,
        released=named[0],
        reached=named[1],
        released_total=len(released),
        reached_total=len(reached),
        hidden=total - len(named[0]) - len(named[1]),
        warnings=(*checked.warnings, *_unlimited(found)),
        rates=_rates(session, [one for one, name in pairs[0] if not name], reached, found, now),
        stale=stale,
    )


def _after(found: Adjustment, before: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The scopes that would be in force."""
    scopes = dict(before)
    for change in found.changes:
        if change["kind"] in list_changes.ENDING:
            scopes.pop(change["number"], None)
        elif change["kind"] == AdjustmentKind.AMEND:
            scopes[change["number"]] = change["item"]["scope"]
    return scopes


def _ended(found: Adjustment) -> list[str]:
    return [change["number"] for change in found.changes if change["number"]]


def _unlimited(found: Adjustment) -> list[Message]:
    text = "%(name)s has no scope: it may close any entry of the platform."
    return [
        Message(text, {"name": change["item"]["name"]})
        for change in found.changes
        if change["kind"] not in list_changes.ENDING and not change["item"]["scope"]
    ]


def _named(
    session: Session, actor: Identity, pairs: Sequence[tuple[int, str]]
) -> tuple[tuple[Dataset, str], ...]:
    """The first of these that the actor may know of."""
    ids = sorted({key for key, _ in pairs})
    known: list[int] = []
    for some in row_sets.batches(ids):
        query = select(Dataset.id, Dataset.unit_id, Dataset.state, Dataset.published_at).where(
            Dataset.id.in_(some)
        )
        known += [row.id for row in session.execute(query) if knows(actor, row)]
        if len(known) >= SHOWN:
            break
    held = {
        one.id: one
        for one in session.scalars(
            select(Dataset)
            .where(Dataset.id.in_(known[:SHOWN]))
            .options(joinedload(Dataset.unit), selectinload(Dataset.fields))
        )
    }
    return tuple((held[key], name) for key, name in pairs if key in held)[:SHOWN]


def _rates(
    session: Session,
    bare: Sequence[int],
    reached: Sequence[Reached],
    found: Adjustment,
    now: datetime,
) -> tuple[RateChange, ...]:
    """Unit rate and data rates, before and after; reached entries count as the policy treats them."""
    today = openness.rates(session, as_of=facts.day(now))
    ended: dict[int, bool] = {}
    if found.policy != ReachPolicy.REVIEW:
        for one in reached:
            withdrawn = not one.field and found.policy == ReachPolicy.WITHDRAW
            ended[one.dataset_id] = withdrawn or ended.get(one.dataset_id, False)
    opened, exempt, freed, units = 0, 0, 0, Counter[int]()
    for row in _rows(session, [*ended, *bare]):
        due = not (row.opened_by_superior or row.duplicate_of_id)
        if row.id in ended:
            opened += 1
            exempt += due and ended[row.id]
            units[row.unit_id] += 1
        elif row.openness == Openness.WITHHELD and row.state != DatasetState.RETIRED:
            freed += due
    all_, due_ = today.data_rate["all"], today.data_rate["due"]
    unit = today.unit_rate["all"]
    shut = sum(left <= 0 for left in _left(session, units).values())
    ended_due = sum(
        not (row.opened_by_superior or row.duplicate_of_id) for row in _rows(session, list(ended))
    )
    return (
        RateChange("unit", unit, Rate(unit.n - shut, unit.d)),
        RateChange("all", all_, Rate(all_.n - opened, all_.d)),
        RateChange("due", due_, Rate(due_.n - ended_due, due_.d - exempt + freed)),
    )


def _rows(session: Session, ids: Sequence[int]) -> list[Any]:
    found: list[Any] = []
    for some in row_sets.batches(ids):
        query = select(
            Dataset.id, Dataset.unit_id, Dataset.openness, Dataset.state,
            Dataset.opened_by_superior, Dataset.duplicate_of_id,
        ).where(Dataset.id.in_(some))  # fmt: skip
        found += session.execute(query).all()
    return found


def _left(session: Session, gone: Counter[int]) -> dict[int, int]:
    """How many open entries the units concerned would keep."""
    query = (
        select(Dataset.unit_id, func.count())
        .where(
            Dataset.unit_id.in_(gone),
            Dataset.state == DatasetState.PUBLISHED,
            Dataset.openness.in_(OPENED),
        )
        .group_by(Dataset.unit_id)
    )
    held = dict(session.execute(query).all()) if gone else {}
    return {unit: held.get(unit, 0) - count for unit, count in gone.items()}
