"""Fairness between clients: how many costly questions one of them may have open at a time."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app

from catalog.errors import TooMany
from catalog.http.context import actor, client_address
from schemas.records import Message

EXTENSION = "gongkai-turns"
AT_ONCE = 2
RETRY_SECONDS = 1


class Turns:
    """Open questions of one process by client."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: Counter[str] = Counter()

    def take(self, client: str, most: int) -> bool:
        """Begin one more question, if the client may."""
        with self._lock:
            if self._open[client] >= most:
                return False
            self._open[client] += 1
            return True

    def give_back(self, client: str) -> None:
        """End one."""
        with self._lock:
            self._open[client] -= 1
            if not self._open[client]:
                del self._open[client]


@contextmanager
def one_turn() -> Iterator[None]:
    """Do something costly for this client, an account or else an address. Raises ``TooMany``."""
    identity = actor()
    client = f"address {client_address()}" if identity.anonymous else f"account {identity.name}"
    turns: Turns = current_app.extensions[EXTENSION]
    if not turns.take(client, AT_ONCE):
        raise TooMany(
            "questions-at-once",
            Message("%(most)d questions of yours are being answered.", {"most": AT_ONCE}),
            retry_after=RETRY_SECONDS,
        )
    try:
        yield
    finally:
        turns.give_back(client)
