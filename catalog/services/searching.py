"""Searching the directory: the index finds, the database decides what the asker may see."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, selectinload

from catalog.auth import Identity
from catalog.models import Dataset, Unit
from catalog.search import FACETS, Question, SearchIndex, Way
from catalog.services import entry_lists, paging, regions, values
from catalog.services.visibility import own_units, sees_all, visible
from schemas.records import Message

T = TypeVar("T")
SORTS = ("relevance", "modified")
DEEPEST = 10_000
_OF_UNITS = frozenset({"unit", "under"})


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What somebody asks for; facet values are alternatives within a facet.

    ``on`` is the day that being late is judged on. ``facets`` names those that are to be counted.
    ``under`` are units with all below them; the day of the data lies after ``updated_after`` and before
    ``updated_before``.
    """

    q: str = ""
    unit: tuple[str, ...] = ()
    theme: tuple[str, ...] = ()
    openness: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    format: tuple[str, ...] = ()
    update_cycle: tuple[str, ...] = ()
    quality: tuple[str, ...] = ()
    freshness: tuple[str, ...] = ()
    licence: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    under: tuple[str, ...] = ()
    updated_after: date | None = None
    updated_before: date | None = None
    sort: str = "relevance"
    after: str = ""
    limit: int = 20
    facets: tuple[str, ...] = ()
    on: date = date.min


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet: what is sent, what is shown, how many entries have it."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Place:
    """What a unit is called, and the code of the one above it."""

    name: str
    parent: str


@dataclass(frozen=True, slots=True)
class SearchResult(Generic[T]):
    """Entries in order, the exact number of all, facets, and the cursor of the next page. ``way``
    tells whether words were found as written, by their sound, or nearly so; ``searched_for`` the words
    that are left where those that only ask fell away."""

    items: list[T]
    total: int
    facets: dict[str, list[FacetValue]] = field(default_factory=dict)
    next: str = ""
    way: Way = Way.AS_WRITTEN
    searched_for: str = ""


def search(
    session: Session, index: SearchIndex, actor: Identity, query: SearchQuery
) -> SearchResult[Dataset]:
    """Find entries that the asker may know of, with counts that count nothing else."""

    def load(ids: Sequence[int]) -> dict[int, Dataset]:
        chosen = select(Dataset).where(Dataset.id.in_(ids), visible(actor))
        loaded = session.scalars(chosen.options(selectinload(Dataset.unit)))
        return {dataset.id: dataset for dataset in loaded}

    return _search(session, index, actor, query, load)


def lines(
    session: Session, index: SearchIndex, actor: Identity, query: SearchQuery
) -> SearchResult[dict[str, Any]]:
    """The same with each entry as a list shows it (``entry_lists.lines``)."""
    return _search(
        session, index, actor, query,
        lambda ids: entry_lists.lines_of(session, actor, ids),
    )  # fmt: skip


def _search(
    session: Session,
    index: SearchIndex,
    actor: Identity,
    query: SearchQuery,
    load: Callable[[Sequence[int]], dict[int, T]],
) -> SearchResult[T]:
    if query.sort not in SORTS:
        raise values.refusal(
            {"sort": [Message("must be one of: %(words)s", {"words": ", ".join(SORTS)})]}
        )
    offset = paging.decode(query.after, int)[0] if query.after else 0
    if not 0 <= offset <= DEEPEST:
        raise values.refusal(
            {"after": [Message("is deeper than 10000 entries; narrow the search")]}
        )
    answer = index.ask(_question(actor, query, offset))
    rows = load(answer.dataset_ids)
    items = [rows[one] for one in answer.dataset_ids if one in rows]
    further = offset + len(answer.dataset_ids)
    return SearchResult(
        items,
        answer.total - (len(answer.dataset_ids) - len(items)),
        _labelled(session, index, answer.facets),
        paging.encode(further) if further < answer.total and answer.dataset_ids else "",
        answer.way,
        answer.searched,
    )


def _question(actor: Identity, query: SearchQuery, offset: int) -> Question:
    return Question(
        text=query.q,
        narrow={name: getattr(query, name) for name in FACETS if getattr(query, name)},
        data_after=query.updated_after,
        data_before=query.updated_before,
        unit_ids=None if sees_all(actor) else own_units(actor),
        sort=query.sort,
        offset=offset,
        limit=query.limit,
        facets=query.facets,
        on=query.on,
        typed=True,
    )


def _labelled(
    session: Session, index: SearchIndex, facets: dict[str, list[tuple[str, int]]]
) -> dict[str, list[FacetValue]]:
    """Values as they are shown."""
    units = places(session, index) if _OF_UNITS & facets.keys() else {}
    unit_names = {code: one.name for code, one in units.items()}
    said = dict.fromkeys(_OF_UNITS, unit_names)
    if "region" in facets:
        said["region"] = regions.names(session)
    return {
        name: [
            FacetValue(value, said.get(name, {}).get(value, value), count) for value, count in found
        ]
        for name, found in facets.items()
    }


def places(session: Session, index: SearchIndex) -> dict[str, Place]:
    """Every unit by its code. Kept while the index stays: a change of a unit is noted as one of entries."""
    return index.keep(
        "units",
        lambda: {code: Place(name, over or "") for code, name, over in session.execute(_PLACES)},
    )


_UPPER = aliased(Unit)
_PLACES = select(Unit.code, Unit.name, _UPPER.code).outerjoin(_UPPER, _UPPER.id == Unit.parent_id)
