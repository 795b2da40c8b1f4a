"""A city in a portal: thirty units with forty entries each, in every disposition.

One entry of every kind comes through the doors (``tests.common.portal``); the others are its copies, each with
a unit, a title, an address and a table of its own, written as sets of rows. What is derived from entries
(links, facts, ledger, documents, index) the product's own writers make.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session, selectinload

from catalog import outbox
from catalog.auth import SYSTEM
from catalog.db import Base
from catalog.demo.city import REGION, credit_code
from catalog.models import Dataset, Examination, Field, PublishedFile, Resource, Unit, Version
from catalog.runtime import build
from catalog.services import facts, row_sets, units
from catalog.settings import Settings
from catalog.web import create_app
from tests.bench.crowd import SUBJECTS, THEMES, title_of
from tests.common.portal import ENDED, LISTED, SECRET, Portal
from tests.common.stack import Clock, Stack
from tests.conftest import NOW

UNITS, ENTRIES = 30, 1_200
LINKED = "linked"
"""An entry whose table is an address elsewhere: without a size, without a version, without a mailbox."""
HIDDEN = ("draft", "other")
SHARES = {
    "open": 16, "partly": 4, "closed": 6, "conditional": 4, LINKED: 1, "suspension": 1,
    "withdrawal": 2, "retirement": 1, "draft": 5,
}  # fmt: skip
"""Kind -> how many of the forty entries of a unit."""
_KINDS = [kind for kind, share in SHARES.items() for _ in range(share)]
Row = dict[str, Any]


@dataclass(frozen=True)
class City(Portal):
    """The stack, the slugs of the small portal's entries, and what kind each entry is of, by slug."""

    kinds: dict[str, str]

    def of(self, *kinds: str) -> set[str]:
        """The slugs of these kinds."""
        return {slug for slug, kind in self.kinds.items() if kind in kinds}

    @property
    def listed(self) -> set[str]:
        """What is in the catalogue."""
        return self.of(*LISTED, LINKED)

    @property
    def ended(self) -> set[str]:
        """What was in it, and is told as gone."""
        return self.of(*ENDED)

    def end(self, slug: str, how: str = "withdrawal") -> None:
        """Have an administrator take an entry out; what is derived follows later."""
        self.stack.ok(
            "POST", f"/api/v1/datasets/{slug}/{how}", "admin", json={"reason": "数据有误"}
        )
        self.kinds[slug] = how


@contextmanager
def city_from(portal: Portal, home: Path) -> Iterator[City]:
    """A city that grows out of a copy of the small portal."""
    shutil.copytree(portal.stack.runtime.settings.home, home)
    clock = Clock(portal.stack.clock.now)
    runtime = build(Settings(home=home), clock)
    try:
        app = create_app(runtime)
        app.testing = True
        city = City(
            Stack(runtime, app.test_client(), clock, dict(portal.stack.tokens)),
            dict(portal.slugs),
            {slug: kind for kind, slug in portal.slugs.items()},
        )
        grow(city)
        yield city
    finally:
        runtime.close()


def grow(city: City) -> None:
    """Fill a portal up to so many units and entries."""
    stack = city.stack
    with stack.runtime.database.write() as session:
        for n in range(3, UNITS + 1):
            units.add(
                session, SYSTEM,
                {"code": credit_code("11", n), "name": f"第{n}局", "kind": "department",
                 "region": REGION, "roster_from": "2020-01-01"},
                now=stack.clock(),
            )  # fmt: skip
        numbers = range(len(city.kinds), ENTRIES)
        _settle(session, city, numbers)
    while stack.runtime.follow():
        pass


