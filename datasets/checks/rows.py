"""Checks that look at several fields of a row at once."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

import attrs
from frictionless import Check, errors


class Unreadable(Enum):
    """Stands for a cell that is not of its field's type, which is an error of its own."""

    CELL = "unreadable"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a row. ``field_name`` is the cell to correct; empty when it is the row."""

    note: str
    field_name: str = ""


@attrs.define(kw_only=True, repr=False)
class RowCheck(Check):  # type: ignore[misc]
    """A check over the typed values of some fields; subclasses say which, and what is good."""

    type: ClassVar[str] = "row-check"
    Errors: ClassVar[list[Any]] = []
    ordered: ClassVar[bool] = False
    """Whether the check counts on seeing every row once, in the order of the table."""

    @property
    @abstractmethod
    def field_names(self) -> tuple[str, ...]:
        """The fields whose values ``judge`` is asked with, in this order."""

    @abstractmethod
    def judge(self, values: Sequence[Any]) -> Sequence[Verdict]:
        """What is wrong with these values: None is an empty cell, ``Unreadable.CELL`` a broken one."""

    def validate_start(self) -> Iterator[Any]:
        """Refuse to start without one of the fields."""
        for name in self.field_names:
            if name not in self.resource.schema.field_names:
                yield errors.CheckError(note=f'{self.type} check requires field "{name}"')

    def validate_row(self, row: Any) -> Iterator[Any]:
        """Ask for the judgement on one row, unless the table lacks one of the fields."""
        if not set(self.field_names).issubset(row.field_names):
            return
        values = [self._value(row, name) for name in self.field_names]
        yield from self.errors_from(row, self.judge(values))

    def errors_from(self, row: Any, verdicts: Sequence[Verdict]) -> Iterator[Any]:
        """What is wrong with a row, as errors of Frictionless."""
        for verdict in verdicts:
            if verdict.field_name:
                yield self.Errors[0].from_row(row, note=verdict.note, field_name=verdict.field_name)
            else:
                yield self.Errors[0].from_row(row, note=verdict.note)

    @staticmethod
    def _value(row: Any, name: str) -> Any:
        value = row[name]
        return Unreadable.CELL if value is None and name in row.error_cells else value
