"""Hide small counts of a statistical table, and what would give them away.

Statistics Law, articles 28 and 29: data from which one respondent could be told or inferred are
not disclosed. A count from one to below the threshold is hidden (primary suppression). Where a
total would tell it, further counts of the same row or column are hidden too (secondary
suppression): every hidden count must stay possible over a range as wide as the threshold leaves,
given all sums that the table itself proves. A zero is shown, for it tells of nobody.

Sums are found by arithmetic, not by trust in labels: a column that in every row is the sum of
others, and a row (the first, the last, or one labelled as a total) that is the sum of others.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Final, TypeAlias

import polars as pl

from datasets import total_words
from datasets.identifiers import fold
from datasets.sensitive.small_cells import THRESHOLD, UNIT

MARKER: Final = "*"
"""What stands in the place of a hidden count in text; in Parquet it is null."""

MOST_ROWS: Final = 20_000
"""A statistical table is read and reasoned about as a whole; a longer one is a register."""

MOST_ROUNDS: Final = 40
"""Rounds of narrowing; more would only follow bounds that creep by ones."""

_COUNT = re.compile(rf"\s*(\d{{1,3}}(?:,\d{{3}})+|\d{{1,15}})(?:\.0+)?{UNIT}\s*", re.ASCII)
_NUMBERING = re.compile(
    r"序号|编号|代码|年份|年度|邮编|电话|^年$|\bid\b|\bno\.?$|\byear\b|\bcode\b", re.IGNORECASE
)
_NONE: Final = -1

Cell: TypeAlias = tuple[int, int]
"""Row and column."""

Table: TypeAlias = Mapping[int, Sequence[int]]
"""Columns of counts by their place; -1 where a cell holds none."""


@dataclass(slots=True)
class Line:
    """A sum that the table proves: the counts of ``parts`` add up to the one of ``total``.

    ``hidden`` are the parts that are hidden, ``rest`` their sum, which a reader knows while the
    total is shown; ``seen``, once the total is hidden, is the sum of the parts that are shown.
    ``pressed`` says that one of its cells must get company although the sum alone does not tell it.
    """

    total: Cell
    parts: tuple[Cell, ...]
    hidden: list[Cell] = field(default_factory=list)
    total_hidden: bool = False
    rest: int = 0
    seen: int = 0
    pressed: bool = False

    def hide(self, cell: Cell, value: int) -> None:
        """Take note that a cell of the sum is hidden."""
        if cell == self.total:
            self.total_hidden = True
            self.seen += value
        else:
            self.hidden.append(cell)
            self.rest += value
            self.seen -= value

    def tells(self, narrow: int) -> bool:
        """Whether the sum alone leaves a hidden cell a range of less than ``narrow``."""
        if self.total_hidden:
            return not self.hidden
        parts = len(self.hidden)
        return parts == 1 or (parts > 1 and self.rest - parts < narrow)

    def spent(self) -> bool:
        """Whether every count of the sum is hidden but zeros."""
        return self.total_hidden and not self.seen


def count_of(text: str) -> int:
    """The count a cell holds; -1 when it holds none."""
    found = _COUNT.fullmatch(fold(text))
    return int(found[1].replace(",", "")) if found else _NONE


def hidden_cells(
    labels: Sequence[str],
    columns: Sequence[Sequence[str]],
    settled: Iterable[int],
    threshold: int = THRESHOLD,
) -> dict[int, list[int]]:
    """The cells to hide: column place to row places, both from 0, in order.

    ``columns`` are the texts of the whole table; ``settled`` the places of the columns whose small
    counts are to be hidden. Other columns of counts lose cells only where these would tell.
    """
    table = {
        place: [count_of(text) for text in column]
        for place, column in enumerate(columns)
        if place in set(settled) or _holds_counts(labels[place], column)
    }
    hidden = {
        (row, place)
        for place in settled
        for row, count in enumerate(table[place])
        if 0 < count < threshold
    }
    if hidden:
        texts = [column for place, column in enumerate(columns) if place not in table]
        _protect(table, [*_sums(table, texts)], hidden, threshold)
    result: dict[int, list[int]] = {}
    for row, place in sorted(hidden):
        result.setdefault(place, []).append(row)
    return result


def _holds_counts(label: str, column: Sequence[str]) -> bool:
    if _NUMBERING.search(label):
        return False
    filled = [text for text in column if text.strip()]
    return bool(filled) and sum(count_of(text) >= 0 for text in filled) * 10 >= len(filled) * 9


def _sums(table: Table, texts: Sequence[Sequence[str]]) -> Iterator[Line]:
    """Every sum of the table: across columns in each row, and down each column."""
    places = sorted(table)
    columns = {place: pl.Series(values, dtype=pl.Int64) for place, values in table.items()}
    for total in range(len(places)):
        for parts in _runs_that_add_up(columns, places, total):
            for row in _counted(table, (places[total], *parts)):
                yield Line((row, places[total]), tuple((row, place) for place in parts))
    rows = len(next(iter(table.values())))
    named = {row for text in texts for row in range(rows) if total_words.ANYWHERE.search(text[row])}
    marks = sorted({0, rows - 1} | named)
    for place, values in table.items():
        for row, below in _rows_that_add_up(values, marks):
            yield Line((row, place), tuple((part, place) for part in below))


def _counted(table: Table, places: Sequence[int]) -> Iterator[int]:
    """Rows in which every one of the columns holds a count."""
    every = range(len(table[places[0]]))
    return (row for row in every if all(table[place][row] >= 0 for place in places))


def _runs_that_add_up(
    columns: Mapping[int, pl.Series], places: Sequence[int], total: int
) -> Iterator[list[int]]:
    """Neighbouring columns, after or before a column, whose sum it is in every row that counts in all
    of them; sums that are more than nothing in fewer than two rows prove nothing."""
    goal = columns[places[total]]
    if (goal > 0).sum() < 2:
        return
    for side in (places[total + 1 :], places[:total][::-1]):
        counted, left = goal >= 0, goal
        for width, place in enumerate(side, 1):
            counted, left = counted & (columns[place] >= 0), left - columns[place]
            if width > 1 and not ((left != 0) & counted).any() and ((goal > 0) & counted).sum() > 1:
                yield list(side[:width])


def _rows_that_add_up(
    values: Sequence[int], marks: Sequence[int]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Rows of one column that are the sum of others: of all, of those that may be no totals, of
    those up to the neighbouring total, or of the other totals."""
    every = range(len(values))
    plain = tuple(row for row in every if row not in set(marks))
    for before, row, after in zip((-1, *marks), marks, (*marks[1:], len(values)), strict=False):
        others = tuple(one for one in every if one != row)
        chosen = {
            others,
            plain,
            tuple(one for one in marks if one != row),
            tuple(range(before + 1, row)),
            tuple(range(max(before, 0), row)),
            tuple(range(row + 1, after)),
            tuple(range(row + 1, min(after + 1, len(values)))),
        }
        for parts in sorted(chosen):
            held = [values[part] for part in parts]
            if len(held) > 1 and values[row] > 0 and min(held) >= 0 and sum(held) == values[row]:
                yield row, parts


