"""Entries written as DCAT-AP 3.0.1, in JSON-LD, Turtle or RDF/XML.

Closed entries are written too, with their access rights and the exemption items that close them,
so that a portal that federates this one inherits the accountability. Concepts come from the
authority tables of the EU Vocabularies that the profile asks for.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from rdflib import Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, RDFS, SKOS, XSD

from schemas.interop import graph_text
from schemas.interop.graph_text import Graph
from schemas.interop.markup import Markup
from schemas.licences import licence_address, licence_name
from schemas.published import PublishedEntry, PublishedFile, PublishedTable, Publisher, Site
from schemas.vocabularies import Openness, UpdateCycle

EU: Final = "http://publications.europa.eu/resource/authority/"
IANA: Final = "https://www.iana.org/assignments/media-types/"
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
DCATAP = Namespace("http://data.europa.eu/r5r/")
ADMS = Namespace("http://www.w3.org/ns/adms#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")

PREFIXES: Final[dict[str, str]] = {
    prefix: str(namespace)
    for prefix, namespace in {
        "dcat": DCAT, "dct": DCTERMS, "foaf": FOAF, "skos": SKOS, "rdfs": RDFS, "xsd": XSD,
        "hydra": HYDRA, "spdx": SPDX, "vcard": VCARD, "rdf": RDF, "dcatap": DCATAP, "adms": ADMS,
    }.items()
}  # fmt: skip

SERIALISATIONS: Final[dict[str, tuple[Callable[[Graph], bytes], str]]] = {
    "jsonld": (graph_text.json_ld, "application/ld+json"),
    "ttl": (graph_text.turtle, "text/turtle; charset=utf-8"),
    "rdf": (graph_text.rdf_xml_document, "application/rdf+xml"),
}
"""Suffix of the address -> (writer, media type)."""

ACCESS_RIGHTS: Final[dict[str, str]] = {
    Openness.UNCONDITIONAL: "PUBLIC",
    Openness.CONDITIONAL: "RESTRICTED",
    Openness.WITHHELD: "NON_PUBLIC",
    Openness.UNASSESSED: "NON_PUBLIC",
}
FREQUENCIES: Final[dict[str, str]] = {
    UpdateCycle.REALTIME: "UPDATE_CONT",
    UpdateCycle.DAILY: "DAILY",
    UpdateCycle.WEEKLY: "WEEKLY",
    UpdateCycle.MONTHLY: "MONTHLY",
    UpdateCycle.QUARTERLY: "QUARTERLY",
    UpdateCycle.HALF_YEARLY: "ANNUAL_2",
    UpdateCycle.YEARLY: "ANNUAL",
    UpdateCycle.BIENNIAL: "BIENNIAL",
    UpdateCycle.IRREGULAR: "IRREG",
}
FILE_TYPES: Final[dict[str, str]] = {
    "csv": "CSV", "json": "JSON", "ndjson": "JSON", "xlsx": "XLSX", "parquet": "PARQUET",
}  # fmt: skip
DATA_THEMES: Final[dict[str, str]] = {
    "信用服务": "ECON", "医疗卫生": "HEAL", "社会保障": "SOCI", "生活服务": "SOCI", "城建住房": "REGI",
    "教育科技": "EDUC", "文化休闲": "EDUC", "公共安全": "JUST", "交通运输": "TRAN", "财税金融": "ECON",
    "经济建设": "ECON", "资源环境": "ENVI", "气象服务": "ENVI", "农业农村": "AGRI", "商贸流通": "ECON",
    "市场监管": "ECON", "安全生产": "JUST", "地理空间": "REGI", "机构团体": "GOVE", "法律服务": "JUST",
}  # fmt: skip
"""Our themes -> the data themes that European portals sort by; "其他" and free themes have none."""
PHONE: Final = re.compile(r"\+?[0-9][0-9-]{4,}")
"""What a ``tel:`` address can hold of a telephone number; an extension in words cannot."""


@dataclass(frozen=True, slots=True)
class Paging:
    """Where a page of the catalogue stands: its own address, the first one, the next one if any; how many
    entries there are on a page, and in all."""

    url: str
    first: str
    next: str
    total: int
    size: int


def catalogue(site: Site, entries: Sequence[PublishedEntry], suffix: str, paging: Paging) -> bytes:
    """A page of the catalogue in the serialisation of ``suffix`` (a key of SERIALISATIONS)."""
    graph = Graph(PREFIXES)
    node = URIRef(f"{site.url}/")
    graph.add((node, RDF.type, DCAT.Catalog))
    graph.add((node, DCTERMS.title, Literal(site.title, lang=site.language)))
    graph.add((node, DCTERMS.description, Literal(site.description, lang=site.language)))
    graph.add((node, DCTERMS.publisher, _publisher_of(graph, site)))
    graph.add((node, FOAF.homepage, _typed(graph, f"{site.url}/", FOAF.Document)))
    graph.add((node, DCTERMS.language, _language(graph)))
    graph.add((node, DCAT.themeTaxonomy, _themes(graph, site)))
    european = _typed(graph, f"{EU}data-theme", SKOS.ConceptScheme)
    graph.add((european, DCTERMS.title, Literal("Data theme", lang="en")))
    graph.add((node, DCAT.themeTaxonomy, european))
    for entry in entries:
        graph.add((node, DCAT.dataset, _dataset(graph, site, entry)))
    _paged(graph, node, paging)
    return SERIALISATIONS[suffix][0](graph)


def _paged(graph: Graph, node: URIRef, paging: Paging) -> None:
    """The way through the pages, in the words of Hydra, and in those it had before 2015: harvesters of CKAN
    portals look for nothing else, and would take the first page for the whole."""
    view = URIRef(paging.url)
    graph.add((node, HYDRA.totalItems, Literal(paging.total)))
    graph.add((node, HYDRA.view, view))
    for kind, first, following in (
        (HYDRA.PartialCollectionView, HYDRA.first, HYDRA.next),
        (HYDRA.PagedCollection, HYDRA.firstPage, HYDRA.nextPage),
    ):
        graph.add((view, RDF.type, kind))
        graph.add((view, first, URIRef(paging.first)))
        if paging.next:
            graph.add((view, following, URIRef(paging.next)))
    graph.add((view, HYDRA.totalItems, Literal(paging.total)))
    graph.add((view, HYDRA.itemsPerPage, Literal(paging.size)))


def dataset(site: Site, entry: PublishedEntry, suffix: str) -> bytes:
    """One entry in the serialisation of ``suffix``."""
    return SERIALISATIONS[suffix][0](graph_of(site, [entry]))


def graph_of(site: Site, entries: Sequence[PublishedEntry]) -> Graph:
    """Entries as a graph."""
    graph = Graph(PREFIXES)
    for entry in entries:
        _dataset(graph, site, entry)
    return graph


def element(site: Site, entry: PublishedEntry) -> Markup:
    """One entry as an RDF element, to stand in another XML document."""
    return graph_text.rdf_xml(graph_of(site, [entry]))


def _typed(graph: Graph, address: str, kind: Any) -> URIRef:
    node = URIRef(address)
    graph.add((node, RDF.type, kind))
    return node


def _concept(graph: Graph, table: str, code: str, kind: Any) -> URIRef:
    """A concept of an authority table; naming its scheme lets it be checked without that table."""
    node = _typed(graph, f"{EU}{table}/{code}", kind)
    if kind == SKOS.Concept:
        graph.add((node, SKOS.prefLabel, Literal(code.capitalize(), lang="en")))
    graph.add((node, SKOS.inScheme, URIRef(EU + table)))
    return node


def _language(graph: Graph) -> URIRef:
    return _concept(graph, "language", "ZHO", DCTERMS.LinguisticSystem)


def _publisher_of(graph: Graph, site: Site) -> URIRef:
    node = _typed(graph, f"{site.url}/units", FOAF.Agent)
    graph.add((node, FOAF.name, Literal(site.publisher, lang=site.language)))
    return node


def _agent(graph: Graph, publisher: Publisher, language: str) -> URIRef:
    node = _typed(graph, publisher.url, FOAF.Agent)
    graph.add((node, FOAF.name, Literal(publisher.name, lang=language)))
    graph.add((node, DCTERMS.identifier, Literal(publisher.code)))
    return node


def _dataset(graph: Graph, site: Site, entry: PublishedEntry) -> URIRef:
    node = _typed(graph, entry.url, DCAT.Dataset)
    lang = site.language
    graph.add((node, DCTERMS.title, Literal(entry.title, lang=lang)))
    described = entry.description or entry.title
    graph.add((node, DCTERMS.description, Literal(described, lang=lang)))
    graph.add((node, DCTERMS.identifier, Literal(entry.url)))
    code = _typed(graph, f"{entry.url}#code", ADMS.Identifier)
    graph.add((code, SKOS.notation, Literal(entry.code)))
    graph.add((node, ADMS.identifier, code))
    graph.add((node, DCTERMS.publisher, _agent(graph, entry.publisher, lang)))
    graph.add((node, DCAT.landingPage, _typed(graph, entry.url + "#page", FOAF.Document)))
    graph.add((node, DCTERMS.language, _language(graph)))
    for word in entry.keywords:
        graph.add((node, DCAT.keyword, Literal(word, lang=lang)))
    if entry.theme:
        graph.add((node, DCAT.theme, _theme(graph, site, entry.theme)))
    if broad := DATA_THEMES.get(entry.theme):
        graph.add((node, DCAT.theme, _concept(graph, "data-theme", broad, SKOS.Concept)))
    if frequency := FREQUENCIES.get(entry.update_cycle):
        cycle = _concept(graph, "frequency", frequency, DCTERMS.Frequency)
        graph.add((node, DCTERMS.accrualPeriodicity, cycle))
    _dates(graph, node, entry)
    _rights(graph, node, entry, lang)
    _place_and_time(graph, node, entry, lang)
    _contact(graph, node, entry)
    for table in entry.tables:
        for file in _files(table):
            graph.add((node, DCAT.distribution, _distribution(graph, site, entry, table, file)))
    return node


def _themes(graph: Graph, site: Site) -> URIRef:
    scheme = _typed(graph, f"{site.url}/datasets#themes", SKOS.ConceptScheme)
    graph.add((scheme, DCTERMS.title, Literal("主题分类", lang=site.language)))
    return scheme


def _theme(graph: Graph, site: Site, theme: str) -> URIRef:
    node = _typed(graph, f"{site.url}/datasets?theme={quote(theme)}", SKOS.Concept)
    graph.add((node, SKOS.prefLabel, Literal(theme, lang=site.language)))
    graph.add((node, SKOS.inScheme, _themes(graph, site)))
    return node


def _dates(graph: Graph, node: URIRef, entry: PublishedEntry) -> None:
    issued = entry.issued or entry.published_at
    kind = XSD.date if entry.issued else XSD.dateTime
    graph.add((node, DCTERMS.issued, Literal(issued.isoformat(), datatype=kind)))
    moment = Literal(entry.changed_at.isoformat(), datatype=XSD.dateTime)
    graph.add((node, DCTERMS.modified, moment))


def _rights(graph: Graph, node: URIRef, entry: PublishedEntry, lang: str) -> None:
    code = ACCESS_RIGHTS[entry.openness]
    rights = _concept(graph, "access-right", code, DCTERMS.RightsStatement)
    graph.add((node, DCTERMS.accessRights, rights))
    for place, closing in enumerate(entry.closings, 1):
        statement = _typed(graph, f"{entry.url}#closed-{place}", DCTERMS.RightsStatement)
        graph.add((statement, RDFS.seeAlso, URIRef(closing.url)))
        what = f"“{closing.field}”" if closing.field else "本目录条目"
        words = f"{what}不予开放，依据{closing.reason}"
        graph.add((statement, RDFS.label, Literal(words, lang=lang)))
        graph.add((node, DCTERMS.rights, statement))
    if entry.condition:
        statement = _typed(graph, f"{entry.url}#condition", DCTERMS.RightsStatement)
        graph.add((statement, RDFS.label, Literal(entry.condition, lang=lang)))
        graph.add((node, DCTERMS.rights, statement))


def _place_and_time(graph: Graph, node: URIRef, entry: PublishedEntry, lang: str) -> None:
    if entry.region:
        place = _typed(graph, f"{entry.url}#place", DCTERMS.Location)
        graph.add((place, DCTERMS.identifier, Literal(entry.region)))
        graph.add((place, SKOS.prefLabel, Literal(entry.region, lang=lang)))
        graph.add((node, DCTERMS.spatial, place))
    if entry.temporal_start or entry.temporal_end:
        period = _typed(graph, f"{entry.url}#period", DCTERMS.PeriodOfTime)
        for day, name in (
            (entry.temporal_start, DCAT.startDate),
            (entry.temporal_end, DCAT.endDate),
        ):
            if day:
                graph.add((period, name, Literal(day.isoformat(), datatype=XSD.date)))
        graph.add((node, DCTERMS.temporal, period))


def _contact(graph: Graph, node: URIRef, entry: PublishedEntry) -> None:
    contact = URIRef(f"{entry.url}#contact")
    for kind in (VCARD.Kind, VCARD.Organization):
        graph.add((contact, RDF.type, kind))
    graph.add((contact, VCARD.fn, Literal(entry.contact_name or entry.publisher.name)))
    if entry.contact_email:
        graph.add((contact, VCARD.hasEmail, URIRef(f"mailto:{quote(entry.contact_email, '@')}")))
    if number := PHONE.match(entry.contact_phone):
        graph.add((contact, VCARD.hasTelephone, URIRef(f"tel:{number[0].rstrip('-')}")))
    graph.add((node, DCAT.contactPoint, contact))


def _files(table: PublishedTable) -> Sequence[PublishedFile]:
    """The files of a table; a link elsewhere counts as one, of unknown size."""
    if table.files or not table.link:
        return table.files
    return (PublishedFile(table.link_format.lower(), "", table.link, 0, ""),)


def _distribution(
    graph: Graph, site: Site, entry: PublishedEntry, table: PublishedTable, file: PublishedFile
) -> URIRef:
    node = URIRef(f"{table.page}#{file.format or 'link'}")
    graph.add((node, RDF.type, DCAT.Distribution))
    graph.add((node, DCTERMS.title, Literal(table.title, lang=site.language)))
    if table.description:
        graph.add((node, DCTERMS.description, Literal(table.description, lang=site.language)))
    address = URIRef(_iri(file.url))
    access = URIRef(_iri(table.page)) if file.sha256 else address
    for value in (address, access):
        graph.add((value, RDF.type, RDFS.Resource))
    graph.add((node, DCAT.accessURL, access))
    if name := FILE_TYPES.get(file.format):
        kind = _concept(graph, "file-type", name, DCTERMS.MediaTypeOrExtent)
        graph.add((node, DCTERMS["format"], kind))
    _licence(graph, node, site, entry)
    if not file.sha256:
        return node
    available = _concept(graph, "planned-availability", "AVAILABLE", SKOS.Concept)
    graph.add((node, DCATAP.availability, available))
    graph.add((node, DCAT.downloadURL, address))
    graph.add((node, DCAT.mediaType, _typed(graph, IANA + file.media_type, DCTERMS.MediaType)))
    size = Literal(str(file.bytes), datatype=XSD.nonNegativeInteger)
    graph.add((node, DCAT.byteSize, size))
    graph.add((node, SPDX.checksum, _checksum(graph, f"{node}-checksum", file)))
    if table.modified:
        moment = Literal(table.modified.isoformat(), datatype=XSD.dateTime)
        graph.add((node, DCTERMS.modified, moment))
    return node


def _checksum(graph: Graph, address: str, file: PublishedFile) -> URIRef:
    checksum = _typed(graph, address, SPDX.Checksum)
    algorithm = _typed(graph, str(SPDX.checksumAlgorithm_sha256), SPDX.ChecksumAlgorithm)
    graph.add((checksum, SPDX.algorithm, algorithm))
    graph.add((checksum, SPDX.checksumValue, Literal(file.sha256, datatype=XSD.hexBinary)))
    return checksum


def _licence(graph: Graph, node: URIRef, site: Site, entry: PublishedEntry) -> None:
    if not entry.licence:
        return
    address = licence_address(site.url, entry.licence)
    licence = _typed(graph, address or f"{entry.url}#licence", DCTERMS.LicenseDocument)
    graph.add((licence, RDFS.label, Literal(licence_name(entry.licence), lang=site.language)))
    graph.add((node, DCTERMS.license, licence))


def _iri(address: str) -> str:
    """An address without the characters that RDF forbids in one."""
    return quote(address, safe="%/:=&?~#+!$,;'@()*[]")
