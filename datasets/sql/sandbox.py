"""SQL of users, answered by processes that can read the named tables and do nothing else.

The web process parses no statement and runs none: a reader cell checks it and says which tables it
names, the caller decides who may read them, and a runner cell gets exactly those files.
"""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from datasets.filters import QueryProblem
from datasets.sql import cell, landlock
from schemas.records import Message, Problem

PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")
START_SECONDS = 20.0
"""How long the first statement waits for the processes; later ones find them waiting."""
AT_ONCE = 4
"""Statements that run or wait at one time, over all clients: each that waits does so for at most one
that runs."""


@dataclass(frozen=True, slots=True)
class SqlLimits:
    """Bounds of one answer: wall-clock seconds, rows, and bytes in memory."""

    seconds: float = 5.0
    rows: int = 1_000
    bytes: int = 5 * 2**20


@dataclass(frozen=True, slots=True)
class SqlAnswer:
    """``table`` is a ``pyarrow.Table``; ``truncated`` says what cut it short: ``rows``, ``bytes`` or
    nothing. ``tables`` are the names that stood in the statement."""

    table: Any
    truncated: str
    tables: tuple[str, ...]


class NotOffered(Exception):
    """The system cannot lock a process in; no SQL of users is run on it."""


class TooBusy(Exception):
    """As many statements as may be are being answered."""


Grant = Callable[[str], AbstractContextManager[Path]]
"""From a name in the statement to the Parquet file that may be read for it; raises what the caller
wants to be told when it may not."""


@dataclass(slots=True)
class Sandbox:
    """The processes of one web process; started by the first statement, ended with it."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _free: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(AT_ONCE)
    )
    _process: "subprocess.Popen[bytes] | None" = None
    _owner: int = 0
    _life: int = -1
    _orders: dict[str, socket.socket] = field(default_factory=dict)

    def ask(self, sql: str, grant: Grant, limits: SqlLimits) -> SqlAnswer:
        """Answer one statement. Raises ``QueryProblem``, ``NotOffered``, ``TooBusy`` and what
        ``grant`` raises."""
        if not landlock.version():
            raise NotOffered
        if not self._free.acquire(blocking=False):
            raise TooBusy
        try:
            return self._answered(sql, grant, limits)
        finally:
            self._free.release()

    def close(self) -> None:
        """End the processes."""
        with self._lock:
            self._end()

    def _answered(self, sql: str, grant: Grant, limits: SqlLimits) -> SqlAnswer:
        read = json.loads(self._order("reader", {"sql": sql}, limits)[0])
        if "problem" in read:
            raise _problem(read["problem"])
        tables = tuple(read["tables"])
        with ExitStack() as held:
            files = {name: str(held.enter_context(grant(name)).resolve()) for name in tables}
            order = {
                "sql": read["text"],
                "files": files,
                "rows": limits.rows,
                "bytes": limits.bytes,
            }
            head, body = self._order("runner", order, limits)
        answer = json.loads(head)
        if "problem" in answer:
            raise _problem(answer["problem"])
        table = pa.ipc.open_stream(body).read_all()
        table.validate(full=True)
        return SqlAnswer(table, answer["truncated"], tables)

    def _order(self, role: str, order: Mapping[str, Any], limits: SqlLimits) -> tuple[bytes, bytes]:
        """Have a cell of this role do something: its answer, and what follows it."""
        began = time.monotonic()
        deadline = began + 2 * limits.seconds + self._start()
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                self._hand_over(role, theirs)
            ours.settimeout(max(deadline - time.monotonic(), 0.1))
            try:
                cell.send(ours, json.dumps({**order, "seconds": limits.seconds}).encode())
                head = cell.receive(ours, 1 << 20)
                return head, _rest(ours, limits.bytes * 2 + (1 << 20), deadline)
            except TimeoutError:
                raise _ended(in_time=False) from None
            except ConnectionError:
                late = time.monotonic() - began >= limits.seconds
                raise _ended(in_time=not late) from None

    def _hand_over(self, role: str, line: socket.socket) -> None:
        try:
            socket.send_fds(self._orders[role], [b"."], [line.fileno()])
        except (ConnectionError, BlockingIOError):
            self.close()
            raise NotOffered from None

    def _start(self) -> float:
        """Start the processes if they do not run; how many seconds more the first answer may take."""
        with self._lock:
            if self._process is not None and self._owner != os.getpid():
                # A fork of the process that started them: those cells are not ours to use.
                self._process, self._orders, self._life = None, {}, -1
            if self._process is not None and self._process.poll() is None:
                return 0.0
            self._end()
            self._spawn()
            return START_SECONDS

    def _spawn(self) -> None:
        pairs = {
            role: socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for role in cell.WAITING
        }
        theirs, self._life = os.pipe()
        inherited = [theirs, *(pair[1].fileno() for pair in pairs.values())]
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "datasets.sql.zygote", *map(str, inherited)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(),
            pass_fds=inherited,
            start_new_session=True,
        )
        self._owner = os.getpid()
        os.close(theirs)
        for _, other in pairs.values():
            other.close()
        self._orders = {role: pair[0] for role, pair in pairs.items()}

    def _end(self) -> None:
        for line in self._orders.values():
            line.close()
        self._orders = {}
        if self._life >= 0:
            os.close(self._life)
            self._life = -1
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(2)
            self._process.kill()
            self._process.wait()
            self._process = None


def environment() -> dict[str, str]:
    """What the processes are told: nothing of the settings, and to have one thread each (the
    allocator of Arrow keeps one more): a fork takes only one along, and only one can be locked in."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "MALLOC_ARENA_MAX": "2",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
    }


def _rest(line: socket.socket, most: int, deadline: float) -> bytes:
    """All bytes until the other end hangs up."""
    data = bytearray()
    while True:
        line.settimeout(max(deadline - time.monotonic(), 0.01))
        part = line.recv(1 << 20)
        if not part:
            return bytes(data)
        data += part
        if len(data) > most:
            raise ConnectionError("the answer is longer than it may be")


def _ended(*, in_time: bool) -> QueryProblem:
    """A cell that ended without an answer: by its alarm, or because it had no more memory."""
    code, cause, remedy = (
        (
            "query-too-large",
            Message("The question needs more memory than it may have."),
            Message("Group by fewer columns, ask for fewer rows, or add conditions."),
        )
        if in_time
        else (
            "query-timeout",
            Message("The question took longer than it may."),
            Message("Add conditions, or download the whole table."),
        )
    )
    return QueryProblem(Problem(code=code, place="sql", cause=cause, remedy=remedy))


def _problem(value: Mapping[str, Any]) -> QueryProblem:
    words = {"cause": Message(**value["cause"]), "remedy": Message(**value["remedy"])}
    return QueryProblem(Problem(**{**value, **words}))
