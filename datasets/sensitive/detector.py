"""What a detector is: where to look, what counts as a hit, and how heavy a column of hits weighs."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import polars as pl

from datasets.identifiers import fold
from schemas.records import Message
from schemas.vocabularies import Severity

JOINT: Final = r"[ \t\r\n-]{0,2}"
"""What people put between groups of digits, as ``fold`` leaves it: spaces, dashes, a new line in a
narrow cell, or nothing."""

DIGIT_RUN: Final = f"[0-9](?:{JOINT}[0-9]){{10}}"
"""Eleven digits: what every long number of a person has, cheap to search for."""

WHITE: Final = " \t\n\r\f\v"
BLANK: Final = r"[ \t\n\r\f\v]*"
"""White space around a cell after ``fold``, in words that ``re`` and Polars read alike."""

HEADER_NOISE: Final = re.compile(r"[\s*＊()（）\[\]【】:：]|必填|选填")


@dataclass(frozen=True, slots=True)
class Hit:
    """Characters ``start`` to ``end`` of a cell."""

    start: int
    end: int


@dataclass(slots=True)
class Tally:
    """What was counted of one detector in one column; no value stays in it but masked samples.

    ``counts`` holds a detector's own counts by name: of ``Detector.count`` and of ``patterns``.
    """

    rows: int = 0
    distinct: int = 0
    places: list[int] = field(default_factory=list)
    samples: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """A column as a detector sees it when everything was read, and what stands beside it."""

    label: str
    filled: int
    table_has_people: bool = False
    table_has_times: bool = False
    table_has_groups: bool = False


def mask(value: str) -> str:
    """Front one, back one: the only form in which a value may leave the engine."""
    text = value.strip()
    if len(text) <= 2:
        return text[: len(text) - 1] + "*"
    return text[0] + "*" * (len(text) - 2) + text[-1]


def mask_all_but_first(value: str) -> str:
    """Front one only: for values so short that two characters of them tell too much."""
    text = value.strip()
    return text[:1] + "*" * max(len(text) - 1, 1)


def hide_all(_value: str) -> str:
    """Nothing of it, not even how long it is: for values of which any character tells, an illness."""
    return "*"


@dataclass(frozen=True, slots=True)
class Detector:
    """One kind of sensitive data.

    ``find`` is the rule: the places of all hits in any text. ``gate`` is an expression that every
    cell with a hit matches once folded (``datasets.identifiers.fold``); it is searched in whole
    columns, so that the rule runs on few cells. ``exact`` says that a cell matching the gate has a
    hit, so that the rule need not run but for samples; else ``judge``, if given, tells for a column
    of folded cells which have a hit, the birth dates in them bounded by the day given.
    ``trigger`` is a looser gate for the first sight of every cell: the triggers of all detectors run
    as one automaton. It is the gate itself if not given.

    ``weigh`` turns the counts of a column into a severity, or None when they mean nothing.
    ``count`` gives names to count a cell under, for ``weigh``; ``patterns`` does the same by
    expressions over folded cells that passed the gate. ``coarsen`` makes a value less telling and is
    None where only dropping or masking helps; ``hide`` masks it, and ``show`` makes it fit for a
    sample. ``headers``, if
    given, are the only ones under which the values mean anything. ``words`` give values their
    meaning in the header, or right before them in the cell, as ``announced`` says for a gate.
    ``whole_cells`` says that the column was judged, not the cell: settling it treats every cell, hit
    or not. Under headers that match ``sure`` every cell counts that matches ``sure_gate`` and not
    ``sure_not``, whatever its shape; the shape only adds samples. ``people`` says that a finding makes
    the table one about people; ``parts`` says that rows of totals are left out.
    """

    name: str
    gate: str
    find: Callable[[str], Iterable[Hit]]
    weigh: Callable[[Tally, ColumnFacts], Severity | None]
    message: Message
    exact: bool = False
    judge: Callable[[pl.Series, date | None], pl.Series] | None = None
    count: Callable[[str], Iterable[str]] | None = None
    patterns: Mapping[str, str] = field(default_factory=dict)
    coarsen: Callable[[str], str] | None = None
    hide: Callable[[str], str] = mask
    show: Callable[[str], str] = mask
    people: bool = False
    whole_cells: bool = False
    headers: re.Pattern[str] | None = None
    words: re.Pattern[str] | None = None
    announced: str = ""
    parts: bool = False
    trigger: str = ""
    sure: re.Pattern[str] | None = None
    sure_gate: str = ""
    sure_not: str = ""


def always(severity: Severity) -> Callable[[Tally, ColumnFacts], Severity | None]:
    """A weighing for values that prove themselves: one hit is enough."""

    def weigh(tally: Tally, _column: ColumnFacts) -> Severity | None:
        return severity if tally.rows else None

    return weigh


def matching(pattern: str) -> Callable[[pl.Series, date | None], pl.Series]:
    """A judge for rules that one expression over folded cells decides."""

    def judge(cells: pl.Series, _on: date | None) -> pl.Series:
        return cells.str.contains(pattern)

    return judge


def bounded(core: str, beside: str = "0-9A-Za-z") -> tuple[re.Pattern[str], str]:
    """``core`` with no character of the class ``beside`` next to it: for ``find``, and as a gate.

    The gate is for engines that cannot look around; it matches the same folded cells.
    """
    return (
        re.compile(rf"(?<![{beside}])(?:{core})(?![{beside}])", re.ASCII),
        rf"(?:^|[^{beside}])(?:{core})(?:$|[^{beside}])",
    )


def hits_under(detector: Detector, label: str) -> Callable[[str], Iterable[Hit]]:
    """What ``detector`` finds in cells of a column called ``label``: the rule of scan and treatment.

    Where its words are not in the header, only what such words announce in the cell is a hit.
    """
    if detector.words is None or detector.words.search(plain_label(label)):
        return detector.find
    told = re.compile(detector.announced)

    def find(text: str) -> Iterator[Hit]:
        return (Hit(*found.span(1)) for found in told.finditer(fold(text)))

    return find


def announced(words: re.Pattern[str], core: str) -> str:
    """A gate for ``core`` where ``words`` stand before it, with 号码, 为 and marks between.

    The core is its first group.
    """
    marks = r"[^0-9A-Za-z\u3400-\u9fff]{0,3}"
    between = rf"(?:号码?|编号|卡号?|证号?)?{marks}[为是]?{marks}"
    return rf"(?i:{words.pattern}){between}({core})(?:$|[^0-9A-Za-z])"


def whole(text: str) -> Hit:
    """All of a cell but the white space around it; the cell must not be blank."""
    plain = fold(text)
    start = len(plain) - len(plain.lstrip(WHITE))
    return Hit(start, len(plain.rstrip(WHITE)))


def filling(core: str) -> tuple[re.Pattern[str], str]:
    """``core`` alone in its cell but for white space: for ``find`` (group 1), and as a gate."""
    return re.compile(rf"{BLANK}({core}){BLANK}"), filling_gate(core)


def filling_gate(core: str) -> str:
    """The gate of ``filling``, for a core that only the engine of gates can read."""
    return rf"^{BLANK}(?:{core}){BLANK}$"


def plain_label(label: str) -> str:
    """A header without the marks that forms put in it: stars, brackets, line breaks, 必填."""
    return HEADER_NOISE.sub("", label)
