"""Pages of many entries in an order that the database keeps: found by going along it, not by sorting."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import and_, literal_column, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from catalog.models import Dataset, Publication

STEPS: Final = (1_000, 4_000, 16_000)
"""Entries looked at together: few at first, for mostly the page is full soon."""
MOST_MARKS: Final = 5_000

Marks = dict[int, tuple[Any, int]]
"""How many entries were passed -> the value and the number of the last: where pages were left off."""


def among(dataset_ids: Sequence[int]) -> ColumnElement[bool]:
    """One of these entries. Numbers of our own, written out: a statement takes fewer parameters than there
    may be hits."""
    listed = ", ".join(str(int(found)) for found in dataset_ids)
    return literal_column(f"datasets.id IN ({listed})" if listed else "1 = 0")


def walked(
    session: Session, chosen: Any, order: tuple[Any, bool], span: tuple[int, int], marks: Marks
) -> list[int]:
    """Of the ``chosen`` entries (a SELECT of their ids) those at the places ``span``, from the first to below
    the second, by a column and the way it goes; equal ones by their number, the same way.

    ``marks`` are read and added to: a page that follows another begins where that one ended.
    """
    start, end = span
    passed = max((one for one in marks if one <= start), default=0)
    after = marks.get(passed)
    found: list[int] = []
    step = 0
    while len(found) < end - start:
        part = _beyond(session, order, after, STEPS[min(step, len(STEPS) - 1)])
        if not part:
            break
        step += 1
        wanted = set(session.scalars(chosen.where(among([number for number, _ in part]))))
        for number, value in part:
            reached = (value, number)
            if number in wanted:
                passed += 1
                if passed > start:
                    found.append(number)
                if passed == end:
                    break
        if len(marks) >= MOST_MARKS:
            marks.clear()
        marks[passed] = after = reached
    return found


def _beyond(
    session: Session, order: tuple[Any, bool], after: tuple[Any, int] | None, most: int
) -> Sequence[Any]:
    """The next entries of any kind, as number and value."""
    column, descending = order
    number = Publication.dataset_id if column.class_ is Publication else Dataset.id
    asked = select(number, column)
    if after is not None:
        value, last = after
        asked = asked.where(
            and_(column <= value, or_(column < value, number < last))
            if descending
            else and_(column >= value, or_(column > value, number > last))
        )
    ways = (column.desc(), number.desc()) if descending else (column, number)
    return session.execute(asked.order_by(*ways).limit(most)).all()
