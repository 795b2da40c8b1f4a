"""Cut a UTF-8 CSV into pieces of whole records, and read one piece into columns.

The grammar is that of ``csv.reader`` with ``newline=""``. PyArrow reads the cells, because among
the column-wise readers it alone agrees with it: stray quotes are text, a lone carriage return ends
a record, records of another width come back with their text. What PyArrow does not say is settled
here: where an empty line stood (Python's ``[]``, Arrow's row of empty cells), and whether a piece
ends inside an open quote.

A piece ends where its last line looks like a whole record. That is nearly always so, and when it is
not, reading the piece says so (``CutError``): the caller starts again with ``careful`` cuts, which
``csv.reader`` itself finds.
"""

import csv
import struct
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from datasets.line_feeds import empty_among_lines
from datasets.record_numbers import Numbers, indices, places_of, without

BLOCK_BYTES: Final = 4 * 2**20
MOST_BLOCKS: Final = 16
"""A record may be as long as this many blocks."""

GLANCE_BYTES: Final = 2**16
SHORT_LINE: Final = 8
THIN_BYTES: Final = 2**18
"""Blocks are cut to this where lines are shorter than ``SHORT_LINE`` bytes on average: millions of empty
lines are a few megabytes, and gigabytes as records."""

RESERVED_BYTES: Final = 2**29
"""PyArrow reserves as much memory for each column as the whole piece is long: so much at most. What is
wider Python reads, for which a cell is a cell."""

LINES_TRIED: Final = 64
MOST_STRETCHES: Final = 256
"""A piece is put together again of so many stretches of rows; of more, row by row."""
BOM: Final = b"\xef\xbb\xbf"


class CutError(Exception):
    """A piece does not end where a record ends."""


class LongRecordError(Exception):
    """A record is longer than what may be held in memory."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """How records are written; ``width`` is the number of cells of a regular one."""

    width: int
    delimiter: str = ","
    quote: str | None = '"'
    double_quote: bool = True

    def reader(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """Python's reader of this grammar."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            doublequote=self.double_quote,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
        )

    def records(self, text: str) -> list[list[str]]:
        """The records of a whole text."""
        return list(self.reader(StringIO(text, newline="")))


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole records: their bytes, and where they end in the stream.

    ``exact`` says that Python's reader found the end, so that nobody need doubt it; ``alone`` that
    it must read the piece too, which is the end of the file.
    """

    data: bytes
    end: int
    exact: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Cells:
    """The records of a piece: regular ones column by column, the others as lists.

    ``numbers`` are the places of the regular records in the piece, from 1; ``records`` is how many
    there are of both kinds.
    """

    columns: pa.Table
    numbers: Numbers
    ragged: list[tuple[int, list[str]]] = field(default_factory=list)
    records: int = 0


def cut(
    blocks: Iterable[bytes], grammar: Grammar, *, careful: bool = False, most_bytes: int = 0
) -> Iterator[Piece]:
    """The pieces of a stream of blocks; a piece is about as long as a block.

    Raises ``LongRecordError`` when no record ends within ``most_bytes`` (default: sixteen blocks).
    """
    held, last, end, first = b"", b"", 0, True
    most = most_bytes or MOST_BLOCKS * BLOCK_BYTES
    for block in _thinned(blocks):
        if first and block.startswith(BOM):
            block, end = block[len(BOM) :], len(BOM)  # noqa: PLW2901  (the mark is no text)
        first = False
        # The last block of all is another matter: so each is cut when the next one is here.
        place, exact = 0 if careful else _line_end(last, grammar), False
        if not place:
            held, last = held + last, b""
            place, exact = _place(held, grammar, careful=careful)
        if place:
            data = b"".join((held, memoryview(last)[:place])) if last else held[:place]
            held = last[place:] if last else held[place:]
            end += len(data)
            yield Piece(data, end, exact)
        elif len(held) > most:
            raise LongRecordError
        last = block
    held += last
    if held and not careful and _stands_alone(_last_line(held), grammar):
        yield Piece(held, end + len(held))
    elif held:
        ends = record_ends(held, grammar)
        place = ends[-2] if len(ends) > 1 else 0
        if place:
            yield Piece(held[:place], end + place, exact=True)
        yield Piece(held[place:], end + len(held), exact=True, alone=True)


def _thinned(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, in shorter blocks where a block begins or ends with very short lines."""
    for block in blocks:
        glances = block[:GLANCE_BYTES], block[-GLANCE_BYTES:]
        lines = max(glance.count(end) for glance in glances for end in (b"\n", b"\r"))
        if lines * SHORT_LINE < len(glances[0]):
            yield block
        else:
            yield from (block[at : at + THIN_BYTES] for at in range(0, len(block), THIN_BYTES))


