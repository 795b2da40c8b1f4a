"""Personal data in tables: what is found, what is wrongly found, and how long a table takes.

The truth is known because the cells are made (``tests.common.labelled_cells``): numbers of people
in the spellings of real files, among as many codes, amounts, dates and serial numbers that look like
them. The peer is what a program of an afternoon does: one regular expression for each kind, tried on
one cell after the other.
"""

import csv
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from datasets.sensitive import DETECTORS, scan
from tests.bench.figures import Row, seconds, times
from tests.bench.made_tables import SCHEMA, write_csv
from tests.bench.scale import Scale
from tests.bench.validating import best
from tests.common.labelled_cells import (
    CHECKED,
    LabelledCell,
    Score,
    evaluate,
    labelled_cells,
)

NAIVE: Final[dict[str, re.Pattern[str]]] = {
    "citizen-id": re.compile(r"(?<!\d)[1-9]\d{16}[\dXx](?!\d)"),
    "citizen-id-damaged": re.compile(r"\d\.\d+[Ee]\+17|(?<!\d)\d{15}000(?!\d)"),
    "citizen-id-or-credit-code": re.compile(r"(?<!\d)1[12]\d{16}(?!\d)"),
    "mobile": re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)"),
    "bank-card": re.compile(r"(?<!\d)\d{16,19}(?!\d)"),
    "landline": re.compile(r"0\d{2,3}-?\d{7,8}"),
    "email": re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"),
    "plate": re.compile(r"[\u4e00-\u9fa5][A-Z][A-Z0-9]{5,6}"),
    "passport": re.compile(r"[EG]\d{8}"),
    "masked": re.compile(r"\d+\*{3,}\d+"),
}
"""As they are found in answers to "regular expression for identity numbers" and the like."""

NAIVE_SHARE: Final = 10
"""The peer reads one row in so many, and its time is multiplied: it would take minutes."""


def detection(scale: Scale, folder: Path) -> list[Row]:
    """How good each detector is, then how long all of them take over a whole table."""
    cells = labelled_cells(scale.labelled_cells)
    ours, peers = evaluate(cells, DETECTORS), _naive_scores(cells)
    rows = [_row(name, ours[name], peers[name], len(cells)) for name in ours]
    return [*rows, _speed(scale, folder)]


def _row(name: str, ours: Score, peer: Score, cells: int) -> Row:
    made, failed = ours.found + ours.missed, ours.missed + ours.wrong
    kind = "checked identifier" if name in CHECKED else "by its form"
    return Row(
        f"Detector `{name}` ({kind}): {made:,} cells with one among {cells - made:,} without",
        _told(ours),
        f"{_told(peer)} (a regular expression)",
        f"{failed} errors to {peer.missed + peer.wrong}",
    )


def _told(score: Score) -> str:
    recall, precision = score.recall or 0.0, score.precision or 0.0
    return f"recall {recall:.2%}, precision {precision:.2%}"


def _naive_scores(cells: Sequence[LabelledCell]) -> dict[str, Score]:
    found = {}
    for name, pattern in NAIVE.items():
        right = missed = wrong = 0
        for cell in cells:
            seen, wanted = pattern.search(cell.text) is not None, cell.truth == name
            right += seen and wanted
            missed += wanted and not seen
            wrong += seen and not wanted
        found[name] = Score(right, missed, wrong)
    return found


def _speed(scale: Scale, folder: Path) -> Row:
    rows = scale.validated_rows
    labels = [field["name"] for field in SCHEMA["fields"]]
    whole = write_csv(folder / "clean.csv", rows)
    part = write_csv(folder / "part.csv", rows // NAIVE_SHARE)
    ours = best(partial(scan, whole, labels))
    peer = seconds(lambda: _naive_scan(part)) * NAIVE_SHARE
    return Row(
        f"Scan of {rows:,} rows x 12 for {len(DETECTORS)} kinds of personal data, every cell",
        f"{ours:.2f} s",
        f"{peer:.1f} s ({len(NAIVE)} regular expressions on each cell; from a tenth of the rows)",
        times(ours, peer),
    )


def _naive_scan(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        return sum(
            pattern.search(cell) is not None
            for row in csv.reader(file)
            for cell in row
            for pattern in NAIVE.values()
        )
