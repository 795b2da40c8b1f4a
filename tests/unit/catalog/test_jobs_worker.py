"""Workers: what they do with a job that fails, is taken from them, or that nobody can finish."""

import os
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select, text

from catalog import outbox
from catalog.jobs import Worker, leftovers
from catalog.models import Examination, HarvestRun, Job, Version
from catalog.outbox import JobName
from catalog.services import jobs as ledger
from catalog.settings import Settings
from schemas.vocabularies import JobState, VersionState
from tests.common.stack import Stack, open_stack, wait_until
from tests.conftest import NOW

CSV = "序号,名称\n1,甲\n2,乙\n"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with open_stack(Settings(home=tmp_path_factory.mktemp("home")), NOW) as opened:
        yield opened


def deliver(stack: Stack, tmp_path: Path) -> str:
    """A delivery that waits to be examined; its id."""
    path = tmp_path / "a.csv"
    path.write_text(CSV)
    _, resource = stack.entry()
    with path.open("rb") as file:
        answer = stack.ok(
            "POST", f"/api/v1/resources/{resource}/versions", "lin", status=202,
            data={"file": (file, "a.csv")}, content_type="multipart/form-data",
        )  # fmt: skip
    return str(answer["id"])


def ask(stack: Stack, name: JobName | str, args: dict[str, object]) -> str:
    with stack.runtime.database.write() as session:
        return outbox.enqueue(session, name, args, now=stack.clock()).id  # type: ignore[arg-type]


def row(stack: Stack, job_id: str) -> Job:
    with stack.runtime.database.read() as session:
        return session.get_one(Job, job_id)


def version(stack: Stack, version_id: str) -> Version:
    with stack.runtime.database.read() as session:
        found = session.get_one(Version, version_id)
        assert found.examination_id is None or found.examination
        return found


def later(stack: Stack) -> None:
    stack.clock.now += timedelta(hours=1)


def lose_the_file(stack: Stack, version_id: str) -> None:
    """A fault of ours: the stored bytes are gone."""
    stack.runtime.storage.delete(version(stack, version_id).sha256)


def test_a_delivery_whose_examination_breaks_three_times_says_so(
    stack: Stack, tmp_path: Path
) -> None:
    version_id = deliver(stack, tmp_path)
    lose_the_file(stack, version_id)
    for attempt in (1, 2):
        stack.work()
        held = version(stack, version_id)
        assert held.state == VersionState.EXAMINING
        job = row(stack, str(held.job_id))
        assert (job.state, job.attempts, job.error) == (JobState.WAITING, attempt, "BlobMissing")
        later(stack)
    stack.work()
    held = version(stack, version_id)
    assert row(stack, str(held.job_id)).state == JobState.FAILED
    assert held.state == VersionState.FAILED
    assert held.examination is not None
    assert [one["code"] for one in held.examination.problems] == ["examination-broke"]


def test_a_delivery_whose_workers_were_all_killed_says_so_too(stack: Stack, tmp_path: Path) -> None:
    version_id = deliver(stack, tmp_path)
    database = stack.runtime.database
    job_id = str(version(stack, version_id).job_id)
    for _ in range(row(stack, job_id).max_attempts):
        with database.write() as session:
            taken = ledger.take(session, "killed", lease=timedelta(seconds=60), now=stack.clock())
        assert taken is not None
        later(stack)
    stack.work()
    held = version(stack, version_id)
    assert row(stack, job_id).state == JobState.FAILED
    assert held.state == VersionState.FAILED
    assert held.examination is not None


def test_a_harvest_that_breaks_three_times_is_closed_so_that_another_may_start(
    stack: Stack, tmp_path: Path
) -> None:
    source = stack.ok(
        "POST", "/api/v1/sources", "admin", status=201,
        json={"name": "市统计局", "kind": "inventory", "url": "https://portal.example/a.json"},
    )["id"]  # fmt: skip
    with stack.runtime.database.write() as session:
        session.execute(
            text("UPDATE harvest_sources SET url = '', sha256 = :lost"), {"lost": "0" * 64}
        )
    run = stack.ok("POST", f"/api/v1/sources/{source}/runs", "admin", status=202)["id"]
    for _ in range(3):
        stack.work()
        later(stack)
    with stack.runtime.database.read() as session:
        held = session.get_one(HarvestRun, run)
        assert (held.state, held.complete) == (JobState.FAILED, False)
    stack.ok("POST", f"/api/v1/sources/{source}/runs", "admin", status=202)


