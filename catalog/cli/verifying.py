"""``gongkai verify-snapshot``: checking a bundle of frozen results, with the bundle alone."""

import sys
from pathlib import Path

import click

from catalog.cli.output import as_json, note, say, tell, visible
from datasets import proof


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The public key that is expected (PEM), fetched from the portal.",
)  # fmt: skip
@click.option("--json", "json_", is_flag=True, help="One JSON object.")
def verify_snapshot(file: Path, key: Path | None, json_: bool) -> None:
    """Recompute every figure of a bundle from its entries, and check hashes and signature.

    Needs the bundle alone: no database, no network. Exit 1 when anything was altered.
    """
    found = proof.verify(file, key=key.read_bytes() if key else None)
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
            note(f"{visible(one.place)}: {visible(say(one.message))}")
    sys.exit(0 if found.good else 1)


def _tell_good(found: proof.Verdict, expected: bool) -> None:
    manifest = found.manifest
    period = manifest.get("period", {}).get("name", "")
    tell(f"{period}, counted for {manifest.get('as_of')}, definition {manifest['definition']}")
    tell(f"{found.figures} figures recomputed from {found.entries} entries: all equal.")
    known = "the key that was expected" if expected else "compare it with the one on the portal"
    tell(f"Signed with {found.fingerprint} ({known}).")
