"""The scan of one table, fed batch by batch."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from datetime import date
from typing import Final

import polars as pl
import pyarrow as pa

from datasets import total_words
from datasets.columnar import Batch
from datasets.distinct import few_different
from datasets.sensitive.detector import Detector, plain_label
from datasets.sensitive.scanning import ColumnScan, Numbers
from datasets.sensitive.small_cells import COUNT_HEADER, GROUP_HEADER

WORTH_A_THREAD: Final = 2_000
"""Batches of fewer rows are searched quicker than handed over."""


class TableScan:
    """What was counted so far, by column; records with cells beyond the header add columns."""

    def __init__(
        self, labels: Sequence[str], detectors: Mapping[str, Detector], on: date | None = None
    ) -> None:
        self._detectors = detectors
        self._on = on
        self.columns = [ColumnScan(label, detectors, on) for label in labels]
        plain = [plain_label(label) for label in labels]
        groups = [place for place, label in enumerate(plain) if GROUP_HEADER.search(label)]
        counts = any(COUNT_HEADER.search(label) for label in plain)
        self._naming = sorted({0, *groups}) if groups and counts else []

    def add(self, batch: Batch, pool: Executor | None = None) -> None:
        """Search the cells of a batch, column by column, or side by side in ``pool``."""
        if batch.columns and len(batch.columns[0]):
            self._add(batch.columns, batch.numbers, pool)
        if batch.ragged:
            self._add_ragged(batch.ragged)

    def _add(
        self, columns: Sequence[pa.StringArray], numbers: Numbers, pool: Executor | None = None
    ) -> None:
        self.columns.extend(
            ColumnScan("", self._detectors, self._on)
            for _ in range(len(self.columns), len(columns))
        )
        totals = None
        for place in self._naming:
            if place < len(columns):
                named = _series(columns[place]).str.contains(total_words.ROW)
                totals = named if totals is None else totals | named

        def search(column: ColumnScan, cells: pa.StringArray) -> None:
            different = few_different(cells)
            if different is not None and not column.may_have(_series(different)):
                column.pass_over(cells)
            else:
                column.add(_series(cells), numbers, totals)

        run = pool.map if pool is not None and len(columns[0]) >= WORTH_A_THREAD else map
        for _ in run(search, self.columns, columns):
            pass

    def _add_ragged(self, ragged: Sequence[tuple[int, list[str]]]) -> None:
        """Search records of other lengths, those of one length together."""
        by_length: dict[int, list[tuple[int, list[str]]]] = {}
        for number, cells in ragged:
            by_length.setdefault(len(cells), []).append((number, cells))
        for length, records in by_length.items():
            numbers = [number for number, _ in records]
            columns = zip(*(cells for _, cells in records), strict=True) if length else ()
            self._add([pa.array(column, pa.string()) for column in columns], numbers)


def _series(cells: pa.StringArray) -> pl.Series:
    return pl.Series(pl.from_arrow(cells))
