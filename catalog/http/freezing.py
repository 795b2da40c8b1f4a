"""Freezing a period for a door: count and sign, store the bundle, then save the row that names it."""

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from catalog.auth import Identity
from catalog.runtime import Runtime
from catalog.services import snapshots
from catalog.services.snapshots import Wish
from datasets import proof


def freeze(runtime: Runtime, actor: Identity, wish: Wish, now: datetime) -> str:
    """The id of the new snapshot. The bundle is stored before the row is, so that no row ever names
    bytes that are not there."""
    settings = runtime.settings
    with TemporaryDirectory(dir=runtime.incoming, prefix="freeze-") as folder:
        path = Path(folder) / "bundle.zip"
        with runtime.database.read() as session:
            frozen = snapshots.freeze(
                session, actor, wish, key=proof.signer(settings.signing_seed()), target=path,
                public_url=settings.public_url, now=now,
            )  # fmt: skip
        blob = runtime.storage.put_file(path)
    with runtime.database.write() as session:
        return snapshots.keep(session, actor, frozen, blob, now=now).id
