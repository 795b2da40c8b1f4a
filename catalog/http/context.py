"""What a request carries: runtime, transactions, who asks, in which language, from where."""

import hmac
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import cast
from urllib.parse import urlsplit

from flask import current_app, g, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import wording
from catalog.auth import ANONYMOUS, Identity
from catalog.errors import Forbidden, Unauthenticated
from catalog.runtime import Runtime
from catalog.services import accounts
from schemas.records import Message

EXTENSION = "gongkai"
AFTER_COMMIT = "gongkai-after-commit"
COOKIE = "gk_session"
LANGUAGE_COOKIE = "lang"
_TAG = re.compile(r"([0-9]{1,18})(?:-[0-9a-f]{16})?")
"""The tag of an answer: the object's version, and a hash of how it was shown."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def runtime() -> Runtime:
    """The opened backends of this application."""
    return cast("Runtime", current_app.extensions[EXTENSION])


def now() -> datetime:
    """The time of this request: one instant for everything it does."""
    if "now" not in g:
        g.now = runtime().clock()
    return cast("datetime", g.now)


@contextmanager
def transaction() -> Iterator[Session]:
    """One write transaction, committed at the end of the block; then waiting jobs may run."""
    with runtime().database.write() as session:
        yield session
    after_commit = cast("Callable[[], None]", current_app.extensions[AFTER_COMMIT])
    after_commit()


@contextmanager
def trial() -> Iterator[Session]:
    """A transaction to see what a change would do; whatever is written in it is thrown away."""
    with runtime().database.write_sessions() as session:
        yield session
        session.rollback()


@contextmanager
def reading() -> Iterator[Session]:
    """A session for reading; inside another of the same request it is that one.

    Two at once could lock each other out: SQLite lets no new reader in while a writer waits, and the
    writer waits for the first.
    """
    held = g.get("reading")
    if held is not None:
        yield held
        return
    with runtime().database.read() as session:
        g.reading = session
        try:
            yield session
        finally:
            g.reading = None


def actor() -> Identity:
    """Who asks: by bearer token, else by session cookie, else nobody.

    A bearer token that is not valid is refused even where nobody need sign in.
    """
    if "actor" not in g:
        g.actor = _bearer() or _cookie() or ANONYMOUS
    return cast("Identity", g.actor)


def signed_in() -> Identity:
    """The actor of an act that needs an account; refused before anything of the body is read."""
    identity = actor()
    if identity.anonymous:
        raise Unauthenticated(
            "sign-in-needed",
            Message("This needs an account."),
            Message("Sign in, or send a valid token in the Authorization header."),
        )
    return identity


def _bearer() -> Identity | None:
    given = request.headers.get("Authorization")
    if given is None:
        return None
    scheme, _, token = given.partition(" ")
    identity = None
    if scheme.lower() == "bearer" and token.strip():
        with reading() as session:
            identity = accounts.token_identity(session, token.strip(), now=now())
    if identity is None:
        raise Unauthenticated(
            "bad-token",
            Message("The token is unknown, expired or revoked."),
            Message("Make a new token, and send it as Authorization: Bearer TOKEN."),
        )
    g.by_token = True
    return identity


def _cookie() -> Identity | None:
    value = request.cookies.get(cookie_name())
    if not value:
        return None
    with reading() as session:
        found = accounts.session_identity(session, value, now=now(), settings=runtime().settings)
        due = found is not None and accounts.needs_touch(session, value, now=now())
    if found is None:
        return None
    if due:
        with runtime().database.write() as session:
            accounts.touch_session(session, value, now=now())
    g.csrf = found.csrf
    return found.identity


def by_token() -> bool:
    """Whether the actor came by bearer token, so that no browser can have been tricked."""
    actor()
    return bool(g.get("by_token", False))


def csrf_token() -> str:
    """The token that forms of this session carry; empty without a session."""
    actor()
    return str(g.get("csrf", ""))


def secure() -> bool:
    """Whether the portal is reached by https, so that cookies must be."""
    return urlsplit(runtime().settings.public_url).scheme == "https"


def cookie_name() -> str:
    """Name of the session cookie; the prefix binds it to this host where https allows it."""
    return f"__Host-{COOKIE}" if secure() else COOKIE


def keep_session(response: Response, cookie: str) -> None:
    """Give the browser its session."""
    response.set_cookie(
        cookie_name(), cookie, httponly=True, samesite="Lax", secure=secure(), path="/"
    )


def end_session(response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(cookie_name(), httponly=True, samesite="Lax", secure=secure(), path="/")


def session_cookie() -> str:
    """The value of the session cookie, empty when there is none."""
    return request.cookies.get(cookie_name(), "")


def check_csrf(token: str) -> None:
    """Refuse an act by session whose form does not carry the session's token."""
    if by_token() or actor().anonymous:
        return
    if not token or token != csrf_token():
        raise Forbidden(
            "csrf",
            Message("The form did not come from this portal, or it is too old."),
            Message("Load the page again and send the form once more."),
        )


def language() -> str:
    """The language of the answer: ``?lang=``, cookie, Accept-Language, else Chinese."""
    for chosen in (request.args.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if chosen in wording.LOCALES:
            return str(chosen)
    best = request.accept_languages.best_match(list(wording.LOCALES))
    return str(best or wording.DEFAULT_LANGUAGE)


def locale() -> str:
    """The same as a name of the translation catalogue."""
    return wording.LOCALES[language()]


def say(message: Message) -> str:
    """The sentence in the language of the answer."""
    return wording.say(message, language())


def client_digest() -> str:
    """A word for the client that tells its requests of one day together and nothing else."""
    said = f"{now().date()} {client_address()}".encode()
    return hmac.digest(runtime().settings.secret(), said, "sha256").hex()


def client_address() -> str:
    """Address of the client, past the configured number of proxies."""
    return request.remote_addr or ""


def expected() -> int | None:
    """The object version in ``If-Match``; None when the client did not say or said ``*``."""
    if not request.if_match or request.if_match.star_tag:
        return None
    tags = {match[1] for tag in request.if_match if (match := _TAG.fullmatch(tag))}
    # A tag that we never gave is stale by definition; versions start at 1.
    return int(tags.pop()) if len(tags) == 1 else 0
