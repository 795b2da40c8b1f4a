"""A ZIP archive made while it is sent: no file of it is held whole, in memory or on disk."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
"""The first moment that a ZIP archive can write."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the archive; ``pieces`` are read when its turn comes."""

    name: str
    modified: datetime
    pieces: Iterable[bytes]


class _Sink(io.RawIOBase):
    """What has been written since it was last taken; it cannot be wound back."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        return len(data)

    def take(self) -> bytes:
        data = bytes(self._held)
        self._held.clear()
        return data


def stream(members: Iterable[Member]) -> Iterator[bytes]:
    """The archive in pieces: the same bytes for the same members."""
    sink = _Sink()
    with ZipFile(sink, "w", ZIP_DEFLATED) as archive:
        for member in members:
            at = max(member.modified.astimezone(UTC), EARLIEST)
            entry = ZipInfo(member.name, at.timetuple()[:6])
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with archive.open(entry, "w", force_zip64=True) as file:
                for piece in member.pieces:
                    file.write(piece)
                    if data := sink.take():
                        yield data
    yield sink.take()
