"""Hours of bad luck: workers killed and put to sleep at random, a store killed at every system call."""

import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import func, select

from catalog import outbox
from catalog.models import Job, SearchChange
from catalog.outbox import JobName
from catalog.services import jobs as ledger
from catalog.services.jobs import LeaseLost
from datasets.storage import open_storage
from schemas.vocabularies import JobState
from tests.common.deliveries import (
    Place,
    assert_examined_once,
    deliver,
    ended,
    open_place,
    standing,
)
from tests.common.processes import Running, examinations_under, run, started
from tests.common.stack import wait_until

ROUNDS = int(os.environ.get("GONGKAI_SOAK_ROUNDS", "25"))
LEASE_SECONDS = 2
ROOT = Path(__file__).parents[2]
CALLS = "write,fsync,rename,unlink,fchmod"
"""System calls that change the disk while a blob is stored."""


@pytest.fixture(
    scope="module", params=["embedded", pytest.param("scaled", marks=pytest.mark.scaled)]
)
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """The product on either stack."""
    urls = request.getfixturevalue("servers") if request.param == "scaled" else None
    with open_place(tmp_path_factory.mktemp("place"), LEASE_SECONDS, urls) as opened:
        yield opened


def harm(one: Running, kind: str, chance: random.Random) -> None:
    """Kill a worker, or let it sleep past its lease."""
    if kind == "kill":
        one.kill()
        return
    one.pause()
    time.sleep(LEASE_SECONDS * chance.uniform(0.5, 2))
    one.go_on()


def test_random_kills_and_sleeps_leave_each_delivery_examined_once(place: Place) -> None:
    chance, runtime = random.Random(20261123), place.stack.runtime
    for _ in range(ROUNDS):
        version = deliver(place, chance.choice((2, 500, 5_000)))
        for _ in range(3):  # fewer than the attempts a job has
            with started(place.env, place.logs, "worker") as worker:
                time.sleep(chance.uniform(0, 4))
                harm(worker, chance.choice(("kill", "sleep")), chance)
        with started(place.env, place.logs, "worker"):
            wait_until(lambda version=version: ended(runtime, version), 120)
        assert standing(runtime, version).attempts <= 4
        assert_examined_once(runtime, version)
    wait_until(lambda: not examinations_under(place.home))
    code, said = run(place.env, place.logs, "check", "--bytes")
    assert code == 0, said


def test_thousands_of_jobs_under_sleepy_workers_have_their_effect_once(place: Place) -> None:
    """The ledger alone: an effect is a row; workers sleep past their leases at random."""
    database, many = place.stack.runtime.database, 40 * ROUNDS
    lease = timedelta(seconds=0.2)
    with database.write() as session:
        first = session.scalar(select(func.max(SearchChange.sequence))) or 0
        asked = [
            outbox.enqueue(session, JobName.NIGHTLY, {"n": 1_000_000 + n}, now=datetime.now(UTC)).id
            for n in range(many)
        ]
        session.execute(Job.__table__.update().values(max_attempts=1_000))
    lost: Counter[str] = Counter()

    def work(seed: int) -> None:
        chance, idle = random.Random(seed), 0
        while idle < 20:
            with database.write() as session:
                taken = ledger.take(session, str(seed), lease=lease, now=datetime.now(UTC))
            idle = 0 if taken else idle + 1
            if taken is None:
                time.sleep(0.05)
                continue
            if chance.random() < 0.05:
                time.sleep(0.3)
            try:
                with database.write() as session:
                    ledger.keep(session, taken, lease=lease, now=datetime.now(UTC))
                    outbox.touch_search(session, int(taken.args["n"]), datetime.now(UTC))
                    ledger.finish(session, taken, now=datetime.now(UTC))
            except LeaseLost:
                lost[taken.id] += 1

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        effects = Counter(
            session.scalars(
                select(SearchChange.dataset_id).where(
                    SearchChange.sequence > first, SearchChange.dataset_id >= 1_000_000
                )
            )
        )
        states = set(session.scalars(select(Job.state).where(Job.id.in_(asked))))
    assert effects == Counter(range(1_000_000, 1_000_000 + many))
    assert states == {JobState.DONE}
    assert lost


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not here")
def test_a_store_killed_at_every_system_call_holds_whole_blobs_or_none(tmp_path: Path) -> None:
    source = tmp_path / "source.bin"
    source.write_bytes(random.Random(1).randbytes(700_000))
    root = tmp_path / "files"
    script = (
        "import sys; from pathlib import Path; from datasets.storage import open_storage\n"
        f"print(open_storage('file:{root}', Path('{tmp_path}/cache')).put_file(Path('{source}')).sha256)"
    )
    traced = ["strace", "-f", "-qq", "-o", os.devnull]
    for number in count(1):
        shutil.rmtree(root, ignore_errors=True)
        done = subprocess.run(
            [*traced, "-e", f"inject={CALLS}:signal=KILL:when={number}", sys.executable, "-c", script],
            cwd=ROOT, capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        store = open_storage(f"file:{root}", tmp_path / "cache")
        held = list(store.iter_hashes())
        assert all(store.verify(sha256) for sha256 in held), number
        if done.returncode == 0:
            assert held == [done.stdout.strip()]
            break
        assert not done.stdout, number  # nothing was acknowledged
    assert number > 5
