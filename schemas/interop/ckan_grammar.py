"""The query language of CKAN's ``package_search``: the part of Lucene's grammar that clients write.

Words, phrases, ``field:value``, ``field:(a OR b)``, ranges, ``field:*``, prefixes, AND, OR, NOT, + and -,
parentheses, backslashes; boosts and fuzziness are read and passed over. Words beside each other bind
loosest, then OR, then AND: ``organization:a OR organization:b metadata_modified:[… TO *]`` means what
every client that writes it means.
"""

import re
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 4_000
MOST_PARTS: Final = 200
DEEPEST: Final = 40


class UnreadableQueryError(Exception):
    """A query that cannot be read; the text says where."""


@dataclass(frozen=True, slots=True)
class Everything:
    """``*:*``: whatever there is."""


@dataclass(frozen=True, slots=True)
class Term:
    """A value looked for in a field; ``field`` is empty for words that stand alone.

    ``prefix``: the value is the beginning of a word. ``phrase``: it stood in quotes.
    """

    field: str
    value: str
    prefix: bool = False
    phrase: bool = False


@dataclass(frozen=True, slots=True)
class Exists:
    """Any value in a field."""

    field: str


@dataclass(frozen=True, slots=True)
class Range:
    """Values of a field from ``low`` to ``high``; ``*`` is open."""

    field: str
    low: str
    high: str
    with_low: bool
    with_high: bool


@dataclass(frozen=True, slots=True)
class Not:
    """What the part does not find."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class All:
    """What every part finds."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """What at least one part finds."""

    parts: tuple["Node", ...]


Node = Everything | Term | Exists | Range | Not | All | AnyOf

_SPACE: Final = re.compile(r"\s+")
_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_PHRASE: Final = re.compile(_QUOTED, re.DOTALL)
_RANGE: Final = re.compile(
    rf'([\[{{])\s*({_QUOTED}|[^\s\]}}"]+)\s+TO\s+({_QUOTED}|[^\s\]}}"]+)\s*([\]}}])', re.DOTALL
)
_FIELD: Final = re.compile(r"([^\W\d][\w.-]*|\*):(?=\S)")
_VALUE: Final = re.compile(r'(?:\\.|[^\s()"\[\]{}^~\\])+', re.DOTALL)
_TUNING: Final = re.compile(r"(?:[\^~]\d*(?:\.\d+)?)+")
_SIGNS: Final = {"AND": "AND", "&&": "AND", "OR": "OR", "||": "OR", "NOT": "NOT"}
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)


def parse(text: str) -> Node:
    """The tree of a query. Raises ``UnreadableQueryError``."""
    if len(text) > LONGEST:
        raise UnreadableQueryError(f"the query is longer than {LONGEST} characters")
    if not text.strip():
        return Everything()
    return _Reader(text).whole()


def words(text: str) -> Node:
    """A text that is no query, read as the words in it."""
    found = re.findall(r"[^\W_]+", text[:LONGEST])[:MOST_PARTS]
    return All(tuple(Term("", one) for one in found)) if found else Everything()


class _Reader:
    """Recursive descent over the text; every step moves on, and depth and number of parts are bounded."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.parts, self.depth = text, 0, 0, 0

    def whole(self) -> Node:
        node = self.beside("")
        if self.at < len(self.text):
            raise UnreadableQueryError(f"there is a stray {self.text[self.at]!r} at {self.at + 1}")
        return node

    def beside(self, field: str) -> Node:
        """Parts beside each other: all of them."""
        found = [self.either(field)]
        while self.more():
            found.append(self.either(field))
        return found[0] if len(found) == 1 else All(tuple(found))

    def either(self, field: str) -> Node:
        found = [self.both(field)]
        while self.sign("OR"):
            found.append(self.both(field))
        return found[0] if len(found) == 1 else AnyOf(tuple(found))

    def both(self, field: str) -> Node:
        found = [self.single(field)]
        while self.sign("AND"):
            found.append(self.single(field))
        return found[0] if len(found) == 1 else All(tuple(found))

    def single(self, field: str) -> Node:
        negated = False
        while True:
            self.skip()
            if self.sign("NOT") or self.text.startswith(("!", "-"), self.at):
                self.at += self.text.startswith(("!", "-"), self.at)
                negated = not negated
            elif self.text.startswith("+", self.at):
                self.at += 1
            else:
                break
        node = self.primary(field)
        if tuning := _TUNING.match(self.text, self.at):
            self.at = tuning.end()
        return Not(node) if negated else node

    def primary(self, field: str) -> Node:
        self.count()
        if self.text.startswith("(", self.at):
            return self.group(field)
        if named := None if field else _FIELD.match(self.text, self.at):
            self.at = named.end()
            return self.of_field(named[1])
        return self.value(field)

    def of_field(self, field: str) -> Node:
        if field == "*":
            return self.everything()
        if self.text.startswith("(", self.at):
            return self.group(field)
        return self.value(field)

    def everything(self) -> Node:
        if not self.text.startswith("*", self.at):
            raise UnreadableQueryError("*: stands before * alone")
        self.at += 1
        return Everything()

    def group(self, field: str) -> Node:
        self.at += 1
        self.depth += 1
        if self.depth > DEEPEST:
            raise UnreadableQueryError(f"parentheses stand deeper than {DEEPEST}")
        node = self.beside(field)
        if not self.text.startswith(")", self.at):
            raise UnreadableQueryError("a parenthesis is not closed")
        self.at += 1
        self.depth -= 1
        return node

    def value(self, field: str) -> Node:
        if found := _PHRASE.match(self.text, self.at):
            self.at = found.end()
            return Term(field, _plain(found[0]), phrase=True)
        if found := _RANGE.match(self.text, self.at):
            self.at = found.end()
            ends = (found[1] == "[", found[4] == "]")
            return Range(field, _plain(found[2]), _plain(found[3]), *ends)
        found = _VALUE.match(self.text, self.at)
        if found is None or found[0] in _SIGNS:
            raise UnreadableQueryError(f"something is missing or not closed at {self.at + 1}")
        self.at = found.end()
        return _term(field, found[0])

    def sign(self, wanted: str) -> bool:
        """Whether the operator stands here; then it is passed."""
        self.skip()
        found = _VALUE.match(self.text, self.at)
        if found is None or _SIGNS.get(found[0]) != wanted:
            return False
        self.at = found.end()
        return True

    def more(self) -> bool:
        self.skip()
        return self.at < len(self.text) and self.text[self.at] != ")"

    def skip(self) -> None:
        if space := _SPACE.match(self.text, self.at):
            self.at = space.end()

    def count(self) -> None:
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise UnreadableQueryError(f"the query has more than {MOST_PARTS} parts")


def _plain(text: str) -> str:
    """A value without its quotes and backslashes."""
    if text.startswith('"'):
        text = text[1:-1]
    return _ESCAPE.sub(r"\1", text)


def _term(field: str, text: str) -> Node:
    if text == "*":
        return Exists(field) if field else Everything()
    stars = text.endswith("*") and not text.endswith("\\*")
    return Term(field, _plain(text.rstrip("*") if stars else text), prefix=stars)
