"""As much JSON-LD as catalogues use: compact and expanded forms, ``@graph``, references, languages.

Contexts are never fetched: a remote one is taken to be the customary names, which ``_BARE`` lists;
an inline one may define prefixes and terms.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from schemas.interop.values import line, prose

Node = Mapping[str, Any]

_NAMESPACES = {
    "http://purl.org/dc/terms/": "dct",
    "http://purl.org/dc/elements/1.1/": "dct",
    "http://www.w3.org/ns/dcat#": "dcat",
    "http://xmlns.com/foaf/0.1/": "foaf",
    "http://www.w3.org/2006/vcard/ns#": "vcard",
    "http://www.w3.org/ns/hydra/core#": "hydra",
    "http://www.w3.org/2004/02/skos/core#": "skos",
    "http://www.w3.org/2000/01/rdf-schema#": "rdfs",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://schema.org/": "schema",
    "https://schema.org/": "schema",
    "http://data.europa.eu/r5r/": "dcatap",
}
_PREFIXES = {"dcterms": "dct", "dc": "dct", "dc11": "dct", "schema.org": "schema"}
_BARE = {
    name: f"{prefix}:{name}"
    for prefix, names in {
        "dct": "title description publisher identifier issued modified license accrualPeriodicity"
        " accessRights spatial temporal format language subject creator rights conformsTo",
        "dcat": "dataset distribution keyword theme contactPoint landingPage accessURL downloadURL"
        " mediaType byteSize startDate endDate Dataset Catalog Distribution",
        "foaf": "name homepage mbox",
        "vcard": "fn hasEmail hasTelephone hasValue",
        "hydra": "next nextPage view totalItems PagedCollection PartialCollectionView",
        "skos": "prefLabel",
        "rdfs": "label",
    }.items()
    for name in names.split()
}
_LANGUAGES = ("zh", "zh-cn", "zh-hans", "zh-hans-cn", "", "en")
_LANGUAGE_TAG = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*|none|@none")
_LABELS = ("foaf:name", "skos:prefLabel", "dct:title", "rdfs:label", "vcard:fn", "schema:name")
_KNOWN_LANGUAGES = frozenset(
    ["zh", "en", "fr", "de", "es", "it", "pt", "nl", "sv", "fi", "da", "ja", "ko", "ru", "cs", "pl"]
)
_MAX_DEPTH = 32


class Graph:
    """A document's nodes under canonical names such as ``dct:title``, found by identifier."""

    def __init__(self, document: Any) -> None:
        self._terms: dict[str, str] = {}
        self._by_id: dict[str, dict[str, Any]] = {}
        self.nodes: list[Node] = []
        top = document if isinstance(document, list) else [document]
        for item in top:
            if isinstance(item, Mapping):
                self._learn(item.get("@context"))
                self._add(item, 0)

    def typed(self, *types: str) -> Iterator[Node]:
        """Nodes of one of the types, in the order of the document."""
        for node in self.nodes:
            if not set(types).isdisjoint(node["@type"]):
                yield node

    def linked(self, node: Node, key: str) -> list[Node]:
        """The nodes a property leads to; references outside the document are left out."""
        return [item for item in node.get(key, []) if _is_node(item) and not _is_bare(item)]

    def undescribed(self, node: Node, key: str) -> list[str]:
        """Identifiers a property points at of which the document says nothing more."""
        return [
            item["@id"]
            for item in node.get(key, [])
            if _is_node(item) and "@id" in item and _is_bare(item)
        ]

    def texts(self, node: Node, key: str) -> list[str]:
        """All literal values of a property, in Chinese if there is any, else in any language."""
        spoken: dict[str, list[str]] = {}
        for item in node.get(key, []):
            for language, text in self._literal(item):
                spoken.setdefault(language.lower(), []).append(text)
        for language in (*_LANGUAGES, *spoken):
            if language in spoken:
                return spoken[language]
        return []

    def text(self, node: Node, key: str) -> str:
        """The first literal value of a property, or nothing."""
        return next(iter(self.texts(node, key)), "")

    def name_or_id(self, node: Node, key: str) -> str:
        """What a property names: a text, the label of a node, or the last resort, its identifier."""
        text = self.text(node, key)
        if text:
            return text
        for item in self.linked(node, key):
            for label in _LABELS:
                if found := self.text(item, label):
                    return found
        return self.reference(node, key)

    def reference(self, node: Node, key: str) -> str:
        """The identifier (URL) a property points at, or its text."""
        for item in node.get(key, []):
            value = item.get("@id") or item.get("@value") if isinstance(item, Mapping) else item
            found = line(value)
            if found and not found.startswith("_:"):
                return found
        return ""

    def _literal(self, item: Any) -> Iterator[tuple[str, str]]:
        if not isinstance(item, Mapping):
            if text := prose(item):
                yield "", text
        elif "@value" in item:
            if text := prose(item["@value"]):
                yield line(item.get("@language")), text
        elif item.get("@map"):
            for language, value in item["@map"].items():
                if text := prose(value):
                    yield language, text

    def _learn(self, context: Any) -> None:
        for part in context if isinstance(context, list) else [context]:
            if isinstance(part, Mapping):
                for term, meaning in part.items():
                    target = meaning.get("@id") if isinstance(meaning, Mapping) else meaning
                    if isinstance(target, str) and not term.startswith("@"):
                        self._terms[term] = target

    def name(self, key: str) -> str:
        """The canonical name of a key or type."""
        if not self._terms:
            return _canonical(key)
        meaning = self._terms.get(key, key)
        prefix, colon, local = meaning.partition(":")
        if colon and prefix in self._terms and not local.startswith("//"):
            meaning = self._terms[prefix] + local
        return _canonical(meaning)

    def _add(self, item: Mapping[str, Any], depth: int) -> dict[str, Any]:
        """Take a node in with the nodes inside it; parts of one identifier become one node."""
        identifier = line(item.get("@id") or item.get("id"))
        node = self._by_id.get(identifier) if identifier else None
        if node is None:
            node = {"@type": []}
            self.nodes.append(node)
            if identifier:
                node["@id"] = identifier
                self._by_id[identifier] = node
        if depth > _MAX_DEPTH:
            return node
        for key, value in item.items():
            if key in ("@type", "type"):
                node["@type"] += [self.name(line(word)) for word in _items(value)]
            elif key == "@graph":
                for part in _items(value):
                    if isinstance(part, Mapping):
                        self._add(part, depth + 1)
            elif key not in ("@id", "id", "@context"):
                values = [self._value(part, depth) for part in _items(value)]
                node.setdefault(self.name(key), []).extend(values)
        return node

    def _value(self, item: Any, depth: int) -> Any:
        if not isinstance(item, Mapping) or "@value" in item:
            return item
        if _is_language_map(item):
            return {"@map": item}
        return self._add(item, depth + 1)


