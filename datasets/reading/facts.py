"""What a walk over a table finds out about its form, and what its first rows tell."""

import re
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from datasets.reading.cells import EDGES, clean_label, is_blank_label, is_blank_row
from datasets.reading.damage import Damage
from datasets.reading.grammar import Row
from datasets.reading.headers import (
    ALL_LABEL_REPAIRS,
    filled,
    final_labels,
    find_header,
    joined_header,
)
from datasets.reading.mends import mends_of

HEAD_ROWS = 200
TAIL_ROWS = 20
SHOWN = 3
SECTION = re.compile(
    r"[（(]?[一二三四五六七八九十]+[）)]?[、.．,，]|附?表\s*[一二三四五六七八九十\d]|第[一二三四五六七八九十\d]+[部分类章]"
)


@dataclass(slots=True)
class Section:
    """One more table inside the file: its first row, its header row, its title."""

    start: int
    header: int
    title: str


@dataclass(slots=True)
class Examples:
    """How often a defect was seen, and a few rows that show it."""

    count: int = 0
    rows: list[tuple[int, Row]] = field(default_factory=list)

    def add(self, index: int, row: Row) -> None:
        """Count a row and keep the first few as a preview."""
        self.count += 1
        if len(self.rows) < SHOWN or index < self.rows[-1][0]:
            self.rows = sorted([*self.rows, (index, row)], key=lambda one: one[0])[:SHOWN]


@dataclass(slots=True)
class Facts:
    """What the walk found. Row indexes count from 0 over all records of the file.

    ``names`` are the columns' names once every repair of the header is accepted; ``mends`` says for
    each column which kinds of mends it is looked at for; ``cells`` counts what was found, by kind
    and column. The first ``skipped`` records are empty and belong to nothing.
    """

    head: list[Row]
    keyed: bool
    skipped: int = 0
    header: int = 0
    header_rows: int = 1
    width: int = 0
    labels: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    lead: tuple[int, str, str] = (0, "", "")
    mends: list[tuple[tuple[str, str], ...]] = field(default_factory=list)
    usual: int = 0
    records: int = 0
    body: int = 0
    blank: Examples = field(default_factory=Examples)
    short: Examples = field(default_factory=Examples)
    long_empty: Examples = field(default_factory=Examples)
    long_full: Examples = field(default_factory=Examples)
    cells: dict[tuple[str, int], Examples] = field(default_factory=dict)
    empty_columns: set[int] = field(default_factory=set)
    sections: list[Section] = field(default_factory=list)
    foreign: list[Section] = field(default_factory=list)
    tail: deque[tuple[int, Row]] = field(default_factory=lambda: deque(maxlen=TAIL_ROWS))
    damage: Damage = field(default_factory=Damage)

    @property
    def titled(self) -> bool:
        """Whether anything stands above the header; blank rows alone are no title."""
        return not all(map(is_blank_row, self.head[: self.header]))

    @property
    def first_body(self) -> int:
        """Index of the first record below the header."""
        return self.header + self.header_rows

    def seen(self, kind: str, column: int) -> Examples:
        """The examples of one kind in one column."""
        return self.cells.setdefault((kind, column), Examples())


def look_at_head(head: list[Row], *, keyed: bool, skipped: int = 0) -> Facts:
    """Find the header among the first rows, and what the columns below it hold."""
    facts = Facts(head=head, keyed=keyed, skipped=skipped, header=skipped)
    if not head:
        return facts
    if not keyed:
        facts.header = find_header(head)
    labels = head[facts.header]
    first = next((i for i, cell in enumerate(labels) if not is_blank_label(cell)), -1)
    if first >= 0:
        facts.lead = (first, labels[first], clean_label(labels[first]))
    if not keyed:
        labels, facts.header_rows = joined_header(head, facts.header)
    body = [row for row in head[facts.first_body :] if any(row)]
    widths = Counter(map(len, body)).most_common(1)
    facts.width = max(len(labels), widths[0][0] if widths else 0)
    facts.labels = [*labels, *[""] * (facts.width - len(labels))]
    facts.names = final_labels(facts.labels, facts.width, ALL_LABEL_REPAIRS)
    facts.mends = [
        mends_of(name, _filled_cells(body, column)) for column, name in enumerate(facts.names)
    ]
    facts.usual = sorted(map(filled, body))[len(body) // 2] if body else 0
    facts.empty_columns = {c for c, label in enumerate(facts.labels) if is_blank_label(label)}
    return facts


def _filled_cells(body: Sequence[Row], column: int) -> list[str]:
    return [row[column] for row in body if column < len(row) and row[column].strip(EDGES)]


def cleaned_labels(row: Sequence[str]) -> list[str]:
    """A row as a header is compared: clean labels, without empty cells at the end."""
    labels = ["" if is_blank_label(cell) else clean_label(cell) for cell in row]
    while labels and not labels[-1]:
        labels.pop()
    return labels


def is_title(facts: Facts, row: Row) -> bool:
    """Tell a row that may be a section's title: only its first cell is filled."""
    if not row or not row[0] or facts.width < 2 or len(row) - row.count("") != 1:
        return False
    return facts.usual >= 3 or SECTION.match(row[0].lstrip(EDGES)) is not None


def is_header_again(facts: Facts, row: Row) -> bool:
    """Tell a row that repeats the header (its upper row when it has several)."""
    first, raw, clean = facts.lead
    if not clean or first >= len(row) or not (row[first] == raw or clean in row[first]):
        return False
    return cleaned_labels(row) == cleaned_labels(facts.head[facts.header])