def _last_line(held: bytes) -> bytes:
    stop = len(held) - held.endswith(b"\n")
    stop -= held.endswith(b"\r", 0, stop)
    start = held.rfind(b"\n", 0, stop) + 1
    return held[max(start, held.rfind(b"\r", start, stop) + 1) :]


def _place(held: bytes, grammar: Grammar, *, careful: bool) -> tuple[int, bool]:
    """Where to cut, and whether that is sure: after a line that is, by itself, a regular record."""
    stop = 0 if careful else _line_end(held, grammar)
    if stop:
        return stop, False
    # The last record found may go on in the next block; those before it are whole.
    ends = record_ends(held, grammar)
    return (ends[-2], True) if len(ends) > 1 else (0, True)


def _line_end(block: bytes, grammar: Grammar) -> int:
    """The end of one of the last lines that is, by itself, a regular record; 0 where none is."""
    newline = b"\n" if b"\n" in block else b"\r"
    # A carriage return that is last may have its line feed in the next block.
    stop = block.rfind(newline, 0, len(block) - (newline == b"\r")) + 1
    for _ in range(LINES_TRIED):
        start = block.rfind(newline, 0, max(stop - 1, 0)) + 1
        if start <= 0:
            break
        if _stands_alone(block[start:stop], grammar):
            return stop
        stop = start
    return 0


def _stands_alone(line: bytes, grammar: Grammar) -> bool:
    if grammar.quote and line.count(grammar.quote.encode()) % 2:
        return False
    try:
        records = grammar.records(line.decode())
    except UnicodeDecodeError:
        return False
    return len(records) == 1 and len(records[0]) == grammar.width and _is_closed(records[0])


def _is_closed(record: Sequence[str]) -> bool:
    """An open quote takes the end of the line into the cell."""
    return not record or not record[-1].endswith(("\n", "\r"))


def record_ends(held: bytes, grammar: Grammar) -> list[int]:
    """The byte after each record, as ``csv.reader`` goes."""
    position = 0

    def lines() -> Iterator[str]:
        nonlocal position
        for line in StringIO(held.decode("utf-8", "surrogateescape"), newline=""):
            position += len(line.encode("utf-8", "surrogateescape"))
            yield line

    return [position for _ in grammar.reader(lines())]


def read_piece(piece: Piece, grammar: Grammar, *, even: bool = False) -> Cells:
    """The cells of a piece as text. Columns are called "0", "1", …

    ``even``: records of another width are not expected, which is quicker when there are none.
    Raises ``CutError`` when the piece does not end with a record, ``UnicodeDecodeError`` when it is
    not UTF-8.
    """
    by_python = piece.alone or grammar.width * len(piece.data) > RESERVED_BYTES
    if even and not by_python:
        try:
            table = _arrow(piece.data, grammar, None)
        except pa.ArrowInvalid:
            pass  # a ragged record, or a bad byte
        else:
            _check_end(piece, grammar, table, ())
            return Cells(table, range(1, table.num_rows + 1), [], table.num_rows)
    check_text(piece.data)
    if by_python:
        cells = _read_slowly(piece, grammar)
        _check_end(piece, grammar, cells.columns, cells.ragged)
        return cells
    ragged: list[tuple[int, list[str]]] = []

    def keep(record: Any) -> str:
        ragged.append((record.number, next(grammar.reader([record.text]), [])))
        return "skip"

    table = _arrow(piece.data, grammar, keep)
    _check_end(piece, grammar, table, ragged)
    records = table.num_rows + len(ragged)
    return Cells(table, _regular(records, ragged), ragged, records)


def check_text(data: bytes) -> None:
    """All bytes at once, before anything else: PyArrow cannot report a bad byte in a ragged record."""
    ends = pa.py_buffer(struct.pack("<qq", 0, len(data)))
    try:
        pa.Array.from_buffers(pa.large_string(), 1, [None, ends, pa.py_buffer(data)]).validate(
            full=True
        )
    except pa.ArrowInvalid:
        data.decode()  # says which byte it is
        raise


def _arrow(data: bytes, grammar: Grammar, keep: Callable[[Any], str] | None) -> pa.Table:
    """The records of the right width; ``keep`` is shown the others, without it they are refused."""
    names = [str(place) for place in range(grammar.width)]
    if data.startswith(BOM):
        data = BOM + data  # PyArrow drops one; here it is text
    return arrow_csv.read_csv(
        pa.BufferReader(data),
        arrow_csv.ReadOptions(
            use_threads=False,
            column_names=names,
            block_size=max(len(data) + 1, 2**16),
        ),
        arrow_csv.ParseOptions(
            delimiter=grammar.delimiter,
            quote_char=grammar.quote or False,
            double_quote=grammar.double_quote,
            newlines_in_values=False,  # only looks for the end of a block, and there is one block
            ignore_empty_lines=False,
            invalid_row_handler=keep,
        ),
        arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=False,
            check_utf8=keep is None,
        ),
    )


