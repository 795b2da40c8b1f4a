"""CKAN's ``package_search`` over the catalogue: the tree of a query as one condition of the database.

Visibility stands outside whatever the client writes. Words alone are looked up in the search index, as
on the portal's own pages; everything said of a field is asked of the database.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, func, literal_column, not_, or_, select, true
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from catalog.models import Dataset, Publication, Unit
from catalog.search import Question, SearchIndex
from catalog.search.tokens import LONGEST_QUESTION, runs
from catalog.services import ckan, publications
from catalog.services.ckan_fields import FIELDS, Lookup, words_in_columns
from catalog.services.exchange import ENDED
from schemas.interop import ckan_grammar as grammar
from schemas.interop.ckan_grammar import Node, Term, UnreadableQueryError
from schemas.vocabularies import PUBLIC_STATES

MOST_HITS: Final = 20_000
"""Hits of the index that are carried into the database; words with more are looked for in texts."""
SORTS: Final[Mapping[str, Any]] = {
    "metadata_modified": Publication.changed_at,
    "metadata_created": Dataset.created_at,
    "name": Dataset.slug,
    "title": Dataset.title,
    "title_string": Dataset.title,
    "id": Dataset.created_at,
    "score": None,
    "rank": None,
    "views_recent": None,
}
"""Word -> column; those without one are equal for all entries, or are the order of the index."""
GROUPED: Final[Mapping[str, Any]] = {
    "organization": Unit.code,
    "owner_org": Unit.code,
    "groups": Dataset.theme,
    "theme": Dataset.theme,
    "license_id": Dataset.licence,
    "openness": Dataset.openness,
    "extras_openness": Dataset.openness,
    "update_cycle": Dataset.update_cycle,
    "extras_update_cycle": Dataset.update_cycle,
}
_FILE_FORMAT: Final = re.compile(r'"format":"([a-z]+)","media_type"|"link_format":"([^"]+)"')
_DEFAULT_SORT: Final = (("score", True), ("metadata_modified", True))
_BY_SCORE: Final = (("score", True), ("rank", True))
_STANDING: Final = {"state": [one for one in PUBLIC_STATES if one not in ENDED]}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search as CKAN's clients put it; ``fq`` hold together, ``facets`` are names of fields."""

    q: str = ""
    fq: tuple[str, ...] = ()
    sort: tuple[tuple[str, bool], ...] = _DEFAULT_SORT
    start: int = 0
    rows: int = 10
    facets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FacetItem:
    """One value of a facet."""

    name: str
    display_name: str
    count: int


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of the page in order, how many entries there are in all, and the facets asked for."""

    dataset_ids: list[int]
    count: int
    facets: dict[str, list[FacetItem]] = field(default_factory=dict)


def sorts(text: str) -> tuple[tuple[str, bool], ...]:
    """The order a client asks for: (word, descending). Raises ``ValueError`` for what is none."""
    if text.strip().lower() in {"", "rank", "none"}:
        return _DEFAULT_SORT
    found = []
    for part in text.split(","):
        name, *ways = part.split()
        way = ways[0].lower() if ways else "asc"
        if name not in SORTS or way not in {"asc", "desc"} or len(ways) > 1:
            raise ValueError(part)
        found.append((name, way == "desc"))
    return tuple(found)


def search(session: Session, index: SearchIndex, wanted: Wanted, *, now: datetime) -> Found:
    """Find entries of the catalogue. Raises ``UnreadableQueryError`` for a filter that cannot be read.

    Words alone are found by the index alone, as on the portal's own pages: what it finds and the
    catalogue does not list any more is missing when the entries are read.
    """
    words = _only_words(wanted.q)
    if words and not (wanted.fq or wanted.facets) and wanted.sort[0] in _BY_SCORE:
        answer = index.ask(Question(words, _STANDING, offset=wanted.start, limit=wanted.rows))
        return Found(answer.dataset_ids if wanted.rows else [], answer.total)
    asked = _Asked(Lookup(session, now), index)
    clause = and_(_question(asked, wanted.q), *(asked.clause(_tree(one)) for one in wanted.fq))
    chosen = (
        select(Dataset.id)
        .join(Publication, Publication.dataset_id == Dataset.id)
        .join(Unit, Unit.id == Dataset.unit_id)
        .where(publications.listed(), clause)
    )
    count = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    facets = {name: _facet(session, chosen, name) for name in wanted.facets}
    if not wanted.rows or wanted.start >= count:
        return Found([], count, facets)
    return Found(_page(session, chosen, wanted, asked.rank, count), count, facets)


def _only_words(text: str) -> str:
    """The words of a question that is nothing else, as far as one question to the index goes."""
    try:
        question = _human(_tree(text))
    except UnreadableQueryError:
        question = grammar.words(text)
    parts = question.parts if isinstance(question, grammar.All) else (question,)
    terms = [one for one in parts if isinstance(one, Term) and one.field in {"", "text"}]
    words = " ".join(one.value for one in terms)
    whole = len(terms) == len(parts) and not any(one.phrase for one in terms)
    return words if whole and len(words) <= LONGEST_QUESTION and runs(words) else ""


def _page(
    session: Session, chosen: Any, wanted: Wanted, rank: Mapping[int, int], count: int
) -> list[int]:
    ordered = chosen.order_by(*_order(wanted.sort))
    by_index = wanted.sort[0][0] in {"score", "rank"} and rank and count <= MOST_HITS
    if not by_index:
        return list(session.scalars(ordered.offset(wanted.start).limit(wanted.rows)))
    found = list(session.scalars(ordered))
    found.sort(key=lambda one: rank.get(one, MOST_HITS), reverse=not wanted.sort[0][1])
    return found[wanted.start : wanted.start + wanted.rows]


def _order(asked: tuple[tuple[str, bool], ...]) -> list[Any]:
    columns = [(SORTS[name], descending) for name, descending in asked]
    held = [column.desc() if descending else column.asc() for column, descending in columns
            if column is not None]  # fmt: skip
    return [*held, Dataset.slug]


def _tree(text: str) -> Node:
    return grammar.parse(text)


def _question(asked: "_Asked", text: str) -> ColumnElement[bool]:
    """What a person typed: what is no query is words."""
    try:
        return asked.clause(_human(_tree(text)))
    except UnreadableQueryError:
        if len(text) > grammar.LONGEST:
            raise
        return asked.clause(grammar.words(text))


def _human(node: Node) -> Node:
    """Fields that are none, as in ``http://…``, taken as words; a plain unknown word stays a field."""
    match node:
        case grammar.All(parts):
            return grammar.All(tuple(_human(part) for part in parts))
        case grammar.AnyOf(parts):
            return grammar.AnyOf(tuple(_human(part) for part in parts))
        case grammar.Not(part):
            return grammar.Not(_human(part))
        case Term(name, value) if name not in FIELDS and (
            value.startswith("//") or not name.isascii()
        ):
            return grammar.words(f"{name} {value}")
    return node


