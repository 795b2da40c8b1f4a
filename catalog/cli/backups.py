"""``gongkai backup``: a snapshot of the database and the bytes it names, verified both ways.

The database is copied first: bytes are stored before the rows that name them, so every file that
the copy names exists when its turn comes.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click
from sqlalchemy import inspect
from sqlalchemy.engine import URL

from catalog import db as database
from catalog.auth import SYSTEM
from catalog.cli.blobs import named_blobs
from catalog.cli.opening import opened
from catalog.cli.output import note, tell
from catalog.errors import Conflict, RuleError
from catalog.runtime import Runtime
from catalog.services import audit
from datasets.storage import BlobMissing
from schemas.records import Message

MANIFEST = "backup.json"
SECRET = "secret.key"  # noqa: S105  (a file name)
SIGNING = "signing.key"


@click.group()
def backup() -> None:
    """Copies to fall back on."""


@backup.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def create(folder: Path) -> None:
    """Copy database, files and key into FOLDER, which must be new or empty."""
    if folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} is not empty.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with opened() as runtime:
        kind = runtime.database.engine.dialect.name
        name = SNAPSHOTS[kind][0]
        SNAPSHOTS[kind][1](runtime.database.engine.url, folder / name)
        with runtime.database.read() as session:
            head = audit.verify(session, SYSTEM).head
            wanted = named_blobs(session)
        missing = [sha256 for sha256 in sorted(wanted) if not _save(runtime, sha256, folder)]
        _save_key(folder / SECRET, runtime.settings.secret())
        _save_key(folder / SIGNING, runtime.settings.signing_seed().hex().encode("ascii"))
    manifest = {"database": name, "kind": kind, "files": len(wanted), "audit_head": head}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    for sha256 in missing:
        note(Message("missing or damaged: %(sha256)s", {"sha256": sha256}))
    saved = {"files": len(wanted) - len(missing), "folder": str(folder)}
    tell(Message("%(files)s files and the database are in %(folder)s.", saved))
    if missing:
        sys.exit(1)


def _save(runtime: Runtime, sha256: str, folder: Path) -> bool:
    """Copy a blob after checking its bytes; False when it is missing or damaged."""
    target = folder / "blob" / sha256[:2] / sha256
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if not runtime.storage.verify(sha256):
            return False
        with target.open("wb") as file:
            for chunk in runtime.storage.open_range(sha256):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except BlobMissing:
        return False
    return True


def _snapshot_sqlite(url: URL, target: Path) -> None:
    with (
        closing(sqlite3.connect(f"file:{url.database}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        source.backup(copy)


def _dump_postgresql(url: URL, target: Path) -> None:
    _postgresql("pg_dump", url, "--format=custom", f"--file={target}")


def _postgresql(program: str, url: URL, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise RuleError(
            "program-missing",
            Message("%(program)s is not installed on this machine.", {"program": program}),
            Message("Install the PostgreSQL client programs of the server's version."),
        )
    plain = url.set(drivername="postgresql", password=None).render_as_string()
    # The password goes by the environment: arguments are visible to every user of the machine.
    environment = {**os.environ, "PGPASSWORD": url.password or ""}
    done = subprocess.run([found, *arguments, f"--dbname={plain}"], env=environment, check=False)
    if done.returncode:
        raise RuleError(
            "program-failed",
            Message("%(program)s ended with an error.", {"program": program}),
            Message("See what it said above."),
        )


SNAPSHOTS: dict[str, tuple[str, Callable[[URL, Path], None]]] = {
    "sqlite": ("catalog.db", _snapshot_sqlite),
    "postgresql": ("catalog.dump", _dump_postgresql),
}
"""Kind of database: name of its copy and how the copy is made."""


@backup.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def restore(folder: Path) -> None:
    """Bring back what FOLDER holds, into an empty platform only; then check it."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    with opened(empty=True) as runtime:
        _refuse_full(runtime, manifest["kind"])
        _restore_keys(runtime, folder)
        damaged = [
            path.name for path in sorted(folder.glob("blob/??/*")) if not _put(runtime, path)
        ]
        RESTORERS[manifest["kind"]](runtime.database.engine.url, folder / manifest["database"])
        database.upgrade(runtime.database)
        with runtime.database.read() as session:
            verdict = audit.verify(session, SYSTEM)
            absent = [one for one in named_blobs(session) if runtime.storage.size(one) is None]
        runtime.index.rebuild(runtime.database)
    for sha256 in damaged:
        note(Message("damaged in the backup: %(sha256)s", {"sha256": sha256}))
    for sha256 in absent:
        note(Message("missing: %(sha256)s", {"sha256": sha256}))
    if damaged or absent or verdict.broken_at is not None or verdict.head != manifest["audit_head"]:
        note(Message("The backup is not whole."))
        sys.exit(1)
    held = {"files": manifest["files"], "events": verdict.events}
    tell(Message("Restored: %(files)s files, %(events)s events in the trail.", held))


def _refuse_full(runtime: Runtime, kind: str) -> None:
    engine = runtime.database.engine
    if engine.dialect.name != kind:
        raise Conflict(
            "other-database",
            Message("The backup is of a %(kind)s database.", {"kind": kind}),
            Message("Set GONGKAI_DATABASE_URL to an empty database of that kind."),
        )
    if inspect(engine).get_table_names():
        raise Conflict(
            "not-empty",
            Message("The database is not empty; a backup is only restored into an empty one."),
            Message("Choose a new GONGKAI_HOME or a new database."),
        )
    engine.dispose()


def _save_key(path: Path, key: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(key)


def _restore_keys(runtime: Runtime, folder: Path) -> None:
    """Put back the keys that no setting gives and nobody has made here since."""
    settings = runtime.settings
    for name, given in ((SECRET, settings.secret_key), (SIGNING, settings.signing_key)):
        target = settings.home / name
        if not given.get_secret_value() and not target.exists() and (folder / name).exists():
            _save_key(target, (folder / name).read_bytes())


def _put(runtime: Runtime, path: Path) -> bool:
    return runtime.storage.put_file(path).sha256 == path.name


def _restore_sqlite(url: URL, source: Path) -> None:
    target = Path(str(url.database))
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as copy,
        closing(sqlite3.connect(target)) as live,
    ):
        copy.backup(live)


def _restore_postgresql(url: URL, source: Path) -> None:
    _postgresql("pg_restore", url, "--exit-on-error", "--no-owner", str(source))


RESTORERS: dict[str, Callable[[URL, Path], None]] = {
    "sqlite": _restore_sqlite,
    "postgresql": _restore_postgresql,
}
