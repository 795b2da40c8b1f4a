"""Which cells of a typed column are certainly right, and what the other ones mean.

A field is asked about kinds and texts of whole columns first. Every cell that is not proven right
this way is decided by Frictionless' own cell reader, each different one once.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

import polars as pl

from datasets.validation.typed_cells import (
    BOOLEAN,
    DATE,
    DATETIME,
    INTEGER,
    NONE,
    NUMBER,
    TEXT,
    TIME,
    TypedColumn,
)

MOST_REMEMBERED: Final = 1_000_000
"""Decisions kept for a field; beyond, they are made again."""
MOST_EXACT_TEXT: Final = 16
MOST_EXACT_BOUND: Final = 10**15
"""Numbers written in so many characters are told apart from such bounds by floats, too."""

_BOUNDS: Final[dict[str, Callable[[pl.Expr, Any], pl.Expr]]] = {
    "minimum": lambda value, bound: value >= bound,
    "maximum": lambda value, bound: value <= bound,
    "exclusiveMinimum": lambda value, bound: value > bound,
    "exclusiveMaximum": lambda value, bound: value < bound,
}
_KIND, _TEXT = pl.col("kind"), pl.col("text")


class Decision(NamedTuple):
    """What Frictionless reads a cell as; ``blank``: nothing, and that is no error of type."""

    value: Any
    right: bool
    blank: bool


class Judge:
    """One field's judgement of cells, with its memory of those decided."""

    def __init__(self, field: Any) -> None:
        self.name: str = field.name
        self._field = field
        self._reader = field.create_cell_reader()
        self._missing = list(_missing_values(field))
        self._required = bool(field.constraints.get("required"))
        self._proof = _proof_of(field)
        self._decided: dict[tuple[type, Any], Decision] = {}

    def decide(self, cell: Any) -> Decision:
        """What a cell is read as, and whether it is right."""
        key = (type(cell), cell)
        try:
            known = self._decided.get(key)
        except TypeError:  # a list or an object
            return self._read(cell)
        if known is None:
            known = self._read(cell)
            if len(self._decided) < MOST_REMEMBERED:
                self._decided[key] = known
        return known

    def _read(self, cell: Any) -> Decision:
        value, notes = self._reader(cell)
        return Decision(value, not notes, value is None and "type" not in (notes or ()))

    def right_and_blank(self, column: TypedColumn) -> tuple[pl.Series, pl.Series]:
        """Which cells are right, and which are empty or a missing value."""
        frame = pl.DataFrame({"kind": column.kinds, "text": column.texts})
        missing = _TEXT.is_in(self._missing) & ~_KIND.is_in(_OTHERWISE_WRITTEN)
        blank = ((_KIND == NONE) | missing).fill_null(value=False)
        right = pl.when(blank).then(not self._required).otherwise(self._proof)
        judged = frame.select(right=right.fill_null(value=False), blank=blank)
        proven, blanks = judged["right"], judged["blank"]
        doubtful = (~proven & ~blanks).arg_true()
        if not len(doubtful):
            return proven, blanks
        rights, empties = self._decide_all(column, doubtful)
        return proven.scatter(doubtful, rights), blanks.scatter(doubtful, empties)

    def _decide_all(self, column: TypedColumn, places: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Which cells at some places are right and which blank; each different text once."""
        if (column.kinds.gather(places) == TEXT).all():
            texts = column.texts.gather(places)
            known = {text: self.decide(text) for text in texts.unique().to_list()}
            right = pl.Series([text for text, one in known.items() if one.right], dtype=pl.String)
            blank = pl.Series([text for text, one in known.items() if one.blank], dtype=pl.String)
            return texts.is_in(right.implode()), texts.is_in(blank.implode())
        decided = [self.decide(column.value(place)) for place in places]
        return (
            pl.Series([one.right for one in decided], dtype=pl.Boolean),
            pl.Series([one.blank for one in decided], dtype=pl.Boolean),
        )

    def values(self, column: TypedColumn) -> list[Any]:
        """The values all cells of a column are read as."""
        kinds = column.kinds.unique().to_list()
        if len(kinds) == 1 and not column.texts.is_in(self._missing).any():
            if self._field.type == "integer" and kinds == [INTEGER]:
                return column.texts.cast(pl.Int64).to_list()
            if self._field.type == "string" and self._field.format == "default" and kinds == [TEXT]:
                return column.texts.to_list()
        return [self.decide(column.value(place)).value for place in range(len(column.kinds))]


def _missing_values(field: Any) -> list[str]:
    """The texts that mean nothing in this field, as its cell reader finds them."""
    if field.has_defined("missing_values"):
        return list(field.missing_values)
    return list(field.schema.missing_values) if field.schema else list(field.missing_values)


def _proof_of(field: Any) -> pl.Expr:
    """What proves a cell right: an expression over its kind and text that never says so wrongly."""
    constraints = {key: value for key, value in field.constraints.items() if value is not None}
    constraints.pop("required", None)
    constraints.pop("unique", None)
    prove = _PROOFS.get(field.type)
    proof = prove(field, constraints) if prove else None
    return pl.lit(value=False) if proof is None else proof


def _prove_string(field: Any, constraints: Mapping[str, Any]) -> pl.Expr | None:
    if field.format != "default" or "pattern" in constraints:
        return None
    proof = _KIND == TEXT
    if "minLength" in constraints:
        proof &= _TEXT.str.len_chars() >= constraints["minLength"]
    if "maxLength" in constraints:
        proof &= _TEXT.str.len_chars() <= constraints["maxLength"]
    if "enum" in constraints:
        proof &= _TEXT.is_in([one for one in constraints["enum"] if isinstance(one, str)])
    return proof


def _prove_number(field: Any, constraints: Mapping[str, Any]) -> pl.Expr | None:
    """Numbers that are numbers; those written as text are read by the field's own rules."""
    kinds = [INTEGER] if field.type == "integer" else [INTEGER, NUMBER]
    proof = _KIND.is_in(kinds) & _TEXT.is_not_null()
    if not constraints:
        return proof
    proof &= _TEXT.str.len_bytes() <= MOST_EXACT_TEXT
    number = _TEXT.cast(pl.Float64, strict=False)
    reader = field.create_value_reader()
    for key, written in constraints.items():
        bound = reader(written)
        if key not in _BOUNDS or not isinstance(bound, int | float | Decimal):
            return None
        if abs(float(bound)) > MOST_EXACT_BOUND or len(str(bound)) > MOST_EXACT_TEXT:
            return None
        proof &= _BOUNDS[key](number, float(bound))
    return proof


def _prove_boolean(_field: Any, constraints: Mapping[str, Any]) -> pl.Expr | None:
    return None if constraints else _KIND == BOOLEAN


def _prove_date(field: Any, constraints: Mapping[str, Any]) -> pl.Expr | None:
    day = _TEXT.str.strip_suffix("T00:00:00")
    proof = ((_KIND == DATE) & _TEXT.is_not_null()) | (
        (_KIND == DATETIME) & _TEXT.str.ends_with("T00:00:00")
    )
    return _within(proof, day, field, constraints)


def _prove_datetime(field: Any, constraints: Mapping[str, Any]) -> pl.Expr | None:
    return _within((_KIND == DATETIME) & _TEXT.is_not_null(), _TEXT, field, constraints)


def _within(
    proof: pl.Expr, moment: pl.Expr, field: Any, constraints: Mapping[str, Any]
) -> pl.Expr | None:
    """Moments in ISO 8601 are in the order of their texts; bounds with fractions are left alone."""
    if any(":" in missing for missing in _missing_values(field)):
        return None
    reader = field.create_value_reader()
    for key, written in constraints.items():
        bound = reader(written)
        if key not in _BOUNDS or not isinstance(bound, date):
            return None
        if isinstance(bound, datetime) and (bound.tzinfo is not None or bound.microsecond):
            return None
        proof &= _BOUNDS[key](moment, pl.lit(bound.isoformat()))
    return proof


def _prove_any(_field: Any, constraints: Mapping[str, Any]) -> pl.Expr | None:
    return None if constraints else _TEXT.is_not_null() & ~_KIND.is_in(_OTHERWISE_WRITTEN)


_OTHERWISE_WRITTEN: Final = (DATETIME, TIME)
"""The texts of these are not what ``str`` gives, which is what missing values are compared with."""

_PROOFS: Final[dict[str, Callable[[Any, Mapping[str, Any]], pl.Expr | None]]] = {
    "string": _prove_string,
    "integer": _prove_number,
    "number": _prove_number,
    "boolean": _prove_boolean,
    "date": _prove_date,
    "datetime": _prove_datetime,
    "any": _prove_any,
}
