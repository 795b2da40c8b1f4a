"""Travel and service documents. None has a check digit, so header or context must speak for them."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

import polars as pl

from datasets.identifiers import fold
from datasets.sensitive.detector import (
    ColumnFacts,
    Detector,
    Hit,
    Tally,
    always,
    announced,
    bounded,
    plain_label,
)
from schemas.records import Message
from schemas.vocabularies import Severity

DOCUMENT_WORDS: Final = re.compile(r"护照|证件|身份|通行证|旅行证|回乡证|passport", re.IGNORECASE)
PASSPORT_WORDS: Final = re.compile(r"护照|passport(?: ?(?:no|number))?", re.IGNORECASE)
BESIDE_PASSPORTS: Final = re.compile(
    "日期|时间|有效|机关|机构|地点|签发地|国|类|种|状态|数量|次数|人数|件数|本数|办理量|率"
)
"""In headers of what is told about passports, which is no number of one."""
TAIWAN_WORDS: Final = re.compile(r"台胞证?|台湾居民(?:来往大陆)?(?:通行|居住)?证?")

_GAP: Final = "[ -]?"
"""People write a space behind the letters."""
_PASSPORT_SHAPE: Final = (
    f"[EeGg]{_GAP}[0-9]{{8}}|[Ee][A-HJ-NP-Za-hj-np-z]{_GAP}[0-9]{{7}}"
    f"|[DSPdsp][Ee]?{_GAP}[0-9]{{7,8}}"
)
_PASSPORT, _PASSPORT_GATE = bounded(_PASSPORT_SHAPE)
_PERMIT_SHAPE: Final = (
    f"[Cc]{_GAP}[0-9]{{8}}|[Cc][A-Za-z]{_GAP}[0-9]{{7}}|[Ww]{_GAP}[0-9]{{8}}"
    f"|[HMhm]{_GAP}[0-9]{{8}}(?:[0-9]{{2}})?"
)
_PERMIT, _PERMIT_GATE = bounded(_PERMIT_SHAPE)
_CHINESE: Final = rf"(?-u:\b)(?:{_PASSPORT_SHAPE}|{_PERMIT_SHAPE})(?-u:\b)"
"""For the engine of columns: what the two detectors above tell."""

_FOREIGN_SHAPE: Final = "|".join(
    f"[A-Za-z]{{{letters}}}[0-9][0-9A-Za-z]{{{5 - letters},{8 - letters}}}" for letters in range(6)
)
"""Six to nine letters and digits, a digit among the first six (ICAO 9303 allows any nine)."""
_FOREIGN, _FOREIGN_GATE = bounded(_FOREIGN_SHAPE)
_TAIWAN_SHAPE: Final = "[0-9]{8}"
_TAIWAN, _TAIWAN_GATE = bounded(_TAIWAN_SHAPE)
_MILITARY_SHAPE: Final = "[军兵士文职]字第 ?[0-9]{4,8} ?号"
_MILITARY: Final = re.compile(_MILITARY_SHAPE)


def find_passports(text: str) -> Iterator[Hit]:
    """Ordinary (E, G) and official (D, S, P) passports."""
    return (Hit(*found.span()) for found in _PASSPORT.finditer(fold(text)))


def find_permits(text: str) -> Iterator[Hit]:
    """Permits for travel to (C, W) and from (H, M) Hong Kong and Macao."""
    return (Hit(*found.span()) for found in _PERMIT.finditer(fold(text)))


def find_foreign_passports(text: str) -> Iterator[Hit]:
    """Anything that could be a passport's number: only words make one of it."""
    return (Hit(*found.span()) for found in _FOREIGN.finditer(fold(text)))


def judge_foreign(cells: pl.Series, _on: date | None) -> pl.Series:
    """Whether something is left when Chinese numbers, which are told as such, are taken out."""
    return cells.str.replace_all(_CHINESE, "").str.contains(_FOREIGN_GATE)


def find_taiwan_permits(text: str) -> Iterator[Hit]:
    """Eight digits: only a header or a word in the cell makes a permit of them."""
    return (Hit(*found.span()) for found in _TAIWAN.finditer(fold(text)))


def find_military(text: str) -> Iterator[Hit]:
    """Identity cards of officers, soldiers and civilian staff."""
    return (Hit(*found.span()) for found in _MILITARY.finditer(fold(text)))


def weigh_documents(tally: Tally, column: ColumnFacts) -> Severity | None:
    """High under a header or words of documents; a warning if three in five cells have the shape."""
    if not tally.rows:
        return None
    if DOCUMENT_WORDS.search(plain_label(column.label)) or tally.counts.get("context"):
        return Severity.HIGH
    return Severity.MEDIUM if tally.rows * 5 >= column.filled * 3 else None


def weigh_foreign(tally: Tally, column: ColumnFacts) -> Severity | None:
    """A warning: nothing but the words speaks for it, and a passport has dates and places beside it."""
    beside = BESIDE_PASSPORTS.search(plain_label(column.label))
    return Severity.MEDIUM if tally.rows and not beside else None


_CONTEXT: Final = {"context": f"(?i:{DOCUMENT_WORDS.pattern})"}

PASSPORT: Final = Detector(
    name="passport",
    gate=_PASSPORT_GATE,
    exact=True,
    find=find_passports,
    weigh=weigh_documents,
    patterns=_CONTEXT,
    message=Message("Passport numbers."),
    people=True,
)
FOREIGN_PASSPORT: Final = Detector(
    name="foreign-passport",
    gate=_FOREIGN_GATE,
    find=find_foreign_passports,
    judge=judge_foreign,
    weigh=weigh_foreign,
    words=PASSPORT_WORDS,
    announced=announced(PASSPORT_WORDS, _FOREIGN_SHAPE),
    message=Message("Numbers in the place of passport numbers, such as those of other countries."),
    people=True,
)
TRAVEL_PERMIT: Final = Detector(
    name="travel-permit",
    gate=_PERMIT_GATE,
    exact=True,
    find=find_permits,
    weigh=weigh_documents,
    patterns=_CONTEXT,
    message=Message("Numbers of travel permits for Hong Kong and Macao."),
    people=True,
)
TAIWAN_PERMIT: Final = Detector(
    name="taiwan-permit",
    gate=_TAIWAN_GATE,
    exact=True,
    find=find_taiwan_permits,
    weigh=always(Severity.HIGH),
    words=TAIWAN_WORDS,
    announced=announced(TAIWAN_WORDS, _TAIWAN_SHAPE),
    message=Message("Numbers of travel permits for residents of Taiwan."),
    people=True,
)
MILITARY_ID: Final = Detector(
    name="military-id",
    gate=_MILITARY_SHAPE,
    exact=True,
    find=find_military,
    weigh=always(Severity.HIGH),
    message=Message("Numbers of military identity cards."),
    people=True,
)
