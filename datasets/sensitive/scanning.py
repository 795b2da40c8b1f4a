"""One pass over a table: triggers run on whole columns, exact rules on the few cells they let through."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final, Protocol

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from datasets.identifiers import fold
from datasets.sensitive.detector import (
    ColumnFacts,
    Detector,
    Hit,
    Tally,
    hits_under,
    mask,
    plain_label,
)
from datasets.sensitive.small_cells import GROUP_HEADER
from schemas.records import Finding
from schemas.vocabularies import Severity

MAX_PLACES: Final = 20
MAX_SAMPLES: Final = 3
MAX_DISTINCT: Final = 64
"""Distinct hits are counted up to here: enough to tell many people from one word repeated."""

PLAIN: Final = r"\x00-\x7F\p{Han}，。、；：？！（）《》“”‘’【】…〔〕"
"""Characters that folding leaves alone, or turns into marks that no rule looks at."""

TIME_HEADER: Final = re.compile(
    r"^(?!.*(?:更新|创建|入库|建成|成立|开放|营业|发布)).*(?:时间|时刻|\btime\b|timestamp)",
    re.IGNORECASE,
)
"""Headers of moments that may make a trace of coordinates."""

_FOLDABLE: Final = f"[^{PLAIN}]"
_ORDER: Final = {Severity.HIGH: 0, Severity.MEDIUM: 1, Severity.LOW: 2}


class Numbers(Protocol):
    """Record numbers by row: a range, an array, a list."""

    def __getitem__(self, row: int, /) -> int:
        """Give the number of a row."""


def folded(column: pl.Series) -> pl.Series:
    """The cells as ``fold`` makes them, but for Chinese marks that no rule looks at."""
    odd = column.str.contains(_FOLDABLE).arg_true()
    if not len(odd):
        return column
    plain = [fold(text) for text in column.gather(odd)]
    return column.clone().scatter(odd, pl.Series(plain, dtype=pl.String))


def suspects(cells: pa.StringArray, detectors: Iterable[Detector]) -> pa.BooleanArray:
    """Which cells the gate of one of the detectors lets through; all others hold no hit."""
    gates = "|".join(f"(?:{gate})" for gate in dict.fromkeys(each.gate for each in detectors))
    column = pl.Series(pl.from_arrow(cells))
    first = column.str.contains(f"{_FOLDABLE}|{gates}").arg_true()
    passed = first.filter(folded(column.gather(first)).str.contains(gates))
    held = pl.repeat(value=False, n=len(column), eager=True).scatter(passed, values=True)
    return held.to_arrow()


def with_hits(detector: Detector, cells: pl.Series, on: date | None = None) -> pl.Series:
    """Which of the folded ``cells``, all of which match the detector's gate, hold a hit."""
    if detector.exact:
        return pl.repeat(value=True, n=len(cells), eager=True)
    if detector.judge is not None:
        return detector.judge(cells, on)
    texts = cells.unique()
    held = [text for text in texts if next(iter(detector.find(text)), None) is not None]
    return cells.is_in(held)


def hits(detector: Detector, cells: pl.Series, on: date | None = None) -> pl.Series:
    """Which of the ``cells``, as they were delivered, hold a hit."""
    plain = folded(cells)
    passed = plain.str.contains(detector.gate).arg_true()
    held = passed.filter(with_hits(detector, plain.gather(passed), on))
    return pl.repeat(value=False, n=len(cells), eager=True).scatter(held, values=True)


