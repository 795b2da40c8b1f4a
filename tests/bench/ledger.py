"""Rates from the ledger beside counting them from the facts, on both databases."""

import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from subprocess import PIPE, STDOUT, Popen
from tempfile import TemporaryDirectory

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.auth import SYSTEM
from catalog.db import Database
from catalog.models import AvailabilityFact, DatasetFact, ExemptionLink, Unit
from catalog.services import directory, openness, openness_upkeep
from catalog.services.openness_counts import counted
from catalog.services.openness_intervals import Held, Place, Span, items, load, turned
from catalog.services.openness_measures import Counts
from schemas.vocabularies import Openness
from tests.bench.crowd import NOW
from tests.bench.figures import Row, peak, seconds, times
from tests.bench.ledger_city import CITY_SERVER, DAYS, FIRST, LAST, City, cities
from tests.bench.scale import Scale
from tests.common.lists import World, adopt
from tests.common.servers import new_database, start_postgres


def ledger(scale: Scale, folder: Path) -> list[Row]:
    """Every figure on SQLite, then on PostgreSQL (of the tests: it does not wait for the disk)."""
    with ExitStack() as stack:
        server = stack.enter_context(start_postgres(folder, **CITY_SERVER))
        urls = {"SQLite": f"sqlite:///{folder}/ledger.db", "PostgreSQL": new_database(server)}
        size = (scale.ledger_units, scale.ledger_entries, scale.ledger_affected)
        there = stack.enter_context(cities(urls, *size))
        return [row for name, one in there.items() for row in _on(name, one, scale)]


def _on(name: str, there: City, scale: Scale) -> list[Row]:
    database = there.database
    with database.read() as session:
        rows = sum(
            session.scalar(select(func.count()).select_from(model)) or 0
            for model in (DatasetFact, ExemptionLink, AvailabilityFact)
        )
    alone = _entry_by_entry(database, scale.ledger_entries)
    built = seconds(lambda: _rebuild(database))
    held = f"{name}, {scale.ledger_units:,} units, {scale.ledger_entries:,} entries, {rows:,} facts"
    peer = f"{alone:.0f} s (entry by entry)"
    found = [
        Row(f"Ledger: made from nothing ({held})", f"{built:.1f} s", peer, times(built, alone))
    ]
    found += _reading(name, database, scale)
    found += _writing(name, there, scale.ledger_affected)
    found.append(_comparing(name, there.url, rows, alone))
    return found


def _entry_by_entry(database: Database, entries: int) -> float:
    """Seconds to count all entries as a commit counts those that it has touched; from some of them."""
    some = range(1, min(entries, _SOME) + 1)
    nothing = Held(), dict[str, list[Span]]()

    def work() -> None:
        counts: dict[Place, Counts] = {}
        with database.read() as session:
            held = load(session, some)
            now = items(session, {number for one in held.values() for number, _ in one.links})
        for one in held.values():
            turned(nothing, (one, now), counts)

    return seconds(work) * entries / len(some)


_SOME = 20_000


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
        number = session.scalar(select(Unit.id).where(Unit.code == codes[7]))
        counting = []
        for day in days[:2]:
            begun = time.perf_counter()
            whole = counted(session, day, None, "unit_id")
            counting.append(time.perf_counter() - begun)
            kept = {one.key: one.counts for one in openness.by_unit(session, day)}
            assert kept[codes[7]] == whole.get(number, Counts())
        naive = min(counting)
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


def _writing(name: str, there: City, affected: int) -> list[Row]:
    """One change of a disposition, with and without the ledger; an adjustment of many entries, beside
    changing them one after the other in one transaction."""
    database, taken = there.database, _changes(there.database)
    _rebuild(database)
    changed, bare = (min(taken[one]) for one in (True, False))
    alone = _one_by_one(database, 100) * affected / 100
    with database.write() as session:
        here = World(**{**vars(there.world), "session": session})
        adjusted = seconds(lambda: adopt(here, {"kind": "repeal", "number": there.number}))
        begun = time.perf_counter()
    adjusted += time.perf_counter() - begun
    return [
        Row(
            f"Ledger: one disposition changed, with history, trail, snapshots ({name})", f"best {changed * 1000:.1f} ms",
            f"best {bare * 1000:.1f} ms (the same rule without the ledger)", f"{(changed - bare) * 1000:+.1f} ms",
        ),
        Row(
            f"Ledger: an adjustment that touches {affected:,} entries ({name})", f"{adjusted:.1f} s",
            f"{alone:.1f} s (entry by entry)", times(adjusted, alone),
        ),
    ]  # fmt: skip


def _changes(database: Database) -> dict[bool, list[float]]:
    """Seconds of single changes, each committed: with the ledger, and without."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    for n in range(20):
        for ready in (True, False):
            _set_ready(database, ready=ready)
            taken[ready].append(_change(database, 7 * n + 1 + ready))
    _set_ready(database, ready=True)
    return taken


def _one_by_one(database: Database, count: int) -> float:
    """Seconds to change entries by the rule for one, committed together."""

    def work() -> None:
        with database.write() as session:
            for n in range(count):
                _amend(session, 7 * n + 5, "real-name")

    return seconds(work)


def _set_ready(database: Database, *, ready: bool) -> None:
    with database.write() as session:
        state = openness_upkeep.state(session, SYSTEM)
        assert state is not None
        state.ready = ready


def _change(database: Database, number: int) -> float:
    """Through the rule that people use: permission, history, facts, links, search note, trail, ledger."""
    begun = time.perf_counter()
    with database.write() as session:
        _amend(session, number, "approval")
    return time.perf_counter() - begun


def _amend(session: Session, number: int, mode: str) -> None:
    given = {"openness": Openness.CONDITIONAL.value, "conditional_mode": mode}
    slug, now = f"entry-{number}", NOW + timedelta(days=1)
    directory.amend(session, SYSTEM, slug, given, expected=None, now=now)


def _comparing(name: str, url: str, rows: int, alone: float) -> Row:
    """``gongkai openness --verify`` as an operator runs it: its own process, start-up and all."""
    words = (sys.executable, "-m", "catalog", "openness", "--verify")
    with TemporaryDirectory() as home:
        environment = {**os.environ, "GONGKAI_DATABASE_URL": url, "GONGKAI_HOME": home}
        begun = time.perf_counter()
        process = Popen(words, env=environment, stdout=PIPE, stderr=STDOUT, text=True)
        with peak(process.pid) as memory:
            said, _ = process.communicate()
        taken = time.perf_counter() - begun
    if process.returncode:
        raise RuntimeError(said)
    return Row(
        f"Ledger: counted again from {rows:,} facts and compared ({name})",
        f"{taken:.1f} s, {memory.most / 2**20:.0f} MB",
        f"{alone:.0f} s (entry by entry)", times(taken, alone),
    )  # fmt: skip