class _Asked:
    """The conditions of one search; ``rank`` is the order that the index found entries in."""

    def __init__(self, lookup: Lookup, index: SearchIndex) -> None:
        self.lookup, self.index = lookup, index
        self.rank: dict[int, int] = {}
        self.room = 3 * MOST_HITS

    def clause(self, node: Node) -> ColumnElement[bool]:
        match node:
            case grammar.Everything():
                return true()
            case grammar.Not(part):
                return not_(func.coalesce(self.clause(part), literal_column("false")))
            case grammar.AnyOf(parts):
                return or_(*(self.clause(part) for part in parts))
            case grammar.All(parts):
                return self._all(parts)
            case Term(name, _) if name in {"", "text"}:
                return self._all((node,))
        known = FIELDS.get(node.field.lower())
        return known(self.lookup, node) if known else literal_column("1 = 0")

    def _all(self, parts: tuple[Node, ...]) -> ColumnElement[bool]:
        """Words beside each other are one question to the index."""
        words = [one for one in parts if isinstance(one, Term) and one.field in {"", "text"}]
        others = [self.clause(one) for one in parts if one not in words]
        phrases = [
            words_in_columns(one.value) for one in words if one.phrase and len(runs(one.value)) > 1
        ]
        return and_(true(), *self._words(words), *phrases, *others)

    def _words(self, words: list[Term]) -> list[ColumnElement[bool]]:
        """Questions no longer than the index takes."""
        questions = [""]
        for one in words:
            if not runs(one.value):
                continue
            if len(one.value) > LONGEST_QUESTION:
                return [literal_column("1 = 0")]
            if len(questions[-1]) + len(one.value) >= LONGEST_QUESTION:
                questions.append("")
            questions[-1] = f"{questions[-1]} {one.value}".strip()
        return [self._indexed(one) for one in questions if one]

    def _indexed(self, text: str) -> ColumnElement[bool]:
        answer = self.index.ask(Question(text=text, limit=MOST_HITS))
        if answer.total > len(answer.dataset_ids) or len(answer.dataset_ids) > self.room:
            return and_(*(words_in_columns(word) for word in text.split()))
        self.room -= len(answer.dataset_ids)
        for place, found in enumerate(answer.dataset_ids):
            self.rank.setdefault(found, place)
        # Numbers of our own, written out: a statement takes fewer parameters than there may be hits.
        listed = ", ".join(str(int(found)) for found in answer.dataset_ids)
        return literal_column(f"datasets.id IN ({listed})" if listed else "1 = 0")


def _facet(session: Session, chosen: Any, name: str) -> list[FacetItem]:
    column = GROUPED.get(name)
    if column is not None:
        rows = session.execute(
            chosen.with_only_columns(column, func.max(Unit.name), func.count())
            .where(column != "")
            .group_by(column)
        )
        return [_item(name, value, title, count) for value, title, count in rows]
    if name == "tags":
        lists = session.scalars(chosen.with_only_columns(Dataset.keywords))
        counted = Counter(word for words in lists for word in dict.fromkeys(words))
    elif name == "res_format":
        documents = session.scalars(chosen.with_only_columns(Publication.document))
        counted = Counter(
            one.upper()
            for document in documents
            for one in {first or second for first, second in _FILE_FORMAT.findall(document)}
        )
    else:
        return []
    return [FacetItem(value, value, count) for value, count in counted.items()]


def _item(name: str, value: str, title: str, count: int) -> FacetItem:
    if name == "organization":
        return FacetItem(value.lower(), title, count)
    if name == "owner_org":
        return FacetItem(ckan.organization(value, title, None).id, title, count)
    if name == "groups":
        return FacetItem(ckan.group(value).name, value, count)
    return FacetItem(value, value, count)
