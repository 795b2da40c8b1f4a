"""A delivery on its way through real processes, and what must be true of it in the end."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select

from catalog.auth import SYSTEM
from catalog.models import AuditEvent, AuditHead, Examination, Job, Version
from catalog.runtime import Runtime
from catalog.services import audit
from catalog.services.audit import AuditTag
from catalog.settings import Settings
from schemas.vocabularies import JobState, VersionState
from tests.common.processes import environment
from tests.common.servers import new_database
from tests.common.stack import Stack, open_stack

BOUNDARY = "gongkai-boundary"


@dataclass(frozen=True)
class Place:
    """An opened product, the environment its processes share, and a folder for what they say."""

    stack: Stack
    env: dict[str, str]
    logs: Path

    @property
    def home(self) -> Path:
        return self.stack.runtime.settings.home


@contextmanager
def open_place(folder: Path, lease_seconds: int, urls: tuple[str, str] | None) -> Iterator[Place]:
    """The product below a folder, or with its data on the servers of ``urls``, by the real clock."""
    logs = folder / "logs"
    logs.mkdir()
    settings = Settings(home=folder / "home", lease_seconds=lease_seconds)
    if urls is not None:
        address, _, options = urls[1].partition("?")
        settings = Settings(
            home=folder / "home",
            lease_seconds=lease_seconds,
            database_url=new_database(urls[0]),
            storage_url=f"{address}/{uuid4().hex}?{options}",
        )
    with open_stack(settings, datetime.now(UTC)) as stack:
        yield Place(stack, environment(settings), logs)


def deliver(place: Place, rows: int) -> str:
    """A delivery that waits for a worker; its version's id."""
    path = place.logs / "table.csv"
    path.write_bytes(table(rows))
    place.stack.clock.now = datetime.now(UTC)
    _, resource = place.stack.entry()
    with path.open("rb") as file:
        answer = place.stack.ok(
            "POST", f"/api/v1/resources/{resource}/versions", "lin", status=202,
            data={"file": (file, "table.csv")}, content_type="multipart/form-data",
        )  # fmt: skip
    return str(answer["id"])


def table(rows: int) -> bytes:
    """A made-up CSV of so many rows."""
    lines = (
        f"{n},{10_000_000 + n},乡镇街道{n % 90},2026-{n % 12 + 1:02d}-{n % 28 + 1:02d},{n % 997}.{n % 10}"
        for n in range(1, rows + 1)
    )
    return ("序号,许可编号,所在地,日期,金额\n" + "\n".join(lines) + "\n").encode()


def multipart(content: bytes, name: str = "table.csv") -> bytes:
    """A form body with one file."""
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    )
    return head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


@contextmanager
def sending(
    port: int, stack: Stack, resource: str, length: int
) -> Iterator[http.client.HTTPConnection]:
    """An upload whose head has been sent; the body is the caller's to send."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.putrequest("POST", f"/api/v1/resources/{resource}/versions")
    headers = {
        **stack.as_("lin"),
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(length),
    }
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    try:
        yield connection
    finally:
        connection.close()


def upload(port: int, stack: Stack, resource: str, content: bytes) -> str:
    """Deliver through a real server; the version's id."""
    body = multipart(content)
    with sending(port, stack, resource, len(body)) as connection:
        connection.send(body)
        answer = connection.getresponse()
        text = answer.read()
    assert answer.status == 202, text[:500]
    return str(json.loads(text)["id"])


def ended(runtime: Runtime, version_id: str) -> bool:
    """Whether nobody will work on the delivery any more."""
    return standing(runtime, version_id).job in {JobState.DONE, JobState.FAILED}


@dataclass(frozen=True)
class Standing:
    """What the database says of a delivery and its job."""

    job: str
    attempts: int
    fence: int
    stage: str
    finished_at: datetime | None
    version: str
    examination: int | None
    examinations: int
    events: int


def standing(runtime: Runtime, version_id: str) -> Standing:
    with runtime.database.read() as session:
        version = session.get_one(Version, version_id)
        job = session.get_one(Job, version.job_id)
        mine = (AuditEvent.subject_kind == "version", AuditEvent.subject_id == version_id)
        return Standing(
            job.state, job.attempts, job.fence, job.message, job.finished_at, version.state,
            version.examination_id,
            session.scalar(
                select(func.count(Examination.id)).where(Examination.version_id == version_id)
            ) or 0,
            session.scalar(
                select(func.count(AuditEvent.sequence))
                .where(*mine, AuditEvent.tag == AuditTag.VERSION_EXAMINED)
            ) or 0,
        )  # fmt: skip


def holder(runtime: Runtime, version_id: str) -> int:
    """Process number of the worker that holds the delivery's job; 0 when none does."""
    with runtime.database.read() as session:
        version = session.get_one(Version, version_id)
        job = session.get_one(Job, version.job_id)
        return int(job.worker.split(":")[1]) if job.state == JobState.RUNNING else 0


def assert_examined_once(runtime: Runtime, version_id: str) -> None:
    """One examination, one event, a job that is done, whole blobs, an unbroken trail."""
    found = standing(runtime, version_id)
    assert (found.job, found.version) == (JobState.DONE, VersionState.EXAMINED), found
    assert (found.examinations, found.events) == (1, 1), found
    with runtime.database.read() as session:
        examination = session.get_one(Version, version_id).examination
        assert examination is not None
        assert examination.valid
        named = {one["sha256"] for one in examination.artefacts.values()}
        assert audit.verify(session, SYSTEM).broken_at is None
    held = set(runtime.storage.iter_hashes())
    assert named
    assert named <= held
    assert all(runtime.storage.verify(sha256) for sha256 in held)


@contextmanager
def trail_locked(runtime: Runtime) -> Iterator[None]:
    """Nobody can commit a change of the catalogue meanwhile: the end of the trail is locked."""
    with runtime.database.write() as session:
        session.scalar(select(AuditHead).with_for_update())
        yield


def count(runtime: Runtime, model: Any) -> int:
    with runtime.database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def arriving(place: Place, pid: int) -> bool:
    """Whether a body stands half on the disk, or in a file without a name that the server holds."""
    if any(path.stat().st_size for path in (place.home / "incoming").glob("*.part")):
        return True
    held = Path(f"/proc/{pid}/fd").iterdir()
    return any("/incoming/" in str(one.readlink()) for one in held if one.is_symlink())
