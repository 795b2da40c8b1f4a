"""Open entries that items of the negative list reach: found by conditions, closed by nobody here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import Dataset, Field, ItemException, Unit
from catalog.services import item_scopes
from catalog.services.item_scopes import Place
from schemas.vocabularies import DatasetState, Openness

OPENED = (Openness.UNCONDITIONAL, Openness.CONDITIONAL)
MOST = 50_000
"""Entries that one item is said to reach at most."""


@dataclass(frozen=True, slots=True)
class Reached:
    """An open entry (``field`` empty), or one open field of it, that an item's scope reaches."""

    dataset_id: int
    field: str
    number: str


def reached(
    session: Session,
    number: str,
    scope: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
    *,
    limit: int = MOST,
) -> list[Reached]:
    """Published open entries, or their open fields, that a scope reaches and ``before`` did not.

    A scope without any limit reaches nothing here: it leaves every decision to people. What an
    exception has opened is left out.
    """
    if not scope:
        return []
    query = (
        select(Dataset.id, Unit.code, Dataset.theme, Dataset.code)
        .join(Unit, Unit.id == Dataset.unit_id)
        .where(
            Dataset.state == DatasetState.PUBLISHED,
            Dataset.openness.in_(OPENED),
            *item_scopes.entries_within(scope),
        )
        .order_by(Dataset.id)
    )
    if item_scopes.by_fields(scope):
        query = query.add_columns(Field.name, Field.title).join(
            Field, Field.dataset_id == Dataset.id
        )
        query = query.where(Field.openness.in_(OPENED), item_scopes.fields_within(scope))
    opened = _excepted(session, number)
    came = _came(session, before or {})
    found: list[Reached] = []
    for row in session.execute(query):
        key, unit, theme, code = row[:4]
        name, label = row[4:] or ("", "")
        fields = {name: label} if name else {}
        place = Place(unit, theme, code, fields, came.get(key, frozenset()))
        if before is not None and item_scopes.covers(before, place, name):
            continue
        if not opened & {(key, name), (key, "")}:
            found.append(Reached(key, name, number))
        if len(found) >= limit:
            break
    return found


def _came(session: Session, before: Mapping[str, Any]) -> dict[int, frozenset[str]]:
    """Entries that came over from merged units which an earlier scope names, with those units."""
    if not before.get("units"):
        return {}
    inside = select(Dataset.id).where(*item_scopes.entries_within({"units": before["units"]}))
    elsewhere = inside.join(Unit, Unit.id == Dataset.unit_id).where(
        Unit.code.not_in(before["units"])
    )
    return dict.fromkeys(session.scalars(elsewhere), frozenset(before["units"]))


def _excepted(session: Session, number: str) -> set[tuple[int, str]]:
    rows = session.execute(
        select(ItemException.dataset_id, ItemException.field).where(
            ItemException.item_number == number,
            ItemException.confirmed_at.is_not(None),
            ItemException.ended_at.is_(None),
        )
    )
    return {(key, name) for key, name in rows}


def once(found: Sequence[Reached]) -> list[Reached]:
    """Each entry or field once, for the first item that reaches it."""
    return list({(one.dataset_id, one.field): one for one in reversed(found)}.values())[::-1]
