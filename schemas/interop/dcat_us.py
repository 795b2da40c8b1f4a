"""Entries written as DCAT-US 1.1 (Project Open Data metadata schema), for ``/data.json``."""

from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import quote, urlsplit

import orjson

from schemas.licences import licence_address
from schemas.published import PublishedEntry, PublishedTable, Site
from schemas.vocabularies import Openness, UpdateCycle

SCHEMA: Final = "https://project-open-data.cio.gov/v1.1/schema"
ACCESS_LEVELS: Final = {
    Openness.UNCONDITIONAL: "public",
    Openness.CONDITIONAL: "restricted public",
    Openness.WITHHELD: "non-public",
    Openness.UNASSESSED: "non-public",
}
INTERVALS: Final = {
    UpdateCycle.REALTIME: "R/PT1S",
    UpdateCycle.DAILY: "R/P1D",
    UpdateCycle.WEEKLY: "R/P1W",
    UpdateCycle.MONTHLY: "R/P1M",
    UpdateCycle.QUARTERLY: "R/P3M",
    UpdateCycle.HALF_YEARLY: "R/P6M",
    UpdateCycle.YEARLY: "R/P1Y",
    UpdateCycle.BIENNIAL: "R/P2Y",
    UpdateCycle.IRREGULAR: "irregular",
}
NO_BUREAU: Final = {"bureauCode": ["000:00"], "programCode": ["000:000"]}
"""The schema demands codes of United States bureaus; outside them these stand for none."""
LONGEST_RIGHTS: Final = 255


def catalogue(site: Site, entries: Iterable[PublishedEntry]) -> Iterator[bytes]:
    """The document in pieces, one for each entry, so that its length costs no memory."""
    head = {
        "@context": "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld",
        "@id": f"{site.url}/data.json",
        "@type": "dcat:Catalog",
        "conformsTo": SCHEMA,
        "describedBy": f"{SCHEMA}/catalog.json",
    }
    yield orjson.dumps(head)[:-1] + b',"dataset":['
    for place, entry in enumerate(entries):
        yield (b"," if place else b"") + orjson.dumps(to_dcat_us(site, entry))
    yield b"]}\n"


def to_dcat_us(site: Site, entry: PublishedEntry) -> dict[str, Any]:
    """One entry; members without a value are left out."""
    start, end = entry.temporal_start, entry.temporal_end
    shown = {
        "@type": "dcat:Dataset",
        **NO_BUREAU,
        "identifier": entry.url,
        "title": entry.title,
        "description": entry.description or entry.title,
        "keyword": list(entry.keywords) or [entry.theme or entry.publisher.name],
        "modified": (entry.modified or entry.changed_at.date()).isoformat(),
        "issued": (entry.issued or entry.published_at.date()).isoformat(),
        "publisher": {"@type": "org:Organization", "name": entry.publisher.name},
        "contactPoint": _contact(site, entry),
        "accessLevel": ACCESS_LEVELS[Openness(entry.openness)],
        "rights": _rights(entry)[:LONGEST_RIGHTS],
        "license": licence_address(site.url, entry.licence),
        "spatial": entry.region,
        "temporal": f"{start}/{end}" if start and end else "",
        "theme": [entry.theme] if entry.theme else [],
        "accrualPeriodicity": INTERVALS.get(UpdateCycle(entry.update_cycle), "irregular"),
        "landingPage": entry.url,
        "language": [site.language],
        "distribution": [one for table in entry.tables for one in _distributions(table)],
    }
    return {name: value for name, value in shown.items() if value not in ("", [])}


def _contact(site: Site, entry: PublishedEntry) -> dict[str, str]:
    # RFC 2142 names the mailbox of who keeps a web service; an entry may have none of its own.
    mail = entry.contact_email or f"webmaster@{urlsplit(site.url).hostname}"
    return {
        "@type": "vcard:Contact",
        "fn": entry.contact_name or entry.publisher.name,
        "hasEmail": f"mailto:{mail}",
    }


def _rights(entry: PublishedEntry) -> str:
    if entry.openness == Openness.CONDITIONAL:
        return entry.condition or "有条件开放"
    whole = [one for one in entry.closings if not one.field]
    if entry.openness == Openness.UNASSESSED:
        return "开放属性尚未认定"
    return "；".join(one.reason for one in whole)


def _distributions(table: PublishedTable) -> list[dict[str, str]]:
    if not table.files:
        if not table.link:
            return []
        address = quote(table.link, safe="%/:=&?~#+!$,;'@()*[]")
        return [{"@type": "dcat:Distribution", "title": table.title, "accessURL": address}]
    return [
        {
            "@type": "dcat:Distribution",
            "title": table.title,
            "downloadURL": file.url,
            "mediaType": file.media_type,
            "format": file.format.upper(),
        }
        for file in table.files
    ]
