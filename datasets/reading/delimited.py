"""CSV and its cousins (tab, semicolon, bar): which mark stands between the cells."""

import csv
from collections import Counter
from itertools import islice
from pathlib import Path

from datasets.reading.encoding import as_utf8
from datasets.reading.tables import Table
from schemas.delimited import reader
from schemas.records import ExaminationRequest, Limits

DELIMITERS = (",", "\t", ";", "|")
MEDIA_TYPES = {"csv": "text/csv", "tsv": "text/tab-separated-values"}
SAMPLE_CHARS = 1 << 18
SAMPLE_ROWS = 200
# Below this agreement a mark is a part of the text, not the delimiter.
LEAST_AGREEMENT = 0.5


def read_delimited(source: Path, workdir: Path, request: ExaminationRequest) -> Table:
    """Open a delimited text file; raises UnreadableError for a wrong encoding at once."""
    encoding, text, notes = as_utf8(source, workdir / "text.csv")
    delimiter = choose_delimiter(text, request.limits)
    kind = "tsv" if delimiter == "\t" else "csv"
    return Table(
        kind=kind,
        media_type=MEDIA_TYPES[kind],
        text=text,
        limits=request.limits,
        separator=delimiter,
        raw=True,
        encoding=encoding,
        delimiter=delimiter,
        notes=notes,
    )


def choose_delimiter(text: Path, limits: Limits) -> str:
    """Choose the delimiter under which most of the first records have one and the same width."""
    with text.open(encoding="utf-8-sig", newline="") as handle:
        sample = handle.read(SAMPLE_CHARS)
    complete = len(sample) < SAMPLE_CHARS
    best, best_score = ",", LEAST_AGREEMENT
    for delimiter in DELIMITERS:
        if delimiter not in sample:
            continue
        lines = sample.splitlines(keepends=True)
        whole = lines if complete else lines[:-1] or lines
        records = reader(whole, limits.max_cell_chars, delimiter=delimiter)
        try:
            widths = Counter(len(row) for row in islice(records, SAMPLE_ROWS) if row)
        except csv.Error:
            continue
        wide = Counter({width: n for width, n in widths.items() if width > 1})
        if not wide:
            continue
        _, agreeing = wide.most_common(1)[0]
        score = agreeing / widths.total()
        if score > best_score:
            best, best_score = delimiter, score
    return best
