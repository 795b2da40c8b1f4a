"""The nightly audit of the openness ledger: counted from nothing, compared, made when missing."""

import time

from catalog.auth import SYSTEM
from catalog.jobs.context import JobContext
from catalog.services import openness_upkeep


def compare_openness(context: JobContext) -> None:
    """Compare the ledger with the facts; a difference is an alarm. A ledger that was never built is
    made, one that was found wrong waits for a person, unless the job was asked to make it."""
    runtime = context.runtime
    with runtime.database.read() as session:
        state = openness_upkeep.state(session, SYSTEM)
        missing = state is not None and not state.ready and not state.differences
    if missing or context.args.get("rebuild"):
        with context.effects() as session:
            openness_upkeep.rebuild(session, SYSTEM, now=runtime.clock())
        return
    begun = time.monotonic()
    with runtime.database.snapshot() as session:
        found = openness_upkeep.compare(session, SYSTEM)
    with context.effects() as session:
        openness_upkeep.note(
            session, SYSTEM, found, now=runtime.clock(), seconds=time.monotonic() - begun
        )
