"""A check of two dates against each other."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, ClassVar

import attrs
from frictionless import Check, errors


class DateOrderError(errors.RowError):  # type: ignore[misc]
    type = "date-order"
    title = "Date Order"
    description = "A date stands before the date it must follow."
    template = 'Row at position "{rowNumber}" has dates in the wrong order: {note}'


def _day(value: Any) -> date | None:
    """The day of a date or a time; None for anything else, which a type error reports."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


@attrs.define(kw_only=True, repr=False)
class DateOrder(Check):  # type: ignore[misc]
    """``earlier`` may not be after ``later``; rows lacking one of them pass."""

    type = "date-order"
    Errors: ClassVar[list[Any]] = [DateOrderError]

    earlier: str
    later: str

    def validate_start(self) -> Iterator[Any]:
        for name in (self.earlier, self.later):
            if name not in self.resource.schema.field_names:
                yield errors.CheckError(note=f'date-order check requires field "{name}"')

    def validate_row(self, row: Any) -> Iterator[Any]:
        if not {self.earlier, self.later}.issubset(row.field_names):
            return
        first, second = _day(row[self.earlier]), _day(row[self.later])
        if first is not None and second is not None and first > second:
            note = f'"{self.earlier}" is after "{self.later}"'
            yield DateOrderError.from_row(row, note=note)

    metadata_profile_patch: ClassVar[dict[str, Any]] = {
        "required": ["earlier", "later"],
        "properties": {"earlier": {"type": "string"}, "later": {"type": "string"}},
    }
