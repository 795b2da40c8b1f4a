"""Gunicorn's threads, with connections shared out evenly among its processes:
``gunicorn --worker-class catalog.balance.Worker``.

Whichever process wakes first takes a new connection, and clients keep theirs: at times one process has all
of them, and its threads wait for each other while other processors have nothing to do. Here a process that
has more than another lets that one go first.
"""

import struct
import time
from mmap import mmap
from socket import socket
from typing import Any, Final

from gunicorn.workers.gthread import ThreadWorker

MOST: Final = 256
"""Processes that are told apart; of more, some share a place, and connections fall as they may."""

PATIENCE: Final = 0.002
"""Seconds that another process has to go first."""

SILENT: Final = 5.0
"""Seconds after which a process that says nothing is gone or stuck: nobody waits for it."""

_PLACE: Final = struct.Struct("dq")
"""When a process last said how many connections it has, and how many."""

_held: Final = mmap(-1, MOST * _PLACE.size)
"""Made before processes are forked, and so the same for all of them."""


class Worker(ThreadWorker):  # type: ignore[misc]
    """A process of the server that knows what the others have."""

    def __init__(self, age: int, *given: Any, **more: Any) -> None:
        super().__init__(age, *given, **more)
        self._place = age % MOST * _PLACE.size

    def notify(self) -> None:
        """Tell the parent, and the other processes, that this one is there; called at every turn."""
        super().notify()
        _PLACE.pack_into(_held, self._place, time.monotonic(), self.nr_conns)

    def accept(self, listener: socket) -> None:
        """Take a connection that waits, if nobody who has fewer takes it at once."""
        if self.nr_conns > _fewest():
            time.sleep(PATIENCE)
        super().accept(listener)
        self.notify()


def _fewest() -> int:
    """Connections of the process that has fewest."""
    since = time.monotonic() - SILENT
    return min((count for said, count in _PLACE.iter_unpack(_held[:]) if said > since), default=0)
