"""Work done in threads beside the judging: making the next item, and digests of a file."""

import hashlib
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any, Final, NamedTuple, TypeVar

HASHED_AT_ONCE: Final = 2**20
MADE_AHEAD: Final = 2
"""So many things are made, or being made, while one is used."""

_T = TypeVar("_T")


class Digest(NamedTuple):
    """The size of a file in bytes and its digests, in hexadecimal digits."""

    bytes: int
    md5: str
    sha256: str

    def put_into(self, stats: Any) -> None:
        """Set them in the stats of a Frictionless resource."""
        stats.bytes, stats.md5, stats.sha256 = self


def ahead(pool: ThreadPoolExecutor, items: Iterator[_T]) -> Iterator[_T]:
    """The same items, none of them None, made in a thread while those before are used.

    ``pool`` makes one thing at a time for them, and stops at the end or at the first error.
    """
    waiting = deque(pool.submit(next, items, None) for _ in range(MADE_AHEAD))
    while (item := waiting.popleft().result()) is not None:
        waiting.append(pool.submit(next, items, None))
        yield item


class Beside:
    """The batches of a file read in one thread, and its digests made in another."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stop = Event()
        self._hasher = ThreadPoolExecutor(1)
        self._reader = ThreadPoolExecutor(1)
        self._digest: Future[Digest] | None = None
        self._read: Generator[Any] | None = None

    def batches(self, read: Generator[_T]) -> Iterator[_T]:
        """The batches that ``read`` gives."""
        self._read = read
        self._digest = self._hasher.submit(_digest, self._path, self._stop)
        return ahead(self._reader, read)

    def digest(self) -> Digest:
        """The digests of the whole file."""
        return self._digest.result() if self._digest else _digest(self._path, self._stop)

    def close(self) -> None:
        """Stop all of it."""
        self._stop.set()
        for pool in (self._reader, self._hasher):
            pool.shutdown(wait=True, cancel_futures=True)
        if self._read is not None:
            self._read.close()


def _digest(path: Path, stop: Event) -> Digest:
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    size = 0
    with path.open("rb", buffering=0) as file:
        while not stop.is_set() and (piece := file.read(HASHED_AT_ONCE)):
            size += len(piece)
            md5.update(piece)
            sha256.update(piece)
    return Digest(size, md5.hexdigest(), sha256.hexdigest())
