"""How a spreadsheet program is told what a column takes: number formats, dropdowns and checks.

A column of codes is text, so that no long number loses its digits; where the schema has a list, the
cell offers it; numbers, dates and lengths are checked as they are typed. What a spreadsheet cannot
check (patterns in general, uniqueness) is checked when the workbook is delivered.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from datasets.identifiers import CREDIT_CODE_ALPHABET
from schemas.field_rules import described, kind, rules, titled
from schemas.records import Message

Say = Callable[[Message], str]
TEXT: Final = "@"
FORMATS: Final[dict[str, str]] = {
    "integer": "0",
    "number": "General",
    "year": "0",
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm:ss",
}
"""Number format by type; every other type is text."""
WHERE_PLAIN: Final = frozenset({"default", "any"})
FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2999, 12, 31)
MOST: Final = 10**15
SHORT_LIST: Final = 255
"""Characters of a list that a cell can carry itself; longer ones stand on the hidden sheet."""
TITLE_CHARS, MESSAGE_CHARS = 32, 255
OF_LENGTH: Final = re.compile(r"\^?(?:\\d|\[[^\]\\]+\])\{(\d{1,3})(?:,(\d{1,3}))?\}\$?")
"""A pattern that is one class of characters repeated: its length can be checked."""
CREDIT_CODE: Final = (
    '=AND(LEN({cell})=18,MOD(SUMPRODUCT((FIND(MID({cell},ROW(INDIRECT("1:17")),1),"{alphabet}")-1)'
    '*MOD(3^(ROW(INDIRECT("1:17"))-1),31))+FIND(RIGHT({cell}),"{alphabet}")-1,31)=0)'
)
"""GB 32100-2015 in a formula; INDIRECT keeps its 1:17 when rows are inserted."""
REGION_CODE: Final = "=AND(LEN({cell})=6,ISNUMBER(--{cell}))"


def number_format(field: Mapping[str, Any]) -> str:
    """The format of a column, so that what is typed stays what was meant."""
    plain = str(field.get("format", "default")) in WHERE_PLAIN
    special = field.get("decimalChar", ".") != "." or field.get("bareNumber", True) is False
    listed = bool((field.get("constraints") or {}).get("enum"))
    if special or listed or not plain:
        return TEXT
    return FORMATS.get(str(field.get("type", "string")), TEXT)


def choices(field: Mapping[str, Any]) -> list[str]:
    """The values that a cell offers, if the schema lists them."""
    enum = (field.get("constraints") or {}).get("enum")
    if isinstance(enum, Sequence) and not isinstance(enum, str):
        return [str(value) for value in enum]
    if field.get("type") == "boolean":
        words = field.get("trueValues") or ["true"], field.get("falseValues") or ["false"]
        return [str(given[0]) for given in words]
    return []


def fits_a_cell(values: Sequence[str]) -> bool:
    """Whether a list can stand in the rule itself: short, and without commas and quotes."""
    joined = ",".join(values)
    plain = not any(char in value for value in values for char in ',"') and joined == joined.strip()
    return plain and units(joined) <= SHORT_LIST and not joined.startswith("=")


def condition(field: Mapping[str, Any], cell: str) -> dict[str, Any]:
    """What may be typed, as xlsxwriter's data validation wants it; ``cell`` is the first one."""
    check = field.get("gongkai:check")
    if check == "credit-code":
        formula = CREDIT_CODE.format(cell=cell, alphabet=CREDIT_CODE_ALPHABET)
        return {"validate": "custom", "value": formula}
    if check == "region-code":
        return {"validate": "custom", "value": REGION_CODE.format(cell=cell)}
    if number_format(field) == TEXT:
        return _length(field)
    reader = READERS.get(str(field.get("type")))
    return _between(field.get("constraints") or {}, *reader) if reader else {"validate": "any"}


def _between(
    constraints: Mapping[str, Any], what: str, low: Any, high: Any, read: Callable[[Any], Any]
) -> dict[str, Any]:
    """From the inclusive bounds; the exclusive ones are checked on delivery."""
    least, most = read(constraints.get("minimum")), read(constraints.get("maximum"))
    return {
        "validate": what,
        "criteria": "between",
        "minimum": low if least is None else max(least, low),
        "maximum": high if most is None else min(most, high),
    }


def _length(field: Mapping[str, Any]) -> dict[str, Any]:
    constraints = field.get("constraints") or {}
    low, high = constraints.get("minLength"), constraints.get("maxLength")
    found = OF_LENGTH.fullmatch(str(constraints.get("pattern", "")))
    if found:
        low = int(found[1])
        high = int(found[2] or found[1])
    if low is None and high is None:
        return {"validate": "any"}
    return {
        "validate": "length",
        "criteria": "between",
        "minimum": int(low or 0),
        "maximum": min(int(high or 32_767), 32_767),
    }


def _whole(bound: Any) -> int | None:
    number = _decimal(bound)
    return None if number is None else int(number)


def _decimal(bound: Any) -> float | None:
    try:
        return float(bound)
    except (TypeError, ValueError):
        return None


def _day(bound: Any) -> date | None:
    try:
        return date.fromisoformat(str(bound)[:10])
    except ValueError:
        return None


READERS: Final[dict[str, tuple[str, Any, Any, Callable[[Any], Any]]]] = {
    "integer": ("integer", -MOST, MOST, _whole),
    "year": ("integer", 0, 9999, _whole),
    "number": ("decimal", -MOST, MOST, _decimal),
    "date": ("date", FIRST_DAY, LAST_DAY, _day),
    "datetime": ("date", FIRST_DAY, LAST_DAY, _day),
}
"""By type: the condition a spreadsheet knows, its widest bounds, and how a bound is read."""


def prompts(field: Mapping[str, Any], say: Say, language: str) -> dict[str, str]:
    """The words a cell shows when it is chosen, and when it refuses what was typed."""
    required = bool((field.get("constraints") or {}).get("required"))
    need = Message("must be filled in") if required else Message("may stay empty")
    head = f"{say(kind(field))}, {say(need)}"
    said = "\n".join([head, described(field, language), *map(say, rules(field))])
    return {
        "input_title": cut(titled(field, language), TITLE_CHARS),
        "input_message": _short(said),
        "error_title": cut(titled(field, language), TITLE_CHARS),
        "error_message": _short(said),
    }


def _short(text: str) -> str:
    plain = "\n".join(line for line in text.split("\n") if line)
    kept = cut(plain, MESSAGE_CHARS)
    return kept if kept == plain else cut(plain, MESSAGE_CHARS - 1) + "…"


def units(text: str) -> int:
    """The length of a text as spreadsheet programs count it: in units of UTF-16."""
    return len(text.encode("utf-16-le")) // 2


def cut(text: str, most: int) -> str:
    """As much of the text as has at most this many units of UTF-16."""
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")
