"""Bank card numbers. Luhn alone accepts one number in ten, so an issuer's prefix is required."""

import re
from collections.abc import Iterator
from typing import Final

from datasets.identifiers import (
    LATEST_BIRTH,
    citizen_id_shaped,
    fold,
    normalise_code,
    valid_bank_card,
    valid_uscc,
)
from datasets.sensitive.detector import (
    DIGIT_RUN,
    JOINT,
    ColumnFacts,
    Detector,
    Hit,
    Tally,
    plain_label,
)
from schemas.records import Message
from schemas.vocabularies import Severity

CARD_HEADER: Final = re.compile(r"卡号|账号|帐号|账户|帐户|银行卡|\bcard\b|account", re.IGNORECASE)

_BEGIN: Final = r"(?<![0-9A-Za-z])(?<![0-9]\.)"
_CARDS: Final = tuple(
    re.compile(rf"{_BEGIN}[456](?:{JOINT}\d){{{more}}}(?![0-9A-Za-z])", re.ASCII)
    for more in (18, 17, 16, 15)
)
"""By length: a number may stand behind a card's, with a space between."""
_START: Final = re.compile(rf"{_BEGIN}(?=[456])", re.ASCII)


def find_cards(text: str) -> Iterator[Hit]:
    """Numbers of 16 to 19 digits that pass Luhn, begin with 62, 4 or 5, and are no other code."""
    plain = fold(text)
    for start in _START.finditer(plain):
        for card in _CARDS:
            found = card.match(plain, start.start())
            if found and _is_card(normalise_code(found[0])):
                yield Hit(*found.span())
                break


def _is_card(code: str) -> bool:
    return valid_bank_card(code, any_issuer=True) and not (
        valid_uscc(code) or citizen_id_shaped(code, LATEST_BIRTH)
    )


def count_cards(text: str) -> Iterator[str]:
    """Counts cells with a UnionPay number, and cells that say they hold a card."""
    if CARD_HEADER.search(fold(text)):
        yield "context"
    if any(normalise_code(text[hit.start : hit.end]).startswith("62") for hit in find_cards(text)):
        yield "unionpay"


def weigh_cards(tally: Tally, column: ColumnFacts) -> Severity | None:
    """High for UnionPay's 62; prefixes 4 and 5 count only under a header or words of accounts."""
    if not tally.rows:
        return None
    if tally.counts.get("unionpay") or tally.counts.get("context"):
        return Severity.HIGH
    return Severity.HIGH if CARD_HEADER.search(plain_label(column.label)) else None


BANK_CARD: Final = Detector(
    name="bank-card",
    gate=rf"(?:^\.?|[^0-9A-Za-z.]|[^0-9]\.)[456](?:{JOINT}[0-9]){{15,18}}(?:$|[^0-9A-Za-z])",
    trigger=DIGIT_RUN,
    find=find_cards,
    weigh=weigh_cards,
    count=count_cards,
    message=Message("Bank card numbers."),
    people=True,
)
