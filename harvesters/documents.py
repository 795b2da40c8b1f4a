"""JSON of other people's servers: read whole, or member by member when a catalogue is too big.

Errors name the place in the document; depth and size are bounded, so hostile nesting is an error.
"""

import codecs
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from harvesters.contract import SourceProblem
from schemas.records import Message, Problem

_CHUNK = 2**20
_MAX_MEMBER = 64 * 2**20
_SPACE = " \t\r\n"
_DECODER = json.JSONDecoder()


def load_json(body: bytes, place: str) -> Any:
    """Parse a document; raises SourceProblem. Lone surrogates and NaN, which exist, are accepted."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise bad_json(place, _position(error)) from error


def bad_json(place: str, position: str = "") -> SourceProblem:
    """The document is not the JSON it should be."""
    return SourceProblem(
        Problem(
            "bad-json",
            Message("The source did not answer with readable JSON (%(where)s).",
                    {"where": position or "1"}),
            Message("Open the address: it must show JSON data, not a page. Then tell the source."),
            place,
        )
    )  # fmt: skip


def not_a_catalogue(place: str) -> SourceProblem:
    """The document is JSON, but nothing in it is a list of datasets."""
    return SourceProblem(
        Problem(
            "not-a-catalogue",
            Message("The answer holds no list of datasets."),
            Message("Check the kind and the address of the source."),
            place,
        )
    )


def members(stream: BinaryIO, key: str, place: str) -> Iterator[Any]:
    """The members of the top-level array under ``key``, one at a time, in constant memory.

    Raises SourceProblem at the broken place, after the good members before it, and when there is
    no such array. Everything after the array is checked to be the rest of an object.
    """
    window = _Window(stream, place)
    window.expect("{")
    found = False
    while window.peek() != "}":
        if window.peek() != '"':
            raise window.broken()
        name = window.value()
        window.expect(":")
        if name == key and window.peek() == "[":
            found = True
            yield from _array(window)
        else:
            window.value()
        if window.peek() != "}":
            window.expect(",")
    if not found:
        raise not_a_catalogue(place)


def _array(window: "_Window") -> Iterator[Any]:
    window.expect("[")
    while window.peek() != "]":
        yield window.value()
        if window.peek() != "]":
            window.expect(",")
    window.expect("]")


class _Window:
    """A moving view of a text that is read as it is needed."""

    def __init__(self, stream: BinaryIO, place: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._place = place
        self._buffer = ""
        self._at = 0
        self._passed = 0
        self._ended = False

    def peek(self) -> str:
        """The next sign that is not white space; an early end is an error."""
        while True:
            while self._at < len(self._buffer) and self._buffer[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more(_CHUNK):
                raise self.broken()

    def expect(self, sign: str) -> None:
        if self.peek() != sign:
            raise self.broken()
        self._at += 1

    def value(self) -> Any:
        """The next complete value; reads on, in growing steps, while it may be incomplete."""
        self.peek()
        step = _CHUNK
        while True:
            try:
                found, end = _DECODER.raw_decode(self._buffer, self._at)
            except RecursionError as error:
                raise self.broken() from error
            except ValueError as error:
                if len(self._buffer) - self._at > _MAX_MEMBER or not self._more(step):
                    raise self.broken() from error
            else:
                # A number at the edge of the window may go on behind it.
                if end < len(self._buffer) or not self._more(_CHUNK):
                    self._at = end
                    return found
            step *= 2

    def _more(self, size: int) -> bool:
        """Read on and forget what was passed; the caller's position moves with it."""
        if self._ended:
            return False
        text = ""
        while not text and not self._ended:
            content = self._stream.read(size)
            self._ended = not content
            try:
                text = self._decoder.decode(content, final=self._ended)
            except UnicodeDecodeError as error:
                raise self.broken() from error
        if not text:
            return False
        self._passed += self._at
        self._buffer = self._buffer[self._at :] + text
        self._at = 0
        return True

    def broken(self) -> SourceProblem:
        """The problem of the document at this place."""
        return bad_json(self._place, f"character {self._passed + self._at + 1}")


def _position(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno}"
    return ""
