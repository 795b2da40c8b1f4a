"""``gongkai harvest``: other people's catalogues."""

import sys

import click
from sqlalchemy import select

from catalog.auth import SYSTEM
from catalog.cli.listing import table
from catalog.cli.opening import opened
from catalog.cli.output import as_json, joined, note, say_stored, tell
from catalog.cli.running import wait_for
from catalog.errors import missing
from catalog.models import HarvestRun
from catalog.runtime import Runtime
from catalog.services import harvesting
from harvesters import SOURCES
from schemas.vocabularies import HarvestOutcome, JobState

ENDED = (JobState.DONE, JobState.FAILED)
SHOWN_ERRORS = 200


@click.group()
def harvest() -> None:
    """Sources of other catalogues and their runs."""


@harvest.command()
@click.argument("name")
@click.argument("url")
@click.option("--kind", type=click.Choice(list(SOURCES)), required=True)
@click.option("--unit", default="", help="Unit of records that name none.")
@click.option("--region", default="", help="Region of units that are made.")
@click.option("--create-units/--no-create-units", default=True, show_default=True)
def add(name: str, url: str, kind: str, unit: str, region: str, create_units: bool) -> None:
    """Set up a source."""
    given = {"name": name, "kind": kind, "url": url, "create_units": create_units}
    given |= {key: text for key, text in (("default_unit", unit), ("region", region)) if text}
    with opened() as runtime, runtime.database.write() as session:
        source = harvesting.add_source(session, SYSTEM, given, now=runtime.clock())
        tell(source.id)


@harvest.command(name="list")
def list_() -> None:
    """Sources with their newest runs."""
    with opened() as runtime, runtime.database.read() as session:
        rows = []
        for source in harvesting.sources(session, SYSTEM):
            newest = next(iter(harvesting.runs_of(session, SYSTEM, source.id, limit=1)), None)
            state = f"{newest.state} {newest.started_at:%Y-%m-%d %H:%M}" if newest else "never run"
            rows.append((source.id, source.name, source.kind, source.url, state))
    table(("id", "name", "kind", "url", "last run"), rows)


@harvest.command()
@click.argument("source")
@click.option("--preview", is_flag=True, help="Say what would be done; write nothing.")
@click.option("--approve-gone", is_flag=True, help="Archive vanished records beyond the threshold.")
@click.option("--json", "json_", is_flag=True)
def run(source: str, preview: bool, approve_gone: bool, json_: bool) -> None:
    """Read a source (its id or name) and take over what is new or changed."""
    with opened() as runtime:
        with runtime.database.read() as session:
            named = harvesting.named_source(session, SYSTEM, source)
            source_id = named.id if named else source
        carry_out(runtime, source_id, preview=preview, approve_gone=approve_gone, json_=json_)


def carry_out(
    runtime: Runtime, source_id: str, *, preview: bool, approve_gone: bool, json_: bool
) -> None:
    """Run a source now and say what became of its records; exit 1 when some were refused."""
    with runtime.database.write() as session:
        begun = harvesting.start_run(
            session, SYSTEM, source_id, preview=preview, approve_gone=approve_gone,
            now=runtime.clock(),
        )  # fmt: skip
        session.flush()
        run_id = begun.id

    def ended() -> bool:
        with runtime.database.read() as session:
            state = session.scalar(select(HarvestRun.state).where(HarvestRun.id == run_id))
            return state is None or state in ENDED

    wait_for(runtime, ended)
    if not _tell_run(runtime, run_id, json_=json_):
        sys.exit(1)


def _tell_run(runtime: Runtime, run_id: str, *, json_: bool) -> bool:
    with runtime.database.read() as session:
        done = session.get(HarvestRun, run_id)
        if done is None:
            raise missing("run")
        counts = harvesting.counts(session, done) | {"same": done.message.get("same", 0)}
        errors = harvesting.run_items(
            session, SYSTEM, run_id, outcome=HarvestOutcome.ERROR, limit=SHOWN_ERRORS
        )
        cause = done.message.get("cause")
        why = [say_stored(cause)] if cause else []
        why += [
            f"{item.remote_id}: {joined(*(say_stored(message) for message in item.messages))}"
            for item in errors.items
        ]
        outcome = {"run": done.id, "state": done.state, "held": done.held, "counts": counts}
    if json_:
        as_json(outcome)
    else:
        numbers = ", ".join(f"{count} {name}" for name, count in counts.items())
        tell(f"{outcome['run']} {outcome['state']}: {numbers}, {outcome['held']} held back")
    for line in why:
        note(line)
    return not counts[HarvestOutcome.ERROR.value] and outcome["state"] == JobState.DONE
