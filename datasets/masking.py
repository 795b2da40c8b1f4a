"""Settle findings: what becomes of a hit, and which ways of settling make sense for which finding.

Drop removes the column. Mask leaves the first and the last character of each hit, and everything
around it; of an illness, a belief or a child's age it leaves nothing. Generalise leaves what the
detector calls harmless: province and year of an identity number, year of a birth date, district of
an address, network of a mobile number, two decimals of a coordinate, surname of a name; a hit that
cannot be made coarser is masked. Pseudonym puts a code in the place of the hit (``pseudonyms``).
Suppress hides small counts (``suppression``). Keep leaves the column alone. Where hits of several
settlements overlap, the first and longest is treated.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from datasets.pseudonyms import pseudonym
from datasets.sensitive import DETECTORS, Detector
from datasets.sensitive.detector import Hit, hits_under
from datasets.sensitive.scanning import replace_hits, suspects
from datasets.settling import Decision, chosen
from schemas.records import Finding, Message, Problem, Settlement
from schemas.vocabularies import SettlementAction

SMALL_CELL: Final = "small-cell"
MASKED: Final = "masked"
NOBODY: Final = frozenset(
    {
        "birth-date",
        "citizen-id-destroyed",
        "minor-birth-date",
        "minor-age",
        "position",
        "position-pair",
        "sensitive-attribute",
    }
)
"""Kinds whose values name nobody by themselves: a code in their place would be noise."""

Replace = Callable[[str], str]


class SettlementProblem(Exception):
    """A settlement that cannot be carried out; ``problem`` says which and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Treatment:
    """What becomes of the hits of one detector in one column."""

    detector: Detector
    action: SettlementAction
    replace: Replace
    find: Callable[[str], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What settling does to a table, by the places of its columns, from 0."""

    dropped: frozenset[int] = frozenset()
    treatments: Mapping[int, tuple[Treatment, ...]] = field(default_factory=dict)
    suppressed: frozenset[int] = frozenset()


def column_of(finding: Finding) -> int:
    """The place of a finding's column, from 0, as its id tells it."""
    return int(finding.id.split(":", 2)[1]) - 1


def actions_for(detector: str) -> tuple[SettlementAction, ...]:
    """The ways of settling a finding of ``detector`` that make sense, the safest first."""
    if detector == SMALL_CELL:
        return (SettlementAction.SUPPRESS, SettlementAction.DROP, SettlementAction.KEEP)
    found = DETECTORS.get(detector)
    if found is None or detector == MASKED:
        return (SettlementAction.DROP, SettlementAction.KEEP)
    offered = {
        SettlementAction.DROP: True,
        SettlementAction.MASK: True,
        SettlementAction.GENERALISE: found.coarsen is not None,
        SettlementAction.PSEUDONYM: detector not in NOBODY,
        SettlementAction.KEEP: True,
    }
    return tuple(action for action, makes_sense in offered.items() if makes_sense)


def plan(decided: Sequence[Decision], labels: Sequence[str], key: str = "") -> Plan:
    """Gather what ``decided`` asks for, whether this table gave a reason for it or not.

    ``labels`` are the names of the columns, which give numbers their meaning; ``key`` is the key of
    pseudonyms. Raises ``SettlementProblem`` when a decision other than to keep fits no column, an
    action cannot be carried out, or there is no key for a pseudonym.
    """
    for one in decided:
        keeps = one.settlement.action == SettlementAction.KEEP
        if (one.place is None and not keeps) or not _can_be_done(one):
            raise SettlementProblem(_unknown(one.settlement))
    dropped: set[int] = set()
    suppressed: set[int] = set()
    treatments: dict[int, tuple[Treatment, ...]] = {}
    for (detector, place), settlement in chosen(decided).items():
        action = SettlementAction(settlement.action)
        if action is SettlementAction.DROP:
            dropped.add(place)
        elif action is SettlementAction.SUPPRESS:
            suppressed.add(place)
        elif action is not SettlementAction.KEEP:
            label = labels[place] if place < len(labels) else ""
            made = _treatment(DETECTORS[detector], action, label, key)
            treatments[place] = (*treatments.get(place, ()), made)
    return Plan(frozenset(dropped), treatments, frozenset(suppressed))


def _can_be_done(one: Decision) -> bool:
    """What is offered, and what earlier editions offered too: masking, with or without sense."""
    known = one.detector in DETECTORS
    earlier = {SettlementAction.MASK, SettlementAction.GENERALISE} if known else ()
    return one.settlement.action in {*actions_for(one.detector), *earlier}


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


def _treatment(detector: Detector, action: SettlementAction, label: str, key: str) -> Treatment:
    replace: Replace = detector.hide
    if action is SettlementAction.GENERALISE and detector.coarsen is not None:
        replace = detector.coarsen
    if action is SettlementAction.PSEUDONYM:
        if not key:
            raise SettlementProblem(_keyless())
        replace = partial(pseudonym, key, detector.name)
    find = _whole_cell if detector.whole_cells else hits_under(detector, label)
    return Treatment(detector, action, replace, find)


def _keyless() -> Problem:
    return Problem(
        code="settlement-no-key",
        cause=Message("Pseudonyms need a key, and none was given."),
        remedy=Message("Settle the finding in another way, or ask the operator for the key."),
    )


def treat(cells: Any, treatments: Sequence[Treatment]) -> Any:
    """A ``pyarrow.StringArray`` with the hits of the treatments replaced.

    Only cells that the detectors' gates let through are looked at, each distinct text once; when
    none of them changes, ``cells`` itself comes back.
    """
    suspects = _suspects(cells, treatments)
    encoded = cells.filter(suspects).dictionary_encode()
    before = encoded.dictionary.to_pylist()
    after = [treat_text(text, treatments) for text in before]
    if before == after:
        return cells
    settled = pa.array(after, cells.type).take(encoded.indices)
    return pc.replace_with_mask(cells, suspects, settled)


def _suspects(cells: Any, treatments: Sequence[Treatment]) -> Any:
    if any(treatment.detector.whole_cells for treatment in treatments):
        return pc.greater(pc.binary_length(cells), 0)
    return suspects(cells, [treatment.detector for treatment in treatments])


def treat_text(text: str, treatments: Sequence[Treatment]) -> str:
    """Replace all hits of the treatments in a cell."""
    every = ((hit, one.replace) for one in treatments for hit in one.find(text))
    return replace_hits(text, every)


def _whole_cell(text: str) -> Iterable[Hit]:
    return (Hit(0, len(text)),) if text.strip() else ()
