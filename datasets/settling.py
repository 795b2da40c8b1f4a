"""Which column a decision about personal data is about, whatever has become of the table since.

A decision (``Settlement``) names a finding, ``detector:place:label``. The place is that of the column
in the delivered file, from 1, which no repair moves: neither a new name nor a column left out. A
decision that comes from an earlier delivery or another table of the file says 0 instead, and means
the column of that name wherever it stands. A decision that fits no column of the table is never
dropped: it comes back as a finding of high severity, which shuts the gate until somebody looks.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from datasets.reading.cells import clean_label
from datasets.reading.mends import without_unit
from datasets.sensitive import redact
from schemas.records import Finding, Message, Settlement
from schemas.vocabularies import SettlementAction, Severity

BY_NAME: Final = 0
"""Stands for the place in a decision that means a column by its name alone."""

LONGEST: Final = 300
"""Characters of a finding's id."""

STRICTEST: Final = (
    SettlementAction.DROP,
    SettlementAction.SUPPRESS,
    SettlementAction.MASK,
    SettlementAction.PSEUDONYM,
    SettlementAction.GENERALISE,
    SettlementAction.KEEP,
)
"""Ways of settling in the order in which they hide more, for decisions that meet in one column."""

STANDS: Final = Message(
    "An earlier decision about this column still holds. Nothing of the kind was found in it this time."
)
LOST: Final = Message(
    "An earlier decision fits no column of this table any more, so nothing is published. Look where "
    "the values are now and decide there; then take this decision back."
)

_NUMBERED: Final = re.compile(r"_[0-9]+")


@dataclass(frozen=True, slots=True)
class Name:
    """An id of a finding taken apart; ``place`` counts from 1, or is ``BY_NAME``."""

    detector: str
    place: int
    label: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A settlement and the place, from 0, of the column it is about; None where there is none."""

    settlement: Settlement
    detector: str
    place: int | None


def taken_apart(identity: str) -> Name:
    """The parts of a finding's id; one of another form is about a column that no table has."""
    detector, place, label = (*identity.split(":", 2), "", "")[:3]
    return Name(detector, int(place) if place.isascii() and place.isdigit() else -1, label)


def same(settlement: str, finding: str) -> bool:
    """Whether a settlement, by the id it was made under, is about a finding of the same table."""
    made, now = taken_apart(settlement), taken_apart(finding)
    if settlement == finding:
        return True
    if made.detector != now.detector:
        return False
    if BY_NAME in (made.place, now.place):
        return _key(made.label) == _key(now.label)
    return made.place == now.place


def by_name(settlement: str, label: str) -> str:
    """The id under which a decision about the column ``label`` goes on to another table."""
    return f"{taken_apart(settlement).detector}:{BY_NAME}:{label}"[:LONGEST]


def decisions(
    settlements: Iterable[Settlement], labels: Sequence[str], places: Sequence[int] = ()
) -> tuple[Decision, ...]:
    """Find the column of each settlement in a table with these ``labels``.

    ``places`` are those of the columns in the delivered file, from 0; without them nothing was left
    out before. A name that several columns have, or a place whose name another column has now, is
    no answer: which column was meant is for people to say.
    """
    shown = [redact(label) for label in labels]
    keys = [_key(label) for label in shown]
    delivered = [*(places or range(len(labels)))]
    found = []
    for settlement in settlements:
        name = taken_apart(settlement.finding)
        if name.place == BY_NAME:
            fitting = [place for place, key in enumerate(keys) if key == _key(name.label)]
            place = fitting[0] if len(fitting) == 1 else None
        else:
            place = _in_place(name, keys, delivered)
        found.append(Decision(settlement, name.detector, place))
    return tuple(found)


def _in_place(name: Name, keys: Sequence[str], delivered: Sequence[int]) -> int | None:
    key = _key(name.label)
    if name.place - 1 not in delivered:
        # Values beyond the header have no name and are never published.
        beyond = name.place - 1 > max(delivered, default=-1) and not key
        return name.place - 1 - _left_out(delivered) if beyond else None
    place = delivered.index(name.place - 1)
    renamed = keys[place] != key
    numbered = keys[place].startswith(key) and _NUMBERED.fullmatch(keys[place][len(key) :])
    return None if renamed and not numbered and key and key in keys else place


def chosen(decided: Iterable[Decision]) -> dict[tuple[str, int], Settlement]:
    """The settlement of each detector in each column; of several the one that hides most."""
    found: dict[tuple[str, int], Settlement] = {}
    for one in sorted(decided, key=lambda one: strictness(one.settlement.action), reverse=True):
        if one.place is not None:
            found[one.detector, one.place] = one.settlement
    return found


def strictness(action: str) -> int:
    """The place of an action in ``STRICTEST``; one that is not known hides most."""
    return next((place for place, one in enumerate(STRICTEST) if one == action), -1)


def standing(
    decided: Iterable[Decision], findings: Sequence[Finding], labels: Sequence[str]
) -> list[Finding]:
    """A note for each decision that holds although this table gave no reason for it."""
    seen = {taken_apart(one.id).detector + f":{taken_apart(one.id).place}" for one in findings}
    notes = []
    for (detector, place), settlement in sorted(chosen(decided).items()):
        if f"{detector}:{place + 1}" in seen:
            continue
        label = redact(labels[place]) if place < len(labels) else ""
        notes.append(
            Finding(
                id=f"{detector}:{place + 1}:{label}",
                detector=detector,
                severity=Severity.LOW.value,
                field=label,
                rows=0,
                message=STANDS,
                settled=settlement.action,
            )
        )
    return notes


def lost(decided: Iterable[Decision]) -> list[Finding]:
    """A finding for each decision that fits no column; one that only keeps shuts no gate."""
    notes = []
    for one in decided:
        if one.place is None:
            keeps = one.settlement.action == SettlementAction.KEEP
            notes.append(
                Finding(
                    id=one.settlement.finding,
                    detector=one.detector,
                    severity=(Severity.LOW if keeps else Severity.HIGH).value,
                    field=taken_apart(one.settlement.finding).label,
                    rows=0,
                    message=LOST,
                )
            )
    return notes


def is_lost(finding: Mapping[str, Any]) -> bool:
    """Whether a finding, as it is stored, speaks of a decision that fits no column."""
    return bool(finding["message"]["text"] == LOST.text)


def delivered(findings: Iterable[Finding], places: Sequence[int]) -> tuple[Finding, ...]:
    """The findings under the places that their columns have in the delivered file."""
    left_out = _left_out(places)

    def moved(finding: Finding) -> Finding:
        name = taken_apart(finding.id)
        at = name.place - 1
        place = places[at] if at < len(places) else at + left_out
        return replace(finding, id=f"{name.detector}:{place + 1}:{name.label}")

    return tuple(moved(finding) for finding in findings)


def _left_out(places: Sequence[int]) -> int:
    return places[-1] + 1 - len(places) if places else 0


def _key(label: str) -> str:
    return without_unit(clean_label(label)).casefold()
