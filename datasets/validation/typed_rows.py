"""The errors of one row, as Frictionless finds and describes them.

The order is that of ``frictionless.table.Row``: fields of unique keys are read first, then all
others; what is wrong with keys comes last. Errors are made as descriptors at once, because the
objects Frictionless makes take longer than everything else about a row.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from frictionless import errors

from datasets.validation.typed_judging import Suspicion
from datasets.validation.typed_keys import NO_KEY, Keys, Repeats
from datasets.validation.typed_proof import Judge

Described = dict[str, Any]


@dataclass
class _Row:
    """A row that is being read, cell by cell, in whatever order it is asked for.

    Of a row ``suspected`` of something only the odd cells are read, of any other one all.
    """

    number: int
    cells: list[Any]
    judges: Sequence[Judge]
    suspected: Suspicion | None
    seen: set[int] = field(default_factory=set)
    blanks: int = 0
    found: list[Described] = field(default_factory=list)
    done: bool = False

    def value(self, place: int) -> Any:
        """The value of a field."""
        return self.judges[place].decide(self._cell(place)).value

    def read(self, place: int) -> None:
        """Note what is wrong with a cell, once."""
        suspected = self.suspected
        if place in self.seen or (suspected is not None and place not in suspected.odd):
            return
        self.seen.add(place)
        cell = self._cell(place)
        decision = self.judges[place].decide(cell)
        self.blanks += decision.blank
        for name, note in decision.notes:
            kind = errors.TypeError if name == "type" else errors.ConstraintError
            self.found.append(self.cell_error(kind, note, str(cell), place))

    def _cell(self, place: int) -> Any:
        return self.cells[place] if place < len(self.cells) else None

    def read_all(self) -> list[Described]:
        """All errors of cells, and of their number."""
        if self.done:
            return self.found
        self.done = True
        width = len(self.judges)
        for place in range(width) if self.suspected is None else self.suspected.odd:
            self.read(place)
        for place in range(width, len(self.cells)):
            self.found.append(
                self.cell_error(errors.ExtraCellError, "", str(self.cells[place]), place)
            )
        for place in range(len(self.cells), width):
            self.found.append(self.cell_error(errors.MissingCellError, "", "", place))
        if self.blanks == width if self.suspected is None else self.suspected.blank:
            self.found[:] = [self.row_error(errors.BlankRowError, "")]
        return self.found

    def row_error(self, kind: Any, note: str, **more: Any) -> Described:
        """The descriptor of an error of a Frictionless class."""
        described = {
            "type": kind.type,
            "title": kind.title,
            "description": kind.description,
            "message": "",
            "tags": list(kind.tags),
            "note": note,
            "cells": [_text(cell) for cell in self.cells],
            "rowNumber": self.number,
            **more,
        }
        described["message"] = kind.template.format_map(described)
        return described

    def cell_error(self, kind: Any, note: str, cell: str, place: int) -> Described:
        """The same for one cell; an extra one has a place beyond the fields."""
        name = self.judges[place].name if place < len(self.judges) else ""
        return self.row_error(kind, note, cell=cell, fieldName=name, fieldNumber=place + 1)


def errors_of(
    number: int, cells: list[Any], keys: Keys, repeats: Repeats, suspected: Suspicion | None
) -> list[Described]:
    """The errors of a row: its record number, its cells, the keys of the table, what is wrong with
    those of the row, and what is known of the cells (None: nothing, the row has another width)."""
    row = _Row(number, cells, keys.judges, suspected)
    for name, memory in keys.unique.items():
        (place,) = memory.places
        row.read(place)
        if name in repeats.unique and (value := row.value(place)) is not None:
            note = f"the same as in the row at position {repeats.unique[name]}"
            row.read_all().append(row.cell_error(errors.UniqueError, note, str(value), place))
    for place in keys.primary.places if keys.primary else ():
        row.read(place)
    if repeats.primary:
        note = (
            'cells composing the primary keys are all "None"'
            if repeats.primary == NO_KEY
            else f"the same as in the row at position {repeats.primary}"
        )
        row.read_all().append(row.row_error(errors.PrimaryKeyError, note))
    for at, (key, places, _) in enumerate(keys.foreign):
        for place in places:
            row.read(place)
        if at in repeats.foreign:
            values = [row.value(place) for place in places]
            row.read_all().append(_foreign_key_error(row, key, values))
    return row.read_all()


def _foreign_key_error(row: _Row, key: Any, values: list[Any]) -> Described:
    reference = key["reference"]
    note = (
        f'for "{", ".join(key["fields"])}": values "{", ".join(map(str, values))}" '
        f'not found in the lookup table "{reference["resource"]}" '
        f'as "{", ".join(reference["fields"])}"'
    )
    return row.row_error(
        errors.ForeignKeyError,
        note,
        fieldNames=list(key["fields"]),
        fieldCells=[_text(value) for value in values],
        referenceName=reference["resource"],
        referenceFieldNames=list(reference["fields"]),
    )


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)
