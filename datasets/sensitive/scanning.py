"""One pass over a table: gates run on whole columns, exact rules on the few cells they let through."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import TextIOWrapper
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from datasets.sensitive.detector import ColumnFacts, Detector, Hit, Tally, mask, merge
from schemas.records import Finding
from schemas.vocabularies import Severity

BATCH_ROWS: Final = 16_384
MAX_PLACES: Final = 20
MAX_SAMPLES: Final = 3
MAX_DISTINCT: Final = 64
"""Distinct hits are counted up to here: enough to tell many people from one word repeated."""

MAX_CELL_CHARS: Final = 2**31 - 1

_ORDER: Final = {Severity.HIGH: 0, Severity.MEDIUM: 1, Severity.LOW: 2}


@dataclass(frozen=True, slots=True)
class Batch:
    """Columns of text. ``first`` counts records from 0, the header; ``share`` of the bytes is read."""

    first: int
    columns: tuple[Any, ...]
    share: float


def read_batches(path: Path) -> Iterator[Batch]:
    """The records of a UTF-8 CSV, header and all, column-wise; short records are filled with ""."""
    csv.field_size_limit(MAX_CELL_CHARS)
    size = max(path.stat().st_size, 1)
    with path.open("rb") as raw, TextIOWrapper(raw, "utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        first = 0
        while batch := list(islice(rows, BATCH_ROWS)):
            columns = tuple(
                pa.array(column, pa.string()) for column in zip_longest(*batch, fillvalue="")
            )
            yield Batch(first, columns, min(raw.tell() / size, 1.0))
            first += len(batch)


@dataclass(slots=True)
class ColumnScan:
    """What was counted in one column so far, by detector."""

    filled: int = 0
    tallies: dict[str, Tally] = field(default_factory=dict)
    seen: dict[str, set[int]] = field(default_factory=dict)

    def add(self, column: Any, first: int, detectors: Mapping[str, Detector]) -> None:
        """Search a batch of cells whose first record has the number ``first``."""
        self.filled += pc.sum(pc.greater(pc.binary_length(column), 0)).as_py() or 0
        wanted = pc.indices_nonzero(pc.match_substring_regex(column, any_gate(detectors)))
        if not len(wanted):
            return
        encoded = column.take(wanted).dictionary_encode()
        texts = encoded.dictionary
        for gate, group in by_gate(detectors).items():
            inside = pc.indices_nonzero(pc.match_substring_regex(texts, gate)).to_pylist()
            candidates = [(place, texts[place].as_py()) for place in inside]
            for detector in group:
                self._judge(detector, candidates, encoded.indices, wanted, first)

    def _judge(
        self,
        detector: Detector,
        candidates: Sequence[tuple[int, str]],
        codes: Any,
        wanted: Any,
        first: int,
    ) -> None:
        tally = self.tallies.setdefault(detector.name, Tally())
        seen = self.seen.setdefault(detector.name, set())
        hits: list[int] = []
        counted: dict[str, list[int]] = {}
        for place, text in candidates:
            for name in detector.count(text) if detector.count else ():
                counted.setdefault(name, []).append(place)
            found = next(iter(detector.find(text)), None)
            if found is None:
                continue
            hits.append(place)
            self._remember(tally, seen, text[found.start : found.end])
        for name, places in counted.items():
            rows = pc.sum(pc.is_in(codes, value_set=pa.array(places, codes.type))).as_py()
            merge(tally.counts, {name: rows or 0})
        if hits:
            at = pc.indices_nonzero(pc.is_in(codes, value_set=pa.array(hits, codes.type)))
            tally.rows += len(at)
            room = MAX_PLACES - len(tally.places)
            tally.places.extend(first + place for place in wanted.take(at[:room]).to_pylist())

    @staticmethod
    def _remember(tally: Tally, seen: set[int], value: str) -> None:
        if len(seen) < MAX_DISTINCT:
            seen.add(hash(value))
            tally.distinct = len(seen)
        masked = mask(value)
        if len(tally.samples) < MAX_SAMPLES and masked not in tally.samples:
            tally.samples.append(masked)


def any_gate(detectors: Mapping[str, Detector]) -> str:
    """One expression that lets through what any detector wants to see."""
    return "|".join(f"(?:{gate})" for gate in by_gate(detectors))


def by_gate(detectors: Mapping[str, Detector]) -> dict[str, list[Detector]]:
    """Detectors that share a gate, so that each gate is tried once."""
    groups: dict[str, list[Detector]] = {}
    for detector in detectors.values():
        groups.setdefault(detector.gate, []).append(detector)
    return groups


def findings_of(
    columns: Sequence[ColumnScan],
    labels: Sequence[str],
    detectors: Mapping[str, Detector],
    number: Callable[[int], int],
) -> list[Finding]:
    """Weigh what was counted; heaviest first, then by column.

    ``labels`` must be safe to show. ``number`` turns a record (0 is the header) into the number
    people know it by.
    """
    people = any(
        _weigh(detector, column, label, table_has_people=False) is not None
        for column, label in zip_longest(columns, labels, fillvalue="")
        if isinstance(column, ColumnScan)
        for detector in detectors.values()
        if detector.people
    )
    found: list[Finding] = []
    for place, column in enumerate(columns):
        label = labels[place] if place < len(labels) else ""
        for detector in detectors.values():
            severity = _weigh(detector, column, label, table_has_people=people)
            if severity is None:
                continue
            tally = column.tallies[detector.name]
            found.append(
                Finding(
                    id=f"{detector.name}:{place + 1}:{label}",
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


def _weigh(
    detector: Detector, column: ColumnScan, label: str, *, table_has_people: bool
) -> Severity | None:
    tally = column.tallies.get(detector.name)
    if tally is None:
        return None
    return detector.weigh(tally, ColumnFacts(label, column.filled, table_has_people))


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
