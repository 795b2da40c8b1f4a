"""Harvesting other catalogues: sources, runs, and what became of each record.

Reading is done by the ``harvesters`` package; here is what it means for the directory. A second run
of an unchanged source writes no entry. Vanished records are archived after a grace period, and never
more of them than a threshold without a person's approval.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog import outbox
from catalog.auth import Identity, Permission, require
from catalog.errors import Conflict, RuleError, missing
from catalog.models import Dataset, HarvestRecord, HarvestRun, HarvestRunItem, HarvestSource
from catalog.outbox import JobName
from catalog.services import audit, directory, facts, harvested, paging, publishing, units, values
from catalog.services.audit import AuditTag
from datasets.storage import Blob
from harvesters import SOURCES
from harvesters.changes import KnownRecord, Plan
from harvesters.contract import RecordError
from schemas.records import DatasetRecord, Message, Problem
from schemas.vocabularies import DatasetState, HarvestOutcome, JobState


@dataclass(frozen=True, slots=True)
class Seen:
    """One record as a run saw it, with its digest."""

    record: DatasetRecord
    digest: str


def _filters(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or len(value) > 20:
        raise values.Bad("must be at most 20 pairs of texts")
    single = values.line(500)
    return {single(name): single(text) for name, text in value.items()}


SOURCE: dict[str, values.Cleaner] = {
    "name": values.line(200, required=True),
    "kind": values.line(20, required=True),
    "url": values.address,
    "region": values.line(100),
    "default_unit": values.line(32),
    "create_units": values.flag,
    "filters": _filters,
}


def add_source(
    session: Session,
    actor: Identity,
    given: Mapping[str, Any],
    *,
    blob: Blob | None = None,
    now: datetime,
) -> HarvestSource:
    """Set up a source. An inventory file may be given as stored bytes instead of an address."""
    require(actor, Permission.SOURCE_MANAGE)
    cleaned = values.check(given, SOURCE, required=("name", "kind"))
    if cleaned["kind"] not in SOURCES:
        raise values.refusal(
            {"kind": [Message("must be one of: %(words)s", {"words": ", ".join(SOURCES)})]}
        )
    if not cleaned.get("url") and blob is None:
        raise values.refusal({"url": [Message("is needed")]})
    if session.scalar(select(HarvestSource.id).where(HarvestSource.name == cleaned["name"])):
        raise values.refusal({"name": [Message("there is already a source of this name")]})
    unit_code = cleaned.get("default_unit", "")
    source = HarvestSource(
        name=cleaned["name"],
        kind=cleaned["kind"],
        url=cleaned.get("url", ""),
        sha256=blob.sha256 if blob else "",
        config={
            "region": cleaned.get("region", ""),
            "filters": cleaned.get("filters", {}),
        },
        default_unit_id=units.get(session, unit_code).id if unit_code else None,
        create_units=cleaned.get("create_units", True),
        created_at=now,
        created_by=actor.name,
    )
    session.add(source)
    session.flush()
    audit.record(
        session, actor, AuditTag.SOURCE_ADDED, "source", source.id, now=now, name=source.name,
        kind=source.kind, url=source.url,
    )  # fmt: skip
    return source


def renew_file(
    session: Session, actor: Identity, source: HarvestSource, blob: Blob, *, now: datetime
) -> None:
    """A new state of an inventory file; the next run compares it with the last."""
    require(actor, Permission.SOURCE_MANAGE)
    source.sha256 = blob.sha256
    audit.record(
        session, actor, AuditTag.SOURCE_AMENDED, "source", source.id, now=now, sha256=blob.sha256
    )


def sources(session: Session, actor: Identity) -> list[HarvestSource]:
    """All sources by name."""
    require(actor, Permission.SOURCE_READ)
    return list(session.scalars(select(HarvestSource).order_by(HarvestSource.name)))


def get_source(session: Session, actor: Identity, source_id: str) -> HarvestSource:
    """One source."""
    require(actor, Permission.SOURCE_READ)
    source = session.get(HarvestSource, source_id)
    if source is None:
        raise missing("source")
    return source


def named_source(session: Session, actor: Identity, name: str) -> HarvestSource | None:
    """A source by its name."""
    require(actor, Permission.SOURCE_READ)
    return session.scalar(select(HarvestSource).where(HarvestSource.name == name))


def start_run(
    session: Session,
    actor: Identity,
    source_id: str,
    *,
    preview: bool = False,
    approve_gone: bool = False,
    now: datetime,
) -> HarvestRun:
    """Ask for a run; one at a time per source. A preview writes no entry."""
    require(actor, Permission.SOURCE_MANAGE)
    source = get_source(session, actor, source_id)
    busy = session.scalar(
        select(HarvestRun.id).where(
            HarvestRun.source_id == source.id,
            HarvestRun.state.in_((JobState.WAITING, JobState.RUNNING)),
        )
    )
    if busy is not None:
        raise Conflict(
            "run-under-way",
            Message("A run of this source is still under way."),
            Message("Wait for it to end."),
        )
    run = HarvestRun(
        source_id=source.id,
        preview=preview,
        approved_gone=approve_gone,
        state=JobState.WAITING,
        message={},
        started_at=now,
    )
    session.add(run)
    session.flush()
    job = outbox.enqueue(session, JobName.RUN_HARVEST, {"run_id": run.id}, now=now)
    run.job_id = job.id
    return run


def get_run(session: Session, actor: Identity, run_id: str) -> HarvestRun:
    """One run."""
    require(actor, Permission.SOURCE_READ)
    run = session.get(HarvestRun, run_id)
    if run is None:
        raise missing("run")
    return run


def runs_of(
    session: Session, actor: Identity, source_id: str, *, limit: int = 20
) -> list[HarvestRun]:
    """The newest runs of a source."""
    require(actor, Permission.SOURCE_READ)
    return list(
        session.scalars(
            select(HarvestRun)
            .where(HarvestRun.source_id == source_id)
            .order_by(HarvestRun.started_at.desc())
            .limit(limit)
        )
    )


def counts(session: Session, run: HarvestRun) -> dict[str, int]:
    """How many records of a run had which outcome, counted from its items."""
    found: dict[str, int] = dict(
        session.execute(
            select(HarvestRunItem.outcome, func.count())
            .where(HarvestRunItem.run_id == run.id)
            .group_by(HarvestRunItem.outcome)
        ).all()
    )
    return {outcome.value: found.get(outcome.value, 0) for outcome in HarvestOutcome}


def run_items(
    session: Session,
    actor: Identity,
    run_id: str,
    *,
    outcome: str = "",
    after: str = "",
    limit: int = 100,
) -> paging.Page[HarvestRunItem]:
    """What a run did, record by record."""
    run = get_run(session, actor, run_id)
    query = select(HarvestRunItem).where(HarvestRunItem.run_id == run.id)
    if outcome:
        query = query.where(HarvestRunItem.outcome == outcome)
    if after:
        query = query.where(HarvestRunItem.id > paging.decode(after, int)[0])
    found = list(session.scalars(query.order_by(HarvestRunItem.id).limit(limit + 1)))
    more = len(found) > limit
    return paging.Page(found[:limit], paging.encode(found[limit - 1].id) if more else "")


def known_records(session: Session, source_id: str) -> dict[str, KnownRecord]:
    """What is remembered of a source's records."""
    return {
        row.remote_id: KnownRecord(row.digest, row.gone_since, archived=row.archived_on is not None)
        for row in session.scalars(
            select(HarvestRecord).where(HarvestRecord.source_id == source_id)
        )
    }


