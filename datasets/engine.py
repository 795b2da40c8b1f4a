"""The DuckDB of this process, and questions to it that end in time.

One database serves all questions, with a cursor for each: a connection of its own with locked paths
costs 16 ms more a question (measured: 22 ms for a page of 100 out of a million rows against 6 ms), and
a connection that threads share gives wrong answers (DuckDB 2.0.0). It may read any file, so only SQL of
our own is put to it; SQL written by users needs a process of its own.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

import duckdb
import pyarrow as pa

from datasets.filters import QueryProblem
from schemas.records import Message, Problem

ALONE = {
    "threads": "1",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
}
"""What every database of ours is opened with: it loads nothing and sees nothing of this program."""
MEMORY_BYTES: Final = 256 * 10**6
"""Of all questions of a process together."""
CONFIG = ALONE | {
    "preserve_insertion_order": "true",
    "memory_limit": f"{MEMORY_BYTES // 10**6}MB",
    "temp_directory": "",
}
"""One thread for a question: with as many request threads as cores, more only add waiting. Memory is
for all questions of a process together, and none goes to the disk."""

PLAINLY = {"disabled_optimizers": "late_materialization"}
AGAIN_SECONDS = 0.02
Answer = TypeVar("Answer")

_opening = threading.Lock()


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """Wall-clock seconds for one question, all its parts together."""

    seconds: float = 5.0


class Question:
    """A cursor of this process's database that is stopped when its time is up; used by one thread."""

    def __init__(self, seconds: float, cursor: Any) -> None:
        self._cursor = cursor
        self._lock = threading.Lock()
        self._watched = True
        self._expired = False
        self._watch(seconds)

    def ask(self, sql: str, values: Sequence[Any]) -> Any:
        """The answer as a ``pyarrow.Table``. Raises ``QueryProblem``."""
        with self._refusing():
            return self._tried(lambda: self._asked(sql, values).to_arrow_table())

    def parts(self, sql: str, values: Sequence[Any], rows: int) -> Iterator[Any]:
        """The answer as tables of about so many rows, one at least; the time is that until the first,
        for after it the reader sets the pace. Raises ``QueryProblem``."""

        def begin() -> tuple[Any, Any]:
            reader = self._asked(sql, values).to_arrow_reader(rows)
            return reader, next(reader, None)

        with self._refusing():
            reader, first = self._tried(begin)
            self._watch_no_more()
            if self._expired:
                raise too_slow()
        yield reader.schema.empty_table() if first is None else pa.Table.from_batches([first])
        for batch in reader:
            yield pa.Table.from_batches([batch])

    def _asked(self, sql: str, values: Sequence[Any]) -> Any:
        return self._cursor.sql(sql, params=list(values))

    def _tried(self, ask: Callable[[], Answer]) -> Answer:
        """DuckDB 2.0 loses a column where conditions leave no row group of a file and the answer has a
        bound: an optimizer's fault, without which far pages are four times as dear. Hence a question
        is asked without that optimizer only when it came to this."""
        try:
            return ask()
        except duckdb.InternalException:
            with self._lock:
                self._cursor.close()
                self._cursor = duckdb.connect(":memory:", config=CONFIG | PLAINLY)
            return ask()

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            if self._expired:
                raise too_slow()
            yield
        except duckdb.InterruptException:
            raise too_slow() from None
        except duckdb.OutOfMemoryException:
            raise too_big() from None
        except (duckdb.ConversionException, duckdb.OutOfRangeException):
            raise out_of_range() from None

    def close(self) -> None:
        self._watch_no_more()
        self._cursor.close()

    def _watch(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._stop)
        self._timer.daemon = True
        self._timer.start()

    def _watch_no_more(self) -> None:
        with self._lock:  # a timer that waits for it is not cancelled any more
            self._watched = False
            self._timer.cancel()

    def _stop(self) -> None:
        with self._lock:
            if self._watched:
                self._expired = True
                self._cursor.interrupt()
                # One that comes between two statements stops neither.
                self._watch(AGAIN_SECONDS)


@cache
def database(_process: int) -> Any:
    """The database of this process; a forked child must not go on with its parent's, nor close it:
    that would wait for threads which the fork did not take along."""
    return duckdb.connect(":memory:", config=CONFIG)


@contextmanager
def asking(limits: QueryLimits) -> Iterator[Question]:
    with _opening:
        cursor = database(os.getpid()).cursor()
    question = Question(limits.seconds, cursor)
    try:
        yield question
    finally:
        question.close()


@contextmanager
def sorting(limits: QueryLimits, folder: Path) -> Iterator[Question]:
    """A question to a database of its own, which goes on in files of ``folder`` where its memory ends:
    for answers that are sorted as a whole."""
    spilling = {
        "memory_limit": "128MB",
        "temp_directory": str(folder),
        "max_temp_directory_size": "4GB",
        "preserve_insertion_order": "false",
    }
    with duckdb.connect(":memory:", config=CONFIG | spilling) as own:
        question = Question(limits.seconds, own)
        try:
            yield question
        finally:
            question.close()


def too_slow() -> QueryProblem:
    return QueryProblem(
        Problem(
            code="query-timeout",
            cause=Message("The question took longer than it may."),
            remedy=Message("Add conditions, or download the whole table."),
        )
    )


def too_big() -> QueryProblem:
    return QueryProblem(
        Problem(
            code="query-too-large",
            cause=Message("The question needs more memory than it may have."),
            remedy=Message("Group by fewer columns, ask for fewer rows, or add conditions."),
        )
    )


def out_of_range() -> QueryProblem:
    return QueryProblem(
        Problem(
            code="query-value",
            cause=Message("A value or a sum is larger than the table's numbers can be."),
            remedy=Message("Ask with smaller values, or download the whole table."),
        )
    )
