"""The whole product for a story: opened backends, a web client, people of every role."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask.testing import FlaskClient

from catalog import db, jobs
from catalog.auth import SYSTEM
from catalog.runtime import Runtime, build
from catalog.services import accounts, calendars, units
from catalog.settings import Settings
from catalog.web import create_app

UNIT = "11110000000021610G"
OTHER_UNIT = "11110000000021653X"


@dataclass
class Clock:
    """A clock that moves when the story says so; a little at each look, so that nothing is simultaneous."""

    now: datetime

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


@dataclass
class Stack:
    """One opened product. ``as_(name)`` gives the header of somebody's token."""

    runtime: Runtime
    client: FlaskClient
    clock: Clock
    tokens: dict[str, str] = field(default_factory=dict)

    def as_(self, name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[name]}"} if name else {}

    def work(self) -> None:
        """Let the worker do what was asked for, and the index follow."""
        while jobs.run_waiting(self.runtime):
            pass
        self.runtime.follow()

    def call(self, method: str, path: str, who: str = "", **given: Any) -> Any:
        headers = {**self.as_(who), **given.pop("headers", {})}
        return self.client.open(path, method=method, headers=headers, **given)

    def ok(self, method: str, path: str, who: str = "", *, status: int = 200, **given: Any) -> Any:
        """A call that must answer this status; its JSON."""
        answer = self.call(method, path, who, **given)
        assert answer.status_code == status, (
            method,
            path,
            answer.status_code,
            answer.get_data(as_text=True)[:2000],
        )
        return answer.get_json()

    def deliver(self, resource_id: str, path: Path, name: str, who: str = "lin") -> dict[str, Any]:
        """Upload a file and wait for its examination."""
        with path.open("rb") as file:
            version = self.ok(
                "POST", f"/api/v1/resources/{resource_id}/versions", who, status=202,
                data={"file": (file, name)}, content_type="multipart/form-data",
            )  # fmt: skip
        self.work()
        return self.ok("GET", f"/api/v1/versions/{version['id']}", who)

    def entry(self, who: str = "lin", **values: Any) -> tuple[str, str]:
        """A registered entry with one table: (slug, resource id)."""
        given = {
            "unit": UNIT,
            "title": "行政处罚职权",
            "description": "区人力社保局行政处罚职权清单",
            "theme": "社会保障",
            "openness": "unconditional",
            "update_cycle": "yearly",
        } | values
        slug = self.ok("POST", "/api/v1/datasets", who, status=201, json=given)["slug"]
        resource = self.ok(
            "POST", f"/api/v1/datasets/{slug}/resources", who, status=201,
            json={"name": "table", "title": "数据表"},
        )  # fmt: skip
        return slug, resource["id"]

    def publish(self, slug: str, who: str = "lin", reviewer: str = "wu") -> None:
        """Submit and pass."""
        review = self.ok("POST", f"/api/v1/datasets/{slug}/submissions", who, status=201)["review"]
        self.ok(
            "POST", f"/api/v1/reviews/{review}/decision", reviewer,
            json={"verdict": "pass", "reasons": "同意公开"},
        )  # fmt: skip
        self.work()


PEOPLE = (
    ("lin", "editor", UNIT),
    ("wu", "reviewer", UNIT),
    ("he", "editor", OTHER_UNIT),
    ("gao", "reviewer", OTHER_UNIT),
    ("admin", "administrator", ""),
    ("deputy", "administrator", ""),
    ("keeper", "keeper", ""),
    ("auditor", "auditor", ""),
    ("dev", "developer", ""),
)


@cache
def _hashed() -> dict[str, str]:
    """The passwords as the database keeps them: slow on purpose, so made once a process."""
    return {name: accounts.hashed(f"{name}-password") for name, _, _ in PEOPLE}


def settle_people(runtime: Runtime, clock: Clock) -> dict[str, str]:
    """Two units and somebody of every role; their tokens."""
    hashed = _hashed()
    with runtime.database.write() as session:
        calendars.seed(session)
        for code, name in ((UNIT, "市人力资源和社会保障局"), (OTHER_UNIT, "市民政局")):
            units.add(
                session, SYSTEM, {"code": code, "name": name, "kind": "department", "roster_from": "2020-01-01"},
                now=clock(),
            )  # fmt: skip
        for name, role, unit in PEOPLE:
            accounts.add_user(
                session,
                SYSTEM,
                name,
                role=role,
                unit_code=unit,
                password=hashed[name],
                now=clock(),
            )
        return {
            name: accounts.make_token(session, SYSTEM, name, days=300, now=clock())
            for name, _, _ in PEOPLE
        }


@dataclass
class Settled:
    """A home on SQLite with the tables and the people, to be copied; and when it was ready."""

    folder: TemporaryDirectory[str]
    tokens: dict[str, str]
    ready: datetime


@cache
def _settled(now: datetime) -> Settled:
    folder = TemporaryDirectory(prefix="gongkai-settled-")
    clock = Clock(now)
    runtime = build(Settings(home=Path(folder.name)), clock)
    db.upgrade(runtime.database)
    tokens = settle_people(runtime, clock)
    runtime.close()
    return Settled(folder, tokens, clock.now)


def _begin(settings: Settings, clock: Clock) -> tuple[Runtime, dict[str, str]]:
    """Backends with tables and people: copied where they are files, else made there."""
    if settings.database_url:
        runtime = build(settings, clock)
        db.upgrade(runtime.database)
        return runtime, settle_people(runtime, clock)
    settled = _settled(clock.now)
    shutil.copytree(settled.folder.name, settings.home, dirs_exist_ok=True)
    clock.now = settled.ready
    return build(settings, clock), dict(settled.tokens)


@contextmanager
def open_stack(settings: Settings, now: datetime) -> Iterator[Stack]:
    """Open backends, make the tables, settle the people."""
    clock = Clock(now)
    runtime, tokens = _begin(settings, clock)
    try:
        app = create_app(runtime)
        app.testing = True
        yield Stack(runtime, app.test_client(), clock, tokens)
    finally:
        runtime.close()


def wait_until(what: Any, seconds: float = 30) -> None:
    """Look again and again until something is so."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.1)
