"""A JSON text read from front to back, a value at a time: memory is bounded by the largest value.

Whole values are parsed by Python's own JSON library; here only the list or object around them is
walked. What parsers differ on is refused: duplicate keys, NaN, nesting deeper than the limit.
Numbers come as they are written (``Number``).
"""

import json
from collections.abc import Iterator
from typing import Any, Final, TextIO

from datasets.reading.problems import UnreadableError, refuse
from schemas.records import Limits, Message

PIECE_CHARS: Final = 1 << 20
MEMORY_SHARE: Final = 20
"""A parsed JSON value takes about twenty times its size in memory."""

SHORT: Final = 16
"""Characters before the end of what was read within which an error may mean that more has to be read:
no word, number or escape that can be cut off is longer."""

CUT_TEXT: Final = "Unterminated string"
AFTER: Final = ",]}: \t\n\r"
"""What may stand behind a value."""

SPACES: Final = " \t\n\r"


class Number(str):
    """A JSON number in its own spelling."""

    __slots__ = ()


class DuplicateKeyError(Exception):
    """An object says two things under one name; ``key`` is that name, cut."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key[:40].encode("utf-8", "replace").decode()


class ConstantError(Exception):
    """NaN or Infinity, which are no JSON."""


def _constant(_text: str) -> Any:
    raise ConstantError


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise DuplicateKeyError(key)
            seen.add(key)
    return result


STRICT: Final = json.JSONDecoder(
    parse_int=Number, parse_float=Number, parse_constant=_constant, object_pairs_hook=_unique
)
TRUSTING: Final = json.JSONDecoder(parse_int=Number, parse_float=Number)
"""For a second reading of a text that was read strictly before."""


class JsonText:
    """A position in a JSON text; whoever walks a list or an object takes each of its values."""

    def __init__(
        self,
        file: TextIO,
        limits: Limits,
        decoder: json.JSONDecoder = STRICT,
        piece: int = PIECE_CHARS,
    ) -> None:
        self._file, self._limits, self._decode = file, limits, decoder.raw_decode
        self._piece = piece
        self._text, self._at = "", 0
        self._line, self._column = 1, 1
        self._ended = False

    def peek(self) -> str:
        """The next character that is no space; nothing at the end of the text."""
        while True:
            text, at = self._text, self._at
            while at < len(text) and text[at] in SPACES:
                at += 1
            self._at = at
            if at < len(text):
                return text[at]
            if not self._read(self._piece):
                return ""

    def value(self) -> Any:
        """The next value as a whole."""
        size = self._piece
        self.peek()
        while True:
            try:
                found, end = self._decode(self._text, self._at)
            except json.JSONDecodeError as error:
                cut = error.pos > len(self._text) - SHORT or error.msg.startswith(CUT_TEXT)
                if not cut or not self._read(size):
                    raise self._damaged(error.pos) from error
            except DuplicateKeyError as error:
                raise self._twice(error.key) from error
            except ConstantError as error:
                raise not_a_number(self.place()) from error
            except RecursionError as error:
                raise too_deep(self.place(), self._limits) from error
            else:
                if self._is_whole(end) or not self._read(size):
                    self._at = end
                    return found
            size *= 2

    def _is_whole(self, end: int) -> bool:
        """Whether what was read up to ``end`` cannot go on: 12 may be the beginning of 12.5."""
        if end <= len(self._text) - SHORT:
            return True
        return end < len(self._text) and self._text[end] in AFTER

    def items(self) -> Iterator[None]:
        """Stop before each item of the list that begins here."""
        self._take("[")
        if self.peek() == "]":
            self._at += 1
            return
        while True:
            yield
            if self.peek() != ",":
                break
            self._at += 1
        self._take("]")

    def members(self) -> Iterator[str]:
        """The names of the object that begins here; stops before each value."""
        seen: set[str] = set()
        self._take("{")
        if self.peek() == "}":
            self._at += 1
            return
        while True:
            if self.peek() != '"':
                raise self._damaged(self._at)
            name = self.value()
            if name in seen:
                raise self._twice(DuplicateKeyError(name).key)
            seen.add(name)
            self._take(":")
            yield name
            if self.peek() != ",":
                break
            self._at += 1
        self._take("}")

    def end(self) -> None:
        """Nothing may follow the value that was read."""
        if self.peek():
            raise self._damaged(self._at)

    def place(self) -> str:
        """Where we are, as people count."""
        line, column = self._position(self._at)
        return f"line {line}, column {column}"

    def _take(self, char: str) -> None:
        if self.peek() != char:
            raise self._damaged(self._at)
        self._at += 1

    def _read(self, size: int) -> bool:
        """Read on; what is behind us is forgotten."""
        if self._ended:
            return False
        if len(self._text) - self._at > self._limits.memory_bytes // MEMORY_SHARE:
            raise self._too_large()
        more = self._file.read(size)
        self._ended = not more
        if more:
            self._line, self._column = self._position(self._at)
            self._text, self._at = self._text[self._at :] + more, 0
        return bool(more)

    def _position(self, at: int) -> tuple[int, int]:
        lines = self._text.count("\n", 0, at)
        if not lines:
            return self._line, self._column + at
        return self._line + lines, at - self._text.rindex("\n", 0, at)

    def _damaged(self, at: int) -> UnreadableError:
        line, column = self._position(min(at, len(self._text)))
        where = f"line {line}, column {column}"
        return refuse(
            "json-damaged",
            Message("The JSON cannot be read from this place on."),
            Message("Export the file again and deliver it complete."),
            where,
        )

    def _twice(self, key: str) -> UnreadableError:
        return duplicate_key(key, self.place())

    def _too_large(self) -> UnreadableError:
        return refuse(
            "json-too-large",
            Message(
                "One value of the JSON is larger than %(limit)d MB and cannot be read in one piece.",
                {"limit": self._limits.memory_bytes // MEMORY_SHARE // 1_000_000},
            ),
            Message("Deliver the records as NDJSON (one JSON object a line), CSV or Parquet."),
            self.place(),
        )


def duplicate_key(key: str, place: str) -> UnreadableError:
    """An object that says two things under one name."""
    return refuse(
        "json-duplicate-key",
        Message("A JSON object names the key %(key)s twice.", {"key": key}),
        Message("Correct the export so that each name stands once in an object."),
        place,
    )


def not_a_number(place: str) -> UnreadableError:
    """A value that JSON does not have."""
    return refuse(
        "json-not-a-number",
        Message("The JSON holds NaN or Infinity, which are no JSON values."),
        Message("Write null where a value is missing."),
        place,
    )


def too_deep(place: str, limits: Limits) -> UnreadableError:
    """Lists in lists in lists."""
    return refuse(
        "json-too-deep",
        Message(
            "The JSON is nested deeper than %(limit)d levels.", {"limit": limits.max_json_depth}
        ),
        Message("Deliver a flat list of records."),
        place,
    )
