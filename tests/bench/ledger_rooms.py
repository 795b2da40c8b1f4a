"""What officials ask of the ledger besides rates: plan, change, signals, and a frozen period, on both
databases."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

from catalog.auth import SYSTEM
from catalog.db import Database
from catalog.services import changes, openness_upkeep, signals, snapshots, stocks, targets
from catalog.services.changes import Span
from catalog.services.scopes import CITY
from catalog.services.snapshots import Wish
from datasets import proof
from schemas.vocabularies import Basis
from tests.bench.crowd import NOW
from tests.bench.figures import Row, seconds
from tests.bench.ledger_city import city
from tests.bench.scale import Scale
from tests.common.servers import new_database, start_postgres

TODAY = date(2026, 11, 23)
KEY = proof.signer(bytes(range(32)))


def rooms(scale: Scale, folder: Path) -> list[Row]:
    """Plan, change, signals and snapshot of one city."""
    with ExitStack() as stack:
        server = stack.enter_context(start_postgres(folder))
        urls = {"SQLite": f"sqlite:///{folder}/rooms.db", "PostgreSQL": new_database(server)}
        return [row for name, url in urls.items() for row in _on(name, url, scale, folder)]


def _on(name: str, url: str, scale: Scale, folder: Path) -> list[Row]:
    units, entries = scale.rooms_units, scale.rooms_entries
    with city(url, units, entries, 1) as (database, _, _):
        with database.write() as session:
            openness_upkeep.rebuild(session, SYSTEM, now=NOW)
        held = f"{name}, {units:,} units, {entries:,} entries"
        with database.read() as session:
            goals = targets.on(session, TODAY, unit="0.9", data="0.6")
            year = Span(TODAY - timedelta(days=365), TODAY)
            asked: dict[str, Callable[[], object]] = {
                "gap plan to 90 % and 60 %": lambda: stocks.plan(
                    session, CITY, TODAY, Basis.ALL, goals
                ),
                "what changed the data rate in a year": lambda: changes.data_change(
                    session, CITY, year
                ),
                "signals of gaming of a quarter": lambda: signals.find(
                    session, SYSTEM, since=TODAY - timedelta(days=92), day=TODAY
                ),
            }
            found = [
                Row(
                    f"Ledger: {words} ({held})",
                    f"{min(seconds(ask) for _ in range(3)) * 1000:.0f} ms",
                )
                for words, ask in asked.items()
            ]
        return [*found, *_frozen(held, database, folder / f"{name}.zip")]


def _frozen(held: str, database: Database, path: Path) -> list[Row]:
    def freeze() -> None:
        with database.snapshot() as session:
            snapshots.freeze(
                session, SYSTEM, Wish(period="2026-10"), key=KEY, target=path,
                public_url="https://data.example", now=NOW + timedelta(days=2),
            )  # fmt: skip

    taken = seconds(freeze)
    checked = seconds(lambda: _verify(path))
    return [
        Row(f"Ledger: a month counted, frozen and signed ({held})", f"{taken:.1f} s, {path.stat().st_size / 2**20:.1f} MB"),
        Row(f"Ledger: every figure recomputed from the bundle alone ({held})", f"{checked:.1f} s"),
    ]  # fmt: skip


def _verify(path: Path) -> None:
    verdict = proof.verify(path)
    assert verdict.good
