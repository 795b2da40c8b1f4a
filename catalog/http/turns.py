"""Fairness between clients: how much costly work one of them, and all together, may have going on.

A process answers with so many threads; work that is costly may never hold all of them. Counts are of one
process, and the numbers below fit the threads of ``gongkai serve``.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import Final, cast

from flask import current_app

from catalog.errors import Busy, TooMany
from catalog.http.context import actor, client_address
from schemas.records import Message

EXTENSION = "gongkai-turns"
RETRY_SECONDS: Final = 1


@dataclass(frozen=True, slots=True)
class Gate:
    """At most ``each`` of one client, waiting ones too, and ``together`` of all at a time. Beyond that at
    most ``line`` wait, up to ``patience`` seconds; the next is of the client that has least going on."""

    each: int
    together: int
    line: int = 0
    patience: float = 0


GATES: Final[dict[str, Gate]] = {
    "sql": Gate(each=2, together=4),
    "rows": Gate(each=16, together=4, line=20, patience=5),
    "making": Gate(each=4, together=8, line=4, patience=5),
}
"""Kind of work -> its gate: SQL of users (the sandbox has room for as many), questions to tables, and
files that are made while they are sent, which take as long as their reader does."""


@dataclass
class _Line:
    open: Counter[str] = field(default_factory=Counter)
    waiting: dict[int, str] = field(default_factory=dict)

    def of(self, client: str) -> int:
        return self.open[client] + sum(one == client for one in self.waiting.values())

    def next(self) -> int:
        """The ticket whose turn it is: the oldest of those whose client has least open."""
        return min(self.waiting, key=lambda ticket: (self.open[self.waiting[ticket]], ticket))


class Turns:
    """Work going on in one process, by kind and client."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._lines = {kind: _Line() for kind in GATES}
        self._tickets = count()

    def take(self, kind: str, client: str) -> None:
        """Begin some work, if need be after others. Raises ``TooMany`` and ``Busy``."""
        gate, line = GATES[kind], self._lines[kind]
        with self._changed:
            if line.of(client) >= gate.each:
                raise TooMany(
                    "questions-at-once",
                    Message("%(most)d questions of yours are being answered.", {"most": gate.each}),
                    retry_after=RETRY_SECONDS,
                )
            if line.waiting or line.open.total() >= gate.together:
                self._wait(gate, line, client)
            line.open[client] += 1

    def _wait(self, gate: Gate, line: _Line, client: str) -> None:
        if len(line.waiting) >= gate.line:
            raise _busy()
        until, ticket = monotonic() + gate.patience, next(self._tickets)
        line.waiting[ticket] = client
        try:
            while line.open.total() >= gate.together or line.next() != ticket:
                left = until - monotonic()
                if left <= 0 or not self._changed.wait(left):
                    raise _busy()
        finally:
            del line.waiting[ticket]
            self._changed.notify_all()

    def give_back(self, kind: str, client: str) -> None:
        """End it."""
        open_ = self._lines[kind].open
        with self._changed:
            open_[client] -= 1
            if not open_[client]:
                del open_[client]
            self._changed.notify_all()


def _busy() -> Busy:
    return Busy(
        "too-busy",
        Message("As many questions as can be are being answered."),
        Message("Try again in a few seconds."),
    )


def _client() -> str:
    identity = actor()
    return f"address {client_address()}" if identity.anonymous else f"account {identity.name}"


def _turns() -> Turns:
    return cast("Turns", current_app.extensions[EXTENSION])


@contextmanager
def one_turn(kind: str) -> Iterator[None]:
    """Do something costly for this client, an account or else an address. Raises ``TooMany`` and
    ``Busy``."""
    turns, client = _turns(), _client()
    turns.take(kind, client)
    try:
        yield
    finally:
        turns.give_back(kind, client)


def while_sent(body: Iterable[bytes]) -> Iterable[bytes]:
    """A body that is made while it is sent; its turn lasts until the server is done with it. Raises
    ``TooMany`` and ``Busy``."""
    turns, client = _turns(), _client()
    turns.take("making", client)
    return _Held(iter(body), lambda: turns.give_back("making", client))


class _Held:
    """A body that says once when it has come to its end, failed, or was closed before it began."""

    def __init__(self, body: Iterator[bytes], ended: Callable[[], None]) -> None:
        self._body, self._ended, self._open = body, ended, True

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._body)
        except BaseException:
            self.close()
            raise

    def __del__(self) -> None:
        # An answer that was given up before anybody closed it, by an error on its way to the server.
        self.close()

    def close(self) -> None:
        """Give the turn back, and what the body holds."""
        if self._open:
            self._open = False
            try:
                close = getattr(self._body, "close", None)
                if close is not None:
                    close()
            finally:
                self._ended()
