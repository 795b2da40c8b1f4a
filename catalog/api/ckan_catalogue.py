"""CKAN's actions about packages and their resources, and finding them."""

from collections.abc import Iterable
from functools import partial
from typing import Any, Final

import orjson
from sqlalchemy.orm import Session

from catalog import http
from catalog.api.ckan_given import (
    Given,
    Refused,
    boolean,
    invalid,
    natural,
    needed,
    not_found,
    several,
    text,
)
from catalog.http.outward import site
from catalog.services import ckan, ckan_search, publications
from catalog.services.ckan_facets import FacetItem
from catalog.services.ckan_search import Found, Wanted
from schemas.interop import ckan_out
from schemas.interop.ckan_grammar import UnreadableQueryError
from schemas.published import Site

MOST_ROWS: Final = 1_000
MOST_FACETS: Final = 20
DEFAULT_SORT: Final = "score desc, metadata_modified desc"
SEARCH_WORDS: Final = frozenset(
    [
        *("q", "fq", "fq_list", "rows", "start", "sort", "fl", "q.op", "hl"),
        *("facet", "facet.field", "facet.limit", "facet.mincount", "facet.sort", "facet.prefix"),
        *("qf", "bf", "boost", "tie", "defType", "mm", "wt", "df"),
        *("include_private", "include_drafts", "include_deleted", "use_default_schema"),
    ]
)
"""Parameters that ``package_search`` takes; those of the third line and the last change nothing."""


def package_list(session: Session, given: Given) -> list[str]:
    """Return the names of all datasets, in order; limit and offset cut."""
    return cut(ckan.names(session), given)


def cut(found: list[Any], given: Given, most: int | None = None) -> list[Any]:
    """The part of a list that limit and offset ask for."""
    offset = natural(given, "offset", 0)
    limit = natural(given, "limit", len(found) if most is None else most)
    return found[offset : offset + (limit if most is None else min(limit, most))]


def package_show(session: Session, given: Given) -> dict[str, Any]:
    """Return a dataset and its resources, by id or by name."""
    wanted = text(given, "id") or text(given, "name_or_id")
    if not wanted:
        raise invalid("name_or_id", "Missing value")
    return one_package(session, wanted)


def one_package(session: Session, wanted: str) -> dict[str, Any]:
    """The package by id or name. Raises ``Refused``."""
    found = ckan.packages(session, site(), ckan.ids_of(session, wanted))
    if not found:
        raise not_found()
    return found[0]


def current_package_list_with_resources(session: Session, given: Given) -> list[dict[str, Any]]:
    """Return datasets with their resources, the latest change first; at most 1000 at a time."""
    limit, offset = natural(given, "limit", MOST_ROWS), natural(given, "offset", 0)
    wanted = Wanted(sort=(("metadata_modified", True),), rows=min(limit, MOST_ROWS), start=offset)
    return ckan.packages(session, site(), searched(session, wanted).dataset_ids)


def searched(session: Session, wanted: Wanted) -> Found:
    """The entries that a search finds. Raises ``Refused``."""
    try:
        return ckan_search.search(session, http.runtime().index, wanted, now=http.now())
    except UnreadableQueryError as error:
        raise Refused(409, "Search Error", f"Search error: {error}") from None


def package_search(session: Session, given: Given) -> dict[str, Any]:
    """Search for datasets: q, fq, sort, rows, start, facet.field, facet.limit, facet.mincount, fl."""
    unknown = sorted(
        name for name in given if name not in SEARCH_WORDS and not name.startswith("ext_")
    )
    if unknown:
        raise _bad_query(f"Invalid search parameters: {unknown}")
    names = several(given, "facet.field") if boolean(given, "facet", default=True) else []
    names = list(dict.fromkeys(names))
    if len(names) > MOST_FACETS:
        raise _bad_query(f"More than {MOST_FACETS} facets")
    wanted = _wanted(given, tuple(names))
    found = searched(session, wanted)
    results = _results(session, found, several(given, "fl"))
    return {
        "count": found.count - (len(found.dataset_ids) - len(results)),
        "sort": text(given, "sort").strip() or DEFAULT_SORT,
        "results": results,
        **_facets(found, given),
    }


def _results(session: Session, found: Found, keys: list[str]) -> list[Any]:
    """The packages found, each written once for every state of its entry; or these keys of them."""
    where, rows = site(), ckan.kept(session, found.dataset_ids)
    if keys and keys != ["*"]:
        packages = [ckan.package(where, row) for row in rows]
        return [{name: one[name] for name in keys if name in one} for one in packages]
    return [
        orjson.Fragment(
            http.keep(
                ("package", where.url, row.id, row.number),
                partial(_written, where, row),
            )
        )
        for row in rows
    ]


def _written(where: Site, row: ckan.Kept) -> bytes:
    return orjson.dumps(ckan.package(where, row))


def _wanted(given: Given, facets: tuple[str, ...]) -> Wanted:
    filters = [
        one for name in ("fq", "fq_list") for one in _texts(given.get(name), name) if one.strip()
    ]
    query = text(given, "q")
    for name, one in (("q", query), *(("fq", part) for part in filters)):
        if one.lstrip().startswith("{!"):
            said = f"Local parameters are not supported in param '{name}'"
            raise Refused(409, "Search Error", f"Search error: {said}")
    if len(filters) > MOST_FACETS:
        raise _bad_query(f"More than {MOST_FACETS} filters")
    try:
        sort = ckan_search.sorts(text(given, "sort"))
    except ValueError:
        raise _bad_query('Invalid "sort" parameter') from None
    return Wanted(
        q=query,
        fq=tuple(filters),
        sort=sort,
        start=natural(given, "start", 0),
        rows=min(natural(given, "rows", 10), MOST_ROWS),
        facets=facets,
        values=_values(given),
    )


