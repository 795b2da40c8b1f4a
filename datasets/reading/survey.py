"""One walk over a table that gathers the facts its repairs are derived from; memory stays bounded."""

import csv
from collections.abc import Callable, Iterator
from itertools import islice

from datasets.columnar import Batch
from datasets.reading.cells import is_blank_row
from datasets.reading.facts import HEAD_ROWS, Facts, look_at_head
from datasets.reading.first_table import first_alone
from datasets.reading.grammar import check_grammar, ends_open, is_doubtful
from datasets.reading.kinds import empty_file
from datasets.reading.limits import check_row
from datasets.reading.tables import Table
from datasets.reading.walk import Walk, batches

Companion = Callable[[Facts, Iterator[Batch]], Iterator[Batch]]


def _alone(_facts: Facts, found: Iterator[Batch]) -> Iterator[Batch]:
    return found


def survey(table: Table, beside: Companion = _alone) -> Facts:
    """Walk all rows once; raises UnreadableError for what no table may hold.

    ``beside`` is shown what the head tells, and passes on the batches of records below the header:
    so others can work on them while they are looked at here.
    """
    facts = _head_of(table)
    walk = Walk(facts)
    for index, row in enumerate(facts.head[: facts.first_body]):
        check_row(row, index + 1, table.limits)
        walk.see_above(index, row)
    try:
        for batch in beside(facts, batches(table, facts, facts.first_body)):
            if table.raw and is_doubtful(batch.columns, table.limits):
                check_grammar(table.text, table.separator, table.limits)
            for number, row in batch.ragged:
                check_row(row, number, table.limits)
            walk.take(batch)
            check_row([], facts.records, table.limits)
    except csv.Error:
        check_grammar(table.text, table.separator, table.limits)
        raise
    if table.raw and ends_open(table.text, table.separator, walk.last):
        check_grammar(table.text, table.separator, table.limits)
    if table.raw and facts.width <= 1 and not facts.body and all(map(is_blank_row, facts.head)):
        raise empty_file()
    return first_alone(facts, table) if facts.foreign else facts


def _head_of(table: Table) -> Facts:
    head = list(islice(table.rows(), table.skipped + HEAD_ROWS))
    return look_at_head(head, keyed=table.keyed, skipped=table.skipped)