def _protect(table: Table, lines: Sequence[Line], hidden: set[Cell], threshold: int) -> None:
    """Hide further cells until no hidden count can be narrowed down further than it may be.

    Sums with few parts come first, and a count that mends several sums before a smaller one that
    mends one: so the hidden cells of a table with totals on both sides close to rectangles.
    """
    of_cell: dict[Cell, list[Line]] = {}
    for line in lines:
        for cell in (*line.parts, line.total):
            of_cell.setdefault(cell, []).append(line)

    def hide(cell: Cell) -> None:
        hidden.add(cell)
        for line in of_cell.get(cell, ()):
            line.hide(cell, table[cell[1]][cell[0]])

    for cell in sorted(hidden):
        hide(cell)
    narrow = max(threshold - 2, 1)
    tight = sorted((line for line in lines if line.tells(narrow)), key=lambda line: len(line.parts))
    while tight:
        for line in tight:
            # A sum mended by its neighbour needs nothing; one that others narrow down always does.
            further = _next_to_hide(table, line, of_cell, hidden, narrow)
            if further is not None:
                hide(further)
        tight = [line for line in lines if line.tells(narrow)]
        if not tight:
            tight = _narrowed(lines, of_cell, hidden, narrow)


def _narrowed(
    lines: Sequence[Line],
    of_cell: Mapping[Cell, Sequence[Line]],
    hidden: Collection[Cell],
    narrow: int,
) -> list[Line]:
    """A sum of each cell that several sums together tell, where something is left to hide."""
    ranges = _ranges([line for line in lines if line.hidden or line.total_hidden], hidden)
    exposed = sorted(cell for cell, (low, high) in ranges.items() if high - low < narrow)
    found = [
        min(open_lines, key=lambda line: len(line.hidden))
        for cell in exposed
        if (open_lines := [line for line in of_cell[cell] if not line.spent()])
    ]
    for line in found:
        line.pressed = True
    return found


def _ranges(lines: Sequence[Line], hidden: Iterable[Cell]) -> dict[Cell, tuple[float, float]]:
    """What a reader can work out about each hidden cell: at least, at most.

    A hidden count is known to be one at least; each sum bounds its hidden cells by the others.
    """
    ranges = dict.fromkeys(hidden, (1.0, inf))
    for _ in range(MOST_ROUNDS):
        before = dict(ranges)
        for line in lines:
            _narrow(line, ranges)
        if ranges == before:
            break
    return ranges


def _narrow(line: Line, ranges: dict[Cell, tuple[float, float]]) -> None:
    """Bound each hidden cell of a sum by the rest of it."""
    lows = sum(ranges[cell][0] for cell in line.hidden)
    bounded = sum(ranges[cell][1] for cell in line.hidden if ranges[cell][1] < inf)
    unbounded = sum(ranges[cell][1] == inf for cell in line.hidden)
    least = most = float(line.rest)
    if line.total_hidden:
        low, high = ranges[line.total]
        seen = float(line.seen)
        ranges[line.total] = (
            max(low, seen + lows),
            min(high, seen + (inf if unbounded else bounded)),
        )
        least, most = low - seen, high - seen
    for cell in line.hidden:
        low, high = ranges[cell]
        others_high = inf if unbounded - (high == inf) else bounded - (high if high < inf else 0)
        ranges[cell] = max(low, least - others_high), min(high, most - (lows - low))


def _next_to_hide(
    table: Table,
    line: Line,
    of_cell: Mapping[Cell, Sequence[Line]],
    hidden: Collection[Cell],
    narrow: int,
) -> Cell | None:
    """The count to hide next in a sum that tells too much; the total only where nothing else is left."""
    if not line.tells(narrow) and not line.pressed:
        return None
    line.pressed = False

    def merit(cell: Cell) -> tuple[int, int, Cell]:
        return -sum(one.tells(narrow) for one in of_cell[cell]), table[cell[1]][cell[0]], cell

    shown = [cell for cell in line.parts if cell not in hidden and table[cell[1]][cell[0]] > 0]
    if shown:
        return min(shown, key=merit)
    return None if line.total_hidden else line.total
