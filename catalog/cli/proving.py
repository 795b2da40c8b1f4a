"""``gongkai snapshot``: results of a period, frozen, signed and restated."""

import json
import sys
from base64 import b64decode
from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import click

from catalog.auth import SYSTEM
from catalog.cli.listing import table
from catalog.cli.opening import opened
from catalog.cli.output import at, note, say, tell, visible
from catalog.jobs.freezing import freeze as freeze_period
from catalog.models import Snapshot
from catalog.runtime import Runtime
from catalog.services import snapshots
from catalog.services.snapshots import Wish
from datasets import proof
from datasets.storage import BlobDamaged, BlobMissing
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


@snapshot.command("verify")
@click.argument("snapshot_ids", nargs=-1)
def verify_(snapshot_ids: tuple[str, ...]) -> None:
    """Check frozen results, all or some: every bundle by itself, what the pages show against the bundle,
    and both against the trail. Exit 1 when something does not agree."""
    with opened() as runtime:
        with runtime.database.read() as session:
            every = snapshots.listed(session, limit=100_000)[0]
            named = [snapshots.get(session, one) for one in snapshot_ids] or every
            kept = {one.id: snapshots.recorded(session, one) for one in named}
        wrong = 0
        for one in named:
            with TemporaryDirectory(dir=runtime.incoming, prefix="verify-") as folder:
                troubles = _compare(runtime, one, kept[one.id], Path(folder) / "bundle.zip")
            for place, message in troubles:
                note(f"{visible(one.period)} {one.id}: {visible(at(place))}{visible(say(message))}")
            wrong += bool(troubles)
    if wrong:
        sys.exit(1)
    tell(Message("%(count)s frozen results agree with bundles and trail.", {"count": len(named)}))


@snapshot.command()
def key() -> None:
    """Print the public key that signs frozen results and heads of the trail, as PEM."""
    with opened() as runtime:
        public = proof.signer(runtime.settings.signing_seed()).public
    tell(proof.pem_of(public).decode("ascii").strip())
    shown = {"fingerprint": proof.fingerprint(public)}
    note(Message("fingerprint (SHA-256): %(fingerprint)s", shown))


def _compare(
    runtime: Runtime, one: Snapshot, recorded: Mapping[str, Any], path: Path
) -> list[tuple[str, Message]]:
    """Where a frozen result is not what was signed: its bundle (written to ``path`` for that), what
    the database shows of it, what the trail ``recorded`` of it."""
    hashes = {"manifest_sha256": one.manifest_sha256, "bundle_sha256": one.bundle_sha256}
    if any(recorded.get(name) != value for name, value in hashes.items()):
        text = "The trail records another result under this name than the database holds."
        return [("", Message(text))]
    try:
        with path.open("wb") as file:
            file.writelines(runtime.storage.open_range(one.bundle_sha256))
    except (BlobMissing, BlobDamaged):
        return [("", Message("The bundle is missing or damaged."))]
    found = proof.verify(path, key=proof.pem_of(b64decode(one.public_key)), period=one.period)
    troubles = [(each.place, each.message) for each in found.troubles]
    if found.good and any(
        getattr(one, name) != value for name, value in _shown(path, found.manifest).items()
    ):
        text = "What the database shows of it is not what the bundle says."
        troubles.append(("", Message(text)))
    return troubles


def _shown(path: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What the row has to say by the bundle, which has been verified."""
    with ZipFile(path) as archive:
        figures = json.loads(archive.read("figures.json"))
        manifest_sha256 = sha256(archive.read("manifest.json")).hexdigest()
    names = ("id", "revision", "definition", "roster", "input_sha256")
    return {
        **{name: manifest[name] for name in names},
        "period": manifest["period"]["name"], "as_of": date.fromisoformat(manifest["as_of"]),
        "known_at": datetime.fromisoformat(manifest["known_at"]), "figures": figures,
        "manifest_sha256": manifest_sha256,
        "reason": (manifest["restates"] or {}).get("reason", ""),
    }  # fmt: skip
