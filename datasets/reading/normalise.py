"""The second walk: apply the repairs that people agreed to, and nothing else, column by column."""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from datasets.columnar import Batch
from datasets.reading import columns
from datasets.reading.cells import EDGES, is_blank_row
from datasets.reading.facts import Facts
from datasets.reading.grammar import Row
from datasets.reading.headers import ALL_LABEL_REPAIRS, final_labels
from datasets.reading.mends import with_unit
from datasets.reading.offers import SECTION_LABEL
from datasets.reading.parts import Part, write_lists
from datasets.reading.recipes import repair_id
from datasets.reading.row_numbers import RowNumbers
from datasets.reading.structure import Structure
from datasets.reading.tables import Merge, Table
from datasets.reading.walk import batches

Relabel = Callable[[list[str]], list[str]]
Walk = Callable[[list[str], Iterator[Batch]], Iterator[Batch]]


def alone(_labels: list[str], found: Iterator[Batch]) -> Iterator[Batch]:
    """Nobody goes along."""
    return found


@dataclass(frozen=True, slots=True)
class Normalised:
    """The repaired table as a UTF-8 CSV with commas at ``path``, its first record the ``labels``.

    ``numbers`` are the record numbers in the delivered file, one for each row. ``as_is`` says that
    nothing had to be written: ``path`` is the delivered text itself, which may begin with a byte
    order mark, and ``csv.reader`` gives header and rows just as they would have been written.
    """

    path: Path
    labels: list[str]
    numbers: Sequence[int]
    as_is: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done: by place and column; ``start`` is the index of the first row that is kept."""

    labels: list[str]
    start: int
    width: int
    dropped: list[tuple[int, int]] = field(default_factory=list)
    drop_blank: bool = False
    square: bool = False
    spaces: frozenset[int] = frozenset()
    mends: dict[int, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    merges: tuple[Merge, ...] = ()
    titles: tuple[tuple[int, str], ...] = ()
    ghosts: frozenset[int] = frozenset()

    @property
    def changes_rows(self) -> bool:
        """Whether any row below the header is other than it was delivered."""
        return any(
            (self.dropped, self.drop_blank, self.square, self.spaces, self.mends, self.merges,
             self.titles, self.ghosts)
        )  # fmt: skip


def normalise(
    table: Table,
    structure: Structure,
    accepted: Collection[str],
    target: Path,
    relabel: Relabel = list,
    beside: Walk = alone,
) -> Normalised:
    """Apply the accepted repairs and write the table to ``target``, unless it is right as it is.

    Without the repair of title rows the first row of the file is the header, as it stands.
    ``relabel`` has the last word on the column names; ``beside`` hears them and passes on the repaired
    records, when there are any to be written.
    """
    facts = structure.facts
    plan = plan_of(structure, accepted)
    labels = relabel(plan.labels)
    is_first = plan.start == 1 and bool(facts.head) and labels == facts.head[0]
    if is_first and not plan.changes_rows and table.separator == ",":
        return Normalised(table.text, labels, range(2, facts.records + 1), as_is=True)
    labels = labels or [""]
    numbers = RowNumbers()
    fill = _Merged(plan.merges)
    repaired = (
        _repaired(Part.of(batch), plan, fill).batch(batch.share)
        for batch in batches(table, facts, plan.start)
    )
    with target.open("wb") as file:
        write_lists(file, [labels])
        for batch in beside(labels, repaired):
            part = Part.of(batch)
            numbers.extend(part.all_numbers())
            part.write(file)
    return Normalised(target, labels, numbers)


def repaired_labels(structure: Structure, accepted: Collection[str]) -> list[str]:
    """The column names once the repairs are accepted, without writing anything."""
    return plan_of(structure, accepted).labels


def plan_of(structure: Structure, accepted: Collection[str]) -> Plan:
    """Turn the accepted repairs into what is to be done; ids that nothing here needs do nothing."""
    facts = structure.facts
    if not facts.head:
        return Plan([], 0, 0)
    chosen = {repair.id for repair in structure.repairs} & set(accepted)
    kinds = {identity.partition(":")[0] for identity in chosen}
    reached = (
        facts.header == facts.skipped or ("title-rows" if facts.titled else "blank-rows") in kinds
    )
    one_row = facts.header_rows == 1 or "two-row-header" in kinds
    start = (facts.first_body if one_row else facts.header + 1) if reached else facts.skipped + 1
    sections = facts.sections if "stacked-tables" in kinds else []
    titled = any(section.title for section in sections)
    plan = Plan(
        labels=_labels(facts, kinds, reached=reached, one_row=one_row),
        start=start,
        width=facts.width,
        dropped=_dropped(structure, chosen),
        drop_blank="blank-rows" in kinds,
        square="ragged-rows" in kinds,
        spaces=frozenset(
            c for kind, c in facts.cells
            if kind == "cell-spaces" and repair_id(kind, facts.names[c]) in chosen
        ),
        mends=_mends(facts, chosen),
        merges=tuple(
            area for area in structure.merges
            if area[1] < facts.width and repair_id("merged-cells", facts.names[area[1]]) in chosen
        ),
        titles=_titles(facts) if titled else (),
        ghosts=frozenset(structure.ghosts if "ghost-columns" in kinds else ()),
    )  # fmt: skip
    return replace(plan, labels=_final(plan, facts, reached=reached))


def _mends(facts: Facts, chosen: Collection[str]) -> dict[int, tuple[tuple[str, str], ...]]:
    """Column -> the mends agreed to, in their order."""
    found: dict[int, tuple[tuple[str, str], ...]] = {}
    for column, kinds in enumerate(facts.mends):
        agreed = tuple(
            (kind, parameter)
            for kind, parameter in kinds
            if repair_id(kind, facts.names[column]) in chosen
        )
        if agreed:
            found[column] = agreed
    return found


def _labels(facts: Facts, kinds: Collection[str], *, reached: bool, one_row: bool) -> list[str]:
    if not reached:
        return list(facts.head[facts.skipped])
    if not one_row:
        return list(facts.head[facts.header])
    labels = final_labels(facts.labels, facts.width, ALL_LABEL_REPAIRS & set(kinds))
    if {"blank-headers", "ghost-columns"} & set(kinds):
        return labels
    last = max((i + 1 for i, label in enumerate(labels) if label), default=0)
    return labels[: max(len(facts.head[facts.header]), last)]


def _final(plan: Plan, facts: Facts, *, reached: bool) -> list[str]:
    """Name units and parts in the header, and leave out columns of nothing."""
    labels = list(plan.labels)
    for column, kinds in plan.mends.items():
        unit = dict(kinds).get("number-units")
        if unit and reached and column < len(labels):
            labels[column] = with_unit(labels[column], unit)
    result = [label for column, label in enumerate(labels) if column not in plan.ghosts]
    if plan.titles:
        name, number = SECTION_LABEL, 2
        while name in result:
            name, number = f"{SECTION_LABEL}_{number}", number + 1
        surplus = facts.width - len(labels)
        result = [*result, *[""] * surplus, name]
    return result


def _dropped(structure: Structure, chosen: Collection[str]) -> list[tuple[int, int]]:
    """Stretches of record numbers that are left out: first and last, from 1, in order."""
    facts = structure.facts
    result = []
    if "stacked-tables:parts" in chosen:
        result += [(s.start + 1, s.header + facts.header_rows) for s in facts.sections]
    if "further-tables:others" in chosen:
        result.append((facts.foreign[0].start + 1, facts.records))
    if "footer-rows:notes" in chosen:
        result += [(index + 1, index + 1) for index in structure.foot_notes]
    if "footer-rows:totals" in chosen:
        result += [(index + 1, index + 1) for index in structure.foot_totals]
    merged: list[tuple[int, int]] = []
    for first, last in sorted(result):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _titles(facts: Facts) -> tuple[tuple[int, str], ...]:
    """From which record number on which title holds."""
    title = ""
    for row in reversed(facts.head[: facts.header]):
        title = next((cell.strip(EDGES) for cell in row if cell.strip(EDGES)), "")
        if title:
            break
    result = [(0, title)]
    for section in facts.sections:
        title = section.title or title
        result.append((section.header + 1, title))
    return tuple(result)


def _repaired(part: Part, plan: Plan, fill: "_Merged") -> Part:
    if plan.merges:
        fill.into(part)
    if plan.dropped:
        _drop(part, plan.dropped)
    if plan.drop_blank:
        _drop_blank(part)
    if plan.square or plan.titles:
        _square(part, plan)
    for column in plan.spaces | plan.mends.keys():
        _mend(part, column, plan)
    if plan.titles:
        _add_titles(part, plan)
    if plan.ghosts:
        part.columns = [c for place, c in enumerate(part.columns) if place not in plan.ghosts]
        part.others = [
            (number, [cell for place, cell in enumerate(row) if place not in plan.ghosts])
            for number, row in part.others
        ]
    return part


def _drop(part: Part, stretches: Sequence[tuple[int, int]]) -> None:
    if part.numbers:
        keep = [True] * len(part.numbers)
        for first, last in stretches:
            start, stop = bisect_left(part.numbers, first), bisect_left(part.numbers, last + 1)
            keep[start:stop] = [False] * (stop - start)
        if not all(keep):
            part.keep(pa.array(keep, pa.bool_()))
    firsts = [first for first, _ in stretches]

    def is_dropped(number: int) -> bool:
        place = bisect_left(firsts, number + 1) - 1
        return place >= 0 and number <= stretches[place][1]

    part.others = [(number, row) for number, row in part.others if not is_dropped(number)]


def _drop_blank(part: Part) -> None:
    blank = columns.rows_of_all(columns.blank_cells(column) for column in part.columns)
    if blank is not None:
        part.keep(pc.invert(blank))
    part.others = [(number, row) for number, row in part.others if not is_blank_row(row)]


def _square(part: Part, plan: Plan) -> None:
    """Make rows as wide as the table: fill short ones, cut surplus empty cells off."""
    squared: list[tuple[int, Row]] = []
    others: list[tuple[int, Row]] = []
    for number, row in part.others:
        fits = len(row) < plan.width or (plan.square and not any(row[plan.width :]))
        (squared if fits else others).append((number, row))
    part.others = others
    if not squared:
        return
    padded = [[*row[: plan.width], *[""] * (plan.width - len(row))] for _, row in squared]
    numbers = [*part.numbers, *(number for number, _ in squared)]
    order = pa.array(sorted(range(len(numbers)), key=numbers.__getitem__), pa.int64())
    part.columns = [
        pa.concat_arrays([column, pa.array(list(cells), pa.string())]).take(order)
        for column, cells in zip(part.columns, zip(*padded, strict=True), strict=True)
    ]
    part.numbers = sorted(numbers)


def _mend(part: Part, column: int, plan: Plan) -> None:
    kinds = plan.mends.get(column, ())
    spaced = column in plan.spaces

    def whole(cells: pa.StringArray) -> pa.StringArray:
        clean = columns.cleaned(cells, columns.bytes_of(cells)) if spaced else cells
        return columns.mended(clean, kinds)

    part.columns[column] = whole(part.columns[column])
    for _, row in part.others:
        if column < len(row):
            row[column] = whole(pa.array([row[column]], pa.string()))[0].as_py()


def _add_titles(part: Part, plan: Plan) -> None:
    """Write the title of its part behind each row."""
    starts = [start for start, _ in plan.titles]
    pieces = []
    bounds = [bisect_left(part.numbers, start) for start in starts] + [len(part.numbers)]
    for (start, stop), (_, title) in zip(pairwise(bounds), plan.titles, strict=True):
        pieces.append(pa.array([title] * (stop - start), pa.string()))
    part.columns.append(pa.concat_arrays(pieces))
    for number, row in part.others:
        row.append(plan.titles[bisect_left(starts, number + 1) - 1][1])


class _Merged:
    """Writes the value of each merged area into all its rows and columns."""

    def __init__(self, merges: Sequence[Merge]) -> None:
        self._waiting = sorted(merges, reverse=True)
        self._active: list[tuple[Merge, str]] = []

    def into(self, part: Part) -> None:
        """Fill the rows of a part; areas may go on in the next one."""
        cells: dict[int, list[str]] = {}

        def column(place: int) -> list[str]:
            return cells.setdefault(place, part.columns[place].to_pylist())

        for at, number in enumerate(part.numbers):
            index = number - 1
            while self._waiting and self._waiting[-1][0] <= index:
                area = self._waiting.pop()
                self._active.append((area, column(area[1])[at]))
            self._active = [(area, value) for area, value in self._active if area[2] >= index]
            for (_, left, _, right), value in self._active:
                for place in range(left, min(right + 1, len(part.columns))):
                    column(place)[at] = value
        for place, values in cells.items():
            part.columns[place] = pa.array(values, pa.string())
