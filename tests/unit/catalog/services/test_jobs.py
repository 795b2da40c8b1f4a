"""The ledger of jobs: leases, fences, retries, and that no two workers ever hold the same job."""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

import catalog.models
from catalog import outbox
from catalog.auth import ANONYMOUS, SYSTEM
from catalog.db import Base, Database, open_database
from catalog.errors import RuleError
from catalog.models import Job
from catalog.outbox import JobName
from catalog.services import jobs
from catalog.services.jobs import LeaseLost, Taken
from schemas.vocabularies import JobState
from tests.common.servers import new_database

LEASE = timedelta(seconds=60)
SECOND = timedelta(seconds=1)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.scaled)])
def held(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A fresh database of either kind."""
    assert catalog.models.__all__
    url = f"sqlite:///{tmp_path}/jobs.db"
    if request.param == "postgresql":
        url = new_database(request.getfixturevalue("servers")[0])
    opened = open_database(url)
    Base.metadata.create_all(opened.engine)
    yield opened
    opened.engine.dispose()


def ask(database: Database, now: datetime, *, key: str | None = None) -> str:
    with database.write() as session:
        return outbox.enqueue(session, JobName.NIGHTLY, {}, now=now, unique_key=key).id


def take(database: Database, now: datetime, worker: str = "one") -> Taken | None:
    with database.write() as session:
        return jobs.take(session, worker, lease=LEASE, now=now)


def job(database: Database, job_id: str) -> Job:
    with database.read() as session:
        return session.get_one(Job, job_id)


def sure(taken: Taken | None) -> Taken:
    assert taken is not None
    return taken


def test_a_job_is_held_by_one_worker_until_its_lease_ends(held: Database, now: datetime) -> None:
    job_id = ask(held, now)
    first = sure(take(held, now))
    assert (first.id, first.fence, first.attempt) == (job_id, 1, 1)
    assert take(held, now + LEASE - SECOND, "two") is None
    second = sure(take(held, now + LEASE + SECOND, "two"))
    assert (second.id, second.fence, second.attempt) == (job_id, 2, 2)


def test_a_job_is_not_taken_before_it_is_due(held: Database, now: datetime) -> None:
    ask(held, now + timedelta(minutes=5))
    assert take(held, now) is None
    assert take(held, now + timedelta(minutes=5)) is not None


def test_the_oldest_job_that_is_due_comes_first(held: Database, now: datetime) -> None:
    later, sooner = ask(held, now), ask(held, now - SECOND)
    assert [sure(take(held, now)).id, sure(take(held, now)).id] == [sooner, later]


def test_a_heartbeat_extends_the_lease(held: Database, now: datetime) -> None:
    ask(held, now)
    taken = sure(take(held, now))
    with held.write() as session:
        jobs.keep(session, taken, lease=LEASE, now=now + LEASE - SECOND)
    assert take(held, now + LEASE + SECOND, "two") is None
    assert take(held, now + 2 * LEASE, "two") is not None


@pytest.mark.parametrize("write", ["keep", "note", "finish", "fail", "let_go"])
def test_a_worker_that_lost_its_lease_writes_nothing(
    held: Database, now: datetime, write: str
) -> None:
    job_id = ask(held, now)
    late = sure(take(held, now))
    sure(take(held, now + 2 * LEASE, "two"))
    writes = {
        "keep": lambda s: jobs.keep(s, late, lease=LEASE, now=now),
        "note": lambda s: jobs.note(s, late, 0.5, "reading"),
        "finish": lambda s: jobs.finish(s, late, now=now),
        "fail": lambda s: jobs.fail(s, late, "ValueError", again=False, now=now),
        "let_go": lambda s: jobs.let_go(s, late, now=now),
    }

    def effects() -> None:
        with held.write() as session:
            outbox.touch_search(session, 1, now)
            writes[write](session)

    with pytest.raises(LeaseLost):
        effects()
    with held.read() as session:
        assert session.scalar(select(func.count(catalog.models.SearchChange.sequence))) == 0
    row = job(held, job_id)
    assert (row.state, row.fence, row.worker, row.message) == (JobState.RUNNING, 2, "two", "")


def test_nothing_is_written_for_a_job_that_is_done(held: Database, now: datetime) -> None:
    job_id = ask(held, now)
    taken = sure(take(held, now))
    with held.write() as session:
        jobs.finish(session, taken, now=now)
    with pytest.raises(LeaseLost), held.write() as session:
        jobs.finish(session, taken, now=now)
    row = job(held, job_id)
    assert (row.state, row.progress, row.lease_until) == (JobState.DONE, 1.0, None)
    assert take(held, now + 10 * LEASE) is None


def test_failed_attempts_wait_longer_each_time_and_the_last_gives_up(
    held: Database, now: datetime
) -> None:
    job_id = ask(held, now)
    for attempt, pause in ((1, 2), (2, 4), (3, 8)):
        taken = sure(take(held, now))
        assert taken.attempt == attempt
        with held.write() as session:
            jobs.fail(session, taken, "OSError", again=True, now=now)
        assert job(held, job_id).run_after == now + timedelta(seconds=pause)
        now += timedelta(seconds=pause)
    taken = sure(take(held, now))
    with held.write() as session:
        jobs.fail(session, taken, "OSError", again=False, now=now)
    row = job(held, job_id)
    assert (row.state, row.error, row.finished_at) == (JobState.FAILED, "OSError", now)
    assert take(held, now + 100 * LEASE) is None


def test_a_job_whose_workers_all_fell_silent_is_held_once_more_to_be_given_up(
    held: Database, now: datetime
) -> None:
    job_id = ask(held, now)
    most = job(held, job_id).max_attempts
    for attempt in range(1, most + 1):
        taken = sure(take(held, now))
        assert (taken.attempt, taken.spent) == (attempt, False)
        now += 2 * LEASE
    last = sure(take(held, now))
    assert (last.attempt, last.spent, last.fence) == (most, True, most + 1)
    with held.write() as session:
        jobs.fail(session, last, "silent", again=False, now=now)
    assert job(held, job_id).state == JobState.FAILED


def test_a_job_put_back_by_a_stopping_worker_is_due_at_once_and_costs_no_attempt(
    held: Database, now: datetime
) -> None:
    ask(held, now)
    with held.write() as session:
        jobs.let_go(session, sure(jobs.take(session, "one", lease=LEASE, now=now)), now=now)
    again = sure(take(held, now, "two"))
    assert (again.attempt, again.fence) == (1, 2)


def test_many_workers_at_once_take_every_job_exactly_once(held: Database, now: datetime) -> None:
    asked = {ask(held, now) for _ in range(40)}
    got: list[str] = []
    start = threading.Barrier(6)

    def work(name: str) -> None:
        start.wait()
        idle = 0
        while idle < 3:  # on PostgreSQL a row that another holds is passed over
            taken = take(held, now, name)
            idle = idle + 1 if taken is None else 0
            if taken is not None:
                got.append(taken.id)

    threads = [threading.Thread(target=work, args=(str(n),)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Counter(got) == Counter(asked)


def test_a_job_of_a_transaction_that_was_rolled_back_does_not_exist(
    held: Database, now: datetime
) -> None:
    outbox.wake.clear()

    def break_off() -> None:
        with held.write() as session:
            outbox.enqueue(session, JobName.NIGHTLY, {}, now=now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert take(held, now) is None
    assert not outbox.wake.is_set()


def test_only_the_commit_wakes_the_worker_not_the_release_of_a_savepoint(
    held: Database, now: datetime
) -> None:
    outbox.wake.clear()
    with held.write() as session:
        with session.begin_nested():
            outbox.enqueue(session, JobName.NIGHTLY, {}, now=now)
        assert not outbox.wake.is_set()
        with session.begin_nested():
            outbox.touch_search(session, 1, now)
        assert not outbox.wake.is_set()
    assert outbox.wake.is_set()
    outbox.wake.clear()
    with held.write() as session:
        outbox.touch_search(session, 1, now)
    assert not outbox.wake.is_set()


def test_work_with_a_key_is_asked_for_only_once(held: Database, now: datetime) -> None:
    assert ask(held, now, key="nightly@1") == ask(held, now, key="nightly@1")
    assert ask(held, now, key="nightly@2") != ask(held, now, key="nightly@1")


def test_people_see_only_jobs_of_their_units(held: Database, now: datetime) -> None:
    job_id = ask(held, now)
    with held.read() as session:
        assert jobs.get(session, SYSTEM, job_id).id == job_id
        assert [one.id for one in jobs.recent(session, SYSTEM)] == [job_id]
        assert jobs.recent(session, ANONYMOUS) == []
        with pytest.raises(RuleError):
            jobs.get(session, ANONYMOUS, job_id)
