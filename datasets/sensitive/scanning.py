"""One pass over a table: gates run on whole columns, exact rules on the few cells they let through."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from datasets.columnar import read_records
from datasets.sensitive.detector import ColumnFacts, Detector, Hit, Tally, mask, plain_label
from schemas.records import Finding
from schemas.vocabularies import Severity

BATCH_ROWS: Final = 16_384
MAX_PLACES: Final = 20
MAX_SAMPLES: Final = 3
MAX_DISTINCT: Final = 64
"""Distinct hits are counted up to here: enough to tell many people from one word repeated."""

_ORDER: Final = {Severity.HIGH: 0, Severity.MEDIUM: 1, Severity.LOW: 2}


@dataclass(frozen=True, slots=True)
class Batch:
    """Columns of text. ``first`` counts records from 0, the header; ``share`` of the bytes is read."""

    first: int
    columns: tuple[Any, ...]
    share: float


def read_batches(path: Path) -> Iterator[Batch]:
    """The records of a UTF-8 CSV, header and all, column-wise; short records are filled with ""."""
    for records in read_records(path, BATCH_ROWS):
        cells = zip_longest(*records.rows, fillvalue="")
        columns = tuple(pa.array(column, pa.string()) for column in cells)
        yield Batch(records.first, columns, records.share)


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Cells of a batch that passed the gates: distinct texts, and which cell holds which."""

    texts: Any
    codes: Any
    records: Any
    first: int

    def cells_with(self, places: Sequence[int]) -> Any:
        """The cells, by place in ``codes``, whose text is one of ``places`` in ``texts``."""
        return pc.indices_nonzero(pc.is_in(self.codes, value_set=pa.array(places, self.codes.type)))


class ColumnScan:
    """What was counted in one column so far, by detector."""

    def __init__(self, label: str, detectors: Mapping[str, Detector]) -> None:
        self.label = label
        self.filled = 0
        self.tallies: dict[str, Tally] = {}
        self._seen: dict[str, set[int]] = {}
        plain = plain_label(label)
        active = [
            each for each in detectors.values() if not each.headers or each.headers.search(plain)
        ]
        self._groups = by_gate(active)
        triggers = dict.fromkeys(each.trigger or each.gate for each in active)
        self._trigger = "|".join(f"(?:{trigger})" for trigger in triggers)

    def add(self, column: Any, first: int) -> None:
        """Search a batch of cells whose first record has the number ``first``."""
        self.filled += pc.sum(pc.greater(pc.binary_length(column), 0)).as_py() or 0
        wanted = pc.indices_nonzero(pc.match_substring_regex(column, self._trigger))
        if not len(wanted):
            return
        encoded = column.take(wanted).dictionary_encode()
        cells = _Candidates(encoded.dictionary, encoded.indices, wanted, first)
        for gate, group in self._groups.items():
            inside = pc.indices_nonzero(pc.match_substring_regex(cells.texts, gate))
            if len(inside):
                self._judge(group, cells, inside)

    def _judge(self, group: Sequence[Detector], cells: _Candidates, inside: Any) -> None:
        hits: dict[str, list[int]] = {}
        counted: dict[tuple[str, str], list[int]] = {}
        texts = cells.texts.take(inside).to_pylist()
        for place, text in zip(inside.to_pylist(), texts, strict=True):
            for detector in group:
                for name in detector.count(text) if detector.count else ():
                    counted.setdefault((detector.name, name), []).append(place)
                found = next(iter(detector.find(text)), None)
                if found is not None:
                    hits.setdefault(detector.name, []).append(place)
                    self._remember(detector.name, text[found.start : found.end])
        for (detector_name, name), places in counted.items():
            tally = self._tally(detector_name)
            tally.counts[name] = tally.counts.get(name, 0) + len(cells.cells_with(places))
        for detector_name, places in hits.items():
            tally = self._tally(detector_name)
            at = cells.cells_with(places)
            tally.rows += len(at)
            room = MAX_PLACES - len(tally.places)
            shown = cells.records.take(at[:room]).to_pylist()
            tally.places.extend(cells.first + record for record in shown)

    def _tally(self, detector: str) -> Tally:
        return self.tallies.setdefault(detector, Tally())

    def _remember(self, detector: str, value: str) -> None:
        tally = self._tally(detector)
        seen = self._seen.setdefault(detector, set())
        if len(seen) < MAX_DISTINCT:
            seen.add(hash(value))
            tally.distinct = len(seen)
        if len(tally.samples) < MAX_SAMPLES and mask(value) not in tally.samples:
            tally.samples.append(mask(value))


def by_gate(detectors: Iterable[Detector]) -> dict[str, list[Detector]]:
    """Detectors that share a gate, so that each gate is tried once."""
    groups: dict[str, list[Detector]] = {}
    for detector in detectors:
        groups.setdefault(detector.gate, []).append(detector)
    return groups


def findings_of(
    columns: Sequence[ColumnScan],
    detectors: Mapping[str, Detector],
    number: Callable[[int], int],
    show: Callable[[str], str],
) -> list[Finding]:
    """Weigh what was counted; heaviest first, then by column.

    ``number`` turns a record (0 is the header) into the number people know it by; ``show`` makes a
    label fit to be shown, for the header of a table without one is a row of data.
    """
    people = any(
        _weigh(detector, column, table_has_people=False) is not None
        for column in columns
        for detector in detectors.values()
        if detector.people
    )
    found: list[Finding] = []
    for place, column in enumerate(columns, start=1):
        label = show(column.label)
        for detector in detectors.values():
            severity = _weigh(detector, column, table_has_people=people)
            if severity is None:
                continue
            tally = column.tallies[detector.name]
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


def _weigh(detector: Detector, column: ColumnScan, *, table_has_people: bool) -> Severity | None:
    tally = column.tallies.get(detector.name)
    if tally is None:
        return None
    return detector.weigh(tally, ColumnFacts(column.label, column.filled, table_has_people))


def redact_with(detectors: Mapping[str, Detector], text: str) -> str:
    """``text`` with every hit of ``detectors`` masked, front one and back one."""
    hits = [hit for detector in detectors.values() for hit in detector.find(text)]
    return replace_hits(text, hits, mask)


def replace_hits(text: str, hits: Sequence[Hit], replace: Callable[[str], str]) -> str:
    """``text`` with each hit replaced; of overlapping hits the first and longest counts."""
    pieces: list[str] = []
    end = 0
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if hit.start >= end:
            pieces += [text[end : hit.start], replace(text[hit.start : hit.end])]
            end = hit.end
    return "".join([*pieces, text[end:]])
