"""Blobs in an object store reached through obstore (S3 and what speaks it; memory for tests)."""

import hashlib
import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError

from datasets.storage.cache import Cache
from datasets.storage.contract import (
    CHUNK_BYTES,
    HASH,
    Blob,
    BlobDamaged,
    BlobMissing,
    StoreUnavailable,
    blob_key,
    bounded_range,
    hash_file,
    iter_chunks,
)

PART_BYTES = 8 * 2**20
MAX_PARTS = 900
"""Some stores take no more than 1,000 parts an upload; larger files get larger parts."""

CONCURRENT_PARTS = 4
"""Parts under way at once: with ``PART_BYTES`` this bounds the memory of an upload to some 40 MB."""

Linker = Callable[[str, str, str], str | None]
"""key, file name, media type -> address."""


class ObjectStorage:
    """A ``Storage`` over an obstore store; ``cache`` keeps local copies, ``linker`` signs addresses."""

    def __init__(self, store: Any, cache: Cache, linker: Linker | None = None) -> None:
        self._store = store
        self._cache = cache
        self._linker = linker

    def put_file(self, path: Path) -> Blob:
        blob = Blob(hash_file(path), path.stat().st_size)
        key = blob_key(blob.sha256)
        with answering():
            if self._stored_size(blob.sha256) == blob.size:
                return blob
            self._send(path, key, blob)
            if self._stored_size(blob.sha256) != blob.size:
                raise StoreUnavailable("put")
        return blob

    def _send(self, path: Path, key: str, blob: Blob) -> None:
        # A store makes an object visible only when it is whole. Create-only holds for single
        # puts; an upload in parts has no such condition, and can only repeat the same bytes.
        if blob.size <= PART_BYTES:
            data = path.read_bytes()
            if hashlib.sha256(data).hexdigest() != blob.sha256:
                raise BlobDamaged(blob.sha256)
            mode = "create" if self._stored_size(blob.sha256) is None else "overwrite"
            try:
                obstore.put(self._store, key, data, mode=mode, use_multipart=False)
            except AlreadyExistsError:
                return
        else:
            part = max(PART_BYTES, math.ceil(blob.size / MAX_PARTS))
            obstore.put(
                self._store,
                key,
                checked_chunks(path, blob.sha256),
                chunk_size=part,
                max_concurrency=CONCURRENT_PARTS,
            )

    def open_range(self, sha256: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        size = self.size(sha256)
        if size is None:
            raise BlobMissing(sha256)
        first, stop = bounded_range(size, start, end)
        return self._read(sha256, first, stop) if first < stop else iter(())

    def opened(self, sha256: str) -> BinaryIO | None:
        return None

    def _read(self, sha256: str, first: int, stop: int) -> Iterator[bytes]:
        with answering(sha256):
            options = {"range": (first, stop)}
            result = obstore.get(self._store, blob_key(sha256), options=options)
            seen = 0
            for piece in result.stream(min_chunk_size=CHUNK_BYTES):
                view = memoryview(piece)
                seen += len(view)
                for offset in range(0, len(view), CHUNK_BYTES):
                    yield bytes(view[offset : offset + CHUNK_BYTES])
            if seen != stop - first:
                raise StoreUnavailable(sha256)

    def size(self, sha256: str) -> int | None:
        with answering():
            return self._stored_size(sha256)

    def _stored_size(self, sha256: str) -> int | None:
        try:
            return int(obstore.head(self._store, blob_key(sha256))["size"])
        except FileNotFoundError:
            return None

    def local_path(self, sha256: str) -> AbstractContextManager[Path]:
        return self._cache.hold(sha256, self.open_range)

    def link(self, sha256: str, filename: str, media_type: str) -> str | None:
        if self._linker is None:
            return None
        return self._linker(blob_key(sha256), filename, media_type)

    def verify(self, sha256: str) -> bool:
        digest = hashlib.sha256()
        for chunk in self.open_range(sha256):
            digest.update(chunk)
        return digest.hexdigest() == sha256

    def delete(self, sha256: str) -> None:
        with answering():
            if self._stored_size(sha256) is not None:
                obstore.delete(self._store, blob_key(sha256))
        self._cache.forget(sha256)

    def iter_hashes(self) -> Iterator[str]:
        with answering():
            for batch in obstore.list(self._store, "blob"):
                for item in batch:
                    name = str(item["path"]).rpartition("/")[2]
                    if HASH.fullmatch(name):
                        yield name


def checked_chunks(path: Path, sha256: str) -> Iterator[bytes]:
    """A file's bytes; raises at the end when they are not those promised, which aborts the upload."""
    digest = hashlib.sha256()
    with path.open("rb") as source:
        for chunk in iter_chunks(source):
            digest.update(chunk)
            yield chunk
    if digest.hexdigest() != sha256:
        raise BlobDamaged(sha256)


@contextmanager
def answering(sha256: str = "") -> Iterator[None]:
    """The store's own errors, which quote addresses and keys, become ours, which do not."""
    try:
        yield
    except FileNotFoundError:
        raise BlobMissing(sha256) from None
    except BaseError as error:
        raise StoreUnavailable(sha256) from error
