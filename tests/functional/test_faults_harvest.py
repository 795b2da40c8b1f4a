"""A harvest whose workers are killed ends as if nothing had happened."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from catalog.auth import SYSTEM
from catalog.jobs.harvesting import BATCH
from catalog.models import AuditEvent, Dataset, HarvestRun, HarvestRunItem, Job
from catalog.services import audit, harvesting
from catalog.services.audit import AuditTag
from schemas.vocabularies import JobState
from tests.common.deliveries import Place, count, open_place
from tests.common.processes import poll, workers
from tests.common.stack import wait_until

LEASE_SECONDS = 2
RECORDS = 8 * BATCH
TRIES = 10
"""A preview may be over before the test has looked."""


@pytest.fixture(
    scope="module", params=["embedded", pytest.param("scaled", marks=pytest.mark.scaled)]
)
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """The product on either stack, by the real clock."""
    urls = request.getfixturevalue("servers") if request.param == "scaled" else None
    with open_place(tmp_path_factory.mktemp("place"), LEASE_SECONDS, urls) as opened:
        yield opened


@pytest.fixture(scope="module")
def source(place: Place) -> str:
    """An inventory with one record that will be refused, because nobody publishes it."""
    records = [
        {
            "标题": f"演示目录{n}",
            "来源部门": f"演示局{n % 7}" if n != 3 else "",
            "开放条件": "无条件开放",
            "更新频率": "每年",
            "描述": f"第{n}项资源的说明",
            "详情页网址": f"https://portal.example/detail?id={n}",
        }
        for n in range(RECORDS)
    ]
    path = place.logs / "inventory.json"
    path.write_text(json.dumps(records, ensure_ascii=False))
    blob = place.stack.runtime.storage.put_file(path)
    with place.stack.runtime.database.write() as session:
        given = {"name": "inventory", "kind": "inventory"}
        return harvesting.add_source(session, SYSTEM, given, blob=blob, now=datetime.now(UTC)).id


def ask(place: Place, source: str, *, preview: bool = False) -> str:
    with place.stack.runtime.database.write() as session:
        return harvesting.start_run(
            session, SYSTEM, source, preview=preview, now=datetime.now(UTC)
        ).id


def state(place: Place, run: str) -> str:
    with place.stack.runtime.database.read() as session:
        return session.get_one(HarvestRun, run).state


def items(place: Place, run: str) -> int:
    with place.stack.runtime.database.read() as session:
        return (
            session.scalar(
                select(func.count(HarvestRunItem.id)).where(HarvestRunItem.run_id == run)
            )
            or 0
        )


def counts(place: Place, run: str) -> dict[str, int]:
    with place.stack.runtime.database.read() as session:
        held = session.get_one(HarvestRun, run)
        found = harvesting.counts(session, held) | {"same": held.message["same"]}
    return {name: number for name, number in found.items() if number}


def killed(place: Place, source: str, *, preview: bool) -> str:
    """A run whose worker is killed after the first batch; another finishes it. Its id."""
    with workers(place.env, place.logs, 2) as alive:
        for _ in range(TRIES):
            run = ask(place, source, preview=preview)
            poll(lambda run=run: items(place, run) >= BATCH or ended(place, run), pause=0.001)
            for holder in holders(place):
                alive.pop(holder).kill()
            wait_until(lambda run=run: ended(place, run), 60)
            if len(alive) == 1:
                break
    assert len(alive) == 1, "no worker was met at work"
    assert state(place, run) == JobState.DONE
    return run


def ended(place: Place, run: str) -> bool:
    return state(place, run) in {JobState.DONE, JobState.FAILED}


def holders(place: Place) -> list[int]:
    with place.stack.runtime.database.read() as session:
        held = select(Job.worker).where(Job.state == JobState.RUNNING, Job.name == "run-harvest")
        return [int(worker.split(":")[1]) for worker in session.scalars(held)]


def test_a_preview_killed_half_way_tells_of_each_record_once(place: Place, source: str) -> None:
    run = killed(place, source, preview=True)
    assert counts(place, run) == {"new": RECORDS}
    assert count(place.stack.runtime, Dataset) == 0


def test_a_run_killed_half_way_takes_over_each_record_once(place: Place, source: str) -> None:
    run = killed(place, source, preview=False)
    assert counts(place, run) == {"new": RECORDS - 1, "error": 1}
    assert count(place.stack.runtime, Dataset) == RECORDS - 1
    with place.stack.runtime.database.read() as session:
        created = select(func.count(AuditEvent.sequence)).where(
            AuditEvent.tag == AuditTag.DATASET_CREATED
        )
        assert session.scalar(created) == RECORDS - 1
        assert audit.verify(session, SYSTEM).broken_at is None
    again = ask(place, source)
    place.stack.clock.now = datetime.now(UTC)
    place.stack.work()
    assert counts(place, again) == {"same": RECORDS - 1, "error": 1}
