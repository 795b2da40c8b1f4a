"""Entries written as CKAN packages (Action API, shapes of 2.11), and what stands around them.

Closed entries are packages without resources; ``extras`` say how open an entry is and which items of
the negative list close it, under the labels that ``schemas.interop.ckan`` reads.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote
from uuid import NAMESPACE_URL, UUID, uuid5

from schemas.licences import LICENCES, licence_address, licence_name
from schemas.published import PublishedEntry, PublishedFile, PublishedTable, Site
from schemas.vocabularies import Openness

FORMATS: Final = ("csv", "json", "ndjson", "xlsx", "parquet")
"""Formats of a table, each a resource of its own; the place of one stands in the resource's id."""
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_STEP: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Named:
    """A unit as CKAN's organization, or a theme as its group; ``entries`` in the catalogue."""

    name: str
    title: str
    kind: str
    created: datetime | None = None
    entries: int = 0

    @property
    def id(self) -> str:
        """The identifier, made from the name and therefore stable."""
        return str(uuid5(NAMESPACE_URL, f"gongkai:{self.kind}:{self.name}"))


def package_id(slug: str, created: datetime) -> str:
    """A UUID (version 8, RFC 9562) of the moment of registration and of the slug.

    The moment lets the entry be looked up, the digest tells entries of one moment apart; it counts
    nothing, so it tells nothing of entries that are not public.
    """
    passed = ((created.astimezone(UTC) - _EPOCH) // _STEP) & (2**60 - 1)
    digest = int.from_bytes(sha256(slug.encode()).digest()[:8], "big") & (2**62 - 1)
    high = (passed >> 12) << 16 | 0x8000 | (passed & 0xFFF)
    return str(UUID(int=high << 64 | 0b10 << 62 | digest))


def registered_at(identifier: str) -> datetime:
    """The moment in a package's id. Raises ``ValueError`` for no UUID, ``OverflowError`` for none of
    ours."""
    high = UUID(identifier).int >> 64
    return _EPOCH + _STEP * ((high >> 16) << 12 | (high & 0xFFF))


def resource_id(table_id: str, file_format: str = "csv") -> str:
    """The id of a table's file in one format: that of the table, with the format in its last digit."""
    return str(UUID(int=UUID(table_id).int ^ FORMATS.index(file_format)))


def tables_of(identifier: str) -> Iterator[tuple[str, str]]:
    """What a resource id may mean: (id of a table, format). Raises ``ValueError`` for no UUID."""
    number = UUID(identifier).int
    for place, file_format in enumerate(FORMATS):
        yield UUID(int=number ^ place).hex, file_format


def moment(value: datetime | None) -> str | None:
    """A moment as CKAN writes it: UTC without zone, always with microseconds (clients compare text)."""
    if value is None:
        return None
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def package(
    site: Site, entry: PublishedEntry, organization: Named, group: Named | None
) -> dict[str, Any]:
    """One entry as ``package_show`` gives it; every key is there, null when empty."""
    identifier = package_id(entry.slug, entry.created_at)
    resources = [
        {**one, "position": place}
        for place, one in enumerate(
            part for table in entry.tables for part in _resources(table, identifier, entry)
        )
    ]
    licence = LICENCES.get(entry.licence)
    return {
        "id": identifier,
        "name": entry.slug,
        "title": entry.title,
        "notes": entry.description,
        "author": entry.publisher.name,
        "author_email": None,
        "maintainer": entry.contact_name or None,
        "maintainer_email": entry.contact_email or None,
        "license_id": entry.licence or None,
        "license_title": licence_name(entry.licence) if entry.licence else None,
        "license_url": licence_address(site.url, entry.licence) or None,
        "isopen": bool(licence and licence.is_open and entry.openness == Openness.UNCONDITIONAL),
        "url": entry.landing_page or entry.url,
        "version": str(entry.release) if entry.release else None,
        "state": "active",
        "type": "dataset",
        "private": False,
        "owner_org": organization.id,
        "creator_user_id": None,
        "metadata_created": moment(entry.created_at),
        "metadata_modified": moment(entry.changed_at),
        "num_resources": len(resources),
        "num_tags": len(entry.keywords),
        "organization": organization_of_package(organization),
        "groups": [group_of_package(group)] if group else [],
        "tags": [tag(one) for one in sorted(entry.keywords)],
        "extras": [{"key": key, "value": value} for key, value in extras(entry).items()],
        "resources": resources,
        "relationships_as_subject": [],
        "relationships_as_object": [],
    }


def extras(entry: PublishedEntry) -> dict[str, str]:
    """What CKAN has no column for, without what is empty."""
    whole = [one for one in entry.closings if not one.field]
    parts = [one for one in entry.closings if one.field]
    start, end = entry.temporal_start or "", entry.temporal_end or ""
    told = {
        "openness": entry.openness,
        "openness_mode": entry.mode,
        "openness_condition": entry.condition,
        "closed_by": "; ".join(one.number for one in whole),
        "closed_because": "; ".join(f"{one.name}（{one.ground}）" for one in whole),
        "closed_by_url": "; ".join(one.url for one in whole),
        "closed_fields": "; ".join(f"{one.field}（{one.number} {one.name}）" for one in parts),
        "entry_state": entry.state,
        "code": entry.code,
        "publisher_code": entry.publisher.code,
        "theme": entry.theme,
        "industry": entry.industry,
        "update_cycle": entry.update_cycle,
        "issued": entry.issued.isoformat() if entry.issued else "",
        "modified": entry.modified.isoformat() if entry.modified else "",
        "temporal": f"{start}/{end}" if start or end else "",
        "spatial": entry.region,
        "contact_phone": entry.contact_phone,
        "page": entry.url,
    }
    return {key: value for key, value in told.items() if value}


def _resources(
    table: PublishedTable, package: str, entry: PublishedEntry
) -> Iterator[dict[str, Any]]:
    for file in table.files:
        if file.format in FORMATS:
            yield _resource(table, package, entry, file)
    if not table.files and table.link:
        yield _resource(table, package, entry, None)


def _resource(
    table: PublishedTable, package: str, entry: PublishedEntry, file: PublishedFile | None
) -> dict[str, Any]:
    readable = entry.openness == Openness.UNCONDITIONAL and file is not None
    linked = quote(table.link, safe="%/:=&?~#+!$,;'@()*[]")
    return {
        "id": resource_id(table.id, file.format if file else "csv"),
        "package_id": package,
        "name": table.title,
        "description": table.description,
        "format": file.format.upper() if file else table.link_format.upper(),
        "mimetype": file.media_type if file else None,
        "mimetype_inner": None,
        "url": file.url if file else linked,
        "url_type": None,
        "resource_type": None,
        "hash": file.sha256 if file else "",
        "size": file.bytes if file else None,
        "created": moment(table.modified or entry.created_at),
        "last_modified": moment(table.modified),
        "metadata_modified": moment(table.modified or entry.changed_at),
        "cache_url": None,
        "cache_last_updated": None,
        "state": "active",
        "datastore_active": readable and file is not None and file.format == "csv",
    }


def organization_of_package(one: Named) -> dict[str, Any]:
    """The holder, as it stands in a package."""
    return {
        "id": one.id,
        "name": one.name,
        "title": one.title,
        "type": "organization",
        "description": "",
        "image_url": "",
        "created": moment(one.created),
        "is_organization": True,
        "approval_status": "approved",
        "state": "active",
    }


def group_of_package(one: Named) -> dict[str, Any]:
    """The theme, as it stands in a package."""
    return {
        "id": one.id,
        "name": one.name,
        "title": one.title,
        "display_name": one.title,
        "description": "",
        "image_display_url": "",
    }


def shown(one: Named) -> dict[str, Any]:
    """An organization or a group as ``organization_show`` and ``group_show`` give it."""
    return {
        **organization_of_package(one),
        "type": one.kind,
        "is_organization": one.kind == "organization",
        "display_name": one.title,
        "image_display_url": "",
        "package_count": one.entries,
        "num_followers": 0,
    }


def details(one: Named) -> dict[str, Any]:
    """What ``*_show`` has besides; lists have it where it is asked for."""
    extra = [{"key": "code", "value": one.name.upper(), "state": "active"}]
    return {"extras": extra if one.kind == "organization" else [], "tags": [], "groups": []}


def tag(word: str) -> dict[str, Any]:
    """A keyword."""
    return {
        "id": str(uuid5(NAMESPACE_URL, f"gongkai:tag:{word}")),
        "name": word,
        "display_name": word,
        "state": "active",
        "vocabulary_id": None,
    }


def licences(site: Site) -> list[Mapping[str, Any]]:
    """Every licence of the portal."""
    return [
        {
            "id": one.code,
            "title": one.name,
            "url": licence_address(site.url, one.code),
            "status": "active",
            "od_conformance": "approved" if one.is_open else "not reviewed",
            "osd_conformance": "not reviewed",
            "family": "",
            "maintainer": "",
            "is_generic": False,
            "domain_content": True,
            "domain_data": True,
            "domain_software": False,
        }
        for one in LICENCES.values()
    ]
