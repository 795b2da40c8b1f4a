"""How the texts of one column become values of the type its field declares.

Whole batches are cast at once where Arrow and Frictionless read a spelling alike; any other spelling
is read by Frictionless' own cell reader, once for each distinct text. A column with a value that its
type cannot hold stays text as a whole, so that no value is ever lost or changed.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

MOST_DIGITS: Final = 38
"""Digits of decimal128, the widest that every reader of Parquet understands."""

FEW_DIGITS: Final = 18
"""Digits that fit 64 bits. A decimal has these or all 38: so a wider value next month does not change
the type of the column, and readers compute with machine numbers nearly always."""

KNOWN_TEXTS: Final = 65_536
"""Unusual spellings whose reading is remembered, for each column."""

_INT64: Final = range(-(2**63), 2**63)
_FIRST_DAY: Final = {"date": date.min, "datetime": datetime.min}  # noqa: DTZ901  (wall-clock times)
"""Arrow knows a year 0, which nothing else here does."""

_SHORTEST_DATETIME: Final = len("2026-11-23T08:00:00")
_BEYOND_MICROSECONDS: Final = re.compile(r"\.[0-9]{7}")

_PLAIN: Final = {
    "integer": "^-?[0-9]{1,18}$",
    "number": r"^-?[0-9]+(?:\.[0-9]+)?$",
    "date": "",
    "datetime": "",
    "year": "^[0-9]{4}$",
}
"""Spellings that Arrow and Frictionless read alike; of dates and times it is all that Arrow takes."""

_STORED: Final[Mapping[str, Any]] = {
    "integer": pa.int64(),
    "number": None,
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us"),
    "year": pa.int32(),
}
"""Types stored as themselves (a number's width depends on its values); the others are text."""

_PARTS: Final = {"Y": "[0-9]{4}", "m": "[0-9]{2}", "d": "[0-9]{2}", "H": "[0-9]{2}", "M": "[0-9]{2}",
                 "S": "[0-9]{2}"}  # fmt: skip
"""Directives of ``strptime`` whose two-digit spelling can be put into ISO order by a replacement."""

_ABSENT: Final = {"m": "01", "d": "01", "H": "00", "M": "00", "S": "00"}


class TypedColumn:
    """Learns from texts how a column is stored, and converts texts to that."""

    def __init__(self, field: Any, missing: Sequence[str]) -> None:
        self.name: str = field.name
        own_missing = field.missing_values if field.has_defined("missing_values") else missing
        self._kind: str = field.type
        self._field = field
        self._missing = pa.array(list(own_missing), pa.string())
        self._read = lru_cache(KNOWN_TEXTS)(field.create_cell_reader())
        self._pattern, self._order = _spelling(field)
        self._whole_digits, self._scale = 1, 0
        self.as_text = field.type not in _STORED

    def arrow_type(self) -> Any:
        """The column's type in the file, as far as is known."""
        if self.as_text:
            return pa.string()
        if self._kind == "number":
            few = self._whole_digits + self._scale <= FEW_DIGITS
            return pa.decimal128(FEW_DIGITS if few else MOST_DIGITS, self._scale)
        return _STORED[self._kind]

    def learn(self, texts: Any) -> None:
        """Widen the type so that it holds these texts too, or give it up for text."""
        if not self.as_text:
            self._learn(without(texts, self._missing))

    def convert(self, texts: Any) -> Any:
        """The texts as values, missing ones null; ``None`` when they did not fit what was known
        before, which they have been learnt for."""
        held = without(texts, self._missing)
        if self.as_text:
            return held
        values = self._booleans(held) if self._kind == "boolean" else self._cast(held)
        if values is not None:
            return values
        before = self.arrow_type()
        self._learn(held)
        return self._convert_each(held) if before == self.arrow_type() else None

    def _booleans(self, held: Any) -> Any:
        true = pc.is_in(held, value_set=pa.array(self._field.true_values, pa.string()))
        false = pc.is_in(held, value_set=pa.array(self._field.false_values, pa.string()))
        one = pc.xor(true, false)
        if pc.all(pc.or_(one, pc.is_null(held))).as_py() is False:
            return None
        return true if held.null_count == 0 else pc.if_else(one, true, pa.scalar(None, pa.bool_()))

    def _cast(self, held: Any) -> Any:
        """All at once, where every spelling is plain and within the type; else ``None``."""
        spelled = self._spelled(held)
        if spelled is None or (self._kind == "number" and not self._within(spelled)):
            return None
        try:
            values = spelled.cast(self.arrow_type())
        except pa.ArrowInvalid:
            return None
        first = _FIRST_DAY.get(self._kind)
        if first is not None and len(values) > values.null_count:
            earliest = pc.min(values)
            return None if pc.less(earliest, pa.scalar(first, earliest.type)).as_py() else values
        return values

    def _spelled(self, held: Any) -> Any:
        """The texts in Arrow's spelling, or ``None`` when one of them is spelled otherwise."""
        if self._pattern is None:
            return None
        if self._kind == "number":
            return self._grouped(held)
        if self._pattern and not _all_match(held, self._pattern):
            return None
        if not self._pattern and self._kind == "datetime":
            shortest = pc.min(pc.binary_length(held)).as_py()
            return None if shortest is not None and shortest < _SHORTEST_DATETIME else held
        if not self._order:
            return held
        return pc.replace_substring_regex(held, self._pattern, self._order)

    def _grouped(self, held: Any) -> Any:
        """Without characters between groups of digits, and with a point before the fraction."""
        if self._field.group_char:
            held = pc.replace_substring(held, self._field.group_char, "")
        if self._field.decimal_char != ".":
            if pc.any(pc.match_substring(held, ".")).as_py():
                return None
            held = pc.replace_substring(held, self._field.decimal_char, ".")
        return held

    def _within(self, spelled: Any) -> bool:
        digits = FEW_DIGITS if self.arrow_type().precision == FEW_DIGITS else MOST_DIGITS
        fraction = rf"(?:\.[0-9]{{1,{self._scale}}})?" if self._scale else ""
        fits = f"^-?[0-9]{{1,{digits - self._scale}}}{fraction}$"
        return _all_match(spelled, fits)

    def _learn(self, held: Any) -> None:
        present = held.drop_null()
        if self._kind == "number":
            spelled = self._spelled(present)
            if spelled is not None and _all_match(spelled, _PLAIN["number"]):
                self._measure(spelled)
                return
        elif self._kind == "boolean":
            if self._booleans(present) is not None:
                return
        elif self._cast(present) is not None:
            return
        for text in pc.unique(present).to_pylist():
            value, _ = self._read(text)
            if value is None or not self._storable(value, text):
                self.as_text = True
                return

    def _measure(self, texts: Any) -> None:
        if not len(texts):
            return
        digits = pc.ascii_ltrim(texts, characters="-")
        dots = pc.find_substring(digits, ".")
        lengths = pc.utf8_length(digits)
        none = pc.less(dots, 0)
        fractions = pc.if_else(
            none, 0, pc.subtract(lengths, pc.add(dots, pa.scalar(1, pa.int32())))
        )
        wholes = pc.if_else(none, lengths, dots)
        self._widen(pc.max(wholes).as_py(), pc.max(fractions).as_py())

    def _widen(self, whole_digits: int, scale: int) -> None:
        self._whole_digits = max(self._whole_digits, whole_digits)
        self._scale = max(self._scale, scale)
        self.as_text = self.as_text or self._whole_digits + self._scale > MOST_DIGITS

    def _storable(self, value: Any, text: str) -> bool:
        if isinstance(value, datetime):
            return value.tzinfo is None and not _BEYOND_MICROSECONDS.search(text)
        if isinstance(value, Decimal):
            if not value.is_finite():
                return False
            exponent = int(value.as_tuple().exponent)
            self._widen(max(value.adjusted() + 1, 1), max(-exponent, 0))
            return not self.as_text
        return not isinstance(value, int) or value in _INT64

    def _convert_each(self, held: Any) -> Any:
        encoded = held.dictionary_encode()
        values = [self._read(text)[0] for text in encoded.dictionary.to_pylist()]
        return pa.array(values, self.arrow_type()).take(encoded.indices)


def without(texts: Any, missing: Any) -> Any:
    """The texts with those that stand for nothing as null."""
    gone = pc.is_in(texts, value_set=missing)
    if not pc.any(gone).as_py():
        return texts
    if texts.offset or texts.null_count:
        return pc.if_else(gone, pa.scalar(None, pa.string()), texts)
    # The answer is already the bitmap that an array without copies needs.
    present = pc.invert(gone)
    _, offsets, data = texts.buffers()
    return pa.StringArray.from_buffers(len(texts), offsets, data, present.buffers()[1])


def _all_match(texts: Any, pattern: str) -> bool:
    return pc.all(pc.match_substring_regex(texts, pattern)).as_py() is not False


def _spelling(field: Any) -> tuple[str | None, str]:
    """The pattern of texts that can be cast at once, and how to reorder them for it (or "")."""
    if field.type in {"integer", "number"} and not field.bare_number:
        return None, ""
    if field.type in {"date", "datetime"} and field.format != "default":
        return _from_format(field.format, field.type)
    return _PLAIN.get(field.type), ""


def _from_format(form: str, kind: str) -> tuple[str | None, str]:
    """A pattern and a replacement that turn a ``strptime`` format of plain parts into ISO 8601."""
    pattern = ""
    places: dict[str, str] = {}
    for literal, part in re.findall(r"([^%]+)|%(.)", form, re.DOTALL):
        if literal:
            pattern += re.escape(literal)
        elif part in _PARTS and part not in places:
            places[part] = f"\\{len(places) + 1}"
            pattern += f"({_PARTS[part]})"
        else:
            return None, ""
    if "Y" not in places or form.endswith("%"):
        return None, ""
    spelled = {**_ABSENT, **places}
    order = f"{spelled['Y']}-{spelled['m']}-{spelled['d']}"
    if kind == "datetime":
        order += f"T{spelled['H']}:{spelled['M']}:{spelled['S']}"
    return f"^{pattern}$", order
