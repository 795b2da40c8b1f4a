"""Processes killed or put to sleep in the middle of a delivery lose nothing and double nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from catalog.models import Job, Version
from schemas.vocabularies import JobState
from tests.common import deliveries
from tests.common.deliveries import (
    Place,
    assert_examined_once,
    deliver,
    ended,
    holder,
    open_place,
    standing,
    upload,
)
from tests.common.processes import examinations_under, poll, run, started, webs, workers
from tests.common.stack import wait_until

LEASE_SECONDS = 2
ROWS = 5_000
HALF = 2 * 2**20
"""More than the server keeps of a body in memory."""


@pytest.fixture(
    scope="module", params=["embedded", pytest.param("scaled", marks=pytest.mark.scaled)]
)
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """The product on either stack, by the real clock, which its processes go by."""
    urls = request.getfixturevalue("servers") if request.param == "scaled" else None
    with open_place(tmp_path_factory.mktemp("place"), LEASE_SECONDS, urls) as opened:
        yield opened


def test_workers_killed_at_different_moments_leave_one_whole_examination(place: Place) -> None:
    runtime = place.stack.runtime
    version = deliver(place, ROWS)
    before = len(set(runtime.storage.iter_hashes()))
    moments = (
        lambda: standing(runtime, version).stage != "",  # the child is reading
        lambda: len(set(runtime.storage.iter_hashes())) > before,  # artefacts stored, not recorded
    )
    with workers(place.env, place.logs, len(moments) + 1) as alive:
        killed = 0
        for moment in moments:
            poll(lambda: holder(runtime, version) in alive or ended(runtime, version))
            poll(lambda moment=moment: moment() or ended(runtime, version))
            victim = holder(runtime, version)
            if victim in alive:
                alive.pop(victim).kill()
                killed += 1
        wait_until(lambda: ended(runtime, version), 60)
        found = standing(runtime, version)
        assert killed >= 1
        assert found.fence == found.attempts > killed
        assert_examined_once(runtime, version)
        wait_until(lambda: not examinations_under(place.home))
    code, said = run(place.env, place.logs, "check", "--bytes")
    assert code == 0, said


def test_a_worker_that_slept_past_its_lease_writes_nothing_more(place: Place) -> None:
    runtime = place.stack.runtime
    version = deliver(place, ROWS)
    with workers(place.env, place.logs, 2) as alive:
        assert poll(lambda: standing(runtime, version).stage != "")
        sleeper = alive[holder(runtime, version)]
        sleeper.pause()
        wait_until(lambda: ended(runtime, version), 60)
        before = standing(runtime, version)
        blobs = set(runtime.storage.iter_hashes())
        sleeper.go_on()
        wait_until(lambda: "job.left" in sleeper.said(), 60)
        assert standing(runtime, version) == before
        assert before.attempts >= 2
        assert set(runtime.storage.iter_hashes()) == blobs
        assert_examined_once(runtime, version)
        assert "job.failed" not in sleeper.said()


def test_a_web_process_killed_during_an_upload_leaves_nothing_half(place: Place) -> None:
    runtime, stack = place.stack.runtime, place.stack
    stack.clock.now = datetime.now(UTC)
    _, resource = stack.entry()
    content = deliveries.table(50)
    body = deliveries.multipart(content)
    counts = [deliveries.count(runtime, model) for model in (Version, Job)]
    blobs = set(runtime.storage.iter_hashes())
    with webs(place.env, place.logs, 3) as ((first, one), (second, two), (_, three)):
        with deliveries.sending(one, stack, resource, 2 * HALF) as connection:
            connection.send(body + bytes(HALF - len(body)))
            wait_until(lambda: deliveries.arriving(place, first.pid))
            first.kill()
        assert [deliveries.count(runtime, model) for model in (Version, Job)] == counts
        assert set(runtime.storage.iter_hashes()) == blobs
        with (
            deliveries.trail_locked(runtime),
            deliveries.sending(two, stack, resource, len(body)) as connection,
        ):
            connection.send(body)
            wait_until(lambda: set(runtime.storage.iter_hashes()) > blobs)
            second.kill()  # the bytes are stored, the delivery cannot have been committed
        assert [deliveries.count(runtime, model) for model in (Version, Job)] == counts
        # The process that made the index may be among those killed; the next begins it again.
        told = [run(place.env, place.logs, "check", "--bytes")]
        wait_until(
            lambda: told[-1][0] == 0 or told.append(run(place.env, place.logs, "check", "--bytes"))
        )
        assert "1 stored without a name" in told[-1][1]
        version = upload(three, stack, resource, content)
        wait_until(lambda: ended(runtime, version), 60)
        assert_examined_once(runtime, version)
        assert (
            stack.ok("GET", f"/api/v1/resources/{resource}/versions", "lin")["items"][0]["number"]
            == 1
        )


def test_a_worker_that_is_told_to_stop_puts_its_job_back(place: Place) -> None:
    runtime = place.stack.runtime
    version = deliver(place, ROWS)
    with started(place.env, place.logs, "worker") as worker:
        assert poll(lambda: standing(runtime, version).stage != "")
        assert worker.terminate() == 0
        found = standing(runtime, version)
        assert (found.job, found.attempts) in {(JobState.WAITING, 0), (JobState.DONE, 1)}
        assert not examinations_under(place.home)
    place.stack.clock.now = datetime.now(UTC)
    place.stack.work()
    assert_examined_once(runtime, version)
