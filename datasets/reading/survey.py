"""One walk over all rows that gathers facts about the form of a table; memory stays bounded."""

import re
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from datasets.reading.cells import (
    DIRTY,
    EDGES,
    SUSPICIOUS,
    clean_cell,
    clean_label,
    is_blank_label,
    is_blank_row,
    joined_cells,
    plain_number,
)
from datasets.reading.damage import CODE_LENGTH, Damage
from datasets.reading.headers import (
    filled,
    find_header,
    has_second_row,
    join_header,
    numeric_columns,
)
from datasets.reading.tables import Row

HEAD_ROWS = 200
TAIL_ROWS = 20
SHOWN = 3
MOST_SECTIONS = 10_000
SECTION = re.compile(
    r"[（(]?[一二三四五六七八九十]+[）)]?[、.．,，]|附?表\s*[一二三四五六七八九十\d]|第[一二三四五六七八九十\d]+[部分类章]"
)
COMMON_LABELS = frozenset(
    [
        "序号",
        "编号",
        "名称",
        "单位",
        "日期",
        "时间",
        "地址",
        "金额",
        "数量",
        "类型",
        "类别",
        "备注",
        "区",
        "合计",
    ]
)


@dataclass(slots=True)
class Section:
    """One more table inside the file: first row to leave out, its header row, its title."""

    start: int
    header: int
    title: str


@dataclass(slots=True)
class Examples:
    """How often a defect was seen, the columns concerned, and a few rows that show it."""

    count: int = 0
    columns: set[int] = field(default_factory=set)
    rows: list[tuple[int, Row]] = field(default_factory=list)

    def add(self, index: int, row: Row) -> None:
        """Count a row and keep the first few as a preview."""
        self.count += 1
        if len(self.rows) < SHOWN:
            self.rows.append((index, row))


@dataclass(slots=True)
class Facts:
    """What the walk found. Row indexes count from 0 over all records of the file."""

    head: list[Row]
    keyed: bool
    header: int = 0
    header_rows: int = 1
    width: int = 0
    labels: list[str] = field(default_factory=list)
    lead: tuple[int, str, str] = (0, "", "")
    numeric: frozenset[int] = frozenset()
    usual: int = 0
    records: int = 0
    body: int = 0
    blank: Examples = field(default_factory=Examples)
    short: Examples = field(default_factory=Examples)
    long_empty: Examples = field(default_factory=Examples)
    long_full: Examples = field(default_factory=Examples)
    spaces: Examples = field(default_factory=Examples)
    wide: Examples = field(default_factory=Examples)
    grouped: Examples = field(default_factory=Examples)
    empty_columns: set[int] = field(default_factory=set)
    sections: list[Section] = field(default_factory=list)
    foreign: list[int] = field(default_factory=list)
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


def survey(rows: Iterable[Row], *, keyed: bool) -> Facts:
    """Walk all rows once and gather the facts that repairs are derived from."""
    walk = iter(rows)
    facts = _look_at_head(list(islice(walk, HEAD_ROWS)), keyed=keyed)
    facts.empty_columns = {c for c, label in enumerate(facts.labels) if is_blank_label(label)}
    run: list[tuple[int, str]] = []
    for index, row in enumerate(chain(facts.head, walk)):
        facts.records = index + 1
        if index < facts.first_body:
            if index < facts.header and not facts.titled:
                facts.blank.add(index, row)
            continue
        if is_blank_row(row):
            facts.blank.add(index, row)
            _extend(run, index, "")
            continue
        if len(row) != facts.width:
            _note_width(facts, index, row)
        if facts.empty_columns:
            _note_filled(facts, row)
        joined = joined_cells(row)
        if SUSPICIOUS.search(joined):
            if DIRTY.search(joined):
                _look_at_cells(facts, index, row)
            _look_for_damage(facts, index, row)
        if not keyed and _belongs_to_a_section(facts, run, index, row):
            continue
        facts.body += 1
        facts.tail.append((index, row))
    return facts


