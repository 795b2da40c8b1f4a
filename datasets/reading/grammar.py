"""The grammar of delimited text, and files whose quotation marks are not closed.

The grammar is Python's ``csv.reader``, which is also what the validation engine reads with, so
that record numbers agree. A file that ends inside a quotation mark is refused: such a file is
cut off, and every validator takes it for valid with its last records swallowed into one cell.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from functools import partial
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import TextIO

import pyarrow as pa
import pyarrow.compute as pc

from datasets.reading.columns import bytes_of
from datasets.reading.limits import LINE_CHARS, cell_too_long, check_row, line_too_long
from datasets.reading.problems import refuse
from schemas.delimited import reader
from schemas.records import Limits, Message

Row = list[str]
# A line appended at the end. Its quotation mark is a plain character in a record of its own, and
# closes the cell when one is still open; so it comes back with the mark only if all was closed.
SENTINEL = '\ue000end of"file\ue000'
CAUGHT = SENTINEL.replace('"', "")
# One record over this many lines is looked at: it may be many records caught between two quotes.
LONG_RECORD = 20
LINE_END = re.compile(r"\r\n|\r|\n")


def is_doubtful(columns: Sequence[pa.StringArray], limits: Limits) -> bool:
    """Whether cells are so long, or of so many lines, that ``check_grammar`` must look at them."""
    for column in columns:
        lengths = pc.binary_length(column)
        longest = pc.max(lengths).as_py() or 0
        if longest > limits.max_cell_chars:
            return True
        if longest > LONG_RECORD and _holds_long_record(column, lengths):
            return True
    return False


def _holds_long_record(column: pa.StringArray, lengths: pa.Array) -> bool:
    data = bytes_of(column)
    ends = [end for end in "\n\r" if end.encode() in data]
    if not ends:
        return False
    long = column.filter(pc.greater(lengths, LONG_RECORD))
    return any((pc.max(pc.count_substring(long, end)).as_py() or 0) > LONG_RECORD for end in ends)


def ends_open(text: Path, delimiter: str, last: Sequence[str]) -> bool:
    """Whether the file ends inside a quotation mark; ``last`` is its last record as it was read.

    The record is read again alone, with a line more behind it: an open quotation mark takes that in.
    """
    if not last:
        return False
    size = 2 * sum(len(cell.encode()) for cell in last) + 4 * len(last) + 64
    with text.open("rb") as handle:
        handle.seek(max(text.stat().st_size - size, 0))
        tail = handle.read()
    if b'"' not in tail:
        return False
    lines = list(StringIO(tail.decode("utf-8", "replace").removeprefix("\ufeff"), newline=""))
    inside = sum(len(LINE_END.findall(cell)) for cell in last)
    for count in (inside, inside + 1):
        alone = lines[len(lines) - count :] if count <= len(lines) else []
        records = list(csv.reader([*alone, SENTINEL], delimiter=delimiter))
        *before, caught = records[0]
        if len(records) == 1 and [*before, caught.removesuffix(CAUGHT)] == list(last):
            return True
    return False


def check_grammar(text: Path, delimiter: str, limits: Limits) -> None:
    """Walk the whole file as ``stream`` does, only for what it refuses."""
    for _ in stream(text, delimiter, limits):
        pass


def stream(source: Path, delimiter: str, limits: Limits) -> Iterator[Row]:
    """Yield every record of a UTF-8 file as text, an empty line as an empty row."""
    with source.open(encoding="utf-8-sig", newline="") as handle:
        lines = chain(_lines(handle), (SENTINEL,))
        records = reader(lines, limits.max_cell_chars, delimiter=delimiter)
        number, line, width = 0, 0, 0
        try:
            for row in records:
                if len(row) == 1 and row[0] == SENTINEL:
                    return
                number += 1
                if row and row[-1].endswith(CAUGHT):
                    raise _unclosed_quote(line + 1)
                if records.line_num - line > LONG_RECORD:
                    _check_long_record(row, line + 1, delimiter, width)
                if len(row) != width or number > limits.max_rows:
                    check_row(row, number, limits)
                    width = len(row) or width
                line = records.line_num
                yield row
        except csv.Error as error:
            raise cell_too_long(f"line {line + 1}", limits) from error


def _lines(handle: TextIO) -> Iterator[str]:
    for number, line in enumerate(iter(partial(handle.readline, LINE_CHARS), ""), 1):
        if len(line) >= LINE_CHARS and line[-1] not in "\r\n":
            raise line_too_long(number)
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