def _regular(records: int, ragged: Sequence[tuple[int, list[str]]]) -> Numbers:
    return without(range(1, records + 1), [number - 1 for number, _ in ragged])


def _check_end(
    piece: Piece, grammar: Grammar, table: pa.Table, ragged: Sequence[tuple[int, list[str]]]
) -> None:
    """Compare the last record with what Python makes of the last line: the same, or a bad cut."""
    if piece.exact:
        return
    records = grammar.records(_last_line(piece.data).decode())
    last = records[0] if records else []
    if ragged and ragged[-1][0] == table.num_rows + len(ragged):
        found = ragged[-1][1]
    else:
        found = [column[-1].as_py() for column in table.columns]
        last = last or [""] * grammar.width
    if found != last or len(records) > 1 or not _is_closed(last):
        raise CutError


def _read_slowly(piece: Piece, grammar: Grammar) -> Cells:
    """The same by Python's reader: for few records, or wide ones."""
    ragged: list[tuple[int, list[str]]] = []
    regular: list[list[str]] = []
    records = grammar.records(piece.data.decode())
    for number, record in enumerate(records, start=1):
        if len(record) == grammar.width:
            regular.append(record)
        else:
            ragged.append((number, record))
    columns = zip(*regular, strict=True) if regular else ([] for _ in range(grammar.width))
    table = pa.table({str(i): pa.array(list(c), pa.string()) for i, c in enumerate(columns)})
    return Cells(table, _regular(len(records), ragged), ragged, len(records))


def empty_lines(piece: Piece, grammar: Grammar, records: int) -> set[int]:
    """The places, from 1, of the records that are empty lines. Asked for only on suspicion."""
    # Without quotes every line is a record. When there are as many lines as records, no record
    # holds a line break and the line's place is the record's.
    if b"\r" not in piece.data:
        lines, empty = empty_among_lines(piece.data)
    else:
        lengths = pc.binary_length(_arrow(piece.data, Grammar(1, "\x01", None), _skip).column(0))
        lines, empty = len(lengths), pc.indices_nonzero(pc.equal(lengths, 0)).to_pylist()
    if lines == records:
        return {place + 1 for place in empty}
    text = StringIO(piece.data.decode(), newline="")
    return {number for number, r in enumerate(grammar.reader(text), 1) if not r}


def _skip(_record: Any) -> str:
    return "skip"


def read_exactly(piece: Piece, grammar: Grammar, *, even: bool = False) -> Cells:
    """The records of a piece as text, just as ``csv.reader`` gives them: an empty line has no cells."""
    cells = read_piece(piece, grammar, even=even)
    if _has_empty_row(cells.columns):
        cells = _without_rows(cells, empty_lines(piece, grammar, cells.records))
    return cells


def _has_empty_row(columns: pa.Table) -> bool:
    """Whether some row has only empty cells: then, and only then, there may be empty lines."""
    empty = None
    for column in columns.itercolumns():
        blank = pc.equal(pc.binary_length(column), 0)
        empty = blank if empty is None else pc.and_(empty, blank)
        if not pc.any(empty).as_py():
            return False
    return True


def _without_rows(cells: Cells, blank: Collection[int]) -> Cells:
    """The cells with the records at the places ``blank`` turned into records without cells."""
    rows = places_of(cells.numbers, blank)
    if not rows:
        return cells
    empty: list[tuple[int, list[str]]] = [(cells.numbers[row], []) for row in rows]
    ragged = sorted(cells.ragged + empty, key=itemgetter(0))
    columns = _rows_but(cells.columns, rows)
    return Cells(columns, without(cells.numbers, rows), ragged, cells.records)


def _rows_but(columns: pa.Table, rows: Sequence[int]) -> pa.Table:
    """The columns without some rows, ascending: a few stretches are copied sooner than many cells."""
    if len(rows) > MOST_STRETCHES:
        return columns.take(indices(without(range(columns.num_rows), rows)))
    starts, ends = [0, *(row + 1 for row in rows)], [*rows, columns.num_rows]
    stretches = [
        columns.slice(start, end - start)
        for start, end in zip(starts, ends, strict=True)
        if end > start
    ]
    return pa.concat_tables(stretches or [columns.slice(0, 0)]).combine_chunks()


def whole(column: pa.ChunkedArray) -> pa.StringArray:
    """A column as one array."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def file_blocks(path: Path, block_bytes: int = BLOCK_BYTES) -> Iterator[bytes]:
    """The bytes of a file, some at a time."""
    with path.open("rb", buffering=0) as file:
        while block := file.read(block_bytes):
            yield block
