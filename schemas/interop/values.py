"""Single values of foreign catalogues, read leniently into clean text, dates, numbers and addresses.

Whatever arrives (numbers for text, lists printed as text, NUL, lone surrogates) leaves as plain JSON
values that a database and a UTF-8 file accept.
"""

import datetime as dt
import hashlib
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from schemas.records import Message

PLACEHOLDERS = frozenset(
    {"", "无", "暂无", "没有", "空", "未知", "不详", "-", "--", "—", "/", "null", "none", "nan", "n/a",
     "undefined"}
)  # fmt: skip
"""What people and programs write into a field that must not stay empty."""

_UNSAFE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff\ufffe\uffff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SEPARATORS = re.compile(r"[、,，;；|\s]+")
_PRINTED_LIST = re.compile(r"\s*\[.*\]\s*", re.DOTALL)
_PRINTED_ITEM = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*(?:[-/.月]\s*(?:(\d{1,2})\s*日?)?)?"
    r"(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?"
)
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_COUNT = re.compile(r"(\d+(?:\.\d+)?)(万|亿)?[条行个项]?")
_NOT_LETTERS = re.compile(r"[\W_]+")
_LONG_DIGITS = re.compile(r"\d{7,}")
_ADDRESS_ID_KEYS = frozenset(
    ("id", "resid", "resourceid", "datasetid", "dataid", "catalogid", "cataid", "guid", "uuid")
)
_ADDRESS_ID = re.compile(r"(?=.*\d)[0-9A-Za-z_-]{6,64}")
_MAX_TEXT = 100_000
_MAX_DEPTH = 8
_INT64 = 2**63
_MAX_BITS = 10_000
_MILLISECONDS = 10**11
_FACTORS = {None: 1, "万": 10_000, "亿": 100_000_000}


