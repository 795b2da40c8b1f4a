"""CKAN packages (Action API, ``package_show`` shape), read into records.

Portals keep what CKAN has no column for in ``extras``, often under Chinese labels; those are read
like an inventory.
"""

from collections.abc import Mapping
from typing import Any

from schemas.interop.labels import Placed, place_entry
from schemas.interop.readings import (
    Notes,
    read_address,
    read_cycle,
    read_date,
    read_description,
    read_formats,
    read_openness,
    read_sharing,
)
from schemas.interop.values import (
    NotARecordError,
    count,
    line,
    missing_title,
    plain,
    prose,
    said,
)
from schemas.records import DatasetRecord, Message, ResourceRecord

_READ = frozenset(
    [
        "id",
        "name",
        "title",
        "notes",
        "organization",
        "author",
        "maintainer",
        "maintainer_email",
        "author_email",
        "groups",
        "tags",
        "license_id",
        "license_title",
        "url",
        "metadata_created",
        "metadata_modified",
        "resources",
        "extras",
        "type",
        "state",
        "private",
        "num_resources",
        "num_tags",
        "isopen",
        "owner_org",
        "creator_user_id",
        "license_url",
        "relationships_as_subject",
        "relationships_as_object",
    ]
)
"""Keys that are read, or that say nothing about the dataset itself."""


def from_ckan(package: Mapping[str, Any], *, site: str = "", publisher: str = "") -> DatasetRecord:
    """Read one package; ``site`` is the portal's address, for the link to the dataset's page.

    Raises NotARecordError when there is no identifier or no title.
    """
    remote_id, title = _identity(package)
    placed = place_entry(_extras(package.get("extras")))
    notes = Notes(ignored=dict(placed.others))
    notes.ignored.update(
        {key: plain(value) for key, value in package.items() if key not in _READ and value}
    )
    openness, mode, condition = _openness(placed, notes)
    resources = tuple(
        _resource(number, item, notes)
        for number, item in enumerate(_mappings(package.get("resources")), 1)
    )
    return DatasetRecord(
        remote_id=remote_id,
        title=title,
        description=read_description(package.get("notes"), title, notes),
        publisher=_publisher(package, placed) or publisher,
        publisher_code=said(placed.values.get("publisher_code")),
        theme=_theme(package, placed),
        industry=said(placed.values.get("industry")),
        keywords=_tags(package.get("tags")),
        openness=openness,
        openness_mode=mode,
        openness_condition=condition,
        sharing=read_sharing(placed.values.get("sharing"), notes, _label(placed, "sharing")),
        update_cycle=read_cycle(
            placed.values.get("update_cycle"), notes, _label(placed, "update_cycle")
        ),
        issued=_date(placed, "issued", package.get("metadata_created"), notes),
        modified=_date(placed, "modified", package.get("metadata_modified"), notes),
        licence=said(package.get("license_title")) or said(package.get("license_id")),
        contact_name=said(package.get("maintainer")) or said(placed.values.get("contact_name")),
        contact_phone=said(placed.values.get("contact_phone")),
        contact_email=said(package.get("maintainer_email")) or said(package.get("author_email")),
        landing_page=_page(package, site, notes),
        spatial=said(placed.values.get("spatial")),
        temporal=said(placed.values.get("temporal")),
        formats=read_formats([resource.format for resource in resources]),
        resources=resources,
        ignored=notes.ignored,
        warnings=tuple(notes.warnings),
    )


def _identity(package: Mapping[str, Any]) -> tuple[str, str]:
    remote_id = line(package.get("id")) or line(package.get("name"))
    title = line(package.get("title")) or line(package.get("name"))
    if not remote_id:
        raise no_identifier()
    if not title:
        raise missing_title(remote_id)
    return remote_id, title


def _publisher(package: Mapping[str, Any], placed: Placed) -> str:
    organization = package.get("organization")
    provider = organization if isinstance(organization, Mapping) else {}
    return (
        said(provider.get("title"))
        or said(placed.values.get("publisher"))
        or said(package.get("author"))
    )


def _theme(package: Mapping[str, Any], placed: Placed) -> str:
    groups = _mappings(package.get("groups"))
    first = groups[0] if groups else {}
    return said(placed.values.get("theme")) or said(first.get("title")) or said(first.get("name"))


def no_identifier() -> NotARecordError:
    return NotARecordError(
        "no-identifier",
        Message("The record has no identifier."),
        Message("Ask the source to give each entry an identifier of its own."),
    )


def _label(placed: Placed, element: str) -> str:
    return placed.labels.get(element, element)


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, Mapping)]


def _extras(value: Any) -> Mapping[str, Any]:
    """Extras in both spellings: a list of key and value, or an object (old portals)."""
    if isinstance(value, Mapping):
        return {line(key): item for key, item in value.items()}
    return {line(item.get("key")): item.get("value") for item in _mappings(value)}


def _tags(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else []
    names = (
        said(item.get("display_name") or item.get("name"))
        if isinstance(item, Mapping)
        else said(item)
        for item in items
    )
    return tuple(dict.fromkeys(name for name in names if name))


def _openness(placed: Placed, notes: Notes) -> tuple[str, str, str]:
    element = "openness" if "openness" in placed.values else "is_open"
    return read_openness(
        placed.values.get(element),
        placed.values.get("openness_condition"),
        notes,
        label=_label(placed, element),
        condition_label=_label(placed, "openness_condition"),
    )


def _date(placed: Placed, element: str, fallback: Any, notes: Notes) -> str:
    if element in placed.values:
        return read_date(placed.values[element], notes, _label(placed, element))
    return read_date(fallback, notes, element)


def _page(package: Mapping[str, Any], site: str, notes: Notes) -> str:
    name = line(package.get("name")) or line(package.get("id"))
    if site:
        return f"{site.rstrip('/')}/dataset/{name}"
    return read_address(package.get("url"), notes, "url")


def _resource(number: int, item: Mapping[str, Any], notes: Notes) -> ResourceRecord:
    title = line(item.get("name")) or line(item.get("description"))
    return ResourceRecord(
        name=line(item.get("id")) or f"resource-{number}",
        title=title,
        url=read_address(item.get("url"), notes, f"resources/{number}/url"),
        format=said(item.get("format")).lower().lstrip("."),
        media_type=said(item.get("mimetype")).lower(),
        bytes=count(item.get("size")) if prose(item.get("size")) else None,
    )
