"""Tables that share keys, and what joining them brings together.

Two sketches of one kind tell how many values their columns share: below the smaller of both ends
neither sketch lacks a hash, so the hashes counted there are a fair sample of each column, and all of
it where a column has fewer values than a sketch holds.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Final

import polars as pl

from datasets.mosaic.sketches import COMBINATION, SKETCH, KeySketch, TableSketch
from schemas.vocabularies import Severity

LEAST_SHARE: Final = 0.05
"""Of the values of either column that must stand in the other too."""

LEAST_COMMON: Final = 3
"""Hashes that must agree, so that a link is no accident."""

MOST_HOLDERS: Final = 20
"""Columns that a value held by many (a street, a large firm) brings together, so that the number of
pairs stays bounded; further ones meet by rarer values."""

NAMING: Final = frozenset({"person", "citizen-id", "phone", "email", "plate"})
"""What names or reaches one person."""

TELLING: Final = frozenset(
    {"address", "position", "birth", "health", "money", "conduct", "phone", "email", "citizen-id"}
)
"""What is told of a person, and harms when it meets a name (PIPL, article 28, and more)."""

OF_PEOPLE: Final = frozenset({"person", "citizen-id", "phone", "email", "plate", "address"})
"""Keys that lead to people; the other ones lead to bodies."""

_ORDER: Final = {Severity.HIGH: 0, Severity.MEDIUM: 1, Severity.LOW: 2}


@dataclass(frozen=True, slots=True)
class Link:
    """One key that two tables share. Shares are of each column's distinct values, 0 to 1, estimated
    by ``common`` agreeing hashes; ``matched`` is the number of shared values, estimated."""

    kind: str
    left_columns: tuple[str, ...]
    right_columns: tuple[str, ...]
    left_share: float
    right_share: float
    matched: int
    common: int


@dataclass(frozen=True, slots=True)
class Linked:
    """Two tables, the key that joins them best, and what stands together after a join.

    ``left_gains`` are the columns that the left table gains from the right one, ``right_gains`` the
    other way round; ``together`` are the kinds of personal data that stand together only after the
    join, empty when one of the tables has them all.
    """

    left: str
    right: str
    link: Link
    left_gains: tuple[str, ...]
    right_gains: tuple[str, ...]
    together: tuple[str, ...]
    severity: Severity


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs of tables, the gravest first; not ``complete`` where the time was up before all were judged."""

    pairs: tuple[Linked, ...]
    complete: bool = True


def links(tables: Mapping[str, TableSketch], *, seconds: float = inf) -> Links:
    """All pairs of tables that a shared key joins, the gravest first. Names are the caller's.

    After ``seconds`` those that are left are not judged: the pairs with the fewest values in common.
    Half of the time goes into finding pairs at most.
    """
    found: list[Linked] = []
    begun = monotonic()
    partners, complete = _partners(tables, begun + seconds / 2)
    for left, right in partners:
        if monotonic() > begun + seconds:
            complete = False
            break
        linked = _judge(left, tables[left], right, tables[right])
        if linked is not None:
            found.append(linked)
    return Links(tuple(sorted(found, key=_gravity)), complete)


def linked_to(name: str, table: TableSketch, others: Mapping[str, TableSketch]) -> list[Linked]:
    """What one more table, which stands on the left, would make possible together with the others."""
    found = [_judge(name, table, other, sketch) for other, sketch in others.items()]
    return sorted((one for one in found if one is not None), key=_gravity)


def _gravity(one: Linked) -> tuple[int, float, str, str]:
    share = max(one.link.left_share, one.link.right_share)
    return _ORDER[one.severity], -share, one.left, one.right


def _partners(
    tables: Mapping[str, TableSketch], deadline: float
) -> tuple[list[tuple[str, str]], bool]:
    """Pairs of tables with enough equal hashes of one kind, those with the most first, and whether
    all kinds were looked at before the deadline: those that lead to people come first."""
    kinds = {key.kind for table in tables.values() for key in table.keys}
    left = sorted(kinds, key=lambda one: (not _leads_to_people(one), one))
    most: dict[tuple[str, str], int] = {}
    while left and monotonic() <= deadline:
        for pair, common in _meeting(tables, left.pop(0)):
            most[pair] = max(common, most.get(pair, 0))
    return sorted(most, key=lambda pair: -most[pair]), not left


