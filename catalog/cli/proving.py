"""``gongkai snapshot``: results of a period, frozen, signed and restated."""

from pathlib import Path

import click

from catalog.auth import SYSTEM
from catalog.cli.listing import table
from catalog.cli.opening import opened
from catalog.cli.output import note, tell
from catalog.jobs.freezing import freeze as freeze_period
from catalog.services import snapshots
from catalog.services.snapshots import Wish
from datasets import proof
from schemas.records import Message


@click.group()
def snapshot() -> None:
    """Results of a period, frozen, signed and restated."""


@snapshot.command()
@click.argument("period")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the bundle here."
)
def freeze(period: str, out: Path | None) -> None:
    """Freeze PERIOD: 2026, 2026H1, 2026Q3, 2026-09 or a day like 2026-11-23."""
    _freeze(Wish(period=period), out)


@snapshot.command()
@click.argument("snapshot_id")
@click.option("--reason", required=True, help="What was corrected, and why so late; published.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the bundle here."
)
def restate(snapshot_id: str, reason: str, out: Path | None) -> None:
    """Make a restatement of SNAPSHOT_ID, whose figures a late correction has changed."""
    _freeze(Wish(restates=snapshot_id, reason=reason), out)


def _freeze(wish: Wish, out: Path | None) -> None:
    with opened() as runtime:
        made = freeze_period(runtime, SYSTEM, wish, runtime.clock())
        with runtime.database.read() as session:
            sha256 = snapshots.get(session, made).bundle_sha256
        if out is not None:
            with out.open("wb") as file:
                file.writelines(runtime.storage.open_range(sha256))
    tell(made)


@snapshot.command("list")
def list_() -> None:
    """Frozen results, newest day first, and whether a restatement is due."""
    with opened() as runtime, runtime.database.read() as session:
        found, _ = snapshots.listed(session, limit=1_000)
        after = snapshots.restatements(session, found)
        rows = [
            (
                one.id, one.period, one.revision, one.as_of.isoformat(), after.get(one.id, ""),
                "yes" if snapshots.corrected_since(session, one) else "",
            )
            for one in found
        ]  # fmt: skip
    table(("id", "period", "revision", "as of", "restated by", "restatement due"), rows)


@snapshot.command()
def key() -> None:
    """Print the public key that signs frozen results and heads of the trail, as PEM."""
    with opened() as runtime:
        public = proof.signer(runtime.settings.signing_seed()).public
    tell(proof.pem_of(public).decode("ascii").strip())
    shown = {"fingerprint": proof.fingerprint(public)}
    note(Message("fingerprint (SHA-256): %(fingerprint)s", shown))
