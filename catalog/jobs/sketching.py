"""Summing up the keys of newly published tables, so that tables that share keys are found."""

import structlog

from catalog.jobs.context import JobContext
from catalog.services import mosaic
from datasets.filters import QueryProblem
from datasets.mosaic import sketch

log = structlog.get_logger(__name__)


def sketch_tables(context: JobContext) -> None:
    """Sketch every public table that has none yet; forget those of tables that are public no more."""
    runtime = context.runtime
    with runtime.database.read() as session:
        due = mosaic.due(session)
    for number, table in enumerate(due):
        made = None
        try:
            with runtime.storage.local_path(table.sha256) as path:
                made = sketch(path, table.detected)
        except QueryProblem as problem:
            log.warning("table not sketched", table=table.resource_id, why=problem.problem.code)
        with context.step() as session:
            mosaic.store(session, table, made, now=runtime.clock())
        context.note((number + 1) / len(due), f"{number + 1} / {len(due)}")
    with context.effects() as session:
        mosaic.forget(session)