def apply_records(
    session: Session,
    actor: Identity,
    run: HarvestRun,
    seen: Iterable[Seen],
    outcome: HarvestOutcome,
    *,
    now: datetime,
) -> None:
    """Take over a batch of new or changed records; one that is refused is reported and kept apart."""
    source = get_source(session, actor, run.source_id)
    for one in seen:
        record = one.record
        messages = [harvested.plain(message) for message in record.warnings]
        if run.preview:
            _item(session, run, record.remote_id, record.title, outcome, messages)
            continue
        memory = _memory(session, source.id, record.remote_id)
        if memory is not None and memory.digest == one.digest and memory.dataset_id is not None:
            continue  # a run that was killed and began again has done this one already
        try:
            with session.begin_nested():
                known = (
                    session.get(Dataset, memory.dataset_id)
                    if memory and memory.dataset_id
                    else None
                )
                dataset = harvested.take_over(session, actor, source, record, known, now=now)
                _remember(session, source.id, record.remote_id, one.digest, dataset, facts.day(now))
        except RuleError as error:
            refused = [harvested.plain(message) for message in _sentences(error)]
            _item(session, run, record.remote_id, record.title, HarvestOutcome.ERROR, refused)
            continue
        _item(session, run, record.remote_id, record.title, outcome, messages)


