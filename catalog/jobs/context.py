"""What a job function holds: the runtime, its arguments, and the right to write."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

from sqlalchemy.orm import Session

from catalog.runtime import Runtime
from catalog.services import jobs as ledger
from catalog.services.jobs import Taken
from datasets.child import StoppedError


@dataclass(frozen=True)
class JobContext:
    """One attempt at one job. ``lost`` is set when the lease is gone or the worker is to stop."""

    runtime: Runtime
    taken: Taken
    lost: Event

    @property
    def args(self) -> dict[str, Any]:
        """What the job was asked with: ids."""
        return self.taken.args

    @contextmanager
    def step(self) -> Iterator[Session]:
        """A transaction that holds only while the lease does, and none once the worker is to stop."""
        if self.lost.is_set():
            raise StoppedError
        lease = timedelta(seconds=self.runtime.settings.lease_seconds)
        with self.runtime.database.write() as session:
            ledger.keep(session, self.taken, lease=lease, now=self.runtime.clock())
            yield session

    @contextmanager
    def effects(self) -> Iterator[Session]:
        """The transaction that carries the job's effects and marks it done, both or neither."""
        with self.runtime.database.write() as session:
            ledger.keep(session, self.taken, lease=timedelta(seconds=60), now=self.runtime.clock())
            yield session
            ledger.finish(session, self.taken, now=self.runtime.clock())

    def note(self, progress: float, message: str) -> None:
        """Show progress; losing the lease is noticed here too."""
        with self.runtime.database.write() as session:
            ledger.note(session, self.taken, progress, message)

    @contextmanager
    def workdir(self) -> Iterator[Path]:
        """A folder that is gone afterwards."""
        root = self.runtime.settings.home / "work"
        root.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=root, prefix="job-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)
