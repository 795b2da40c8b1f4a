"""What the openness rates count, and the figures made of it: counts first, fractions exact."""

from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction
from math import ceil
from operator import add, neg
from typing import NamedTuple

from schemas.vocabularies import Basis, Openness


class Class(StrEnum):
    """What an entry in force counts as on a date; each counts as exactly one."""

    OPEN = "open"
    CONDITIONAL = "conditional"
    WITHHELD = "withheld"
    UNCOVERED = "uncovered"
    UNPUBLISHED = "unpublished"
    UNASSESSED = "unassessed"


CLASSES = tuple(Class)
OPEN = (Class.OPEN, Class.CONDITIONAL)


def percent(n: int, d: int) -> str | None:
    """The percentage with two decimals, cut and never rounded up; None for an empty denominator."""
    if d == 0:
        return None
    whole, cut = divmod(n * 10_000 // d, 100)
    return f"{whole}.{cut:02d}"


def meets(n: int, d: int, target: str | Fraction) -> bool | None:
    """Whether the exact fraction reaches the target (``90/100``); None when it does not apply."""
    return None if d == 0 else Fraction(n, d) >= Fraction(target)


def gap_to_target(n: int, d: int, target: str | Fraction) -> int:
    """How many more have to open to reach the target, the denominator staying as it is."""
    return max(0, ceil(Fraction(target) * d) - n)


class Rate(NamedTuple):
    """An exact fraction; ``d`` 0 means that the rate does not apply (不适用)."""

    n: int
    d: int

    @property
    def percent(self) -> str | None:
        """The percentage as shown."""
        return percent(self.n, self.d)


class Counts(NamedTuple):
    """The directory of a day, or a part of it, in counts.

    The six classes are disjoint and together every entry in force. ``unpublished_conditional`` are
    those of ``unpublished`` that are to be open on a condition; ``due`` leaves out what an item in
    force closes, what the superior unit has opened and declared duplicates. ``fields`` and ``records``
    are of all entries, ``…_open`` of the open ones. ``verified…`` are the open ones that stood the
    checks of that day: entries, entries due, open fields, records.
    """

    open: int = 0
    conditional: int = 0
    withheld: int = 0
    uncovered: int = 0
    unpublished: int = 0
    unassessed: int = 0
    unpublished_conditional: int = 0
    due: int = 0
    due_open: int = 0
    fields: int = 0
    fields_open: int = 0
    records: int = 0
    records_open: int = 0
    verified: int = 0
    verified_due: int = 0
    verified_fields: int = 0
    verified_records: int = 0

    @property
    def entries(self) -> int:
        """Every entry in force."""
        return sum(self[: len(CLASSES)])

    @property
    def opened(self) -> int:
        """Entries open with or without a condition."""
        return self.open + self.conditional

    def by_class(self) -> dict[str, int]:
        """Entries of each class."""
        return dict(zip(CLASSES, self, strict=False))

    def by_openness(self) -> dict[Openness, int]:
        """Entries by what was decided about them, published or not."""
        return {
            Openness.UNCONDITIONAL: self.open + self.unpublished - self.unpublished_conditional,
            Openness.CONDITIONAL: self.conditional + self.unpublished_conditional,
            Openness.WITHHELD: self.withheld + self.uncovered,
            Openness.UNASSESSED: self.unassessed,
        }

    def data_rate(self) -> dict[str, Rate]:
        """The data rate on every base, as declared."""
        return {
            Basis.ALL: Rate(self.opened, self.entries),
            Basis.DUE: Rate(self.due_open, self.due),
            Basis.FIELD: Rate(self.fields_open, self.fields),
            Basis.VOLUME: Rate(self.records_open, self.records),
        }

    def verified_rate(self) -> dict[str, Rate]:
        """The data rate on every base, of what stood the checks."""
        return {
            Basis.ALL: Rate(self.verified, self.entries),
            Basis.DUE: Rate(self.verified_due, self.due),
            Basis.FIELD: Rate(self.verified_fields, self.fields),
            Basis.VOLUME: Rate(self.verified_records, self.records),
        }


MEASURES = Counts._fields
NONE = Counts()


def total(counts: Iterable[Counts]) -> Counts:
    """The sum of parts."""
    return Counts(*(sum(column) for column in zip(NONE, *counts, strict=True)))


def plus(one: Counts, other: Counts) -> Counts:
    """Both together."""
    return Counts._make(map(add, one, other))


def minus(one: Counts) -> Counts:
    """The same, taken away."""
    return Counts._make(map(neg, one))
