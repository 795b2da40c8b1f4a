"""Guess a Table Schema from the text of a table, erring towards text.

A wrong guess of ``string`` costs a sum; a wrong guess of ``integer`` destroys a code. So a column
is a number only if every value is, none has a leading zero or more than 15 digits, and its header
does not speak of codes.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

BATCH_ROWS: Final = 4_096
BATCH_CHARS: Final = 8 * 2**20

CODE_WORDS: Final = re.compile(
    r"代码|代號|编号|编码|号码|证号|文号|案号|批号|账号|帐号|卡号|条码|注册号|登记号|许可证|"
    r"电话|手机|传真|邮编|邮政|标识|身份证|\bID\b|\bcode\b|\bphone\b|\btel\b",
    re.IGNORECASE,
)
"""Header words of things that are written in digits and never added up."""

_INTEGER = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,14})", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?", re.ASCII)
_BOOLEAN: Final = frozenset({"true", "True", "TRUE", "false", "False", "FALSE"})
_ISO_DATE = re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}", re.ASCII)
_ISO_DATETIME = re.compile(
    r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A type a column may have: its descriptor, and whether a non-empty value fits it."""

    type: str
    format: str
    fits: Callable[[str], bool]
    code_words_forbid: bool = False


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


def _parses(pattern: str, shape: str = "") -> Callable[[str], bool]:
    shaped = re.compile(shape, re.ASCII) if shape else None

    def fits(text: str) -> bool:
        if shaped and not shaped.fullmatch(text):
            return False
        try:
            datetime.strptime(text, pattern)  # noqa: DTZ007  (only asked whether it parses)
        except ValueError:
            return False
        return True

    return fits


def _iso(shape: re.Pattern[str]) -> Callable[[str], bool]:
    def fits(text: str) -> bool:
        if not shape.fullmatch(text):
            return False
        try:
            datetime.fromisoformat(text)
        except ValueError:
            return False
        return True

    return fits


CANDIDATES: Final = (
    Candidate("integer", "default", _matches(_INTEGER), code_words_forbid=True),
    Candidate("number", "default", _matches(_NUMBER), code_words_forbid=True),
    Candidate("boolean", "default", _BOOLEAN.__contains__),
    Candidate("date", "default", _iso(_ISO_DATE)),
    Candidate("date", "%Y-%m-%d", _parses("%Y-%m-%d", r"[12]\d{3}-\d{1,2}-\d{1,2}")),
    Candidate("date", "%Y/%m/%d", _parses("%Y/%m/%d", r"[12]\d{3}/\d{1,2}/\d{1,2}")),
    Candidate("date", "%Y年%m月%d日", _parses("%Y年%m月%d日", r"[12]\d{3}年\d{1,2}月\d{1,2}日")),
    Candidate("datetime", "default", _iso(_ISO_DATETIME)),
    Candidate("datetime", "%Y-%m-%d %H:%M", _parses("%Y-%m-%d %H:%M")),
    Candidate("datetime", "%Y/%m/%d %H:%M:%S", _parses("%Y/%m/%d %H:%M:%S")),
    Candidate("datetime", "%Y/%m/%d %H:%M", _parses("%Y/%m/%d %H:%M")),
)
"""In order of preference; the first that fits every value wins, else the column is text."""


class _Column:
    """Candidates still alive for one column."""

    def __init__(self, label: str) -> None:
        is_code = CODE_WORDS.search(label) is not None
        self.alive = [kind for kind in CANDIDATES if not (is_code and kind.code_words_forbid)]
        self.seen_value = False

    def see(self, values: set[str]) -> None:
        values.discard("")
        if values and self.alive:
            self.seen_value = True
            self.alive = [kind for kind in self.alive if all(map(kind.fits, values))]

    def verdict(self) -> tuple[str, str]:
        if self.seen_value and self.alive:
            return self.alive[0].type, self.alive[0].format
        return "string", "default"


def field_names(labels: Sequence[str]) -> list[str]:
    """Names for columns: the labels, with blank ones numbered and repeated ones told apart.

    The same rule as Frictionless' own (``field3``, ``name2``), so that the header errors of a
    report speak of the labels and of nothing that inference made up.
    """
    names: list[str] = []
    taken: set[str] = set()
    for place, label in enumerate(labels, start=1):
        stem = label.strip() or f"field{place}"
        name, count = stem, 1
        while name in taken:
            count += 1
            name = f"{stem}{count}"
        taken.add(name)
        names.append(name)
    return names


def _batches(rows: Iterable[Sequence[str]]) -> Iterator[list[Sequence[str]]]:
    """Some rows at a time, fewer when cells are long."""
    batch: list[Sequence[str]] = []
    chars = 0
    for row in rows:
        batch.append(row)
        chars += sum(map(len, row))
        if len(batch) >= BATCH_ROWS or chars >= BATCH_CHARS:
            yield batch
            batch, chars = [], 0
    if batch:
        yield batch


def infer_schema(labels: Sequence[str], rows: Iterable[Sequence[str]]) -> dict[str, Any]:
    """A Table Schema for rows of text, tested against every value.

    ``labels`` are the header cells; a row may be shorter or longer than the header. Empty text is
    the only missing value. An empty column is text.
    """
    columns = [_Column(label) for label in labels]
    for batch in _batches(rows):
        for place, column in enumerate(columns):
            if column.alive:
                column.see({row[place] for row in batch if place < len(row)})
    fields: list[dict[str, Any]] = []
    for name, column in zip(field_names(labels), columns, strict=True):
        kind, form = column.verdict()
        field: dict[str, Any] = {"name": name, "type": kind}
        if form != "default":
            field["format"] = form
        fields.append(field)
    return {"fields": fields, "missingValues": [""]}
