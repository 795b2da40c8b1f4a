"""Receiving an upload: straight to a temporary file, hashed on the way, never whole in memory."""

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from datasets.storage.contract import CHUNK_BYTES, TooLarge, iter_chunks


@dataclass(frozen=True, slots=True)
class Received:
    """An upload on disk; whoever asked for it deletes ``path`` when done."""

    path: Path
    sha256: str
    size: int


def receive(
    stream: BinaryIO, folder: Path, max_bytes: int, chunk: int = 4 * CHUNK_BYTES
) -> Received:
    """Write a stream to a new file in ``folder``. Raises ``TooLarge``; a failure leaves no file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{secrets.token_hex(16)}.part"
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("xb") as out:
            for data in bounded(iter_chunks(stream, chunk), max_bytes):
                digest.update(data)
                size += out.write(data)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Received(path, digest.hexdigest(), size)


def bounded(chunks: Iterator[bytes], max_bytes: int) -> Iterator[bytes]:
    """The same chunks; raises ``TooLarge`` in place of the one that would pass the bound."""
    left = max_bytes
    for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            raise TooLarge(max_bytes)
        yield chunk
