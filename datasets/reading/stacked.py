"""One of several tables that stand below each other in a file, with columns of their own.

``datasets.members`` says how each is named.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, repeat
from pathlib import Path
from typing import Final

from datasets.reading.facts import Facts
from datasets.reading.grammar import Row
from datasets.reading.problems import refuse
from datasets.reading.tables import Table, spool
from schemas.records import Message

MOST_OFFERED: Final = 50


def members_of(table: Table, facts: Facts, base: str) -> tuple[str, ...]:
    """The names of all tables of the file, those of the part called ``base`` first, if it has several."""
    if not facts.foreign:
        return table.members
    base = base or (table.sheet if table.members else "")
    tables = range(1, min(len(facts.foreign) + 2, MOST_OFFERED + 1))
    others = (name for name in table.members if name != base)
    return (*(f"{base}:{number}" for number in tables), *others)


def only(table: Table, facts: Facts, number: int, base: str, path: Path) -> Table:
    """The table with this number alone; its rows keep their record numbers.

    Raises ``UnreadableError`` where the file holds fewer tables.
    """
    starts = [0, *(section.start for section in facts.foreign), facts.records]
    if number >= len(starts):
        names = members_of(table, facts, base) or (f"{base}:1",)
        raise refuse(
            "no-such-table",
            Message(
                "The file holds %(count)d table(s), and table %(number)d was asked for.",
                {"count": len(starts) - 1, "number": number},
            ),
            Message("Choose one of the tables that are there."),
            members=names,
        )
    start, stop = starts[number - 1], starts[number]
    if (start, stop) == (0, facts.records):
        return table
    text = spool(_between(table, start, stop), path, table.limits)
    return replace(table, text=text, separator=",", raw=False, skipped=start)


def _between(table: Table, start: int, stop: int) -> Iterator[Row]:
    yield from repeat([], start)
    yield from islice(table.rows(), start, stop)
