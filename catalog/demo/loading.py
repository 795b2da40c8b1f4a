"""Filling an empty database with the made-up city and its three years."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select

from catalog.auth import SYSTEM
from catalog.demo import today, years
from catalog.demo.city import DISTRICTS, PARENTS, REGION, REGION_NAMES, UNITS
from catalog.demo.play import Player, code
from catalog.models import Unit
from catalog.runtime import Runtime
from catalog.services import accounts, calendars, laws, regions, roles, units
from schemas.records import Message

PASSWORD = "demo-demo"  # noqa: S105  (a demonstration; printed when it is loaded)
PEOPLE: tuple[tuple[str, str, bool], ...] = (
    ("editor", "editor", True),
    ("reviewer", "reviewer", True),
    ("keeper", "keeper", False),
    ("admin", "administrator", False),
    ("auditor", "auditor", False),
    ("developer", "developer", False),
)


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the demonstration."""

    name: str
    role: str
    unit: str


def load(runtime: Runtime, *, say: Callable[[str | Message], None]) -> list[Account]:
    """Fill an empty database with the made-up city; one that has units is left as it is."""
    with runtime.database.read() as session:
        if session.scalar(select(Unit.id).limit(1)) is not None:
            return _known_accounts(runtime)
    start = runtime.clock().replace(hour=1, minute=0, second=0, microsecond=0)
    begins = start - timedelta(days=years.DAYS)
    player = Player(runtime, begins, Random(20), say)  # noqa: S311
    player.runtime = replace(runtime, clock=player.clock)
    _settle(player, begins)
    years.play(player, begins)
    today.play(player, start)
    runtime.follow()
    return _known_accounts(runtime)


def _known_accounts(runtime: Runtime) -> list[Account]:
    with runtime.database.read() as session:
        return [
            Account(user.name, held.role, held.unit.name if held.unit else "")
            for user in accounts.list_users(session, SYSTEM)
            for held in user.memberships
            if user.name in {name for name, _, _ in PEOPLE}
        ]


def _settle(player: Player, begins: datetime) -> None:
    password = accounts.hashed(PASSWORD)
    with player.runtime.database.write() as session:
        calendars.seed(session)
        laws.seed(session)
        for region, name in REGION_NAMES.items():
            regions.enter(session, SYSTEM, region, name, now=player.clock())
        for number, unit in enumerate(UNITS):
            joins = begins + timedelta(days=years.MONTH * (unit.joins % 99) // 3)
            values = {
                "code": code(number),
                "name": unit.name,
                "kind": unit.kind,
                "region": DISTRICTS.get(number, REGION),
                "parent": code(PARENTS[number]) if number in PARENTS else "",
                "roster_from": joins.date().isoformat(),
            }
            units.add(session, SYSTEM, values, now=player.clock())
        for name, role, of_unit in PEOPLE:
            accounts.add_user(
                session, SYSTEM, name, role=role, unit_code=code(0) if of_unit else "",
                password=password, now=player.clock(),
            )  # fmt: skip
        # One clerk and one reviewer work for every other unit, so that the play keeps to four eyes.
        for name, role in (("clerk", "editor"), ("second", "reviewer")):
            accounts.add_user(
                session, SYSTEM, name, role=role, unit_code=code(1), now=player.clock()
            )
            for number in range(len(UNITS)):
                if number != 1:
                    roles.grant(
                        session,
                        SYSTEM,
                        name,
                        role=role,
                        unit_code=code(number),
                        now=player.clock(),
                    )
