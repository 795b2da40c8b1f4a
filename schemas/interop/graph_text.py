"""A graph as JSON-LD, Turtle or RDF/XML: the same bytes for the same graph, so that an entity tag holds.

rdflib's own writers order nodes by chance and its graph keeps three indexes that nobody asks here; these
order nodes by name, and know only what our graphs have: named nodes, texts with a language, typed literals.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson
from rdflib import Literal, URIRef
from rdflib.namespace import RDF, XSD
from rdflib.term import Node

from schemas.interop.markup import FORBIDDEN, HEAD, Markup, element

_ESCAPES: Final = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    | {chr(code): f"\\u{code:04X}" for code in (*range(9), 11, 12, *range(14, 32), 127)}
)
_BARE: Final = (XSD.integer, XSD.boolean)

Triple = tuple[Node, Node, Node]
Described = dict[str, dict[str, list[Node]]]


class Graph:
    """Triples by subject and predicate, each once; ``prefixes`` are short names of namespaces."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self.prefixes = dict(sorted(prefixes.items()))
        self._held: dict[str, dict[str, dict[Any, Node]]] = {}

    def add(self, triple: Triple) -> None:
        """Say something of a node; saying it again changes nothing."""
        subject, predicate, value = triple
        values = self._held.setdefault(str(subject), {}).setdefault(str(predicate), {})
        values[_key(value)] = value

    def by_name(self) -> Described:
        """Subject -> predicate -> objects, each in order."""
        return {
            subject: {
                name: [value for _, value in sorted(described[name].items())]
                for name in sorted(described)
            }
            for subject, described in sorted(self._held.items())
        }


def _key(value: Node) -> tuple[str, str, str]:
    if isinstance(value, Literal):
        return str(value), value.language or "", str(value.datatype or "")
    return str(value), "", "<>"


class _Prefixes:
    """Names in short, by the longest namespace that fits."""

    def __init__(self, graph: Graph) -> None:
        self.known = graph.prefixes
        self._memo: dict[str, str] = {}

    def short(self, name: str) -> str:
        """``prefix:local``, or the whole name where no namespace fits or the rest is no plain word."""
        if name not in self._memo:
            self._memo[name] = self._shortened(name)
        return self._memo[name]

    def _shortened(self, name: str) -> str:
        for prefix, namespace in self.known.items():
            local = name[len(namespace) :]
            if name.startswith(namespace) and local.replace("_", "a").isalnum():
                return f"{prefix}:{local}"
        return name


def json_ld(graph: Graph) -> bytes:
    """One object for each node, values that stand alone not in lists."""
    prefixes = _Prefixes(graph)
    nodes = [
        {"@id": subject} | dict(_members(prefixes, described))
        for subject, described in graph.by_name().items()
    ]
    return orjson.dumps({"@context": prefixes.known, "@graph": nodes}, option=orjson.OPT_INDENT_2)


def _members(prefixes: _Prefixes, described: Mapping[str, list[Node]]) -> Iterator[tuple[str, Any]]:
    for name, values in described.items():
        if name == str(RDF.type):
            shown: list[Any] = [prefixes.short(str(value)) for value in values]
            yield "@type", shown[0] if len(shown) == 1 else shown
            continue
        shown = [_json_value(prefixes, value) for value in values]
        yield prefixes.short(name), shown[0] if len(shown) == 1 else shown


def _json_value(prefixes: _Prefixes, value: Node) -> Any:
    if not isinstance(value, Literal):
        return {"@id": str(value)}
    if value.language:
        return {"@language": value.language, "@value": str(value)}
    if value.datatype in _BARE:
        return value.toPython()
    if value.datatype is None:
        return str(value)
    return {"@type": prefixes.short(str(value.datatype)), "@value": str(value)}


def rdf_xml(graph: Graph) -> Markup:
    """The RDF element, without the XML declaration."""
    prefixes = _Prefixes(graph)
    nodes = (
        element("rdf:Description", *_elements(prefixes, described), rdf_about=subject)
        for subject, described in graph.by_name().items()
    )
    spaces = {f"xmlns_{prefix}": namespace for prefix, namespace in prefixes.known.items()}
    return element("rdf:RDF", *nodes, **spaces)


def rdf_xml_document(graph: Graph) -> bytes:
    """The same as a document of its own."""
    return (HEAD + rdf_xml(graph)).encode()


def _elements(prefixes: _Prefixes, described: Mapping[str, list[Node]]) -> Iterator[Markup]:
    for name, values in described.items():
        short = prefixes.short(name)
        for value in values:
            if isinstance(value, Literal):
                yield element(
                    short, str(value), xml_lang=value.language or "",
                    rdf_datatype=str(value.datatype or ""),
                )  # fmt: skip
            else:
                yield element(short, rdf_resource=str(value))


def turtle(graph: Graph) -> bytes:
    """Turtle with one block for each node."""
    prefixes = _Prefixes(graph)
    lines = [f"@prefix {prefix}: <{namespace}> ." for prefix, namespace in prefixes.known.items()]
    for subject, described in graph.by_name().items():
        inside = " ;\n".join(
            f"    {_verb(prefixes, name)} {', '.join(_turtle_value(prefixes, one) for one in values)}"
            for name, values in described.items()
        )
        lines.append(f"\n{_address(prefixes, subject)}\n{inside} .")
    return ("\n".join(lines) + "\n").encode()


def _verb(prefixes: _Prefixes, name: str) -> str:
    return "a" if name == str(RDF.type) else _address(prefixes, name)


def _address(prefixes: _Prefixes, name: str) -> str:
    short = prefixes.short(name)
    return f"<{name}>" if short == name else short


def _turtle_value(prefixes: _Prefixes, value: Node) -> str:
    if isinstance(value, URIRef):
        return _address(prefixes, str(value))
    text = f'"{FORBIDDEN.sub("", str(value)).translate(_ESCAPES)}"'
    if isinstance(value, Literal) and value.language:
        return f"{text}@{value.language}"
    if isinstance(value, Literal) and value.datatype is not None:
        return f"{text}^^{_address(prefixes, str(value.datatype))}"
    return text
