"""``gongkai audit``: the trail."""

import sys

import click

from catalog.auth import SYSTEM
from catalog.cli.opening import opened
from catalog.cli.output import note, tell
from catalog.services import audit as trail


@click.group()
def audit() -> None:
    """The append-only trail."""


@audit.command()
def verify() -> None:
    """Walk the whole chain; exit 1 when it was changed, cut or swapped anywhere."""
    with opened() as runtime, runtime.database.read() as session:
        verdict = trail.verify(session, SYSTEM)
    if verdict.broken_at is not None:
        note(f"The trail is broken at event {verdict.broken_at}: {verdict.reason}.")
        sys.exit(1)
    tell(f"The trail is whole: {verdict.events} events, head {verdict.head}.")
