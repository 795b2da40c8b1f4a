"""Turning values into pages: filters, the words every page has, refusals as pages.

Views hand plain values to ``page``; what all pages share (site, viewer, address, token) comes from here.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from flask import Flask, current_app, redirect, render_template, request
from flask_babel import get_locale
from markupsafe import Markup
from sqlalchemy import select
from werkzeug.wrappers import Response

from catalog import http, wording
from catalog.errors import Gone, RuleError, Unauthenticated
from catalog.http import refusals
from catalog.models import Unit
from catalog.pages import charts, error_summaries
from catalog.settings import ZONE
from schemas.records import Message, Problem

STATIC = Path(__file__).parents[1] / "static"
PASSING = (429, 500, 503)
"""Failures that may be over when the same is asked again."""
_UNITS = ("B", "KB", "MB", "GB", "TB")


def number(value: int | None) -> str:
    """A whole number with separated thousands; a dash for none."""
    return "–" if value is None else f"{value:,}"


def day(value: date | datetime | str | None) -> str:
    """A date as 2026-11-23, of a moment the date in Shanghai."""
    if isinstance(value, datetime):
        value = value.astimezone(ZONE).date()
    return str(value or "")[:10]


def moment(value: datetime | str | None) -> str:
    """A moment as 2026-11-23 10:00 in Shanghai."""
    if isinstance(value, datetime):
        return value.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
    return str(value or "")


def filesize(value: int | None) -> str:
    """Bytes as people say them, in steps of 1024."""
    if value is None:
        return "–"
    size, step = float(value), 0
    while size >= 1024 and step < len(_UNITS) - 1:
        size, step = size / 1024, step + 1
    return (
        f"{size:.0f} {_UNITS[step]}" if step == 0 or size >= 100 else f"{size:.1f} {_UNITS[step]}"
    )


def say(value: Any) -> Any:
    """A message in the language of the page; texts pass through."""
    if isinstance(value, Message):
        return http.say(value)
    return value if isinstance(value, Markup) else str(value or "")


def place(value: str) -> str:
    """Where something was found, in the language of the page."""
    return wording.place(value, http.language())


@lru_cache(maxsize=256)
def asset(path: str) -> str:
    """The address of a static file; it changes when the file does."""
    content = (STATIC / path).read_bytes()
    return f"/static/{quote(path)}?v={sha256(content).hexdigest()[:12]}"


def here(**changes: Any) -> str:
    """The address of this page with arguments set, or removed when None; lists repeat an argument."""
    pairs: list[tuple[str, str]] = []
    for name, value in request.args.items(multi=True):
        if name not in changes:
            pairs.append((name, value))
    for name, value in changes.items():
        if isinstance(value, list | tuple):
            pairs += [(name, str(one)) for one in value]
        elif value is not None:
            pairs.append((name, str(value)))
    return f"{request.path}?{urlencode(pairs)}" if pairs else request.path


def word(kind: str, code: str) -> str:
    """The translated word of a code; the table of words stands in ``_macros/status.html``."""
    module: Any = current_app.jinja_env.get_template("_macros/status.html").module
    return str(module.word(kind, code))


def site() -> dict[str, Any]:
    """Name and footer of the portal, from the settings."""
    settings = http.runtime().settings
    return {
        "name": settings.site_name,
        "subtitle": "",
        "footer": {
            "organiser": settings.site_owner,
            "phone": settings.site_contact,
            "icp": settings.site_record,
        },
    }


def viewer() -> SimpleNamespace | None:
    """Who is signed in, for the menu: name, units by name, roles."""
    try:
        actor = http.actor()
    except RuleError:
        return None  # the refusal of a bad token is itself a page
    if actor.anonymous:
        return None
    held = {grant.unit_id for grant in actor.grants if grant.unit_id is not None}
    names: list[str] = []
    if held:
        with http.reading() as session:
            names = list(session.scalars(select(Unit.name).where(Unit.id.in_(held))))
    roles = {grant.role.value for grant in actor.grants}
    return SimpleNamespace(name=actor.name, unit_name="、".join(sorted(names)), roles=roles)


def page(template: str, *, status_code: int = 200, **context: Any) -> Response:
    """A page, or the fragment of one."""
    text = error_summaries.completed(render_template(template, **context))
    return Response(text, status=status_code, content_type="text/html; charset=utf-8")


def refused(error: RuleError) -> Response:
    """A refusal as a page; whoever has to sign in is led there and back."""
    if request.path.endswith((".json", ".csv", ".atom")):
        return refusals.problem_answer(error)
    if isinstance(error, Unauthenticated) and request.method == "GET" and not http.by_token():
        back = request.full_path.rstrip("?")
        return redirect(f"/login?{urlencode({'next': back})}", 303)
    return refusal_page(error)


def refusal_page(error: RuleError) -> Response:
    """Any refusal as a page: what happened, what to do, and the ways on from here."""
    answer = page(
        "error.html",
        status_code=error.status,
        status=error.status,
        title=http.say(Message(error.title)),
        problem=Problem(error.code, error.cause, error.remedy or Message("")),
        errors={name: messages[0] for name, messages in error.fields.items()},
        reasons=error.reasons,
        back=_before_this(),
        again=here() if request.method == "GET" and error.status in PASSING else "",
        wait=getattr(error, "retry_after", None),
        entry_url=_entry_of(request.path) if isinstance(error, Gone) else "",
    )
    return refusals.with_headers(answer, error)


def _before_this() -> str:
    """The page of this portal that led here; empty for none."""
    came = urlsplit(request.referrer or "")
    if came.netloc != request.host or came.path == request.path:
        return ""
    way = f"{came.path}?{came.query}" if came.query else came.path
    return way if re.match(r"/(?![/\\])", way) else ""


def _entry_of(path: str) -> str:
    """The page of the entry that a file or a table belonged to."""
    found = re.match(r"(/datasets/[a-z0-9-]+)/", path)
    return found[1] if found else ""


def alternates(response: Response, twins: Mapping[str, str]) -> Response:
    """Name the machine-readable twins of a page in its Link header (RFC 8288)."""
    types = {"json": "application/json", "csv": "text/csv", "atom": "application/atom+xml"}
    for name, url in twins.items():
        response.headers.add("Link", f'<{url}>; rel="alternate"; type="{types[name]}"')
    return response


def install(app: Flask) -> None:
    """Give the templates their filters and the words they all use."""
    app.jinja_env.filters |= {
        "number": number,
        "date": day,
        "datetime": moment,
        "filesize": filesize,
        "percent": charts.percent,
        "say": say,
        "place": place,
    }
    app.jinja_env.globals |= {
        "N_": str,
        "asset": asset,
        "charts": charts,
        "csrf_token": http.csrf_token,
        "get_locale": get_locale,
        "here": here,
    }
    app.context_processor(lambda: {"site": site(), "viewer": viewer()})