@functools.lru_cache(maxsize=4_096)
def _canonical(meaning: str) -> str:
    """The canonical name of an IRI, a prefixed name or a customary bare term."""
    for namespace, short in _NAMESPACES.items():
        if meaning.startswith(namespace):
            return f"{short}:{meaning[len(namespace) :]}"
    prefix, colon, local = meaning.partition(":")
    if colon:
        return f"{_PREFIXES.get(prefix, prefix)}:{local}"
    return _BARE.get(meaning, meaning)


def _is_node(item: Any) -> bool:
    return isinstance(item, Mapping) and "@type" in item and "@value" not in item


def _is_bare(node: Node) -> bool:
    """Whether a node is only named, not described."""
    return node.keys() <= {"@id", "@type"}


def _items(value: Any) -> list[Any]:
    """The members of a list, in JSON-LD's several spellings of one."""
    if isinstance(value, Mapping):
        for wrapper in ("@list", "@set"):
            if wrapper in value:
                return _items(value[wrapper])
    return value if isinstance(value, list) else [value]


def _is_language_map(item: Mapping[str, Any]) -> bool:
    """Whether an object such as {"zh": "…", "en": "…"} holds one text in several languages."""
    return all(
        _LANGUAGE_TAG.fullmatch(key) and isinstance(value, str | list)
        for key, value in item.items()
    ) and any(key.lower().partition("-")[0] in _KNOWN_LANGUAGES for key in item)
