"""DCAT catalogues: ``data.json`` streamed member by member, JSON-LD page by page (Hydra)."""

import tempfile
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from harvesters.contract import (
    Fetch,
    Items,
    RecordError,
    SourceConfig,
    SourceProblem,
    distinct,
)
from harvesters.documents import load_json, members, not_a_catalogue
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


def _data_json(source: SourceConfig, fetch: Fetch) -> Items:
    with tempfile.TemporaryFile() as spool:
        fetch(_with_filters(source), out=spool)
        spool.seek(0)
        for number, document in enumerate(members(spool, "dataset", source.url), 1):
            place = f"/dataset/{number - 1}"
            if not isinstance(document, Mapping):
                yield RecordError(place, _not_an_object(place))
                continue
            try:
                yield from_dcat(document, publisher=source.publisher)
            except NotARecordError as error:
                yield _failed(place, error, line(document.get("title")))


def _json_ld(source: SourceConfig, fetch: Fetch) -> Items:
    url = _with_filters(source)
    asked: set[str] = set()
    described = 0
    while url:
        if len(asked) >= source.max_pages:
            raise SourceProblem(_too_many_pages(source))
        asked.add(url)
        page = fetch(url)
        graph = Graph(load_json(page.body, source.url))
        for number, node in enumerate(_datasets(graph), 1):
            described += 1
            place = f"page {len(asked)}, dataset {number}"
            try:
                yield from_dcat_node(graph, node, publisher=source.publisher)
            except NotARecordError as error:
                yield _failed(place, error, graph.text(node, "dct:title"))
        yield from _bare_references(graph, len(asked))
        url = _next_page(graph, page.url)
        if url in asked:
            raise SourceProblem(_circle(source))
    if not described and not _is_catalogue(graph):
        raise not_a_catalogue(source.url)


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


def _bare_references(graph: Graph, page: int) -> Iterator[RecordError]:
    """Datasets that are only named: without their description nobody can list them."""
    for catalogue in graph.nodes:
        for uri in graph.undescribed(catalogue, "dcat:dataset"):
            yield RecordError(
                f"page {page}",
                Problem(
                    "not-described",
                    Message("The catalogue names the dataset %(uri)s but does not describe it.",
                            {"uri": uri}),
                    Message("Ask the source to include its datasets in the catalogue document."),
                    f"page {page}",
                ),
            )  # fmt: skip


def _is_catalogue(graph: Graph) -> bool:
    return any(True for _ in graph.typed("dcat:Catalog")) or any(
        "dcat:dataset" in node for node in graph.nodes
    )


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


def _failed(place: str, error: NotARecordError, title: Any) -> RecordError:
    problem = Problem(error.code, error.cause, error.remedy, place)
    return RecordError(place, problem, error.remote_id, title)


def _not_an_object(place: str) -> Problem:
    return Problem(
        "not-a-record",
        Message("The record is not an object with named values."),
        Message("Ask the source to repair this entry."),
        place,
    )


def _too_many_pages(source: SourceConfig) -> Problem:
    return Problem(
        "too-many-pages",
        Message("The source has more than %(limit)s pages.", {"limit": source.max_pages}),
        Message("Split the source with a filter, or ask an administrator to raise the limit."),
        source.url,
    )


def _circle(source: SourceConfig) -> Problem:
    return Problem(
        "repeating-pages",
        Message("The source sent the same page again and again."),
        Message("Tell the source that its paging does not work."),
        source.url,
    )
