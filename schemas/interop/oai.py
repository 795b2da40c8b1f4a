"""OAI-PMH 2.0 answers as XML (openarchives.org, protocol version 2.0, with its guidelines).

A door asks the questions and checks the arguments; here the answers are written.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas.interop import dcat_out
from schemas.interop.atom import OPENNESS, moment
from schemas.interop.markup import HEAD, Markup, element
from schemas.licences import licence_address, licence_name
from schemas.published import PublishedEntry, Site

MEDIA_TYPE: Final = "text/xml; charset=utf-8"
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_OAI: Final = "http://www.openarchives.org/OAI/2.0/"


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write an entry: its prefix, where its schema is, its namespace, the writer."""

    prefix: str
    schema: str
    namespace: str
    write: Callable[[Site, PublishedEntry], Markup]


@dataclass(frozen=True, slots=True)
class Record:
    """An entry, or the note that it is gone, with its identifier and sets."""

    identifier: str
    changed_at: datetime
    sets: tuple[str, ...]
    ended: bool
    entry: PublishedEntry


@dataclass(frozen=True, slots=True)
class Resumption:
    """Where a list goes on: an empty token ends one that was given in parts."""

    token: str
    size: int
    cursor: int


def oai_dc(site: Site, entry: PublishedEntry) -> Markup:
    """Simple Dublin Core, fifteen elements without refinement."""
    start, end = entry.temporal_start, entry.temporal_end
    whole = [one for one in entry.closings if not one.field]
    told: list[tuple[str, str]] = [
        ("title", entry.title),
        ("creator", entry.publisher.name),
        ("publisher", entry.publisher.name),
        *(("subject", word) for word in dict.fromkeys((entry.theme, *entry.keywords))),
        ("description", entry.description),
        ("date", (entry.modified or entry.changed_at.date()).isoformat()),
        ("type", "Dataset"),
        *(("format", kind) for kind in dict.fromkeys(_media_types(entry))),
        ("identifier", entry.url),
        ("identifier", entry.code),
        ("source", entry.landing_page),
        ("language", site.language),
        ("coverage", entry.region),
        ("coverage", f"{start or ''}/{end or ''}" if start or end else ""),
        ("rights", OPENNESS[entry.openness]),
        ("rights", entry.condition),
        *(("rights", one.reason) for one in whole),
        ("rights", licence_address(site.url, entry.licence) or licence_name(entry.licence)),
    ]
    return element(
        "oai_dc:dc",
        *(element(f"dc:{name}", value) for name, value in told if value),
        xmlns_oai__dc="http://www.openarchives.org/OAI/2.0/oai_dc/",
        xmlns_dc="http://purl.org/dc/elements/1.1/",
        xmlns_xsi=_XSI,
        xsi_schemaLocation="http://www.openarchives.org/OAI/2.0/oai_dc/ "
        "http://www.openarchives.org/OAI/2.0/oai_dc.xsd",
    )


def _media_types(entry: PublishedEntry) -> Iterable[str]:
    return (file.media_type for table in entry.tables for file in table.files)


FORMATS: Final[dict[str, Format]] = {
    one.prefix: one
    for one in (
        Format(
            "oai_dc",
            "http://www.openarchives.org/OAI/2.0/oai_dc.xsd",
            "http://www.openarchives.org/OAI/2.0/oai_dc/",
            oai_dc,
        ),
        Format(
            "dcat", "http://www.w3.org/ns/dcat.rdf", "http://www.w3.org/ns/dcat#", dcat_out.element
        ),
    )
}
"""Every entry can be written in each."""


def answer(now: datetime, url: str, arguments: Mapping[str, str], *inside: Markup) -> bytes:
    """The document around an answer. ``arguments`` are the request's, empty when they were refused."""
    return (
        HEAD
        + element(
            "OAI-PMH",
            element("responseDate", moment(now)),
            element("request", url, **arguments),
            *inside,
            xmlns=_OAI,
            xmlns_xsi=_XSI,
            xsi_schemaLocation=f"{_OAI} {_OAI}OAI-PMH.xsd",
        )
    ).encode()


def error(code: str, text: str) -> Markup:
    """A refusal, with one of the protocol's codes."""
    return element("error", text, code=code)


def identify(site: Site, url: str, mail: str, earliest: datetime) -> Markup:
    """Who answers, and how deletions and times are told."""
    return element(
        "Identify",
        element("repositoryName", site.title),
        element("baseURL", url),
        element("protocolVersion", "2.0"),
        element("adminEmail", mail),
        element("earliestDatestamp", moment(earliest)),
        element("deletedRecord", "persistent"),
        element("granularity", "YYYY-MM-DDThh:mm:ssZ"),
    )


def formats() -> Markup:
    """The ways in which entries are written."""
    return element(
        "ListMetadataFormats",
        *(
            element(
                "metadataFormat",
                element("metadataPrefix", one.prefix),
                element("schema", one.schema),
                element("metadataNamespace", one.namespace),
            )
            for one in FORMATS.values()
        ),
    )


def sets(found: Iterable[tuple[str, str]]) -> Markup:
    """The sets by which a harvest may be narrowed: (spec, name)."""
    return element(
        "ListSets",
        *(
            element("set", element("setSpec", spec), element("setName", name))
            for spec, name in found
        ),
    )


def header(record: Record) -> Markup:
    """What tells a record from others, and whether it is gone."""
    return element(
        "header",
        element("identifier", record.identifier),
        element("datestamp", moment(record.changed_at)),
        *(element("setSpec", one) for one in record.sets),
        status="deleted" if record.ended else "",
    )


def record(site: Site, found: Record, prefix: str) -> Markup:
    """A record with its metadata; one that is gone has none."""
    if found.ended:
        return element("record", header(found))
    metadata = FORMATS[prefix].write(site, found.entry)
    return element("record", header(found), element("metadata", metadata))


def resumption(held: Resumption | None) -> Markup:
    """The token at the end of a part of a list; nothing where the list was whole."""
    if held is None:
        return Markup("")
    return element(
        "resumptionToken",
        held.token,
        completeListSize=str(held.size),
        cursor=str(held.cursor),
    )
