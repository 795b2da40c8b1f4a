"""SQL of users, answered by processes that can read the named tables and do nothing else.

The web process parses no statement and runs none: one child checks it and says which tables it names,
the caller decides who may read them, and another child gets exactly those files.
"""

import threading
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from datasets.confined import landlock
from datasets.confined.asking import Bounds, LostError, ask
from datasets.confined.endings import EndedError, Refused
from datasets.confined.life import COULD_NOT_LOCK, Room
from datasets.confined.nurseries import Born, Nurseries
from datasets.confined.nursery import Kind
from datasets.filters import QueryProblem
from datasets.sql.cell import CHECKING, RUNNING
from schemas.records import Message, Problem

START_SECONDS: Final = 20.0
"""How long a statement waits for a child beyond the time of the one before it: the first one waits for
the nursery to start."""
ATTEMPTS: Final = 2
"""A statement is asked again when the nursery ends under it."""
AT_ONCE: Final = 4
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

    _free: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(AT_ONCE)
    )
    _nursery: Nurseries = field(default_factory=lambda: Nurseries((CHECKING, RUNNING)))

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
        self._nursery.close()

    def _answered(self, sql: str, grant: Grant, limits: SqlLimits) -> SqlAnswer:
        read = self._order(CHECKING, {"sql": sql}, (), limits)
        tables = tuple(read["tables"])
        with ExitStack() as held:
            files = {name: str(held.enter_context(grant(name)).resolve()) for name in tables}
            order = {
                "sql": read["text"],
                "files": files,
                "rows": limits.rows,
                "bytes": limits.bytes,
            }
            answer = self._order(RUNNING, order, tuple(files.values()), limits)
        table = pa.ipc.open_stream(b64decode(answer["table"])).read_all()
        table.validate(full=True)
        return SqlAnswer(table, answer["truncated"], tables)

    def _order(
        self, kind: Kind, order: Mapping[str, Any], reads: Sequence[str], limits: SqlLimits
    ) -> Mapping[str, Any]:
        """Have a child do something that may read these files."""
        for _ in range(ATTEMPTS):
            try:
                child = self._nursery.child(kind.name, Room(reads=tuple(reads), strict=True))
                try:
                    return _asked(child, order, limits)
                finally:
                    child.close()
            except LostError:
                continue
        raise NotOffered


def _asked(child: Born, order: Mapping[str, Any], limits: SqlLimits) -> Mapping[str, Any]:
    if not child.await_begun(START_SECONDS + limits.seconds):
        raise _ended(in_time=False)
    try:
        return ask(child, order, Bounds(limits.seconds, limits.bytes * 3 + (1 << 20)))
    except EndedError as error:
        if error.status == COULD_NOT_LOCK:
            raise NotOffered from None
        raise _ended(in_time=error.problem.code != "timeout") from None
    except Refused as error:
        if error.problem.place == "sql":
            raise QueryProblem(error.problem) from None
        raise _ended(in_time=True) from None


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
