"""Facts of many entries at once: the same change written for all of them by statements over sets."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Insert, Table, insert, literal, select, update
from sqlalchemy.orm import Session

from catalog.db import Base
from catalog.models import Dataset, DatasetFact, ExemptionLink, Field
from catalog.services import facts

AT_ONCE = 2_000
"""Entries in one statement: well below the parameters that either database takes."""
_OWN = {"id", "valid_from", "valid_to", "recorded_at", "superseded_at"}


def batches(ids: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """A long list in pieces that fit into a statement."""
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


def record(session: Session, ids: Sequence[int], values: Mapping[str, Any], now: datetime) -> None:
    """Let these values of a fact be true of the entries from today on, whatever else is true of them.

    ``values`` may name ``state`` and ``openness``. Like ``facts.record``: the row that stood is
    superseded, what it said of the days before today is kept as a row of its own.
    """
    today = facts.day(now)
    session.flush()
    for some in batches(ids):
        current = (
            DatasetFact.dataset_id.in_(some),
            DatasetFact.superseded_at.is_(None),
            DatasetFact.valid_to.is_(None),
        )
        held = list(session.scalars(select(DatasetFact.id).where(*current)))
        session.execute(
            update(DatasetFact)
            .where(DatasetFact.id.in_(held))
            .values(superseded_at=now)
            .execution_options(synchronize_session=False)
        )
        old = DatasetFact.id.in_(held)
        session.execute(_copies((old, DatasetFact.valid_from < today), {}, None, today, now))
        session.execute(_copies((old,), values, today, None, now))
    _forget(session)


def _copies(
    where: tuple[ColumnElement[bool], ...],
    values: Mapping[str, Any],
    begins: date | None,
    ends: date | None,
    now: datetime,
) -> Insert:
    """The rows again with these values; ``begins`` None keeps their first day."""
    table = DatasetFact.__table__
    kept = [column for column in table.columns if column.name not in _OWN]
    first = table.c.valid_from if begins is None else literal(begins, table.c.valid_from.type)
    chosen: list[ColumnElement[Any]] = [
        literal(values[column.name], column.type) if column.name in values else column
        for column in kept
    ]
    chosen += [
        first,
        literal(ends, table.c.valid_to.type),
        literal(now, table.c.recorded_at.type),
        literal(None, table.c.superseded_at.type),
    ]
    names = [column.name for column in kept]
    names += ["valid_from", "valid_to", "recorded_at", "superseded_at"]
    return insert(DatasetFact).from_select(names, select(*chosen).where(*where))


def unlink(session: Session, link_ids: Sequence[int], now: datetime) -> None:
    """End links today, like ``facts.link_all``, for many entries at once."""
    today = facts.day(now)
    session.flush()
    table = ExemptionLink.__table__
    for some in batches(link_ids):
        session.execute(
            update(ExemptionLink)
            .where(ExemptionLink.id.in_(some))
            .values(superseded_at=now)
            .execution_options(synchronize_session=False)
        )
        past = select(
            table.c.dataset_id, table.c.field, table.c.item_number, table.c.valid_from,
            literal(today, table.c.valid_to.type), literal(now, table.c.recorded_at.type),
            literal(None, table.c.superseded_at.type),
        ).where(table.c.id.in_(some), table.c.valid_from < today)  # fmt: skip
        names = ["dataset_id", "field", "item_number", "valid_from", "valid_to", "recorded_at",
                 "superseded_at"]  # fmt: skip
        session.execute(insert(ExemptionLink).from_select(names, past))
    _forget(session)


def link(session: Session, pairs: Sequence[tuple[int, str]], number: str, now: datetime) -> None:
    """Tie entries or fields that the item does not close yet to it, from today on."""
    rows = [
        {
            "dataset_id": dataset_id, "field": field, "item_number": number,
            "valid_from": facts.day(now), "valid_to": None, "recorded_at": now,
            "superseded_at": None,
        }
        for dataset_id, field in pairs
    ]  # fmt: skip
    add(session, ExemptionLink, rows)


def add(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows without loading them; every column without a default in the tables is given."""
    if rows:
        session.execute(insert(cast("Table", model.__table__)), rows)


def _forget(session: Session) -> None:
    """Rows in hand are read again: statements over sets pass them by."""
    for one in list(session.identity_map.values()):
        if isinstance(one, Dataset | Field | DatasetFact | ExemptionLink):
            session.expire(one)


def amend(
    session: Session,
    model: type[Dataset] | type[Field],
    ids: Sequence[int],
    where: ColumnElement[bool],
    values: Mapping[str, Any],
) -> None:
    """Set columns of many entries or fields; an entry counts a new version of itself."""
    session.flush()
    more = {"version": Dataset.version + 1} if model is Dataset else {}
    for some in batches(ids):
        session.execute(
            update(model)
            .where(model.id.in_(some), where)
            .values({**values, **more})
            .execution_options(synchronize_session=False)
        )
    _forget(session)
