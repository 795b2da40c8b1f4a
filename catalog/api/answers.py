"""The forms of an answer: one object with its tag, a page of a list, nothing."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import request
from marshmallow import Schema
from werkzeug.wrappers import Response

from catalog import http
from catalog.api.cursors import seal
from catalog.services.paging import Page

JSON = "application/json"


def encode(value: Any) -> bytes:
    """JSON bytes; what JSON does not know (fractions, enums, dates) as its text."""
    return orjson.dumps(value, default=str)


def plain(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A value that is already made of plain JSON parts."""
    return Response(encode(value), status=status, content_type=JSON, headers=headers)


def one(
    shape: type[Schema],
    thing: Any,
    *,
    status: int = 200,
    version: int | None = None,
    location: str = "",
    **more: Any,
) -> Response:
    """One object; ``more`` members are added as they are.

    Its ETag is ``version`` and a hash of the answer: what the object is shown with (tables, items
    that close it, language) changes without a new version, and a copy is then no longer good.
    Called while the session is open, because shapes read related rows.
    """
    response = plain({**dict(shape().dump(thing)), **more}, status)
    if location:
        response.headers["Location"] = location
    return response if version is None else tagged(response, version)


def tagged(response: Response, version: int) -> Response:
    """An answer with its ETag: the version of what it shows, and a hash of it."""
    response.set_etag(f"{version}-{sha256(response.get_data()).hexdigest()[:16]}")
    if request.method == "GET":
        response.make_conditional(request.environ)
    return response


def as_it_is(item: Any) -> Any:
    """An item that is already made of plain JSON parts."""
    return item


def page(
    found: Page[Any],
    show: type[Schema] | Callable[[Any], Any],
    *,
    limit: int,
    **more: Any,
) -> Response:
    """A list: items, where the next page begins, and the same in a Link header (RFC 8288)."""
    if isinstance(show, type):
        items = show(many=True).dump(found.items)
    else:
        items = [show(item) for item in found.items]
    cursor = seal(found.next, request.path)
    body = {
        "items": items,
        "page": {"next": cursor or None, "limit": limit, "total": found.total},
        **more,
    }
    response = plain(body)
    if cursor:
        given = [pair for pair in request.args.items(multi=True) if pair[0] != "after"]
        query = urlencode([*given, ("after", cursor)])
        response.headers["Link"] = f'<{_address()}?{query}>; rel="next"'
    return response


def whole(items: list[Any], show: type[Schema] | Callable[[Any], Any], **more: Any) -> Response:
    """A list that is short enough to be one page."""
    return page(Page(items, "", len(items)), show, limit=max(len(items), 1), **more)


def nothing() -> Response:
    """Done, and nothing to say."""
    return Response(status=204)


def _address() -> str:
    return http.runtime().settings.public_url.rstrip("/") + request.path
