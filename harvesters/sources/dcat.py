"""DCAT catalogues: ``data.json`` streamed member by member, JSON-LD page by page (Hydra)."""

import tempfile
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode, urljoin, urlsplit

from harvesters.contract import Fetch, Items, Placed, SourceConfig, SourceProblem
from harvesters.distinct import distinct
from harvesters.documents import load_json, members, not_a_catalogue
from harvesters.problems import (
    not_an_object,
    not_described,
    repeating_pages,
    too_many_pages,
    unreadable_record,
)
from schemas.interop.dcat import from_dcat, from_dcat_node
from schemas.interop.jsonld import Graph, Node
from schemas.interop.values import NotARecordError, line
from schemas.records import Message, Problem


def read_data_json(source: SourceConfig, fetch: Fetch) -> Items:
    """Every dataset of a ``data.json`` document (DCAT-US 1.1)."""
    return distinct(_data_json(source, fetch), source)


def read(source: SourceConfig, fetch: Fetch) -> Items:
    """Every dataset of a JSON-LD catalogue, over all its pages."""
    return distinct(_json_ld(source, fetch), source)


def _data_json(source: SourceConfig, fetch: Fetch) -> Placed:
    with tempfile.TemporaryFile() as spool:
        fetch(_with_filters(source), out=spool)
        spool.seek(0)
        for number, document in enumerate(members(spool, "dataset", source.url)):
            place = f"/dataset/{number}"
            if not isinstance(document, Mapping):
                yield place, not_an_object(place)
                continue
            try:
                yield place, from_dcat(document, publisher=source.publisher)
            except NotARecordError as error:
                yield place, unreadable_record(place, error, line(document.get("title")))


def _json_ld(source: SourceConfig, fetch: Fetch) -> Placed:
    url = _with_filters(source)
    asked: set[str] = set()
    found = False
    while url:
        if len(asked) >= source.max_pages:
            raise SourceProblem(too_many_pages(source))
        asked.add(url)
        page = fetch(url)
        graph = Graph(load_json(page.body, source.url))
        found = found or _is_catalogue(graph)
        yield from _page(source, graph, f"page {len(asked)}")
        url = _next_page(graph, page.url)
        if url in asked:
            raise SourceProblem(repeating_pages(source))
    if not found:
        raise not_a_catalogue(source.url)


def _page(source: SourceConfig, graph: Graph, page: str) -> Placed:
    for number, node in enumerate(_datasets(graph), 1):
        place = f"{page}, dataset {number}"
        try:
            yield place, from_dcat_node(graph, node, publisher=source.publisher)
        except NotARecordError as error:
            yield place, unreadable_record(place, error, graph.text(node, "dct:title"))
    for catalogue in graph.nodes:
        for uri in graph.undescribed(catalogue, "dcat:dataset"):
            yield page, not_described(page, uri)


def _datasets(graph: Graph) -> Iterator[Node]:
    """Nodes of the type, and those a catalogue lists without naming their type."""
    seen: set[int] = set()
    listed = (
        node
        for catalogue in graph.nodes
        for node in graph.linked(catalogue, "dcat:dataset")
    )  # fmt: skip
    for node in (*graph.typed("dcat:Dataset", "schema:Dataset"), *listed):
        if id(node) not in seen:
            seen.add(id(node))
            yield node


def _is_catalogue(graph: Graph) -> bool:
    """Whether the document is about datasets at all, even if it lists none."""
    types = graph.typed("dcat:Catalog", "dcat:Dataset", "schema:Dataset")
    return any(True for _ in types) or any("dcat:dataset" in node for node in graph.nodes)


def _next_page(graph: Graph, current: str) -> str:
    """The next page's URL, or nothing. It must be on the same host: credentials go with it."""
    for node in graph.nodes:
        for key in ("hydra:next", "hydra:nextPage"):
            if found := graph.reference(node, key):
                return _same_host(urljoin(current, found), current)
    return ""


def _same_host(url: str, current: str) -> str:
    here, there = urlsplit(current), urlsplit(url)
    if there.scheme == "http" and here.scheme == "https" and here.netloc == there.netloc:
        # Portals behind a TLS proxy often print their inner scheme.
        return there._replace(scheme="https").geturl()
    if (there.scheme, there.netloc) != (here.scheme, here.netloc):
        raise SourceProblem(
            Problem(
                "foreign-page",
                Message("The next page lies on another host."),
                Message("Set that host up as a source of its own."),
                f"{here.scheme}://{here.netloc}{here.path}",
            )
        )
    return url


def _with_filters(source: SourceConfig) -> str:
    if not source.filters:
        return source.url
    joint = "&" if "?" in source.url else "?"
    return f"{source.url}{joint}{urlencode(source.filters)}"
