"""Telephone numbers: mobiles are a person's, landlines mostly an office's."""

import re
from collections.abc import Iterator
from typing import Final

from datasets.identifiers import fold
from datasets.sensitive.detector import (
    DIGIT,
    DIGIT_RUN,
    JOINT,
    ODD,
    RIGHT,
    ColumnFacts,
    Detector,
    Hit,
    Tally,
    always,
    plain_label,
)
from schemas.records import Message
from schemas.vocabularies import Severity

PHONE_HEADER = re.compile(
    r"电话|手机|联系方式|联系号码|移动|热线|传真|\btel\b|phone|mobile", re.IGNORECASE
)
CODE_HEADER = re.compile(
    r"标识|编号|编码|代码|序号|流水|主键|唯一|\bID\b|_id$|^id$|code", re.IGNORECASE
)

_MOBILE_GATE: Final = (
    rf"(?:^|[^0-9A-Za-z.]|[LlEe]|[6６]{JOINT})[1{ODD}][3-9{ODD}]{DIGIT}{JOINT}"
    rf"{DIGIT}{{4}}{JOINT}{DIGIT}{{4}}{RIGHT}|^\s*{DIGIT}{{11}}\s*$"
)

# 3-4-4 with one separator throughout; "18000-200000" is a range of wages, not a number.
_MOBILE = re.compile(
    r"(?:(?<![0-9A-Za-z.])|(?<=tel)|(?<=phone)|(?<=mobile))"
    r"(?:\+?(?:00)?86[ -]?)?(1[3-9]\d([ -]?)\d{4}\2\d{4})(?:\.0+)?(?![0-9A-Za-z]|\.\d)",
    re.ASCII | re.IGNORECASE,
)
_LANDLINE = re.compile(r"(?<![\dA-Za-z.-])0\d{2,3}[ )-]{0,2}[2-8]\d{6,7}(?![\dA-Za-z])", re.ASCII)
_ELEVEN = re.compile(r"\d{11}", re.ASCII)


def find_mobiles(text: str) -> Iterator[Hit]:
    """Mainland mobile numbers (1, then 3 to 9, eleven digits), bounded on both sides."""
    return (Hit(*found.span(1)) for found in _MOBILE.finditer(fold(text)))


def count_elevens(text: str) -> Iterator[str]:
    """Counts cells that are nothing but eleven digits, and those that cannot be a mobile."""
    plain = fold(text).strip()
    if _ELEVEN.fullmatch(plain):
        yield "eleven"
        if plain[0] != "1" or plain[1] in "012":
            yield "other-eleven"


def weigh_mobiles(tally: Tally, column: ColumnFacts) -> Severity | None:
    """High, but for eleven-digit codes.

    A header never clears a value by itself: a column counts as codes only if its header speaks of
    codes and not of telephones, and it also holds eleven-digit numbers that no mobile can have.
    """
    if not tally.rows:
        return None
    label = plain_label(column.label)
    if CODE_HEADER.search(label) and not PHONE_HEADER.search(label):
        eleven = tally.counts.get("eleven", 0)
        other = tally.counts.get("other-eleven", 0)
        if eleven and other * 10 >= eleven:
            return Severity.MEDIUM
    return Severity.HIGH


def find_landlines(text: str) -> Iterator[Hit]:
    """Numbers with an area code."""
    return (Hit(*found.span()) for found in _LANDLINE.finditer(fold(text)))


def coarsen_mobile(value: str) -> str:
    """The three digits of the network, which say nothing of a person."""
    digits = re.sub(r"\D", "", fold(value))
    return f"{digits[:3]}********"


MOBILE: Final = Detector(
    name="mobile",
    gate=_MOBILE_GATE,
    trigger=DIGIT_RUN,
    find=find_mobiles,
    weigh=weigh_mobiles,
    count=count_elevens,
    message=Message("Mobile telephone numbers."),
    coarsen=coarsen_mobile,
    people=True,
)
LANDLINE: Final = Detector(
    name="landline",
    gate=r"0\p{Nd}{2,3}[ )-]{0,2}\p{Nd}{7}",
    find=find_landlines,
    weigh=always(Severity.LOW),
    message=Message("Landline numbers; those of offices may be published."),
)
