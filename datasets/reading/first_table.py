"""The first of several tables that stand below each other in a file, looked at as if it stood alone."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace

from datasets.columnar import Batch
from datasets.reading.facts import Facts, look_at_head
from datasets.reading.tables import Table
from datasets.reading.walk import Walk, batches


def first_alone(facts: Facts, table: Table) -> Facts:
    """What there is to say of the first table: its own width, names and defects, none of those below it.

    ``facts`` are those of the whole file; where the other tables begin and how many records there are
    is said as before.
    """
    stop = facts.foreign[0].start
    alone = look_at_head(facts.head[:stop], keyed=False, skipped=facts.skipped)
    walk = Walk(alone)
    for index, row in enumerate(alone.head[: alone.first_body]):
        walk.see_above(index, row)
    for batch in _until(stop, batches(table, alone, alone.first_body)):
        walk.take(batch)
    alone.head, alone.foreign, alone.records = facts.head, facts.foreign, facts.records
    return alone


def _until(stop: int, found: Iterator[Batch]) -> Iterator[Batch]:
    """The records up to number ``stop``."""
    for batch in found:
        kept = bisect_right(batch.numbers, stop)
        ragged = [(number, row) for number, row in batch.ragged if number <= stop]
        whole = kept == len(batch.numbers) and len(ragged) == len(batch.ragged)
        if whole:
            yield batch
            continue
        columns = tuple(column.slice(0, kept) for column in batch.columns)
        yield replace(batch, columns=columns, numbers=batch.numbers[:kept], ragged=ragged)
        return
