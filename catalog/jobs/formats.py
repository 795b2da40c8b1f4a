"""Making the formats of a large table that its examination has left for later."""

from catalog.jobs.context import JobContext
from catalog.services import examinations, formats
from catalog.services.formats import Due
from datasets import child
from datasets.storage import Blob
from schemas.records import Limits, Problem


class FormatsError(Exception):
    """The child gave no formats; the message is the code of its problem."""


def build_formats(context: JobContext) -> None:
    """Make what is missing and store it; nothing is left behind by an attempt that breaks off."""
    examination_id = context.args["examination_id"]
    limits = examinations.limits(context.runtime.settings)
    with context.step() as session:
        due = formats.due(session, examination_id, limits)
    made = _make(context, due, limits) if due is not None else {}
    with context.effects() as session:
        if made:
            formats.record(session, examination_id, made, now=context.runtime.clock())


def _make(context: JobContext, due: Due, limits: Limits) -> dict[str, Blob]:
    runtime = context.runtime
    with context.workdir() as folder, runtime.storage.local_path(due.parquet) as parquet:
        made = child.run_formats(parquet, folder / "out", due.names, limits, context.lost.is_set)
        if isinstance(made, Problem):
            raise FormatsError(made.code)
        return {name: runtime.storage.put_file(path) for name, path in made.items()}
