"""Proof that a whole column of text is right, by PyArrow, at a few nanoseconds for each cell.

A proof may fail on cells that Frictionless accepts, and never passes one that it refuses. Of few
different texts that are not proven each is decided; a column of many is looked at cell by cell.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from datasets.distinct import few_different
from datasets.validation.text_proof import automaton

MOST_EXACT_TEXT: Final = 16
MOST_EXACT_BOUND: Final = 10**15
"""Floats tell numbers of so many characters apart from bounds below this."""
DATETIME_CHARS: Final = 19
_EPOCH: Final = date(1970, 1, 1).toordinal()
_DAY_ONE: Final = 1 - _EPOCH
"""0001-01-01, the first day that Python knows, in days from 1970."""

Whole = Callable[[pa.Array], pa.Array | bool]
"""Whether all texts of a column are right, or which of them are."""
BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


@dataclass(frozen=True)
class Span:
    """The bounds of a field, each with whether it may be reached."""

    lows: tuple[tuple[Any, bool], ...] = ()
    highs: tuple[tuple[Any, bool], ...] = ()

    def holds(self, least: Any, most: Any) -> bool:
        """Whether everything from ``least`` to ``most`` is within."""
        return all(least > low or (least == low and reach) for low, reach in self.lows) and all(
            most < high or (most == high and reach) for high, reach in self.highs
        )

    def turned(self, turn: Callable[[Any], Any]) -> "Span":
        """The same span of other values in the same order."""
        return Span(
            tuple((turn(low), reach) for low, reach in self.lows),
            tuple((turn(high), reach) for high, reach in self.highs),
        )

    def __bool__(self) -> bool:
        return bool(self.lows or self.highs)


class Judged(Protocol):
    """What a field makes of a text."""

    @property
    def right(self) -> bool:
        """Whether nothing is wrong with it."""

    @property
    def blank(self) -> bool:
        """Whether it means that there is no value."""


class Proof(NamedTuple):
    """What is known of all cells of a column: the places of the wrong ones, and whether any is blank."""

    wrong: tuple[int, ...] = ()
    blank: bool = False


Prove = Callable[[pa.Array], Proof | None]


def whole_proof(field: Any, missing: Sequence[str], decide: Callable[[str], Judged]) -> Prove:
    """What proves a column of texts, none of them null; it gives None where it proves nothing.

    ``missing`` are the texts that mean no value, ``decide`` is the field's own judgement of a text.
    """
    constraints = {key: value for key, value in field.constraints.items() if value is not None}
    for other in ("required", "unique"):
        constraints.pop(other, None)
    prove = _PROOFS.get(field.type)
    try:
        proof = prove(field, constraints) if prove else None
    except (TypeError, ValueError, ArithmeticError):
        proof = None  # a bound that is none: Frictionless has its say about it
    nothing = pa.array(list(missing), pa.string())

    def blanks(array: pa.Array) -> list[str]:
        return _present(array, missing, nothing) if missing else []

    def prove_whole(array: pa.Array) -> Proof | None:
        if not len(array):
            return Proof()
        proven = proof is not None and proof(array)
        if isinstance(proven, pa.Array):
            return _decided_but(proven, array, blanks(array), decide)
        if proven:
            return _decided(array, blanks(array), decide)
        if (different := few_different(array)) is not None:
            return _decided(array, different.to_pylist(), decide)
        if proof is None or not (blank := blanks(array)):
            return None
        filled = array.filter(pc.invert(pc.is_in(array, nothing)))
        return _decided(array, blank, decide) if not len(filled) or proof(filled) is True else None

    return prove_whole


def _present(array: pa.Array, missing: Sequence[str], nothing: pa.Array) -> list[str]:
    """Which missing values there are in a column."""
    lengths = {len(text.encode()) for text in missing}
    shortest, longest = _edges(pc.binary_length(array))
    if all(length < shortest or length > longest for length in lengths):
        return []
    found = pc.is_in(array, nothing)
    return pc.unique(array.filter(found)).to_pylist() if pc.any(found).as_py() else []


def _decided(array: pa.Array, texts: Sequence[str], decide: Callable[[str], Judged]) -> Proof:
    """The proof of a column in which only some texts may be wrong or blank."""
    decisions = [decide(text) for text in texts]
    wrong = [text for text, one in zip(texts, decisions, strict=True) if not one.right]
    found = pc.is_in(array, pa.array(wrong, pa.string())) if wrong else None
    places = () if found is None else tuple(pc.indices_nonzero(found).to_pylist())
    return Proof(places, any(one.blank for one in decisions))


def _decided_but(
    proven: pa.Array, array: pa.Array, blank: Sequence[str], decide: Callable[[str], Judged]
) -> Proof | None:
    """The same where some cells are ``proven`` unless they are ``blank``; None if too many are not."""
    places = pc.indices_nonzero(pc.invert(proven))
    others = array.take(places)
    different = few_different(others)
    if different is None:
        return None
    texts = different.to_pylist()
    of_others = _decided(others, texts, decide)
    passed = _decided(array, [text for text in blank if text not in texts], decide)
    wrong = places.take(pa.array(of_others.wrong, pa.int64())).to_pylist()
    return Proof(tuple(sorted({*wrong, *passed.wrong})), of_others.blank or passed.blank)


def _span(field: Any, constraints: Mapping[str, Any], kinds: tuple[type, ...]) -> Span | None:
    if set(constraints) - set(BOUNDS):
        return None
    read = field.create_value_reader()
    lows: list[tuple[Any, bool]] = []
    highs: list[tuple[Any, bool]] = []
    for name, written in constraints.items():
        bound = read(written)
        if type(bound) not in kinds or bound != bound:  # noqa: PLR0124  (no number equals itself not)
            return None
        side = lows if name in ("minimum", "exclusiveMinimum") else highs
        side.append((bound, not name.startswith("exclusive")))
    return Span(tuple(lows), tuple(highs))


def _cast(array: pa.Array, kind: pa.DataType) -> pa.Array | None:
    try:
        return pc.cast(array, kind)
    except pa.ArrowInvalid:
        return None


def _edges(values: pa.Array) -> tuple[Any, Any]:
    edges = pc.min_max(values)
    return edges["min"].as_py(), edges["max"].as_py()


def _bytes(array: pa.Array) -> bytes:
    """The characters of all cells, one cell after another."""
    _, ends, data = array.buffers()
    if data is None or not len(array):
        return b""
    places = memoryview(ends).cast("i")
    return memoryview(data)[places[array.offset] : places[array.offset + len(array)]].tobytes()


def _prove_integer(field: Any, constraints: Mapping[str, Any]) -> Whole | None:
    span = _span(field, constraints, (int,))
    if span is None or not field.bare_number:
        return None

    def whole(array: pa.Array) -> bool:
        values = _cast(array, pa.int64())
        if values is None or not span.holds(*_edges(values)):
            return False
        data = _bytes(array)  # PyArrow reads 0x1F as well
        return b"x" not in data and b"X" not in data

    return whole


def _prove_number(field: Any, constraints: Mapping[str, Any]) -> Whole | None:
    span = _span(field, constraints, (int, float, Decimal))
    if span is None or {"group_char", "decimal_char", "bare_number"} & set(field.list_defined()):
        return None
    for bound, _ in (*span.lows, *span.highs):
        if not abs(bound) < MOST_EXACT_BOUND or len(str(bound)) > MOST_EXACT_TEXT:
            return None
    limits = span.turned(float)

    def whole(array: pa.Array) -> bool:
        values = _cast(array, pa.float64())
        if values is None or not pc.all(pc.is_finite(values)).as_py():
            return False
        if not limits:
            return True
        longest = pc.max(pc.binary_length(array)).as_py()
        return longest <= MOST_EXACT_TEXT and limits.holds(*_edges(values))

    return whole


def _prove_date(field: Any, constraints: Mapping[str, Any]) -> Whole | None:
    span = _span(field, constraints, (date,))
    if span is None or field.format != "default":
        return None
    days = span.turned(lambda day: day.toordinal() - _EPOCH)

    def whole(array: pa.Array) -> bool:
        values = _cast(array, pa.date32())
        if values is None:
            return False
        least, most = _edges(values.cast(pa.int32()))
        return bool(least >= _DAY_ONE and days.holds(least, most))

    return whole


def _prove_datetime(field: Any, constraints: Mapping[str, Any]) -> Whole | None:
    span = _span(field, constraints, (datetime,))
    if span is None or field.format != "default":
        return None
    if any(bound.tzinfo or bound.microsecond for bound, _ in (*span.lows, *span.highs)):
        return None
    epoch = datetime(1970, 1, 1)  # noqa: DTZ001  (of times without a zone)
    seconds = span.turned(lambda moment: int((moment - epoch).total_seconds()))

    def whole(array: pa.Array) -> bool:
        if _edges(pc.binary_length(array)) != (DATETIME_CHARS, DATETIME_CHARS):
            return False
        values = _cast(array, pa.timestamp("s"))
        if values is None:
            return False
        least, most = _edges(values.cast(pa.int64()))
        return bool(least >= _DAY_ONE * 86_400 and seconds.holds(least, most))

    return whole


def _prove_string(field: Any, constraints: Mapping[str, Any]) -> Whole | None:
    if field.format != "default" or set(constraints) - {"minLength", "maxLength", "pattern"}:
        return None
    least, most = constraints.get("minLength", 0), constraints.get("maxLength")
    pattern = automaton(str(constraints["pattern"])) if "pattern" in constraints else ""
    if pattern is None:
        return None

    def has_lengths(array: pa.Array) -> pa.Array | bool:
        """A character has one to four bytes, so that bytes often tell enough."""
        shortest, longest = _edges(pc.binary_length(array))
        if shortest >= 4 * least and (most is None or longest <= most):
            return True
        lengths = pc.utf8_length(array)
        enough = pc.greater_equal(lengths, least)
        return enough if most is None else pc.and_(enough, pc.less_equal(lengths, most))

    def whole(array: pa.Array) -> pa.Array | bool:
        found = has_lengths(array) if least or most is not None else True
        if not pattern:
            return _all_or_each(found)
        try:
            matches = pc.match_substring_regex(array, pattern)
        except pa.ArrowInvalid:  # an automaton of this size is not made
            return False
        return _all_or_each(matches if found is True else pc.and_(found, matches))

    return whole


def _all_or_each(found: pa.Array | bool) -> pa.Array | bool:
    return found if isinstance(found, bool) else bool(pc.all(found).as_py()) or found


def _prove_any(_field: Any, constraints: Mapping[str, Any]) -> Whole | None:
    return None if constraints else lambda _: True


_PROOFS: Final[dict[str, Callable[[Any, Mapping[str, Any]], Whole | None]]] = {
    "string": _prove_string,
    "integer": _prove_integer,
    "number": _prove_number,
    "date": _prove_date,
    "datetime": _prove_datetime,
    "any": _prove_any,
}
"""How columns are proven; of the other types, few different texts are decided one by one."""
