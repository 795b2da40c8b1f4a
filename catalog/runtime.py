"""The opened backends of one process. There is no mode: URLs in the settings choose."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from catalog import settings as settings_module
from catalog.db import Database, open_database
from catalog.search import SearchIndex, open_index
from catalog.settings import Settings
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
    clock: Callable[[], datetime]

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

    def close(self) -> None:
        """Give the database connections back."""
        self.database.engine.dispose()


def utc_now() -> datetime:
    """The clock of every process that is not a test."""
    return datetime.now(UTC)


def build(settings: Settings, clock: Callable[[], datetime] = utc_now) -> Runtime:
    """Open what the settings name; an unknown queue scheme is refused at once."""
    scheme = settings.queue_url.partition(":")[0]
    if scheme not in QUEUES:
        raise ValueError(f"GONGKAI_QUEUE_URL: unknown scheme {scheme!r}, use one of {list(QUEUES)}")
    settings.home.mkdir(parents=True, exist_ok=True)
    return Runtime(
        settings,
        open_database(settings.resolved_database_url()),
        open_storage(settings.resolved_storage_url(), settings.home / "cache"),
        open_index(settings.home / "index"),
        clock,
    )


def from_env(home: Path | None = None) -> Runtime:
    """The runtime that environment and ``.env`` describe."""
    return build(settings_module.load(home))
