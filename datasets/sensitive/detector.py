"""What a detector is: where to look, what counts as a hit, and how heavy a column of hits weighs."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from schemas.records import Message
from schemas.vocabularies import Severity

DIGIT: Final = r"\p{Nd}"
ODD: Final = r"\x{80}-\x{10FFFF}"
"""Part of an RE2 class: anything beyond ASCII, which may be a digit of another script."""

JOINT: Final = r"[\s\p{Zs}\p{Cf}\p{Pd}]?"
"""What people put between groups of digits: one space, dash or invisible character, or nothing."""

DIGIT_RUN: Final = rf"(?:{DIGIT}{JOINT}){{11}}"
"""Eleven digits: what every long number of a person has, cheap to search for."""

LEFT: Final = "(?:^|[^0-9A-Za-z])"
RIGHT: Final = "(?:$|[^0-9A-Za-z])"
"""The bounds of a number, for RE2, which cannot look around."""

HEADER_NOISE: Final = re.compile(r"[\s*＊()（）\[\]【】:：]|必填|选填")


@dataclass(frozen=True, slots=True)
class Hit:
    """Characters ``start`` to ``end`` of a cell."""

    start: int
    end: int


@dataclass(slots=True)
class Tally:
    """What was counted of one detector in one column; no value stays in it but masked samples.

    ``counts`` holds a detector's own counts by name, added up from ``Detector.count``.
    """

    rows: int = 0
    distinct: int = 0
    places: list[int] = field(default_factory=list)
    samples: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """A column as a detector sees it when everything was read."""

    label: str
    filled: int
    table_has_people: bool = False


@dataclass(frozen=True, slots=True)
class Detector:
    """One kind of sensitive data.

    ``gate`` is an RE2 expression that every cell with a hit matches; it is searched in many cells at
    once, so that ``find`` (the exact rule, one cell at a time) runs on few. ``trigger`` is a looser
    gate for the first sight of every cell: the triggers of all detectors run as one automaton,
    which stays fast only while each is simple. It is the gate itself if not given.
    ``weigh`` turns the counts of a column into a severity, or None when they mean nothing.
    ``count`` gives names to count a cell under, for ``weigh``. ``coarsen`` makes a value less
    telling and is None where only dropping or masking helps. ``headers``, if given, are the only
    ones under which the values mean anything; other columns are not searched. ``whole_cells`` says
    that the column was judged, not the cell: settling it treats every cell, hit or not. ``people``
    says that a finding makes the table one about people.
    """

    name: str
    gate: str
    find: Callable[[str], Iterable[Hit]]
    weigh: Callable[[Tally, ColumnFacts], Severity | None]
    message: Message
    count: Callable[[str], Iterable[str]] | None = None
    coarsen: Callable[[str], str] | None = None
    people: bool = False
    whole_cells: bool = False
    headers: re.Pattern[str] | None = None
    trigger: str = ""


def always(severity: Severity) -> Callable[[Tally, ColumnFacts], Severity | None]:
    """A weighing for values that prove themselves: one hit is enough."""

    def weigh(tally: Tally, _column: ColumnFacts) -> Severity | None:
        return severity if tally.rows else None

    return weigh


def plain_label(label: str) -> str:
    """A header without the marks that forms put in it: stars, brackets, line breaks, 必填."""
    return HEADER_NOISE.sub("", label)


def mask(value: str) -> str:
    """Front one, back one: the only form in which a value may leave the engine."""
    text = value.strip()
    if len(text) <= 2:
        return text[:1] + "*"
    return text[0] + "*" * (len(text) - 2) + text[-1]
