"""CKAN's ``package_search`` over the catalogue: the tree of a query as one condition of the database.

Visibility stands outside whatever the client writes. Words alone are looked up in the search index, as
on the portal's own pages; everything said of a field is asked of the database.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy import and_, func, literal_column, not_, or_, select, true
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from catalog.models import Dataset, Publication, Unit
from catalog.search import MOST_VALUES, Question, SearchIndex
from catalog.search.tokens import LONGEST_QUESTION, runs
from catalog.services import publications
from catalog.services.ckan_facets import FacetItem, facet, from_index
from catalog.services.ckan_fields import FIELDS, Lookup, words_in_columns
from catalog.services.ckan_indexed import LOOSE, Known, facet_of, known_of
from catalog.services.ckan_walking import Marks, among, walked
from schemas.interop import ckan_grammar as grammar
from schemas.interop.ckan_grammar import Node, Term, UnreadableQueryError

MOST_HITS: Final = 20_000
"""Hits of the index that are carried into the database; words with more are looked for in texts."""
NEAR: Final = 20_000
"""So many entries are counted and put in order one by one; of more the index counts, and an order that the
database keeps is gone along."""
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
TIMES: Final[Mapping[str, Any]] = {
    "metadata_modified": Publication.dataset_id,
    "metadata_created": Dataset.id,
}
"""Times that the database keeps in order -> the number of an entry beside them."""
_DEFAULT_SORT: Final = (("score", True), ("metadata_modified", True))
_BY_SCORE: Final = (("score", True), ("rank", True))
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search as CKAN's clients put it; ``fq`` hold together, ``facets`` are names of fields, of which so
    many ``values`` are wanted, the most frequent first; all where it is negative."""

    q: str = ""
    fq: tuple[str, ...] = ()
    sort: tuple[tuple[str, bool], ...] = _DEFAULT_SORT
    start: int = 0
    rows: int = 10
    facets: tuple[str, ...] = ()
    values: int = -1


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

    What the index knows of the query narrows it first, so that the database looks at few entries. Where
    there are many, the index counts them if it knows all of the query, and puts them in order by words;
    what it finds and the catalogue does not list any more is missing when the entries are read.
    """
    lookup = Lookup(session, now)
    trees = [_question(wanted.q), *(_tree(one) for one in wanted.fq)]
    known = known_of(lookup, trees)
    by_score = bool(known.question.text) and wanted.sort[0] in _BY_SCORE
    if known.is_all and by_score and not wanted.facets:
        return _as_the_index_says(index, known, wanted)
    counting = replace(known.question, limit=0, facets=_indexed_facets(wanted))
    answer = index.ask(counting)
    asked = _Asked(lookup, index)
    within = (
        index.ask(replace(known.question, limit=NEAR)).dataset_ids
        if answer.total <= NEAR
        else _of_times(asked, trees)
    )
    if within is not None:
        chosen = _chosen(and_(among(within), *(asked.clause(one) for one in trees)))
        count = _counted(session, chosen)
        facets = {name: facet(session, chosen, name) for name in wanted.facets}
        return Found(_page(session, chosen, wanted, asked.rank, count), count, facets)
    chosen = _chosen(and_(*(asked.clause(one) for one in trees)))
    kept = partial(_kept, session, index, wanted)
    # Words that are put in another order than theirs are looked for in texts, and counted there.
    by_index = known.is_all and (by_score or not known.question.text)
    count = answer.total if by_index else kept("count", partial(_counted, session, chosen))
    facets = {
        name: from_index(session, name, answer.facets[facet_of(name)])
        if by_index and _told_whole(name, answer.facets, wanted)
        else kept(name, partial(facet, session, chosen, name))
        for name in wanted.facets
    }
    if by_index and by_score:
        return replace(_as_the_index_says(index, known, wanted), facets=facets)
    return Found(_far_page(session, chosen, wanted, count, kept), count, facets)


def _of_times(asked: "_Asked", trees: Sequence[Node]) -> list[int] | None:
    """Whatever was changed or registered in a time that is asked for, where that is not much."""
    for tree in trees:
        for part in tree.parts if isinstance(tree, grammar.All) else (tree,):
            number = TIMES.get(part.field) if isinstance(part, grammar.Range) else None
            if number is None:
                continue
            held = select(number).where(asked.clause(part)).limit(NEAR + 1)
            found = list(asked.lookup.session.scalars(held))
            if len(found) <= NEAR:
                return found
    return None


def _far_page(
    session: Session, chosen: Any, wanted: Wanted, count: int, kept: Callable[..., Marks]
) -> list[int]:
    """A page of more entries than are put in order at once."""
    sorts = [(SORTS[name], descending) for name, descending in wanted.sort]
    columns = [one for one in sorts if one[0] is not None] or [(Dataset.created_at, False)]
    if (
        len(columns) > 1 or columns[0][0] is Dataset.title
    ):  # an order that the database does not keep
        return _page(session, chosen, wanted, {}, count)
    if not wanted.rows or wanted.start >= count:
        return []
    span = (wanted.start, min(wanted.start + wanted.rows, count))
    return walked(session, chosen, columns[0], span, kept(f"marks {wanted.sort}", dict))


def _as_the_index_says(index: SearchIndex, known: Known, wanted: Wanted) -> Found:
    answer = index.ask(replace(known.question, offset=wanted.start, limit=wanted.rows))
    return Found(answer.dataset_ids if wanted.rows else [], answer.total)


def _indexed_facets(wanted: Wanted) -> tuple[str, ...]:
    held = (facet_of(name) for name in wanted.facets)
    return tuple(dict.fromkeys(one for one in held if one and one not in LOOSE))


def _told_whole(name: str, told: Mapping[str, list[tuple[str, int]]], wanted: Wanted) -> bool:
    """Whether the index tells as many values as are wanted; it never tells more than the most frequent."""
    held = told.get(facet_of(name))
    if held is None:
        return False
    return len(held) < MOST_VALUES or 0 <= wanted.values <= MOST_VALUES


def _kept(
    session: Session, index: SearchIndex, wanted: Wanted, what: str, make: Callable[[], T]
) -> T:
    """What ``make`` finds, kept until an entry changes: clients ask for page after page."""
    if "NOW" in "".join((wanted.q, *wanted.fq)):
        return make()
    key = ("ckan", what, wanted.q, wanted.fq, publications.stamp(session))
    return index.keep(key, make)


def _chosen(clause: ColumnElement[bool]) -> Any:
    return (
        select(Dataset.id)
        .join(Publication, Publication.dataset_id == Dataset.id)
        .join(Unit, Unit.id == Dataset.unit_id)
        .where(publications.listed(), clause)
    )


def _counted(session: Session, chosen: Any) -> int:
    return session.scalar(select(func.count()).select_from(chosen.subquery())) or 0


def _page(
    session: Session, chosen: Any, wanted: Wanted, rank: Mapping[int, int], count: int
) -> list[int]:
    if not wanted.rows or wanted.start >= count:
        return []
    ordered = chosen.order_by(*_order(wanted.sort))
    by_index = wanted.sort[0][0] in {"score", "rank"} and rank and count <= MOST_HITS
    if not by_index:
        return list(session.scalars(ordered.offset(wanted.start).limit(wanted.rows)))
    found = list(session.scalars(ordered))
    found.sort(key=lambda one: rank.get(one, MOST_HITS), reverse=not wanted.sort[0][1])
    return found[wanted.start : wanted.start + wanted.rows]


def _order(asked: tuple[tuple[str, bool], ...]) -> list[Any]:
    """Entries that are equal in what was asked for come in the order they were registered in."""
    columns = [(SORTS[name], descending) for name, descending in asked]
    columns = [(column, descending) for column, descending in columns if column is not None]
    held = [column.desc() if descending else column.asc() for column, descending in columns]
    backwards = bool(columns) and columns[-1][1]
    # In the direction of the last one: an index goes through both at once.
    return [*held, Dataset.id.desc() if backwards else Dataset.id.asc()]


def _tree(text: str) -> Node:
    return grammar.parse(text)


def _question(text: str) -> Node:
    """What a person typed: what is no query is words."""
    try:
        return _human(_tree(text))
    except UnreadableQueryError:
        if len(text) > grammar.LONGEST:
            raise
        return grammar.words(text)


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
        return among(answer.dataset_ids)
