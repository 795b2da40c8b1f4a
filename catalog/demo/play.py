"""Loading the made-up city: the people, the clock that is set back, and the hands of its clerks."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import jobs
from catalog.auth import Identity
from catalog.demo import tables
from catalog.demo.city import UNITS, credit_code
from catalog.models import Resource, User
from catalog.runtime import Runtime
from catalog.services import (
    accounts,
    calendars,
    deliveries,
    directory,
    gates,
    resources,
    reviews,
)
from schemas.records import Message

REVIEW_DAYS = 5


@dataclass
class Player:
    """Plays one city: the runtime with a clock of its own, and the people by name."""

    runtime: Runtime
    now: datetime
    random: Random
    say: Callable[[str | Message], None]

    def clock(self) -> datetime:
        """The time of the play; never twice the same."""
        self.now += timedelta(seconds=1)
        return self.now

    @contextmanager
    def as_(self, name: str) -> Iterator[tuple[Identity, Session]]:
        """A transaction in the hands of somebody of the city."""
        with self.runtime.database.write() as session:
            user = session.scalars(select(User).where(User.name == name)).one()
            yield accounts.identity_of(user), session


def code(number: int) -> str:
    """The credit code of a unit of the city."""
    return credit_code("11" if UNITS[number].kind == "department" else "12", 10_000 + number)


def place(number: int) -> str:
    """What a unit is about, as it stands in the titles of its entries."""
    name = UNITS[number].name.removeprefix("云澜市")
    return name.removesuffix("局").removesuffix("委员会")


def work(runtime: Runtime) -> None:
    """Examine what was delivered, two files at a time."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: jobs.run_waiting(runtime), range(2)))


def register(player: Player, number: int, title: str, about: str, **more: Any) -> str:
    """An entry of a unit, as nobody has decided about it yet unless ``more`` says so; its address."""
    given = {
        "unit": code(number),
        "title": title,
        "description": f"{about}。演示数据，由程序生成。",
        "theme": UNITS[number].theme,
        "openness": "unassessed",
        "update_cycle": player.random.choice(("yearly", "quarterly", "half-yearly", "irregular")),
        "keywords": [UNITS[number].theme],
        "contact_phone": "0990-12345",
        "region": "990100",
        **more,
    }
    with player.as_("clerk") as (clerk, session):
        return directory.create(session, clerk, given, now=player.clock()).slug


def decide(player: Player, slug: str, **values: Any) -> None:
    """Say how open an entry is."""
    given = {"openness": "unconditional", "licence": "gongkai-open-1.0", **values}
    with player.as_("clerk") as (clerk, session):
        directory.amend(session, clerk, slug, given, expected=None, now=player.clock())


def link(player: Player, slug: str) -> None:
    """Say where the unit's own site serves the data."""
    url = f"https://data.yunlan.example/{slug}.csv"
    given = {"name": "data", "title": "数据接口", "url": url, "format": "csv"}
    with player.as_("clerk") as (clerk, session):
        resources.add(session, clerk, slug, given, now=player.clock())


def deliver(
    player: Player, slug: str, kind: str, file: tuple[str, bytes], who: str = "clerk"
) -> str:
    """Deliver a file; the number of the delivery."""
    name, body = file
    path = player.runtime.incoming / f"demo-{slug}"
    path.write_bytes(body)
    blob = player.runtime.storage.put_file(path)
    path.unlink(missing_ok=True)
    with player.as_(who) as (clerk, session):
        resource: Resource = resources.add(
            session,
            clerk,
            slug,
            {"name": kind, "title": name.rsplit(".", 1)[0]},
            now=player.clock(),
        )
        return deliveries.add_version(
            session, clerk, resource, blob=blob, file_name=name, now=player.clock()
        ).id


def agree(player: Player, version_id: str, who: str = "clerk") -> None:
    """Agree to every repair that the examination offers."""
    with player.as_(who) as (clerk, session):
        version = deliveries.get_version(session, clerk, version_id)
        offered = version.examination.repairs if version.examination else []
        if offered:
            deliveries.accept_repairs(session, clerk, version_id, "all", now=player.clock())


def review(player: Player, slug: str) -> None:
    """Submit an entry and let another person pass it."""
    with player.as_("clerk") as (clerk, session):
        dataset = directory.get(session, clerk, slug)
        if gates.shut(session, dataset, now=player.now):
            return  # stays a draft with its open reasons, as happens to people
        asked = reviews.submit(
            session,
            clerk,
            slug,
            now=player.clock(),
            calendar=calendars.load(session),
            review_days=REVIEW_DAYS,
        ).id
    player.now += timedelta(hours=3)
    with player.as_("second") as (second, session):
        reviews.decide(
            session,
            second,
            asked,
            verdict="pass",
            reasons="经审查可以公开（演示）",
            now=player.clock(),
        )


def made(number: int, kind: str) -> tuple[str, bytes]:
    """A file of a unit about a subject."""
    return tables.make(kind, place(number), number)
