"""Blobs in a folder of this machine: copy to a temporary name, fsync, rename, fsync the folder."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from datasets.storage.contract import (
    CHUNK_BYTES,
    HASH,
    Blob,
    BlobDamaged,
    BlobMissing,
    Storage,
    StorageSettingError,
    blob_key,
    bounded_range,
    hash_file,
    iter_chunks,
)
from schemas.records import Message

READ_ONLY = 0o444
"""Published bytes are not writable by the process that serves them (the query engine may write
where it may read)."""


def open_local(url: str, _cache_dir: Path) -> Storage:
    """``file:///absolute/folder``; the folder is made when needed."""
    parts = urlsplit(url)
    if parts.netloc not in {"", "localhost"} or parts.query or not parts.path.startswith("/"):
        raise StorageSettingError(
            "file:", Message("A file: storage URL names an absolute folder of this machine.")
        )
    return LocalStorage(Path(unquote(parts.path)))


class LocalStorage:
    """A ``Storage`` in ``root``; several processes may share it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"
        self._sound: dict[str, tuple[int, int]] = {}
        make_folder(self._incoming)

    def put_file(self, path: Path) -> Blob:
        temporary = self._incoming / f"{secrets.token_hex(16)}.part"
        try:
            blob = copy_and_hash(path, temporary)
            target = self._path(blob.sha256)
            make_folder(target.parent)
            # A rename over equal bytes is harmless, so two writers need no lock. A blob of the
            # wrong length can only be damage (a lost tail after a power cut) and is mended.
            if self.size(blob.sha256) != blob.size:
                temporary.replace(target)
            sync_folder(target.parent)
        finally:
            temporary.unlink(missing_ok=True)
        return blob

    def open_range(self, sha256: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        size = self.size(sha256)
        if size is None:
            raise BlobMissing(sha256)
        first, stop = bounded_range(size, start, end)
        return self._read(sha256, first, stop)

    def opened(self, sha256: str) -> BinaryIO | None:
        with suppress(FileNotFoundError):
            return self._path(sha256).open("rb")
        return None

    def _read(self, sha256: str, first: int, stop: int) -> Iterator[bytes]:
        try:
            source = self._path(sha256).open("rb", buffering=0)
        except FileNotFoundError:
            raise BlobMissing(sha256) from None
        with source:
            source.seek(first)
            left = stop - first
            while left:
                chunk = source.read(min(CHUNK_BYTES, left))
                if not chunk:
                    raise BlobDamaged(sha256)
                left -= len(chunk)
                yield chunk

    def size(self, sha256: str) -> int | None:
        try:
            return self._path(sha256).stat().st_size
        except FileNotFoundError:
            return None

    @contextmanager
    def local_path(self, sha256: str) -> Iterator[Path]:
        path = self._path(sha256)
        try:
            stat = path.stat()
        except FileNotFoundError:
            raise BlobMissing(sha256) from None
        # Hashed at the first opening after a start and again when the file was touched.
        seen = (stat.st_size, stat.st_mtime_ns)
        if self._sound.get(sha256) != seen:
            if not self.verify(sha256):
                raise BlobDamaged(sha256)
            self._sound[sha256] = seen
        yield path

    def link(self, sha256: str, filename: str, media_type: str) -> str | None:
        return None

    def verify(self, sha256: str) -> bool:
        try:
            return hash_file(self._path(sha256)) == sha256
        except FileNotFoundError:
            raise BlobMissing(sha256) from None

    def delete(self, sha256: str) -> None:
        path = self._path(sha256)
        self._sound.pop(sha256, None)
        with suppress(FileNotFoundError):
            path.unlink()
            sync_folder(path.parent)

    def iter_hashes(self) -> Iterator[str]:
        for path in self._root.glob("blob/??/*"):
            if HASH.fullmatch(path.name):
                yield path.name

    def _path(self, sha256: str) -> Path:
        return self._root / blob_key(sha256)


def copy_and_hash(source: Path, target: Path) -> Blob:
    """Copy a file to a new name, on the disk when it returns, and say what was copied."""
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as reader, target.open("xb") as writer:
        for chunk in iter_chunks(reader):
            digest.update(chunk)
            size += writer.write(chunk)
        writer.flush()
        os.fchmod(writer.fileno(), READ_ONLY)
        os.fsync(writer.fileno())
    return Blob(digest.hexdigest(), size)


def make_folder(folder: Path) -> None:
    """Make a folder and its parents so that they too survive a power cut."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        sync_folder(made.parent)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