def _sentences(error: RuleError) -> list[Message]:
    if not error.fields:
        return [error.cause]
    return [
        Message("%(field)s: %(text)s", {"field": name, "text": message.text % dict(message.params)})
        for name, messages in error.fields.items()
        for message in messages
    ]


def _memory(session: Session, source_id: str, remote_id: str) -> HarvestRecord | None:
    return session.scalar(
        select(HarvestRecord).where(
            HarvestRecord.source_id == source_id, HarvestRecord.remote_id == remote_id
        )
    )


def _remember(
    session: Session, source_id: str, remote_id: str, digest: str, dataset: Dataset, today: date
) -> None:
    memory = _memory(session, source_id, remote_id)
    if memory is None:
        memory = HarvestRecord(source_id=source_id, remote_id=remote_id, first_seen=today)
        session.add(memory)
    memory.digest, memory.dataset_id, memory.last_seen = digest, dataset.id, today
    session.flush()


def _item(
    session: Session,
    run: HarvestRun,
    remote_id: str,
    title: str,
    outcome: HarvestOutcome,
    messages: Sequence[Mapping[str, Any]],
) -> None:
    session.add(
        HarvestRunItem(
            run_id=run.id,
            remote_id=remote_id[:500],
            title=title[:300],
            outcome=outcome,
            messages=list(messages),
        )
    )


def note_error(session: Session, run: HarvestRun, error: RecordError) -> None:
    """Report a record that could not be read; it never stops the run."""
    sentences = [harvested.plain(error.problem.cause), harvested.plain(error.problem.remedy)]
    _item(
        session, run, error.remote_id or error.place, error.title, HarvestOutcome.ERROR, sentences
    )


def apply_absences(
    session: Session, actor: Identity, run: HarvestRun, plan: Plan, *, now: datetime
) -> None:
    """Remember what is missing, archive what is gone, bring back what returned."""
    today = facts.day(now)
    run.held = len(plan.held)
    if run.preview:
        for remote_id in plan.gone:
            _item(session, run, remote_id, "", HarvestOutcome.GONE, [])
        return
    for remote_id in plan.missing:
        memory = _memory(session, run.source_id, remote_id)
        if memory is not None:
            memory.gone_since = today
    for remote_id in plan.back:
        memory = _memory(session, run.source_id, remote_id)
        if memory is not None:
            memory.gone_since = memory.archived_on = None
            dataset = session.get(Dataset, memory.dataset_id) if memory.dataset_id else None
            if dataset is not None:
                harvested.come_back(session, actor, dataset, now=now)
    for remote_id in plan.gone:
        _archive(session, actor, run, remote_id, now)


def _archive(
    session: Session, actor: Identity, run: HarvestRun, remote_id: str, now: datetime
) -> None:
    memory = _memory(session, run.source_id, remote_id)
    if memory is None or memory.archived_on is not None:
        return
    memory.archived_on = facts.day(now)
    dataset = session.get(Dataset, memory.dataset_id) if memory.dataset_id else None
    if dataset is None:
        return
    reason = harvested.GONE
    slug = directory.get(session, actor, dataset.slug).slug
    if dataset.state in {DatasetState.PUBLISHED, DatasetState.SUSPENDED}:
        publishing.withdraw(session, actor, slug, reason=reason, now=now)
    elif dataset.state not in {DatasetState.WITHDRAWN, DatasetState.RETIRED}:
        publishing.retire(session, actor, slug, reason=reason, now=now)
    _item(session, run, remote_id, dataset.title, HarvestOutcome.GONE, [])


def finish_run(
    session: Session,
    actor: Identity,
    run: HarvestRun,
    *,
    complete: bool,
    same: int,
    problem: Problem | None = None,
    now: datetime,
) -> None:
    """Close a run; ``same`` records needed nothing and have no items."""
    run.state = JobState.FAILED if problem is not None and not complete else JobState.DONE
    run.complete = complete
    run.finished_at = now
    run.message = {"same": same}
    if problem is not None:
        run.message |= {
            "cause": harvested.plain(problem.cause),
            "remedy": harvested.plain(problem.remedy),
        }
    found = counts(session, run) | {HarvestOutcome.SAME.value: same}
    audit.record(
        session, actor, AuditTag.HARVEST_FINISHED, "run", run.id, now=now, source=run.source_id,
        complete=complete, preview=run.preview, **{f"records_{k}": v for k, v in found.items()},
    )  # fmt: skip
