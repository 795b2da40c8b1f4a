"""The rows of a batch as checks ask for them: in order, those of another width among them."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from datasets.validation.typed_cells import KIND_OF, NONE, OTHER, TEXT, TypedBatch
from datasets.validation.typed_proof import Judge


class Rows:
    """``numbers`` are the record numbers in order; columns are asked for by the names of fields."""

    def __init__(self, batch: TypedBatch, fields: Sequence[Any], judges: Sequence[Judge]) -> None:
        self.fields = fields
        self._batch = batch
        self._judges = judges
        self._places = {field.name: place for place, field in enumerate(fields)}
        self._values: dict[str, pl.Series | list[Any]] = {}
        self._order: pl.Series | None = None
        self.numbers = batch.numbers
        if batch.ragged:
            more = pl.Series([number for number, _ in batch.ragged], dtype=pl.Int64)
            every = pl.concat([batch.numbers, more])
            self._order = every.arg_sort()
            self.numbers = every.gather(self._order)

    def has(self, name: str) -> bool:
        """Whether the table has the field."""
        return name in self._places

    def judge(self, name: str) -> Judge:
        """What reads the cells of a field."""
        return self._judges[self._places[name]]

    def _odd_cells(self, name: str) -> list[Any]:
        place = self._places[name]
        return [cells[place] if place < len(cells) else None for _, cells in self._batch.ragged]

    def _in_order(self, even: pl.Series, odd: list[Any]) -> pl.Series:
        if self._order is None:
            return even
        return pl.concat([even, pl.Series(odd, dtype=even.dtype)]).gather(self._order)

    def texts(self, name: str) -> pl.Series:
        """The cells that are text, as written; null for what is none."""
        odd = [cell if isinstance(cell, str) else None for cell in self._odd_cells(name)]
        return self._in_order(self._batch.columns[self._places[name]].texts, odd)

    def kinds(self, name: str) -> pl.Series:
        """The kinds of the cells."""
        odd = [KIND_OF.get(type(cell), OTHER) for cell in self._odd_cells(name)]
        return self._in_order(self._batch.columns[self._places[name]].kinds, odd)

    def values(self, name: str) -> pl.Series | list[Any]:
        """What the cells are read as: whole numbers and texts as a series where that does. The cells
        of a field that the table lacks are empty."""
        if name not in self._places:
            return [None] * len(self.numbers)
        if name not in self._values:
            self._values[name] = self._read(name)
        return self._values[name]

    def _read(self, name: str) -> pl.Series | list[Any]:
        judge = self.judge(name)
        even = judge.values(self._batch.columns[self._places[name]])
        if self._order is None:
            return even
        odd = [judge.decide(cell).value for cell in self._odd_cells(name)]
        if isinstance(even, pl.Series):
            try:
                return self._in_order(even, odd)
            except (OverflowError, TypeError, pl.exceptions.PolarsError):
                even = even.to_list()
        whole = even + odd
        return [whole[place] for place in self._order]

    def listed(self, name: str, unreadable: Any = None) -> list[Any]:
        """The same as a list; ``unreadable`` stands for cells that are not of the field's type."""
        values = self.values(name)
        found = values.to_list() if isinstance(values, pl.Series) else values
        if unreadable is None or None not in found:
            return found
        judge, cells = self.judge(name), self.cells(name)
        return [
            unreadable if value is None and not judge.decide(cell).blank else value
            for value, cell in zip(found, cells, strict=True)
        ]

    def cells(self, name: str) -> list[Any]:
        """The cells themselves."""
        column = self._batch.columns[self._places[name]]
        if (column.kinds == TEXT).all():
            even = column.texts.to_list()
        elif (column.kinds == NONE).all():
            even = [None] * len(column.kinds)
        else:
            even = [column.value(place) for place in range(len(column.kinds))]
        if self._order is None:
            return even
        whole = even + self._odd_cells(name)
        return [whole[place] for place in self._order]
