"""The trail: ``/audit``."""

from typing import Any

from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import page, plain
from catalog.api.doors import Door
from catalog.services import audit, heads, trail
from catalog.services.paging import Page, decode, encode
from schemas.operations import AuditArgs, EventOut, ProofOut
from schemas.paging import ListArgs, page_of
from schemas.snapshots import HeadOut

door = Door("audit", "The append-only trail, chained by hashes")


@door.get("/audit", answers=page_of(EventOut), query=AuditArgs)
def listing(query: dict[str, Any]) -> Response:
    """The trail, newest first"""
    limit = query["limit"]
    before = decode(query["after"], int)[0] if query["after"] else None
    with http.reading() as session:
        found = trail.events(session, http.actor(), before=before, limit=limit + 1)
        more = encode(found[limit - 1].sequence) if len(found) > limit else ""
        return page(Page(found[:limit], more), EventOut, limit=limit)


@door.get("/audit/proof", answers=ProofOut)
def proof() -> Response:
    """Walk the whole trail and say whether it is whole"""
    with http.reading() as session:
        verdict = audit.verify(session, http.actor())
        last = heads.listed(session, limit=1)[0]
    return plain(
        {
            "events": verdict.events,
            "head": verdict.head,
            "valid": verdict.broken_at is None,
            "broken_at": verdict.broken_at,
            "reason": verdict.reason,
            "published": HeadOut().dump(last[0]) if last else None,
        }
    )


@door.get("/audit/heads", answers=page_of(HeadOut), query=ListArgs)
def published(query: dict[str, Any]) -> Response:
    """The heads of the trail as they were published, newest first; public"""
    limit = query["limit"]
    offset = decode(query["after"], int)[0] if query["after"] else 0
    with http.reading() as session:
        found, total = heads.listed(session, offset=offset, limit=limit)
        more = encode(offset + limit) if offset + limit < total else ""
        return page(Page(found, more, total), HeadOut, limit=limit)
