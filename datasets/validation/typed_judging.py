"""Which rows of a batch hold a cell that is not right, or no value at all."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from datasets.validation.typed_cells import TextColumn, TypedBatch
from datasets.validation.typed_proof import Judge
from datasets.validation.whole_proof import Proof

FEW_ROWS: Final = 64
"""So few cells of a column are decided one by one sooner than a test is set up."""

Refused = Mapping[int, Sequence[int]]
"""The rows, by place in the batch, whose cell is not right, for each field that has such, by place."""


class Suspicion(NamedTuple):
    """What is known of a row: the places of the cells that are not right, ascending, and whether it
    has no value at all."""

    odd: Sequence[int] = ()
    blank: bool = False


NO_SUSPICION: Final = Suspicion()


class Judged(NamedTuple):
    """The rows of a batch without any value, by place, and the cells that are not right."""

    blank: Sequence[int]
    refused: Refused

    def suspicions(self) -> dict[int, Suspicion]:
        """What is wrong with the cells of the rows with something wrong, by place in the batch."""
        odd: dict[int, list[int]] = {row: [] for row in self.blank}
        for field, rows in sorted(self.refused.items()):
            for row in rows:
                odd.setdefault(row, []).append(field)
        blank = set(self.blank)
        return {row: Suspicion(fields, blank=row in blank) for row, fields in odd.items()}


def judge_batch(batch: TypedBatch, judges: Sequence[Judge]) -> Judged:
    """What is wrong with the cells of a batch.

    Columns of texts that are not proven as a whole are tested all at once.
    """
    columns = batch.columns
    refused: dict[int, Sequence[int]] = {}
    empty: dict[int, Sequence[int]] = {}
    left: list[int] = []
    filled, few = False, len(batch.numbers) <= FEW_ROWS
    for place, (judge, column) in enumerate(zip(judges, columns, strict=True)):
        if isinstance(column, TextColumn) and (proof := _proven(judge, column.array)):
            refused[place] = list(proof.wrong)
            filled |= not proof.blank
        elif column.are_texts and not few:
            left.append(place)
        else:
            refused[place], empty[place] = judge.wrong_and_blank(column, one_by_one=few)
            filled |= not empty[place]
    if left:
        for place, places in zip(left, _doubtful(batch, judges, left), strict=True):
            refused[place], blanks = judges[place].settle_texts(columns[place], places)
            if not judges[place].passed_missing:
                empty[place] = blanks
    refused = {place: rows for place, rows in refused.items() if rows}
    return Judged(() if filled else _blank_rows(batch, judges, empty), refused)


def _proven(judge: Judge, array: pa.StringArray) -> Proof | None:
    """What is known at once of a column of texts or nothing, if anything is."""
    if not array.null_count:
        return judge.prove(array)
    present = pc.is_valid(array)
    proof = judge.prove(array.filter(present))
    if proof is None:
        return None
    wrong = pc.indices_nonzero(present).take(pa.array(proof.wrong, pa.int64())).to_pylist()
    if not judge.decide(None).right:
        wrong = sorted([*wrong, *pc.indices_nonzero(pc.invert(present)).to_pylist()])
    return Proof(tuple(wrong), blank=True)


def _doubtful(batch: TypedBatch, judges: Sequence[Judge], left: Sequence[int]) -> list[pl.Series]:
    """The places of the cells that no test proves right, for each of some columns."""
    frame = pl.DataFrame([batch.columns[place].texts.alias(str(place)) for place in left])
    tests = {str(place): judges[place].text_test(str(place)) for place in left}
    found = frame.select(**{name: (~test).arg_true().implode() for name, test in tests.items()})
    return [found[str(place)][0] for place in left]


def _blank_rows(
    batch: TypedBatch, judges: Sequence[Judge], empty: Mapping[int, Sequence[int]]
) -> Sequence[int]:
    """The rows without any value; ``empty`` has the places of all blanks of some columns.

    Those of the others are looked for where all of these are blank.
    """
    left: set[int] | None = None
    for places in empty.values():
        left = set(places) if left is None else left.intersection(places)
        if not left:
            return ()
    for place, judge in enumerate(judges):
        if place not in empty:
            texts = batch.columns[place].texts
            if left is None:
                left = set(judge.are_missing(texts).arg_true().to_list())
            else:
                left = {row for row in left if judge.is_missing(texts[row])}
    return sorted(left or ())
