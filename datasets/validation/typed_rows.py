"""The errors of one row, as Frictionless finds and describes them.

The order is that of ``frictionless.table.Row``: fields of unique keys are read first, then all
others; what is wrong with keys comes last. Errors are made as descriptors at once, because the
objects Frictionless makes take longer than everything else about a row.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from frictionless import errors

from datasets.validation.typed_keys import NO_KEY, Keys, Repeats
from datasets.validation.typed_proof import Judge

Described = dict[str, Any]


@dataclass
class _Row:
    """A row that is being read, cell by cell, in whatever order it is asked for."""

    number: int
    cells: list[Any]
    judges: Sequence[Judge]
    values: dict[int, Any] = field(default_factory=dict)
    blanks: int = 0
    found: list[Described] = field(default_factory=list)
    done: bool = False

    def read(self, place: int) -> Any:
        """The value of a field; what is wrong with the cell is noted when it is read first."""
        if place in self.values:
            return self.values[place]
        cell = self.cells[place] if place < len(self.cells) else None
        decision = self.judges[place].decide(cell)
        self.values[place] = decision.value
        self.blanks += decision.blank
        for name, note in decision.notes:
            kind = errors.TypeError if name == "type" else errors.ConstraintError
            self.found.append(self.cell_error(kind, note, str(cell), place))
        return decision.value

    def read_all(self) -> list[Described]:
        """All errors of cells, and of their number."""
        if self.done:
            return self.found
        self.done = True
        width = len(self.judges)
        for place in range(width):
            self.read(place)
        for place in range(width, len(self.cells)):
            self.found.append(
                self.cell_error(errors.ExtraCellError, "", str(self.cells[place]), place)
            )
        for place in range(len(self.cells), width):
            self.found.append(self.cell_error(errors.MissingCellError, "", "", place))
        if self.blanks == width:
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
    number: int, cells: list[Any], judges: Sequence[Judge], keys: Keys, repeats: Repeats
) -> list[Described]:
    """The errors of a row: its record number, its cells, the judges of all fields, and what is
    wrong with its keys."""
    row = _Row(number, cells, judges)
    for name, memory in keys.unique.items():
        (place,) = memory.places
        value = row.read(place)
        if value is not None and name in repeats.unique:
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
        values = [row.read(place) for place in places]
        if at in repeats.foreign:
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
