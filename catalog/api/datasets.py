"""Directory entries: ``/datasets``."""

from typing import Any

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.api import quality as judging
from catalog.api.answers import as_it_is, nothing, one, page, plain, whole
from catalog.api.doors import PREFIX, Door, invalid
from catalog.auth import Identity, Permission, can
from catalog.models import Dataset
from catalog.search import FACETS, Way
from catalog.services import (
    directory,
    entry_lists,
    facts,
    fields,
    originals,
    public_fields,
    publishing,
    resources,
    searching,
    suggesting,
)
from catalog.services.paging import Page
from schemas.datasets import (
    DatasetEntry,
    DatasetIn,
    DatasetListArgs,
    DatasetListOut,
    DatasetOut,
    DatasetPatch,
    FieldOut,
    ReasonIn,
    ResourceRef,
    RevisionOut,
    SuggestionArgs,
    SuggestionsOut,
)
from schemas.paging import page_of
from schemas.records import Message

door = Door("datasets", "Directory entries: everything a unit holds, open or not")


def shown(session: Session, dataset: Dataset, *, status: int = 200) -> Response:
    """An entry with its fields, the items that close them, its tables, and how good it is."""
    actor = http.actor()
    staff = can(actor, Permission.DATASET_READ_UNPUBLISHED, dataset)
    return one(
        DatasetEntry,
        dataset,
        status=status,
        version=dataset.version,
        location=f"{PREFIX}/datasets/{dataset.slug}" if status == 201 else "",
        **parts(session, actor, dataset),
        proposed=_proposed(session, actor, dataset) if staff else {},
        quality=judging.in_brief(session, dataset),
    )


def _proposed(session: Session, actor: Identity, dataset: Dataset) -> dict[str, Any]:
    """Changes that wait for a review, in the words in which they were sent."""
    waiting = dict(dataset.proposed)
    if "duplicate_of_id" in waiting:
        waiting["duplicate_of"] = originals.named(session, actor, waiting.pop("duplicate_of_id"))
    return waiting


def parts(session: Session, actor: Identity, dataset: Dataset) -> dict[str, Any]:
    """What stands beside an entry's own values: what closes it, its fields, its tables.

    The unit's staff gets its fields as it has them, everybody else as the last passed review left them.
    """
    closed = facts.links(session, dataset.id)
    staff = can(actor, Permission.DATASET_READ_UNPUBLISHED, dataset)
    held = public_fields.own if staff else public_fields.shown
    return {
        "withheld_by": closed.get("", []),
        "duplicate_of": originals.named(session, actor, dataset.duplicate_of_id),
        "fields": FieldOut(many=True).dump(held(dataset, closed)),
        "resources": ResourceRef(many=True).dump(resources.shown_to(session, actor, dataset)),
    }


@door.get("/suggestions", answers=SuggestionsOut, query=SuggestionArgs, alike=True)
def suggestions(query: dict[str, Any]) -> Response:
    """What somebody who is still typing may mean: entries, keywords, units"""
    with http.reading() as session:
        index, text = http.runtime().index, query["q"]
        found = suggesting.suggest(session, index, http.actor(), text)
    return plain(
        {
            "entries": [{name: one[name] for name in ("slug", "title", "unit")}
                        for one in found.entries],
            "keywords": [{"word": word, "count": count} for word, count in found.keywords],
            "units": [{"code": code, "name": name, "count": count}
                      for code, name, count in found.units],
        }
    )  # fmt: skip


@door.get("/datasets", answers=DatasetListOut, query=DatasetListArgs, alike=True)
def listing(query: dict[str, Any]) -> Response:
    """Find entries: full text, narrowing, facets"""
    wanted = _facet_names(query.pop("facets"))
    limit = query["limit"]
    if not (wanted or _needs_index(query)):
        return _plain_listing(query)
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in query.items()
    }
    given["sort"] = given["sort"] or "relevance"
    asked = searching.SearchQuery(**given, facets=tuple(wanted), on=facts.day(http.now()))
    with http.reading() as session:
        result = searching.lines(session, http.runtime().index, http.actor(), asked)
    facets = {name: [_value(one) for one in result.facets.get(name, [])] for name in wanted}
    found = Page(result.items, result.next, result.total)
    return page(
        found, as_it_is, limit=limit, facets=facets,
        matched=WAYS[result.way], searched_for=result.searched_for,
    )  # fmt: skip


def _value(one: searching.FacetValue) -> dict[str, Any]:
    return {"value": one.value, "label": one.label, "count": one.count}


WAYS = {Way.AS_WRITTEN: "as-written", Way.BY_SOUND: "by-sound", Way.NEARLY: "nearly"}


