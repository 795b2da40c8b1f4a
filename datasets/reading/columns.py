"""Look at a column of text as a whole: which cells need mending, which are destroyed codes.

Bytes decide first whether a column can hold anything of a kind at all; then PyArrow names the
candidates; only these reach Python, and each distinct one once.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from datasets.identifiers import CITIZEN_WEIGHTS, CREDIT_CODE_WEIGHTS
from datasets.reading.cells import EDGES, INVISIBLE_CLASS, clean_cell
from datasets.reading.damage import CODE_LENGTH
from datasets.reading.mends import MENDS, Mend

EDGE_MARKS = (b" ", b"\t", b"\r", b"\n", b"\xc2", b"\xe3")
"""Bytes of which every space at the edge of a cell holds one."""
LEAST_PRINTED = 0x20
INVISIBLE_MARKS = (b"\x7f", b"\xc2", b"\xe2")
SCIENTIFIC_HINT = r"^[1-9](?:\.[0-9]+)?[eE]\+?[0-9][0-9]$"


def bytes_of(column: pa.StringArray) -> bytes:
    """The text of all cells, one after another, as UTF-8."""
    _, ends, data = column.buffers()
    if data is None or not len(column):
        return b""
    places = memoryview(ends).cast("i")
    start, stop = places[column.offset], places[column.offset + len(column)]
    return bytes(memoryview(data)[start:stop])


def any_true(mask: pa.BooleanArray) -> bool:
    """Whether a mask holds anywhere."""
    return bool(mask.true_count)


def places_of(mask: pa.BooleanArray, most: int | None = None) -> list[int]:
    """The positions where a mask holds, from 0; the first ``most`` of them."""
    return list(pc.indices_nonzero(mask).slice(0, most).to_pylist())


def rows_of_all(masks: Iterable[pa.BooleanArray]) -> pa.BooleanArray | None:
    """The rows for which every mask holds; None when there is none, which is known early."""
    whole = None
    for mask in masks:
        whole = mask if whole is None else pc.and_(whole, mask)
        if not any_true(whole):
            return None
    return whole


def blank_cells(column: pa.StringArray) -> pa.BooleanArray:
    """Cells without content; spaces count as none."""
    return pc.equal(pc.binary_length(trimmed(column, bytes_of(column))), 0)


def trimmed(column: pa.StringArray, data: bytes) -> pa.StringArray:
    """The cells without spaces at both ends."""
    if not any(mark in data for mark in EDGE_MARKS):
        return column
    return pc.utf8_trim(column, EDGES)


def cleaned(column: pa.StringArray, data: bytes) -> pa.StringArray:
    """The cells as ``clean_cell`` leaves them: no invisible characters, no spaces at the ends."""
    if _may_hold_invisible(data):
        column = pc.replace_substring_regex(column, INVISIBLE_CLASS, "")
        data = bytes_of(column)
    return trimmed(column, data)


def _may_hold_invisible(data: bytes) -> bool:
    if not data:
        return False
    values = pa.Array.from_buffers(pa.uint8(), len(data), [None, pa.py_buffer(data)])
    if pc.min(values).as_py() < LEAST_PRINTED or any(mark in data for mark in INVISIBLE_MARKS):
        return True
    return b"\xef" in data and b"\xef\xbb\xbf" in data


def changed(column: pa.StringArray, after: pa.StringArray) -> pa.BooleanArray | None:
    """Which cells differ; None when none does."""
    if after is column or (bytes_length(after) == bytes_length(column)):
        return None
    mask = pc.not_equal(column, after)
    return mask if any_true(mask) else None


def bytes_length(column: pa.StringArray) -> int:
    """How many bytes the text of a column takes."""
    return int(pc.sum(pc.binary_length(column)).as_py() or 0)


def decided(
    column: pa.StringArray, mask: pa.BooleanArray, test: Callable[[str], bool]
) -> pa.BooleanArray:
    """Ask Python about the distinct cells under a mask; the others are False."""
    distinct = column.filter(mask).dictionary_encode()
    verdicts = pa.array([test(cell) for cell in distinct.dictionary.to_pylist()], pa.bool_())
    return pc.replace_with_mask(mask, mask, verdicts.take(distinct.indices))


def candidates(column: pa.StringArray, data: bytes, mend: Mend) -> pa.BooleanArray | None:
    """The cells that a kind of mend may change; None when the bytes rule them all out."""
    if not any(mark in data for mark in mend.marks) and not _any_shorter(column, mend.shorter):
        return None
    mask = pc.match_substring_regex(column, mend.hint)
    return mask if any_true(mask) else None


def _any_shorter(column: pa.StringArray, size: int) -> bool:
    if not size:
        return False
    lengths = pc.binary_length(column)
    return any_true(pc.and_(pc.greater(lengths, 0), pc.less(lengths, size)))


def mended(column: pa.StringArray, kinds: Iterable[tuple[str, str]]) -> pa.StringArray:
    """Apply mends to a column in their order; each distinct candidate is rewritten once.

    A cell that no mend changes keeps the spaces around it.
    """
    for kind, parameter in kinds:
        mend = MENDS[kind]
        data = bytes_of(column)
        mask = candidates(cleaned(column, data), data, mend)
        if mask is None:
            continue
        distinct = column.filter(mask).dictionary_encode()
        after = [mended_cell(mend, cell, parameter) for cell in distinct.dictionary.to_pylist()]
        column = pc.replace_with_mask(
            column, mask, pa.array(after, pa.string()).take(distinct.indices)
        )
    return column


def mended_cell(mend: Mend, cell: str, parameter: str) -> str:
    """Rewrite one cell, or leave it as it is."""
    clean = clean_cell(cell)
    after = mend.mend(clean, parameter)
    return cell if after == clean else after


def to_mend(column: pa.StringArray, kinds: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Say for each kind which cells it would change; ``cell-spaces`` is among the kinds.

    The other kinds are looked for in cells whose spaces are taken off.
    """
    data = bytes_of(column)
    clean = cleaned(column, data)
    found: dict[str, Any] = {}
    spaced = changed(column, clean)
    if spaced is not None:
        found["cell-spaces"] = spaced
        data = bytes_of(clean)
    for kind, parameter in kinds:
        mend = MENDS[kind]
        mask = candidates(clean, data, mend)
        if mask is None:
            continue
        mask = decided(clean, mask, partial(_is_changed, mend, parameter))
        if any_true(mask):
            found[kind] = mask
    return found


