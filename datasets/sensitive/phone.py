"""Telephone numbers: mobiles are a person's, landlines mostly an office's."""

import re
from collections.abc import Iterator
from typing import Final

from datasets.identifiers import fold
from datasets.sensitive.detector import (
    BLANK,
    DIGIT_RUN,
    ColumnFacts,
    Detector,
    Hit,
    Tally,
    always,
    matching,
    plain_label,
)
from schemas.records import Message
from schemas.vocabularies import Severity

PHONE_HEADER: Final = re.compile(
    r"电话|手机|联系方式|联系号码|移动|热线|传真|\btel\b|phone|mobile", re.IGNORECASE
)
CODE_HEADER: Final = re.compile(
    r"标识|编号|编码|代码|序号|流水|主键|唯一|\bID\b|_id$|^id$|code", re.IGNORECASE
)

# The ways people break eleven digits: 3-4-4 by one mark, two spaces or a dot, 3-8; and 4-3-4, 4-4-3
# and every digit by itself, which also stand inside longer numbers. "18000-200000" is a range of
# wages, not a number.
_HEAD: Final = "1[3-9][0-9]"
_BROKEN: Final = "|".join(
    (
        f"{_HEAD}[0-9]{{8}}",
        *(f"{_HEAD}{mark}[0-9]{{4}}{mark}[0-9]{{4}}" for mark in (" ", "-", "  ", " - ", r"\.")),
        f"{_HEAD} [0-9]{{8}}",
    )
)
_BROKEN_LATE: Final = "|".join(
    (
        *(
            f"{_HEAD}[0-9]{mark}{rest}"
            for mark in (" ", "-")
            for rest in (f"[0-9]{{3}}{mark}[0-9]{{4}}", f"[0-9]{{4}}{mark}[0-9]{{3}}")
        ),
        "1 [3-9](?: [0-9]){9}",
    )
)
_COUNTRY: Final = r"(?:\+?(?:00)?86[ -]?|\(\+?86\) ?)?"
_CALLS: Final = ("tel", "phone", "mobile", "mob", "cell", "wx", "vx", "weixin", "wechat")
_CALL: Final = "|".join((*_CALLS, r"[a-z]\."))
_CALLED: Final = "|".join(f"(?<={word})" for word in (*_CALLS, r"[a-z]\."))
_MOBILE: Final = re.compile(
    rf"(?:(?<![0-9A-Za-z.])|{_CALLED}){_COUNTRY}(?:"
    rf"({_BROKEN})(?:\.0+)?|(?<!\d[ -])({_BROKEN_LATE})(?![ -]\d))(?![0-9A-Za-z]|\.\d)",
    re.ASCII | re.IGNORECASE,
)
_END: Final = r"(?:$|[^0-9A-Za-z.]|\.(?:$|[^0-9]))"
_END_LATE: Final = r"(?:$|[^0-9A-Za-z. -]|[ -](?:$|[^0-9])|\.(?:$|[^0-9]))"
_MOBILE_GATE: Final = (
    rf"(?:^|[^0-9A-Za-z.]|(?i:{_CALL})){_COUNTRY}(?:{_BROKEN})(?:\.0+)?{_END}"
    rf"|(?:^[ -]?|[^0-9A-Za-z. -]|[^0-9][ -]|(?i:{_CALL}))(?:{_BROKEN_LATE}){_END_LATE}"
)
_ELEVEN: Final = rf"^{BLANK}[0-9]{{11}}{BLANK}$"
_OTHER_ELEVEN: Final = rf"^{BLANK}(?:[02-9][0-9]|1[0-2])[0-9]{{9}}{BLANK}$"

_OFFICE: Final = r"0[0-9]{2,3}[ )-]{0,2}[2-8][0-9]{6,7}"
_LANDLINE: Final = re.compile(rf"(?<![0-9A-Za-z.-])(?<!\d ){_OFFICE}(?![0-9A-Za-z])", re.ASCII)
_LANDLINE_GATE: Final = rf"(?:^ ?|[^0-9A-Za-z. -]|[^0-9] ){_OFFICE}(?:$|[^0-9A-Za-z])"


def find_mobiles(text: str) -> Iterator[Hit]:
    """Mainland mobile numbers (1, then 3 to 9, eleven digits), bounded on both sides."""
    return (Hit(*found.span(found.lastindex or 0)) for found in _MOBILE.finditer(fold(text)))


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
    gate=f"{_MOBILE_GATE}|{_ELEVEN}",
    trigger=rf"{DIGIT_RUN}|{_HEAD}(?:\.| - )[0-9]{{4}}(?:\.| - )",
    find=find_mobiles,
    judge=matching(_MOBILE_GATE),
    weigh=weigh_mobiles,
    patterns={"eleven": _ELEVEN, "other-eleven": _OTHER_ELEVEN},
    message=Message("Mobile telephone numbers."),
    coarsen=coarsen_mobile,
    people=True,
)
LANDLINE: Final = Detector(
    name="landline",
    gate=_LANDLINE_GATE,
    exact=True,
    find=find_landlines,
    weigh=always(Severity.LOW),
    message=Message("Landline numbers; those of offices may be published."),
)
