"""The directory as lists: entries as lists show them, newest first, and how many there are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from catalog import outbox
from catalog.auth import Identity
from catalog.models import Dataset, Unit
from catalog.search import Question, SearchIndex
from catalog.services import paging
from catalog.services.visibility import own_units, public, sees_all, visible
from schemas.vocabularies import DatasetState


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of entries is narrowed to; empty means any."""

    unit: str = ""
    theme: str = ""
    openness: str = ""
    state: str = ""
    updated_after: date | None = None
    updated_before: date | None = None


def page(
    session: Session,
    actor: Identity,
    filters: Filters = Filters(),
    *,
    index: SearchIndex | None = None,
    after: str = "",
    limit: int = 20,
) -> paging.Page[dict[str, Any]]:
    """Entries the actor may know of as lists show them, newest first, and their exact number."""
    which: list[ColumnElement[bool]] = [visible(actor), *_narrowed(filters)]
    total = _counted(session, actor, filters, index)
    if total is None:
        total = session.scalar(select(func.count()).select_from(Dataset).where(*which))
    if after:
        which.append(Dataset.id < place_of(session, after))
    found = list(lines(session, *which, limit=limit + 1).values())
    more = len(found) > limit
    return paging.Page(
        found[:limit], paging.encode(found[limit - 1]["slug"]) if more else "", total
    )


def _counted(
    session: Session, actor: Identity, filters: Filters, index: SearchIndex | None
) -> int | None:
    """The number of entries by the index, which counts a million in a moment; None where the index has
    not got to the present state of the database, or does not hold what is asked for."""
    if index is None or filters.state == DatasetState.RETIRED:
        return None
    if not index.in_step(outbox.mark(session)):
        return None
    narrow = {
        name: [wanted]
        for name in ("unit", "theme", "openness", "state")
        if (wanted := getattr(filters, name))
    }
    units = None if sees_all(actor) else own_units(actor)
    asked = Question(
        narrow=narrow,
        data_after=filters.updated_after,
        data_before=filters.updated_before,
        unit_ids=units,
        limit=0,
    )
    return index.ask(asked).total


def _narrowed(filters: Filters) -> list[ColumnElement[bool]]:
    which = [
        getattr(Dataset, name) == wanted
        for name in ("theme", "openness", "state")
        if (wanted := getattr(filters, name))
    ]
    if not filters.state:
        which.append(Dataset.state != DatasetState.RETIRED)
    if filters.unit:
        which.append(
            Dataset.unit_id == select(Unit.id).where(Unit.code == filters.unit).scalar_subquery()
        )
    if filters.updated_after is not None:
        which.append(Dataset.modified > filters.updated_after)
    if filters.updated_before is not None:
        which.append(Dataset.modified < filters.updated_before)
    return which


_LINE = (
    Dataset.id, Dataset.slug, Dataset.code, Unit.code, Unit.name, Dataset.title, Dataset.description,
    Dataset.state, Dataset.openness, Dataset.conditional_mode, Dataset.theme, Dataset.update_cycle,
    Dataset.keywords, Dataset.formats, Dataset.issued, Dataset.modified, Dataset.published_at,
)  # fmt: skip
_LINE_NAMES = [column.key for column in _LINE[5:]]


_LINES = select(*_LINE).join(Unit, Unit.id == Dataset.unit_id).order_by(Dataset.id.desc())
_PUBLIC_LINES = _LINES.where(public(), Dataset.id.in_(bindparam("ids", expanding=True)))
"""Put together once: for twenty entries that takes longer than asking."""


def lines(
    session: Session, *which: ColumnElement[bool], limit: int | None = None
) -> dict[int, dict[str, Any]]:
    """Entries as lists show them (``schemas.datasets.DatasetSummary``), newest first, by number.

    Read as columns: as objects a page of twenty costs several times as much.
    """
    return _shown(session.connection().execute(_LINES.where(*which).limit(limit)).all())


def lines_of(session: Session, actor: Identity, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Those of these entries that the actor may know of, as lists show them."""
    if actor.anonymous:
        return _shown(session.connection().execute(_PUBLIC_LINES, {"ids": ids}).all())
    return lines(session, Dataset.id.in_(ids), visible(actor))


def _shown(rows: Iterable[Any]) -> dict[int, dict[str, Any]]:
    return {
        number: {
            "slug": slug,
            "code": code,
            "unit": {"code": unit, "name": name},
            **dict(zip(_LINE_NAMES, more, strict=True)),
        }
        for number, slug, code, unit, name, *more in rows
    }


def place_of(session: Session, cursor: str) -> int:
    """Where a list of entries goes on. The cursor holds an address, never a number that would tell
    how many entries nobody is shown."""
    slug = paging.decode(cursor, str)[0]
    return session.scalar(select(Dataset.id).where(Dataset.slug == slug)) or 0
