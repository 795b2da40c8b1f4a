"""CKAN portals through the Action API: ``package_search`` page by page, by identifier.

Portals that refuse the search are read with ``current_package_list_with_resources``. A missing
``result`` is an error and never "no datasets"; the count the portal names must be reached.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from harvesters.contract import Fetch, Items, Placed, SourceConfig, SourceProblem
from harvesters.distinct import distinct
from harvesters.documents import load_json
from harvesters.http import FetchProblem
from harvesters.problems import (
    not_an_object,
    repeating_pages,
    too_many_pages,
    unreadable_record,
)
from schemas.interop.ckan import from_ckan
from schemas.interop.values import NotARecordError, line
from schemas.records import Message, Problem

_REFUSALS = frozenset({400, 403, 404, 405, 409})
"""Statuses with which portals answer actions that they do not offer."""


def read(source: SourceConfig, fetch: Fetch) -> Items:
    """Every dataset of the portal. Raises FetchProblem or SourceProblem when it ends early."""
    return distinct(_read(source, fetch), source)


def _read(source: SourceConfig, fetch: Fetch) -> Placed:
    site = site_of(source.url)
    for number, package in enumerate(_packages(source, site, fetch), 1):
        place = f"record {number}"
        if not isinstance(package, Mapping):
            yield place, not_an_object(place)
        elif _is_listed(package):
            try:
                yield place, from_ckan(package, site=site, publisher=source.publisher)
            except NotARecordError as error:
                yield place, unreadable_record(place, error, line(package.get("title")))


def _is_listed(package: Mapping[str, Any]) -> bool:
    """Deleted packages, drafts and the portal's own harvest sources are not datasets."""
    return package.get("type") != "harvest" and package.get("state") in (None, "active")


def site_of(url: str) -> str:
    """The portal's address: whatever stands before /api, /dataset or the query."""
    address = url.partition("#")[0].partition("?")[0].rstrip("/")
    for part in ("/api", "/dataset"):
        head, found, tail = address.partition(part)
        if found and (not tail or tail.startswith("/")):
            address = head
    return address


def _packages(source: SourceConfig, site: str, fetch: Fetch) -> Iterator[Any]:
    """Packages of all pages; the next page starts after the rows that really came."""
    start, known, total = 0, set[str](), 0
    searching = True
    for _ in range(source.max_pages):
        try:
            page, total = _page(source, site, fetch, start, searching=searching)
        except FetchProblem as error:
            if start or source.filters or not searching or error.status not in _REFUSALS:
                raise
            searching = False
            page, total = _page(source, site, fetch, start, searching=searching)
        fresh = {_identity(package) for package in page} - known
        if page and not fresh:
            raise SourceProblem(repeating_pages(source))
        known |= fresh
        yield from page
        start += len(page)
        if not page or (searching and start >= total):
            break
    else:
        raise SourceProblem(too_many_pages(source))
    if searching and start < total:
        raise SourceProblem(_incomplete(site, total, start))


def _page(
    source: SourceConfig, site: str, fetch: Fetch, start: int, *, searching: bool
) -> tuple[list[Any], int]:
    """One page and the total the portal names (0 when the action names none)."""
    if searching:
        action = "package_search"
        asked = {"rows": source.page_rows, "start": start, "sort": "id asc", **source.filters}
    else:
        action = "current_package_list_with_resources"
        asked = {"limit": source.page_rows, "offset": start}
    url = f"{site}/api/3/action/{action}?{urlencode(asked)}"
    answer = load_json(fetch(url).body, site)
    result = answer.get("result") if isinstance(answer, Mapping) and answer.get("success") else None
    if not searching and isinstance(result, list):
        return result, 0
    if searching and isinstance(result, Mapping) and isinstance(result.get("results"), list):
        count = result.get("count")
        return result["results"], count if isinstance(count, int) else 0
    raise SourceProblem(_no_result(site, action))


def _identity(package: Any) -> str:
    if isinstance(package, Mapping):
        return line(package.get("id")) or line(package.get("name"))
    return ""


def _no_result(site: str, action: str) -> Problem:
    return Problem(
        "no-result",
        Message(
            "The portal did not answer the action %(action)s as CKAN does.", {"action": action}
        ),
        Message("Check that the address is the one of a CKAN portal, and any filter."),
        site,
    )


def _incomplete(site: str, total: int, seen: int) -> Problem:
    return Problem(
        "incomplete",
        Message("The source speaks of %(total)s datasets but sent %(seen)s.",
                {"total": total, "seen": seen}),
        Message("Run again later; until then nothing is taken away."),
        site,
    )  # fmt: skip