class NotARecordError(ValueError):
    """A foreign document lacks what makes it a dataset; ``cause`` and ``remedy`` are for people."""

    def __init__(self, code: str, cause: Message, remedy: Message, remote_id: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.cause = cause
        self.remedy = remedy
        self.remote_id = remote_id


def missing_title(remote_id: str = "") -> NotARecordError:
    """The one element without which nothing can be listed."""
    return NotARecordError(
        "no-title",
        Message("The record has no title."),
        Message("Give the entry a title at its source."),
        remote_id,
    )


def prose(value: Any) -> str:
    """Text that may have paragraphs."""
    if isinstance(value, str) and _is_clean(value):
        return value
    if value is None or isinstance(value, bool | Mapping):
        return ""
    if isinstance(value, list | tuple):
        return "、".join(part for part in map(prose, value) if part)
    if isinstance(value, float) and value.is_integer() and abs(value) < _INT64:
        value = int(value)
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        return ""
    cleaned = _SURROGATE.sub("\ufffd", str(value)[:_MAX_TEXT])
    cleaned = unicodedata.normalize("NFC", _UNSAFE.sub("", cleaned)).replace("\r\n", "\n")
    lines = (" ".join(line.split()) for line in cleaned.replace("\r", "\n").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _is_clean(text: str) -> bool:
    """Whether nothing would be mended; most values are like that, and asking is ten times cheaper.

    The only white space that counts as printable is the ordinary space.
    """
    return (
        text.isprintable()
        and "  " not in text
        and not text.startswith(" ")
        and not text.endswith(" ")
        and len(text) <= _MAX_TEXT
        and unicodedata.is_normalized("NFC", text)
    )


def line(value: Any) -> str:
    """Text on one line."""
    text = prose(value)
    return " ".join(text.split()) if "\n" in text else text


def said(value: Any) -> str:
    """Text on one line, placeholders such as 暂无 read as nothing."""
    text = line(value)
    return "" if text.lower() in PLACEHOLDERS else text


def several(value: Any) -> tuple[str, ...]:
    """A list in any spelling: a list, a list printed as text, or text with separators."""
    if isinstance(value, list | tuple):
        parts: Iterable[str] = (said(item) for item in value)
    else:
        text = prose(value)
        if _PRINTED_LIST.fullmatch(text):
            items = (first or second for first, second in _PRINTED_ITEM.findall(text))
            parts = (said(item) for item in items)
        else:
            parts = (said(item) for item in _SEPARATORS.split(text))
    return tuple(dict.fromkeys(part for part in parts if part))


def date(value: Any) -> str | None:
    """ISO 8601 date, or date and time when one was given; None when it cannot be read.

    A month or a year alone stands for its first day. Numbers are milliseconds since 1970, or a
    year. Empty stays empty.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _date_of_number(value)
    text = unicodedata.normalize("NFKC", said(value))
    if not text:
        return ""
    if text.isdigit() and len(text) in (4, 13):
        return _date_of_number(int(text))
    found = _COMPACT_DATE.fullmatch(text) or _DATE.fullmatch(text)
    return _date_of_parts(found.groups()) if found else None


def _date_of_parts(parts: tuple[str | None, ...]) -> str | None:
    """ISO text of year, month, day and perhaps hour, minute, second and zone."""
    year, month, day, *clock = parts
    try:
        moment = dt.datetime(int(year or 0), int(month or 0), int(day or 1))  # noqa: DTZ001  (the source's own clock)
        if not clock or clock[0] is None:
            return moment.date().isoformat()
        hour, minute, second, zone = clock
        moment = moment.replace(
            hour=int(hour or 0), minute=int(minute or 0), second=int(second or 0)
        )
    except ValueError:
        return None
    return moment.isoformat() + (zone or "")


def _date_of_number(value: float) -> str | None:
    try:
        if 1900 <= value <= 2100 and int(value) == value:
            return f"{int(value)}-01-01"
        if value < _MILLISECONDS:
            return None
        return dt.datetime.fromtimestamp(value / 1000, dt.UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError):
        return None


def count(value: Any) -> int | None:
    """A number of records such as 12, "1,204", "35条" or "1.2万条"; None for anything else."""
    text = unicodedata.normalize("NFKC", line(value)).replace(",", "").replace(" ", "")
    found = _COUNT.fullmatch(text)
    if not found or len(text) > 18:
        return None
    number = round(float(found[1]) * _FACTORS[found[2]])
    return number if number < _INT64 else None


def web_address(value: Any) -> str:
    """An http or https URL, or nothing: other schemes must never become a link."""
    text = line(value)
    if " " in text or len(text) > 4_000:
        return ""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return ""
    return text if usable and parts.username is None else ""


def address_id(url: str) -> str:
    """The identifier inside a detail page's address: an id parameter, else its last segment.

    Single-page portals keep both behind the ``#``.
    """
    parts = urlsplit(url)
    for query in (parts.query, parts.fragment.partition("?")[2]):
        for pair in query.split("&"):
            key, _, value = pair.partition("=")
            if key.lower() in _ADDRESS_ID_KEYS and 0 < len(value) <= 64 and value.isascii():
                return value
    for path in (parts.fragment.partition("?")[0], parts.path):
        segment = path.rstrip("/").rpartition("/")[2].removesuffix(".html").removesuffix(".jhtml")
        if _ADDRESS_ID.fullmatch(segment):
            return segment
    return ""


def made_id(*parts: str) -> str:
    """A stable identifier for a record that has none, from what names it."""
    return "made-" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def shown(value: Any) -> str:
    """A foreign value as it may stand in a message: short, without telephone or mail addresses."""
    text = _LONG_DIGITS.sub("***", line(value))
    return "***" if "@" in text else text[:40]


def plain(value: Any, depth: int = 0) -> Any:
    """Any parsed value as clean JSON that every store accepts: no NaN, NUL, big or deep things."""
    if isinstance(value, Mapping):
        if depth >= _MAX_DEPTH:
            return "…"
        return {line(str(key)): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, depth + 1) for item in value] if depth < _MAX_DEPTH else "…"
    return value if _is_plain_number(value) else prose(value)


def _is_plain_number(value: Any) -> bool:
    """None, a truth value, a finite float, or a whole number of 64 bits."""
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or (isinstance(value, int) and abs(value) < _INT64)


def same_text(one: str, other: str) -> bool:
    """Whether two texts differ in nothing but spaces and punctuation."""
    return _letters(one) == _letters(other)


def _letters(text: str) -> str:
    return _NOT_LETTERS.sub("", unicodedata.normalize("NFKC", text).lower())