def _is_changed(mend: Mend, parameter: str, cell: str) -> bool:
    return mended_cell(mend, cell, parameter) != cell


def scientific(column: pa.StringArray, data: bytes) -> pa.BooleanArray | None:
    """Cells such as 1.1E+17, as a narrow column of a spreadsheet shows a long code."""
    if b"E" not in data and b"e" not in data:
        return None
    mask = pc.match_substring_regex(column, SCIENTIFIC_HINT)
    return mask if any_true(mask) else None


def failing_codes(column: pa.StringArray) -> tuple[int, list[int]]:
    """Codes of eighteen digits without a valid check digit: how many, and where the rounded ones are.

    The check digits are those of GB 32100-2015 and GB 11643-1999. Rounded means ending in 000 or
    exactly a 64-bit float.
    """
    mask = pc.equal(pc.binary_length(column), CODE_LENGTH)
    if not any_true(mask):
        return 0, []
    cells = column.filter(mask)
    digits_only = pc.match_substring_regex(cells, "^[0-9]{18}$")
    if not any_true(digits_only):
        return 0, []
    codes = pl.Series("code", pc.cast(cells.filter(digits_only), pa.int64()))
    digits = [(codes // 10 ** (17 - place)) % 10 for place in range(CODE_LENGTH)]
    credit = sum(d * w for d, w in zip(digits, CREDIT_CODE_WEIGHTS, strict=False)) % 31
    citizen = sum(d * w for d, w in zip(digits, CITIZEN_WEIGHTS, strict=False)) % 11
    failing = ((31 - credit) % 31 != digits[17]) & ((12 - citizen) % 11 != digits[17])
    rounded = failing & ((codes % 1000 == 0) | (codes.cast(pl.Float64).cast(pl.Int64) == codes))
    where = pl.Series(pc.indices_nonzero(mask).filter(digits_only)).filter(rounded)
    return int(failing.sum()), where.to_list()
