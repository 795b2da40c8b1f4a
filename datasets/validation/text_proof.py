"""What proves the text of a cell right, without reading it as Frictionless does.

Each rule here says yes to fewer texts than Frictionless' cell reader does, never to more; what it
says no to, the reader decides. So a rule need not know every spelling of a number or a date.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from re import _constants as tokens  # type: ignore[attr-defined]
from re import _parser as pattern_parser  # type: ignore[attr-defined]
from typing import Any, Final

import polars as pl

MOST_EXACT_CHARS: Final = 15
"""Decimal numbers written in so many characters are told apart by floats, too."""
MOST_REPEATS: Final = 1_000
"""More repetitions than this make an automaton too large."""

_BOUNDS: Final[dict[str, Callable[[pl.Expr, Any], pl.Expr]]] = {
    "minimum": lambda value, bound: value >= bound,
    "maximum": lambda value, bound: value <= bound,
    "exclusiveMinimum": lambda value, bound: value > bound,
    "exclusiveMaximum": lambda value, bound: value < bound,
}
_YEAR: Final = "[1-9][0-9]{3}"
_DAY: Final = (
    "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_CLOCK: Final = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
MOMENTS: Final = {
    ("date", "default"): rf"\A{_YEAR}-{_DAY}\z",
    ("date", "%Y-%m-%d"): rf"\A{_YEAR}-{_DAY}\z",
    ("datetime", "default"): rf"\A{_YEAR}-{_DAY}T{_CLOCK}\z",
    ("datetime", "%Y-%m-%dT%H:%M:%S"): rf"\A{_YEAR}-{_DAY}T{_CLOCK}\z",
    ("time", "default"): rf"\A{_CLOCK}\z",
    ("time", "%H:%M:%S"): rf"\A{_CLOCK}\z",
}
"""Spellings of fixed width, in which earlier is smaller as text; 29 February is left to the reader."""


def prove_text(field: Any, text: pl.Expr) -> pl.Expr | None:
    """What proves the texts of a column right that are no missing value; None when there is no rule."""
    constraints = {name: value for name, value in field.constraints.items() if value is not None}
    for name in ("required", "unique"):
        constraints.pop(name, None)
    rule = _RULES.get(field.type)
    return rule(field, constraints, text) if rule else None


def _string(field: Any, constraints: Mapping[str, Any], text: pl.Expr) -> pl.Expr | None:
    if field.format != "default":
        return None
    proof: pl.Expr = pl.lit(value=True)
    for name, value in constraints.items():
        if name == "minLength":
            proof &= text.str.len_chars() >= value
        elif name == "maxLength":
            # A text has at most as many characters as bytes, which are counted for nothing.
            proof &= (text.str.len_bytes() <= value) | (text.str.len_chars() <= value)
        elif name == "enum":
            proof &= text.is_in([one for one in value if isinstance(one, str)])
        elif name == "pattern":
            pattern = automaton(str(value))
            if pattern is None:
                return None
            proof &= text.str.contains(pattern)
        else:
            return None
    return proof


def _integer(field: Any, constraints: Mapping[str, Any], text: pl.Expr) -> pl.Expr | None:
    number = text.cast(pl.Int64, strict=False)
    return _bounded(number.is_not_null(), number, field, constraints)


def _number(field: Any, constraints: Mapping[str, Any], text: pl.Expr) -> pl.Expr | None:
    if any(field.has_defined(name) for name in ("group_char", "decimal_char", "bare_number")):
        return None
    number = text.cast(pl.Float64, strict=False)
    proof = number.is_finite()
    if constraints:
        proof &= text.str.len_bytes() <= MOST_EXACT_CHARS
    return _bounded(proof, number, field, constraints)


def _bounded(
    proof: pl.Expr, number: pl.Expr, field: Any, constraints: Mapping[str, Any]
) -> pl.Expr | None:
    read = field.create_value_reader()
    for name, written in constraints.items():
        bound = read(written)
        if name not in _BOUNDS or not isinstance(bound, int | float | Decimal):
            return None
        if len(str(bound)) > MOST_EXACT_CHARS or not Decimal(str(bound)).is_finite():
            return None
        exact = int(bound) if isinstance(bound, int) else float(bound)
        proof &= _BOUNDS[name](number, exact)
    return proof


def _boolean(field: Any, constraints: Mapping[str, Any], text: pl.Expr) -> pl.Expr | None:
    return None if constraints else text.is_in([*field.true_values, *field.false_values])


def _moment(field: Any, constraints: Mapping[str, Any], text: pl.Expr) -> pl.Expr | None:
    shape = MOMENTS.get((field.type, field.format))
    if shape is None:
        return None
    proof = text.str.contains(shape)
    read = field.create_value_reader()
    for name, written in constraints.items():
        bound = read(written)
        if name not in _BOUNDS or not _is_plain(bound):
            return None
        proof &= _BOUNDS[name](text, pl.lit(bound.isoformat()))
    return proof


def _is_plain(bound: Any) -> bool:
    """Whether a bound is written as the shapes are: four digits of year, no fraction, no zone."""
    if isinstance(bound, datetime | time) and (bound.microsecond or bound.tzinfo is not None):
        return False
    if isinstance(bound, date) and bound.year < 1000:
        return False
    return isinstance(bound, date | time)


def _any(_field: Any, constraints: Mapping[str, Any], _text: pl.Expr) -> pl.Expr | None:
    return None if constraints else pl.lit(value=True)


_RULES: Final[dict[str, Callable[[Any, Mapping[str, Any], pl.Expr], pl.Expr | None]]] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _moment,
    "datetime": _moment,
    "time": _moment,
    "any": _any,
}


def automaton(pattern: str) -> str | None:
    """A pattern for a linear-time engine that matches whole texts only, and no text that
    ``re.match("^pattern$")`` does not; None when it holds something that engines differ in.
    """
    return automata(pattern)[0]


def automata(pattern: str) -> tuple[str | None, str | None]:
    """The same, and a pattern that matches every text that ``re.match("^pattern$")`` does.

    Frictionless reads ``a|b`` as ``^a`` or ``b$``: of such a choice at the top the second is None.
    """
    parts, whole = _parsed(pattern), _parsed(f"^{pattern}$")
    fewer = None if parts is None else _written(parts, wide=False)
    more = None if whole is None else _written(whole, wide=True)
    return (
        None if fewer is None else rf"\A(?:{fewer})\z",
        None if more is None else rf"\A(?:{more})\n?\z",
    )


def _parsed(pattern: str) -> list[Any] | None:
    """The parts of a pattern but for the marks of its ends; None for a choice between patterns."""
    try:
        tree = pattern_parser.parse(pattern)
    except (re.error, OverflowError, RecursionError):
        return None
    parts = list(tree)
    while parts and parts[0] in _BEGINNINGS:
        parts = parts[1:]
    while parts and parts[-1] in _ENDS:
        parts = parts[:-1]
    plain = tree.state.flags == re.UNICODE
    return parts if plain and all(token is not tokens.BRANCH for token, _ in parts) else None


_BEGINNINGS: Final = ((tokens.AT, tokens.AT_BEGINNING), (tokens.AT, tokens.AT_BEGINNING_STRING))
_ENDS: Final = ((tokens.AT, tokens.AT_END), (tokens.AT, tokens.AT_END_STRING))


def _written(tree: Any, *, wide: bool) -> str | None:
    parts = [_part(token, value, wide) for token, value in tree]
    return None if None in parts else "".join(part for part in parts if part is not None)


def _part(token: Any, value: Any, wide: bool) -> str | None:
    write = _PARTS.get(token)
    return write(value, wide) if write else None


def _repeated(value: Any, wide: bool) -> str | None:
    low, high, inner = value
    written = _written(inner, wide=wide)
    most = "" if high is tokens.MAXREPEAT else str(high)
    if written is None or low > MOST_REPEATS or (most and high > MOST_REPEATS):
        return None
    return f"(?:{written}){{{low},{most}}}"


def _group(value: Any, wide: bool) -> str | None:
    _, added, removed, inner = value
    written = None if added or removed else _written(inner, wide=wide)
    return None if written is None else f"(?:{written})"


def _choice(value: Any, wide: bool) -> str | None:
    branches = [_written(branch, wide=wide) for branch in value[1]]
    return None if None in branches else f"(?:{'|'.join(one or '' for one in branches)})"


_CATEGORIES: Final = {
    tokens.CATEGORY_DIGIT: "0-9",
    tokens.CATEGORY_WORD: "0-9A-Za-z_",
    tokens.CATEGORY_SPACE: r" \t\n\r\x0b\x0c",
}
_WIDER: Final = r"\x{1C}-\x{1F}\x{80}-\x{10FFFF}"
"""What else Python counts among digits, letters and spaces is here."""


def _class(members: Any, wide: bool) -> str | None:
    written = []
    negated = bool(members) and members[0][0] is tokens.NEGATE
    for token, value in members[negated:]:
        if token is tokens.LITERAL:
            written.append(_character(value))
        elif token is tokens.RANGE:
            written.append(f"{_character(value[0])}-{_character(value[1])}")
        elif token is tokens.CATEGORY and value in _CATEGORIES and not negated:
            written.append(_CATEGORIES[value] + (_WIDER if wide else ""))
        else:
            return None
    return f"[{'^' * negated}{''.join(written)}]"


def _character(code: int, _wide: bool = False) -> str:
    return f"\\x{{{code:X}}}"


_PARTS: Final[dict[Any, Callable[[Any, bool], str | None]]] = {
    tokens.LITERAL: _character,
    tokens.NOT_LITERAL: lambda code, _wide: f"[^{_character(code)}]",
    tokens.ANY: lambda _nothing, _wide: r"[^\n]",
    tokens.IN: _class,
    tokens.MAX_REPEAT: _repeated,
    tokens.MIN_REPEAT: _repeated,
    tokens.SUBPATTERN: _group,
    tokens.BRANCH: _choice,
}
"""How each part of a pattern that all engines understand alike is written."""
