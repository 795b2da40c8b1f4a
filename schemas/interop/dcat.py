"""DCAT, read into records: ``data.json`` (DCAT-US 1.1) and JSON-LD (DCAT-AP and its national kin).

Both are the same vocabulary; ``jsonld.Graph`` evens out the spelling, this module knows the meaning.
"""

from collections.abc import Mapping
from typing import Any

from schemas.interop.ckan import no_identifier
from schemas.interop.jsonld import Graph, Node
from schemas.interop.readings import (
    Notes,
    read_address,
    read_cycle,
    read_date,
    read_description,
    read_formats,
    read_openness,
)
from schemas.interop.values import count, line, made_id, missing_title, plain, said
from schemas.records import DatasetRecord, ResourceRecord

_READ = frozenset(
    [
        "@id",
        "@type",
        "@context",
        "dct:title",
        "dct:description",
        "dct:publisher",
        "dct:creator",
        "dct:identifier",
        "dct:issued",
        "dct:modified",
        "dct:license",
        "dct:accrualPeriodicity",
        "dct:accessRights",
        "accessLevel",
        "dct:rights",
        "dct:spatial",
        "dct:temporal",
        "dcat:keyword",
        "dcat:theme",
        "dcat:contactPoint",
        "dcat:landingPage",
        "dcat:distribution",
    ]
)


def from_dcat(document: Mapping[str, Any], *, publisher: str = "") -> DatasetRecord:
    """Read one self-contained dataset, as ``data.json`` lists them. Raises NotARecordError."""
    graph = Graph({key: value for key, value in document.items() if key != "@graph"})
    return from_dcat_node(graph, graph.nodes[0], publisher=publisher)


def from_dcat_node(graph: Graph, node: Node, *, publisher: str = "") -> DatasetRecord:
    """Read one dataset of a JSON-LD document. Raises NotARecordError."""
    notes = Notes()
    title = line(graph.text(node, "dct:title"))
    provider = _provider(graph, node) or publisher
    remote_id = _identifier(graph, node, title, provider)
    if not remote_id:
        raise no_identifier()
    if not title:
        raise missing_title(remote_id)
    name, phone, mail = _contact(graph, node)
    openness, mode, condition = _openness(graph, node, notes)
    resources = tuple(
        _resource(graph, number, item, notes)
        for number, item in enumerate(graph.linked(node, "dcat:distribution"), 1)
    )
    themes = _names(graph, node, "dcat:theme")
    notes.ignored.update(_others(graph, node))
    if len(themes) > 1:
        notes.ignored["dcat:theme"] = themes
    return DatasetRecord(
        remote_id=remote_id,
        title=title,
        description=read_description(graph.text(node, "dct:description"), title, notes),
        publisher=provider,
        theme=themes[0] if themes else "",
        keywords=tuple(dict.fromkeys(filter(None, map(said, graph.texts(node, "dcat:keyword"))))),
        openness=openness,
        openness_mode=mode,
        openness_condition=condition,
        update_cycle=read_cycle(
            graph.name_or_id(node, "dct:accrualPeriodicity"), notes, "dct:accrualPeriodicity"
        ),
        issued=read_date(graph.text(node, "dct:issued"), notes, "dct:issued"),
        modified=_modified(graph, node, notes),
        licence=said(graph.name_or_id(node, "dct:license")),
        contact_name=name,
        contact_phone=phone,
        contact_email=mail,
        landing_page=_page(graph, node, notes),
        spatial=said(graph.name_or_id(node, "dct:spatial")),
        temporal=_temporal(graph, node),
        formats=read_formats([resource.format for resource in resources]),
        resources=resources,
        ignored=notes.ignored,
        warnings=tuple(notes.warnings),
    )


def _provider(graph: Graph, node: Node) -> str:
    return said(graph.name_or_id(node, "dct:publisher")) or said(
        graph.name_or_id(node, "dct:creator")
    )


def _identifier(graph: Graph, node: Node, title: str, provider: str) -> str:
    """dct:identifier, else the node's own; blank nodes get new names in every export."""
    stated = line(graph.text(node, "dct:identifier")) or line(node.get("@id"))
    if stated and not stated.startswith("_:"):
        return stated
    page = graph.reference(node, "dcat:landingPage")
    return page or (made_id(provider, title) if title else "")