def _facet_names(given: str) -> list[str]:
    names = list(FACETS) if given == "all" else [name for name in given.split(",") if name]
    if not set(names) <= set(FACETS):
        known = ", ".join(FACETS)
        raise invalid({"facets": [Message("must be one of: %(words)s", {"words": known})]})
    return names


def _needs_index(query: dict[str, Any]) -> bool:
    several = any(len(value) > 1 for value in query.values() if isinstance(value, list))
    return several or any(query[name] for name in ("q", "sort", *FACETS[FACETS.index("format") :]))


def _plain_listing(query: dict[str, Any]) -> Response:
    """Straight from the database, so that an entry stands there the moment it is registered."""
    narrowed = {
        name: next(iter(query[name]), "") for name in ("unit", "theme", "openness", "state")
    }
    with http.reading() as session:
        found = entry_lists.page(
            session,
            http.actor(),
            entry_lists.Filters(
                **narrowed,
                updated_after=query["updated_after"],
                updated_before=query["updated_before"],
            ),
            index=http.runtime().index,
            after=query["after"],
            limit=query["limit"],
        )
    return page(found, as_it_is, limit=query["limit"], facets={})


@door.post("/datasets", answers=DatasetOut, body=DatasetIn)
def create(body: dict[str, Any]) -> Response:
    """Register an entry as a draft"""
    columns = body.pop("fields", None)
    with http.transaction() as session:
        dataset = directory.create(session, http.actor(), body, now=http.now())
        _set_fields(session, dataset.slug, columns)
        return shown(session, dataset, status=201)


@door.get("/datasets/<slug>", answers=DatasetOut)
def show(slug: str) -> Response:
    """An entry, and how good it is"""
    with http.reading() as session:
        return shown(session, directory.get(session, http.actor(), slug))


@door.patch("/datasets/<slug>", answers=DatasetOut, body=DatasetPatch)
def amend(body: dict[str, Any], slug: str) -> Response:
    """Change an entry; members that are absent stay as they are"""
    columns, expected = body.pop("fields", None), http.expected()
    with http.transaction() as session:
        dataset = directory.amend(
            session, http.actor(), slug, body, expected=expected, now=http.now()
        )
        session.flush()
        _set_fields(session, slug, columns)
        return shown(session, dataset)


def _set_fields(session: Session, slug: str, columns: list[dict[str, Any]] | None) -> None:
    if columns is not None:
        fields.set_fields(session, http.actor(), slug, columns, expected=None, now=http.now())
        session.flush()


@door.delete("/datasets/<slug>")
def delete(slug: str) -> Response:
    """Remove a draft that was never delivered or submitted"""
    with http.transaction() as session:
        directory.delete(session, http.actor(), slug, expected=http.expected(), now=http.now())
    return nothing()


@door.get("/datasets/<slug>/history", answers=page_of(RevisionOut))
def history(slug: str) -> Response:
    """Every change of an entry, oldest first"""
    with http.reading() as session:
        return whole(directory.history(session, http.actor(), slug), RevisionOut)


@door.post("/datasets/<slug>/suspension", answers=DatasetOut, body=ReasonIn, status=200)
def suspend(body: dict[str, Any], slug: str) -> Response:
    """Make the bytes of an entry unreachable for the time being"""
    with http.transaction() as session:
        directory.check_seen(session, http.actor(), slug, http.expected())
        dataset = publishing.suspend(
            session, http.actor(), slug, reason=body["reason"], now=http.now()
        )
        return shown(session, dataset)


@door.post("/datasets/<slug>/resumption", answers=DatasetOut, body=ReasonIn, status=200)
def resume(body: dict[str, Any], slug: str) -> Response:
    """End a suspension"""
    with http.transaction() as session:
        directory.check_seen(session, http.actor(), slug, http.expected())
        dataset = publishing.resume(
            session, http.actor(), slug, reason=body["reason"], now=http.now()
        )
        return shown(session, dataset)


@door.post("/datasets/<slug>/withdrawal", answers=DatasetOut, body=ReasonIn, status=200)
def withdraw(body: dict[str, Any], slug: str) -> Response:
    """End publication; a page with reason and date stays"""
    with http.transaction() as session:
        directory.check_seen(session, http.actor(), slug, http.expected())
        dataset = publishing.withdraw(
            session, http.actor(), slug, reason=body["reason"], now=http.now()
        )
        return shown(session, dataset)


@door.post("/datasets/<slug>/retirement", answers=DatasetOut, body=ReasonIn, status=200)
def retire(body: dict[str, Any], slug: str) -> Response:
    """Take an entry out of the directory"""
    with http.transaction() as session:
        directory.check_seen(session, http.actor(), slug, http.expected())
        dataset = publishing.retire(
            session, http.actor(), slug, reason=body["reason"], now=http.now()
        )
        return shown(session, dataset)