def test_a_job_nobody_knows_or_about_nothing_fails_and_the_worker_lives_on(
    stack: Stack, tmp_path: Path
) -> None:
    odd = [
        ask(stack, "of-a-newer-release", {}),
        ask(stack, JobName.RUN_HARVEST, {"run_id": "none"}),
    ]
    good = deliver(stack, tmp_path)
    for _ in range(3):
        stack.work()
        later(stack)
    assert [row(stack, job_id).state for job_id in odd] == [JobState.FAILED] * 2
    assert version(stack, good).state == VersionState.EXAMINED


def test_of_two_jobs_asked_for_one_delivery_only_the_later_examines_it(
    stack: Stack, tmp_path: Path
) -> None:
    version_id = deliver(stack, tmp_path)
    first = str(version(stack, version_id).job_id)
    second = ask(stack, JobName.EXAMINE_VERSION, {"version_id": version_id})
    with stack.runtime.database.write() as session:
        session.get_one(Version, version_id).job_id = second
    stack.work()
    assert [row(stack, job_id).state for job_id in (first, second)] == [JobState.DONE] * 2
    with stack.runtime.database.read() as session:
        made = select(Examination.id).where(Examination.version_id == version_id)
        assert len(session.scalars(made).all()) == 1


def test_effects_and_done_are_one_commit(stack: Stack, tmp_path: Path) -> None:
    version_id = deliver(stack, tmp_path)
    engine = stack.runtime.database.engine

    def refuse(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO audit_events"):
            raise OSError("the disk is full")

    event.listen(engine, "before_cursor_execute", refuse)
    stack.work()
    event.remove(engine, "before_cursor_execute", refuse)
    held = version(stack, version_id)
    assert (held.state, held.examination_id) == (VersionState.EXAMINING, None)
    assert row(stack, str(held.job_id)).state == JobState.WAITING
    later(stack)
    stack.work()
    assert version(stack, version_id).state == VersionState.EXAMINED


def test_a_stopped_worker_puts_its_job_back_and_another_finishes_it(
    stack: Stack, tmp_path: Path
) -> None:
    version_id = deliver(stack, tmp_path)
    job_id = str(version(stack, version_id).job_id)
    worker = Worker(stack.runtime, pause=0.05)
    worker.start()
    wait_until(lambda: row(stack, job_id).state == JobState.RUNNING)
    worker.stop()
    job = row(stack, job_id)
    assert job.state in {JobState.WAITING, JobState.DONE}
    assert job.attempts == (job.state == JobState.DONE)
    stack.work()
    assert version(stack, version_id).state == VersionState.EXAMINED
    assert not [one for one in threading.enumerate() if one.name.startswith("worker-")]


def test_a_waiting_worker_is_woken_by_the_commit_and_runs_the_daily_job_once(
    stack: Stack, tmp_path: Path
) -> None:
    stack.clock.now += timedelta(days=1)
    key = f"{JobName.NIGHTLY}@{stack.clock.now.date().isoformat()}"
    workers = [Worker(stack.runtime, pause=20), Worker(stack.runtime, pause=20)]
    for worker in workers:
        worker.start()

    def nightly_done() -> bool:
        with stack.runtime.database.read() as session:
            daily = select(Job.state).where(Job.unique_key == key)
            return session.scalars(daily).all() == [JobState.DONE]

    wait_until(nightly_done)
    begun = time.monotonic()
    version_id = deliver(stack, tmp_path)
    wait_until(lambda: version(stack, version_id).state == VersionState.EXAMINED)
    assert time.monotonic() - begun < 10
    for worker in workers:
        worker.stop()


def test_what_killed_processes_left_on_the_disk_is_cleared_after_a_day(stack: Stack) -> None:
    home = stack.runtime.settings.home
    old, fresh = home / "work" / "job-old", home / "work" / "job-fresh"
    half = home / "incoming" / "0.part"
    for folder in (old / "out", fresh / "out", half.parent):
        folder.mkdir(parents=True, exist_ok=True)
    half.write_bytes(b"half")
    yesterday = time.time() - leftovers.SECONDS - 60
    for place in (old, half):
        os.utime(place, (yesterday, yesterday))
    ask(stack, JobName.NIGHTLY, {})
    stack.work()
    assert (old.exists(), half.exists(), fresh.exists()) == (False, False, True)
