"""The drill-down: the entries behind a figure, each with the rule that classified it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, Subquery, func, select
from sqlalchemy.orm import Session

from catalog.auth import Identity, Permission, Subject, can
from catalog.errors import Invalid
from catalog.models import Dataset, ExemptionLink, Unit
from catalog.services.entry_lists import place_of
from catalog.services.openness_counts import classified, covering_links, verified_of
from catalog.services.openness_measures import OPEN, Class
from catalog.services.paging import Page, encode
from catalog.services.visibility import visible
from schemas.records import Message

RULES: dict[str, Message] = {
    Class.OPEN: Message("Published, and open without conditions."),
    Class.CONDITIONAL: Message("Published, and open on a condition."),
    Class.WITHHELD: Message("Withheld by an item of the negative list in force on that date."),
    Class.UNCOVERED: Message("Withheld, but no item of the negative list in force covers it."),
    Class.UNPUBLISHED: Message("To be opened, but not published on that date (%(state)s)."),
    Class.UNASSESSED: Message("Nobody has decided how open it is."),
}
NOT_DUE = {
    "superior": Message("Not due: the superior unit has opened it."),
    "duplicate": Message("Not due: a declared duplicate of another entry."),
}
CHECKS: dict[str, Message] = {
    "validated": Message("Not verified: a file did not pass validation, or there is none."),
    "answers": Message("Not verified: its bytes did not answer, or were not checked in time."),
    "machine_readable": Message("Not verified: no format is machine-readable."),
    "licensed": Message("Not verified: no terms of use are stated."),
    "fresh": Message("Not verified: new data is late."),
}
"""What an open entry has to stand to count as verified, and what is said when it does not."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as a date counts it: ``state`` and ``unit`` are of that date, titles of today.

    ``items`` are the items that close it; ``not_due`` says why it is outside the base ``due`` although
    no item closes it. ``verified`` is None for an entry that is not open; ``unverified`` says what an
    open one did not stand.
    """

    dataset: Dataset
    unit: Unit
    klass: str
    rule: Message
    state: str
    items: tuple[str, ...] = ()
    not_due: Message | None = None
    verified: bool | None = None
    unverified: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Narrow:
    """Further limits of a drill-down: a theme, an item that closes the entries, whether open entries
    are verified (None: any), and the moment whose knowledge is asked for."""

    theme: str = ""
    item: str = ""
    recorded_before: datetime | None = None
    verified: bool | None = None


@dataclass(frozen=True, slots=True)
class Entries(Page[Entry]):
    """A page of entries; ``total`` counts all that match and the actor may count, ``hidden`` those of
    them that the actor may not see."""

    hidden: int = 0


def entries(
    session: Session,
    actor: Identity,
    *,
    as_of: date,
    unit: str = "",
    klass: str = "",
    after: str = "",
    limit: int = 50,
    narrow: Narrow | None = None,
) -> Entries:
    """Entries in force on a date that the actor may know of, and how many match.

    ``unit`` is a unit code, ``klass`` one of Class; both empty mean any. Entries that the actor may
    not see are counted only for who may drill down there, since narrowing would tell what they are.
    """
    _check_class(klass)
    narrow = narrow or Narrow()
    row, matching = _matching(as_of, unit, klass, narrow)
    seen = matching.join(Dataset, Dataset.id == row.c.dataset_id).where(visible(actor))
    total = shown = _count(session, seen)
    if can(actor, Permission.OPENNESS_DRILL, _subject(session, unit)):
        total = _count(session, matching)
    if after:
        seen = seen.where(row.c.dataset_id > place_of(session, after))
    rows = session.execute(seen.order_by(row.c.dataset_id).limit(limit + 1)).all()
    items = _entries(session, rows[:limit], as_of, narrow.recorded_before)
    more = encode(items[-1].dataset.slug) if len(rows) > limit else ""
    return Entries(items, more, total, total - shown)


def ids(
    session: Session, *, as_of: date, unit: str, klass: str, narrow: Narrow, limit: int
) -> list[int]:
    """The same entries by their numbers, whoever asks: for rules that have checked who it is."""
    _check_class(klass)
    row, matching = _matching(as_of, unit, klass, narrow)
    found = matching.with_only_columns(row.c.dataset_id).order_by(row.c.dataset_id)
    return list(session.scalars(found.limit(limit)))


def _check_class(klass: str) -> None:
    if klass and klass not in set(Class):
        raise Invalid(
            "openness-class",
            Message("There is no such class: %(klass)s.", {"klass": klass}),
            Message("Use one of: %(classes)s.", {"classes": ", ".join(Class)}),
            fields={"class": [Message("not a class of entries")]},
        )


def _matching(
    as_of: date, unit: str, klass: str, narrow: Narrow
) -> tuple[Subquery, Select[*tuple[Any, ...]]]:
    row = classified(as_of, narrow.recorded_before).subquery()
    matching: Select[*tuple[Any, ...]] = select(row)
    if unit:
        code = select(Unit.id).where(Unit.code == unit)
        matching = matching.where(row.c.unit_id.in_(code))
    if narrow.theme:
        matching = matching.where(row.c.theme == narrow.theme)
    if narrow.item:
        closed = select(ExemptionLink.dataset_id).where(
            covering_links(as_of, narrow.recorded_before), ExemptionLink.item_number == narrow.item
        )
        matching = matching.where(row.c.klass == Class.WITHHELD, row.c.dataset_id.in_(closed))
    if klass:
        matching = matching.where(row.c.klass == klass)
    if narrow.verified is not None:
        stood = verified_of(row.c)
        matching = matching.where(row.c.klass.in_(OPEN), stood if narrow.verified else ~stood)
    return row, matching


def _subject(session: Session, unit: str) -> Subject:
    return Subject(session.scalar(select(Unit.id).where(Unit.code == unit)) if unit else None)


def _count(session: Session, query: Select[*tuple[Any, ...]]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _entries(
    session: Session,
    rows: Sequence[Row[*tuple[Any, ...]]],
    on: date,
    recorded_before: datetime | None,
) -> list[Entry]:
    ids = [row.dataset_id for row in rows]
    datasets = {
        dataset.id: dataset
        for dataset in session.scalars(select(Dataset).where(Dataset.id.in_(ids)))
    }
    holders = {row.unit_id for row in rows}
    held_by = {unit.id: unit for unit in session.scalars(select(Unit).where(Unit.id.in_(holders)))}
    closing: dict[int, list[str]] = {}
    for dataset_id, number in session.execute(
        select(ExemptionLink.dataset_id, ExemptionLink.item_number)
        .where(ExemptionLink.dataset_id.in_(ids), covering_links(on, recorded_before))
        .order_by(ExemptionLink.item_number)
    ):
        closing.setdefault(dataset_id, []).append(number)
    return [
        Entry(
            datasets[row.dataset_id],
            held_by[row.unit_id],
            row.klass,
            Message(RULES[row.klass].text, {"state": Message(row.state)}),
            row.state,
            tuple(closing.get(row.dataset_id, ())) if row.klass == Class.WITHHELD else (),
            _not_due(row),
            *_checked(row),
        )
        for row in rows
    ]


def _not_due(row: Row[*tuple[Any, ...]]) -> Message | None:
    if row.klass == Class.WITHHELD:
        return None
    if row.opened_by_superior:
        return NOT_DUE["superior"]
    return NOT_DUE["duplicate"] if row.duplicate else None


def _checked(row: Row[*tuple[Any, ...]]) -> tuple[bool | None, tuple[Message, ...]]:
    if row.klass not in OPEN:
        return None, ()
    failed = tuple(said for name, said in CHECKS.items() if not getattr(row, name))
    return not failed, failed
