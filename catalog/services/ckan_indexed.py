"""What the search index knows of a CKAN query: so that a million entries need not be looked at one by one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select

from catalog.models import Unit
from catalog.search import Question
from catalog.search.folding import fold
from catalog.search.tokens import LONGEST_QUESTION, runs, squeezed
from catalog.services.ckan_fields import CONSTANTS, Lookup, themes_of, units_of
from catalog.services.exchange import ENDED
from schemas.interop import ckan_grammar as grammar
from schemas.interop.ckan_grammar import Node, Term
from schemas.vocabularies import PUBLIC_STATES

STANDING: Final = frozenset(PUBLIC_STATES) - frozenset(ENDED)
FACETS: Final[Mapping[str, str]] = {
    "organization": "unit",
    "owner_org": "unit",
    "publisher_code": "unit",
    "groups": "theme",
    "theme": "theme",
    "license_id": "licence",
    "openness": "openness",
    "update_cycle": "update_cycle",
    "spatial": "region",
    "res_format": "format",
    "tags": "keyword",
}
"""Field of CKAN -> facet of the index."""
LOOSE: Final = frozenset({"format", "keyword"})
"""Facets that hold all that the field has, and may hold more: words in another spelling, say."""


@dataclass(frozen=True, slots=True)
class Known:
    """``question`` finds whatever the query finds; no more than that where it ``is_all``."""

    question: Question
    is_all: bool


@dataclass(slots=True)
class _Gathered:
    words: list[str] = field(default_factory=list)
    narrow: dict[str, frozenset[str]] = field(default_factory=dict)
    is_all: bool = True


def known_of(lookup: Lookup, trees: Sequence[Node]) -> Known:
    """What of trees that hold together the index knows."""
    found = _Gathered(narrow={"state": STANDING})
    for tree in trees:
        for part in tree.parts if isinstance(tree, grammar.All) else (tree,):
            _gather(lookup, part, found)
    text = " ".join(found.words)
    narrow = {name: sorted(values) for name, values in found.narrow.items()}
    return Known(Question(text, narrow), found.is_all)


def facet_of(name: str) -> str:
    """The facet of the index in which a field of CKAN stands; empty where there is none."""
    return FACETS.get(name.removeprefix("extras_"), "")


def _gather(lookup: Lookup, part: Node, found: _Gathered) -> None:
    match part:
        case grammar.Everything():
            return
        case Term("" | "text", value, phrase=phrase):
            _gather_word(value, found, phrase=phrase)
            return
        case Term(name, value, prefix=False) if name.lower() in CONSTANTS:
            found.is_all &= value.lower() == CONSTANTS[name.lower()]
            return
    chosen = _chosen(lookup, part)
    if chosen is None:
        found.is_all = False
        return
    facet, values = chosen
    found.narrow[facet] = found.narrow[facet] & values if facet in found.narrow else values
    found.is_all &= facet not in LOOSE


def _gather_word(value: str, found: _Gathered, *, phrase: bool) -> None:
    said = runs(value)
    if not said:
        return  # nothing that could be looked for
    if sum(map(len, found.words)) + len(found.words) + len(value) > LONGEST_QUESTION:
        found.is_all = False
        return
    found.words.append(value)
    found.is_all &= not (phrase and len(said) > 1)


def _chosen(lookup: Lookup, part: Node) -> tuple[str, frozenset[str]] | None:
    """A facet and the values that a condition leaves of it."""
    match part:
        case Term(name, value, prefix=False) if facet := facet_of(name.lower()):
            return facet, VALUES.get(name.lower(), _itself)(lookup, value)
        case grammar.AnyOf(parts):
            ways = [_chosen(lookup, one) for one in parts]
            told = [one for one in ways if one is not None]
            if len(told) == len(ways) and len({facet for facet, _ in told}) == 1:
                return told[0][0], frozenset().union(*(values for _, values in told))
        case grammar.Not(negated):
            inner = _chosen(lookup, negated)
            if inner is not None and inner[0] == "unit":  # of which every entry has one
                return "unit", frozenset(lookup.session.scalars(select(Unit.code))) - inner[1]
    return None


Values = Callable[[Lookup, str], frozenset[str]]


def _itself(_: Lookup, value: str) -> frozenset[str]:
    return frozenset({value})


def _units(name: str) -> Values:
    return lambda lookup, value: frozenset(units_of(lookup, name, value))


VALUES: Final[Mapping[str, Values]] = {
    "organization": _units("organization"),
    "owner_org": _units("owner_org"),
    "publisher_code": lambda _, value: frozenset({value.upper()}),
    "extras_publisher_code": lambda _, value: frozenset({value.upper()}),
    "groups": lambda lookup, value: frozenset(themes_of(lookup, value)),
    "res_format": lambda _, value: frozenset({value.lower()}),
    "tags": lambda _, value: frozenset({squeezed(fold(value))}),
}
"""Field -> values of its facet that a value of CKAN means; of others it is the value itself."""
