"""The process that confined children are forked from.

It has loaded what their work needs, which takes most of the time that a small file does, and nothing
else: no settings, no database, no file of anybody. It has one thread, but for those that only sleep,
for a fork takes no other along. It ends when the process that started it does, or when it has had
nothing to do for a while, and every child ends with it.
"""

import gc
import json
import os
import resource
import selectors
import signal
import socket
import sys
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Final, NoReturn

from datasets.confined.endings import kill, lacks_memory
from datasets.confined.life import (
    COULD_NOT_LOCK,
    Perform,
    Room,
    begin,
    decode_room,
    hush,
    serve,
    settle,
)
from schemas.records import Limits

IDLE_SECONDS: Final = 3_600.0
"""A nursery without children gives its memory back after so long; the next order starts another."""
SLEEPING: Final = frozenset({"polars-ooc-clea"})
"""Threads (as the system cuts off their names) that libraries start when they are loaded, and that
wait for work of their own without holding anything."""
MESSAGE_BYTES: Final = 1 << 16
BEGUN: Final = b"begun"
UNFIT: Final = 4
"""Exit code of a nursery that could not fork anything that works."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of work: the module whose ``perform(order, parent)`` does it. ``name`` is what its
    children are called in a list of processes.

    A module may have a ``prepare()`` that answers ``perform``: it is called once, before anything is
    forked, so that no child does again what it did. Where ``kept`` is not 0, so many children wait or
    work at any time, never more, under ``limits``.
    """

    name: str
    module: str
    kept: int = 0
    limits: Limits = field(default_factory=Limits)


@dataclass(slots=True)
class Cell:
    """A child as its nursery knows it: ``hand`` goes to it until it has an order, ``reins`` to whoever
    ordered since then. ``said`` is what its libraries print, which is looked at by nobody but ``_why``.
    """

    kind: Kind
    said: int
    hand: socket.socket | None = None
    reins: socket.socket | None = None


@dataclass(slots=True)
class Asked:
    """Somebody wants a child: the line that it is to answer over, and the reins that end it."""

    room: Room
    line: socket.socket
    reins: socket.socket


