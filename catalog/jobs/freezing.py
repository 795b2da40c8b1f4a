"""Freezing a period: count and sign, store the bundle, then save the row that names it."""

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from catalog.auth import SYSTEM, Identity
from catalog.errors import RuleError
from catalog.jobs.context import JobContext
from catalog.models import Snapshot, User
from catalog.runtime import Runtime
from catalog.services import accounts, snapshots
from catalog.services import jobs as ledger
from catalog.services.snapshots import Frozen, Wish
from datasets import proof
from datasets.storage import Blob


def freeze(runtime: Runtime, actor: Identity, wish: Wish, now: datetime) -> str:
    """The id of the new snapshot, made here and now (for the command line, which waits anyway)."""
    with TemporaryDirectory(dir=runtime.incoming, prefix="freeze-") as folder:
        frozen, blob = _bundled(runtime, actor, wish, now, Path(folder))
    with runtime.database.write() as session:
        return snapshots.keep(session, actor, frozen, blob, now=now).id


def _bundled(
    runtime: Runtime, actor: Identity, wish: Wish, now: datetime, folder: Path
) -> tuple[Frozen, Blob]:
    """The bundle is stored before the row is, so that no row ever names bytes that are not there."""
    path = folder / "bundle.zip"
    settings = runtime.settings
    with runtime.database.snapshot() as session:
        frozen = snapshots.freeze(
            session, actor, wish, key=proof.signer(settings.signing_seed()), target=path,
            public_url=settings.public_url, now=now,
        )  # fmt: skip
    return frozen, runtime.storage.put_file(path)


def freeze_period(context: JobContext) -> None:
    """Do what ``freezing.ask`` asked for. A refusal ends the job with the code of its reason: what is
    refused now (the ledger differs, another was faster) is not mended by trying again."""
    runtime, args = context.runtime, context.args
    wish = Wish(args["period"], args["restates"], args["reason"], args["snapshot"])
    with runtime.database.read() as session:
        user = session.get_one(User, args["actor"]) if args["actor"] else None
        actor = accounts.identity_of(user) if user is not None else SYSTEM
        made = session.get(Snapshot, wish.snapshot_id) is not None
    if made:
        with context.effects():
            return
    context.note(0.1, wish.period)
    now = runtime.clock()
    try:
        with context.workdir() as folder:
            frozen, blob = _bundled(runtime, actor, wish, now, folder)
        context.note(0.9, wish.period)
        with context.effects() as session:
            snapshots.keep(session, actor, frozen, blob, now=now)
    except RuleError as refused:
        with runtime.database.write() as session:
            ledger.fail(session, context.taken, refused.code, again=False, now=runtime.clock())
