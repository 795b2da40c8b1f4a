"""Local copies of blobs that live elsewhere, each checked against its hash before it is used."""

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from datasets.storage.contract import HASH, BlobDamaged, blob_key

CACHE_BYTES = 20 * 2**30
"""Least recently used copies beyond this are removed; the newest is always kept."""

SPARE_SECONDS = 3600
"""Copies used within this time stay: a query may still hold their path."""


class Cache:
    """Copies below ``folder``; several processes may share it."""

    def __init__(self, folder: Path, max_bytes: int = CACHE_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    @contextmanager
    def hold(self, sha256: str, fetch: Callable[[str], Iterator[bytes]]) -> Iterator[Path]:
        """The local copy of a blob, fetched when there is none. Raises ``BlobDamaged``."""
        path = self._folder / blob_key(sha256)
        try:
            os.utime(path)
        except FileNotFoundError:
            self._fill(path, sha256, fetch)
            self._shrink()
        yield path

    def forget(self, sha256: str) -> None:
        (self._folder / blob_key(sha256)).unlink(missing_ok=True)

    def _fill(self, path: Path, sha256: str, fetch: Callable[[str], Iterator[bytes]]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{secrets.token_hex(16)}.part")
        digest = hashlib.sha256()
        try:
            with temporary.open("xb") as out:
                for chunk in fetch(sha256):
                    digest.update(chunk)
                    out.write(chunk)
            if digest.hexdigest() != sha256:
                raise BlobDamaged(sha256)
            temporary.chmod(0o444)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    def _shrink(self) -> None:
        kept = []
        for path in self._folder.glob("blob/??/*"):
            with suppress(FileNotFoundError):
                stat = path.stat()
                if HASH.fullmatch(path.name):  # Parts being written are others' to remove.
                    kept.append((stat.st_mtime, stat.st_size, path))
        excess = sum(size for _, size, _ in kept) - self._max_bytes
        for used, size, path in sorted(kept)[:-1]:
            if excess <= 0 or used > time.time() - SPARE_SECONDS:
                return
            path.unlink(missing_ok=True)
            excess -= size
