"""Citizen identity numbers: whole, old, damaged by a spreadsheet, ambiguous, or already masked.

The same 18 characters can be a body's credit code: codes of organs (11), institutions (12) and
social organisations (51 to 53) begin like identity numbers of Beijing, Tianjin and the south-west.
A number is a body's only when the credit code, the organisation code inside it and the region all
hold and the identity number does not; when everything holds, a person has to look.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

import polars as pl

from datasets.identifier_columns import certain_people
from datasets.identifiers import (
    LATEST_BIRTH,
    PROVINCES,
    birth_date,
    certain_organisation,
    citizen_id_shaped,
    float_exact,
    fold,
    normalise_code,
    plausible_old_citizen_id,
    valid_citizen_id,
)
from datasets.sensitive.detector import (
    DIGIT_RUN,
    JOINT,
    ColumnFacts,
    Detector,
    Hit,
    Tally,
    always,
    bounded,
    filling,
    plain_label,
)
from schemas.records import Message
from schemas.vocabularies import Severity

_DIGIT: Final = "[0-9]"
_DAY: Final = ("[12]", "[089]", _DIGIT, _DIGIT, "[01]", _DIGIT, "[0-3]", _DIGIT)
_SCIENTIFIC_SHAPE: Final = r"[1-9]\.[0-9]{13,16}[Ee]\+?0?17"
_DESTROYED, _DESTROYED_GATE = filling(r"[1-9](?:\.[0-9]{1,12})?[Ee]\+?0?1[47]")
"""Of 18 or 15 digits so few are left that they tell no whole birth date."""
_DATED_GATE: Final = (
    JOINT.join(("[1-9]", *[_DIGIT] * 5, *_DAY, *[_DIGIT] * 3, "[0-9Xx]")) + f"|{_SCIENTIFIC_SHAPE}"
)
"""Eighteen characters with a year and a day in their place: few credit codes have them."""

MINOR_YEARS: Final = 14
"""Personal Information Protection Law, article 28: data of children under 14 are sensitive."""

ID_HEADER: Final = re.compile(r"身份证|证件号|公民身份|身份号|居民证|ID ?card", re.IGNORECASE)

# The look-ahead lets candidates overlap: "1 110105…" must not hide the number after the space.
_EIGHTEEN: Final = re.compile(
    rf"(?<!\d)(?=([1-9](?:{JOINT}\d){{16}}{JOINT}[\dXx])(?![\dXx]))", re.ASCII
)
_SCIENTIFIC: Final = re.compile(rf"(?<![\d.])({_SCIENTIFIC_SHAPE})(?!\d)", re.ASCII)
_FIFTEEN, _FIFTEEN_GATE = bounded("[1-9][0-9]{14}|[1-9][0-9]{5}[ -][0-9]{6}[ -][0-9]{3}")


@dataclass(frozen=True, slots=True)
class _Number:
    """A number about a person: its place, its 18 characters, what it is, when the person was born."""

    hit: Hit
    code: str
    kind: str
    born: date


@lru_cache(maxsize=1)
def _numbers(text: str) -> tuple[_Number, ...]:
    """Each number of 18 characters that is about a person.

    Several detectors ask for the same cell one after the other, so the last answer is kept.
    """
    plain = fold(text)
    found: list[_Number] = []
    for match in _EIGHTEEN.finditer(plain):
        code = normalise_code(match[1])
        kind = _kind(code) if citizen_id_shaped(code, LATEST_BIRTH) else ""
        born = birth_date(code, LATEST_BIRTH)
        if kind and born is not None:
            found.append(_Number(Hit(*match.span(1)), code, kind, born))
    for match in _SCIENTIFIC.finditer(plain):
        digits = digits_of(match[1])
        born = birth_date(digits, LATEST_BIRTH)
        if citizen_id_shaped(digits, LATEST_BIRTH) and born is not None:
            found.append(_Number(Hit(*match.span(1)), digits, "citizen-id-damaged", born))
    return tuple(found)


def digits_of(text: str) -> str:
    """The 18 characters that a spelling of a number stands for, the scientific one included."""
    plain = fold(text)
    if _SCIENTIFIC.fullmatch(plain):
        return re.split("[Ee]", plain)[0].replace(".", "").ljust(18, "0")
    return normalise_code(plain)


def _kind(code: str) -> str:
    organisation = certain_organisation(code)
    if valid_citizen_id(code, LATEST_BIRTH):
        return "citizen-id-or-credit-code" if organisation else "citizen-id"
    damaged = code.endswith("000") or float_exact(code)
    return "citizen-id-damaged" if damaged and not organisation else ""


def _finder(kind: str, what: str) -> Callable[[str], Iterator[Hit]]:
    def find(text: str) -> Iterator[Hit]:
        return (number.hit for number in _numbers(text) if number.kind == kind)

    find.__doc__ = what
    return find


def _judge(kind: str, years: int = 0) -> Callable[[pl.Series, date | None], pl.Series]:
    """A judge for numbers of a kind; with ``years`` only of people younger than that."""

    def judge(cells: pl.Series, on: date | None) -> pl.Series:
        latest = on or LATEST_BIRTH
        earliest = date(latest.year - years, latest.month, min(latest.day, 28)) if years else None
        if years and on is None:
            return pl.repeat(value=False, n=len(cells), eager=True)
        sure = certain_people(cells, latest) if kind == "citizen-id" and not years else None
        rest = cells.unique() if sure is None else cells.filter(~sure).unique()
        held = [
            text
            for text in rest
            if any(
                number.kind == kind
                and number.born <= latest
                and (earliest is None or age(number.born, latest) < years)
                for number in _numbers(text)
            )
        ]
        judged = cells.is_in(held)
        return judged if sure is None else judged | sure

    return judge


def find_old(text: str) -> Iterator[Hit]:
    """Numbers of 15 digits with a known province and a real date."""
    for found in _FIFTEEN.finditer(fold(text)):
        if plausible_old_citizen_id(found[0]):
            yield Hit(*found.span())


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


def count_damage(text: str) -> Iterator[str]:
    """Counts cells that end in zeros, that a float would hold exactly, and that only look damaged.

    One sound number in sixteen or more is a float by chance: only a column of them is damaged.
    """
    for match in _EIGHTEEN.finditer(fold(text)):
        code = normalise_code(match[1])
        if not citizen_id_shaped(code, LATEST_BIRTH) or valid_citizen_id(code, LATEST_BIRTH):
            continue
        yield "zeros" if code.endswith("000") else "float" if float_exact(code) else "other"
    if _SCIENTIFIC.search(fold(text)):
        yield "zeros"


def weigh_damage(tally: Tally, _column: ColumnFacts) -> Severity | None:
    """High for lost digits; where numbers are only rounded, most of those that fail must be."""
    if not tally.rows:
        return None
    rounded, other = tally.counts.get("float", 0), tally.counts.get("other", 0)
    return Severity.HIGH if tally.counts.get("zeros") or rounded > other else None


def find_destroyed(text: str) -> Iterator[Hit]:
    """Numbers of 18 or 15 digits in scientific notation, alone in their cell."""
    found = _DESTROYED.fullmatch(fold(text))
    if found:
        yield Hit(*found.span(1))


def age(born: date, now: date) -> int:
    """Full years of life."""
    return now.year - born.year - ((now.month, now.day) < (born.month, born.day))


def coarsen_id(value: str) -> str:
    """Province and year of birth, the least an identity number may say."""
    code = digits_of(value)
    born = birth_date(code, LATEST_BIRTH)
    region = PROVINCES.get(code[:2], "")
    year = f"{born.year}年" if born else ""
    return f"{region}{year}" or "*"


CITIZEN_ID: Final = Detector(
    name="citizen-id",
    gate=_DATED_GATE,
    trigger=DIGIT_RUN,
    find=_finder("citizen-id", "Numbers that pass the check of GB 11643, not certainly a body's."),
    judge=_judge("citizen-id"),
    weigh=always(Severity.HIGH),
    message=Message("Citizen identity numbers that pass their check digit."),
    coarsen=coarsen_id,
    people=True,
)
CITIZEN_ID_OR_CODE: Final = Detector(
    name="citizen-id-or-credit-code",
    gate=_DATED_GATE,
    trigger=DIGIT_RUN,
    find=_finder("citizen-id-or-credit-code", "Numbers that pass every check of person and body."),
    judge=_judge("citizen-id-or-credit-code"),
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
    find=_finder("citizen-id-damaged", "Numbers rounded by a spreadsheet that still tell a birth."),
    judge=_judge("citizen-id-damaged"),
    weigh=weigh_damage,
    count=count_damage,
    message=Message(
        "Citizen identity numbers damaged by a spreadsheet: the last digits are lost, region "
        "and birth date are still readable."
    ),
    coarsen=coarsen_id,
    people=True,
)
CITIZEN_ID_DESTROYED: Final = Detector(
    name="citizen-id-destroyed",
    gate=_DESTROYED_GATE,
    exact=True,
    find=find_destroyed,
    weigh=always(Severity.MEDIUM),
    message=Message(
        "Citizen identity numbers that a spreadsheet turned into figures such as 1.1E+17: the "
        "digits are lost. Deliver the column as text, or leave it out."
    ),
    headers=ID_HEADER,
    people=True,
)
CITIZEN_ID_OLD: Final = Detector(
    name="citizen-id-15",
    gate=_FIFTEEN_GATE,
    trigger=DIGIT_RUN,
    find=find_old,
    weigh=weigh_old,
    patterns={"fifteen": "^ *[0-9]{15} *$", "context": "身份证"},
    message=Message("Numbers of 15 digits that look like old citizen identity numbers."),
    coarsen=coarsen_id,
)
MINOR: Final = Detector(
    name="minor",
    gate=_DATED_GATE,
    trigger=DIGIT_RUN,
    find=_finder("citizen-id", "Identity numbers; only the judge knows the day ages count from."),
    judge=_judge("citizen-id", MINOR_YEARS),
    weigh=always(Severity.MEDIUM),
    message=Message("Identity numbers of children under 14, whose data are sensitive by law."),
    coarsen=coarsen_id,
)
