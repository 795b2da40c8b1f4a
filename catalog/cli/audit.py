"""``gongkai audit``: the trail."""

import sys
from pathlib import Path

import click

from catalog.auth import SYSTEM
from catalog.cli.opening import opened
from catalog.cli.output import note, tell
from catalog.services import audit as trail
from catalog.services import heads
from schemas.records import Message


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
        unsigned = heads.unsigned(session)
    if verdict.broken_at is not None:
        broken = {"event": verdict.broken_at, "reason": verdict.reason}
        note(Message("The trail is broken at event %(event)s: %(reason)s.", broken))
    for day in unsigned:
        note(Message("The head published on %(day)s does not carry its signature.", {"day": day}))
    if verdict.broken_at is not None or unsigned:
        sys.exit(1)
    whole = {"events": verdict.events, "head": verdict.head}
    tell(Message("The trail is whole: %(events)s events, head %(head)s.", whole))
    if copy:
        tell(Message("It fits %(heads)s heads that were kept outside.", {"heads": len(kept)}))
