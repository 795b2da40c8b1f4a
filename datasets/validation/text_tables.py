"""Open a delimited text for validation: cells by columns, digests on the side, bounded memory.

Three things run at once: a thread hashes the bytes, a thread cuts and parses the next piece, and
the caller judges the one before. None of them holds Python's lock for long.
"""

import codecs
import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Final

import polars as pl
from frictionless.formats import CsvControl

from datasets.chunks import (
    Cells,
    CutError,
    Grammar,
    LongRecordError,
    Piece,
    cut,
    file_blocks,
    read_exactly,
    record_ends,
    whole,
)
from datasets.record_numbers import indices
from datasets.validation.background import MADE_AHEAD, ahead
from datasets.validation.typed_cells import TextColumn, TypedBatch, UnsureError

BLOCK_BYTES: Final = 4 * 2**20
FIRST_BLOCKS: Final = (2**16, 2**18, 2**20)
"""A table with nothing but errors reaches their limit soon; it need not be looked at much further."""
READ_AT_ONCE: Final = 8_192
"""Frictionless reads text files in pieces of this size, and reports how much it read."""
WAITING_BLOCKS: Final = 3
RECODED_AT_ONCE: Final = 64 * 2**10
BESIDE_UTF8: Final = ("gb18030", "gbk", "gb2312", "big5", "iso8859-1", "cp1252", "iso8859-15")
"""Encodings that are turned into UTF-8 here; in all of them a byte of ASCII is that character
or part of one that is whole before the next line break."""


def grammar_of(resource: Any, width: int) -> Grammar:
    """How an opened Frictionless resource writes its records. Raises ``UnsureError`` where only
    ``csv.reader`` itself knows."""
    control = CsvControl.from_dialect(resource.dialect)
    odd = control.escape_char or control.skip_initial_space or not width
    if odd or len(control.delimiter.encode()) != 1 or len(control.quote_char.encode()) > 1:
        raise UnsureError
    if control.delimiter in "\r\n" or control.delimiter == control.quote_char:
        raise UnsureError
    return Grammar(width, control.delimiter, control.quote_char or None)