def _leads_to_people(kind: str) -> bool:
    return kind in OF_PEOPLE or kind.startswith(COMBINATION)


def _meeting(tables: Mapping[str, TableSketch], kind: str) -> Iterator[tuple[tuple[str, str], int]]:
    """Pairs of tables that have hashes of a kind in common, and how many, two columns at a time.

    Every hash is joined with itself, in the columns that hold it: those are found in one go, where
    to compare each column with each would take the square of their number.
    """
    held = [(name, key) for name, table in tables.items() for key in table.keys if key.kind == kind]
    hashes = pl.Series("hash", [h for _, key in held for h in key.hashes], dtype=pl.UInt64)
    holder = pl.Series([n for n, (_, key) in enumerate(held) for _ in key.hashes], dtype=pl.UInt32)
    frame = pl.DataFrame({"hash": hashes, "key": holder}).filter(
        pl.len().over("hash") > 1, pl.int_range(pl.len()).over("hash") < MOST_HOLDERS
    )
    met = (
        frame.join(frame, on="hash")
        .filter(pl.col("key") < pl.col("key_right"))
        .group_by("key", "key_right")
        .len()
        .filter(pl.col("len") >= LEAST_COMMON)
        .sort("key", "key_right")
    )
    for left, right, common in met.iter_rows():
        (name, mine), (other, theirs) = held[left], held[right]
        if name != other and common >= LEAST_SHARE / 2 * min(_sampled(mine, theirs)):
            yield (name, other), common


def _sampled(left: KeySketch, right: KeySketch) -> tuple[int, int]:
    """How many hashes of each column lie below the smaller of both ends."""
    ends = [one.hashes[-1] for one in (left, right) if len(one.hashes) == SKETCH]
    end = min(ends, default=2**64)
    return bisect_right(left.hashes, end), bisect_right(right.hashes, end)


def _judge(left: str, one: TableSketch, right: str, other: TableSketch) -> Linked | None:
    shared = [
        link
        for key in one.keys
        for match in other.keys
        if key.kind == match.kind and (link := overlap(key, match)) is not None
    ]
    judged = [
        linked for link in shared if (linked := _weigh(left, one, right, other, link)) is not None
    ]
    return min(judged, key=_gravity, default=None)


def overlap(left: KeySketch, right: KeySketch) -> Link | None:
    """How many values two columns share, or None when too few."""
    common = len(set(left.hashes) & set(right.hashes))
    if common < LEAST_COMMON:
        return None
    mine, theirs = _sampled(left, right)
    left_share, right_share = common / mine, common / theirs
    if max(left_share, right_share) < LEAST_SHARE:
        return None
    whole = len(left.hashes) < SKETCH and len(right.hashes) < SKETCH
    matched = common if whole else round(left_share * left.distinct)
    return Link(left.kind, left.columns, right.columns, left_share, right_share, matched, common)


def _weigh(
    left: str, one: TableSketch, right: str, other: TableSketch, link: Link
) -> Linked | None:
    """What the join brings together: grave where a name meets what harms, by a key of people."""
    left_gains = _gains(one, other, link.right_columns)
    right_gains = _gains(other, one, link.left_columns)
    if not left_gains and not right_gains:
        return None
    mine, theirs = (set(table.kinds.values()) & (NAMING | TELLING) for table in (one, other))
    both = mine | theirs
    new = both > mine and both > theirs and both & NAMING and both & TELLING
    combined = link.kind.startswith(COMBINATION)
    named_now = combined and bool(both & NAMING) and not (mine & NAMING and theirs & NAMING)
    severity = Severity.LOW
    if new or named_now:
        severity = Severity.HIGH if _leads_to_people(link.kind) else Severity.MEDIUM
    together = _in_order(both) if new else ()
    return Linked(left, right, link, left_gains, right_gains, together, severity)


def _gains(table: TableSketch, other: TableSketch, key: Sequence[str]) -> tuple[str, ...]:
    """Columns of the other table that say something this one does not say: by kind, else by name."""
    held = set(table.kinds.values())
    return tuple(
        name
        for name in other.columns
        if name not in key
        and name not in table.columns
        and (name not in other.kinds or other.kinds[name] not in held)
    )


def _in_order(kinds: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(kinds), key=lambda kind: (kind not in NAMING, kind)))
