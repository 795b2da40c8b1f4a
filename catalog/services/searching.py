"""Searching the directory: the index finds, the database decides what the asker may see."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from catalog.auth import Identity
from catalog.models import Dataset, Unit
from catalog.search import FACETS, Question, SearchIndex
from catalog.services import paging, values
from catalog.services.visibility import own_units, sees_all, visible
from schemas.records import Message

SORTS = ("relevance", "modified")
DEEPEST = 10_000


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What somebody asks for; facet values are alternatives within a facet."""

    q: str = ""
    unit: tuple[str, ...] = ()
    theme: tuple[str, ...] = ()
    openness: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    format: tuple[str, ...] = ()
    update_cycle: tuple[str, ...] = ()
    updated_after: date | None = None
    sort: str = "relevance"
    after: str = ""
    limit: int = 20
    facets: bool = True


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet: what is sent, what is shown, how many entries have it."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Entries in order, the exact number of all, facets, and the cursor of the next page."""

    items: list[Dataset]
    total: int
    facets: dict[str, list[FacetValue]] = field(default_factory=dict)
    next: str = ""


def search(
    session: Session, index: SearchIndex, actor: Identity, query: SearchQuery
) -> SearchResult:
    """Find entries that the asker may know of, with counts that count nothing else."""
    if query.sort not in SORTS:
        raise values.refusal(
            {"sort": [Message("must be one of: %(words)s", {"words": ", ".join(SORTS)})]}
        )
    offset = paging.decode(query.after, int)[0] if query.after else 0
    if offset > DEEPEST:
        raise values.refusal(
            {"after": [Message("is deeper than 10000 entries; narrow the search")]}
        )
    everything = sees_all(actor)
    answer = index.ask(
        Question(
            text=query.q,
            narrow={name: getattr(query, name) for name in FACETS if getattr(query, name)},
            modified_after=_moment(query.updated_after),
            unit_ids=None if everything else own_units(actor),
            sort=query.sort,
            offset=offset,
            limit=query.limit,
            facets=query.facets,
        )
    )
    rows = {
        dataset.id: dataset
        for dataset in session.scalars(
            select(Dataset)
            .where(Dataset.id.in_(answer.dataset_ids), visible(actor))
            .options(selectinload(Dataset.unit))
        )
    }
    items = [rows[one] for one in answer.dataset_ids if one in rows]
    further = offset + len(answer.dataset_ids)
    return SearchResult(
        items,
        answer.total - (len(answer.dataset_ids) - len(items)),
        _labelled(session, answer.facets),
        paging.encode(further) if further < answer.total and answer.dataset_ids else "",
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
