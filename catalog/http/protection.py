"""What every answer carries and every unsafe request must pass: headers, CSP, same-origin check."""

from functools import cache
from urllib.parse import urlsplit

from flask import g, request
from werkzeug.wrappers import Response

from catalog.auth import ANONYMOUS
from catalog.errors import Forbidden, missing
from catalog.http.context import (
    LANGUAGE_COOKIE,
    SAFE_METHODS,
    actor,
    by_token,
    check_csrf,
    runtime,
    secure,
)
from catalog.http.strict import check_form, check_query
from catalog.wording import LOCALES
from schemas.records import Message

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; object-src 'none'; require-trusted-types-for 'script'"
)
FILE_POLICY = "sandbox; default-src 'none'"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": PAGE_POLICY,
}
VARY = ("Accept-Language", "Authorization", "Cookie")
_OWN = {"Cross-Origin-Resource-Policy": "same-site"}
_OPEN = {
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Disposition, Content-Length, "
    "Content-Range, Digest, ETag, Link, Location, RateLimit, Repr-Digest, Retry-After",
}
_ASKED_FIRST = {
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, If-Match, "
    "If-Modified-Since, If-None-Match, If-Range, Range, Mcp-Protocol-Version, Mcp-Session-Id",
    "Access-Control-Max-Age": "86400",
}
"""What a browser wants to know before a page of another site sends more than a plain GET (Fetch
standard, CORS-preflight): readers of Parquet send ``Range``, programs a token."""
OPEN_DOORS = ("/api/", "/datasets/", "/mcp", "/versions/")
"""Addresses that other sites' pages may read, always without credentials."""
FOR_EVERYBODY = "answer_for_everybody"
"""Where the request's ``g`` keeps an answer that is the same for everybody, in whatever language; a
refusal that is sent instead of it is not."""
CSRF_FIELD = "csrf_token"
CSRF_HEADER = "X-CSRF-Token"
ALIKE = "answers_everybody_alike"
"""Attribute of a view that never asks who is there: tokens and sessions are not looked at, so a page of
another site gets nothing by it that its own server would not."""
STREAMED = "streams_its_body"
"""Attribute of a view that reads its multipart body itself and checks the CSRF field then."""


def guard(streamed: bool, *, alike: bool = False) -> None:
    """Refuse what must not reach a view: a broken query, a bad token, a forged form."""
    check_query(request.query_string.decode("latin-1"))
    if "\x00" in request.path:
        raise missing("address")  # PostgreSQL takes no NUL, not even to look something up
    if alike:
        g.actor = ANONYMOUS
        setattr(g, FOR_EVERYBODY, True)
        return
    if "Authorization" in request.headers or request.endpoint != "static":
        # Who asks is settled before a view opens a session: noting that a browser session was used
        # writes, and a write waits for every open reader.
        actor()
    if request.method in SAFE_METHODS:
        return
    later = streamed and request.mimetype == "multipart/form-data"
    if not by_token():
        _check_origin()
        header = request.headers.get(CSRF_HEADER, "")
        if (header or not later) and not actor().anonymous:
            check_csrf(header or request.form.get(CSRF_FIELD, ""))
    if not (later or request.path.startswith("/api/")):
        check_form(request.form)


def _check_origin() -> None:
    """The browser's own word on where a request comes from; other clients send neither header."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None:
        good = site in {"same-origin", "none"}
    elif origin is not None:
        own = {urlsplit(runtime().settings.public_url).netloc, request.host}
        good = urlsplit(origin).netloc in own
    else:
        good = True
    if not good:
        raise Forbidden(
            "cross-origin",
            Message("The request came from a page of another site."),
            Message("Open the portal itself and repeat there."),
        )


@cache
def _headers(*, secure: bool, open_door: bool) -> list[tuple[str, str]]:
    given = HEADERS | (_OPEN if open_door else _OWN)
    if secure:
        given["Strict-Transport-Security"] = "max-age=31536000"
    return list(given.items())


def protect(response: Response) -> Response:
    """Put the security headers on an answer; whoever set one already knew better."""
    open_door = request.path.startswith(OPEN_DOORS)
    given = _headers(secure=secure(), open_door=open_door)
    if open_door and request.method == "OPTIONS":
        methods = ("Access-Control-Allow-Methods", response.headers.get("Allow", ""))
        given = [*given, *_ASKED_FIRST.items(), methods]
    held = {name.lower() for name, _ in response.headers}
    response.headers.extend([pair for pair in given if pair[0].lower() not in held])
    for_everybody = g.get(FOR_EVERYBODY) is response
    if for_everybody:
        return response
    identity = g.get("actor")
    if identity is not None and not identity.anonymous:
        response.headers["Cache-Control"] = "private, no-store"
    else:
        # What is withdrawn must vanish at once, so every copy asks before it is used again.
        response.headers.setdefault("Cache-Control", "no-cache")
    if "Vary" in response.headers:
        response.vary.update(VARY)
    else:
        response.headers["Vary"] = ", ".join(VARY)
    chosen = request.args.get("lang")
    if chosen in LOCALES:
        response.set_cookie(
            LANGUAGE_COOKIE, str(chosen), max_age=31_536_000, samesite="Lax", secure=secure()
        )
    return response
