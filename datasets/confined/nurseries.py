"""Nurseries as the processes see them that have work for confined children."""

import atexit
import json
import os
import socket
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from datasets.confined.asking import ENDING_SECONDS, LostError
from datasets.confined.life import PASSED_ON, QUIET, Room
from datasets.confined.nursery import BEGUN, Kind

ROOT: Final = Path(__file__).parents[2]
LIBRARIES: Final = tuple(
    dict.fromkeys(
        [
            *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
            str(ROOT / "datasets"),
            str(ROOT / "schemas"),
            *("/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64"),
            *("/usr/share/zoneinfo", "/etc/localtime", "/etc/ld.so.cache"),
            *(
                "/proc/self",
                "/proc/cpuinfo",
                "/proc/meminfo",
                "/sys/devices/system",
                "/sys/fs/cgroup",
            ),
            *("/dev/urandom", "/dev/zero"),
        ]
    )
)
"""What the engine's libraries read while they work."""


@dataclass(frozen=True, slots=True)
class Born:
    """A child of a nursery: the line to it, and the reins by which it is ended and tells of its end."""

    line: socket.socket
    reins: socket.socket

    def await_begun(self, seconds: float) -> bool:
        """Whether it has been forked, or taken out of those that wait, within so many seconds.

        Raises ``LostError``.
        """
        self.reins.settimeout(max(seconds, 0.001))
        try:
            if self.reins.recv(64) != BEGUN:
                raise LostError
        except TimeoutError:
            return False
        except ConnectionError:
            raise LostError from None
        return True

    def close(self) -> None:
        """End it; how it ended is of no interest any more."""
        with suppress(LostError):
            self.end()

    def end(self) -> int:
        """Kill whatever is left of it, and wait until it is gone: its exit code, minus the signal that
        ended it. Raises ``LostError`` when the nursery does not tell."""
        self.line.close()
        with self.reins, suppress(OSError):
            self.reins.settimeout(ENDING_SECONDS)
            self.reins.shutdown(socket.SHUT_WR)
            while said := self.reins.recv(64):
                if said != BEGUN:
                    return int(said)
        raise LostError


@dataclass(slots=True)
class Nurseries:
    """At most one nursery for some kinds of work; started by the first order, replaced when it has
    ended, ended with this process."""

    kinds: Sequence[Kind]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _process: "subprocess.Popen[bytes] | None" = None
    _control: socket.socket | None = None
    _owner: int = 0

    def child(self, name: str, room: Room) -> Born:
        """A child for one kind of work in a room of its own."""
        order = json.dumps({"kind": name, "room": asdict(room)}).encode()
        # Whatever goes wrong, our ends are closed; theirs always are, for the nursery gets copies.
        with ExitStack() as ours, ExitStack() as theirs:
            line, its_line = _pair(ours, theirs, socket.SOCK_STREAM)
            reins, its_reins = _pair(ours, theirs, socket.SOCK_SEQPACKET)
            self._send(order, [its_line.fileno(), its_reins.fileno()])
            ours.pop_all()
        return Born(line, reins)

    def _send(self, order: bytes, ends: list[int]) -> None:
        """Give an order to the nursery, to a new one where it has ended. Raises ``LostError``."""
        with self._lock:
            for _ in range(2):
                control = self._running()
                with suppress(ConnectionError):  # it has ended since it was looked at
                    socket.send_fds(control, [order], ends)
                    return
                self._end()
        raise LostError

    def close(self) -> None:
        """End the nursery and all its children."""
        with self._lock:
            self._end()

    @property
    def started(self) -> bool:
        """Whether the next order finds a nursery."""
        process = self._process
        return process is not None and self._owner == os.getpid() and process.poll() is None

    def _running(self) -> socket.socket:
        if self._control is None or not self.started:
            self._end()
            self._start()
        if self._control is None:
            raise LostError
        return self._control

    def _start(self) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        kinds = json.dumps([asdict(kind) for kind in self.kinds])
        module = "datasets.confined.nursery"
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", module, str(theirs.fileno()), kinds],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd="/",
                env=environment(),
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._owner = os.getpid()
        atexit.register(self.close)

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return  # that of a process which this one was forked from is not ours to end
        atexit.unregister(self.close)
        with suppress(subprocess.TimeoutExpired):
            process.wait(2)
        process.kill()
        process.wait()


def _pair(
    ours: ExitStack, theirs: ExitStack, kind: socket.SocketKind
) -> tuple[socket.socket, socket.socket]:
    """Two sockets that are joined, each closed with the stack of its side."""
    near, far = socket.socketpair(socket.AF_UNIX, kind)
    return ours.enter_context(near), theirs.enter_context(far)


_OWN: Final[dict[str, Nurseries]] = {}


def nursery_of(name: str, module: str) -> Nurseries:
    """The nursery of this process for one kind of work, done by a module."""
    return _OWN.setdefault(name, Nurseries((Kind(name, module),)))


def environment() -> dict[str, str]:
    """What a nursery is told: nothing of the settings."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**kept, **QUIET, "PYTHONPATH": str(ROOT)}
