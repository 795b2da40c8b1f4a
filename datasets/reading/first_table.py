"""The first of several tables that stand below each other in a file, looked at as if it stood alone."""

from collections.abc import Iterable
from itertools import islice

from datasets.reading.cells import is_blank_row
from datasets.reading.facts import Facts, look_at_head
from datasets.reading.grammar import Row
from datasets.reading.walk import Walk, note_cells


def first_alone(facts: Facts, rows: Iterable[Row]) -> Facts:
    """What there is to say of the first table: its own width, names and defects, none of those below it.

    ``facts`` are those of the whole file and ``rows`` its records; where the other tables begin and
    how many records there are is said as before.
    """
    stop = facts.foreign[0].start
    alone = look_at_head(facts.head[:stop], keyed=False, skipped=facts.skipped)
    walk = Walk(alone)
    for index, row in enumerate(islice(rows, stop)):
        if index < alone.first_body:
            walk.see_above(index, row)
            continue
        if not is_blank_row(row):
            note_cells(alone, index, row)
        walk.see(index, row)
    alone.head, alone.foreign, alone.records = facts.head, facts.foreign, facts.records
    return alone
