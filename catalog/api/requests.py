"""Requests of the public: ``/requests``."""

from typing import Any

from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import page, plain, tagged
from catalog.api.doors import PREFIX, Door
from catalog.models import Request
from catalog.services import facts, requests
from catalog.services.requests import Filters
from schemas.datasets import ReasonIn
from schemas.paging import page_of
from schemas.requests import (
    AssignmentIn,
    DatasetRef,
    ReplyIn,
    RequestIn,
    RequestKeyArgs,
    RequestListArgs,
    RequestMade,
    RequestOut,
)

door = Door("requests", "What the public asks for: data, corrections, appeals, suggestions")


def _value(request: Request, *, whole: bool) -> dict[str, Any]:
    actor = http.actor()
    handles, dataset = requests.handles(actor, request), requests.subject(actor, request)
    return {
        **dict(RequestOut(exclude=("contact_name", "contact", "dataset")).dump(request)),
        "dataset": dataset and DatasetRef().dump(dataset),
        **requests.shown(request, whole=whole or handles),
        "lateness": requests.lateness(request, facts.day(http.now())),
        **({"contact_name": request.contact_name, "contact": request.contact} if handles else {}),
    }


def _one(request: Request, *, whole: bool = False) -> Response:
    return tagged(plain(_value(request, whole=whole)), request.version)


@door.get("/requests", answers=page_of(RequestOut), query=RequestListArgs)
def listing(query: dict[str, Any]) -> Response:
    """Requests with published replies, and those that are yours to answer, the newest first"""
    filters = Filters(query["kind"], query["state"], query["unit"])
    with http.reading() as session:
        found = requests.page(
            session, http.actor(), filters, after=query["after"], limit=query["limit"]
        )
        return page(found, lambda one: _value(one, whole=False), limit=query["limit"])


@door.post("/requests", answers=RequestMade, body=RequestIn, secret=True, anybody=True)
def ask(body: dict[str, Any]) -> Response:
    """Ask; needs no account"""
    with http.transaction() as session:
        asked = requests.ask(
            session,
            http.actor(),
            body,
            client=http.client_digest(),
            working_days=http.runtime().settings.request_working_days,
            now=http.now(),
        )
        made = asked.request
        return plain(
            {**_value(made, whole=True), "key": asked.key},
            201,
            {"Location": f"{PREFIX}/requests/{made.id}"},
        )


@door.get("/requests/<request_id>", answers=RequestOut, query=RequestKeyArgs)
def show(query: dict[str, Any], request_id: str) -> Response:
    """A request; with its key also before it is answered"""
    with http.reading() as session:
        request = requests.get(session, http.actor(), request_id, key=query["key"])
        return _one(request, whole=requests.asked_by(http.actor(), request, query["key"]))


@door.post("/requests/<request_id>/reply", answers=RequestOut, body=ReplyIn, status=200)
def reply(body: dict[str, Any], request_id: str) -> Response:
    """Answer it, once"""
    with http.transaction() as session:
        return _one(
            requests.reply(
                session, http.actor(), request_id, body, expected=http.expected(), now=http.now()
            )
        )


@door.post("/requests/<request_id>/extension", answers=RequestOut, body=ReasonIn, status=200)
def extend(body: dict[str, Any], request_id: str) -> Response:
    """Take as many working days again, once, with a reason"""
    with http.transaction() as session:
        return _one(
            requests.extend(
                session,
                http.actor(),
                request_id,
                body["reason"],
                expected=http.expected(),
                now=http.now(),
            )
        )


@door.post("/requests/<request_id>/assignment", answers=RequestOut, body=AssignmentIn, status=200)
def assign(body: dict[str, Any], request_id: str) -> Response:
    """Pass it on to the unit that answers"""
    with http.transaction() as session:
        return _one(
            requests.assign(
                session,
                http.actor(),
                request_id,
                body["unit"],
                expected=http.expected(),
                now=http.now(),
            )
        )
