"""One run of a harvest: read, compare, take over in batches, then see what is missing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.auth import SYSTEM
from catalog.jobs.context import JobContext
from catalog.jobs.fetching import fetch_policy
from catalog.models import HarvestRun, HarvestRunItem, Unit
from catalog.services import facts, harvesting
from catalog.services.harvesting import Seen
from catalog.settings import Settings
from datasets.storage import Storage
from harvesters import SOURCES
from harvesters.changes import KnownRecord, Plan, digest, plan
from harvesters.contract import Fetch, RecordError, SourceConfig, SourceProblem
from harvesters.http import Fetched, FetchProblem, fetch
from schemas.records import Message, Problem
from schemas.vocabularies import HarvestOutcome, JobState

BATCH = 50
ITEM_CHARS = 500
"""What an item keeps of a record's identifier."""


@dataclass
class Reading:
    """What reading a source gave: digests of all, records of those that are not as remembered."""

    digests: list[tuple[str, str]] = field(default_factory=list)
    fresh: list[Seen] = field(default_factory=list)
    errors: list[RecordError] = field(default_factory=list)
    problem: Problem | None = None
    noted: frozenset[str] = frozenset()
    """Records that an attempt of this run has told of already, before it was killed."""

    @property
    def complete(self) -> bool:
        """Read to the end, and every record had an identifier."""
        return self.problem is None and all(error.remote_id for error in self.errors)

    def told(self, remote_id: str) -> bool:
        """Whether this run has an item of the record."""
        return remote_id[:ITEM_CHARS] in self.noted


def run_harvest(context: JobContext) -> None:
    """Carry out a run. Killed and begun again, it goes on where the directory stands."""
    runtime = context.runtime
    with context.step() as session:
        run = harvesting.get_run(session, SYSTEM, context.args["run_id"])
        run.state = JobState.RUNNING
        source = harvesting.get_source(session, SYSTEM, run.source_id)
        unit = session.get(Unit, source.default_unit_id) if source.default_unit_id else None
        known = harvesting.known_records(session, source.id)
        noted = _noted(session, run)
    config = SourceConfig(
        kind=source.kind,
        url=source.url or source.name,
        publisher=unit.name if unit else "",
        filters=dict(source.config.get("filters", {})),
    )
    reading = _read(config, _fetcher(context, source.sha256), known)
    reading.noted = noted
    reading.fresh = [seen for seen in reading.fresh if not reading.told(seen.record.remote_id)]
    compared = plan(
        reading.digests,
        known,
        complete=reading.complete,
        today=facts.day(runtime.clock()),
        grace_days=runtime.settings.harvest_grace_days,
        max_gone_share=runtime.settings.harvest_gone_percent / 100,
        max_gone=1_000,
        approved=run.approved_gone,
    )
    _apply(context, run.id, reading, compared)


def _noted(session: Session, run: HarvestRun) -> frozenset[str]:
    items = select(HarvestRunItem.remote_id).where(HarvestRunItem.run_id == run.id)
    return frozenset(session.scalars(items))


def _fetcher(context: JobContext, sha256: str) -> Fetch:
    if sha256:
        return StoredFile(context.runtime.storage, sha256)
    policy = fetch_policy(context.runtime.settings)

    def fetch_remote(url: str, *, out: BinaryIO | None = None) -> Fetched:
        return fetch(url, policy=policy, out=out)

    return fetch_remote


@dataclass(frozen=True)
class StoredFile:
    """Answers every fetch with one stored file: an inventory that was uploaded."""

    storage: Storage
    sha256: str

    def __call__(self, url: str, *, out: BinaryIO | None = None) -> Fetched:
        """The file's bytes, as if they had come from ``url``."""
        with self.storage.local_path(self.sha256) as path:
            body = path.read_bytes()
        if out is not None:
            out.write(body)
            body = b""
        return Fetched(url, {}, "application/octet-stream", len(body), self.sha256, body)


def _read(config: SourceConfig, fetcher: Fetch, known: dict[str, KnownRecord]) -> Reading:
    reading = Reading()
    try:
        for item in SOURCES[config.kind](config, fetcher):
            if isinstance(item, RecordError):
                reading.errors.append(item)
                if item.remote_id:
                    reading.digests.append((item.remote_id, ""))
                continue
            value = digest(item)
            reading.digests.append((item.remote_id, value))
            remembered = known.get(item.remote_id)
            if remembered is None or remembered.digest != value:
                reading.fresh.append(Seen(item, value))
    except (SourceProblem, FetchProblem) as error:
        reading.problem = error.problem
    return reading


def _apply(context: JobContext, run_id: str, reading: Reading, compared: Plan) -> None:
    new = set(compared.new)
    batches = [
        (HarvestOutcome.NEW, [seen for seen in reading.fresh if seen.record.remote_id in new]),
        (
            HarvestOutcome.CHANGED,
            [seen for seen in reading.fresh if seen.record.remote_id not in new],
        ),
    ]
    done = 0
    for outcome, fresh in batches:
        for part in _parts(fresh):
            with context.step() as session:
                run = harvesting.get_run(session, SYSTEM, run_id)
                harvesting.apply_records(
                    session, SYSTEM, run, part, outcome, now=context.runtime.clock()
                )
            done += len(part)
            context.note(done / max(1, len(reading.fresh)) * 0.95, f"{done} / {len(reading.fresh)}")
    with context.effects() as session:
        run = harvesting.get_run(session, SYSTEM, run_id)
        _finish(session, run, reading, compared, context.runtime.clock())


def _finish(
    session: Session, run: HarvestRun, reading: Reading, compared: Plan, now: datetime
) -> None:
    for error in reading.errors:
        harvesting.note_error(session, run, error)
    harvesting.apply_absences(session, SYSTEM, run, compared, now=now)
    harvesting.finish_run(
        session,
        SYSTEM,
        run,
        complete=reading.complete,
        same=sum(not reading.told(one) for one in compared.same),
        problem=reading.problem,
        now=now,
    )


def _parts(seen: list[Seen]) -> Iterable[list[Seen]]:
    return (seen[start : start + BATCH] for start in range(0, len(seen), BATCH))


def give_up_harvest(
    session: Session, args: dict[str, Any], now: datetime, settings: Settings
) -> None:
    """All attempts failed for a reason of ours: close the run, so that another may be started."""
    run = harvesting.get_run(session, SYSTEM, args["run_id"])
    problem = Problem(
        "run-broke",
        Message("The run broke off several times; what it had taken over stays."),
        Message("Start another run; the operator finds the cause under the job's number."),
    )
    harvesting.finish_run(session, SYSTEM, run, complete=False, same=0, problem=problem, now=now)
