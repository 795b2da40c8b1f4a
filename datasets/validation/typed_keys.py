"""Unique fields, primary keys and foreign keys of a typed table."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import polars as pl

from datasets.validation.key_memory import (
    KeyMemory,
    Known,
    RepeatedError,
    Values,
    has_value,
    rows_of,
)
from datasets.validation.typed_cells import TypedBatch
from datasets.validation.typed_judging import Refused
from datasets.validation.typed_lookup import Lookup, hashable
from datasets.validation.typed_proof import Judge

NO_KEY = -1
"""Stands for the row number of a primary key all of whose cells are empty."""


@dataclass
class Repeats:
    """What is wrong with the keys of one row: where each was before, and the foreign keys missed.

    ``unique`` has the earlier row number for each field name, ``primary`` that of the key.
    """

    unique: dict[str, int] = field(default_factory=dict)
    primary: int = 0
    foreign: list[int] = field(default_factory=list)


NO_REPEATS: Final = Repeats()

_Columns = dict[int, Values]


@dataclass
class Keys:
    """All keys of a table and what has been seen of them."""

    judges: Sequence[Judge]
    unique: dict[str, KeyMemory]
    primary: KeyMemory | None
    foreign: list[tuple[Any, tuple[int, ...], set[Any]]]
    names: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        schema: Any,
        fields: Sequence[Any],
        judges: Sequence[Judge],
        lookup: Lookup,
        known: Known,
        *,
        sensitive: bool = True,
    ) -> "Keys":
        """The keys of a schema for a table whose expected fields are ``fields``.

        Unless ``sensitive``, a primary key is made of all fields that are named like one of it.
        """
        place = {one.name: number for number, one in enumerate(fields)}
        unique = {
            one.name: KeyMemory((place[one.name],), known)
            for one in fields
            if one.constraints.get("unique")
        }
        names = tuple(schema.primary_key)
        primary = None
        if not sensitive:
            folded = {name.lower() for name in names}
            within = place.keys() >= set(names)
            names = tuple(name for name in place if name.lower() in folded) if within else names
        if names and place.keys() >= set(names):
            primary = KeyMemory(tuple(place[name] for name in names), known)
        foreign = []
        for key in schema.foreign_keys:
            group = lookup.get(key["reference"]["resource"])
            if group and place.keys() >= set(key["fields"]):
                found = group.get(tuple(key["reference"]["fields"]), set())
                foreign.append((key, tuple(place[name] for name in key["fields"]), found))
        return cls(judges, unique, primary, foreign, names)

    def memories(self) -> list[KeyMemory]:
        """Of all keys within the table."""
        return [*self.unique.values(), *([self.primary] if self.primary else [])]

    def finish(self) -> None:
        """After the last row looked at. Raises ``RepeatedError`` when a repeat was not told."""
        found: dict[tuple[int, ...], pl.Series | None] = {}
        for memory in self.memories():
            try:
                memory.finish()
            except RepeatedError as error:
                found.update(error.known)
        if found:
            raise RepeatedError(found)

    def close(self) -> None:
        """Let go of files."""
        for memory in self.memories():
            memory.close()

    def repeats(self, batch: TypedBatch, refused: Refused) -> dict[int, Repeats]:
        """The rows of a batch whose keys are wrong, by record number."""
        needed = {place for memory in self.memories() for place in memory.places}
        if not needed and not self.foreign:
            return {}
        numbers = batch.numbers
        columns = {
            place: hashable(
                self.judges[place].keys(batch.columns[place], all_right=place not in refused)
            )
            for place in needed
        }
        if batch.ragged:
            numbers, columns, refused = self._with_ragged(batch, columns, refused, Judge.key)
        wrong: dict[int, Repeats] = {}
        for name, memory in self.unique.items():
            for number, before in _met(memory, columns, numbers, refused):
                wrong.setdefault(number, Repeats()).unique[name] = before
        if self.primary:
            for number, before in _met(self.primary, columns, numbers, refused):
                wrong.setdefault(number, Repeats()).primary = before
            for number in _without_value(
                [columns[place] for place in self.primary.places], numbers
            ):
                wrong.setdefault(number, Repeats()).primary = NO_KEY
        if self.foreign:
            self._miss(batch, wrong)
        return wrong

    def _miss(self, batch: TypedBatch, wrong: dict[int, Repeats]) -> None:
        """Add the foreign keys that the tables they refer to lack; values are compared as read."""
        numbers = batch.numbers
        columns: _Columns = {
            place: hashable(self.judges[place].values(batch.columns[place]))
            for _, places, _ in self.foreign
            for place in places
        }
        if batch.ragged:
            numbers, columns, _ = self._with_ragged(batch, columns, {}, _itself)
        for place_of_key, (_, places, known) in enumerate(self.foreign):
            tuples = zip(*(_listed(columns[place]) for place in places), strict=True)
            nothing = (None,) * len(places)
            for number, one in zip(numbers.to_list(), tuples, strict=True):
                if one not in known and one != nothing:
                    wrong.setdefault(number, Repeats()).foreign.append(place_of_key)

    def _with_ragged(
        self,
        batch: TypedBatch,
        columns: _Columns,
        refused: Refused,
        turned: Callable[[Judge, Any], Any],
    ) -> tuple[pl.Series, _Columns, Refused]:
        """Numbers, values and refused cells with those of rows of another width in between, whose
        values are ``turned`` into what the columns hold."""
        more = pl.Series([number for number, _ in batch.ragged], dtype=pl.Int64)
        every = pl.concat([batch.numbers, more])
        order = every.arg_sort()
        moved = order.arg_sort()
        together, wrong = dict(columns), dict[int, Sequence[int]]()
        for place, values in columns.items():
            read = [
                self.judges[place].decide(cells[place] if place < len(cells) else None)
                for _, cells in batch.ragged
            ]
            others = hashable([turned(self.judges[place], one.value) for one in read])
            together[place] = _interleaved(values, others, order)
            odd = [len(values) + at for at, one in enumerate(read) if not one.right]
            odd += refused.get(place, ())
            wrong[place] = moved.gather(odd).to_list() if odd else ()
        return every.gather(order), together, wrong


def _itself(_judge: Judge, value: Any) -> Any:
    return value


def _interleaved(values: Values, more: list[Any], order: pl.Series) -> Values:
    if isinstance(values, pl.Series):
        # A decimal that is no finite number brings Polars down, whatever the series is of.
        endless = any(isinstance(one, Decimal) and not one.is_finite() for one in more)
        try:
            if not endless:
                others = pl.Series(more, dtype=values.dtype)
                # Polars takes a moment of another zone into the series as if it had none.
                if others.to_list() == more:
                    return pl.concat([values, others]).gather(order)
        except (OverflowError, TypeError, pl.exceptions.PolarsError):
            pass
        values = values.to_list()
    whole = values + more
    return [whole[one] for one in order]


def _met(
    memory: KeyMemory, columns: _Columns, numbers: pl.Series, refused: Refused
) -> Iterable[tuple[int, int]]:
    wrong: set[int] = set()
    for place in memory.places:
        values, odd = columns[place], refused.get(place, ())
        if odd and isinstance(values, pl.Series):
            has_value = values.gather(odd).is_not_null()
            wrong.update(row for row, found in zip(odd, has_value, strict=True) if found)
    return memory.meet([columns[place] for place in memory.places], sorted(wrong), numbers)


def _without_value(columns: Sequence[Values], numbers: pl.Series) -> list[int]:
    series = [one for one in columns if isinstance(one, pl.Series)]
    if len(series) == len(columns):
        found = has_value(series)
        return [] if found is None else numbers.filter(~found).to_list()
    return [number for number, one in zip(numbers, rows_of(columns), strict=True) if one is None]


def _listed(values: pl.Series | list[Any]) -> list[Any]:
    return values.to_list() if isinstance(values, pl.Series) else values
