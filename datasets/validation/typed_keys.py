"""Unique fields, primary keys and foreign keys of a typed table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from frictionless import errors

from datasets.validation.typed_cells import TypedBatch
from datasets.validation.typed_lookup import Lookup
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


@dataclass
class _Memory:
    """The fields of a key, by place, and where each value of it was seen last."""

    places: tuple[int, ...]
    seen: dict[Any, int] = field(default_factory=dict)


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
        cls, schema: Any, fields: Sequence[Any], judges: Sequence[Judge], lookup: Lookup
    ) -> "Keys":
        """The keys of a schema for a table whose expected fields are ``fields``."""
        place = {one.name: number for number, one in enumerate(fields)}
        unique = {
            one.name: _Memory((place[one.name],)) for one in fields if one.constraints.get("unique")
        }
        names = tuple(schema.primary_key)
        primary = None
        if names and place.keys() >= set(names):
            primary = _Memory(tuple(place[name] for name in names))
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
        numbers = batch.numbers.to_list()
        columns = {place: self.judges[place].values(batch.columns[place]) for place in needed}
        if batch.ragged:
            numbers, columns = self._with_ragged(batch, numbers, columns)
        wrong: dict[int, Repeats] = {}
        for name, memory in self.unique.items():
            for number, before in _met(memory.seen, columns[memory.places[0]], numbers):
                wrong.setdefault(number, Repeats()).unique[name] = before
        if self.primary:
            tuples = list(zip(*(columns[place] for place in self.primary.places), strict=True))
            nothing = (None,) * len(self.primary.places)
            whole = [None if one == nothing else one for one in tuples]
            for number, before in _met(self.primary.seen, whole, numbers):
                wrong.setdefault(number, Repeats()).primary = before
            for number, one in zip(numbers, whole, strict=True):
                if one is None:
                    wrong.setdefault(number, Repeats()).primary = NO_KEY
        self._miss(columns, numbers, wrong)
        return wrong

    def _miss(
        self, columns: dict[int, list[Any]], numbers: list[int], wrong: dict[int, Repeats]
    ) -> None:
        for place_of_key, (_, places, known) in enumerate(self.foreign):
            tuples = zip(*(columns[place] for place in places), strict=True)
            nothing = (None,) * len(places)
            for number, one in zip(numbers, tuples, strict=True):
                if one not in known and one != nothing:
                    wrong.setdefault(number, Repeats()).foreign.append(place_of_key)

    def _with_ragged(
        self, batch: TypedBatch, numbers: list[int], columns: dict[int, list[Any]]
    ) -> tuple[list[int], dict[int, list[Any]]]:
        """Numbers and values with those of rows of another width where they belong."""
        every = numbers + [number for number, _ in batch.ragged]
        order = sorted(range(len(every)), key=every.__getitem__)
        for place, values in columns.items():
            more = values + [
                self.judges[place].decide(cells[place] if place < len(cells) else None).value
                for _, cells in batch.ragged
            ]
            columns[place] = [more[one] for one in order]
        return [every[one] for one in order], columns


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
