"""What still rests on a unit which has left the roster: items of lists and guidelines in force that name
it, and what it left that nobody has taken over.

Whoever keeps them looks at them again: a scope goes on to reach what the unit held (``item_scopes``), but
nothing new of its successor, and a text that names it sends people to a body that is gone. What began
after the unit had left names it on purpose.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, joinedload

from catalog.models import Dataset, ExemptionItem, Membership, Request, Unit, User
from catalog.services import guides, units
from schemas.records import Message
from schemas.vocabularies import DatasetState, ListKind, RequestState

_ENDED = (DatasetState.WITHDRAWN, DatasetState.RETIRED)


@dataclass(frozen=True, slots=True)
class Naming:
    """An item (``kind`` its list, ``key`` its number) or a guideline (``kind`` empty, ``key`` its
    address) that names a unit."""

    kind: str
    key: str
    title: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """What stands in the name of a unit that is gone: entries that are not withdrawn or retired, open
    requests, units on the roster under it, roles of people."""

    unit: Unit
    entries: int = 0
    requests: int = 0
    units: int = 0
    roles: int = 0

    @property
    def said(self) -> Message:
        """What there is, and what to do."""
        gone, after = self.unit, self.unit.successor
        params = {
            "day": str(gone.roster_to), "entries": self.entries, "requests": self.requests,
            "units": self.units, "roles": self.roles, "successor": after.name if after else "",
        }  # fmt: skip
        return Message(_LEFT if after is None else _NOT_MOVED, params)


_LEFT = (
    "It left the roster on %(day)s and nobody took over. Entries in its name: %(entries)s; open requests: "
    "%(requests)s; units under it: %(units)s; roles of people: %(roles)s. Name its successor, or end them."
)
_NOT_MOVED = (
    "It left the roster on %(day)s, but these did not go over to %(successor)s: entries: %(entries)s; open "
    "requests: %(requests)s; units under it: %(units)s; roles of people: %(roles)s. Move them."
)


def left_behind(session: Session, on: date, code: str = "") -> list[LeftBehind]:
    """Units gone by a day that something still stands in the name of; only the one with ``code``."""
    query = select(Unit).where(Unit.roster_to <= on).options(joinedload(Unit.successor))
    if code:
        query = query.where(Unit.code == code)
    gone = {one.id: one for one in session.scalars(query.order_by(Unit.roster_to, Unit.id))}
    if not gone:
        return []
    held = {
        "entries": _counted(session, Dataset.unit_id, on, Dataset.state.not_in(_ENDED)),
        "requests": _counted(session, Request.unit_id, on, Request.state == RequestState.OPEN),
        "units": _counted(session, Unit.parent_id, on, units.on_roster(on)),
        "roles": _counted(session, Membership.unit_id, on,
                          Membership.user_id.in_(select(User.id).where(User.active))),
    }  # fmt: skip
    return [
        LeftBehind(unit, **{name: found.get(unit.id, 0) for name, found in held.items()})
        for unit in gone.values()
        if any(unit.id in found for found in held.values())
    ]


def _counted(
    session: Session, of: InstrumentedAttribute[Any], on: date, condition: ColumnElement[bool]
) -> dict[int, int]:
    """How many rows stand in the name of each unit gone by a day."""
    gone = aliased(Unit)
    query = (
        select(of, func.count()).join(gone, gone.id == of).where(gone.roster_to <= on, condition)
    )
    return dict(session.execute(query.group_by(of)).all())


def naming(session: Session, on: date, code: str = "") -> list[Naming]:
    """Everything in force on a day that names a unit which left the roster since it began; of one unit
    with ``code``."""
    query = select(Unit).where(Unit.roster_to <= on).options(joinedload(Unit.successor))
    if code:
        query = query.where(Unit.code == code)
    gone = session.scalars(query.order_by(Unit.roster_to, Unit.id)).all()
    if not gone:
        return []
    present = list(session.scalars(select(Unit.name).where(units.on_roster(on))))
    held = _Gone(gone, present)
    return [*_items(session, on, held), *_guidelines(session, on, held)]


class _Gone:
    """Units that have left, looked for in texts; a longer name of another unit is not theirs."""

    def __init__(self, gone: Sequence[Unit], present: Sequence[str]) -> None:
        names = {one.name for one in gone} - set(present)
        self.units = gone
        self._longer = {
            name: [other for other in present if name in other] for name in sorted(names)
        }

    def named(self, codes: Sequence[str], text: str, begun: date) -> Iterator[Unit]:
        """Those that left after ``begun`` and are named by code, without their successor, or by name."""
        for one in self.units:
            if one.roster_to is None or one.roster_to <= begun:
                continue
            taken_over = one.successor is not None and one.successor.code in codes
            if (one.code in codes and not taken_over) or self._in_text(one.name, text):
                yield one

    def _in_text(self, name: str, text: str) -> bool:
        if name not in text or name not in self._longer:
            return False
        for longer in self._longer[name]:
            text = text.replace(longer, "")
        return name in text


def _items(session: Session, on: date, gone: _Gone) -> Iterator[Naming]:
    columns = (
        ExemptionItem.list_kind, ExemptionItem.number, ExemptionItem.name, ExemptionItem.scope,
        ExemptionItem.details, ExemptionItem.public_wording, ExemptionItem.internal_wording,
        ExemptionItem.valid_from,
    )  # fmt: skip
    query = select(*columns).where(
        ExemptionItem.valid_from <= on,
        ExemptionItem.valid_to.is_(None) | (ExemptionItem.valid_to > on),
    )
    for row in session.execute(query.order_by(ExemptionItem.list_kind, ExemptionItem.number)):
        texts = (row.name, row.public_wording, row.internal_wording, *row.details.values())
        for unit in gone.named(row.scope.get("units") or (), "\n".join(texts), row.valid_from):
            yield Naming(ListKind(row.list_kind), row.number, f"{row.number} {row.name}", unit)


def _guidelines(session: Session, on: date, gone: _Gone) -> Iterator[Naming]:
    for guideline in guides.every(session):
        made = guides.in_force(guideline, on)
        if made is None:
            continue
        text = f"{made.title}\n{made.summary}\n{made.body}"
        for unit in gone.named((), text, made.effective_on):
            yield Naming("", guideline.slug, made.title, unit)
