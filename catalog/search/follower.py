"""Keeps what is derived from the database behind it by well under a second."""

from collections.abc import Callable
from threading import Event, Thread

import structlog

log = structlog.get_logger(__name__)


class Follower:
    """A thread of a web process that takes a step again and again (``Runtime.follow``); in several
    processes of a node only one at a time writes."""

    def __init__(self, step: Callable[[], object], *, pause: float = 0.3) -> None:
        self._step, self._pause = step, pause
        self._ended = Event()
        self._thread = Thread(target=self._run, name="search-follower", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the batch in hand."""
        self._ended.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._ended.wait(self._pause):
            try:
                self._step()
            except Exception:
                log.warning("search.follow-failed", exc_info=True)
                self._ended.wait(2)
