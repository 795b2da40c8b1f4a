"""Which rows of a batch hold a cell that is not right, or no value at all."""

from collections.abc import Mapping, Sequence

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

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
    """The same for columns of text: those not proven as a whole are tested all at once."""
    columns = batch.columns
    left: list[int] = []
    refused: dict[int, Sequence[int]] = {}
    filled = False
    for place, (judge, column) in enumerate(zip(judges, columns, strict=True)):
        if not isinstance(column, TextColumn) or (proof := judge.prove(column.array)) is None:
            left.append(place)
            continue
        filled |= not proof.blank
        if proof.wrong:
            refused[place] = _places(column.array, proof.wrong)
    empty: dict[int, Sequence[int]] = {}
    if left:
        doubtful = _doubtful(batch, judges, left)
        for place, places in zip(left, doubtful, strict=True):
            wrong, empty[place] = judges[place].settle_texts(columns[place], places)
            if wrong:
                refused[place] = wrong
    return (() if filled else _blank_rows(batch, judges, empty)), refused


def _places(column: pa.Array, texts: Sequence[str]) -> list[int]:
    """Where any of some texts stands."""
    found = pc.is_in(column, pa.array(texts, pa.string()))
    return pc.indices_nonzero(found).to_pylist()  # type: ignore[no-any-return]


def _doubtful(batch: TypedBatch, judges: Sequence[Judge], left: Sequence[int]) -> list[pl.Series]:
    """The places of the cells that no test proves right, for each of some columns."""
    frame = pl.DataFrame([batch.columns[place].texts.alias(str(place)) for place in left])
    tests = {str(place): judges[place].text_test(str(place)) for place in left}
    found = frame.select(**{name: (~test).arg_true().implode() for name, test in tests.items()})
    return [found[str(place)][0] for place in left]


def _blank_rows(
    batch: TypedBatch, judges: Sequence[Judge], empty: Mapping[int, Sequence[int]]
) -> Sequence[int]:
    """The rows without any value; ``empty`` has the places of the blanks of columns that were tested.

    A test passes some missing values; those are looked for where all columns tested are blank.
    """
    left: set[int] | None = None
    sure = [place for place in empty if not judges[place].passed_missing]
    for place in sure:
        left = set(empty[place]) if left is None else left.intersection(empty[place])
        if not left:
            return ()
    for place, judge in enumerate(judges):
        if place not in sure:
            texts = batch.columns[place].texts
            if left is None:
                left = set(judge.are_missing(texts).arg_true().to_list())
            else:
                left = {row for row in left if judge.is_missing(texts[row])}
    return sorted(left or ())
