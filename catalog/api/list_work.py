"""What the negative list leaves to decide: proposals, mismatches, tasks, exceptions."""

from typing import Any

from sqlalchemy import true
from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import one, page, whole
from catalog.api.doors import PREFIX, Door
from catalog.auth import Permission, require
from catalog.errors import Invalid
from catalog.models import Dataset
from catalog.services import directory, facts, item_exceptions, list_tasks, matching
from catalog.services.item_scopes import Place
from catalog.services.matching import Mismatches
from catalog.services.paging import Page
from catalog.services.visibility import own_units, sees_all
from schemas.list_work import (
    ExceptionIn,
    ExceptionOut,
    MismatchOut,
    ProposalOut,
    SchemaToMatch,
    TaskDecisionIn,
    TaskOut,
)
from schemas.negative_list import ListAsOfArgs
from schemas.paging import page_of
from schemas.records import Message

door = Door("list work", "What the negative list leaves to decide; nothing is applied silently")


@door.get("/datasets/<slug>/proposals", answers=page_of(ProposalOut))
def proposals(slug: str) -> Response:
    """Items that fit an entry or its fields by scope, name, standard element or finding"""
    with http.reading() as session:
        dataset = directory.get(session, http.actor(), slug)
        require(http.actor(), Permission.DATASET_READ_UNPUBLISHED, dataset)
        return whole(matching.for_entry(session, dataset, facts.day(http.now())), ProposalOut)


@door.post("/negative-list/proposals", answers=page_of(ProposalOut), body=SchemaToMatch, status=200)
def for_schema(body: dict[str, Any]) -> Response:
    """Items that fit a table schema that no entry holds yet"""
    fields = [one for one in _fields(body["schema"]) if isinstance(one, dict)][:2000]
    place = Place(body["unit"], body["theme"], "")
    with http.reading() as session:
        found = matching.for_schema(session, place, fields, facts.day(http.now()))
        return whole(found, ProposalOut)


def _fields(schema: dict[str, Any]) -> list[Any]:
    found = schema.get("fields")
    if not isinstance(found, list):
        cause = Message("The table schema names no fields.")
        remedy = Message('Give a list "fields" with one entry for each column.')
        raise Invalid("schema-fields", cause, remedy, fields={"schema.fields": [cause]})
    return found


@door.get("/negative-list/mismatches/closed", answers=page_of(MismatchOut), query=ListAsOfArgs)
def closed(query: dict[str, Any]) -> Response:
    """Closed entries and fields whose item no longer covers them"""
    http.signed_in()
    with http.reading() as session:
        on = query["as_of"] or facts.day(http.now())
        return _lines(matching.closed_without_cover(session, http.actor(), on))


@door.get("/negative-list/mismatches/open", answers=page_of(MismatchOut), query=ListAsOfArgs)
def opened(query: dict[str, Any]) -> Response:
    """Open entries and fields that an item in force covers"""
    http.signed_in()
    with http.reading() as session:
        on = query["as_of"] or facts.day(http.now())
        return _lines(matching.open_but_covered(session, http.actor(), on))


def _lines(found: Mismatches) -> Response:
    return page(Page(list(found.lines), "", found.total), MismatchOut, limit=matching.SHOWN)


@door.get("/list-tasks", answers=page_of(TaskOut))
def tasks() -> Response:
    """Decisions that the own units owe because the list was adjusted"""
    actor = http.signed_in()
    mine = true() if sees_all(actor) else Dataset.unit_id.in_(own_units(actor))
    with http.reading() as session:
        return whole(list(list_tasks.waiting(session, mine, limit=1000)), TaskOut)


@door.post("/list-tasks/<int(max=2147483647):task_id>/decision", answers=TaskOut,
           body=TaskDecisionIn, status=200)  # fmt: skip
def settle(body: dict[str, Any], task_id: int) -> Response:
    """Say why an entry stays open although an item covers it"""
    with http.transaction() as session:
        found = list_tasks.settle(
            session, http.actor(), task_id, reason=body["reason"], now=http.now()
        )
        return one(TaskOut, found)


@door.get("/datasets/<slug>/exceptions", answers=page_of(ExceptionOut))
def exceptions(slug: str) -> Response:
    """Consents and public-interest findings of an entry, for people at work"""
    with http.reading() as session:
        return whole(item_exceptions.listed(session, http.actor(), slug), ExceptionOut)


@door.post("/datasets/<slug>/exceptions", answers=ExceptionOut, body=ExceptionIn)
def record(body: dict[str, Any], slug: str) -> Response:
    """Record a consent or a public-interest finding; another person confirms it"""
    with http.transaction() as session:
        made = item_exceptions.record(session, http.actor(), slug, body, now=http.now())
        return one(ExceptionOut, made, status=201, location=f"{PREFIX}/datasets/{slug}/exceptions")


@door.post("/exceptions/<int(max=2147483647):exception_id>/confirmation", answers=ExceptionOut,
           status=200)  # fmt: skip
def confirm(exception_id: int) -> Response:
    """Put an exception in effect"""
    with http.transaction() as session:
        return one(
            ExceptionOut,
            item_exceptions.confirm(session, http.actor(), exception_id, now=http.now()),
        )


@door.post("/exceptions/<int(max=2147483647):exception_id>/end", answers=ExceptionOut, status=200)
def end(exception_id: int) -> Response:
    """Revoke an exception, or turn it down"""
    with http.transaction() as session:
        return one(
            ExceptionOut, item_exceptions.end(session, http.actor(), exception_id, now=http.now())
        )
