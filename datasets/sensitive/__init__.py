"""Personal data in tables: what it looks like, where it stands, how heavy it weighs.

Values are judged in every column and in free text; a header may add weight but never takes it
away. Nothing here returns, logs or raises with a value: findings carry masked samples.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Final

from datasets.columnar import Batch, read_batches
from datasets.sensitive.bank_card import BANK_CARD
from datasets.sensitive.contact import EMAIL, MESSENGER, PLATE
from datasets.sensitive.detector import Detector, mask
from datasets.sensitive.health_and_insurance import (
    PATIENT,
    SENSITIVE_ATTRIBUTE,
    SOCIAL_SECURITY,
)
from datasets.sensitive.identity import (
    CITIZEN_ID,
    CITIZEN_ID_DAMAGED,
    CITIZEN_ID_DESTROYED,
    CITIZEN_ID_OLD,
    CITIZEN_ID_OR_CODE,
    MINOR,
)
from datasets.sensitive.masked import MASKED
from datasets.sensitive.passport_permits import (
    FOREIGN_PASSPORT,
    MILITARY_ID,
    PASSPORT,
    TAIWAN_PERMIT,
    TRAVEL_PERMIT,
)
from datasets.sensitive.person_name import NAME_IN_TEXT, PERSON_NAME
from datasets.sensitive.phone import LANDLINE, MOBILE
from datasets.sensitive.place_and_time import (
    ADDRESS,
    BIRTH_DATE,
    MINOR_AGE,
    MINOR_BIRTH_DATE,
    POSITION,
    POSITION_PAIR,
)
from datasets.sensitive.scanning import findings_of, redact_with
from datasets.sensitive.small_cells import SMALL_CELL
from datasets.sensitive.table_scan import TableScan
from schemas.records import Finding

THREADS: Final = 2
"""Columns are searched side by side; the engine of expressions holds no interpreter lock."""

DETECTORS: Final[dict[str, Detector]] = {
    "citizen-id": CITIZEN_ID,
    "citizen-id-or-credit-code": CITIZEN_ID_OR_CODE,
    "citizen-id-damaged": CITIZEN_ID_DAMAGED,
    "citizen-id-destroyed": CITIZEN_ID_DESTROYED,
    "citizen-id-15": CITIZEN_ID_OLD,
    "minor": MINOR,
    "minor-birth-date": MINOR_BIRTH_DATE,
    "minor-age": MINOR_AGE,
    "mobile": MOBILE,
    "bank-card": BANK_CARD,
    "passport": PASSPORT,
    "foreign-passport": FOREIGN_PASSPORT,
    "travel-permit": TRAVEL_PERMIT,
    "taiwan-permit": TAIWAN_PERMIT,
    "military-id": MILITARY_ID,
    "social-security": SOCIAL_SECURITY,
    "patient": PATIENT,
    "sensitive-attribute": SENSITIVE_ATTRIBUTE,
    "person-name": PERSON_NAME,
    "name-in-text": NAME_IN_TEXT,
    "birth-date": BIRTH_DATE,
    "address": ADDRESS,
    "position": POSITION,
    "position-pair": POSITION_PAIR,
    "small-cell": SMALL_CELL,
    "email": EMAIL,
    "messenger": MESSENGER,
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
    on: date | None = None,
    delimiter: str = ",",
) -> list[Finding]:
    """Sensitive data in the UTF-8 CSV at ``path``, whose first record is the header.

    The header is searched too, for a table without one begins with data. ``Finding.places`` are
    the first records with a hit: ``row_numbers[i]`` for the i-th data record, else its number in
    this file (the header is 1). ``on`` is the day that ages count from and that no birth comes
    after; without it children are not told from adults. ``progress`` is told the share of the file
    read, 0 to 1.
    """
    table = start_scan(labels, on)
    batches = read_batches(path, max(len(labels), 1), delimiter=delimiter)
    with ThreadPoolExecutor(THREADS) as pool:
        for batch in _ahead(batches, pool):
            table.add(batch, pool)
            if progress is not None:
                progress(batch.share)
    return findings(table, row_numbers)


def _ahead(batches: Iterator[Batch], pool: ThreadPoolExecutor) -> Iterator[Batch]:
    """The batches, the next one being read while one is searched."""
    reading = pool.submit(next, batches, None)
    while (batch := reading.result()) is not None:
        reading = pool.submit(next, batches, None)
        yield batch


def start_scan(labels: Sequence[str], on: date | None = None) -> TableScan:
    """A scan that is fed batches of ``datasets.columnar``, for callers that read only once."""
    return TableScan(labels, DETECTORS, on)


def findings(table: TableScan, row_numbers: Sequence[int] | None = None) -> list[Finding]:
    """What a scan has found so far; see ``scan``."""

    def number(record: int) -> int:
        if row_numbers is not None and 1 < record <= len(row_numbers) + 1:
            return row_numbers[record - 2]
        return record

    return findings_of(table.columns, DETECTORS, number, redact)


def redact(text: str) -> str:
    """``text`` fit to be shown: numbers of people are masked, front one and back one."""
    return redact_with(REDACTED, text)


__all__ = [
    "DETECTORS",
    "REDACTED",
    "Detector",
    "TableScan",
    "findings",
    "mask",
    "redact",
    "scan",
    "start_scan",
]
