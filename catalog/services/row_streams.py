"""Many rows at once, in and out: a million rows as Python objects take longer than the work on them.

Rows are read as lines of text that the database puts together, many in one value, and polars takes
apart; while one part is worked on, the next is read.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any, cast

import polars as pl
from sqlalchemy import ColumnElement, Table, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from catalog.db import Base, among, insert_rows

_SEPARATOR = "\x1f"
_AT_ONCE = 50_000

Columns = Mapping[str, tuple[Any, Any]]
"""Name of a column -> what the database gives, and its type in polars."""


def frames(
    session: Session,
    columns: Columns,
    conditions: Sequence[ColumnElement[bool]],
    key: InstrumentedAttribute[int],
    step: int,
) -> Iterator[pl.DataFrame]:
    """The rows of a table that meet conditions, by ranges of ``step`` values of a key.

    The key leads: a planner that started from a condition would fetch every row from another place.
    The session is used by one thread at a time; nothing else may use it until the last frame.
    """
    lines = _lines(columns)
    first, last = session.execute(
        select(func.coalesce(func.min(key), 0), func.coalesce(func.max(key), -1))
    ).one()

    def read(start: int) -> str | None:
        query = select(lines).where(key >= start, key < start + step, *conditions)
        return session.scalar(query)

    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(read, first)
        for start in range(first + step, last + step + 1, step):
            text = coming.result()
            coming = reader.submit(read, start)
            if text:
                yield _frame(text, columns)


def _lines(columns: Columns) -> ColumnElement[str]:
    line: ColumnElement[str] = func.format(
        _SEPARATOR.join(["%s"] * len(columns)), *(column for column, _ in columns.values())
    )
    return func.aggregate_strings(line, "\n")


def current(column: Any) -> ColumnElement[bool]:
    """That a row is not superseded, said so that no index on it is chosen before the key."""
    return func.coalesce(column, None).is_(None)


def whole(
    session: Session,
    columns: Columns,
    conditions: Sequence[ColumnElement[bool]],
    key: InstrumentedAttribute[int],
    step: int,
) -> pl.DataFrame:
    """The same rows in one frame."""
    return _together(frames(session, columns, conditions, key, step), columns)


def of(
    session: Session,
    columns: Columns,
    conditions: Sequence[ColumnElement[bool]],
    key: InstrumentedAttribute[int],
    ids: Collection[int],
) -> pl.DataFrame:
    """The rows of some thousands of ids that meet conditions, found by an index on their key."""
    lines = _lines(columns)
    text = session.scalar(select(lines).where(among(key, ids), *conditions))
    return _together([_frame(text, columns)] if text else [], columns)


def _together(parts: Iterable[pl.DataFrame], columns: Columns) -> pl.DataFrame:
    empty = pl.DataFrame(schema=_schema(columns))
    return pl.concat([empty, *parts])


def _schema(columns: Columns) -> dict[str, Any]:
    return {name: kind for name, (_, kind) in columns.items()}


def _frame(text: str, columns: Columns) -> pl.DataFrame:
    return pl.read_csv(
        BytesIO(text.encode()),
        has_header=False,
        separator=_SEPARATOR,
        quote_char=None,
        schema=_schema(columns),
    )


def write(session: Session, model: type[Base], rows: pl.DataFrame) -> None:
    """Insert a frame whose columns are named as those of the table."""
    table = cast("Table", model.__table__)
    for part in rows.iter_slices(_AT_ONCE):
        insert_rows(session.connection(), table, rows.columns, part.iter_rows())
