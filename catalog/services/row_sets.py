"""Statements over sets of rows: reading in pieces that a statement takes, inserting and changing many."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Table, insert, update
from sqlalchemy.orm import Session

from catalog import outbox
from catalog.db import Base, among, bound_rows, insert_rows
from catalog.models import Dataset, Field

_T = TypeVar("_T")


def batches(ids: Collection[_T]) -> Iterator[Sequence[_T]]:
    """Ids in pieces that fit into a statement."""
    held = ids if isinstance(ids, Sequence) else list(ids)
    for start in range(0, len(held), outbox.AT_ONCE):
        yield held[start : start + outbox.AT_ONCE]


def add(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows without loading them; every column without a plain default in the tables is given, and
    all have the same columns."""
    table, connection = cast("Table", model.__table__), session.connection()
    if len(rows) < _MANY:
        if rows:
            connection.execute(insert(table).inline(), rows)
        return
    insert_rows(connection, table, *bound_rows(connection, table, rows))


_MANY = 500
"""Rows from which on a statement for each costs more than handing them over in bulk."""


def amend(
    session: Session,
    model: type[Dataset] | type[Field],
    ids: Sequence[int],
    where: ColumnElement[bool],
    values: Mapping[str, Any],
) -> None:
    """Set columns of many entries or fields; an entry counts a new version of itself.

    Rows in hand are read again: statements over sets pass them by.
    """
    session.flush()
    more = {"version": Dataset.version + 1} if model is Dataset else {}
    if ids:
        session.execute(
            update(model)
            .where(among(model.id, ids), where)
            .values({**values, **more})
            .execution_options(synchronize_session=False)
        )
    for one in list(session.identity_map.values()):
        if isinstance(one, Dataset | Field):
            session.expire(one)
