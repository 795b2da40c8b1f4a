"""A check of two dates against each other."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar

import attrs
from frictionless import errors

from datasets.checks.rows import RowCheck, Verdict


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
class DateOrder(RowCheck):
    """``earlier`` may not be after ``later``; rows lacking one of them pass."""

    type = "date-order"
    Errors: ClassVar[list[Any]] = [DateOrderError]

    earlier: str
    later: str

    @property
    def field_names(self) -> tuple[str, ...]:
        return (self.earlier, self.later)

    def judge(self, values: Sequence[Any]) -> Sequence[Verdict]:
        first, second = _day(values[0]), _day(values[1])
        if first is None or second is None or first <= second:
            return ()
        return (Verdict(f'"{self.earlier}" is after "{self.later}"'),)

    metadata_profile_patch: ClassVar[dict[str, Any]] = {
        "required": ["earlier", "later"],
        "properties": {"earlier": {"type": "string"}, "later": {"type": "string"}},
    }
