"""Keeps the index of this node behind the database by well under a second."""

from threading import Event, Thread

import structlog

from catalog.db import Database
from catalog.search.index import SearchIndex

log = structlog.get_logger(__name__)


class Follower:
    """A thread of a web process; in several processes of a node only one at a time writes."""

    def __init__(self, database: Database, index: SearchIndex, *, pause: float = 0.3) -> None:
        self._database, self._index, self._pause = database, index, pause
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
                self._index.catch_up(self._database)
            except Exception:
                log.warning("search.follow-failed", exc_info=True)
                self._ended.wait(2)
