"""Personal data in tables: what it looks like, where it stands, how heavy it weighs.

Values are judged in every column and in free text; a header may add weight but never takes it
away. Nothing here returns, logs or raises with a value: findings carry masked samples.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from datasets.sensitive.bank_card import BANK_CARD
from datasets.sensitive.contact import EMAIL, PLATE
from datasets.sensitive.detector import Detector, mask
from datasets.sensitive.identity import (
    CITIZEN_ID,
    CITIZEN_ID_DAMAGED,
    CITIZEN_ID_OLD,
    CITIZEN_ID_OR_CODE,
    MASKED,
    MINOR,
)
from datasets.sensitive.passport_permits import (
    MILITARY_ID,
    PASSPORT,
    TAIWAN_PERMIT,
    TRAVEL_PERMIT,
)
from datasets.sensitive.person_name import PERSON_NAME
from datasets.sensitive.phone import LANDLINE, MOBILE
from datasets.sensitive.place_and_time import ADDRESS, BIRTH_DATE, POSITION
from datasets.sensitive.scanning import ColumnScan, findings_of, read_batches, redact_with
from schemas.records import Finding

DETECTORS: Final[dict[str, Detector]] = {
    "citizen-id": CITIZEN_ID,
    "citizen-id-or-credit-code": CITIZEN_ID_OR_CODE,
    "citizen-id-damaged": CITIZEN_ID_DAMAGED,
    "citizen-id-15": CITIZEN_ID_OLD,
    "minor": MINOR,
    "mobile": MOBILE,
    "bank-card": BANK_CARD,
    "passport": PASSPORT,
    "travel-permit": TRAVEL_PERMIT,
    "taiwan-permit": TAIWAN_PERMIT,
    "military-id": MILITARY_ID,
    "person-name": PERSON_NAME,
    "birth-date": BIRTH_DATE,
    "address": ADDRESS,
    "position": POSITION,
    "email": EMAIL,
    "plate": PLATE,
    "landline": LANDLINE,
    "masked": MASKED,
}

REDACTED: Final[dict[str, Detector]] = {
    name: DETECTORS[name]
    for name in (
        "citizen-id",
        "citizen-id-or-credit-code",
        "citizen-id-damaged",
        "citizen-id-15",
        "mobile",
        "bank-card",
        "passport",
        "travel-permit",
        "military-id",
        "email",
    )
}
"""Detectors whose hits are masked wherever a cell is quoted: previews, labels, reports."""


def scan(
    path: Path,
    labels: Sequence[str],
    progress: Callable[[float], None] | None = None,
    *,
    row_numbers: Sequence[int] | None = None,
) -> list[Finding]:
    """Sensitive data in the UTF-8 CSV at ``path``, whose first record is the header.

    The header is searched too, for a table without one begins with data. ``Finding.places`` are
    the first records with a hit: ``row_numbers[i]`` for the i-th data record, else its number in
    this file (the header is 1). ``progress`` is told the share of the file read, 0 to 1.
    """
    columns: list[ColumnScan] = []
    for batch in read_batches(path):
        columns.extend(
            ColumnScan(labels[place] if place < len(labels) else "", DETECTORS)
            for place in range(len(columns), len(batch.columns))
        )
        for column, cells in zip(columns, batch.columns, strict=False):
            column.add(cells, batch.first)
        if progress is not None:
            progress(batch.share)

    def number(record: int) -> int:
        if row_numbers is not None and 0 < record <= len(row_numbers):
            return row_numbers[record - 1]
        return record + 1

    return findings_of(columns, DETECTORS, number, redact)


def redact(text: str) -> str:
    """``text`` fit to be shown: numbers of people are masked, front one and back one."""
    return redact_with(REDACTED, text)


__all__ = ["DETECTORS", "REDACTED", "Detector", "mask", "redact", "scan"]
