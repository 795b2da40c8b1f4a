"""Travel and service documents. None has a check digit, so header or context must speak for them."""

import re
from collections.abc import Iterator
from typing import Final

from datasets.identifiers import fold
from datasets.sensitive.detector import (
    DIGIT,
    LEFT,
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

DOCUMENT_WORDS = re.compile(r"护照|证件|身份|通行证|旅行证|回乡证|passport", re.IGNORECASE)
TAIWAN_WORDS = re.compile(r"台胞|台湾居民")

_PASSPORT = re.compile(
    r"(?<![0-9A-Za-z])(?:E\d{8}|E[A-HJ-NP-Z]\d{7}|G\d{8}|[DSP]E?\d{7,8})(?![0-9A-Za-z])", re.ASCII
)
_PERMIT = re.compile(
    r"(?<![0-9A-Za-z])(?:C[A-Z0-9]\d{7}|W\d{8}|[HM]\d{8}(?:\d{2})?)(?![0-9A-Za-z])", re.ASCII
)
_TAIWAN = re.compile(r"(?<![0-9A-Za-z])\d{8}(?![0-9A-Za-z])", re.ASCII)
_MILITARY = re.compile(r"[军兵士文职]字第 ?\d{4,8} ?号", re.ASCII)


def find_passports(text: str) -> Iterator[Hit]:
    """Ordinary (E, G) and official (D, S, P) passports."""
    return (Hit(*found.span()) for found in _PASSPORT.finditer(fold(text)))


def find_permits(text: str) -> Iterator[Hit]:
    """Permits for travel to (C, W) and from (H, M) Hong Kong and Macao."""
    return (Hit(*found.span()) for found in _PERMIT.finditer(fold(text)))


def find_taiwan_permits(text: str) -> Iterator[Hit]:
    """Eight digits: only a header or a word in the cell makes a permit of them."""
    return (Hit(*found.span()) for found in _TAIWAN.finditer(fold(text)))


def find_military(text: str) -> Iterator[Hit]:
    """Identity cards of officers, soldiers and civilian staff."""
    return (Hit(*found.span()) for found in _MILITARY.finditer(fold(text)))


def count_context(text: str) -> Iterator[str]:
    """Counts cells that name such a document themselves."""
    if DOCUMENT_WORDS.search(text):
        yield "context"
    if TAIWAN_WORDS.search(text):
        yield "taiwan"


def weigh_documents(tally: Tally, column: ColumnFacts) -> Severity | None:
    """High under a header or words of documents; a warning if three in five cells have the shape."""
    if not tally.rows:
        return None
    if DOCUMENT_WORDS.search(plain_label(column.label)) or tally.counts.get("context"):
        return Severity.HIGH
    return Severity.MEDIUM if tally.rows * 5 >= column.filled * 3 else None


def weigh_taiwan(tally: Tally, column: ColumnFacts) -> Severity | None:
    """High where header or cell says that the eight digits are a permit."""
    told = TAIWAN_WORDS.search(plain_label(column.label)) or tally.counts.get("taiwan")
    return Severity.HIGH if tally.rows and told else None


PASSPORT: Final = Detector(
    name="passport",
    gate=rf"{LEFT}[EGDSPＥＧＤＳＰ][A-ZＡ-Ｚ]?{DIGIT}{{7}}",
    find=find_passports,
    weigh=weigh_documents,
    count=count_context,
    message=Message("Passport numbers."),
    people=True,
)
TRAVEL_PERMIT: Final = Detector(
    name="travel-permit",
    gate=rf"{LEFT}[CWHMＣＷＨＭ][0-9A-ZＡ-Ｚ]?{DIGIT}{{7}}",
    find=find_permits,
    weigh=weigh_documents,
    count=count_context,
    message=Message("Numbers of travel permits for Hong Kong and Macao."),
    people=True,
)
TAIWAN_PERMIT: Final = Detector(
    name="taiwan-permit",
    gate=rf"{LEFT}{DIGIT}{{8}}{RIGHT}",
    find=find_taiwan_permits,
    weigh=weigh_taiwan,
    count=count_context,
    message=Message("Numbers of travel permits for residents of Taiwan."),
    people=True,
)
MILITARY_ID: Final = Detector(
    name="military-id",
    gate="字第",
    find=find_military,
    weigh=always(Severity.HIGH),
    message=Message("Numbers of military identity cards."),
    people=True,
)
