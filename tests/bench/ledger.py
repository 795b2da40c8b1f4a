"""Rates from the ledger beside counting them from the facts, on both databases."""

import random
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from sqlalchemy import func, select

from catalog.auth import SYSTEM
from catalog.db import Database
from catalog.models import AvailabilityFact, DatasetFact, ExemptionLink, Unit
from catalog.services import directory, openness, openness_upkeep
from catalog.services.openness_counts import counted
from schemas.vocabularies import Openness
from tests.bench.crowd import NOW
from tests.bench.figures import Row, peak, seconds, times
from tests.bench.ledger_city import DAYS, FIRST, LAST, city
from tests.bench.scale import Scale
from tests.common.lists import World, adopt
from tests.common.servers import new_database, start_postgres


def ledger(scale: Scale, folder: Path) -> list[Row]:
    """Every figure on SQLite, then on PostgreSQL (of the tests: it does not wait for the disk)."""
    with ExitStack() as stack:
        server = stack.enter_context(start_postgres(folder))
        urls = {"SQLite": f"sqlite:///{folder}/ledger.db", "PostgreSQL": new_database(server)}
        return [row for name, url in urls.items() for row in _on(name, url, scale)]


def _on(name: str, url: str, scale: Scale) -> list[Row]:
    affected = scale.ledger_affected
    with city(url, scale.ledger_units, scale.ledger_entries, affected) as (database, world, number):
        with database.read() as session:
            rows = sum(
                session.scalar(select(func.count()).select_from(model)) or 0
                for model in (DatasetFact, ExemptionLink, AvailabilityFact)
            )
        built = seconds(lambda: _rebuild(database))
        held = f"{name}, {scale.ledger_units:,} units, {scale.ledger_entries:,} entries, {rows:,} facts"
        found = [Row(f"Ledger: made from nothing ({held})", f"{built:.1f} s")]
        found += _reading(name, database, scale)
        found += _writing(name, database, world, number, affected)
        found.append(_comparing(name, database, rows))
    return found


def _rebuild(database: Database) -> None:
    with database.write() as session:
        openness_upkeep.rebuild(session, SYSTEM, now=NOW)


@dataclass(frozen=True)
class _Taken:
    """Milliseconds of many calls: the quickest, which other work on the machine has not held up, and the
    middle one; and the processor time of this process for one."""

    best: float
    p50: float
    cpu: float

    def __str__(self) -> str:
        return f"best {self.best:.1f} ms, p50 {self.p50:.1f} ms, CPU {self.cpu:.1f} ms"


def _taken(calls: Sequence[Callable[[], object]]) -> _Taken:
    calls[0]()
    cpu = time.process_time()
    wall = sorted(seconds(call) * 1000 for call in calls)
    return _Taken(wall[0], median(wall), (time.process_time() - cpu) * 1000 / len(calls))


def _days(count: int) -> list[date]:
    chosen = random.Random(5)
    return [FIRST + timedelta(days=chosen.randrange(DAYS)) for _ in range(count)]


def _reading(name: str, database: Database, scale: Scale) -> list[Row]:
    """All units, one unit, its trend; the naive way counts the facts of the day by SQL."""
    with database.read() as session:
        codes = list(session.scalars(select(Unit.code).order_by(Unit.id)))
        days = _days(scale.repeats)
        naive = min(
            seconds(lambda day=day: counted(session, day, None, "unit_id")) for day in days[:3]
        )  # type: ignore[misc]
        unit = select(Unit.id).where(Unit.code == codes[7])
        alone = session.scalar(unit)
        for day in days[:2]:
            whole = counted(session, day, None, "unit_id")
            kept = {one.key: one.counts for one in openness.by_unit(session, day)}
            assert kept[codes[7]] == whole.get(alone, openness.Counts())
        every = _taken([lambda day=day: openness.by_unit(session, day) for day in days])
        one = _taken([lambda day=day: openness.of_unit(session, codes[7], day) for day in days])
        start = date(LAST.year - 3, LAST.month, 1)
        trend = _taken([lambda: openness.trend(session, start, LAST, codes[7])] * len(days))
    return [
        Row(
            f"Ledger: rates of all units, any date ({name})", str(every),
            f"{naive * 1000:.0f} ms (counted from the facts)", times(every.best, naive * 1000),
        ),
        Row(
            f"Ledger: rates of one unit, any date ({name})", str(one),
            f"{naive * 1000:.0f} ms (counted from the facts)", times(one.best, naive * 1000),
        ),
        Row(
            f"Ledger: one unit, 36 month ends ({name})", str(trend),
            f"{naive * 37_000:.0f} ms (counted 37 times)", times(trend.best, naive * 37_000),
        ),
    ]  # fmt: skip


def _writing(name: str, database: Database, world: World, number: str, affected: int) -> list[Row]:
    """One change of a disposition, with and without the ledger; an adjustment of many entries."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    for n in range(20):
        for ready in (True, False):
            _set_ready(database, ready=ready)
            taken[ready].append(_change(database, 7 * n + 1 + ready))
    _set_ready(database, ready=True)
    _rebuild(database)
    changed, bare = (min(taken[one]) for one in (True, False))
    with database.write() as session:
        there = World(**{**vars(world), "session": session})
        adjusted = seconds(lambda: adopt(there, {"kind": "repeal", "number": number}))
        begun = time.perf_counter()
    adjusted += time.perf_counter() - begun
    return [
        Row(
            f"Ledger: one disposition changed, with history, trail, snapshots ({name})", f"best {changed * 1000:.1f} ms",
            f"best {bare * 1000:.1f} ms (the same rule without the ledger)", f"{(changed - bare) * 1000:+.1f} ms",
        ),
        Row(f"Ledger: an adjustment that touches {affected:,} entries ({name})", f"{adjusted:.1f} s"),
    ]  # fmt: skip


def _set_ready(database: Database, *, ready: bool) -> None:
    with database.write() as session:
        state = openness_upkeep.state(session, SYSTEM)
        assert state is not None
        state.ready = ready


def _change(database: Database, number: int) -> float:
    """Through the rule that people use: permission, history, facts, links, search note, trail, ledger."""
    given = {"openness": Openness.CONDITIONAL.value, "conditional_mode": "approval"}
    begun = time.perf_counter()
    with database.write() as session:
        slug = f"entry-{number}"
        directory.amend(session, SYSTEM, slug, given, expected=None, now=NOW + timedelta(days=1))
    return time.perf_counter() - begun


def _comparing(name: str, database: Database, rows: int) -> Row:
    found: dict[str, Any] = {}

    def work() -> None:
        with database.snapshot() as session:
            found["verdict"] = openness_upkeep.compare(session, SYSTEM)

    with peak(psutil.Process().pid) as memory:
        taken = seconds(work)
    assert found["verdict"].differences == 0, found["verdict"].shown
    return Row(
        f"Ledger: counted again from {rows:,} facts and compared ({name})",
        f"{taken:.1f} s, {memory.most / 2**20:.0f} MB",
    )