def _look_at_head(head: list[Row], *, keyed: bool) -> Facts:
    facts = Facts(head=head, keyed=keyed)
    if not head:
        return facts
    if not keyed:
        facts.header = find_header(head)
        facts.header_rows = 2 if has_second_row(head, facts.header) else 1
    labels = head[facts.header]
    first = next((i for i, cell in enumerate(labels) if not is_blank_label(cell)), -1)
    if first >= 0:
        facts.lead = (first, labels[first], clean_label(labels[first]))
    if facts.header_rows == 2:
        labels = join_header(labels, head[facts.header + 1])
    body = [row for row in head[facts.first_body :] if any(row)]
    widths = Counter(map(len, body)).most_common(1)
    facts.width = max(len(labels), widths[0][0] if widths else 0)
    facts.labels = [*labels, *[""] * (facts.width - len(labels))]
    facts.numeric = numeric_columns(body, facts.width)
    facts.usual = sorted(map(filled, body))[len(body) // 2] if body else 0
    return facts


def _note_width(facts: Facts, index: int, row: Row) -> None:
    if len(row) < facts.width:
        facts.short.add(index, row)
    elif any(row[facts.width :]):
        facts.long_full.add(index, row)
    else:
        facts.long_empty.add(index, row)


def _note_filled(facts: Facts, row: Row) -> None:
    facts.empty_columns -= {
        column for column in facts.empty_columns if column < len(row) and row[column].strip(EDGES)
    }


def _look_at_cells(facts: Facts, index: int, row: Row) -> None:
    spaced = widened = grouped = False
    for column, cell in enumerate(row):
        if not cell:
            continue
        clean = clean_cell(cell)
        if clean != cell:
            spaced = True
            facts.spaces.columns.add(column)
        if column in facts.numeric:
            if plain_number(clean, grouped=False, wide=True) != clean:
                widened = True
                facts.wide.columns.add(column)
            if plain_number(clean, grouped=True, wide=False) != clean:
                grouped = True
                facts.grouped.columns.add(column)
    for seen, examples in ((spaced, facts.spaces), (widened, facts.wide), (grouped, facts.grouped)):
        if seen:
            examples.add(index, row)

    _look_for_damage(facts, index, row)


def _look_for_damage(facts: Facts, index: int, row: Row) -> None:
    for column, cell in enumerate(row):
        text = cell.strip(EDGES)
        if len(text) == CODE_LENGTH or "E" in text or "e" in text:
            facts.damage.look_at(index + 1, column, text)


def _extend(run: list[tuple[int, str]], index: int, text: str) -> None:
    if not run or text or len(run) < TAIL_ROWS:
        run.append((index, text))


def _belongs_to_a_section(facts: Facts, run: list[tuple[int, str]], index: int, row: Row) -> bool:
    """Follow title rows and repeated headers; True for a row that is no record of the table."""
    if is_title(facts, row) and len(run) < MOST_SECTIONS:
        _extend(run, index, row[0].strip(EDGES))
        facts.tail.append((index, row))
        facts.body += 1
        return True
    if is_header_again(facts, row) and len(facts.sections) < MOST_SECTIONS:
        titles = [text for _, text in run if text]
        facts.body -= len(titles)
        facts.sections.append(
            Section(
                start=run[0][0] if run else index,
                header=index,
                title=titles[-1] if titles else "",
            )
        )
        run.clear()
        return True
    if _second_row_again(facts, index, row):
        return True
    if run and _another_header(facts, run, row):
        facts.foreign.append(index)
    run.clear()
    return False


def is_title(facts: Facts, row: Row) -> bool:
    """Tell a row that may be a section's title: only its first cell is filled."""
    if not row[0] or facts.width < 2 or len(row) - row.count("") != 1:
        return False
    return facts.usual >= 3 or SECTION.match(row[0].lstrip(EDGES)) is not None


def is_header_again(facts: Facts, row: Row) -> bool:
    """Tell a row that repeats the header (its upper row when it has two)."""
    first, raw, clean = facts.lead
    if not clean or first >= len(row) or not (row[first] == raw or clean in row[first]):
        return False
    return _cleaned(row) == _cleaned(facts.head[facts.header])


def _cleaned(row: Sequence[str]) -> list[str]:
    labels = ["" if is_blank_label(cell) else clean_label(cell) for cell in row]
    while labels and not labels[-1]:
        labels.pop()
    return labels


def _second_row_again(facts: Facts, index: int, row: Row) -> bool:
    return (
        facts.header_rows == 2
        and bool(facts.sections)
        and facts.sections[-1].header == index - 1
        and _cleaned(row) == _cleaned(facts.head[facts.header + 1])
    )


def _another_header(facts: Facts, run: list[tuple[int, str]], row: Row) -> bool:
    """Tell the header of a table of other columns below a section title."""
    titles = [text for _, text in run if text]
    labels = [clean_label(cell) for cell in row if not is_blank_label(cell)]
    if not titles or len(labels) < 2 or len(set(labels)) < len(labels):
        return False
    known = COMMON_LABELS | {clean_label(label) for label in facts.labels if label}
    familiar = sum(1 for label in labels if label in known)
    if familiar == 0 or any(len(label) > 20 or any(map(str.isdigit, label)) for label in labels):
        return False
    blank_above = any(not text for _, text in run)
    return SECTION.match(titles[-1]) is not None or (blank_above and familiar >= 2)
