"""The kinds of value a published table has, and how one of each is read from an address."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Kind:
    """How values of a kind are read from text; ``example`` helps who got it wrong."""

    read: Callable[[str], Any]
    example: str


def read_integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,19}", text) or int(text) not in INT64:
        raise ValueError
    return int(text)


def read_number(text: str) -> Decimal:
    """A decimal as a table can hold it: up to 38 digits, no exponent, not infinite."""
    if not re.fullmatch(r"[+-]?[0-9]{1,28}(\.[0-9]{1,10})?", text):
        raise ValueError
    return Decimal(text)


def read_boolean(text: str) -> bool:
    return {"true": True, "1": True, "false": False, "0": False}[text.lower()]


DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
CLOCK = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"


def read_date(text: str) -> date:
    if not re.fullmatch(DAY, text):
        raise ValueError  # Python takes weeks and days without hyphens, too
    return date.fromisoformat(text)


def read_datetime(text: str) -> datetime:
    if not re.fullmatch(rf"{DAY}([T ]{CLOCK})?", text):
        raise ValueError
    value = datetime.fromisoformat(text)
    if value.tzinfo is not None:
        raise ValueError
    return value


KINDS: dict[str, Kind] = {
    "text": Kind(str, "北京"),
    "integer": Kind(read_integer, "42"),
    "number": Kind(read_number, "12.5"),
    "boolean": Kind(read_boolean, "true"),
    "date": Kind(read_date, "2026-01-31"),
    "datetime": Kind(read_datetime, "2026-01-31T08:30:00"),
}
