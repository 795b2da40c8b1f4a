"""Unique fields, primary keys and foreign keys of a typed table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from frictionless import errors

from datasets.validation.typed_cells import TypedBatch
from datasets.validation.typed_lookup import Lookup
from datasets.validation.typed_proof import Judge

MOST_KEPT_BYTES = 64 * 2**20
"""Values of a rising key are kept up to here."""

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


_Columns = dict[int, pl.Series | list[Any]]


class ForgottenError(Exception):
    """A key that rose from row to row falls, and its earlier values were not kept."""


@dataclass
class _Memory:
    """The fields of a key, by place, and where each value of it was seen last.

    While values only rise, none can repeat and the last one is all there is to remember; what came
    before is kept as it is, up to a bound, for the case that one falls. ``forgetful`` keys drop it
    at the bound.
    """

    places: tuple[int, ...]
    forgetful: bool = True
    seen: dict[Any, int] = field(default_factory=dict)
    rises: bool = True
    last: Any = None
    kept: list[tuple[pl.Series, pl.Series]] = field(default_factory=list)
    kept_bytes: int = 0

    def meet(self, values: pl.Series | list[Any], numbers: pl.Series) -> Iterable[tuple[int, int]]:
        """The rows whose value was there before, and where; then these values are known."""
        if self.rises and isinstance(values, pl.Series) and self._goes_on_rising(values, numbers):
            return ()
        if self.rises:
            self._recall()
        listed = values.to_list() if isinstance(values, pl.Series) else values
        return _met(self.seen, listed, numbers.to_list())

    def _goes_on_rising(self, values: pl.Series, numbers: pl.Series) -> bool:
        present = values.drop_nulls()
        if not len(present):
            return True
        falls = self.last is not None and not present[0] > self.last
        if falls or not (present.slice(1) > present.slice(0, len(present) - 1)).all():
            return False
        self.last = present[-1]
        self.kept_bytes += int(values.estimated_size())
        if not self.forgetful or self.kept_bytes <= MOST_KEPT_BYTES:
            self.kept.append((values, numbers))
        else:
            self.kept.clear()
        return True

    def _recall(self) -> None:
        """From now on every value is remembered, those before too."""
        if self.last is not None and not self.kept:
            raise ForgottenError
        for values, numbers in self.kept:
            self.seen.update(zip(values.to_list(), numbers.to_list(), strict=True))
        self.seen.pop(None, None)
        self.rises = False
        self.kept.clear()


@dataclass
class Keys:
    """All keys of a table and what has been seen of them."""

    judges: Sequence[Judge]
    unique: dict[str, _Memory]
    primary: _Memory | None
    foreign: list[tuple[Any, tuple[int, ...], set[Any]]]
    names: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        schema: Any,
        fields: Sequence[Any],
        judges: Sequence[Judge],
        lookup: Lookup,
        *,
        forgetful: bool = True,
    ) -> "Keys":
        """The keys of a schema for a table whose expected fields are ``fields``."""
        place = {one.name: number for number, one in enumerate(fields)}
        unique = {
            one.name: _Memory((place[one.name],), forgetful)
            for one in fields
            if one.constraints.get("unique")
        }
        names = tuple(schema.primary_key)
        primary = None
        if names and place.keys() >= set(names):
            primary = _Memory(tuple(place[name] for name in names), forgetful)
        foreign = []
        for key in schema.foreign_keys:
            group = lookup.get(key["reference"]["resource"])
            if group and place.keys() >= set(key["fields"]):
                found = group.get(tuple(key["reference"]["fields"]), set())
                foreign.append((key, tuple(place[name] for name in key["fields"]), found))
        return cls(judges, unique, primary, foreign, names)

    def repeats(self, batch: TypedBatch) -> dict[int, Repeats]:
        """The rows of a batch whose keys are wrong, by record number."""
        needed = {place for memory in self.unique.values() for place in memory.places}
        needed.update(self.primary.places if self.primary else ())
        needed.update(place for _, places, _ in self.foreign for place in places)
        if not needed:
            return {}
        numbers = batch.numbers
        columns = {place: self.judges[place].values(batch.columns[place]) for place in needed}
        if batch.ragged:
            numbers, columns = self._with_ragged(batch, columns)
        wrong: dict[int, Repeats] = {}
        for name, memory in self.unique.items():
            for number, before in memory.meet(columns[memory.places[0]], numbers):
                wrong.setdefault(number, Repeats()).unique[name] = before
        if self.primary:
            self._meet_primary(self.primary, columns, numbers, wrong)
        if self.foreign:
            self._miss(columns, numbers, wrong)
        return wrong

    def _meet_primary(
        self, memory: _Memory, columns: _Columns, numbers: pl.Series, wrong: dict[int, Repeats]
    ) -> None:
        whole: pl.Series | list[Any]
        if len(memory.places) == 1:
            whole = columns[memory.places[0]]
        else:
            tuples = zip(*(_listed(columns[place]) for place in memory.places), strict=True)
            nothing = (None,) * len(memory.places)
            whole = [None if one == nothing else one for one in tuples]
        for number, before in memory.meet(whole, numbers):
            wrong.setdefault(number, Repeats()).primary = before
        if isinstance(whole, pl.Series):
            empty = numbers.filter(whole.is_null()).to_list()
        else:
            empty = [n for n, one in zip(numbers, whole, strict=True) if one is None]
        for number in empty:
            wrong.setdefault(number, Repeats()).primary = NO_KEY

    def _miss(self, columns: _Columns, numbers: pl.Series, wrong: dict[int, Repeats]) -> None:
        for place_of_key, (_, places, known) in enumerate(self.foreign):
            tuples = zip(*(_listed(columns[place]) for place in places), strict=True)
            nothing = (None,) * len(places)
            for number, one in zip(numbers.to_list(), tuples, strict=True):
                if one not in known and one != nothing:
                    wrong.setdefault(number, Repeats()).foreign.append(place_of_key)

    def _with_ragged(self, batch: TypedBatch, columns: _Columns) -> tuple[pl.Series, _Columns]:
        """Numbers and values with those of rows of another width where they belong."""
        more = pl.Series([number for number, _ in batch.ragged], dtype=pl.Int64)
        every = pl.concat([batch.numbers, more])
        order = every.arg_sort()
        return every.gather(order), {
            place: self._interleaved(batch, place, values, order)
            for place, values in columns.items()
        }

    def _interleaved(
        self, batch: TypedBatch, place: int, values: pl.Series | list[Any], order: pl.Series
    ) -> pl.Series | list[Any]:
        read = [
            self.judges[place].decide(cells[place] if place < len(cells) else None).value
            for _, cells in batch.ragged
        ]
        if isinstance(values, pl.Series):
            try:
                return pl.concat([values, pl.Series(read, dtype=values.dtype)]).gather(order)
            except (OverflowError, TypeError, pl.exceptions.PolarsError):
                values = values.to_list()
        whole = values + read
        return [whole[one] for one in order]


def _listed(values: pl.Series | list[Any]) -> list[Any]:
    return values.to_list() if isinstance(values, pl.Series) else values


def _met(seen: dict[Any, int], values: list[Any], numbers: list[int]) -> Iterable[tuple[int, int]]:
    """The rows whose value was there before, and where; ``seen`` is brought up to date.

    The note of an error names the previous row with the value, not the first one.
    """
    present = set(values)
    present.discard(None)
    if len(present) == sum(value is not None for value in values) and present.isdisjoint(seen):
        seen.update(zip(values, numbers, strict=True))
        seen.pop(None, None)
        return ()
    met = []
    for value, number in zip(values, numbers, strict=True):
        if value is None:
            continue
        before = seen.get(value)
        seen[value] = number
        if before:
            met.append((number, before))
    return met


def add_key_errors(row: Any, keys: Keys, repeats: Repeats) -> None:
    """Add to a Frictionless row the errors of its keys, in the order Frictionless finds them.

    Unique fields are read before the others, which decides the order of all errors of the row.
    """
    for name in keys.unique:
        if row[name] is not None and name in repeats.unique:
            note = f"the same as in the row at position {repeats.unique[name]}"
            row.errors.append(errors.UniqueError.from_row(row, note=note, field_name=name))
    for name in keys.names if keys.primary else ():
        row[name]
    if repeats.primary:
        note = (
            'cells composing the primary keys are all "None"'
            if repeats.primary == NO_KEY
            else f"the same as in the row at position {repeats.primary}"
        )
        row.errors.append(errors.PrimaryKeyError.from_row(row, note=note))
    for place, (key, _, _) in enumerate(keys.foreign):
        cells = [row[name] for name in key["fields"]]
        if place in repeats.foreign:
            row.errors.append(_foreign_key_error(row, key, cells))


def _foreign_key_error(row: Any, key: Any, cells: list[Any]) -> errors.ForeignKeyError:
    reference = key["reference"]
    note = (
        f'for "{", ".join(key["fields"])}": values "{", ".join(map(str, cells))}" '
        f'not found in the lookup table "{reference["resource"]}" '
        f'as "{", ".join(reference["fields"])}"'
    )
    return errors.ForeignKeyError.from_row(
        row,
        note=note,
        field_names=list(key["fields"]),
        field_values=cells,
        reference_name=reference["resource"],
        reference_field_names=list(reference["fields"]),
    )
