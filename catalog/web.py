"""The application: every door put together over an opened runtime."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import orjson
import structlog
from flask import Flask, Request, current_app, g, request
from flask.json.provider import JSONProvider
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_babel import Babel
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from catalog import api, http, jobs, pages, wording
from catalog import runtime as runtime_module
from catalog.api import health
from catalog.http import idempotency, kept, limits, refusals, turns
from catalog.http.strict import parse_json
from catalog.pages.render import refusal_page
from catalog.runtime import Runtime
from catalog.search import Follower

log = structlog.get_logger(__name__)

BODY_BYTES = 2 * 2**20
"""Largest request body, but for deliveries, which have their own limit."""


class StrictJson(JSONProvider):
    """JSON out by orjson; JSON in strictly."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """Compact UTF-8 JSON."""
        return orjson.dumps(obj, default=str).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """See ``catalog.http.strict``."""
        return parse_json(s.encode() if isinstance(s, str) else s)


class Flashes(SecureCookieSessionInterface):
    """What a page says once after a form; whoever brings no cookie has nothing to be read."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The signed cookie, read where there is one."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


class Portal(Flask):
    """Flask without what only coroutines and other kinds of sessions need, at every request."""

    session_interface = Flashes()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No view or hook here is a coroutine."""
        return func


def create_app(runtime: Runtime) -> Flask:
    """The application over an opened runtime."""
    app = Portal("catalog")
    app.json = StrictJson(app)
    settings = runtime.settings
    hosts = [host.strip() for host in settings.trusted_hosts.split(",") if host.strip()]
    app.config |= {
        "SECRET_KEY": settings.secret(),
        "MAX_CONTENT_LENGTH": BODY_BYTES,
        "MAX_FORM_MEMORY_SIZE": 500_000,
        "MAX_FORM_PARTS": 100,
        "TRUSTED_HOSTS": hosts or None,
        "PROPAGATE_EXCEPTIONS": False,
        "SESSION_COOKIE_NAME": "gk_flash",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.public_url.startswith("https:"),
        "BABEL_DEFAULT_LOCALE": wording.LOCALES[wording.DEFAULT_LANGUAGE],
        "BABEL_TRANSLATION_DIRECTORIES": str(wording.TRANSLATIONS),
        "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
    }
    app.extensions[http.EXTENSION] = runtime
    app.extensions[http.AFTER_COMMIT] = lambda: _after_commit(runtime)
    app.extensions[health.MEASURES] = health.Measures()
    app.extensions[turns.EXTENSION] = turns.Turns()
    app.extensions[kept.EXTENSION] = kept.Shelf()
    app.extensions[limits.EXTENSION] = limits.open_counts(settings.home)
    Babel(app, locale_selector=http.locale)
    app.before_request(_before)
    app.after_request(_after)
    app.register_error_handler(Exception, _refused)
    api.register(app)
    app.register_blueprint(health.blueprint)
    pages.register(app)
    if settings.proxy_count:
        count = settings.proxy_count
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=count, x_proto=count, x_host=count
        )
    return app


def from_env() -> Flask:
    """The application as the environment describes it: ``gunicorn "catalog.web:from_env()"``.

    Each process follows the database into the search index of its node, in a thread of its own.
    """
    runtime = runtime_module.from_env()
    Follower(runtime.follow).start()
    return create_app(runtime)


def _after_commit(runtime: Runtime) -> None:
    """With the queue ``memory:`` what a commit asked for is done before the request goes on."""
    if runtime.jobs_at_once:
        jobs.run_waiting(runtime)
        runtime.follow()


def _before() -> None:
    g.began = perf_counter()
    view = current_app.view_functions.get(request.endpoint or "")
    alike = bool(getattr(view, http.ALIKE, False))
    limits.count(alike=alike)
    http.guard(streamed=bool(getattr(view, http.STREAMED, False)), alike=alike)


def _after(response: Response) -> Response:
    response = limits.tell(http.validated(http.protect(idempotency.keep(response))))
    began = g.get("began")
    if began is not None:
        health.measures().note(request.method, response.status_code, perf_counter() - began)
    return response


def _refused(error: Exception) -> Response:
    refusal = refusals.refusal_of(error)
    best = request.accept_mimetypes.best_match(("application/json", "text/html"))
    if request.path.startswith("/api/") or best != "text/html":
        return refusals.problem_answer(refusal)
    try:
        return refusal_page(refusal)
    except Exception:
        log.warning("error-page.failed", exc_info=True)
        return refusals.problem_answer(refusal)
