"""Which bytes of a file somebody asks for (RFC 9110, section 14)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

MOST_PARTS: Final = 32
"""Parts of one answer; who asks for more gets the whole file, which costs less than so many looks."""

_SPEC: Final = re.compile(r"(?a:(\d*)[ \t]*-[ \t]*(\d*))")
_DIGITS: Final = 18  # more than any file has, and less than int() refuses to read


class Span(NamedTuple):
    """Bytes from ``start`` up to but without ``end``."""

    start: int
    end: int

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self.end - self.start


def spans(header: str, size: int) -> tuple[Span, ...] | None:
    """The spans of a file of ``size`` bytes that a ``Range`` header asks for, in its order; those that
    overlap or touch are one. None: the header is none that is understood, or wants more pieces
    than are sent, and the whole file is the answer. None of the ranges lies within the file: ()."""
    specs = _specs(header)
    if specs is None:
        return None
    wanted = [one for spec in specs if (one := _within(*spec, size)) is not None]
    joined = _joined(wanted)
    return None if len(joined) > MOST_PARTS else joined


def _specs(header: str) -> list[tuple[str, str]] | None:
    unit, equals, rest = header.partition("=")
    if unit.strip().lower() != "bytes" or not equals:
        return None
    found = []
    for text in rest.split(","):
        if not (text := text.strip(" \t")):
            continue  # empty members of a list are allowed (RFC 9110, 5.6.1.2)
        spec = _SPEC.fullmatch(text)
        if spec is None or spec.group() == "-" or not any(spec.groups()):
            return None
        first, last = spec.groups()
        if first and last and _number(last) < _number(first):
            return None  # such a list is invalid as a whole (14.1.1)
        found.append((first, last))
    return found or None


def _number(digits: str) -> int:
    short = digits.lstrip("0")
    return int(short or "0") if len(short) <= _DIGITS else 10**_DIGITS


def _within(first: str, last: str, size: int) -> Span | None:
    """What of a range lies within the file, None for nothing."""
    if not first:
        span = Span(max(size - _number(last), 0), size)
    else:
        span = Span(_number(first), min(_number(last) + 1, size) if last else size)
    return span if span.size > 0 else None


def _joined(wanted: Sequence[Span]) -> tuple[Span, ...]:
    """The spans without what overlaps or touches; each stands where its first part stood."""
    groups: list[tuple[Span, int]] = []
    for span, place in sorted((span, place) for place, span in enumerate(wanted)):
        before, first = groups[-1] if groups else (None, place)
        if before is not None and span.start <= before.end:
            groups[-1] = Span(before.start, max(before.end, span.end)), min(first, place)
        else:
            groups.append((span, place))
    return tuple(span for span, _ in sorted(groups, key=lambda group: group[1]))


class Parts:
    """A body of several spans (``multipart/byteranges``, RFC 9110, 14.6)."""

    def __init__(self, wanted: Sequence[Span], size: int, kind: str, boundary: str) -> None:
        self.content_type = f"multipart/byteranges; boundary={boundary}"
        self._heads = [
            (
                f"\r\n--{boundary}\r\nContent-Type: {kind}\r\n"
                f"Content-Range: {told(span, size)}\r\n\r\n".encode()
            )
            for span in wanted
        ]
        self._wanted = wanted
        self._end = f"\r\n--{boundary}--\r\n".encode()

    @property
    def size(self) -> int:
        """The length of the whole body in bytes."""
        sent = sum(span.size for span in self._wanted)
        return sent + sum(map(len, self._heads)) + len(self._end)

    def body(self, opened: Iterable[Iterator[bytes]]) -> Iterator[bytes]:
        """The body in pieces; ``opened`` gives the bytes of one span after the other."""
        for head, pieces in zip(self._heads, opened, strict=True):
            yield head
            yield from pieces
        yield self._end


def told(span: Span, size: int) -> str:
    """A span as ``Content-Range`` says it."""
    return f"bytes {span.start}-{span.end - 1}/{size}"
