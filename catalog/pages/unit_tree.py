"""The facet of units as a tree: a unit stands for all below it, and opens when it is chosen."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from catalog.services.searching import FacetValue, Place

MOST_LEVELS = 6
"""Deeper units are listed on this level."""


@dataclass(slots=True)
class _Growing:
    """What is known while the tree is laid out in lines."""

    below: dict[str, list[FacetValue]] = field(default_factory=lambda: defaultdict(list))
    opened: set[str] = field(default_factory=set)


def above(places: Mapping[str, Place], code: str) -> list[str]:
    """Codes of the units over a unit, nearest first; a circle in the data ends the walk."""
    found: list[str] = []
    parent = places[code].parent if code in places else ""
    while parent and parent not in found and parent != code:
        found.append(parent)
        parent = places[parent].parent if parent in places else ""
    return found


def narrowest(places: Mapping[str, Place], chosen: Sequence[str]) -> tuple[str, ...]:
    """What is chosen, without the units over another chosen one: who chooses a unit below means that."""
    wider = {one for code in chosen for one in above(places, code)}
    return tuple(code for code in chosen if code not in wider)


def lines(
    places: Mapping[str, Place], counted: Sequence[FacetValue], chosen: Sequence[str]
) -> list[tuple[FacetValue, int]]:
    """The units to show and how deep each stands, the fullest first: those on top, and what is right
    below a chosen one or above it. A single unit on top is open."""
    tree, known = _Growing(), {one.value for one in counted}
    for one in counted:
        parent = next((code for code in above(places, one.value) if code in known), "")
        tree.below[parent].append(one)
    tree.opened = {*chosen, *(over for code in chosen for over in above(places, code))}
    if len(tree.below[""]) == 1:
        tree.opened.add(tree.below[""][0].value)
    return list(_laid_out(tree, "", 0))


def _laid_out(tree: _Growing, parent: str, depth: int) -> Iterator[tuple[FacetValue, int]]:
    for one in tree.below[parent]:
        yield one, min(depth, MOST_LEVELS)
        if one.value in tree.opened:
            yield from _laid_out(tree, one.value, depth + 1)