def _settle(session: Session, city: City, numbers: range) -> None:
    every = list(session.scalars(select(Unit.id).order_by(Unit.id)))
    originals = {kind: _original(session, city, kind) for kind in SHARES}
    first = session.scalar(select(func.max(Dataset.id))) or 0
    first -= numbers.start - 1
    rows: dict[type[Base], list[Row]] = {model: [] for model in _ORDER}
    links: dict[int, Mapping[str, list[str]]] = {}
    for n in numbers:
        kind, unit = _KINDS[n // UNITS % len(_KINDS)], every[n % UNITS]
        original = originals[kind]
        made = _entry(original, first + n, n, unit, kind)
        city.kinds[made[Dataset][0]["slug"]] = kind
        for model, copies in made.items():
            rows[model] += copies
        if original.links:
            links[first + n] = original.links
    for model in _ORDER:
        row_sets.add(session, model, [_without_places(model, row) for row in rows[model]])
    _point(session, Version, rows[Version], "examination_id")
    _point(session, Resource, rows[Resource], "current_version_id", "current_examination_id")
    now, ids = city.stack.clock(), [row["id"] for row in rows[Dataset]]
    facts.link_many(session, links, now)
    for some in row_sets.batches(ids):
        entries = session.scalars(
            select(Dataset).where(Dataset.id.in_(some)).options(selectinload(Dataset.fields))
        )
        facts.record_all(session, list(entries), now)
    outbox.touch_entries(session, ids, now)


_ORDER: tuple[type[Base], ...] = (Dataset, Field, Resource, Version, Examination, PublishedFile)
"""Tables of an entry, each after those it refers to."""
_PLACES: dict[type[Base], tuple[str, ...]] = {
    Resource: ("current_version_id", "current_examination_id"), Version: ("examination_id",),
}  # fmt: skip
"""References to tables that are filled later."""


def _without_places(model: type[Base], row: Row) -> Row:
    return row | dict.fromkeys(_PLACES.get(model, ()))


def _point(session: Session, model: Any, rows: Sequence[Row], *names: str) -> None:
    """Set the references that had to wait."""
    held = [{"of": row["id"]} | {f"to_{name}": row[name] for name in names} for row in rows]
    if held:
        table = model.__table__
        values = {name: bindparam(f"to_{name}") for name in names}
        session.connection().execute(
            update(table).where(table.c.id == bindparam("of")).values(values), held
        )


@dataclass(frozen=True)
class Original:
    """The rows of an entry that is copied, by table, and what closes it."""

    rows: dict[type[Base], list[Row]]
    links: dict[str, list[str]]


def _original(session: Session, city: City, kind: str) -> Original:
    slug = city.slugs["open" if kind == LINKED else kind]
    number = session.scalar(select(Dataset.id).where(Dataset.slug == slug))
    assert number is not None
    found = {Dataset: _rows(session, Dataset, Dataset.id == number)}
    for model in (Field, Resource, PublishedFile):
        found[model] = _rows(session, model, model.dataset_id == number)
    versions = {row["current_version_id"] for row in found[Resource]}
    found[Version] = _rows(session, Version, Version.id.in_(versions))
    examined = {row["current_examination_id"] for row in found[Resource]}
    found[Examination] = _rows(session, Examination, Examination.id.in_(examined))
    found[PublishedFile] = [row for row in found[PublishedFile] if row["version_id"] in versions]
    if kind == LINKED:
        elsewhere = {
            "url": "https://data.example.org/realtime", "format": "API",
            "current_version_id": None, "current_examination_id": None,
        }  # fmt: skip
        found |= {Version: [], Examination: [], PublishedFile: []}
        found[Resource] = [row | elsewhere for row in found[Resource]]
        found[Dataset] = [row | {"contact_email": ""} for row in found[Dataset]]
    return Original(found, facts.links(session, number))


def _rows(session: Session, model: Any, which: Any) -> list[Row]:
    return [dict(row) for row in session.execute(select(model.__table__).where(which)).mappings()]


def _entry(original: Original, number: int, n: int, unit: int, kind: str) -> dict[Any, list[Row]]:
    """The rows of one copy. It has at most one table, which has at most one version."""
    at = NOW - timedelta(days=n % 900, milliseconds=n)
    (entry,), key = original.rows[Dataset], uuid5(NAMESPACE_URL, f"table {number}").hex
    subject = SUBJECTS[n % len(SUBJECTS)]
    title = title_of(n, unit)
    own = {
        "id": number, "slug": f"entry-{n:04d}", "code": f"307{unit:03d}/{n + 1_000}", "unit_id": unit,
        "title": f"{SECRET}{title}" if kind in HIDDEN else f"{title}{n}",
        "description": f"{subject}的基本情况，按年度汇总，第{n}项，供社会查询和利用。",
        "theme": THEMES[n % len(THEMES)], "keywords": [subject, "汇总"], "created_at": at,
        "published_at": at if entry["published_at"] else None, "state_changed_at": at,
        "updated_at": at, "modified": at.date() if entry["modified"] else None, "version": 1,
    }  # fmt: skip
    table = {"dataset_id": number, "id": key, "created_at": at}
    pointed = {"current_version_id": key, "current_examination_id": number}
    own_rows = {
        Dataset: own, Field: {"dataset_id": number}, Resource: table,
        Version: {"id": key, "resource_id": key, "examination_id": number},
        Examination: {"id": number, "version_id": key},
        PublishedFile: {"dataset_id": number, "version_id": key, "examination_id": number},
    }  # fmt: skip
    made = {model: [row | own_rows[model] for row in rows] for model, rows in original.rows.items()}
    for row in made[Resource]:
        row |= {name: value for name, value in pointed.items() if row[name]}
    for row in chain(made[Field], made[PublishedFile]):
        del row["id"]
    return made
