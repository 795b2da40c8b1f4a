"""E-mail addresses, accounts of messengers, vehicle plates: pointers to people that offices have as well."""

import re
from collections.abc import Iterator
from typing import Final

from datasets.identifiers import fold
from datasets.sensitive.detector import ColumnFacts, Detector, Hit, Tally, always, whole
from datasets.sensitive.person_name import NOBODY
from schemas.records import Message
from schemas.vocabularies import Severity

OFFICE_DOMAINS: Final = (".gov.cn", ".mil.cn")

MESSENGER_HEADER: Final = re.compile(
    r"^(?!.*(?:公众|小程序|视频号|服务号|订阅号|官方|客服|群|支付|金额|费|数|量|率|平台|链接|网址|二维码|是否|邮箱))"
    r".*(?:微信|(?<![A-Z])QQ(?![A-Z])|wechat|weixin)",
    re.IGNORECASE,
)
"""Headers of accounts (GB/T 35273-2020, annex A), not of a body's channels or of sums paid by them."""

_ACCOUNT: Final = "[0-9A-Za-z]"

_ADDRESS: Final = r"[A-Za-z0-9._%+-]{1,64}@((?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,10})"
_EMAIL: Final = re.compile(rf"(?<![A-Za-z0-9._%+-]){_ADDRESS}", re.ASCII)
_EMAIL_GATE: Final = rf"(?:^|[^A-Za-z0-9._%+-]){_ADDRESS}"

# GA 36-2018; new-energy vehicles have one character more.
_SIGN: Final = (
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·. -]?"
    r"(?:[DFABCEGHJK][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[DFABCEGHJK]"
    r"|[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳])"
)
_PLATE: Final = re.compile(rf"{_SIGN}(?![A-Za-z0-9])")
_PLATE_GATE: Final = rf"{_SIGN}(?:$|[^A-Za-z0-9])"


def find_emails(text: str) -> Iterator[Hit]:
    """Addresses with a domain of at least two parts."""
    return (Hit(*found.span()) for found in _EMAIL.finditer(fold(text)))


def count_offices(text: str) -> Iterator[str]:
    """Counts cells with an address outside the domains of government."""
    domains = [found[1].lower() for found in _EMAIL.finditer(fold(text))]
    if any(not f".{domain}".endswith(OFFICE_DOMAINS) for domain in domains):
        yield "private"


def weigh_emails(tally: Tally, _column: ColumnFacts) -> Severity | None:
    """A warning; lighter when every address belongs to government."""
    if not tally.rows:
        return None
    return Severity.MEDIUM if tally.counts.get("private") else Severity.LOW


def find_accounts(text: str) -> Iterator[Hit]:
    """Cells with a letter or a digit: accounts have no form of their own, their header tells them."""
    if re.search(_ACCOUNT, fold(text)):
        yield whole(text)


def find_plates(text: str) -> Iterator[Hit]:
    """Plates of GA 36-2018, the longer ones of new-energy vehicles included."""
    return (Hit(*found.span()) for found in _PLATE.finditer(fold(text)))


EMAIL: Final = Detector(
    name="email",
    gate=_EMAIL_GATE,
    trigger="@",
    exact=True,
    find=find_emails,
    weigh=weigh_emails,
    count=count_offices,
    message=Message("E-mail addresses."),
    coarsen=lambda value: "*@" + fold(value).rpartition("@")[2],
)
MESSENGER: Final = Detector(
    name="messenger",
    gate=_ACCOUNT,
    exact=True,
    find=find_accounts,
    weigh=always(Severity.MEDIUM),
    message=Message("Accounts of WeChat or QQ."),
    headers=MESSENGER_HEADER,
    sure=MESSENGER_HEADER,
    sure_gate=_ACCOUNT,
    sure_not=NOBODY,
    whole_cells=True,
    people=True,
)
PLATE: Final = Detector(
    name="plate",
    gate=_PLATE_GATE,
    exact=True,
    find=find_plates,
    weigh=always(Severity.LOW),
    message=Message("Vehicle plates; those of public vehicles may be published."),
)
