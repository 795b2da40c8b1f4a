"""Indexes on the disk of this machine: made when a table is asked about again, the oldest gone when there
are too many.

They follow from the Parquet file of a version alone and are called by its hash, so nothing ever has to be
brought up to date, any of them may be deleted at any time, and it is the same where files are stored in a
folder and where they are stored elsewhere. Until one is there the query engine answers.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar

import pyarrow as pa

from datasets import numbered, query
from datasets.confined.nurseries import environment
from datasets.engine import QueryLimits
from datasets.filters import Query
from datasets.indexed.answering import answer, numbered_page
from datasets.indexed.columns import NoIndex, TableIndex, open_index
from datasets.indexed.making import SECONDS, write_index
from datasets.numbered import Numbered, Page
from datasets.query import Rows, Source, open_source

T = TypeVar("T")

AGAIN: Final = 2
"""A table that is asked about so often gets an index: a crawler that looks at each once makes none."""

FEW_CELLS: Final = 50_000
"""A table of no more is indexed in memory, in some milliseconds."""

MOST_OPEN: Final = 64
MOST_COUNTED: Final = 4_096
ENOUGH: Final = -MOST_COUNTED
"""What is counted of a table whose index was tried: once is enough."""

MAKER: Final = "rows-index"
"""Name of the thread that waits for indexes being made."""

RESERVE_BYTES: Final = 2**30
"""No index is made where less is free on the disk."""

TIMES_PARQUET: Final = 20
"""More than an index was ever measured to take of the size of its Parquet file."""

AFTER_FAILURE_SECONDS: Final = 86_400


class RowIndexes:
    """The indexes of one web process; those of a machine share ``folder``."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder, self._most_bytes = folder, most_bytes
        self._open: OrderedDict[str, TableIndex] = OrderedDict()
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._wanted: dict[str, Path] = {}
        self._maker: threading.Thread | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = False

    def run(
        self,
        sha256: str,
        parquet: Path,
        asked: Query,
        limits: QueryLimits | None = None,
        *,
        with_total: bool = True,
    ) -> Rows:
        """Answer a question about the published table whose Parquet file has this hash, as
        ``datasets.query.run`` does. Raises ``QueryProblem``."""
        source = open_source(parquet)
        found = self._ask(
            sha256, source, lambda index: answer(index, source, asked, with_total=with_total)
        )
        return found or query.run(parquet, asked, limits, with_total=with_total)

    def page(self, sha256: str, parquet: Path, asked: Numbered, limits: QueryLimits) -> Page:
        """The same for a question by offset, as ``datasets.numbered.run`` answers it."""
        source = open_source(parquet)
        found = self._ask(sha256, source, lambda index: numbered_page(index, source, asked))
        return found or numbered.run(parquet, asked, limits)

    def _ask(self, sha256: str, source: Source, ask: Callable[[TableIndex], T | None]) -> T | None:
        """What the index of the table says, if there is one and it can."""
        index = self._found(sha256, source)
        if index is None:
            return None
        try:
            return ask(index)
        except NoIndex:
            with self._lock:
                self._open.pop(sha256, None)
            with suppress(OSError):
                self._path(sha256).unlink()
            return None

    def close(self) -> None:
        """Make no more, and end what is being made."""
        with self._lock:
            self._closed = True
            self._wanted.clear()
            if self._child is not None:
                self._child.kill()
            maker = self._maker
        if maker is not None:
            maker.join()

    def _found(self, sha256: str, source: Source) -> TableIndex | None:
        with self._lock:
            index = self._open.get(sha256)
            if index is not None:
                self._open.move_to_end(sha256)
                return index
        index = self._read(sha256)
        if index is None:
            index = self._missed(sha256, source)
        if index is not None:
            with self._lock:
                self._open[sha256] = index
                while len(self._open) > MOST_OPEN:
                    self._open.popitem(last=False)
        return index

    def _path(self, sha256: str) -> Path:
        return self._folder / f"{sha256}.rows"

    def _read(self, sha256: str) -> TableIndex | None:
        """The index on the disk, if there is a sound one."""
        path = self._path(sha256)
        try:
            os.utime(path)  # the time by which the oldest is found
            with pa.memory_map(str(path)) as file:
                return open_index(file.read_buffer())
        except (NoIndex, pa.ArrowException):
            with suppress(OSError):
                path.unlink()
        except OSError:
            return None  # there is none, or the disk does not give it
        return None

    def _missed(self, sha256: str, source: Source) -> TableIndex | None:
        """Nothing, unless the table is so small that its index is there at once; a larger one is begun."""
        with self._lock:
            if len(self._asked) > MOST_COUNTED:
                self._asked.clear()
            self._asked[sha256] += 1
            if self._asked[sha256] < AGAIN or self._closed:
                return None
        if source.rows * len(source.columns) <= FEW_CELLS:
            made = _in_memory(source.path)
            if made is None:
                self._asked[sha256] = ENOUGH
            return made
        with self._lock:
            if not self._closed and self._asked[sha256] >= AGAIN:
                self._asked[sha256] = ENOUGH  # whatever comes of it
                self._wanted[sha256] = source.path
                if self._maker is None or not self._maker.is_alive():
                    self._maker = threading.Thread(
                        target=self._make_wanted, name=MAKER, daemon=True
                    )
                    self._maker.start()
        return None

    def _make_wanted(self) -> None:
        while True:
            with self._lock:
                if not self._wanted:
                    self._maker = None
                    return
                sha256, parquet = self._wanted.popitem()
            with suppress(OSError), _alone(self._folder, sha256) as first:
                if first and self._room(parquet):
                    self._make(sha256, parquet)
                    self._shrink()

    def _room(self, parquet: Path) -> bool:
        free = shutil.disk_usage(self._folder).free
        return free > RESERVE_BYTES + TIMES_PARQUET * parquet.stat().st_size

    def _make(self, sha256: str, parquet: Path) -> None:
        """Have a child make it; where that fails, leave an empty file, so that nobody tries it again for
        a day."""
        path = self._path(sha256)
        failed, part = path.with_suffix(".none"), path.with_suffix(".part")
        with suppress(FileNotFoundError):
            if failed.stat().st_mtime > time.time() - AFTER_FAILURE_SECONDS:
                return
        if path.exists():
            return
        part.unlink(missing_ok=True)
        if self._child_made(parquet, part):
            failed.unlink(missing_ok=True)
            part.replace(path)
        elif parquet.exists() and not self._closed:
            failed.touch()
        part.unlink(missing_ok=True)

    def _child_made(self, parquet: Path, part: Path) -> bool:
        words = [sys.executable, "-P", "-m", "datasets.indexed.making", str(parquet), str(part)]
        with self._lock:
            if self._closed:
                return False
            self._child = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment(),
                start_new_session=True,
            )
        try:
            return self._child.wait(SECONDS) == 0
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
            return False
        finally:
            with self._lock:
                self._child = None

    def _shrink(self) -> None:
        """Delete the indexes unused longest, and what was left by processes that broke off."""
        kept = []
        for path in self._folder.iterdir():
            with suppress(FileNotFoundError):
                stat = path.stat()
                if path.suffix == ".rows":
                    kept.append((stat.st_mtime, stat.st_size, path))
                elif stat.st_mtime < time.time() - AFTER_FAILURE_SECONDS:
                    path.unlink()
        excess = sum(size for _, size, _ in kept) - self._most_bytes
        for _, size, path in sorted(kept)[:-1]:
            if excess <= 0:
                return
            path.unlink(missing_ok=True)
            excess -= size


def _in_memory(parquet: Path) -> TableIndex | None:
    sink = pa.BufferOutputStream()
    try:
        write_index(parquet, sink)
    except pa.ArrowException:
        return None
    return open_index(sink.getvalue())


@contextmanager
def _alone(folder: Path, sha256: str) -> Iterator[bool]:
    """Whether no other process of this machine makes the same; the system gives the lock back when this
    one ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{sha256}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
