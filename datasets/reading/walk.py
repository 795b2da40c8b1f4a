"""A walk over the records of a table, and what it takes note of.

Plain records are only counted. What reaches Python row by row is what may be a blank row, a title,
a repeated header or the foot of the table, and records of another width.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import itemgetter

import pyarrow as pa
import pyarrow.compute as pc

from datasets.columnar import Batch, read_batches
from datasets.reading import columns
from datasets.reading.cells import EDGES, clean_cell, clean_label, is_blank_label, is_blank_row
from datasets.reading.facts import (
    SECTION,
    SHOWN,
    TAIL_ROWS,
    Facts,
    Section,
    cleaned_labels,
    is_header_again,
    is_title,
)
from datasets.reading.grammar import Row
from datasets.reading.headers import filled
from datasets.reading.mends import MENDS
from datasets.reading.tables import Table

MOST_SECTIONS = 10_000
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


class Walk:
    """Goes through the records in order and writes what it sees into ``facts``."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.last: Row = []
        self._run: list[tuple[int, str]] = []

    def see_above(self, index: int, row: Row) -> None:
        """Take note of a row above the first record."""
        self.facts.records = index + 1
        self.last = row
        if self.facts.skipped <= index < self.facts.header and not self.facts.titled:
            self.facts.blank.add(index, row)

    def take(self, batch: Batch) -> None:
        """Take note of some records."""
        facts = self.facts
        count = len(batch.numbers)
        if count:
            _look_at_columns(facts, batch)
        events = dict(batch.ragged)
        for number, row in batch.ragged:
            if not is_blank_row(row):
                note_cells(facts, number - 1, row)
        if count:
            events.update(rows_at(batch, sorted(_noteworthy(facts, batch.columns))))
        next_number = facts.records + 1
        end = next_number + count + len(batch.ragged)
        for number, row in sorted(events.items(), key=itemgetter(0)):
            self._pass(batch, next_number, number)
            self.see(number - 1, row)
            next_number = number + 1
        self._pass(batch, next_number, end)
        facts.records = end - 1

    def _pass(self, batch: Batch, start: int, stop: int) -> None:
        """Count the plain records from ``start`` up to ``stop``; the first may end a run of titles."""
        facts = self.facts
        while start < stop and (self._run or self._below_a_header(start - 1)):
            self.see(start - 1, row_at(batch, bisect_left(batch.numbers, start)))
            start += 1
        facts.body += stop - start

    def _below_a_header(self, index: int) -> bool:
        """Whether a second row of a repeated header may stand here."""
        facts = self.facts
        if facts.header_rows == 1 or not facts.sections:
            return False
        return 0 < index - facts.sections[-1].header < facts.header_rows

    def see(self, index: int, row: Row) -> None:
        """Take note of one record; what its cells hold is looked at elsewhere."""
        facts = self.facts
        self.last = row
        if is_blank_row(row):
            facts.blank.add(index, row)
            self._extend(index, "")
            return
        if len(row) != facts.width:
            _note_ragged(facts, index, row)
        if not facts.keyed and self._belongs_to_a_section(index, row):
            return
        facts.body += 1
        facts.tail.append((index, row))

    def _extend(self, index: int, text: str) -> None:
        if not self._run or text or len(self._run) < TAIL_ROWS:
            self._run.append((index, text))

    def _belongs_to_a_section(self, index: int, row: Row) -> bool:
        """Follow titles and repeated headers; True for a row that is no record of the table."""
        facts, run = self.facts, self._run
        if is_title(facts, row) and len(run) < MOST_SECTIONS:
            self._extend(index, row[0].strip(EDGES))
            facts.tail.append((index, row))
            facts.body += 1
            return True
        if is_header_again(facts, row) and len(facts.sections) < MOST_SECTIONS:
            titles = [text for _, text in run if text]
            facts.body -= len(titles)
            start = run[0][0] if run else index
            facts.sections.append(Section(start, index, titles[-1] if titles else ""))
            run.clear()
            return True
        if self._below_a_header(index) and _lower_row_again(facts, index, row):
            return True
        if run and _another_header(facts, run, row):
            title = next((text for _, text in reversed(run) if text), "")
            facts.foreign.append(Section(run[0][0], index, title))
        run.clear()
        return False


def batches(table: Table, facts: Facts, start: int) -> Iterator[Batch]:
    """The records from index ``start`` on, column by column."""
    return read_batches(
        table.text,
        max(facts.width, 1),
        delimiter=table.separator,
        skip_records=start,
        most_cell_chars=table.limits.max_cell_chars,
    )


def rows_at(batch: Batch, places: Sequence[int]) -> Iterator[tuple[int, Row]]:
    """Some records of a batch with their numbers."""
    chosen = pa.array(places, pa.int64())
    cells = zip(*(column.take(chosen).to_pylist() for column in batch.columns), strict=True)
    for place, row in zip(places, cells, strict=True):
        yield batch.numbers[place], list(row)


def row_at(batch: Batch, place: int) -> Row:
    """One record of a batch as a list of its cells."""
    return [column[place].as_py() for column in batch.columns]


def _lower_row_again(facts: Facts, index: int, row: Row) -> bool:
    place = facts.header + index - facts.sections[-1].header
    return cleaned_labels(row) == cleaned_labels(facts.head[place])


