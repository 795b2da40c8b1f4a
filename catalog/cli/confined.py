"""The confined child of a command: forked from this process before it has loaded anything heavy.

A second interpreter would load everything twice, which is most of the time that a small table takes;
a fork of this one, which has loaded little more than the command line, costs nothing. The child loads
the engine and answers one order after another; when it dies on a file that is told in plain words and
the next file gets a new child. It may read what its user may, because the files are the user's.
"""

import gc
import os
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NoReturn, Self

from datasets.confined.asking import Bounds, Child, LostError, ask
from datasets.confined.endings import EndedError, Refused, broke_off, kill
from datasets.confined.life import Room, begin, hush, load, serve, settle
from schemas.records import Limits

WORK: Final[dict[str, str]] = {
    "validate": "catalog.cli.validating",
    "scan": "catalog.cli.scanning",
    "profile": "catalog.cli.profiling",
    "anonymity": "catalog.cli.measuring",
}
"""What a child can do -> the module whose ``perform(order, parent)`` does it."""

THREADED: Final = frozenset({"duckdb", "polars", "pyarrow"})
"""Libraries that keep threads: a process that has loaded one is not forked; a nursery is started."""

NURSERIES: Final = "datasets.confined.nurseries"


@dataclass(frozen=True, slots=True)
class Forked:
    """A child that was forked from this process itself."""

    line: socket.socket
    pid: int

    def end(self) -> int:
        """Kill whatever is left of it and of its own children: its exit code, minus the signal that
        ended it."""
        self.line.close()
        kill(self.pid)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@dataclass(slots=True)
class Confined:
    """A child for one kind of work (a key of ``WORK``); started at once, again after a crash.

    ``fetch`` gets (url, target file) and answers nothing, or the sentence that says what went wrong.
    """

    work: str
    workdir: Path
    limits: Limits = field(default_factory=Limits)
    on_progress: Callable[[int, float], None] = lambda _rows, _share: None
    fetch: Callable[[str, Path], str] = lambda _url, _target: "fetching is not allowed"
    _child: Child | None = None
    _fetched: int = 0

    def __enter__(self) -> Self:
        self._child = self._start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._end()

    def ask(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Have one order done; raises Refused when it cannot be, whatever became of the child."""
        if self._child is None:
            self._child = self._start()
        try:
            return ask(self._child, order, Bounds(self.limits.seconds), self._heard)
        except EndedError:
            self._child = None
            raise
        except LostError:
            self._child = None
            raise Refused(broke_off()) from None

    def _heard(self, said: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if "progress" in said:
            self.on_progress(int(said["progress"][0]), float(said["progress"][1]))
        if "fetch" not in said:
            return None
        self._fetched += 1
        target = self.workdir / f"fetched-{self._fetched}"
        wrong = self.fetch(str(said["fetch"]), target)
        return {"wrong": wrong} if wrong else {"file": str(target)}

    def _start(self) -> Child:
        workdir = str(self.workdir.resolve())
        room = Room(workdir, None, self.limits, one_task=False, current=str(Path.cwd()))
        if threading.active_count() == 1 and not THREADED & sys.modules.keys():
            return _forked(self.work, room)
        # Loaded for the process that needs it: most commands fork.
        nursery = import_module(NURSERIES).nursery_of(self.work, WORK[self.work])
        born: Child = nursery.child(self.work, room)
        return born

    def _end(self) -> None:
        if self._child is not None:
            with suppress(LostError):
                self._child.end()
            self._child = None


def _forked(work: str, room: Room) -> Forked:
    ours, theirs = socket.socketpair()
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    pid = os.fork()
    if not pid:
        try:
            ours.close()
            _live(work, room, theirs, parent)
        finally:
            os._exit(1)
    theirs.close()
    return Forked(ours, pid)


def _live(work: str, room: Room, line: socket.socket, parent: int) -> NoReturn:
    hush()
    refused = {**begin(work, parent, room.limits, one_task=False), **settle(room)}
    # Nothing that loading makes is garbage, and looking for some is a tenth of its time.
    gc.disable()
    perform = load(WORK[work])
    gc.freeze()
    gc.enable()
    serve(line, perform, refused)
