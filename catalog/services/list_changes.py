"""Checking the changes of an adjustment before anybody approves them.

A change is ``{"kind", "number", "item"}``. Errors are collected and named by their place in the
input (``changes.0.item.ground``), so that a clerk sees all of them at once.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.auth import Identity
from catalog.errors import Invalid
from catalog.models import ExemptionItem
from catalog.services import laws
from catalog.services.basis_checks import citation_values
from catalog.services.check_notes import Checked
from catalog.services.citations import Cited, parse_citation
from catalog.services.item_checks import TEXTS, Order, check_item, written_day
from schemas.records import Message
from schemas.vocabularies import AdjustmentKind, ListKind

__all__ = [
    "ENDING",
    "TEXTS",
    "Checked",
    "check",
    "citation_values",
    "cited",
    "inputs",
    "standing",
    "values_of",
]

MOST_CHANGES = 2_000
"""Changes of one adjustment: some seconds of looking them up."""
ENDING = {AdjustmentKind.REPEAL, AdjustmentKind.OPEN}
_NEVER = "9999-12-31"
_MATTER = ("name", "category", "ground", "circumstances", "citations", "scope", "details")
"""Values that two items must not both have at one time: the second says nothing new."""


def cited(values: Mapping[str, Any]) -> Cited:
    """The citation that stored values mean."""
    return Cited(values["law"], values.get("article"), values["part"], values["version"])


def values_of(item: ExemptionItem) -> dict[str, Any]:
    """An item as the values of a change: what an amendment starts from."""
    labels = [one for citation in item.citations for one in parse_citation(citation.label)]
    return {
        **{key: getattr(item, key) for key in TEXTS},
        "circumstances": [one.text for one in item.circumstances],
        "citations": [citation_values(one) for one in labels],
        "scope": dict(item.scope),
        "details": dict(item.details),
        "secrecy": item.secrecy,
        "declassify_on": item.declassify_on.isoformat() if item.declassify_on else None,
        "valid_from": None,
        "valid_to": item.valid_to.isoformat() if item.valid_to else None,
        "review_by": item.review_by.isoformat(),
    }


def inputs(changes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Stored changes as input again; an ending change takes no item."""
    return [{**change, "item": change["item"] or None} for change in changes]


def standing(
    session: Session, number: str, on: date, kind: str = ListKind.NEGATIVE
) -> ExemptionItem | None:
    """The version of an item that is in force on a day."""
    return session.scalar(
        select(ExemptionItem).where(
            ExemptionItem.list_kind == kind,
            ExemptionItem.number == number,
            ExemptionItem.valid_from <= on,
            ExemptionItem.valid_to.is_(None) | (ExemptionItem.valid_to > on),
        )
    )


def check(
    session: Session,
    changes: Sequence[Any],
    *,
    effective_on: date,
    kind: str = ListKind.NEGATIVE,
    actor: Identity | None = None,
    wrong: Mapping[str, list[Message]] | None = None,
) -> Checked:
    """All changes in one spelling, with warnings; ``Invalid`` names everything wrong with them.

    With ``actor`` the scopes may name only entries that the actor may know of. ``wrong`` is what is
    wrong with the adjustment beside its changes: everything is said at once.
    """
    ending = _ending(one for one in changes if isinstance(one, Mapping))
    found, order = Checked(), Order(kind, effective_on, actor, laws.library(session), ending)
    found.errors.update(wrong or {})
    seen: set[str] = set()
    made: dict[int, dict[str, Any]] = {}
    if not changes:
        found.wrong("changes", "An adjustment has at least one change.")
    if len(changes) > MOST_CHANGES:
        found.wrong("changes", "At most %(most)s changes at once.", most=MOST_CHANGES)
    for index, change in enumerate(changes[:MOST_CHANGES]):
        place = f"changes.{index}"
        if not isinstance(change, Mapping):
            found.wrong(place, "A change is an object with kind, number and item.")
            continue
        for key in change.keys() - {"kind", "number", "item"}:
            found.wrong(f"{place}.{key}", "There is no such value in a change.")
        before = len(found.changes)
        _check_change(session, found, place, change, order)
        made.update((index, one) for one in found.changes[before:])
        number = change.get("number")
        if isinstance(number, str) and number:
            if number in seen:
                found.wrong(f"{place}.number", "Another change of this adjustment is about it too.")
            seen.add(number)
    places = list(made)
    for at, first in repeats(list(made.values()), effective_on).items():
        text = "It says the same as change %(number)s of this adjustment: leave one of them out."
        found.wrong(f"changes.{places[at]}.item.name", text, number=places[first] + 1)
    if found.errors:
        raise Invalid(
            "adjustment-invalid",
            Message("The adjustment cannot be drafted as it stands; nothing was saved."),
            Message("Correct the values named and send it again."),
            fields=found.errors,
        )
    return found


def each(
    session: Session, changes: Sequence[Mapping[str, Any]], *, effective_on: date, kind: str
) -> list[Checked]:
    """What is wrong with each change by itself, and what is odd about it, for a report by row; places
    begin with ``item``."""
    order = Order(kind, effective_on, None, laws.library(session), _ending(changes))
    found = [Checked() for _ in changes]
    for one, change in zip(found, changes, strict=True):
        _check_change(session, one, "", change, order)
        one.errors = {place.removeprefix("."): said for place, said in one.errors.items()}
    return found


