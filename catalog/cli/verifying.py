"""``gongkai verify-snapshot``: checking a bundle of frozen results, with the bundle alone."""

import sys
from pathlib import Path

import click

from catalog.cli.output import as_json, at, note, say, tell, visible
from catalog.services import periods
from datasets import proof
from schemas.records import Message

SIGNED = {
    True: Message("Signed with %(fingerprint)s (the key that was expected)."),
    False: Message("Signed with %(fingerprint)s (compare it with the one on the portal)."),
}


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The public key that is expected (PEM), fetched from the portal.",
)  # fmt: skip
@click.option(
    "--period", help="The period that is expected: 2026, 2026H1, 2026Q3, 2026-09 or a day."
)
@click.option("--json", "json_", is_flag=True, help="One JSON object.")
def verify_snapshot(file: Path, key: Path | None, period: str | None, json_: bool) -> None:
    """Recompute every figure of a bundle from its entries, and check hashes and signature.

    Needs the bundle alone: no database, no network. Exit 1 when anything was altered.
    """
    expected = periods.read(period).name if period else ""
    found = proof.verify(file, key=key.read_bytes() if key else None, period=expected)
    if json_:
        troubles = [{"place": one.place, "message": say(one.message)} for one in found.troubles]
        as_json(
            {"valid": found.good, "troubles": troubles, "figures": found.figures,
             "entries": found.entries, "fingerprint": found.fingerprint,
             "manifest": dict(found.manifest)}
        )  # fmt: skip
    elif found.good:
        _tell_good(found, key is not None)
    else:
        for one in found.troubles:
            note(f"{visible(at(one.place))}{visible(say(one.message))}")
    sys.exit(0 if found.good else 1)


def _tell_good(found: proof.Verdict, expected: bool) -> None:
    manifest = found.manifest
    period = manifest.get("period", {}).get("name", "")
    frozen = {"period": period, "day": manifest.get("as_of"), "definition": manifest["definition"]}
    tell(Message("%(period)s, counted for %(day)s, definition %(definition)s", frozen))
    text = "%(figures)s figures recomputed from %(entries)s entries: all equal."
    tell(Message(text, {"figures": found.figures, "entries": found.entries}))
    tell(Message(SIGNED[expected].text, {"fingerprint": found.fingerprint}))
