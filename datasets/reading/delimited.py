"""CSV and its cousins (tab, semicolon, bar) as a stream of text rows.

The grammar is Python's ``csv.reader``, which is also what the validation engine reads with, so
that record numbers agree. A file that ends inside a quotation mark is refused: such a file is
cut off, and every validator takes it for valid with its last records swallowed into one cell.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

from datasets.reading.encoding import detect
from datasets.reading.problems import refuse
from datasets.reading.tables import Row, Table, cell_too_long, check_row
from schemas.records import ExaminationRequest, Limits, Message

DELIMITERS = (",", "\t", ";", "|")
MEDIA_TYPES = {"csv": "text/csv", "tsv": "text/tab-separated-values"}
SAMPLE_CHARS = 1 << 18
SAMPLE_ROWS = 200
# Below this agreement a mark is a part of the text, not the delimiter.
LEAST_AGREEMENT = 0.5
# A physical line is read in one piece, so its length must be bounded before the grammar sees it.
LINE_CHARS = 1 << 26
# A line appended at the end. Its quotation mark is a plain character in a record of its own, and
# closes the cell when one is still open; so it comes back with the mark only if all was closed.
SENTINEL = '\ue000end of"file\ue000'
CAUGHT = SENTINEL.replace('"', "")
# One record over this many lines is looked at: it may be many records caught between two quotes.
LONG_RECORD = 20


def read_delimited(source: Path, _workdir: Path, request: ExaminationRequest) -> Table:
    """Open a delimited text file; raises UnreadableError for a wrong encoding at once."""
    encoding = detect(source)
    delimiter = choose_delimiter(source, encoding, request.limits)
    kind = "tsv" if delimiter == "\t" else "csv"
    return Table(
        kind=kind,
        media_type=MEDIA_TYPES[kind],
        rows=partial(stream, source, encoding, delimiter, request.limits),
        encoding=encoding,
        delimiter=delimiter,
    )


def choose_delimiter(source: Path, encoding: str, limits: Limits) -> str:
    """Choose the delimiter under which most of the first records have one and the same width."""
    with source.open(encoding=encoding, newline="") as handle:
        sample = handle.read(SAMPLE_CHARS)
    complete = len(sample) < SAMPLE_CHARS
    best, best_score = ",", LEAST_AGREEMENT
    csv.field_size_limit(limits.max_cell_chars)
    for delimiter in DELIMITERS:
        if delimiter not in sample:
            continue
        lines = sample.splitlines(keepends=True)
        reader = csv.reader(lines if complete else lines[:-1] or lines, delimiter=delimiter)
        try:
            widths = Counter(len(row) for row in islice(reader, SAMPLE_ROWS) if row)
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


def stream(source: Path, encoding: str, delimiter: str, limits: Limits) -> Iterator[Row]:
    """Yield every record of the file as text, an empty line as an empty row."""
    csv.field_size_limit(limits.max_cell_chars)
    with source.open(encoding=encoding, newline="") as handle:
        reader = csv.reader(chain(_lines(handle), (SENTINEL,)), delimiter=delimiter)
        number, line, width = 0, 0, 0
        try:
            for row in reader:
                if len(row) == 1 and row[0] == SENTINEL:
                    return
                number += 1
                if row and row[-1].endswith(CAUGHT):
                    raise _unclosed_quote(line + 1)
                if reader.line_num - line > LONG_RECORD:
                    _check_long_record(row, line + 1, delimiter, width)
                if len(row) != width or number > limits.max_rows:
                    check_row(row, number, limits)
                    width = len(row) or width
                line = reader.line_num
                yield row
        except csv.Error as error:
            raise cell_too_long(f"line {line + 1}", limits) from error


def _lines(handle: TextIO) -> Iterator[str]:
    for number, line in enumerate(iter(partial(handle.readline, LINE_CHARS), ""), 1):
        if len(line) >= LINE_CHARS and line[-1] not in "\r\n":
            raise refuse(
                "line-too-long",
                Message(
                    "Line %(line)d has no end: it is longer than any table's.", {"line": number}
                ),
                Message("Export the table again with one record on each line."),
                f"line {number}",
            )
        yield line


def _check_long_record(row: Row, line: int, delimiter: str, width: int) -> None:
    """Refuse a cell that holds whole records: the quotation mark before them was never closed."""
    for cell in row:
        lines = cell.splitlines()
        alike = sum(1 for text in lines if text.count(delimiter) == width - 1)
        if width > 1 and len(lines) > LONG_RECORD and alike > 0.8 * len(lines):
            raise _unclosed_quote(line)


def _unclosed_quote(line: int) -> Exception:
    return refuse(
        "unclosed-quote",
        Message(
            "A quotation mark is opened in the record that begins in line %(line)d and is not "
            "closed; everything after it runs into one cell. The file may have been cut off.",
            {"line": line},
        ),
        Message("Close the quotation mark, or export the file again and deliver it complete."),
        f"line {line}",
    )
