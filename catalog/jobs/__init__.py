"""Work done after the commit that asked for it. The registry, and the workers that carry it out."""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog import outbox
from catalog.jobs.context import JobContext
from catalog.jobs.examination import examine_version, give_up_examination
from catalog.jobs.fetching import fetch_version
from catalog.jobs.harvesting import give_up_harvest, run_harvest
from catalog.jobs.nightly import nightly
from catalog.models import Job
from catalog.outbox import JobName
from catalog.runtime import Runtime
from catalog.services import jobs as ledger
from catalog.services.jobs import LeaseLost, Taken
from catalog.settings import Settings
from datasets.child import StoppedError

__all__ = ["JOBS", "JobContext", "Worker", "run_waiting"]

JOBS: dict[JobName, Callable[[JobContext], None]] = {
    JobName.EXAMINE_VERSION: examine_version,
    JobName.FETCH_VERSION: fetch_version,
    JobName.RUN_HARVEST: run_harvest,
    JobName.NIGHTLY: nightly,
}

GIVEN_UP: dict[JobName, Callable[[Session, dict[str, Any], datetime, Settings], None]] = {
    JobName.EXAMINE_VERSION: give_up_examination,
    JobName.FETCH_VERSION: give_up_examination,
    JobName.RUN_HARVEST: give_up_harvest,
}
"""What is said to the people waiting when every attempt at a job has failed."""

ATTEMPTS = 3

log = structlog.get_logger(__name__)


def _name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"


def _take(runtime: Runtime) -> Taken | None:
    lease = timedelta(seconds=runtime.settings.lease_seconds)
    with runtime.database.write() as session:
        return ledger.take(session, _name(), lease=lease, now=runtime.clock())


def _carry_out(runtime: Runtime, taken: Taken, stop: threading.Event) -> None:
    """Run one job under a heartbeat. Whatever happens, the row says how it ended."""
    context = JobContext(runtime, taken, threading.Event())
    ended = threading.Event()
    heart = threading.Thread(target=_beat, args=(context, ended, stop), daemon=True)
    heart.start()
    try:
        JOBS[JobName(taken.name)](context)
    except (LeaseLost, StoppedError):
        log.info("job.left", job=taken.id, name=taken.name)
    except Exception as error:
        log.warning("job.failed", job=taken.id, name=taken.name, exc_info=True)
        _note_failure(runtime, taken, type(error).__name__)
    finally:
        ended.set()
        heart.join()


def _note_failure(runtime: Runtime, taken: Taken, error: str) -> None:
    try:
        with runtime.database.write() as session:
            again = taken.attempt < ATTEMPTS
            ledger.fail(session, taken, error, again=again, now=runtime.clock())
            give_up = GIVEN_UP.get(JobName(taken.name))
            if give_up is not None and not again:
                give_up(session, taken.args, runtime.clock(), runtime.settings)
    except LeaseLost:
        log.info("job.left", job=taken.id, name=taken.name)


def _beat(context: JobContext, ended: threading.Event, stop: threading.Event) -> None:
    seconds = context.runtime.settings.lease_seconds
    while not ended.wait(min(1.0, seconds / 3)):
        if stop.is_set():
            context.lost.set()
        if not _extended(context, timedelta(seconds=seconds)):
            context.lost.set()
            return


def _extended(context: JobContext, lease: timedelta) -> bool:
    try:
        with context.runtime.database.write() as session:
            ledger.keep(session, context.taken, lease=lease, now=context.runtime.clock())
    except LeaseLost:
        return False
    except Exception:
        log.warning("job.heartbeat-failed", job=context.taken.id, exc_info=True)
    return True


def _schedule(runtime: Runtime) -> None:
    """Ask for the daily job; the unique key lets several workers ask without doing it twice."""
    now = runtime.clock()
    key = f"{JobName.NIGHTLY}@{now.date().isoformat()}"
    with runtime.database.read() as session:
        if session.scalar(select(Job.id).where(Job.unique_key == key)) is not None:
            return
    with suppress(IntegrityError), runtime.database.write() as session:
        outbox.enqueue(session, JobName.NIGHTLY, {}, now=now, unique_key=key)


def run_waiting(runtime: Runtime, *, limit: int = 1_000) -> int:
    """Run what is due, one after the other, in this thread; how many there were."""
    never = threading.Event()
    for count in range(limit):
        taken = _take(runtime)
        if taken is None:
            return count
        _carry_out(runtime, taken, never)
    return limit


class Worker:
    """Threads that take jobs from the table until stopped. A killed worker's jobs are taken over
    when their leases end; a stopped one gives its jobs back at the next attempt."""

    def __init__(self, runtime: Runtime, *, pause: float = 0.5) -> None:
        self._runtime, self._pause = runtime, pause
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, name=f"worker-{number}", daemon=True)
            for number in range(runtime.settings.worker_threads)
        ]

    def start(self) -> None:
        """Begin to take jobs."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Take no more jobs and let go of the ones in hand."""
        self._stop.set()
        outbox.wake.set()
        for thread in self._threads:
            thread.join(timeout=30)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                taken = _take(self._runtime)
            except Exception:
                log.warning("worker.cannot-take", exc_info=True)
                self._stop.wait(5)
                continue
            if taken is None:
                _schedule(self._runtime)
                outbox.wake.wait(self._pause)
                outbox.wake.clear()
                continue
            _carry_out(self._runtime, taken, self._stop)
