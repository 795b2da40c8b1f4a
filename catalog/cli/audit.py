"""``gongkai audit``: the trail."""

import sys
from pathlib import Path

import click

from catalog.auth import SYSTEM
from catalog.cli.opening import opened
from catalog.cli.output import note, tell
from catalog.services import audit as trail
from catalog.services import heads


@click.group()
def audit() -> None:
    """The append-only trail."""


@audit.command()
@click.option(
    "--heads", "copy", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A copy of the public list of heads (JSON or CSV) that was kept outside.",
)  # fmt: skip
def verify(copy: Path | None) -> None:
    """Walk the whole chain and compare it with every published head; exit 1 when an event was
    changed, removed, swapped or cut off anywhere."""
    kept = heads.read_kept(copy.read_bytes()) if copy else []
    with opened() as runtime, runtime.database.read() as session:
        verdict = trail.verify(session, SYSTEM, kept)
        unsigned = [
            one.day for one in heads.listed(session, limit=40_000)[0] if not heads.signed(one)
        ]
    if verdict.broken_at is not None:
        note(f"The trail is broken at event {verdict.broken_at}: {verdict.reason}.")
    for day in unsigned:
        note(f"The head published on {day} does not carry its signature.")
    if verdict.broken_at is not None or unsigned:
        sys.exit(1)
    tell(f"The trail is whole: {verdict.events} events, head {verdict.head}.")
    if copy:
        tell(f"It fits {len(kept)} heads that were kept outside.")
