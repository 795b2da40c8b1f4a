"""Signs that a rate was made to look better than what is open (domain.md, section 5), with evidence.

A signal is a reason to look, never a verdict. It is shown to whoever may know every entry it rests on:
the public is told what public entries show, a unit what its own show, oversight everything.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from catalog.auth import Identity
from catalog.models import Dataset, Unit
from catalog.services import signals_of_files, signals_of_time
from catalog.services.signals_found import Found, Look
from catalog.services.visibility import knows
from schemas.records import Message


class Sign(StrEnum):
    """The ways of gaming that are looked for."""

    SPLIT = "split"
    EMPTY = "empty"
    BULK = "bulk-exemption"
    BRIEF = "brief-opening"
    PAGE = "page-link"


SIGNS: dict[Sign, Message] = {
    Sign.SPLIT: Message(
        "One unit has many open entries with exactly the same columns: they may be one table that was "
        "split to count more often."
    ),
    Sign.EMPTY: Message(
        "The entry counts as open, but its files hold nothing, one row at most, or only placeholders."
    ),
    Sign.BULK: Message(
        "Many entries of a unit were closed in the last two weeks of a quarter, more than in the rest of "
        "it: the base of entries due shrank just before the figures were taken."
    ),
    Sign.BRIEF: Message(
        "The entry was opened shortly before the end of a quarter and closed again shortly after: it "
        "counted on the day of the report only."
    ),
    Sign.PAGE: Message("A link that is to give data answers with a web page."),
}
RULES: dict[Sign, Callable[[Session, Look], list[Found]]] = {
    Sign.SPLIT: signals_of_files.split,
    Sign.EMPTY: signals_of_files.empty,
    Sign.BULK: signals_of_time.bulk_exemptions,
    Sign.BRIEF: signals_of_time.brief_openings,
    Sign.PAGE: signals_of_files.pages,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """An entry a signal rests on, and what is to be seen of it."""

    dataset: Dataset
    says: Message


@dataclass(frozen=True, slots=True)
class Signal:
    """One reason to look; ``day`` is the period end it is about, or None for what stands today."""

    sign: Sign
    unit: Unit
    day: date | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Signals:
    """What was found. ``complete`` is False when there was more to look through than one look takes."""

    items: tuple[Signal, ...]
    complete: bool


def find(
    session: Session,
    actor: Identity,
    *,
    since: date,
    day: date,
    unit: str = "",
    kinds: Sequence[str] = (),
) -> Signals:
    """The signals of the time from ``since`` to ``day`` that the actor may know of, by kind and unit."""
    unit_id = None
    if unit:
        unit_id = session.scalar(select(Unit.id).where(Unit.code == unit)) or 0
    look = Look(since, day, unit_id)
    signals: list[Signal] = []
    complete = True
    for sign in Sign:
        if kinds and sign not in kinds:
            continue
        found = RULES[sign](session, look)
        complete = complete and not any(one.cut for one in found)
        signals += _shown(session, actor, sign, found)
    return Signals(tuple(signals), complete)


def _shown(session: Session, actor: Identity, sign: Sign, found: Sequence[Found]) -> list[Signal]:
    ids = {dataset_id for one in found for dataset_id in one.evidence}
    held = {
        dataset.id: dataset
        for dataset in session.scalars(
            select(Dataset).where(Dataset.id.in_(ids)).options(joinedload(Dataset.unit))
        )
    }
    units = {
        unit.id: unit
        for unit in session.scalars(select(Unit).where(Unit.id.in_({one.unit_id for one in found})))
    }
    return [
        Signal(
            sign,
            units[one.unit_id],
            one.day,
            tuple(Evidence(held[key], says) for key, says in one.evidence.items()),
        )
        for one in found
        if one.evidence and all(knows(actor, held[key]) for key in one.evidence)
    ]