def _modified(graph: Graph, node: Node, notes: Notes) -> str:
    """dct:modified; DCAT-US also allows a repetition (R/P1D) there, which is no date."""
    text = graph.text(node, "dct:modified")
    return "" if text.startswith("R/") else read_date(text, notes, "dct:modified")


def _openness(graph: Graph, node: Node, notes: Notes) -> tuple[str, str, str]:
    key = "accessLevel" if graph.text(node, "accessLevel") else "dct:accessRights"
    word = graph.name_or_id(node, key)
    word = word.rpartition("/")[2] if "://" in word else word
    condition = graph.text(node, "dct:rights")
    if not word:
        if condition:
            notes.ignored["dct:rights"] = condition
        return "", "", ""
    return read_openness(word, condition, notes, label=key, condition_label="dct:rights")


def _contact(graph: Graph, node: Node) -> tuple[str, str, str]:
    for contact in graph.linked(node, "dcat:contactPoint"):
        mail = _contact_value(graph, contact, "vcard:hasEmail").removeprefix("mailto:")
        phone = _contact_value(graph, contact, "vcard:hasTelephone").removeprefix("tel:")
        return said(graph.text(contact, "vcard:fn")), said(phone), said(mail)
    return "", "", ""


def _contact_value(graph: Graph, contact: Node, key: str) -> str:
    for item in graph.linked(contact, key):
        if found := graph.reference(item, "vcard:hasValue"):
            return found
    return graph.reference(contact, key)


def _page(graph: Graph, node: Node, notes: Notes) -> str:
    stated = graph.reference(node, "dcat:landingPage")
    if stated:
        return read_address(stated, notes, "dcat:landingPage")
    own = line(node.get("@id"))
    return own if own.startswith(("http://", "https://")) else ""


def _temporal(graph: Graph, node: Node) -> str:
    """An interval as start/end, the way ISO 8601 writes one."""
    for period in graph.linked(node, "dct:temporal"):
        bounds = [
            line(graph.text(period, f"dcat:{bound}") or graph.text(period, f"schema:{bound}"))
            for bound in ("startDate", "endDate")
        ]
        if any(bounds):
            return "/".join(bounds)
    return said(graph.text(node, "dct:temporal"))


def _names(graph: Graph, node: Node, key: str) -> list[str]:
    """Texts, labels of nodes, or the last part of URIs."""
    names = [said(text) for text in graph.texts(node, key)]
    names.extend(said(graph.name_or_id({key: [item]}, key)) for item in graph.linked(node, key))
    names.extend(uri.rstrip("/").rpartition("/")[2] for uri in graph.undescribed(node, key))
    return list(dict.fromkeys(filter(None, names)))


def _resource(graph: Graph, number: int, node: Node, notes: Notes) -> ResourceRecord:
    place = f"dcat:distribution/{number}"
    address = graph.reference(node, "dcat:downloadURL") or graph.reference(node, "dcat:accessURL")
    media_type = graph.name_or_id(node, "dcat:mediaType")
    format_name = graph.name_or_id(node, "dct:format")
    size = graph.text(node, "dcat:byteSize")
    title = line(graph.text(node, "dct:title")) or line(graph.text(node, "dct:description"))
    return ResourceRecord(
        name=line(graph.text(node, "dct:identifier")) or f"resource-{number}",
        title=title,
        url=read_address(address, notes, place),
        format=_tail(format_name or media_type, 1).lower().lstrip("."),
        media_type=_tail(media_type, 2).lower(),
        bytes=count(size) if size else None,
    )


def _tail(text: str, parts: int) -> str:
    """The last parts of a URI or of a media type: CSV, text/csv."""
    return "/".join(text.rstrip("/").split("/")[-parts:])


def _others(graph: Graph, node: Node) -> dict[str, Any]:
    """What is not read, as far as it is text or a reference."""
    found: dict[str, Any] = {}
    for key in node:
        if key not in _READ:
            texts = graph.texts(node, key)
            value = texts[0] if len(texts) == 1 else texts or graph.reference(node, key)
            if value:
                found[key] = plain(value)
    return found
