"""CKAN's actions about organizations, groups, tags, licences, and the site itself."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from sqlalchemy.orm import Session

from catalog import http
from catalog.api.ckan_catalogue import MOST_ROWS, cut, one_package, searched
from catalog.api.ckan_given import (
    Given,
    boolean,
    denied,
    invalid,
    natural,
    needed,
    not_found,
    several,
    text,
)
from catalog.http.outward import site
from catalog.services import ckan, publications
from catalog.services.ckan_search import Wanted
from schemas.interop import ckan_out
from schemas.interop.ckan_out import Named

T = TypeVar("T")
VERSION: Final = "2.11.0"
"""Clients choose how to ask by this number: we answer as that version does."""
_ORDERS: Final[dict[str, Callable[[Named], Any]]] = {
    "name": lambda one: one.name,
    "title": lambda one: one.title,
    "package_count": lambda one: one.entries,
    "packages": lambda one: one.entries,
}


def _kept(session: Session, find: Callable[[Session], T]) -> T:
    """What ``find`` finds in the whole catalogue, found once for each state of it."""
    key = ("ckan", find.__name__, publications.stamp(session))
    return http.runtime().index.keep(key, lambda: find(session))


def organization_list(session: Session, given: Given) -> list[Any]:
    """Return the units with something in the catalogue; all_fields=true for more than their names."""
    return _listed(_kept(session, ckan.organizations), given, "organizations")


def group_list(session: Session, given: Given) -> list[Any]:
    """Return the themes with something in the catalogue; all_fields=true for more than their names."""
    return _listed(_kept(session, ckan.groups), given, "groups")


def _listed(held: list[Named], given: Given, chosen: str) -> list[Any]:
    field, _, way = (text(given, "sort") or "title asc").strip().partition(" ")
    if field not in _ORDERS or way.strip().lower() not in {"", "asc", "desc"}:
        raise invalid("sort", f"Cannot sort by field `{field[:60]}`")
    words = text(given, "q").lower()
    names = several(given, chosen)
    found = [
        one
        for one in held
        if (not words or words in one.title.lower() or words in one.name)
        and (not names or one.name in names or one.id in names)
    ]
    found.sort(key=lambda one: one.name)
    descending = way.strip().lower() == "desc"
    found.sort(key=_ORDERS[field], reverse=descending)
    part = cut(found, given)
    if not boolean(given, "all_fields"):
        return [one.name for one in part]
    wanted = {name for name in ("extras", "tags", "groups") if boolean(given, f"include_{name}")}
    return [
        {
            **ckan_out.shown(one),
            **{name: value for name, value in ckan_out.details(one).items() if name in wanted},
        }
        for one in part
    ]


def organization_show(session: Session, given: Given) -> dict[str, Any]:
    """Return a unit; include_datasets=true gives up to 1000 of its datasets."""
    return _shown(session, _found(_kept(session, ckan.organizations), given), given, "organization")


def group_show(session: Session, given: Given) -> dict[str, Any]:
    """Return a theme; include_datasets=true gives up to 1000 of its datasets."""
    return _shown(session, _found(_kept(session, ckan.groups), given), given, "groups")


def _found(held: list[Named], given: Given) -> Named:
    wanted = needed(given)
    for one in held:
        if wanted in {one.id, one.name, one.title} or wanted.lower() == one.name:
            return one
    raise not_found()


def _shown(session: Session, one: Named, given: Given, field: str) -> dict[str, Any]:
    made = {**ckan_out.shown(one), **ckan_out.details(one)}
    if boolean(given, "include_datasets"):
        made["packages"] = _packages(session, field, one.name, MOST_ROWS)
    return made


def _packages(session: Session, field: str, value: str, rows: int) -> list[dict[str, Any]]:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    wanted = Wanted(fq=(f'{field}:"{escaped}"',), sort=(("name", False),), rows=rows)
    return ckan.packages(session, site(), searched(session, wanted).dataset_ids)


def group_package_show(session: Session, given: Given) -> list[dict[str, Any]]:
    """Return the datasets of a theme or of a unit, at most 1000."""
    held = [*_kept(session, ckan.groups), *_kept(session, ckan.organizations)]
    one = _found(held, given)
    field = "groups" if one.kind == "group" else "organization"
    rows = min(natural(given, "limit", MOST_ROWS), MOST_ROWS)
    return _packages(session, field, one.name, rows)


def member_list(session: Session, given: Given) -> list[list[str]]:
    """Return the datasets of a theme or of a unit as [id, "package", capacity], at most 1000."""
    if text(given, "object_type") not in {"", "package"}:
        return []
    found = group_package_show(session, {"id": given.get("id")})
    return [[one["id"], "package", "Public"] for one in found]


def _autocompleted(held: list[Named], given: Given) -> list[dict[str, str]]:
    words = (text(given, "q") or text(given, "incomplete")).lower()
    found = [one for one in held if words in one.title.lower() or words in one.name]
    found.sort(key=lambda one: one.title)
    limit = natural(given, "limit", 20)
    return [{"id": one.id, "name": one.name, "title": one.title} for one in found[:limit]]


def organization_autocomplete(session: Session, given: Given) -> list[dict[str, str]]:
    """Return units whose name or title contains q."""
    return _autocompleted(_kept(session, ckan.organizations), given)


def group_autocomplete(session: Session, given: Given) -> list[dict[str, str]]:
    """Return themes whose name or title contains q."""
    return _autocompleted(_kept(session, ckan.groups), given)


def tag_list(session: Session, given: Given) -> list[Any]:
    """Return the keywords of the catalogue; query narrows, all_fields=true gives more."""
    if text(given, "vocabulary_id"):
        raise not_found("could not find vocabulary")
    held = _tags(session, text(given, "query"))
    return [ckan_out.tag(one) for one in held] if boolean(given, "all_fields") else held


def _tags(session: Session, words: str) -> list[str]:
    return sorted(one for one in _kept(session, ckan.tags) if words.lower() in one.lower())


def tag_show(session: Session, given: Given) -> dict[str, Any]:
    """Return a keyword; include_datasets=true gives up to 1000 datasets that have it."""
    wanted = needed(given)
    for word in _kept(session, ckan.tags):
        made = ckan_out.tag(word)
        if wanted in {word, made["id"]}:
            if boolean(given, "include_datasets"):
                made["packages"] = _packages(session, "tags", word, MOST_ROWS)
            return made
    raise not_found()


def tag_search(session: Session, given: Given) -> dict[str, Any]:
    """Return keywords that contain the query."""
    value = given.get("query") or given.get("q") or ""
    words = [str(one) for one in value] if isinstance(value, list) else [str(value)]
    found = [one for one in _tags(session, "") if any(w.lower() in one.lower() for w in words)]
    return {"count": len(found), "results": [ckan_out.tag(one) for one in cut(found, given)]}


def tag_autocomplete(session: Session, given: Given) -> list[str]:
    """Return keywords that contain q."""
    words = text(given, "q") or text(given, "query") or text(given, "incomplete")
    return cut(_tags(session, words), given, MOST_ROWS)[: natural(given, "limit", 10)]


def format_autocomplete(session: Session, given: Given) -> list[str]:
    """Return formats of resources that contain q."""
    words = (text(given, "q") or text(given, "incomplete")).lower()
    found = searched(session, Wanted(rows=0, facets=("res_format",))).facets["res_format"]
    held = sorted(one.name.lower() for one in found if words in one.name.lower())
    return held[: natural(given, "limit", 5)]


def license_list(_session: Session, _given: Given) -> list[Any]:
    """Return the licences of the portal."""
    return ckan_out.licences(site())


def status_show(_session: Session, _given: Given) -> dict[str, Any]:
    """Return what the site is."""
    here = site()
    return {
        "site_title": here.title,
        "site_description": here.description,
        "site_url": here.url,
        "ckan_version": VERSION,
        "error_emails_to": None,
        "locale_default": "zh_Hans_CN",
        "extensions": ["datastore"],
    }


def site_read(_session: Session, _given: Given) -> bool:
    """Return true: everybody may read the site."""
    return True


def vocabulary_show(_session: Session, given: Given) -> None:
    """Raise: there are no vocabularies."""
    needed(given)
    raise not_found()


def users(_session: Session, _given: Given) -> None:
    """Raise: accounts are nobody's business."""
    raise denied("accounts of this portal are not public")


def nothing(_session: Session, _given: Given) -> list[Any]:
    """Return an empty list: this portal has nothing of the kind."""
    return []


def of_package(session: Session, given: Given) -> list[Any]:
    """Return an empty list for a dataset that is there."""
    one_package(session, needed(given))
    return []


def followers(session: Session, given: Given) -> int:
    """Return 0: nobody is noted as a follower."""
    one_package(session, needed(given))
    return 0
