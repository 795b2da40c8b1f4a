"""How often a client may ask: one table, counted before any work is done, told in every answer.

Fields as the draft "RateLimit header fields for HTTP" (draft-ietf-httpapi-ratelimit-headers-10) has
them; 429 as RFC 6585, section 4.
"""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Final, cast

from flask import current_app, g, request
from werkzeug.wrappers import Response

from catalog.errors import TooMany, Unauthenticated
from catalog.http.context import SAFE_METHODS, actor, client_address, now, runtime
from catalog.http.counts import Counts
from schemas.records import Message

EXTENSION = "gongkai-counts"
FILE = "counts.bin"
WINDOW: Final = 60
"""Seconds of a window; it begins with a client's first request."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Requests in a window: of an address (an IPv6 network of 64 bits), of an account, and of this
    machine itself, as which a reverse proxy appears that ``GONGKAI_PROXY_COUNT`` does not count."""

    title: Message
    address: int
    account: int
    machine: int


LIMITS: Final[dict[str, Limit]] = {
    "reads": Limit(Message("Pages, lists and entries"), 6_000, 12_000, 600_000),
    "search": Limit(Message("Searches"), 1_200, 3_000, 240_000),
    "rows": Limit(Message("Rows of tables, groups, differences"), 1_200, 3_000, 600_000),
    "sql": Limit(Message("SQL statements"), 60, 240, 24_000),
    "files": Limit(Message("Downloads, parts of files too"), 3_000, 6_000, 600_000),
    "catalogue": Limit(Message("The catalogue in standards of others"), 1_200, 2_400, 240_000),
    "writes": Limit(Message("Changes, requests, signing in"), 120, 1_200, 60_000),
}
"""Class of doors -> what a client may ask of all of them together."""

DOORS: Final[dict[str, str]] = {
    "api-datasets.listing": "search",
    "pages.pages-datasets.index": "search",
    "pages.pages-datasets.feed": "search",
    "mcp.message": "search",
    "api-rows.rows": "rows",
    "api-differences.show": "rows",
    "pages.pages-table.show": "rows",
    "api-query.ask": "sql",
    "api-query.address": "sql",
    "downloads.current": "files",
    "downloads.for_ever": "files",
    "descriptions.archive": "files",
    "ckan.dump": "files",
    "ckan.file": "files",
    "catalogue.linked": "catalogue",
    "catalogue.data_json": "catalogue",
    "catalogue.table": "catalogue",
    "oai.door": "catalogue",
    "ckan.act": "reads",
    "ckan.act package_search": "search",
    "ckan.act resource_search": "search",
    "ckan.act package_autocomplete": "search",
    "ckan.act current_package_list_with_resources": "catalogue",
    "ckan.act datastore_search": "rows",
    "ckan.act datastore_search_sql": "sql",
}
"""Endpoint, for some with its action -> class. Other doors are ``reads``, or ``writes`` by method."""
FREE: Final = frozenset({"static", "health.alive", "health.ready", "health.metrics"})


def open_counts(home: Path) -> Counts:
    """The counts of this machine's web processes; they share the home folder."""
    return Counts(home / FILE)


def class_of() -> str:
    """The class of the door that this request came to; empty for one that nobody counts."""
    endpoint = request.endpoint or ""
    if endpoint in FREE:
        return ""
    name = (request.view_args or {}).get("name", "")
    found = DOORS.get(f"{endpoint} {name}") or DOORS.get(endpoint)
    return found or ("reads" if request.method in SAFE_METHODS else "writes")


def count(*, alike: bool) -> None:
    """Count this request, before anything is done for it; ``alike`` where nobody asks who it is.
    Raises ``TooMany``."""
    kind, share = class_of(), runtime().settings.rate_limit_percent
    if not kind or not share:
        return
    client, most = _client(kind, alike=alike)
    most = _share(most, share)
    second = int(now().timestamp())
    counts = cast("Counts", current_app.extensions[EXTENSION])
    asked, ends = counts.add(f"{kind} {client}", now=second, seconds=WINDOW)
    left, wait = max(0, most - asked), max(1, ends - second)
    g.limit = (kind, most, left, wait)
    if asked > most:
        raise TooMany(
            "too-many-requests",
            Message(
                "More than %(most)s requests of this kind within %(seconds)s seconds: %(kind)s.",
                {"most": most, "seconds": WINDOW, "kind": LIMITS[kind].title},
            ),
            retry_after=wait,
        )


def _share(most: int, percent: int) -> int:
    return max(1, most * percent // 100)


def quotas() -> list[Limit]:
    """The table as it holds on this portal; empty where there are no limits."""
    percent = runtime().settings.rate_limit_percent
    if not percent:
        return []
    return [
        Limit(
            one.title, *(_share(most, percent) for most in (one.address, one.account, one.machine))
        )
        for one in LIMITS.values()
    ]


def _client(kind: str, *, alike: bool) -> tuple[str, int]:
    """Whose count it is, and how much that one may."""
    address, limit = client_address(), LIMITS[kind]
    network, local = _network(address)
    if local:
        return network, limit.machine
    if alike:
        return network, limit.address
    try:
        identity = actor()
    except Unauthenticated:
        # Tokens that are tried out cost the address; the guard refuses them right after this.
        return network, limit.address
    if identity.anonymous:
        return network, limit.address
    return f"account {identity.name}", limit.account


def _network(address: str) -> tuple[str, bool]:
    """An address as it is counted, and whether it is this machine's own."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return f"address {address[:64]}", False
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return f"network {int(parsed) >> 64:x}", parsed.is_loopback
        parsed = parsed.ipv4_mapped
    return f"address {parsed}", parsed.is_loopback


def tell(response: Response) -> Response:
    """Say in an answer what the limit is and what is left of it."""
    told = g.get("limit")
    if told is not None:
        kind, most, left, wait = told
        response.headers["RateLimit-Policy"] = f'"{kind}";q={most};w={WINDOW}'
        response.headers["RateLimit"] = f'"{kind}";r={left};t={wait}'
    return response
