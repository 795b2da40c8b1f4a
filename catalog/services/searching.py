"""Searching the directory: the index finds, the database decides what the asker may see."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, Generic, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from catalog.auth import Identity
from catalog.models import Dataset, Unit
from catalog.search import FACETS, Question, SearchIndex, Way
from catalog.services import directory, paging, values
from catalog.services.visibility import own_units, sees_all, visible
from schemas.records import Message

T = TypeVar("T")
SORTS = ("relevance", "modified")
DEEPEST = 10_000


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What somebody asks for; facet values are alternatives within a facet.

    ``on`` is the day that being late is judged on. ``facets`` names those that are to be counted.
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
    updated_after: date | None = None
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
class SearchResult(Generic[T]):
    """Entries in order, the exact number of all, facets, and the cursor of the next page. ``way``
    tells whether words were found as written, by their sound, or nearly so."""

    items: list[T]
    total: int
    facets: dict[str, list[FacetValue]] = field(default_factory=dict)
    next: str = ""
    way: Way = Way.AS_WRITTEN


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
    """The same with each entry as a list shows it (``directory.lines``)."""
    return _search(
        session, index, actor, query,
        lambda ids: directory.lines_of(session, actor, ids),
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
        _labelled(session, answer.facets),
        paging.encode(further) if further < answer.total and answer.dataset_ids else "",
        answer.way,
    )


def _question(actor: Identity, query: SearchQuery, offset: int) -> Question:
    return Question(
        text=query.q,
        narrow={name: getattr(query, name) for name in FACETS if getattr(query, name)},
        modified_after=_moment(query.updated_after),
        unit_ids=None if sees_all(actor) else own_units(actor),
        sort=query.sort,
        offset=offset,
        limit=query.limit,
        facets=query.facets,
        on=query.on,
    )


def _moment(day: date | None) -> int:
    return int(datetime.combine(day, time.max, UTC).timestamp()) if day else 0


def _labelled(
    session: Session, facets: dict[str, list[tuple[str, int]]]
) -> dict[str, list[FacetValue]]:
    codes = [value for value, _ in facets.get("unit", [])]
    names = dict(session.execute(select(Unit.code, Unit.name).where(Unit.code.in_(codes))).all())
    return {
        name: [
            FacetValue(value, names.get(value, value) if name == "unit" else value, count)
            for value, count in found
        ]
        for name, found in facets.items()
    }
