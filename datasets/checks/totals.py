"""Checks that a total is the sum of its parts: across the columns of a row, and down the rows.

Sums are exact decimals. Published figures are rounded each by itself, so a total may be off by
half a unit of the last place for each part: that is what ``tolerance`` is for. Figures in different
units are never added up.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, Final

import attrs
from frictionless import errors

from datasets.checks.rows import RowCheck, Unreadable, Verdict
from datasets.total_words import LEVELS

NUMBER: Final = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"}
NAMES: Final = {"type": "array", "minItems": 1, "items": {"type": "string"}}


class TotalsError(errors.CellError):  # type: ignore[misc]
    type = "totals"
    title = "Totals"
    description = "A total is not the sum of its parts."
    template = (
        'The cell "{cell}" in row at position "{rowNumber}" and field "{fieldName}" '
        'at position "{fieldNumber}" is not the sum of its parts: {note}'
    )


def exact(value: Any) -> Decimal | None:
    """The number as an exact decimal; None for what is no finite number."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int | float):
        return None
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _agree(total: Decimal, parts: Decimal, tolerance: str) -> bool:
    return abs(total - parts) <= Decimal(tolerance)


@attrs.define(kw_only=True, repr=False)
class Totals(RowCheck):
    """In each row ``total`` equals the sum of ``parts``, give or take ``tolerance``.

    An empty part counts as nothing; rows without the total, or without any part, pass.
    """

    type = "totals"
    Errors: ClassVar[list[Any]] = [TotalsError]

    total: str
    parts: list[str]
    tolerance: str = "0"

    @property
    def field_names(self) -> tuple[str, ...]:
        return (self.total, *self.parts)

    def judge(self, values: Sequence[Any]) -> Sequence[Verdict]:
        if any(value is Unreadable.CELL for value in values):
            return ()
        total, *parts = (exact(value) for value in values)
        given = [part for part in parts if part is not None]
        if total is None or not given or _agree(total, sum(given, Decimal()), self.tolerance):
            return ()
        names = " + ".join(f'"{name}"' for name in self.parts)
        return (Verdict(f'"{self.total}" is not {names}', self.total),)

    metadata_profile_patch: ClassVar[dict[str, Any]] = {
        "required": ["total", "parts"],
        "properties": {"total": {"type": "string"}, "parts": NAMES, "tolerance": NUMBER},
    }


@dataclass(slots=True)
class _Sum:
    """Of one column in one group: what was added up so far; ``known`` until a cell was unreadable."""

    amount: Decimal = Decimal()
    count: int = 0
    known: bool = True

    def add(self, value: Any) -> None:
        if value is Unreadable.CELL:
            self.known = False
        elif (number := exact(value)) is not None:
            self.amount += number
            self.count += 1


@dataclass(slots=True)
class _Level:
    """The rows of one group since its last total of this level or a higher one."""

    sums: dict[str, _Sum] = field(default_factory=dict)
    units: set[str] = field(default_factory=set)


def _levels() -> list[_Level]:
    return [_Level() for _ in range(max(LEVELS.values()) + 1)]


@attrs.define(kw_only=True, repr=False)
class RowTotals(RowCheck):
    """A row labelled 合计 or 总计 equals the sum of the rows above it in its group; 小计 the sum since
    the subtotal before. Totals themselves are not added up again.

    ``label`` is the field that holds the word, ``values`` the fields to add up, ``group`` the fields
    that make a group, ``unit`` the field with the unit of measurement, if the table has one. Rows of
    several units, and a total that stands above its rows, cannot be judged and pass.
    """

    type = "row-totals"
    Errors: ClassVar[list[Any]] = [TotalsError]
    ordered: ClassVar[bool] = True

    label: str
    values: list[str]
    group: list[str] = attrs.field(factory=list)
    unit: str = ""
    tolerance: str = "0"
    _groups: dict[tuple[Any, ...], list[_Level]] = attrs.field(factory=dict, init=False)

    @property
    def field_names(self) -> tuple[str, ...]:
        return (self.label, *([self.unit] if self.unit else []), *self.group, *self.values)

    def validate_start(self) -> Iterator[Any]:
        """Begin with no sums, also when the check has seen another table before."""
        self._groups.clear()
        yield from super().validate_start()

    def judge(self, values: Sequence[Any]) -> Sequence[Verdict]:
        named = dict(zip(self.field_names, values, strict=True))
        levels = self._groups.setdefault(tuple(named[name] for name in self.group), _levels())
        level = LEVELS.get(_word(named[self.label]))
        if level is None:
            for one in levels:
                self._add(one, named)
            return ()
        found = self._differing(named, levels[level])
        levels[: level + 1] = _levels()[: level + 1]
        return found

    def _add(self, level: _Level, named: dict[str, Any]) -> None:
        for name in self.values:
            level.sums.setdefault(name, _Sum()).add(named[name])
        if self.unit:
            level.units.add(str(named[self.unit]))

    def _differing(self, named: dict[str, Any], level: _Level) -> list[Verdict]:
        if self.unit and level.units != {str(named[self.unit])}:
            return []
        found = []
        for name in self.values:
            total, parts = exact(named[name]), level.sums.get(name)
            if total is None or parts is None or not (parts.known and parts.count):
                continue
            if not _agree(total, parts.amount, self.tolerance):
                found.append(Verdict(f'"{name}" is not the sum of the rows above', name))
        return found

    metadata_profile_patch: ClassVar[dict[str, Any]] = {
        "required": ["label", "values"],
        "properties": {
            "label": {"type": "string"},
            "values": NAMES,
            "group": {"type": "array", "items": {"type": "string"}},
            "unit": {"type": "string"},
            "tolerance": NUMBER,
        },
    }


def _word(value: Any) -> str:
    """A label as it is meant: without the spaces that centre it."""
    return "".join(unicodedata.normalize("NFKC", str(value)).split()) if value is not None else ""
