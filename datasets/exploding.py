"""What would keep Frictionless busy for ever: patterns, rows and cells that are far too much."""

import bz2
import csv
import gzip
import lzma
import re
import zipfile
from collections.abc import Callable, Iterable
from functools import reduce
from typing import IO, Any, Final

from frictionless.formats.csv import parser  # noqa: F401  (allows cells of any length when loaded)

from datasets.damage import DAMAGED
from schemas.delimited import limit_cells

MOST_EXTRA_CELLS: Final = 2_000
"""So many cells more than columns may a row have: each of them is an error that quotes the row."""
DELIMITERS: Final = (b",", b";", b"\t", b"|")
MOST_CELL_CHARS: Final = 16_000_000
"""Above, Python's CSV reader says that the cell is too long."""

_REPEATED_GROUP: Final = re.compile(r"\)[*+{]")

limit_cells(MOST_CELL_CHARS)


class TooWideError(Exception):
    """Row ``number`` has far more cells than the table has columns; 0 for a table of too many."""

    def __init__(self, number: int, cells: int, columns: int) -> None:
        super().__init__(number)
        self.number, self.cells, self.columns = number, cells, columns


LONG_ENUM: Final = 1_000
"""Values that a field may allow, so that each cell can be held against them one by one."""

LINES_GUESSED_FROM: Final = 100
"""From so many lines Python's CSV reader guesses how a table is written, by slow expressions."""


MOST_COLUMNS: Final = 16_384
"""As many as the widest spreadsheets have. Frictionless needs minutes to describe more."""


def hopeless_line(path: str) -> tuple[int, int]:
    """The number of the first line, of those that are guessed from, that has no end or too many
    cells, and how many (0: no end); zeros if there is none."""
    opener = _PACKED.get(path.lower().rpartition(".")[2], _plain)
    try:
        with opener(path) as file:
            for number in range(1, LINES_GUESSED_FROM + 1):
                line = file.readline(MOST_CELL_CHARS + 1)
                if len(line) > MOST_CELL_CHARS:
                    return number, 0
                if not line:
                    break
                if (cells := _cells(line)) > MOST_COLUMNS:
                    return number, cells
    except (OSError, *DAMAGED):
        pass  # whoever reads the table says so
    return 0, 0


MOST_DEPTH: Final = 2_000
"""How deep JSON may be nested: memory for the way to a value grows with the square of its depth."""
MOST_DIGITS: Final = 4_300
"""As many as Python turns into a whole number; readers of JSON break off at some more."""
_LONG_NUMBER: Final = re.compile(rb"[:,\[\s-][0-9]{%d}" % (MOST_DIGITS + 1))
_TEXT: Final = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_PIECE: Final = 16 * 2**20


def hopeless_json(path: str) -> str:
    """What keeps every reader from a JSON text: "depth", "number" (one of too many digits),
    "columns" (more than ``MOST_COLUMNS`` in the first record), or "" for nothing."""
    open_brackets = b""
    before = b""
    try:
        with open(path, "rb") as file:  # noqa: PTH123  (as strings come from descriptors)
            first = re.match(rb"\s*\[?\s*[\[{][^\]}]*", file.read(_PIECE))
            if first and max(map(first[0].count, (b":", b","))) > MOST_COLUMNS:
                return "columns"
            file.seek(0)
            while piece := file.read(_PIECE):
                if _LONG_NUMBER.search(before + piece):
                    return "number"
                before = piece[-MOST_DIGITS - 2 :]
                open_brackets = _unclosed(open_brackets + piece.translate(None, _NO_BRACKETS))
                if len(open_brackets) > MOST_DEPTH and _is_deep(path):
                    return "depth"
    except OSError:
        pass  # whoever reads the table says so
    return ""


MOST_SHEET_CELLS: Final = 100_000_000
_SHEET_HEAD: Final = 4_096
_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml")
_CORNER: Final = re.compile(rb'<dimension ref="[^":]*:([A-Z]{1,3})([0-9]{1,7})"')


def far_corner(path: str) -> tuple[int, int]:
    """The last row and column of a workbook's sheet that declares itself as wide and long as no table
    is, and that is filled up with empty cells by whoever reads it; zeros if there is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            for name in filter(_SHEET.fullmatch, archive.namelist()):
                with archive.open(name) as part:
                    found = _CORNER.search(part.read(_SHEET_HEAD))
                if found is None:
                    continue
                rows, columns = int(found[2]), reduce(_next_letter, found[1], 0)
                if columns > MOST_EXTRA_CELLS and rows * columns > MOST_SHEET_CELLS:
                    return rows, columns
    except (OSError, *DAMAGED):
        pass  # whoever reads the workbook says so
    return 0, 0


def _next_letter(number: int, letter: int) -> int:
    return number * 26 + letter - ord("A") + 1


def _unclosed(brackets: bytes) -> bytes:
    """The brackets that are left when all that close each other are taken out."""
    before = -1
    while len(brackets) not in (before, 0):
        before = len(brackets)
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if before > MOST_DEPTH and before - len(brackets) < before // 16:
            break
    return brackets


def _is_deep(path: str) -> bool:
    """The same without the brackets that stand inside of texts."""
    with open(path, "rb") as file:  # noqa: PTH123
        brackets = _TEXT.sub(b"", file.read()).translate(None, _NO_BRACKETS)
    depth = deepest = 0
    for bracket in brackets:
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
        if deepest > MOST_DEPTH:
            return True
    return False


def _cells(line: bytes) -> int:
    delimiter = max(DELIMITERS, key=line.count)
    if line.count(delimiter) < MOST_COLUMNS:
        return 0
    text = line.decode("utf-8", "replace")
    return len(next(csv.reader([text], delimiter=delimiter.decode()), []))


def _plain(path: str) -> IO[bytes]:
    return open(path, "rb")  # noqa: PTH123  (the caller closes it)


def _first_member(path: str) -> IO[bytes]:
    archive = zipfile.ZipFile(path)
    return archive.open(archive.namelist()[0])


_PACKED: Final[dict[str, Callable[[str], Any]]] = {
    "gz": gzip.open, "bz2": bz2.open, "xz": lzma.open, "zip": _first_member,
}  # fmt: skip


def may_explode(schema: Any) -> bool:
    """Whether a pattern in a Frictionless schema repeats a group, as ``(a+)+`` does, or a field allows
    very many values.

    On some texts Python tries all ways to cut such a text into pieces, which double with each letter;
    the values Frictionless goes through for each cell, and repeats in each error.
    """
    patterns = (str(field.constraints.get("pattern") or "") for field in schema.fields)
    return any(map(_REPEATED_GROUP.search, patterns)) or any(map(has_long_enum, schema.fields))


def has_long_enum(field: Any) -> bool:
    """Whether the values that a Frictionless field allows are very many."""
    values = field.constraints.get("enum")
    return isinstance(values, list) and len(values) > LONG_ENUM


def may_be_wide(lines: Iterable[bytes]) -> bool:
    """Whether some line of a text may be a row of more cells than ``MOST_EXTRA_CELLS``."""
    return any(
        len(line) > MOST_EXTRA_CELLS and max(map(line.count, DELIMITERS)) > MOST_EXTRA_CELLS
        for line in lines
    )
