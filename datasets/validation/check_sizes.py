"""Values and texts that stand out from the others of their column, as Frictionless measures it."""

import math
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl
from frictionless import errors

from datasets.validation.check_rows import Rows

LONG: Final = 5_000
"""No text is deviated that has no more characters."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """As much of a row as the check of deviated values looks at."""

    row_number: int
    value: Any

    def __getitem__(self, _name: str) -> Any:
        return self.value


class Values:
    """``deviated-value``: the check itself collects the values and judges them at the end."""

    def __init__(self, check: Any) -> None:
        self._check = check

    def suspects(self, rows: Rows) -> Iterable[int]:
        """None: there are errors at the end only."""
        for number, value in zip(rows.numbers, rows.listed(self._check.field_name), strict=True):
            if value is not None:
                list(self._check.validate_row(_Seen(number, value)))
        return ()

    def errors_of(self, row: Any) -> Iterable[Any]:
        return ()

    def errors_at_end(self) -> Iterable[Any]:
        """Those of the check."""
        return self._check.validate_end()  # type: ignore[no-any-return]


@dataclass(slots=True)
class _Lengths:
    """The lengths of the texts of a field that are not empty, and their rows."""

    name: str
    first: int
    numbers: list[pl.Series] = field(default_factory=list)
    lengths: list[pl.Series] = field(default_factory=list)
    longest: int = 0


class Sizes:
    """``deviated-cell``: lengths are kept, and only of a column with a long text are they measured."""

    def __init__(self, check: Any) -> None:
        self._check = check
        self._seen: dict[int, _Lengths] = {}

    def suspects(self, rows: Rows) -> Iterable[int]:
        """None: there are errors at the end only."""
        for place, one in enumerate(rows.fields):
            if one.type != "string" or one.name in (self._check.ignore_fields or ()):
                continue
            values = rows.values(one.name)
            texts = values if isinstance(values, pl.Series) else pl.Series(values, dtype=pl.String)
            present = texts.str.len_bytes().fill_null(0) > 0
            lengths = texts.filter(present).str.len_chars()
            if not len(lengths):
                continue
            numbers = rows.numbers.filter(present)
            seen = self._seen.setdefault(place, _Lengths(one.name, numbers[0]))
            seen.numbers.append(numbers)
            seen.lengths.append(lengths)
            seen.longest = max(seen.longest, *lengths.top_k(1))
        return ()

    def errors_of(self, row: Any) -> Iterable[Any]:
        return ()

    def errors_at_end(self) -> Iterator[Any]:
        """The columns in the order in which each had its first text."""
        ordered = sorted(self._seen.items(), key=lambda entry: (entry[1].first, entry[0]))
        for _, seen in ordered:
            yield from self._errors_of_field(seen)

    def _errors_of_field(self, seen: _Lengths) -> Iterator[Any]:
        interval = self._check.interval
        plain = isinstance(interval, int | float) and math.isfinite(interval)
        lengths = [length for part in seen.lengths for length in part]
        if len(lengths) < 2 or (plain and seen.longest <= LONG):
            return
        numbers = [number for part in seen.numbers for number in part]
        try:
            most = statistics.median(lengths) + statistics.stdev(lengths) * interval
            threshold = max(most, LONG)
        except (TypeError, ValueError, ArithmeticError) as error:
            yield errors.DeviatedCellError(note=f'calculation issue "{error}"')
            return
        for number, length in zip(numbers, lengths, strict=True):
            if length > threshold:
                note = f'cell at row "{number}" and field "{seen.name}" has deviated size'
                yield errors.DeviatedCellError(note=note)
