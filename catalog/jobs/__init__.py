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
from catalog.errors import RuleError
from catalog.jobs import leftovers
from catalog.jobs.checking import check_availability
from catalog.jobs.context import JobContext
from catalog.jobs.examination import examine_version, give_up_examination
from catalog.jobs.fetching import fetch_version
from catalog.jobs.formats import build_formats
from catalog.jobs.freezing import freeze_period
from catalog.jobs.harvesting import give_up_harvest, run_harvest
from catalog.jobs.letters import send_letters
from catalog.jobs.nightly import nightly
from catalog.jobs.openness import compare_openness
from catalog.jobs.sketching import sketch_tables
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
    JobName.BUILD_FORMATS: build_formats,
    JobName.RUN_HARVEST: run_harvest,
    JobName.SKETCH_TABLES: sketch_tables,
    JobName.CHECK_AVAILABILITY: check_availability,
    JobName.COMPARE_OPENNESS: compare_openness,
    JobName.FREEZE_PERIOD: freeze_period,
    JobName.SEND_LETTERS: send_letters,
    JobName.NIGHTLY: nightly,
}

GIVEN_UP: dict[str, Callable[[Session, dict[str, Any], datetime, Settings], None]] = {
    JobName.EXAMINE_VERSION: give_up_examination,
    JobName.FETCH_VERSION: give_up_examination,
    JobName.RUN_HARVEST: give_up_harvest,
}
"""What is said to the people waiting when every attempt at a job has failed."""

ATTEMPTS = 3
"""Tries of a job that fails by itself. One whose workers fall silent (killed, say) is tried up to its
own ``max_attempts``, because that need not be its fault."""

log = structlog.get_logger(__name__)


def _name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"


def _take(runtime: Runtime) -> Taken | None:
    lease = timedelta(seconds=runtime.settings.lease_seconds)
    with runtime.database.write() as session:
        return ledger.take(session, _name(), lease=lease, now=runtime.clock())


def _carry_out(runtime: Runtime, taken: Taken, stop: threading.Event) -> None:
    """Run one job under a heartbeat. Whatever happens, the row says how it ended."""
    if taken.spent:
        _note_failure(runtime, taken, "every worker that tried it fell silent")
        return
    context = JobContext(runtime, taken, threading.Event())
    ended = threading.Event()
    heart = threading.Thread(target=_beat, args=(context, ended, stop), daemon=True)
    heart.start()
    try:
        JOBS[JobName(taken.name)](context)
    except (LeaseLost, StoppedError):
        log.info("job.left", job=taken.id, name=taken.name)
        if stop.is_set():
            _put_back(runtime, taken)
    except Exception as error:
        log.warning("job.failed", job=taken.id, name=taken.name, exc_info=True)
        _note_failure(runtime, taken, type(error).__name__)
    finally:
        ended.set()
        heart.join()


def _put_back(runtime: Runtime, taken: Taken) -> None:
    _write_end(runtime, taken, lambda session: ledger.let_go(session, taken, now=runtime.clock()))


def _note_failure(runtime: Runtime, taken: Taken, error: str) -> None:
    again = taken.attempt < ATTEMPTS

    def write(session: Session) -> None:
        ledger.fail(session, taken, error, again=again, now=runtime.clock())
        if not again:
            _give_up(session, runtime, taken)

    _write_end(runtime, taken, write)


def _give_up(session: Session, runtime: Runtime, taken: Taken) -> None:
    """Tell the people waiting; the job has failed even if that cannot be told."""
    tell = GIVEN_UP.get(taken.name)
    if tell is None:
        return
    try:
        with session.begin_nested():
            tell(session, taken.args, runtime.clock(), runtime.settings)
    except RuleError:
        log.warning("job.cannot-tell", job=taken.id, name=taken.name, exc_info=True)


def _write_end(runtime: Runtime, taken: Taken, write: Callable[[Session], None]) -> None:
    """Write how an attempt ended. When even that fails, the lease ends by itself; the thread of the
    worker must outlive it."""
    try:
        with runtime.database.write() as session:
            write(session)
    except LeaseLost:
        log.info("job.left", job=taken.id, name=taken.name)
    except Exception:
        log.warning("job.end-not-written", job=taken.id, name=taken.name, exc_info=True)


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
    when their leases end; a stopped one puts back what it has in hand."""

    def __init__(self, runtime: Runtime, *, pause: float = 0.5) -> None:
        self._runtime, self._pause = runtime, pause
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, name=f"worker-{number}", daemon=True)
            for number in range(runtime.settings.worker_threads)
        ]

    def start(self) -> None:
        """Clear away what killed processes left here, and begin to take jobs."""
        leftovers.clear(self._runtime.settings.home)
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
