"""Search over HTTP as portals are asked: the mix of a day, its figures alone and with eight clients."""

import http.client
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from urllib.parse import urlencode

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session

from catalog import db, outbox
from catalog.db import Base, Database
from catalog.models import Dataset, Unit
from catalog.search import Question, SearchIndex, open_index
from catalog.services.visibility import public
from catalog.settings import Settings
from tests.bench.crowd import KINDS, PLACES, SUBJECTS, WORDS, fill, title_of
from tests.bench.figures import NONE, Row, Spread, seconds, spread, times
from tests.bench.full_text import ask, full_text
from tests.bench.load import asked
from tests.bench.scale import Scale
from tests.common.processes import environment, poll, served

MIX = ((0.50, "word"), (0.70, "two"), (0.80, "begun"), (0.85, "whole"), (0.95, "unit"), (0.98, "one"),
       (1.0, "broad"))  # fmt: skip
"""Up to which share of the questions each kind goes."""
SHORT = (
    "水",
    "医",
    "桥",
    "林",
    "车",
    "养老",
    "医保",
    "学校",
    "数据",
    "水质",
    "停车场",
    "幼儿园",
    "保障性",
)
"""Words of one to three characters whose hits are compared with SQL's."""


def searching(scale: Scale, folder: Path) -> list[Row]:
    """Twenty entries ranked, the exact number of all, and counts by unit and theme."""
    settings = Settings(home=folder / "home", rate_limit_percent=0)
    settings.home.mkdir()
    questions = list(mixed(scale.search_questions, scale.units, scale.city_entries))
    alone = len(questions) // 4
    with _city(settings, scale) as (database, index, filled):
        made = _made_anew(database, index)
        with full_text(database, folder) as (table, taken):
            peers = Peers(
                spread([partial(ask, table, q, unit) for q, unit in questions[: alone // 10]]),
                _by_like(database, questions[: scale.tries]),
            )
            rows = [
                Row(
                    f"Search index of {scale.city_entries:,} entries made anew",
                    made,
                    f"{taken:.1f} s (FTS5); {filled:.1f} s (writing the entries themselves)",
                ),
                _recall(database, index, scale, table),
            ]
        addresses = [_address(q, unit) for q, unit in questions]
        shares = {1: addresses[:alone], 8: addresses[alone:]}
        with served(environment(settings), folder, workers=2, threads=4) as port:
            rows += [
                _asked(scale, port, share, clients, peers) for clients, share in shares.items()
            ]
            rows.append(_change(database, port, scale))
            rows.append(_lists(settings, folder, port, scale))
    return rows


@dataclass(frozen=True)
class Peers:
    """The same questions by SQLite's own means, in process, one client."""

    full_text: Spread
    like: Spread


def _asked(scale: Scale, port: int, addresses: list[str], clients: int, peers: Peers) -> Row:
    found = asked(port, addresses, clients)
    return Row(
        f"Search over {scale.city_entries:,} entries through HTTP: 20 ranked, total, two facets; "
        f"clients: {clients}",
        str(found),
        f"{peers.full_text} (FTS5 in process, one client); p50 {peers.like.p50:,.0f} ms (LIKE)",
        f"{times(found.spread.p95, peers.full_text.p95)} at p95",
    )


def mixed(count: int, units: int, entries: int) -> Iterator[tuple[str, str]]:
    """Questions of a portal's day: words, and the code of a unit where one is chosen."""
    random = Random(5)
    for _ in range(count):
        share = random.random()
        kind = next(name for most, name in MIX if share < most)
        subject, word, place = random.choice(SUBJECTS), random.choice(WORDS), random.choice(PLACES)
        n = random.randrange(1, entries + 1)
        unit = n % units + 1
        said = {
            "word": random.choice([subject, subject[:2], subject[:3], word, word[:3], place]),
            "two": f"{random.choice([subject, place])} {random.choice([word, random.choice(KINDS)])}",
            "begun": title_of(n, unit)[: random.randrange(6, 10)],
            "whole": title_of(n, unit),
            "unit": subject[:2],
            "one": random.choice("水桥医学路河田车"),
            "broad": "数据",
        }
        yield said[kind], f"T{unit:017d}" if kind == "unit" else ""


def _address(q: str, unit: str) -> str:
    given = {"q": q, "facets": "unit,theme", "limit": "20", **({"unit": unit} if unit else {})}
    return f"/api/v1/datasets?{urlencode(given)}"


@contextmanager
def _city(settings: Settings, scale: Scale) -> Iterator[tuple[Database, SearchIndex, float]]:
    """A filled database, its index, and the seconds that filling took."""
    database = db.open_database(settings.resolved_database_url())
    try:
        Base.metadata.create_all(database.engine)
        filled = seconds(lambda: fill(database, scale.units, scale.city_entries, facts=False))
        yield database, open_index(settings.home / "index"), filled
    finally:
        database.engine.dispose()


def _made_anew(database: Database, index: SearchIndex) -> str:
    begun = os.times()
    rebuilt = seconds(lambda: index.rebuild(database))
    spent = sum(os.times()[:4]) - sum(begun[:4])
    return f"{rebuilt:.1f} s ({spent:.0f} s of processor)"


def _recall(database: Database, index: SearchIndex, scale: Scale, table: sqlite3.Connection) -> Row:
    """Whether the index finds what LIKE finds, no entry more or less."""
    words = SHORT[: scale.likes]
    with database.read() as session:
        there = {
            word: session.scalar(select(func.count()).select_from(_held(word).subquery()))
            for word in words
        }
    right = sum(index.ask(Question(word, limit=1)).total == there[word] for word in words)
    assert right == len(words), f"{right} of {len(words)} words"
    peer = sum(ask(table, word, "") == there[word] for word in words)
    return Row(
        f"Words of one to three characters found exactly as by LIKE, {scale.city_entries:,} entries",
        f"{right} of {len(words)}",
        f"{peer} of {len(words)} (FTS5)",
    )


def _held(word: str, unit: str = "") -> Select[tuple[Dataset]]:
    said = or_(
        *(column.contains(word) for column in (Dataset.title, Dataset.description, Dataset.theme)),
        Unit.name.contains(word),
    )
    found = select(Dataset).join(Unit, Unit.id == Dataset.unit_id).where(public(), said)
    return found.where(Unit.code == unit) if unit else found


def _by_like(database: Database, questions: list[tuple[str, str]]) -> Spread:
    with database.read() as session:
        return spread([partial(_like, session, q, unit) for q, unit in questions])


def _like(session: Session, question: str, unit: str) -> None:
    session.expunge_all()
    first, *rest = question.split()
    found = _held(first, unit)
    for word in rest:
        found = found.where(or_(Dataset.title.contains(word), Dataset.description.contains(word)))
    session.scalars(found.order_by(Dataset.updated_at.desc()).limit(20)).all()
    session.scalar(select(func.count()).select_from(found.subquery()))
    for column in (Unit.code, Dataset.theme):
        session.execute(found.with_only_columns(column, func.count()).group_by(column)).all()


def _lists(settings: Settings, folder: Path, port: int, scale: Scale) -> Row:
    """Twenty pages of a portal asked over and over, each made once for a state of the directory."""
    days = [f"2024-0{1 + n % 9}-{10 + n // 9}" for n in range(20)]
    pages = [f"/api/v1/datasets?limit=20&updated_after={day}" for day in days]
    for page in pages:
        asked(port, [page] * 4, 2)
    ours = asked(port, pages * (scale.search_questions // 20), 8)
    env = environment(settings)
    env["BENCH_DATABASE_URL"] = settings.resolved_database_url()
    with served(env, folder, "tests.bench.plain_lists:make()", workers=2, threads=4) as other:
        plain = [f"/?before={scale.city_entries - 20 * n}" for n in range(20)]
        peer = asked(other, plain * (scale.search_questions // 20), 8)
    return Row(
        "A list page of 20 entries as JSON, with their exact number; 8 clients",
        str(ours),
        f"{peer} (objects and marshmallow under the same server, no number)",
        times(1 / ours.rate, 1 / peer.rate),
    )


def _change(database: Database, port: int, scale: Scale) -> Row:
    """From the commit of a new title until the web finds it."""
    taken = []
    for n in range(3):
        title, number = f"临时更名第{'甲乙丙'[n]}号", 1 + 5 * n
        with database.write() as session:
            session.execute(
                update(Dataset).where(Dataset.id == number).values(title=title, state="published")
            )
            outbox.touch_search(session, number, datetime.now(UTC))
        address = f"/api/v1/datasets?{urlencode({'q': title})}"
        taken.append(seconds(lambda address=address: poll(lambda: _finds(port, address), 30, 0.02)))
    return Row(
        f"A change found by search among {scale.city_entries:,} entries, after its commit",
        f"{min(taken):.2f} s",
        NONE,
    )


def _finds(port: int, address: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with closing(connection):
        connection.request("GET", address)
        return bool(json.loads(connection.getresponse().read())["page"]["total"])
