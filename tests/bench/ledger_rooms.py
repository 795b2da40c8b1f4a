"""What officials ask of the ledger besides rates: plan, change, signals, and a frozen period, on both
databases."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from catalog.auth import SYSTEM
from catalog.db import Database
from catalog.services import (
    changes,
    openness,
    openness_upkeep,
    signals,
    snapshots,
    stocks,
    targets,
)
from catalog.services.changes import Span
from catalog.services.openness_counts import classified
from catalog.services.scopes import CITY
from catalog.services.snapshots import Wish
from datasets import proof
from schemas.vocabularies import Basis
from tests.bench.crowd import NOW
from tests.bench.figures import Row, seconds, times
from tests.bench.ledger_city import CITY_SERVER, cities
from tests.bench.scale import Scale
from tests.common.servers import new_database, start_postgres

TODAY, QUARTER_END = date(2026, 11, 23), date(2026, 9, 30)
KEY = proof.signer(bytes(range(32)))


def rooms(scale: Scale, folder: Path) -> list[Row]:
    """Plan, change, signals and snapshot of one city."""
    with ExitStack() as stack:
        server = stack.enter_context(start_postgres(folder, **CITY_SERVER))
        urls = {"SQLite": f"sqlite:///{folder}/rooms.db", "PostgreSQL": new_database(server)}
        units, entries = scale.rooms_units, scale.rooms_entries
        there = stack.enter_context(cities(urls, units, entries, 1))
        found = []
        for name, one in there.items():
            held = f"{name}, {units:,} units, {entries:,} entries"
            found += _on(held, one.database, folder / f"{name}.zip")
        return found


def _on(held: str, database: Database, path: Path) -> list[Row]:
    with database.write() as session:
        openness_upkeep.rebuild(session, SYSTEM, now=NOW)
    with database.read() as session:
        goals = targets.on(session, TODAY, unit="0.9", data="0.6")
        year = Span(TODAY - timedelta(days=365), TODAY)
        quarter = TODAY - timedelta(days=92)
        asked: dict[str, tuple[Callable[[], object], list[date]]] = {
            "gap plan to 90 % and 60 %": (
                lambda: stocks.plan(session, CITY, TODAY, Basis.ALL, goals), [TODAY]
            ),
            "what changed the data rate in a year": (
                lambda: changes.data_change(session, CITY, year), [year.start, year.end]
            ),
            "signals of gaming of a quarter": (
                lambda: signals.find(session, SYSTEM, since=quarter, day=TODAY),
                [quarter, QUARTER_END, TODAY],
            ),
        }  # fmt: skip
        found = []
        for words, (ask, days) in asked.items():
            ours = min(seconds(ask) for _ in range(3)) * 1000
            peer = min(seconds(lambda days=days: _in_hand(session, days)) for _ in range(3)) * 1000  # type: ignore[misc]
            found.append(
                Row(
                    f"Ledger: {words} ({held})", f"{ours:.0f} ms",
                    f"{peer:.0f} ms (every entry of {len(days)} days in hand)", times(ours, peer),
                )
            )  # fmt: skip
    return [*found, *_frozen(held, database, path)]


def _in_hand(session: Session, days: Sequence[date]) -> list[Counter[tuple[str, ...]]]:
    """Every entry of some days, as it counted, in Python, and no more than a sum by unit and class."""
    return [
        Counter((str(row.unit_id), row.klass) for row in session.execute(classified(day, None)))
        for day in days
    ]


def _page_by_page(database: Database, day: date) -> float:
    """Seconds to go through all entries of a day as somebody would who drills down."""

    def work() -> None:
        after = ""
        with database.read() as session:
            while True:
                page = openness.entries(session, SYSTEM, as_of=day, after=after, limit=500)
                if not (after := page.next):
                    return

    return seconds(work)


def _frozen(held: str, database: Database, path: Path) -> list[Row]:
    def freeze() -> None:
        with database.snapshot() as session:
            snapshots.freeze(
                session, SYSTEM, Wish(period="2026-10"), key=KEY, target=path,
                public_url="https://data.example", now=NOW + timedelta(days=2),
            )  # fmt: skip

    taken = seconds(freeze)
    checked = seconds(lambda: _verify(path))
    paged = _page_by_page(database, date(2026, 10, 31))
    peer = f"{paged:.1f} s (the entries behind it, page by page)"
    return [
        Row(
            f"Ledger: a month counted, frozen and signed ({held})",
            f"{taken:.1f} s, {path.stat().st_size / 2**20:.1f} MB", peer, times(taken, paged),
        ),
        Row(
            f"Ledger: every figure recomputed from the bundle alone ({held})", f"{checked:.1f} s", peer,
            times(checked, paged),
        ),
    ]  # fmt: skip


def _verify(path: Path) -> None:
    verdict = proof.verify(path)
    assert verdict.good
