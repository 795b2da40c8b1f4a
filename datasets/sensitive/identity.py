"""Citizen identity numbers: whole, old, damaged by a spreadsheet, ambiguous, or already masked.

The same 18 characters can be a body's credit code: codes of organs (11), institutions (12) and
social organisations (51 to 53) begin like identity numbers of Beijing, Tianjin and the south-west.
A number is a body's only when the credit code, the organisation code inside it and the region all
hold and the identity number does not; when everything holds, a person has to look.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Final

from datasets.identifiers import (
    PROVINCES,
    birth_date,
    certain_organisation,
    citizen_id_shaped,
    fold,
    normalise_code,
    plausible_old_citizen_id,
    today,
    valid_citizen_id,
)
from datasets.sensitive.detector import (
    DIGIT,
    DIGIT_RUN,
    JOINT,
    LEFT,
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

_REGION: Final = (f"[1-9{ODD}]", *[DIGIT] * 5)
_DAY: Final = (f"[12{ODD}]", f"[089{ODD}]", DIGIT, DIGIT, f"[01{ODD}]", DIGIT, f"[0-3{ODD}]", DIGIT)
_DATED_GATE: Final = JOINT.join((*_REGION, *_DAY, *[DIGIT] * 3, r"[\p{Nd}XxＸｘ]"))
"""Eighteen characters with a year and a day in their place: few credit codes have them."""

_FIFTEEN_GATE: Final = rf"{LEFT}\p{{Nd}}{{15}}{RIGHT}"

MINOR_YEARS: Final = 14
"""Personal Information Protection Law, article 28: data of children under 14 are sensitive."""

ID_HEADER = re.compile(r"身份证|证件号|公民身份|身份号|居民证|ID ?card", re.IGNORECASE)

# The look-ahead lets candidates overlap: "1 110105…" must not hide the number after the space.
_EIGHTEEN = re.compile(r"(?<!\d)(?=([1-9](?:[ -]?\d){16}[ -]?[\dXx])(?![\dXx]))", re.ASCII)
_FIFTEEN = re.compile(r"(?<![\dA-Za-z])(?=([1-9]\d{14})(?![\dA-Za-z]))", re.ASCII)
_ONLY_FIFTEEN = re.compile(r" *\d{15} *", re.ASCII)
_MASKED = re.compile(
    r"(?<![\dA-Za-z])\d{1,14}[ -]?[*＊×●•■xX#]{3,}+[ -]?[\dXx]{0,6}+(?![\dA-Za-z])", re.ASCII
)


@lru_cache(maxsize=1)
def _numbers(text: str) -> tuple[tuple[Hit, str, str], ...]:
    """Each number of 18 characters that is about a person: place, code, detector's name.

    Four detectors ask for the same cell one after the other, so the last answer is kept.
    """
    found: list[tuple[Hit, str, str]] = []
    for match in _EIGHTEEN.finditer(fold(text)):
        code = normalise_code(match[1])
        if not citizen_id_shaped(code):
            continue
        kind = _kind(code)
        if kind:
            found.append((Hit(*match.span(1)), code, kind))
    return tuple(found)


def _kind(code: str) -> str:
    organisation = certain_organisation(code)
    if valid_citizen_id(code):
        return "citizen-id-or-credit-code" if organisation else "citizen-id"
    return "citizen-id-damaged" if code.endswith("000") and not organisation else ""


def _hits(text: str, kind: str) -> Iterator[Hit]:
    return (hit for hit, _, found in _numbers(text) if found == kind)


def find_citizen_ids(text: str) -> Iterator[Hit]:
    """Numbers that pass the check of GB 11643 and are not certainly a body's."""
    return _hits(text, "citizen-id")


def find_ambiguous(text: str) -> Iterator[Hit]:
    """Numbers that pass every check of a person and every check of a body."""
    return _hits(text, "citizen-id-or-credit-code")


def find_damaged(text: str) -> Iterator[Hit]:
    """Numbers whose last three digits a spreadsheet turned to zero: region and birth date stay."""
    return _hits(text, "citizen-id-damaged")


def find_old(text: str) -> Iterator[Hit]:
    """Numbers of 15 digits with a known province and a real date."""
    for found in _FIFTEEN.finditer(fold(text)):
        if plausible_old_citizen_id(found[1]):
            yield Hit(*found.span(1))


