"""What an exemption item may close, and which entries and fields have lost their item.

An item covers by its scope alone (``scopes``). Whether it is in force is a matter of dates.
"""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from catalog.db import among
from catalog.errors import Invalid
from catalog.models import Dataset, ExemptionItem, ExemptionLink, Field, ItemException, Unit
from catalog.services import facts, item_scopes, row_sets
from catalog.services.item_scopes import Place, place_of
from schemas.records import Message, Problem
from schemas.vocabularies import ListKind, Openness


@dataclass(frozen=True, slots=True)
class Loss:
    """An entry (``field`` empty) or a field that was closed by ``lost`` and is still by ``kept``."""

    dataset_id: int
    field: str
    lost: frozenset[str]
    kept: frozenset[str]


@dataclass(frozen=True, slots=True)
class Losses:
    """Everything lost, and by field the items that stand of the entries concerned."""

    found: tuple[Loss, ...] = ()
    links: Mapping[int, Mapping[str, AbstractSet[str]]] = field(default_factory=dict)

    @property
    def bare(self) -> list[Loss]:
        """What no item closes any more."""
        return [one for one in self.found if not one.kept]


def covers_scope(scope: Mapping[str, Any], dataset: Dataset, field_name: str = "") -> bool:
    """Whether a scope reaches an entry in hand, or one field of it."""
    place = place_of(dataset)
    session = object_session(dataset)
    if session is not None and place.unit not in scope.get("units", (place.unit,)):
        former = item_scopes.former_units(session, [dataset.id], scope["units"])
        place = replace(place, former=former.get(dataset.id, frozenset()))
    return item_scopes.covers(scope, place, field_name)


def covers(item: ExemptionItem, dataset: Dataset, field_name: str = "") -> bool:
    """Whether an item may close an entry, or one field of it."""
    return covers_scope(item.scope, dataset, field_name)


def scopes_in_force(session: Session, on: date) -> dict[str, dict[str, Any]]:
    """The scope of every item in force on a day, by item number."""
    query = select(ExemptionItem.number, ExemptionItem.scope).where(
        ExemptionItem.list_kind == ListKind.NEGATIVE,
        ExemptionItem.valid_from <= on,
        ExemptionItem.valid_to.is_(None) | (ExemptionItem.valid_to > on),
    )
    return dict(session.execute(query).all())


def excepted(session: Session, ids: Collection[int]) -> dict[int, set[tuple[str, str]]]:
    """Of entries, field (empty: the whole entry, its fields with it) and item of every confirmed consent
    or public-interest finding in effect; an entry without any is not there."""
    found: dict[int, set[tuple[str, str]]] = {}
    query = select(ItemException.dataset_id, ItemException.field, ItemException.item_number).where(
        among(ItemException.dataset_id, ids),
        ItemException.confirmed_at.is_not(None),
        ItemException.ended_at.is_(None),
    )
    for dataset_id, name, number in session.execute(query):
        found.setdefault(dataset_id, set()).add((name, number))
    return found


@dataclass(frozen=True, slots=True)
class Known:
    """What ``check_cover`` asks, where it has been read for many at once: the scopes in force on the day,
    and what exceptions have opened of the entries (``excepted``)."""

    scopes: Mapping[str, Mapping[str, Any]]
    opened: Mapping[int, AbstractSet[tuple[str, str]]]


def check_cover(
    session: Session,
    dataset: Dataset,
    field: str | None,
    numbers: Collection[str],
    on: date,
    *,
    key: str = "withheld_by",
    known: Known | None = None,
) -> None:
    """Refuse to close an entry (``field`` None) or a field unless items in force cover it.

    ``key`` is the input field that the refusal names. Every number given has to hold, so that no
    entry rests on an item that says nothing about it, or that an exception has opened.
    """
    if known is None:
        opening = excepted(session, [dataset.id]) if numbers else {}
        known = Known(scopes_in_force(session, on), opening)
    held, opened = known.scopes, known.opened.get(dataset.id, frozenset())
    problems: list[Message] = []
    for number in sorted(set(numbers)):
        params = {"number": number, "day": on.isoformat()}
        if number not in held:
            problems.append(Message("Item %(number)s is not in force on %(day)s.", params))
        elif not covers_scope(held[number], dataset, field or ""):
            problems.append(Message("Item %(number)s does not cover this by its scope.", params))
        elif opened & {("", number), (field or "", number)}:
            text = "A consent or a public-interest finding opens this although item %(number)s covers it."
            problems.append(Message(text, params))
    if not numbers:
        problems.append(Message("Name at least one item of the negative list."))
    if problems:
        raise Invalid(
            "not-covered",
            Message("Only an item of the negative list in force can close an entry or a field."),
            Message("Choose an item that covers it, or have the list adjusted first."),
            fields={key: problems},
        )


