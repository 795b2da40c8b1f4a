"""Which rows of a batch hold a cell that is not right, or no value at all."""

from collections.abc import Mapping, Sequence

import polars as pl

from datasets.validation.typed_cells import TextColumn, TypedBatch
from datasets.validation.typed_proof import Judge

Refused = Mapping[int, Sequence[int]]
"""The rows, by place in the batch, whose cell is not right, for each field that has such, by place."""


def judge_batch(batch: TypedBatch, judges: Sequence[Judge]) -> tuple[list[int], Refused]:
    """The rows with a cell that is not right or without any value, by place; and the cells refused."""
    blank, refused = _judge_texts(batch, judges) if batch.all_text else _judge(batch, judges)
    return sorted({*blank}.union(*refused.values())), refused


def _judge(batch: TypedBatch, judges: Sequence[Judge]) -> tuple[Sequence[int], Refused]:
    blanks = pl.repeat(value=True, n=len(batch.numbers), dtype=pl.Boolean, eager=True)
    refused: dict[int, Sequence[int]] = {}
    for place, (judge, column) in enumerate(zip(judges, batch.columns, strict=True)):
        right, empty = judge.right_and_blank(column)
        blanks &= empty
        if not right.all():
            refused[place] = (~right).arg_true().to_list()
    return (blanks.arg_true().to_list() if blanks.any() else ()), refused


def _judge_texts(batch: TypedBatch, judges: Sequence[Judge]) -> tuple[Sequence[int], Refused]:
    """The same for columns of text: those not proven right as a whole are tested all at once.

    A missing value is rarely proven right, so that blank rows are among the doubtful ones.
    """
    columns = batch.columns
    left = [
        place
        for place, (judge, column) in enumerate(zip(judges, columns, strict=True))
        if not (isinstance(column, TextColumn) and judge.proves_whole(column.array))
    ]
    refused: dict[int, Sequence[int]] = {}
    empty: dict[int, Sequence[int]] = {}
    if not left:
        return (), refused
    frame = pl.DataFrame([columns[place].texts.alias(str(place)) for place in left])
    tests = {str(place): judges[place].text_test(str(place)) for place in left}
    doubtful = frame.select(**{name: (~test).arg_true().implode() for name, test in tests.items()})
    for place in left:
        places = doubtful[str(place)][0]
        if len(places):
            wrong, empty[place] = judges[place].settle_texts(columns[place], places)
            if wrong:
                refused[place] = wrong
    blank = _blank_rows(batch, judges, empty) if len(left) == len(judges) else ()
    return blank, refused


def _blank_rows(
    batch: TypedBatch, judges: Sequence[Judge], empty: Mapping[int, Sequence[int]]
) -> Sequence[int]:
    """The rows without any value; ``empty`` has the places of blanks among doubtful cells."""
    left: set[int] | None = None
    for place, judge in enumerate(judges):
        if not judge.passed_missing:
            found = empty.get(place, ())
            left = set(found) if left is None else left.intersection(found)
            if not left:
                return ()
    for place, judge in enumerate(judges):
        if judge.passed_missing:
            texts = batch.columns[place].texts
            if left is None:
                left = set(judge.are_missing(texts).arg_true().to_list())
            else:
                left = {row for row in left if judge.is_missing(texts[row])}
    return sorted(left or ())
