"""Summing up the keys of newly published tables, so that tables that share keys are found."""

from catalog.jobs.context import JobContext
from catalog.services import mosaic
from datasets.mosaic import sketch


def sketch_tables(context: JobContext) -> None:
    """Sketch every public table that has none yet; forget those of tables that are public no more."""
    runtime = context.runtime
    with runtime.database.read() as session:
        due = mosaic.due(session)
    for number, table in enumerate(due):
        with runtime.storage.local_path(table.sha256) as path:
            made = sketch(path, table.detected)
        with context.step() as session:
            mosaic.store(session, table, made, now=runtime.clock())
        context.note((number + 1) / len(due), f"{number + 1} / {len(due)}")
    with context.effects() as session:
        mosaic.forget(session)
