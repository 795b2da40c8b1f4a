"""The second walk: apply the repairs that people agreed to, and nothing else."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter

from datasets.reading.cells import (
    DIRTY,
    EDGES,
    clean_cell,
    is_blank_row,
    joined_cells,
    plain_number,
)
from datasets.reading.headers import final_labels
from datasets.reading.offers import SECTION_LABEL
from datasets.reading.structure import Structure
from datasets.reading.survey import is_header_again
from datasets.reading.tables import Merge, Row

NumberedRow = tuple[int, Row]


@dataclass(frozen=True, slots=True)
class Normalised:
    """The repaired table: labels, and (record number in the delivered file, row) one by one."""

    labels: list[str]
    rows: Iterator[NumberedRow]


def accepted_kinds(structure: Structure, accepted: Collection[str]) -> frozenset[str]:
    """Name the kinds of the repairs whose ids were agreed to (footers are told apart by place)."""
    kinds = set()
    for repair in structure.repairs:
        if repair.id in accepted:
            is_total = repair.kind == "footer-rows" and not repair.required
            kinds.add("footer-totals" if is_total else repair.kind)
    return frozenset(kinds)


def normalise(rows: Iterable[Row], structure: Structure, accepted: Collection[str]) -> Normalised:
    """Apply the accepted repairs to a fresh walk over the raw rows.

    Without the repair of title rows the first row of the file is the header, as it stands.
    """
    kinds = accepted_kinds(structure, accepted)
    facts = structure.facts
    if not facts.head:
        return Normalised([], iter(()))
    shifted = facts.header > 0 and not _header_is_reached(structure, kinds)
    header, start = (0, 1) if shifted else (facts.header, facts.first_body)
    if shifted:
        labels = list(facts.head[0])
    elif facts.header_rows == 2 and "two-row-header" not in kinds:
        labels, start = list(facts.head[header]), header + 1
    else:
        labels = final_labels(facts.labels, facts.width, kinds)
        if not kinds & {"blank-headers", "ghost-columns"}:
            labels = labels[: max(len(facts.head[header]), _last_named(labels))]
    numbered: Iterator[NumberedRow] = (
        (index + 1, row) for index, row in islice(enumerate(rows), start, None)
    )
    for step in _steps(structure, kinds, labels):
        numbered = step(numbered)
    return Normalised(_final(labels, structure, kinds), numbered)


def _last_named(labels: list[str]) -> int:
    return max((i + 1 for i, label in enumerate(labels) if label), default=0)


def _header_is_reached(structure: Structure, kinds: frozenset[str]) -> bool:
    """Say whether the rows above the header go away: titles by their repair, blank ones by theirs."""
    return ("title-rows" if structure.facts.titled else "blank-rows") in kinds


def _final(labels: list[str], structure: Structure, kinds: frozenset[str]) -> list[str]:
    result = labels
    if "ghost-columns" in kinds:
        ghosts = set(structure.ghosts)
        result = [label for column, label in enumerate(labels) if column not in ghosts]
    if _adds_section(structure, kinds):
        name, number = SECTION_LABEL, 2
        while name in result:
            name, number = f"{SECTION_LABEL}_{number}", number + 1
        result = [*result, name]
    return result


def _adds_section(structure: Structure, kinds: frozenset[str]) -> bool:
    return "stacked-tables" in kinds and any(s.title for s in structure.facts.sections)


Step = Callable[[Iterator[NumberedRow]], Iterator[NumberedRow]]


def _steps(structure: Structure, kinds: frozenset[str], labels: list[str]) -> Iterator[Step]:
    facts = structure.facts
    dropped: set[int] = set()
    if "merged-cells" in kinds:
        yield lambda rows: _filled_down(rows, structure)
    if "footer-rows" in kinds:
        dropped.update(index + 1 for index in structure.foot_notes)
    if "footer-totals" in kinds:
        dropped.update(index + 1 for index in structure.foot_totals)
    if dropped:
        yield lambda rows: (item for item in rows if item[0] not in dropped)
    if "blank-rows" in kinds:
        yield lambda rows: (item for item in rows if not is_blank_row(item[1]))
    if "ragged-rows" in kinds:
        yield lambda rows: _squared(rows, facts.width)
    if {"cell-spaces", "full-width-digits", "thousands-separators"} & kinds:
        yield lambda rows: _mended(rows, structure, kinds)
    if "stacked-tables" in kinds:
        yield lambda rows: _unstacked(rows, structure, kinds)
    if "ghost-columns" in kinds and structure.ghosts:
        extra = 1 if _adds_section(structure, kinds) else 0
        yield lambda rows: _without(rows, structure, len(labels) + extra)


def _filled_down(rows: Iterator[NumberedRow], structure: Structure) -> Iterator[NumberedRow]:
    """Write the value of each merged area into all its rows and columns."""
    waiting = list(reversed(structure.merges))
    active: list[tuple[Merge, str]] = []
    for number, row in rows:
        index = number - 1
        active = [(area, value) for area, value in active if area[2] >= index]
        while waiting and waiting[-1][0] <= index:
            area = waiting.pop()
            active.append((area, row[area[1]] if area[1] < len(row) else ""))
        if active:
            full = list(row)
            for (_, left, _, right), value in active:
                full[left : right + 1] = [value] * len(full[left : right + 1])
            yield number, full
        else:
            yield number, row


def _squared(rows: Iterator[NumberedRow], width: int) -> Iterator[NumberedRow]:
    for number, row in rows:
        if len(row) == width or (len(row) > width and any(row[width:])):
            yield number, row
        else:
            yield number, [*row[:width], *[""] * (width - len(row))]


def _mended(
    rows: Iterator[NumberedRow], structure: Structure, kinds: frozenset[str]
) -> Iterator[NumberedRow]:
    numeric = structure.facts.numeric
    spaces = "cell-spaces" in kinds
    wide, grouped = "full-width-digits" in kinds, "thousands-separators" in kinds

    def mend(column: int, cell: str) -> str:
        text = clean_cell(cell) if spaces else cell
        if column in numeric and (wide or grouped):
            return plain_number(text, grouped=grouped, wide=wide)
        return text

    for number, row in rows:
        if DIRTY.search(joined_cells(row)):
            yield number, [mend(column, cell) for column, cell in enumerate(row)]
        else:
            yield number, row


def _unstacked(
    rows: Iterator[NumberedRow], structure: Structure, kinds: frozenset[str]
) -> Iterator[NumberedRow]:
    """Leave out titles and repeated headers; add each part's title as the last cell."""
    facts = structure.facts
    titled = _adds_section(structure, kinds)
    title = _first_title(structure)
    sections = iter(facts.sections)
    section = next(sections, None)
    for number, row in rows:
        index = number - 1
        while section is not None and index > section.header + facts.header_rows - 1:
            title, section = section.title or title, next(sections, None)
        if section is not None and index >= section.start:
            if index < section.header or is_header_again(facts, row):
                continue
            if facts.header_rows == 2 and index == section.header + 1:
                continue
        if not titled:
            yield number, row
            continue
        width = facts.width
        square = row if len(row) == width else [*row, *[""] * (width - len(row))]
        yield number, [*square, title]


def _first_title(structure: Structure) -> str:
    facts = structure.facts
    for row in reversed(facts.head[: facts.header]):
        text = next((cell.strip(EDGES) for cell in row if cell.strip(EDGES)), "")
        if text:
            return text
    return ""


def _without(
    rows: Iterator[NumberedRow], structure: Structure, width: int
) -> Iterator[NumberedRow]:
    ghosts = set(structure.ghosts)
    kept = [column for column in range(width) if column not in ghosts]
    if len(kept) < 2:
        for number, row in rows:
            yield number, [cell for column, cell in enumerate(row) if column not in ghosts]
        return
    pick = itemgetter(*kept)
    for number, row in rows:
        if len(row) == width:
            yield number, list(pick(row))
        else:
            yield number, [cell for column, cell in enumerate(row) if column not in ghosts]
