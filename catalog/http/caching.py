"""Answers that are the same for everybody: validators, a cheap 304, media type, open to other sites.

The validator is known before the answer is made, so a copy that is still good costs one look.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256

from flask import g, request
from werkzeug.http import http_date
from werkzeug.wrappers import Response

from catalog.http.context import SAFE_METHODS
from catalog.http.protection import FILE_POLICY, FOR_EVERYBODY

Body = bytes | Iterable[bytes]


def tag_of(*parts: object) -> str:
    """An entity tag of whatever decides an answer."""
    return sha256("\0".join(str(part) for part in parts).encode()).hexdigest()[:40]


def for_everybody(
    make: Callable[[], Body],
    *,
    media_type: str,
    tag: str,
    modified: datetime | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer a GET or HEAD with what everybody gets; 304 for a copy that is still good (RFC 9110,
    section 13). ``make`` is called only when a body is sent; what it gives may be made piece by
    piece while it is sent."""
    shared = {
        "Cache-Control": "public, no-cache",
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    headers = shared | dict(headers or {})
    answer = for_entitled(make, media_type=media_type, tag=tag, modified=modified, headers=headers)
    setattr(g, FOR_EVERYBODY, answer)
    return answer


def for_entitled(
    make: Callable[[], Body],
    *,
    media_type: str,
    tag: str,
    modified: datetime | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The same for an answer that not everybody gets."""
    given = {"ETag": f'"{tag}"', "Content-Security-Policy": FILE_POLICY, **(headers or {})}
    if modified is not None:
        given["Last-Modified"] = http_date(modified.astimezone(UTC))
    if still_good(tag, modified):
        return Response(status=304, headers=given)
    # An iterator, because a sequence would be given its own length: 0 is not that of the answer.
    body: Body = iter(()) if request.method == "HEAD" else make()
    return Response(body, headers=given, content_type=media_type)


def unchanged(tag: str) -> Response | None:
    """The answer to who holds a good copy, before anything costly is done; None for the others, whose
    answer is to carry the tag."""
    if still_good(tag, None):
        return Response(status=304, headers={"ETag": f'"{tag}"'})
    return None


def validated(response: Response) -> Response:
    """Give an answer that everybody may have the tag of its body, where its view knew none beforehand,
    and send no body to who has it already."""
    plain = (
        response.status_code == 200
        and request.method in SAFE_METHODS
        and response.is_sequence
        and not response.direct_passthrough
    )
    if not plain or "ETag" in response.headers or response.cache_control.no_store:
        return response
    response.set_etag(sha256(response.get_data()).hexdigest()[:40])
    response.make_conditional(request.environ)
    response.headers.pop("Date", None)  # which the server says when it sends
    return response


def still_good(tag: str, modified: datetime | None) -> bool:
    """Whether the asker holds a good copy: by tag, or where it sends none by date (RFC 9110, 13.2.2)."""
    if "If-None-Match" in request.headers:
        return request.if_none_match.contains_weak(tag)
    since = request.if_modified_since
    return since is not None and modified is not None and modified.replace(microsecond=0) <= since