class TextSource:
    """One reading of a text file; ``batches`` may be walked once."""

    def __init__(self, path: Path, encoding: str, grammar: Grammar, *, tabs: bool) -> None:
        self._path = path
        self._grammar = grammar
        self._recode = _recoder(encoding)
        self._tabs = tabs
        self._encoding = encoding
        self._size = max(path.stat().st_size, 1)
        self._digests = (hashlib.md5(usedforsecurity=False), hashlib.sha256())
        self._hashing: deque[Future[None]] = deque()
        self._read = 0
        self._bounds: list[tuple[int, int]] = [(0, 0)]
        self._recent: deque[tuple[int, Piece]] = deque(maxlen=MADE_AHEAD + 2)
        self._hasher = ThreadPoolExecutor(1)
        self._recoder = ThreadPoolExecutor(1)
        self._parser = ThreadPoolExecutor(1)

    def batches(self) -> Iterator[TypedBatch]:
        """All records in order, the one after being parsed while the caller looks at one."""
        return ahead(self._parser, self._all())

    def count(self, stats: Any) -> None:
        """Put size and digests of the whole file into the stats of a resource."""
        if self._read < self._path.stat().st_size:
            for _ in self._hashed_blocks(self._read):
                pass
        while self._hashing:
            self._hashing.popleft().result()
        stats.bytes = self._path.stat().st_size
        stats.md5, stats.sha256 = (digest.hexdigest() for digest in self._digests)

    def count_partly(self, stats: Any, record: int) -> None:
        """Put into the stats how much Frictionless would have read to see so many records."""
        end = self._offset(record)
        read = -(-end // READ_AT_ONCE) * READ_AT_ONCE
        stats.bytes = min(max(stats.bytes or 0, read), self._path.stat().st_size)

    def close(self) -> None:
        """Let go of the threads."""
        for pool in (self._parser, self._recoder, self._hasher):
            pool.shutdown(wait=True, cancel_futures=True)

    def _all(self) -> Iterator[TypedBatch]:
        done = 0
        try:
            for first, piece, cells in self._pieces(careful=False):
                yield self._batch(first, piece, cells)
                done = first + cells.records
        except CutError:
            pass
        except (LongRecordError, UnicodeError) as error:
            raise UnsureError from error
        else:
            return
        try:
            # What was given so far is sure; Python finds the ends of the records from the start.
            for first, piece, cells in self._pieces(careful=True):
                if first >= done:
                    yield self._batch(first, piece, cells)
                elif first + cells.records > done:
                    raise UnsureError
        except (LongRecordError, CutError, UnicodeError) as error:
            raise UnsureError from error

    def _pieces(self, *, careful: bool) -> Iterator[tuple[int, Piece, Cells]]:
        blocks = file_blocks(self._path, BLOCK_BYTES) if careful else self._hashed_blocks(0)
        records, even = 0, True
        if self._recode is not _as_it_is:
            blocks = ahead(self._recoder, self._recoded(blocks))
        for piece in cut(blocks, self._grammar, careful=careful):
            cells = read_exactly(piece, self._grammar, even=even)
            even = not cells.ragged
            yield records, piece, cells
            records += cells.records

    def _hashed_blocks(self, start: int) -> Iterator[bytes]:
        with self._path.open("rb", buffering=0) as file:
            file.seek(start)
            sizes = chain(FIRST_BLOCKS, repeat(BLOCK_BYTES))
            while block := file.read(next(sizes)):
                if self._tabs and b"\r" in block:
                    raise UnsureError  # of a .tsv Frictionless translates line ends, in cells too
                self._read += len(block)
                self._hashing.append(self._hasher.submit(self._hash, block))
                while len(self._hashing) > WAITING_BLOCKS:
                    self._hashing.popleft().result()
                yield block

    def _hash(self, block: bytes) -> None:
        for digest in self._digests:
            digest.update(block)

    def _recoded(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        raw = text = 0
        for block in blocks:
            recoded = self._recode(block, False)
            raw, text = raw + len(block), text + len(recoded)
            self._bounds.append((raw, text))
            yield recoded
        if last := self._recode(b"", True):
            yield last

    def _batch(self, first: int, piece: Piece, cells: Cells) -> TypedBatch:
        self._recent.append((first, piece))
        numbers = pl.Series(indices(cells.numbers)) + first
        columns = [TextColumn(whole(column)) for column in cells.columns.itercolumns()]
        ragged = [(first + number, list(record)) for number, record in cells.ragged]
        share = min(piece.end / self._size, 1.0)
        return TypedBatch(numbers, columns, ragged, share)

    def _offset(self, record: int) -> int:
        """The byte of the file after a record that was among the last batches."""
        recent = list(self._recent)  # others may still be made
        first, piece = next((entry for entry in reversed(recent) if entry[0] < record), recent[0])
        end = (
            piece.end - len(piece.data) + record_ends(piece.data, self._grammar)[record - first - 1]
        )
        if self._recode is _as_it_is:
            return end
        raw, text = next(one for one in reversed(self._bounds) if one[1] <= end)
        with self._path.open("rb") as file:
            file.seek(raw)
            more = file.read(4 * max(end - text, 1))
        decoded = codecs.getincrementaldecoder(self._encoding)().decode(more)
        return raw + len(decoded.encode()[: end - text].decode().encode(self._encoding))


Recoder = Callable[[bytes, bool], bytes]


def _as_it_is(block: bytes, _final: bool) -> bytes:
    return block


def _recoder(encoding: str) -> Recoder:
    """What turns blocks of the file into blocks of UTF-8."""
    if encoding in ("utf-8", "utf-8-sig"):
        return _as_it_is
    if codecs.lookup(encoding).name not in BESIDE_UTF8:
        raise UnsureError
    decoder = codecs.getincrementaldecoder(encoding)()

    def recode(block: bytes, final: bool) -> bytes:
        """A little at a time: while it decodes, Python lets no other thread go on."""
        parts = []
        for at in range(0, len(block), RECODED_AT_ONCE):
            parts.append(decoder.decode(block[at : at + RECODED_AT_ONCE]).encode())
            time.sleep(0)
        return b"".join(parts) if not final else decoder.decode(b"", final=True).encode()

    return recode