def losses(
    session: Session,
    held: Mapping[str, Mapping[str, Any]],
    numbers: Collection[str] | None = None,
) -> Losses:
    """Closed entries and fields that some item no longer covers, if ``held`` scopes were in force.

    ``numbers`` limits the look to what rests on these items. One reading, however many entries.
    """
    links = _standing(session, numbers)
    places = _places(session, sorted(links), held.values())
    found: list[Loss] = []
    for dataset_id, rows in sorted(links.items()):
        for name, items in sorted(rows.items()):
            kept = frozenset(
                number
                for number in items
                if number in held and item_scopes.covers(held[number], places[dataset_id], name)
            )
            if kept != items:
                found.append(Loss(dataset_id, name, frozenset(items - kept), kept))
    touched = {one.dataset_id for one in found}
    return Losses(tuple(found), {key: links[key] for key in touched})


def _standing(session: Session, numbers: Collection[str] | None) -> dict[int, dict[str, set[str]]]:
    """Items that close, by field, of every entry or of those that rest on these items."""
    query = select(ExemptionLink.dataset_id, ExemptionLink.field, ExemptionLink.item_number).where(
        ExemptionLink.superseded_at.is_(None), ExemptionLink.valid_to.is_(None)
    )
    if numbers is not None:
        touched = select(ExemptionLink.dataset_id).where(
            ExemptionLink.superseded_at.is_(None),
            ExemptionLink.valid_to.is_(None),
            ExemptionLink.item_number.in_(numbers),
        )
        query = query.where(ExemptionLink.dataset_id.in_(touched))
    links: dict[int, dict[str, set[str]]] = {}
    for dataset_id, name, number in session.execute(query):
        links.setdefault(dataset_id, {}).setdefault(name, set()).add(number)
    return links


def _places(
    session: Session, ids: Sequence[int], scopes: Collection[Mapping[str, Any]]
) -> dict[int, Place]:
    """What scopes look at, of many entries; titles of fields only where elements ask for them, former
    units only where merged ones are named."""
    titles = any(one.get("elements") for one in scopes)
    merged = _merged(session, {code for one in scopes for code in one.get("units") or ()})
    named: dict[int, dict[str, str]] = {}
    found: dict[int, Place] = {}
    if titles:
        rows = select(Field.dataset_id, Field.name, Field.title).where(among(Field.dataset_id, ids))
        for dataset_id, name, label in session.execute(rows):
            named.setdefault(dataset_id, {})[name] = label
    query = (
        select(Dataset.id, Unit.code, Dataset.theme, Dataset.code)
        .join(Unit, Unit.id == Dataset.unit_id)
        .where(among(Dataset.id, ids))
    )
    former = item_scopes.former_units(session, ids, merged) if merged else {}
    for dataset_id, unit, theme, code in session.execute(query):
        found[dataset_id] = Place(
            unit, theme, code, named.get(dataset_id, {}), former.get(dataset_id, frozenset())
        )
    return found


def _merged(session: Session, codes: Collection[str]) -> list[str]:
    """Those of some units that have a successor."""
    found: list[str] = []
    for some in row_sets.batches(sorted(codes)):
        query = select(Unit.code).where(Unit.code.in_(some), Unit.successor_id.is_not(None))
        found += session.scalars(query)
    return found


def uncovered(session: Session, dataset: Dataset, on: date) -> list[Problem]:
    """Why an entry may not stay closed as it is: what is withheld without an item that covers it."""
    held = scopes_in_force(session, on)
    linked = facts.links(session, dataset.id)
    closed = [""] if dataset.openness == Openness.WITHHELD else []
    closed += [field.name for field in dataset.fields if field.openness == Openness.WITHHELD]
    return [
        Problem(
            "not-covered",
            Message("No item of the negative list in force covers this."),
            Message("Name an item that covers it, or open it."),
            f"fields.{name}" if name else "withheld_by",
        )
        for name in closed
        if not any(
            number in held and covers_scope(held[number], dataset, name)
            for number in linked.get(name, ())
        )
    ]