class Nursery:
    """The whole life of the process."""

    def __init__(self, control: socket.socket, kinds: Mapping[str, Kind]) -> None:
        self._control = control
        self._kinds = kinds
        self._cells: dict[int, Cell] = {}
        self._waiting: dict[str, deque[Asked]] = {name: deque() for name in kinds}
        self._selector = selectors.DefaultSelector()
        gc.disable()  # nothing that loading makes is garbage
        self._ready = {name: _readied(kind) for name, kind in kinds.items()}
        gc.freeze()
        self._woken, self._wake = os.pipe()
        for end in (self._woken, self._wake):
            os.set_blocking(end, False)

    def live(self) -> NoReturn:
        """Fork what is asked for until nobody can ask any more.

        What goes wrong before is told on standard error: nothing of anybody is here yet.
        """
        if busy := _busy_threads():
            sys.exit(f"a fork would leave threads behind: {', '.join(busy)}")
        hush()
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector.register(self._control, selectors.EVENT_READ, self._hear)
        self._selector.register(self._woken, selectors.EVENT_READ, self._reap)
        for kind in self._kinds.values():
            for _ in range(kind.kept):
                self._keep(kind)
        while True:
            happened = self._selector.select(IDLE_SECONDS)
            if not happened and not self._cells:
                self._end(0)
            for key, _ in happened:
                key.data()

    def _hear(self) -> None:
        message, given, _, _ = socket.recv_fds(self._control, MESSAGE_BYTES, 2)
        if not message:
            self._end(0)
        if len(given) < 2:
            # No descriptor was free for them: whoever ordered hears that the line is closed.
            for number in given:
                os.close(number)
            return
        order = json.loads(message)
        line, reins = (socket.socket(fileno=number) for number in given)
        asked = Asked(decode_room(order["room"]), line, reins)
        kind = self._kinds[order["kind"]]
        if kind.kept:
            self._waiting[kind.name].append(asked)
            self._hand_out(kind)
            return
        try:
            pid = self._fork(kind, partial(_born, kind, self._ready[kind.name], asked), line)
        except OSError:  # no descriptor or no process is free: told as above
            line.close()
            reins.close()
        else:
            self._take_reins(pid, asked)

    def _keep(self, kind: Kind) -> None:
        """Fork a child that gets ready and waits for an order."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = self._fork(kind, partial(_wait, kind, self._ready[kind.name], theirs), theirs)
        theirs.close()
        self._cells[pid].hand = ours

    def _hand_out(self, kind: Kind) -> None:
        """Give what is asked for to children that wait."""
        waiting = self._waiting[kind.name]
        for pid, cell in self._cells.items():
            if not waiting:
                return
            if cell.kind is not kind or cell.hand is None:
                continue
            asked = waiting.popleft()
            room = json.dumps(asdict(asked.room)).encode()
            with suppress(ConnectionError):  # one that has just ended is noticed soon
                socket.send_fds(cell.hand, [room], [asked.line.fileno()])
            cell.hand.close()
            cell.hand = None
            self._take_reins(pid, asked)

    def _fork(self, kind: Kind, become: Callable[[int], NoReturn], line: socket.socket) -> int:
        """A child that keeps nothing of this process open but ``line``."""
        nursery = os.getpid()
        said, says = os.pipe()
        os.set_blocking(says, False)  # what there is no room for is lost
        try:
            pid = os.fork()
        except OSError:
            os.close(said)
            os.close(says)
            raise
        if pid:
            os.close(says)
            self._cells[pid] = Cell(kind, said)
            return pid
        try:
            os.dup2(says, 2)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.closerange(3, line.fileno())
            os.closerange(line.fileno() + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
            gc.enable()
            become(nursery)
        finally:
            os._exit(UNFIT)

    def _take_reins(self, pid: int, asked: Asked) -> None:
        asked.line.close()
        self._cells[pid].reins = asked.reins
        with suppress(ConnectionError):
            asked.reins.send(BEGUN)
        self._selector.register(asked.reins, selectors.EVENT_READ, partial(self._let_go, pid))

    def _let_go(self, pid: int) -> None:
        """Whoever ordered has gone, or wants no more: the child is killed, with all that it started."""
        cell = self._cells.get(pid)
        if cell is not None and cell.reins is not None:
            self._selector.unregister(cell.reins)
            kill(pid)

    def _reap(self) -> None:
        """Tell of each child that has ended how it did, and replace those that are to be kept."""
        with suppress(BlockingIOError):
            os.read(self._woken, 4096)
        while self._cells:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            cell = self._cells.pop(pid)
            if cell.reins is None:
                self._end(UNFIT)  # it could not get ready, and neither would the next
            with suppress(KeyError):
                self._selector.unregister(cell.reins)
            with suppress(OSError):
                cell.reins.send(str(_why(os.waitstatus_to_exitcode(status), cell.said)).encode())
            cell.reins.close()
            os.close(cell.said)
            if cell.kind.kept:
                self._keep(cell.kind)
                self._hand_out(cell.kind)

    def _end(self, status: int) -> NoReturn:
        for pid in self._cells:
            kill(pid)
        os._exit(status)


def _readied(kind: Kind) -> Perform:
    """Load and do what a kind of work needs beforehand; answers what does an order."""
    module = import_module(kind.module)
    prepare: Callable[[], Perform] | None = getattr(module, "prepare", None)
    perform: Perform = module.perform if prepare is None else prepare()
    return perform


def _born(kind: Kind, perform: Perform, asked: Asked, nursery: int) -> NoReturn:
    """The life of a child that was forked for an order."""
    room = asked.room
    refused = begin(kind.name, nursery, room.limits, one_task=room.one_task)
    _occupy(room, asked.line, perform, refused)


def _wait(kind: Kind, perform: Perform, hand: socket.socket, nursery: int) -> NoReturn:
    """The life of a child that is there before there is an order."""
    refused = begin(kind.name, nursery, kind.limits, one_task=True)
    message, given, _, _ = socket.recv_fds(hand, MESSAGE_BYTES, 1)
    if not given:
        os._exit(0)
    hand.close()
    _occupy(decode_room(json.loads(message)), socket.socket(fileno=given[0]), perform, refused)


def _occupy(
    room: Room, line: socket.socket, perform: Perform, refused: Mapping[str, str]
) -> NoReturn:
    try:
        refused = {**refused, **settle(room)}
    except OSError:
        os._exit(COULD_NOT_LOCK)
    serve(line, perform, refused)


def _why(status: int, said: int) -> int:
    """The exit code of a child. A library that finds no memory aborts the process, which is told as the
    system tells it when it ends one for lack of memory."""
    if status != -signal.SIGABRT:
        return status
    os.set_blocking(said, False)
    with suppress(BlockingIOError):
        return (
            -signal.SIGKILL
            if lacks_memory(os.read(said, 1 << 16).decode(errors="replace"))
            else status
        )
    return status


def _busy_threads() -> list[str]:
    """Names of threads beside this one that may hold something when a child is forked."""
    main = str(os.getpid())
    tasks = [task for task in Path("/proc/self/task").iterdir() if task.name != main]
    names = [(task / "comm").read_text(encoding="utf-8").strip() for task in tasks]
    return [name for name in names if name not in SLEEPING]


def decode_kinds(text: str) -> dict[str, Kind]:
    """Rebuild the kinds of work from their JSON form, by name."""
    kinds = [Kind(**{**one, "limits": Limits(**one["limits"])}) for one in json.loads(text)]
    return {kind.name: kind for kind in kinds}


def main() -> None:
    """``python -m datasets.confined.nursery CONTROL KINDS``: the number of an inherited socket, and
    the kinds of work as JSON."""
    Nursery(socket.socket(fileno=int(sys.argv[1])), decode_kinds(sys.argv[2])).live()


if __name__ == "__main__":
    main()
