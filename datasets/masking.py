"""Settle findings: make the derivative of a table that may be published.

Drop removes the column. Mask leaves the first and the last character of each hit, and everything
around it. Generalise leaves what the detector calls harmless: province and year of an identity
number, year of a birth date, district of an address, network of a mobile number, two decimals of a
coordinate, surname of a name; a hit that cannot be made coarser is masked. Keep leaves the column
alone. Where hits of several settlements overlap, the first and longest is treated.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from datasets.sensitive import DETECTORS, Detector, mask
from datasets.sensitive.detector import Hit
from schemas.records import Finding, Message, Problem, Settlement
from schemas.vocabularies import SettlementAction


class SettlementProblem(Exception):
    """A settlement that cannot be carried out; ``problem`` says which and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Treatment:
    """What becomes of the hits of one detector in one column."""

    detector: Detector
    replace: Callable[[str], str]


def column_of(finding: Finding) -> int:
    """The place of a finding's column, from 0, as its id tells it."""
    return int(finding.id.split(":", 2)[1]) - 1


def settle(
    labels: Sequence[str],
    rows: Iterable[Sequence[str]],
    settlements: Sequence[Settlement],
    findings: Sequence[Finding],
) -> tuple[list[str], Iterator[list[str]]]:
    """The header and the rows after every settlement; rows stream.

    ``findings`` are what ``datasets.sensitive.scan`` said of the same table: a settlement names
    one of them by its id. Raises ``SettlementProblem`` when it names none, or an unknown action.
    """
    by_id = {finding.id: finding for finding in findings}
    dropped: set[int] = set()
    treatments: dict[int, list[Treatment]] = {}
    for settlement in settlements:
        finding = by_id.get(settlement.finding)
        if finding is None or settlement.action not in set(SettlementAction):
            raise SettlementProblem(_unknown(settlement))
        place = column_of(finding)
        if settlement.action == SettlementAction.DROP:
            dropped.add(place)
        elif settlement.action != SettlementAction.KEEP:
            treatment = _treatment(DETECTORS[finding.detector], settlement.action)
            treatments.setdefault(place, []).append(treatment)
    kept = [label for place, label in enumerate(labels) if place not in dropped]
    return kept, _settled_rows(rows, dropped, treatments)


def _unknown(settlement: Settlement) -> Problem:
    return Problem(
        code="settlement-unknown",
        place=settlement.finding,
        cause=Message(
            'There is no finding that could be settled by "%(action)s" here.',
            {"action": settlement.action},
        ),
        remedy=Message("Look at the findings of this version again and settle one of them."),
    )


def _treatment(detector: Detector, action: str) -> Treatment:
    coarsen = detector.coarsen if action == SettlementAction.GENERALISE else None
    return Treatment(detector, coarsen or mask)


def _settled_rows(
    rows: Iterable[Sequence[str]], dropped: set[int], treatments: dict[int, list[Treatment]]
) -> Iterator[list[str]]:
    for row in rows:
        settled = list(row)
        for place, wanted in treatments.items():
            if place < len(settled) and settled[place]:
                settled[place] = _treat(settled[place], wanted)
        yield [cell for place, cell in enumerate(settled) if place not in dropped]


def _treat(text: str, treatments: Sequence[Treatment]) -> str:
    """Replace all hits in one sweep, so that no treatment sees what another one left behind."""
    hits = [(hit, treatment.replace) for treatment in treatments for hit in _hits(treatment, text)]
    pieces: list[str] = []
    end = 0
    for hit, replace in sorted(hits, key=lambda item: (item[0].start, -item[0].end)):
        if hit.start >= end:
            pieces += [text[end : hit.start], replace(text[hit.start : hit.end])]
            end = hit.end
    return "".join([*pieces, text[end:]])


def _hits(treatment: Treatment, text: str) -> Iterable[Hit]:
    return (Hit(0, len(text)),) if treatment.detector.whole_cells else treatment.detector.find(text)
