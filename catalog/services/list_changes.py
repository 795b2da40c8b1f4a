"""Checking the changes of an adjustment before anybody approves them.

A change is ``{"kind", "number", "item"}``. Errors are collected and named by their place in the
input (``changes.0.item.ground``), so that a clerk sees all of them at once.
"""

from collections.abc import Mapping, Sequence
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
    found, order = Checked(), Order(kind, effective_on, actor, laws.library(session))
    found.errors.update(wrong or {})
    seen: set[str] = set()
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
        _check_change(session, found, place, change, order)
        number = change.get("number")
        if isinstance(number, str) and number:
            if number in seen:
                found.wrong(f"{place}.number", "Another change of this adjustment is about it too.")
            seen.add(number)
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
    order = Order(kind, effective_on, library=laws.library(session))
    found = [Checked() for _ in changes]
    for one, change in zip(found, changes, strict=True):
        _check_change(session, one, "", change, order)
        one.errors = {place.removeprefix("."): said for place, said in one.errors.items()}
    return found


def _warn_of_name(session: Session, found: Checked, name: Any, order: Order) -> None:
    """Say which item in force has the name of a new one: often that one was to be amended."""
    if not isinstance(name, str):
        return
    number = session.scalar(
        select(ExemptionItem.number)
        .where(
            ExemptionItem.list_kind == order.kind,
            ExemptionItem.name == name.strip(),
            ExemptionItem.valid_from <= order.effective_on,
            ExemptionItem.valid_to.is_(None) | (ExemptionItem.valid_to > order.effective_on),
        )
        .order_by(ExemptionItem.number)
        .limit(1)
    )
    if number is not None:
        text = "Item %(number)s in force has the name %(name)s, too: amend that one, unless another is meant."
        found.warnings.append(Message(text, {"number": number, "name": name.strip()}))


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
        _warn_of_name(session, found, item.get("name"), order)
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
    # Whoever amends an item of a list that closes nothing has looked at it: it is reviewed a year on.
    anew = {} if order.kind == ListKind.NEGATIVE or item.get("review_by") else {"review_by": None}
    values = check_item(session, found, f"{place}.item", {**before, **anew, **item}, order)
    kept = {"valid_from": values["valid_from"]} | (
        {"review_by": values["review_by"]} if anew else {}
    )
    if before and values == {**before, **kept}:
        found.wrong(f"{place}.item", "The amendment changes nothing.")
    found.changes.append({"kind": str(kind), "number": number, "item": values})