class ColumnScan:
    """What was counted in one column so far, by detector."""

    def __init__(
        self, label: str, detectors: Mapping[str, Detector], on: date | None = None
    ) -> None:
        self.label = label
        self.filled = 0
        self.tallies: dict[str, Tally] = {}
        self._on = on
        self._seen: dict[str, set[int]] = {}
        plain = plain_label(label)
        self._groups: dict[str, list[Detector]] = {}
        triggers: dict[str, None] = {}
        self._find: dict[str, Callable[[str], Iterable[Hit]]] = {}
        self._sure: set[str] = set()
        self._header = folded(pl.Series([label], dtype=pl.String))[0]
        for each in detectors.values():
            if each.headers and not each.headers.search(plain):
                continue
            self._find[each.name] = hits_under(each, label)
            if each.sure is not None and each.sure.search(plain):
                self._sure.add(each.name)
                gate = trigger = each.sure_gate
            elif each.words is None or each.words.search(plain):
                gate, trigger = each.gate, each.trigger or each.gate
            else:
                gate = trigger = each.announced
            self._groups.setdefault(gate, []).append(each)
            triggers[trigger] = None
        self._trigger = "|".join(f"(?:{trigger})" for trigger in triggers)
        self._first_sight = f"{_FOLDABLE}|{self._trigger}"

    def may_have(self, different: pl.Series) -> bool:
        """Whether any of some texts has to be looked at, all cells of a stretch being among them."""
        return bool(different.str.contains(self._first_sight).any())

    def pass_over(self, cells: pa.StringArray) -> None:
        """Count cells none of which has to be looked at."""
        self.filled += int(pc.sum(pc.greater(pc.binary_length(cells), 0)).as_py() or 0)

    def add(self, column: pl.Series, numbers: Numbers, totals: pl.Series | None = None) -> None:
        """Search some cells; ``numbers[row]`` is a row's record number, ``totals`` marks sums."""
        self.filled += int((column != "").sum())
        wanted = column.str.contains(self._first_sight).arg_true()
        if not len(wanted):
            return
        cells = folded(column.gather(wanted))
        seen = cells.str.contains(self._trigger)
        wanted, cells = wanted.filter(seen), cells.filter(seen)
        for gate, group in self._groups.items():
            rows = cells.str.contains(gate).arg_true()
            if not len(rows):
                continue
            passed = cells.gather(rows)
            for detector in group:
                self._count(detector, passed)
                hits = self._held(detector, passed).arg_true()
                found = wanted.gather(rows.gather(hits))
                if detector.parts and totals is not None:
                    found = found.filter(~totals.gather(found))
                if len(found):
                    self._note(detector, column, found, numbers)

    def _held(self, detector: Detector, cells: pl.Series) -> pl.Series:
        if detector.name not in self._sure:
            held = with_hits(detector, cells, self._on)
            # The header itself is searched too; one that gives its column a meaning is no value.
            return held & (cells != self._header) if detector.headers else held
        nobody = cells.str.contains(detector.sure_not) if detector.sure_not else cells.is_null()
        named: pl.Series = ~nobody & (cells != self._header)
        return named

    def _count(self, detector: Detector, cells: pl.Series) -> None:
        counts: dict[str, int] = {}
        for name, pattern in detector.patterns.items():
            counts[name] = int(cells.str.contains(pattern).sum())
        if detector.count is not None:
            for text, times in cells.value_counts().rows():
                for name in detector.count(text):
                    counts[name] = counts.get(name, 0) + times
        for name, number in counts.items():
            if number:
                held = self._tally(detector.name).counts
                held[name] = held.get(name, 0) + number

    def _note(
        self, detector: Detector, column: pl.Series, rows: pl.Series, numbers: Numbers
    ) -> None:
        tally = self._tally(detector.name)
        tally.rows += len(rows)
        places = [int(numbers[row]) for row in rows.head(MAX_PLACES)]
        tally.places = sorted([*tally.places, *places])[:MAX_PLACES]
        seen = self._seen.setdefault(detector.name, set())
        if len(seen) == MAX_DISTINCT:
            return
        for text in column.gather(rows).unique(maintain_order=True).head(MAX_DISTINCT):
            hit = next(iter(self._find[detector.name](text)), None)
            if hit is not None and len(seen) < MAX_DISTINCT:
                value = text[hit.start : hit.end]
                seen.add(hash(value))
                sample = detector.show(value)
                if len(tally.samples) < MAX_SAMPLES and sample not in tally.samples:
                    tally.samples.append(sample)
        tally.distinct = len(seen)

    def _tally(self, detector: str) -> Tally:
        return self.tallies.setdefault(detector, Tally())


def findings_of(
    columns: Sequence[ColumnScan],
    detectors: Mapping[str, Detector],
    number: Callable[[int], int],
    show: Callable[[str], str],
) -> list[Finding]:
    """Weigh what was counted; heaviest first, then by column.

    ``number`` turns a record (1 is the header) into the number people know it by; ``show`` makes a
    label fit to be shown, for the header of a table without one is a row of data.
    """
    company = _company(columns, detectors)
    found: list[Finding] = []
    for place, column in enumerate(columns, start=1):
        facts = replace(company, label=column.label, filled=column.filled)
        label = show(column.label)
        for detector in detectors.values():
            tally = column.tallies.get(detector.name)
            severity = detector.weigh(tally, facts) if tally else None
            if tally is None or severity is None:
                continue
            found.append(
                Finding(
                    id=f"{detector.name}:{place}:{label}",
                    detector=detector.name,
                    severity=severity.value,
                    field=label,
                    rows=tally.rows,
                    message=detector.message,
                    sample=tuple(tally.samples),
                    places=tuple(number(record) for record in tally.places),
                )
            )
    return sorted(found, key=lambda finding: _ORDER[Severity(finding.severity)])


def _company(columns: Iterable[ColumnScan], detectors: Mapping[str, Detector]) -> ColumnFacts:
    """What any column of the table has beside it: people, times, groups that are counted."""
    people = times = groups = False
    for column in columns:
        label = plain_label(column.label)
        times |= TIME_HEADER.search(label) is not None
        groups |= GROUP_HEADER.search(label) is not None
        facts = ColumnFacts(column.label, column.filled)
        people |= any(
            detectors[name].people and detectors[name].weigh(tally, facts) is not None
            for name, tally in column.tallies.items()
        )
    return ColumnFacts("", 0, people, times, groups)


def redact_with(detectors: Mapping[str, Detector], text: str) -> str:
    """``text`` with every hit of ``detectors`` masked, front one and back one."""
    hits = [(hit, mask) for detector in detectors.values() for hit in detector.find(text)]
    return replace_hits(text, hits)


def replace_hits(text: str, hits: Iterable[tuple[Hit, Callable[[str], str]]]) -> str:
    """``text`` with each hit replaced in one sweep, so that no replacement sees what another one left
    behind; of overlapping hits the first and longest counts."""
    pieces: list[str] = []
    end = 0
    for hit, change in sorted(hits, key=lambda item: (item[0].start, -item[0].end)):
        if hit.start >= end:
            pieces += [text[end : hit.start], change(text[hit.start : hit.end])]
            end = hit.end
    return "".join([*pieces, text[end:]])