def _another_header(facts: Facts, run: Sequence[tuple[int, str]], row: Row) -> bool:
    """Tell the header of a table of other columns below a section title or a blank row."""
    titles = [text for _, text in run if text]
    labels = [clean_label(cell) for cell in row if not is_blank_label(cell)]
    if len(labels) < 2 or len(set(labels)) < len(labels):
        return False
    known = COMMON_LABELS | {clean_label(label) for label in facts.labels if label}
    familiar = sum(1 for label in labels if label in known)
    if familiar == 0 or any(len(label) > 20 or any(map(str.isdigit, label)) for label in labels):
        return False
    blank_above = any(not text for _, text in run)
    if titles and SECTION.match(titles[-1]):
        return True
    wider = len(labels) > filled(facts.labels)
    return blank_above and familiar >= 2 and (bool(titles) or wider)


def _note_ragged(facts: Facts, index: int, row: Row) -> None:
    """What is wrong with a record of another width."""
    if len(row) < facts.width:
        facts.short.add(index, row)
    elif any(row[facts.width :]):
        facts.long_full.add(index, row)
    else:
        facts.long_empty.add(index, row)


def note_cells(facts: Facts, index: int, row: Row) -> None:
    """What is wrong with the cells of one record, and which columns hold anything."""
    for column, cell in enumerate(row[: facts.width]):
        text = cell.strip(EDGES)
        if not text and not cell:
            continue
        if text:
            facts.empty_columns.discard(column)
        clean = clean_cell(cell)
        if clean != cell:
            facts.seen("cell-spaces", column).add(index, row)
        for kind, parameter in facts.mends[column]:
            if MENDS[kind].mend(clean, parameter) != clean:
                facts.seen(kind, column).add(index, row)
        facts.damage.look_at(index + 1, column, text)


def _look_at_columns(facts: Facts, batch: Batch) -> None:
    """What is wrong with the cells of regular records, and which columns hold anything."""
    blank = columns.rows_of_all(columns.blank_cells(column) for column in batch.columns)
    for place, column in enumerate(batch.columns):
        data = columns.bytes_of(column)
        if not data:
            continue
        for kind, found in columns.to_mend(
            column, facts.mends[place] if facts.mends else ()
        ).items():
            mask = found if blank is None else pc.and_not(found, blank)
            _count(facts, kind, place, batch, mask)
        text = columns.trimmed(column, data)
        if place in facts.empty_columns and columns.bytes_length(text):
            facts.empty_columns.discard(place)
        _look_for_damage(facts, place, batch, text)


def _count(facts: Facts, kind: str, column: int, batch: Batch, mask: pa.BooleanArray) -> None:
    found = mask.true_count
    if not found:
        return
    seen = facts.seen(kind, column)
    shown = columns.places_of(mask, SHOWN)
    for place in shown:
        seen.add(batch.numbers[place] - 1, row_at(batch, place))
    seen.count += found - len(shown)


def _look_for_damage(facts: Facts, column: int, batch: Batch, text: pa.StringArray) -> None:
    failing, rounded = columns.failing_codes(text)
    if failing:
        cells = ((batch.numbers[place], column + 1, text[place].as_py()) for place in rounded)
        facts.damage.add_codes(column, failing, len(rounded), cells)
    mask = columns.scientific(text, columns.bytes_of(text))
    for place in columns.places_of(mask) if mask is not None else ():
        facts.damage.look_at(batch.numbers[place], column, text[place].as_py())


def _noteworthy(facts: Facts, cells: Sequence[pa.StringArray]) -> set[int]:
    """Positions of the records that must be seen one by one, and of the last ones."""
    chosen = set(range(max(len(cells[0]) - TAIL_ROWS, 0), len(cells[0])))
    masks = [columns.rows_of_all(columns.blank_cells(column) for column in cells)]
    if not facts.keyed:
        empty = (pc.equal(pc.binary_length(column), 0) for column in cells[1:])
        masks += [
            columns.rows_of_all(empty) if facts.width > 1 else None,
            _like_header(facts, cells),
        ]
    for mask in masks:
        if mask is not None:
            found = columns.places_of(mask)
            chosen.update(found)
            # The record after a title or a blank row may be a header of another table.
            chosen.update(place + 1 for place in found if place + 1 < len(cells[0]))
    if len(chosen) < len(cells[0]):
        chosen.update(_last_filled(cells, chosen))
    return chosen


def _last_filled(cells: Sequence[pa.StringArray], chosen: set[int]) -> list[int]:
    """The last plain records before the noteworthy ones at the end, which the foot may begin with."""
    plain = (place for place in range(len(cells[0]) - 1, -1, -1) if place not in chosen)
    return list(islice(plain, TAIL_ROWS))


def _like_header(facts: Facts, cells: Sequence[pa.StringArray]) -> pa.BooleanArray | None:
    first, raw, clean = facts.lead
    if not clean or first >= len(cells):
        return None
    column = cells[first]
    data = columns.bytes_of(column)
    if clean.encode() not in data and raw.encode() not in data:
        return None
    mask = pc.or_(pc.match_substring(column, clean), pc.equal(column, raw))
    if not columns.any_true(mask):
        return None
    return columns.decided(column, mask, lambda cell: clean_label(cell) == clean)
