"""Which cells of a typed column are certainly right, and what the other ones mean.

A field is asked about kinds and texts of whole columns first. Every cell that is not proven right
this way is decided by Frictionless' own cell reader, each different one once.
"""

import copy
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, NamedTuple

import polars as pl
import pyarrow as pa

from datasets.validation.cell_readers import reader_of
from datasets.validation.hopes import Hopes
from datasets.validation.key_values import as_keys, equals_itself, key_of, keys_of_texts
from datasets.validation.text_proof import prove_text
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
    UnsureError,
)
from datasets.validation.whole_proof import Proof, whole_proof

MOST_REMEMBERED: Final = 1_000_000
"""Decisions kept for a field; beyond, they are made again."""
FEW_DOUBTS: Final = 256
"""So few texts are asked for one by one; of more, the different ones."""
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
    """What Frictionless reads a cell as; ``blank``: nothing, and that is no error of type.

    ``notes`` are what is wrong with it: "type" or a constraint, each with Frictionless' words.
    """

    value: Any
    right: bool
    blank: bool
    notes: tuple[tuple[str, str], ...] = ()


class Judge:
    """One field's judgement of cells, with its memory of those decided."""

    def __init__(self, field: Any) -> None:
        self.name: str = field.name
        self._field = field
        self.read = reader_of(field)
        self._missing = list(_missing_values(field))
        self._required = bool(field.constraints.get("required"))
        self._decided: dict[tuple[type, Any], Decision] = {}
        self._prove = whole_proof(field, self._missing, self.decide)
        self._hopes = Hopes()
        self._tests: dict[str, pl.Expr] = {}

    def prove(self, texts: pa.Array) -> Proof | None:
        """What is known of a column of texts at once; None where each cell has to be looked at.

        Columns that could not be proven so are tried ever more rarely.
        """
        if not self._hopes.are_left():
            return None
        proof = self._prove(texts)
        self._hopes.come_true(proof is not None)
        return proof

    def decide(self, cell: Any) -> Decision:
        """What a cell is read as, and whether it is right."""
        key = (type(cell), cell)
        try:
            known = self._decided.get(key)
        except TypeError as error:  # a list or an object
            if self._field.type == "array" and self._field.has_defined("array_item"):
                # Frictionless writes what it reads into the list, and shows it so from then on.
                raise UnsureError from error
            return self._read(copy.deepcopy(cell))
        if known is None:
            known = self._read(cell)
            if len(self._decided) < MOST_REMEMBERED and equals_itself(known.value):
                self._decided[key] = known
        return known

    def _read(self, cell: Any) -> Decision:
        value, notes = self.read(cell)
        known = notes or {}
        # The error of type comes first, whatever else is wrong.
        ordered = sorted(known.items(), key=lambda one: one[0] != "type")
        return Decision(value, not known, value is None and "type" not in known, tuple(ordered))

    def text_test(self, column: str) -> pl.Expr:
        """Which cells of a column of texts are certainly right; missing values mostly are doubtful."""
        if column not in self._tests:
            proof = self._text_proof(pl.col(column))
            if self._required and self.passed_missing:
                proof &= ~pl.col(column).is_in(self.passed_missing)
            self._tests[column] = proof
        return self._tests[column]

    def _text_proof(self, text: pl.Expr) -> pl.Expr:
        proof = prove_text(self._field, text)
        # Nothing is null, so nothing is proven: a literal would be no column.
        return text.is_null() if proof is None else proof.fill_null(value=False)

    @cached_property
    def _proof(self) -> pl.Expr:
        return _proof_of(self._field)

    @cached_property
    def _numeric_missing(self) -> bool:
        return any(map(_is_numeric, self._missing))

    @cached_property
    def passed_missing(self) -> list[str]:
        """The missing values that the test of texts passes."""
        frame = pl.DataFrame({"text": pl.Series(self._missing, dtype=pl.String)})
        passed = frame.with_columns(passed=self._text_proof(_TEXT))
        return passed.filter("passed")["text"].to_list()

    def settle_texts(self, column: TypedColumn, doubtful: pl.Series) -> tuple[list[int], list[int]]:
        """Of the texts at some places, those that are wrong and those that are blank, by place."""
        if len(doubtful) <= FEW_DOUBTS:
            decided = [self.decide(column.value(place)) for place in doubtful.to_list()]
            pairs = list(zip(doubtful.to_list(), decided, strict=True))
            wrong = [place for place, one in pairs if not one.right]
            return wrong, [place for place, one in pairs if one.blank]
        texts = column.texts.gather(doubtful)
        known = {text: self.decide(text) for text in texts.unique().to_list()}
        refused = pl.Series([text for text, one in known.items() if not one.right], dtype=pl.String)
        blank = pl.Series([text for text, one in known.items() if one.blank], dtype=pl.String)
        return (
            doubtful.filter(texts.is_in(refused.implode())).to_list(),
            doubtful.filter(texts.is_in(blank.implode())).to_list(),
        )

    def is_missing(self, text: str | None) -> bool:
        """Whether a text is a missing value, or there is none."""
        return text is None or text in self._missing

    def are_missing(self, texts: pl.Series) -> pl.Series:
        """Which texts are missing values, or are not there."""
        return texts.is_in(self._missing).fill_null(value=True)

    def settle(
        self, column: TypedColumn, proven: pl.Series, blanks: pl.Series
    ) -> tuple[pl.Series, pl.Series]:
        """The same when the cells that are neither proven nor blank have been decided."""
        doubtful = (~proven & ~blanks).arg_true()
        if not len(doubtful):
            return proven, blanks
        rights, empties = self._decide_all(column, doubtful)
        return proven.scatter(doubtful, rights), blanks.scatter(doubtful, empties)

    def wrong_and_blank(
        self, column: TypedColumn, *, one_by_one: bool
    ) -> tuple[list[int], list[int]]:
        """The places of the cells that are wrong, and of those that are empty or a missing value."""
        if one_by_one:
            decided = [self.decide(column.value(place)) for place in range(len(column.kinds))]
            wrong = [place for place, one in enumerate(decided) if not one.right]
            return wrong, [place for place, one in enumerate(decided) if one.blank]
        right, blank = self._right_and_blank(column)
        return (~right).arg_true().to_list(), blank.arg_true().to_list()

    def _right_and_blank(self, column: TypedColumn) -> tuple[pl.Series, pl.Series]:
        frame = pl.DataFrame({"kind": column.kinds, "text": column.texts})
        missing = _TEXT.is_in(self._missing) & ~_KIND.is_in(_OTHERWISE_WRITTEN)
        blank = ((_KIND == NONE) | missing).fill_null(value=False)
        right = pl.when(blank).then(not self._required).otherwise(self._proof)
        judged = frame.select(right=right.fill_null(value=False), blank=blank)
        return self.settle(column, judged["right"], judged["blank"])

    def _decide_all(self, column: TypedColumn, places: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Which cells at some places are right and which blank; each different text once."""
        if column.are_texts or (column.kinds.gather(places) == TEXT).all():
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

    def values(self, column: TypedColumn, *, all_right: bool = False) -> pl.Series | list[Any]:
        """The values all cells of a column are read as: whole numbers and texts as a series.

        ``all_right``: it is known that all cells of the column are right.
        """
        if all_right and self._required and self._field.type == "string" and column.are_texts:
            return column.texts
        plain = self._plain_values(column)
        if plain is not None:
            return plain
        if not (column.kinds == TEXT).all():
            return [self.decide(column.value(place)).value for place in range(len(column.kinds))]
        known = {text: self.decide(text).value for text in column.texts.unique().to_list()}
        if all(map(equals_itself, known.values())):
            return [known[text] for text in column.texts.to_list()]
        return [self.decide(text).value for text in column.texts.to_list()]

    def keys(self, column: TypedColumn, *, all_right: bool = False) -> pl.Series | list[Any]:
        """What tells the values of all cells of a column from each other, as ``key_values`` says."""
        if column.are_texts:
            found = keys_of_texts(
                self._field, column.texts, self._missing, lambda text: self.decide(text).value
            )
            if found is not None:
                return found
        values = self.values(column, all_right=all_right)
        return values if isinstance(values, pl.Series) else as_keys(self._field.type, values)

    def key(self, value: Any) -> Any:
        """The key of one value."""
        return key_of(self._field.type, value)

    def _plain_values(self, column: TypedColumn) -> pl.Series | None:
        """The values of texts in bulk; None where the reader must be asked of every cell."""
        if self._field.format != "default":
            return None
        if self._field.type == "string" and column.are_texts:
            missing = column.texts.is_in(self._missing)
            return column.texts.set(missing, None) if missing.any() else column.texts
        plain = column.are_texts or column.kinds.is_in([TEXT, INTEGER]).all()
        return self._whole_numbers(column) if plain and self._field.type == "integer" else None

    def _whole_numbers(self, column: TypedColumn) -> pl.Series | None:
        """The values of whole numbers, or texts of them; None when one has more than 64 bits."""
        texts = column.texts
        numbers = texts.cast(pl.Int64, strict=False)
        if not self._numeric_missing and not numbers.null_count():
            return numbers
        missing = texts.is_in(self._missing)
        numbers = numbers.set(missing, None) if missing.any() else numbers
        odd = (numbers.is_null() & ~missing).arg_true()
        if not len(odd):
            return numbers
        read = [self.decide(column.value(place)).value for place in odd]
        if any(value is not None and abs(value) >= 2**63 for value in read):
            return None
        return numbers.scatter(odd, pl.Series(read, dtype=pl.Int64))


def _is_numeric(text: str) -> bool:
    return bool(pl.Series([text]).cast(pl.Int64, strict=False).is_not_null().any())


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
    proof = pl.lit(value=False) if proof is None else proof
    of_text = prove_text(field, _TEXT)
    return proof if of_text is None else proof | ((_KIND == TEXT) & of_text)


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
    "integer": _prove_number,
    "number": _prove_number,
    "boolean": _prove_boolean,
    "date": _prove_date,
    "datetime": _prove_datetime,
    "any": _prove_any,
}