def _texts(value: Any, name: str) -> list[str]:
    """Filters: one, or several that hold together."""
    if isinstance(value, str) and name == "fq_list":
        return several({name: value}, name) if value.lstrip().startswith("[") else [value]
    return [str(one) for one in value] if isinstance(value, list) else [str(value or "")]


def _bad_query(said: str) -> Refused:
    # CKAN shows the arguments of its exception as Python writes them.
    return Refused(400, "Search Query Error", f"Search Query is invalid: {(said,)!r}")


def _facets(found: Found, given: Given) -> dict[str, Any]:
    most = _values(given)
    least = max(0, natural(given, "facet.mincount", 1))
    limit = None if most < 0 else most
    kept = {name: _most(items, limit, least) for name, items in found.facets.items()}
    return {
        "facets": {name: {one.name: one.count for one in items} for name, items in kept.items()},
        "search_facets": {
            name: {
                "title": name,
                "items": [
                    {"name": one.name, "display_name": one.display_name, "count": one.count}
                    for one in sorted(items, key=lambda one: one.display_name, reverse=True)
                ],
            }
            for name, items in kept.items()
        },
    }


def _values(given: Given) -> int:
    """How many values of a facet are wanted; all where it is negative."""
    said = text(given, "facet.limit", "50").strip()
    return -1 if said.startswith("-") else natural(given, "facet.limit", 50)


def _most(items: Iterable[FacetItem], limit: int | None, least: int) -> list[FacetItem]:
    held = sorted(
        (one for one in items if one.count >= least), key=lambda one: (-one.count, one.name)
    )
    return held[:limit]


def resource_show(session: Session, given: Given) -> dict[str, Any]:
    """Return a resource: one file of a table, or a link."""
    wanted = needed(given).strip().lower()
    found = ckan.table_of(session, wanted)
    packages = ckan.packages(session, site(), [found[0].dataset_id]) if found else []
    for package in packages:
        for resource in package["resources"]:
            if resource["id"] == wanted:
                return dict(resource)
    raise not_found("Resource was not found.")


def resource_search(session: Session, given: Given) -> dict[str, Any]:
    """Search for resources whose field contains a term: query=field:term, repeatable."""
    value = given.get("query")
    terms = [
        one.partition(":") for one in (value if isinstance(value, list) else [str(value or "")])
    ]
    fields = {"name", "description", "format", "url", "id", "hash", "mimetype", "package_id"}
    for name, colon, _ in terms:
        if not colon or name not in fields:
            raise invalid("query", f"Field {name[:60]!r} not recognised in resource_search.")
    wanted = [(name, term.strip().lower()) for name, _, term in terms]
    offset, limit = natural(given, "offset", 0), natural(given, "limit", MOST_ROWS)
    found = 0
    results: list[dict[str, Any]] = []
    for resource in _resources(session):
        if not all(_matches(resource[name], name, term) for name, term in wanted):
            continue
        if offset <= found < offset + min(limit, MOST_ROWS):
            results.append(resource)
        found += 1
    return {"count": found, "results": results}


def _resources(session: Session) -> Iterable[dict[str, Any]]:
    after = ""
    while True:
        entries, after = publications.page(session, base=site().url, after=after, limit=500)
        for package in ckan.written(session, site(), entries):
            yield from package["resources"]
        if not after:
            return


def _matches(value: Any, name: str, term: str) -> bool:
    held = str(value or "").lower()
    return held.startswith(term) if name == "hash" else term in held


def package_autocomplete(session: Session, given: Given) -> list[dict[str, str]]:
    """Return datasets whose words begin with q."""
    limit = min(natural(given, "limit", 10), MOST_ROWS)
    wanted = Wanted(q=text(given, "q") or text(given, "incomplete"), rows=limit)
    return [
        {
            "name": one["name"],
            "title": one["title"],
            "match_field": "title",
            "match_displayed": one["title"],
        }
        for one in ckan.packages(session, site(), searched(session, wanted).dataset_ids)
    ]


def package_activity_list(session: Session, given: Given) -> list[dict[str, Any]]:
    """Return the latest change of a dataset."""
    return [_activity(one_package(session, needed(given)))]


def recently_changed_packages_activity_list(session: Session, given: Given) -> list[dict[str, Any]]:
    """Return the latest changes of the catalogue, newest first; one for each dataset."""
    wanted = Wanted(
        sort=(("metadata_modified", True),),
        rows=min(natural(given, "limit", 31), 100),
        start=natural(given, "offset", 0),
    )
    found = searched(session, wanted).dataset_ids
    return [_activity(one) for one in ckan.packages(session, site(), found)]


def _activity(package: dict[str, Any]) -> dict[str, Any]:
    fresh = package["metadata_created"] == package["metadata_modified"]
    return {
        "id": ckan_out.tag(f"{package['id']} {package['metadata_modified']}")["id"],
        "timestamp": package["metadata_modified"],
        "user_id": package["owner_org"],
        "object_id": package["id"],
        "activity_type": "new package" if fresh else "changed package",
        "data": {"package": package},
    }