def _ending(changes: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The numbers of the items that the changes end."""
    return frozenset(
        str(one.get("number")) for one in changes if str(one.get("kind")) in set(ENDING)
    )


def repeats(changes: Sequence[Mapping[str, Any] | None], on: date) -> dict[int, int]:
    """New items that say what one before them says, of the same time: place -> place of the first."""
    known: dict[str, list[tuple[int, str, str]]] = {}
    found: dict[int, int] = {}
    for at, change in enumerate(changes):
        if change is None or change["kind"] != AdjustmentKind.ADD:
            continue
        begins, ends = _span(change["item"], on)
        before = known.setdefault(_matter(change["item"]), [])
        first = next((one for one, a, b in before if a < ends and begins < b), None)
        if first is None:
            before.append((at, begins, ends))
        else:
            found[at] = first
    return found


def _matter(values: Mapping[str, Any]) -> str:
    """What an item is about, apart from its wording and its days."""
    return json.dumps([values[key] for key in _MATTER], ensure_ascii=False, sort_keys=True)


def _span(values: Mapping[str, Any], on: date) -> tuple[str, str]:
    """From when until before when an item holds, as texts that compare like their days."""
    return values["valid_from"] or on.isoformat(), values["valid_to"] or _NEVER


_NAMESAKE = (
    "Item %(number)s in force has the name %(name)s, too: amend that one, unless another is meant."
)
_SAID = "Item %(number)s says the same already: amend that one, or leave this out."


def _tell_namesakes(
    session: Session, found: Checked, values: Mapping[str, Any], order: Order
) -> None:
    """Warn of an item in force, or to come, that says what a new one says, else of one that has its name:
    often that one was to be amended."""
    query = select(ExemptionItem).where(
        ExemptionItem.list_kind == order.kind,
        ExemptionItem.name == values["name"],
        ExemptionItem.valid_to.is_(None) | (ExemptionItem.valid_to > order.effective_on),
        ExemptionItem.number.not_in(order.ending),
    )
    begins, ends = _span(values, order.effective_on)
    named: list[Message] = []
    for row in session.scalars(query.order_by(ExemptionItem.number, ExemptionItem.revision)):
        params = {"number": row.number, "name": row.name}
        last = row.valid_to.isoformat() if row.valid_to else _NEVER
        meets = row.valid_from.isoformat() < ends and begins < last
        if meets and _matter(values_of(row)) == _matter(values):
            found.warnings.append(Message(_SAID, params))
            return
        if row.valid_from <= order.effective_on:
            named.append(Message(_NAMESAKE, params))
    found.warnings += named[:1]


def _check_change(
    session: Session, found: Checked, place: str, change: Mapping[str, Any], order: Order
) -> None:
    kind, number, item = change.get("kind"), change.get("number") or "", change.get("item") or {}
    if not isinstance(kind, str) or kind not in set(AdjustmentKind):
        kinds = ", ".join(AdjustmentKind)
        found.wrong(f"{place}.kind", "Say what to do with the item: %(kinds)s.", kinds=kinds)
        return
    if not isinstance(number, str) or not isinstance(item, Mapping):
        found.wrong(place, "The number is text and the item an object.")
        return
    before: dict[str, Any] = {}
    if kind == AdjustmentKind.ADD:
        if number:
            found.wrong(f"{place}.number", "A new item gets its number when it is approved.")
    else:
        current = standing(session, number, order.effective_on, order.kind)
        if current is None:
            found.wrong(
                f"{place}.number", "Item %(number)s is not in force on %(day)s.",
                number=number, day=order.effective_on.isoformat(),
            )  # fmt: skip
            return
        if current.ended_by_id is not None:
            found.wrong(f"{place}.number", "An approved adjustment already ends this item.")
            return
        starts = written_day(item.get("valid_from"))
        if starts and current.valid_to and starts > current.valid_to:
            found.wrong(
                f"{place}.item.valid_from", "The item lapses on %(day)s; leave no gap after it.",
                day=current.valid_to.isoformat(),
            )  # fmt: skip
        before = values_of(current)
    if kind == AdjustmentKind.OPEN and order.kind != ListKind.NEGATIVE:
        found.wrong(f"{place}.kind", "Only an item of the negative list is converted to open.")
    if kind in ENDING:
        if item:
            found.wrong(f"{place}.item", "Ending an item takes no new values.")
        found.changes.append({"kind": str(kind), "number": number, "item": {}})
        return
    values = _check_values(session, found, f"{place}.item", (before, item), order)
    found.changes.append({"kind": str(kind), "number": number, "item": values})


def _check_values(
    session: Session,
    found: Checked,
    place: str,
    given: tuple[Mapping[str, Any], Mapping[str, Any]],
    order: Order,
) -> dict[str, Any]:
    """What an item becomes: the values it had, none when it is new, and those given over them."""
    before, item = given
    # Whoever amends an item of a list that closes nothing has looked at it: it is reviewed a year on.
    anew = {} if order.kind == ListKind.NEGATIVE or item.get("review_by") else {"review_by": None}
    values = check_item(session, found, place, {**before, **anew, **item}, order)
    kept = {"valid_from": values["valid_from"]} | (
        {"review_by": values["review_by"]} if anew else {}
    )
    if not before and not any(one.startswith(place) for one in found.errors):
        _tell_namesakes(session, found, values, order)
    elif before and values == {**before, **kept}:
        found.wrong(place, "The amendment changes nothing.")
    return values
