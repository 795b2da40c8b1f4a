"""What a blob store is: bytes kept under their SHA-256, written once, whole or absent.

Names, types and times of files live in the database; a store knows hashes alone, so that the same
bytes are kept once and nobody can change what an approval named.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from schemas.records import Message, Problem

CHUNK_BYTES = 256 * 1024
"""Bytes handed out at a time; larger ones gain nothing over loopback, smaller ones cost calls."""

HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Blob:
    """Stored bytes: their SHA-256 in lower-case hex, and how many they are."""

    sha256: str
    size: int


class StorageError(Exception):
    """Something the file store cannot do; ``problem`` says it to people."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class BlobMissing(StorageError):
    """No blob is stored under that hash."""

    def __init__(self, sha256: str) -> None:
        super().__init__(
            Problem(
                code="file-missing",
                place=sha256,
                cause=Message(
                    "The file store holds no file with the hash %(sha256)s.", {"sha256": sha256}
                ),
                remedy=Message("Deliver the file again, or restore the file store from a backup."),
            )
        )


class BlobDamaged(StorageError):
    """The stored bytes are not those that their name promises; they are never handed out."""

    def __init__(self, sha256: str) -> None:
        super().__init__(
            Problem(
                code="file-damaged",
                place=sha256,
                cause=Message("The stored file %(sha256)s is damaged.", {"sha256": sha256}),
                remedy=Message("Restore the file store from a backup, or deliver the file again."),
            )
        )


class StoreUnavailable(StorageError):
    """The store did not answer, or refused; trying again later may help."""

    def __init__(self, place: str = "") -> None:
        super().__init__(
            Problem(
                code="file-store-unavailable",
                place=place,
                cause=Message("The file store does not answer or refused the request."),
                remedy=Message(
                    "Try again in a few minutes; tell the administrator if it stays so."
                ),
            )
        )


class StorageSettingError(StorageError):
    """The storage URL cannot be used; ``place`` names the part, never the secret in it."""

    def __init__(self, place: str, cause: Message) -> None:
        super().__init__(
            Problem(
                code="storage-url",
                place=place,
                cause=cause,
                remedy=Message(
                    "Write file:///folder, s3://KEY:SECRET@host/bucket/prefix?region=… or memory:."
                ),
            )
        )


class TooLarge(StorageError):
    """A delivery is larger than may be received; nothing of it was kept."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(
            Problem(
                code="file-too-large",
                cause=Message(
                    "The file is larger than the %(limit)s bytes that may be delivered at once.",
                    {"limit": max_bytes},
                ),
                remedy=Message("Split the file, or compress it as a ZIP archive."),
            )
        )


class Storage(Protocol):
    """Bytes under their hash. Every method may raise ``StoreUnavailable``."""

    def put_file(self, path: Path) -> Blob:
        """Store a copy of a file for good and say its hash. Storing the same bytes again is harmless.

        When it returns, the bytes survive a crash; when it does not, nothing stands at their name.
        """

    def open_range(self, sha256: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Bytes ``start`` (inclusive) to ``end`` (exclusive, default the end) in chunks.

        Raises ``BlobMissing`` at the call, not at the first chunk; ``ValueError`` for a range that
        is none. An ``end`` beyond the blob means its end.
        """

    def opened(self, sha256: str) -> BinaryIO | None:
        """The blob as an open file of this machine, which a server can send without a thread that waits;
        ``None`` when the store has none, and for a blob that it does not hold."""

    def size(self, sha256: str) -> int | None:
        """How many bytes the blob has; ``None`` when there is no such blob."""

    def local_path(self, sha256: str) -> AbstractContextManager[Path]:
        """A file of this machine with the blob's bytes, checked against the hash, read-only.

        Raises ``BlobMissing`` or ``BlobDamaged``.
        """

    def link(self, sha256: str, filename: str, media_type: str) -> str | None:
        """An address for fetching the blob from the store itself, good for five minutes.

        ``None`` when the store gives none: then the portal sends the bytes.
        """

    def verify(self, sha256: str) -> bool:
        """Whether the stored bytes, all read again, still have their hash; ``BlobMissing`` if absent."""

    def delete(self, sha256: str) -> None:
        """Forget a blob; nothing happens when there is none."""

    def iter_hashes(self) -> Iterator[str]:
        """Every stored hash, in no order."""


def blob_key(sha256: str) -> str:
    """Where a blob stands in every store: ``blob/<first two>/<hash>``. Raises ``ValueError``."""
    if not HASH.fullmatch(sha256):
        raise ValueError("a blob is named by 64 lower-case hexadecimal digits")
    return f"blob/{sha256[:2]}/{sha256}"


def bounded_range(size: int, start: int, end: int | None) -> tuple[int, int]:
    """The range that exists of the one asked for. Raises ``ValueError`` when it is no range."""
    if start < 0 or (end is not None and end < start):
        raise ValueError("a range starts at 0 or later and does not end before it starts")
    stop = size if end is None else min(end, size)
    return min(start, stop), stop


def iter_chunks(source: BinaryIO, chunk_bytes: int = 4 * CHUNK_BYTES) -> Iterator[bytes]:
    while chunk := source.read(chunk_bytes):
        yield chunk


def hash_file(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
