"""The opened backends of one process. There is no mode: URLs in the settings choose."""

import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from traceback import walk_tb

import structlog
from structlog.typing import EventDict, WrappedLogger

from catalog import settings as settings_module
from catalog.db import Database, open_database
from catalog.search import SearchIndex, open_index
from catalog.services import publications
from catalog.settings import Settings
from datasets.indexed import RowIndexes
from datasets.sql import Sandbox
from datasets.storage import Storage, open_storage

QUEUES: dict[str, bool] = {"database": False, "memory": True}
"""Scheme of the queue URL: whether jobs run at once, in the process that asked for them."""


@dataclass(frozen=True)
class Runtime:
    """Everything a door or a job needs from outside; ``clock`` gives the aware time of now."""

    settings: Settings
    database: Database
    storage: Storage
    index: SearchIndex
    rows: RowIndexes
    clock: Callable[[], datetime]
    sandbox: Sandbox = field(default_factory=Sandbox)

    @property
    def jobs_at_once(self) -> bool:
        """Whether jobs run right after the commit that asked for them (tests, small commands)."""
        return QUEUES[self.settings.queue_url.partition(":")[0]]

    @property
    def incoming(self) -> Path:
        """Folder for uploads that are still arriving; on the data disk, emptied by its users."""
        folder = self.settings.home / "incoming"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def follow(self) -> int:
        """Bring what is derived from the database up to it: the search index of this node, and the
        documents of public entries. How many changes were looked at."""
        found = publications.catch_up(self.database, self.clock)
        return found + self.index.catch_up(self.database)

    def close(self) -> None:
        """Give the database connections back, and end the processes that answer SQL or make indexes."""
        self.sandbox.close()
        self.rows.close()
        self.database.engine.dispose()


def utc_now() -> datetime:
    """The clock of every process that is not a test."""
    return datetime.now(UTC)


def collect_seldom() -> None:
    """Let this process look for garbage in circles every 20,000 objects that stay, not every 700: a
    change of thousands of entries spends a third of its time looking, and finds none."""
    gc.set_threshold(20_000)


def write_logs() -> None:
    """One JSON line an event on standard error. Of an exception only its type and the places it went
    through are written: its text and the values around it may hold what people delivered."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _places,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
    )


def _places(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given
    if isinstance(error, BaseException):
        event["exception"] = type(error).__name__
        event["places"] = [
            f"{frame.f_code.co_filename}:{line} {frame.f_code.co_name}"
            for frame, line in walk_tb(error.__traceback__)
        ]
    return event


def build(settings: Settings, clock: Callable[[], datetime] = utc_now) -> Runtime:
    """Open what the settings name; an unknown queue scheme is refused at once."""
    scheme = settings.queue_url.partition(":")[0]
    if scheme not in QUEUES:
        raise ValueError(f"GONGKAI_QUEUE_URL: unknown scheme {scheme!r}, use one of {list(QUEUES)}")
    write_logs()
    collect_seldom()
    settings.home.mkdir(parents=True, exist_ok=True)
    return Runtime(
        settings,
        open_database(settings.resolved_database_url()),
        open_storage(settings.resolved_storage_url(), settings.home / "cache"),
        open_index(settings.home / "index"),
        RowIndexes(settings.home / "rows", settings.row_index_bytes),
        clock,
    )


def from_env(home: Path | None = None) -> Runtime:
    """The runtime that environment and ``.env`` describe."""
    return build(settings_module.load(home))
