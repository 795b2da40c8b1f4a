"""Guess a Table Schema from the text of a table, erring towards text.

A wrong guess of ``string`` costs a sum; a wrong guess of ``integer`` destroys a code. So a column
is a number only if every value is, none has a leading zero or more than 15 digits, and its header
does not speak of codes.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pyarrow.compute as pc

from datasets.distinct import few_different

CODE_WORDS: Final = re.compile(
    r"代码|代號|编号|编码|号码|证号|文号|案号|批号|账号|帐号|卡号|条码|注册号|登记号|许可证|"
    r"电话|手机|传真|邮编|邮政|标识|身份证|\bID\b|\bcode\b|\bphone\b|\btel\b",
    re.IGNORECASE,
)
"""Header words of things that are written in digits and never added up."""

_INTEGER: Final = r"[+-]?(?:0|[1-9][0-9]{0,14})"
_NUMBER: Final = r"[+-]?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?"
_BOOLEAN: Final = "true|True|TRUE|false|False|FALSE"
_DAY: Final = "[1-9][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
_TIME: Final = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_ISO_DATE: Final = "[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}"
_ISO_DATETIME: Final = _ISO_DATE + r"[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A type a column may have.

    ``certain`` is an RE2 expression: a value that matches it whole fits. Any other value is asked
    of ``fits``, once for each distinct text; without it the value does not fit. ``widens`` says
    that every value of the candidate before it fits too, so that it need not be tried before that
    one has failed.
    """

    type: str
    format: str
    certain: str
    fits: Callable[[str], bool] | None = None
    code_words_forbid: bool = False
    widens: bool = False


def _parses(pattern: str, shape: str) -> Callable[[str], bool]:
    shaped = re.compile(shape, re.ASCII)

    def fits(text: str) -> bool:
        if not shaped.fullmatch(text):
            return False
        try:
            datetime.strptime(text, pattern)  # noqa: DTZ007  (only asked whether it parses)
        except ValueError:
            return False
        return True

    return fits


def _iso(shape: str) -> Callable[[str], bool]:
    shaped = re.compile(shape, re.ASCII)

    def fits(text: str) -> bool:
        if not shaped.fullmatch(text):
            return False
        try:
            datetime.fromisoformat(text)
        except ValueError:
            return False
        return True

    return fits


_CLOCK: Final = r"\d{1,2}:\d{1,2}"

CANDIDATES: Final = (
    Candidate("integer", "default", _INTEGER, code_words_forbid=True),
    Candidate("number", "default", _NUMBER, code_words_forbid=True, widens=True),
    Candidate("boolean", "default", _BOOLEAN),
    Candidate("date", "default", _DAY, _iso(_ISO_DATE)),
    Candidate(
        "date",
        "%Y-%m-%d",
        _DAY,
        _parses("%Y-%m-%d", r"[1-9]\d{3}-\d{1,2}-\d{1,2}"),
        widens=True,
    ),
    Candidate(
        "date",
        "%Y/%m/%d",
        _DAY.replace("-(", "/("),
        _parses("%Y/%m/%d", r"[1-9]\d{3}/\d{1,2}/\d{1,2}"),
    ),
    Candidate(
        "date",
        "%Y年%m月%d日",
        "[1-9][0-9]{3}年(?:0?[1-9]|1[0-2])月(?:0?[1-9]|1[0-9]|2[0-8])日",
        _parses("%Y年%m月%d日", r"[1-9]\d{3}年\d{1,2}月\d{1,2}日"),
    ),
    Candidate("datetime", "default", f"{_DAY}[T ]{_TIME}", _iso(_ISO_DATETIME)),
    Candidate(
        "datetime",
        "%Y-%m-%d %H:%M",
        f"{_DAY} {_TIME.removesuffix(':[0-5][0-9]')}",
        _parses("%Y-%m-%d %H:%M", rf"[1-9]\d{{3}}-\d{{1,2}}-\d{{1,2}} {_CLOCK}"),
    ),
    Candidate(
        "datetime",
        "%Y/%m/%d %H:%M:%S",
        f"{_DAY.replace('-(', '/(')} {_TIME}",
        _parses("%Y/%m/%d %H:%M:%S", rf"[1-9]\d{{3}}/\d{{1,2}}/\d{{1,2}} {_CLOCK}:\d{{1,2}}"),
    ),
    Candidate(
        "datetime",
        "%Y/%m/%d %H:%M",
        f"{_DAY.replace('-(', '/(')} {_TIME.removesuffix(':[0-5][0-9]')}",
        _parses("%Y/%m/%d %H:%M", rf"[1-9]\d{{3}}/\d{{1,2}}/\d{{1,2}} {_CLOCK}"),
    ),
)
"""In order of preference; the first that fits every value wins, else the column is text."""


