"""Taking a figure, and the table of all of them."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from math import ceil
from statistics import median

import psutil

from tests.common.processes import is_examination

HEAD = "| work | ours | peer | ratio |\n|---|---|---|---|\n"
NONE = "–"


@dataclass(frozen=True)
class Row:
    """One line of the table; ``ratio`` says how many times better ours is."""

    work: str
    ours: str
    peer: str = NONE
    ratio: str = NONE


def markdown(rows: Sequence[Row]) -> str:
    """The one table."""
    return HEAD + "".join(f"| {r.work} | {r.ours} | {r.peer} | {r.ratio} |\n" for r in rows)


def times(ours: float, peer: float) -> str:
    """How many times smaller (quicker, leaner) ours is."""
    return f"{peer / ours:.1f}x"


def seconds(work: Callable[[], object]) -> float:
    """Wall clock of one call."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


@dataclass(frozen=True)
class Spread:
    """Milliseconds of many calls: the middle one, and the one that 95 of 100 do not exceed."""

    p50: float
    p95: float

    def __str__(self) -> str:
        return f"p50 {self.p50:.1f} ms, p95 {self.p95:.1f} ms"


def spread(calls: Sequence[Callable[[], object]]) -> Spread:
    """Every call once, after a first one that warms up."""
    calls[0]()
    taken = sorted(seconds(call) * 1000 for call in calls)
    return Spread(median(taken), taken[ceil(0.95 * len(taken)) - 1])


@dataclass
class Peak:
    """Most memory seen of a process and its children, in bytes resident; or of ``examinations``
    among them only, which are left out otherwise: they have a limit of their own."""

    pid: int
    examinations: bool = False
    most: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        """Sum what is resident now."""
        with suppress(psutil.NoSuchProcess):
            root = psutil.Process(self.pid)
            family = [root, *root.children(recursive=True)]
            held = 0
            for one in family:
                with suppress(psutil.NoSuchProcess):
                    if is_examination(one) == self.examinations:
                        held += one.memory_info().rss
            self.most = max(self.most, held)

    def _watch(self) -> None:
        while not self.over.wait(0.02):
            self.look()


@contextmanager
def peak(pid: int, *, examinations: bool = False) -> Iterator[Peak]:
    """Watch a process until the block ends."""
    found = Peak(pid, examinations)
    watcher = threading.Thread(target=found._watch, daemon=True)
    watcher.start()
    try:
        yield found
    finally:
        found.over.set()
        watcher.join()
        found.look()
