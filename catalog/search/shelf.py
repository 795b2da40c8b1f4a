"""The form of the index: its fields, and an entry written into them."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import tantivy

from catalog.search.documents import Document
from catalog.search.folding import fold
from catalog.search.spelling import spellings
from catalog.search.tokens import characters_of, squeezed, words_of
from schemas import freshness
from schemas.interop import mqa

FORM = "6"
"""Name of the folder: an index of another form is left aside and made anew."""
FACETS = (
    "unit", "theme", "openness", "state", "format", "update_cycle", "quality", "freshness", "licence",
    "region", "under",
)  # fmt: skip
"""``under``: a unit with all below it."""
TERMS = tuple(name for name in FACETS if name != "freshness")
SINGLE = ("unit", "theme", "openness", "state", "update_cycle", "licence", "region")
"""Facets of which an entry has one value."""
FRESHNESS = ("on-time", "late")
AREAS = ("title", "tags", "text")
"""Where words stand, the weightiest first."""
_Cut = tuple[str, str, str]
"""Words, characters and pairs of a text, as the fields of an area hold them."""


def schema() -> tantivy.Schema:
    """Words without places but for pairs of characters, whose phrases are substrings."""
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("id", indexed=True, fast=True)
    builder.add_integer_field("digest", fast=True)
    builder.add_integer_field("unit_id", indexed=True)
    builder.add_integer_field("modified", fast=True)
    builder.add_integer_field("standing", fast=True)
    builder.add_integer_field("late_from", fast=True)
    builder.add_integer_field("day", fast=True)
    for area in AREAS:
        builder.add_text_field(f"{area}_words", tokenizer_name="cut", index_option="freq")
        builder.add_text_field(f"{area}_chars", tokenizer_name="cut", index_option="basic")
        builder.add_text_field(f"{area}_pairs", tokenizer_name="cut")
    for name in ("spelled", "initials"):
        builder.add_text_field(name, tokenizer_name="cut", index_option="basic")
    for name in ("exact", "keyword"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in TERMS:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


def opened(form: tantivy.Schema, folder: Path) -> tantivy.Index:
    """The shelf in a folder; made when it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    shelf = tantivy.Index(form, path=str(folder))
    cutter = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    shelf.register_tokenizer("cut", cutter)
    return shelf


def digest(document: Document) -> int:
    """A number that tells two states of an entry apart."""
    said = orjson.dumps(tuple(document))
    return int.from_bytes(blake2b(said, digest_size=7).digest())


def written(documents: Sequence[Document]) -> list[bytes]:
    """The entries as the index keeps them, each as JSON; their texts are cut together."""
    folded = [_folded(document) for document in documents]
    titles = _cut([said.title for said in folded])
    texts = _cut([said.text for said in folded])
    return [
        orjson.dumps(_fields(document, said, (title, _tags(document.tags), text)))
        for document, said, title, text in zip(documents, folded, titles, texts, strict=True)
    ]


class _Folded(NamedTuple):
    addresses: list[str]
    title: str
    text: str


def _folded(document: Document) -> _Folded:
    """Folded all at once: nothing is folded across the NUL between two texts."""
    said = (*document.addresses, document.title, document.text)
    *addresses, title, text = fold("\0".join([_one_line(one) for one in said])).split("\0")
    return _Folded(addresses, title, text)


def _fields(document: Document, said: _Folded, areas: Sequence[_Cut]) -> dict[str, Any]:
    late_from = freshness.overdue_from(document.update_cycle, document.data_of)
    spelled, initials = spellings(said.title)
    of_unit = _unit_spellings(document.unit_names)
    fields: dict[str, Any] = {
        "id": document.dataset_id,
        "digest": digest(document),
        "unit_id": document.unit_id,
        "modified": document.modified,
        "standing": document.standing,
        "late_from": day_number(late_from) if late_from else 0,
        "day": day_number(document.day) if document.day else 0,
        "spelled": f"{spelled} {of_unit[0]}",
        "initials": f"{initials} {of_unit[1]}",
        "exact": [squeezed(one) for one in (*said.addresses, said.title)],
        "keyword": [_compared(one) for one in document.keywords],
        "format": document.formats,
        "under": document.under,
    }
    for area, (words, chars, pairs) in zip(AREAS, areas, strict=True):
        fields[f"{area}_words"] = words
        fields[f"{area}_chars"] = chars
        fields[f"{area}_pairs"] = pairs
    for name in SINGLE:
        if value := getattr(document, name):
            fields[name] = value
    if document.points is not None:
        fields["quality"] = mqa.rating(document.points)
    return fields


def _one_line(text: str) -> str:
    return text.replace("\0", " ")


def _cut(folded: Sequence[str]) -> list[_Cut]:
    cut = zip(words_of(folded), characters_of(folded), strict=True)
    return [(words, *characters) for words, characters in cut]


def _tags(tags: str) -> _Cut:
    """Short texts, one a line. Most stand in many entries, and no phrase goes from one line to the next,
    so each is cut once."""
    words, chars, pairs = map(" ".join, zip(*map(_tag, tags.split("\n")), strict=True))
    return " ".join(dict.fromkeys(words.split())), chars, pairs


@lru_cache(maxsize=50_000)
def _tag(text: str) -> _Cut:
    return _cut([fold(text)])[0]


@lru_cache(maxsize=50_000)
def _compared(keyword: str) -> str:
    return squeezed(fold(keyword))


@lru_cache(maxsize=10_000)
def _unit_spellings(names: str) -> tuple[str, str]:
    return spellings(fold(names))


def day_number(day: date) -> int:
    """A day as the index counts days."""
    return day.toordinal()