class _Column:
    """Candidates still alive for one column."""

    def __init__(self, label: str) -> None:
        is_code = CODE_WORDS.search(label) is not None
        self.alive = [kind for kind in CANDIDATES if not (is_code and kind.code_words_forbid)]
        self.seen_value = False

    def see(self, texts: Any) -> None:
        """Strike out what a batch of texts does not fit."""
        if not self.alive:
            return
        different = few_different(texts)
        values = _filled(texts if different is None else different)
        if not len(values):
            return
        self.seen_value = True
        alive: list[Candidate] = []
        for kind in self.alive:
            covered = kind.widens and alive and alive[-1] == _before(kind)
            if covered or _all_fit(kind, values):
                alive.append(kind)
        self.alive = alive

    def verdict(self) -> tuple[str, str]:
        if self.seen_value and self.alive:
            return self.alive[0].type, self.alive[0].format
        return "string", "default"


def _filled(texts: Any) -> Any:
    lengths = pc.binary_length(texts)
    return texts if pc.min(lengths).as_py() else texts.filter(pc.greater(lengths, 0))


def _before(kind: Candidate) -> Candidate:
    return CANDIDATES[CANDIDATES.index(kind) - 1]


def _all_fit(kind: Candidate, values: Any) -> bool:
    """Whether every one of some non-empty texts fits."""
    if kind.fits is None and not _certain(kind, values.slice(0, 1))[0].as_py():
        return False
    certain = _certain(kind, values)
    if pc.all(certain).as_py():
        return True
    if kind.fits is None:
        return False
    # The first doubtful text settles most columns, without a look at all distinct ones.
    doubtful = values.filter(pc.invert(certain))
    return kind.fits(doubtful[0].as_py()) and all(map(kind.fits, doubtful.unique().to_pylist()))


def _certain(kind: Candidate, values: Any) -> Any:
    return pc.match_substring_regex(values, rf"\A(?:{kind.certain})\z")


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


class Inference:
    """A schema being guessed, for callers that walk the table anyway; see ``infer_schema``."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = labels
        self._columns = [_Column(label) for label in labels]

    def see(self, batch: Sequence[Any]) -> None:
        """Test what is left of each column's types against some more rows."""
        for column, texts in zip(self._columns, batch, strict=False):
            if column.alive:
                column.see(texts)

    def schema(self) -> dict[str, Any]:
        """The Table Schema that fits everything seen so far."""
        fields: list[dict[str, Any]] = []
        for name, column in zip(field_names(self._labels), self._columns, strict=True):
            kind, form = column.verdict()
            field: dict[str, Any] = {"name": name, "type": kind}
            if form != "default":
                field["format"] = form
            fields.append(field)
        return {"fields": fields, "missingValues": [""]}


def infer_schema(labels: Sequence[str], batches: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """A Table Schema for columns of text, tested against every value.

    ``labels`` are the header cells. Each batch holds Arrow arrays of text, one for each column in
    order; columns that a batch lacks, or has beyond the labels, do not count. Empty text is the
    only missing value. An empty column is text.
    """
    inference = Inference(labels)
    for batch in batches:
        inference.see(batch)
    return inference.schema()