def count_fifteens(text: str) -> Iterator[str]:
    """Counts cells that are nothing but 15 digits, the base of the share that ``weigh_old`` asks."""
    if _ONLY_FIFTEEN.fullmatch(fold(text)):
        yield "fifteen"
    if "身份证" in text:
        yield "context"


def weigh_old(tally: Tally, column: ColumnFacts) -> Severity | None:
    """Without a check digit one number in seventy fits by chance (business licences have 15 digits).

    High under a header of identity documents, where the cell says 身份证, or when at least nine in
    ten of three or more such numbers fit; nothing below one in five; else a warning.
    """
    if not tally.rows:
        return None
    if ID_HEADER.search(plain_label(column.label)) or tally.counts.get("context"):
        return Severity.HIGH
    fifteen = tally.counts.get("fifteen", 0)
    if fifteen >= 3 and tally.rows * 10 >= fifteen * 9:
        return Severity.HIGH
    if fifteen and tally.rows * 5 < fifteen:
        return None
    return Severity.MEDIUM


def find_masked(text: str) -> Iterator[Hit]:
    """Digits with stars in the middle: an identity, phone or card number somebody masked."""
    return (Hit(*found.span()) for found in _MASKED.finditer(fold(text)))


def find_minors(text: str) -> Iterator[Hit]:
    """Identity numbers of people under 14."""
    now = today()
    for hit, code, kind in _numbers(text):
        born = birth_date(code)
        if kind == "citizen-id" and born is not None and _age(born, now) < MINOR_YEARS:
            yield hit


def _age(born: date, now: date) -> int:
    return now.year - born.year - ((now.month, now.day) < (born.month, born.day))


def coarsen_id(value: str) -> str:
    """Province and year of birth, the least an identity number may say."""
    code = normalise_code(value)
    born = birth_date(code)
    region = PROVINCES.get(code[:2], "")
    year = f"{born.year}年" if born else ""
    return f"{region}{year}" or "*"


CITIZEN_ID: Final = Detector(
    name="citizen-id",
    gate=_DATED_GATE,
    trigger=DIGIT_RUN,
    find=find_citizen_ids,
    weigh=always(Severity.HIGH),
    message=Message("Citizen identity numbers that pass their check digit."),
    coarsen=coarsen_id,
    people=True,
)
CITIZEN_ID_OR_CODE: Final = Detector(
    name="citizen-id-or-credit-code",
    gate=_DATED_GATE,
    trigger=DIGIT_RUN,
    find=find_ambiguous,
    weigh=always(Severity.HIGH),
    message=Message(
        "Numbers that could be a citizen's identity number or a body's credit code: both checks "
        "pass, so a person has to decide."
    ),
)
CITIZEN_ID_DAMAGED: Final = Detector(
    name="citizen-id-damaged",
    gate=_DATED_GATE,
    trigger=DIGIT_RUN,
    find=find_damaged,
    weigh=always(Severity.HIGH),
    message=Message(
        "Citizen identity numbers damaged by a spreadsheet: the last digits became zero, region "
        "and birth date are still readable."
    ),
    coarsen=coarsen_id,
    people=True,
)
CITIZEN_ID_OLD: Final = Detector(
    name="citizen-id-15",
    gate=_FIFTEEN_GATE,
    trigger=DIGIT_RUN,
    find=find_old,
    weigh=weigh_old,
    count=count_fifteens,
    message=Message("Numbers of 15 digits that look like old citizen identity numbers."),
    coarsen=coarsen_id,
)
MINOR: Final = Detector(
    name="minor",
    gate=_DATED_GATE,
    trigger=DIGIT_RUN,
    find=find_minors,
    weigh=always(Severity.MEDIUM),
    message=Message("Identity numbers of children under 14, whose data are sensitive by law."),
    coarsen=coarsen_id,
)
MASKED: Final = Detector(
    name="masked",
    gate=r"\p{Nd}[ -]?[*＊×●•■xX#]{3}",
    find=find_masked,
    weigh=always(Severity.LOW),
    message=Message("Numbers that are masked already; nothing has to be done."),
)
