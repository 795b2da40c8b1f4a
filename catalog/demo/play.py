"""Fifteen months of the made-up city, played through the rules with a clock that is set back."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import jobs
from catalog.auth import SYSTEM, Identity
from catalog.demo import tables
from catalog.demo.city import CITY, SUBJECTS, UNITS, DemoUnit, credit_code
from catalog.demo.law import ITEMS
from catalog.models import Resource, Unit, User
from catalog.runtime import Runtime
from catalog.services import (
    accounts,
    calendars,
    deliveries,
    directory,
    fields,
    gates,
    laws,
    negative_list,
    notices,
    publishing,
    resources,
    reviews,
    units,
)
from schemas.vocabularies import Openness

__all__ = ["CITY", "PASSWORD", "Account", "load"]

PASSWORD = "demo-demo"  # noqa: S105  (a demonstration; printed when it is loaded)
MONTHS = 15

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


@dataclass
class Player:
    """Plays one city: the runtime with a clock of its own, and the people by name."""

    runtime: Runtime
    now: datetime
    random: Random
    say: Callable[[str], None]

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


def load(runtime: Runtime, *, say: Callable[[str], None]) -> list[Account]:
    """Fill an empty database with the made-up city; one that has units is left as it is."""
    with runtime.database.read() as session:
        if session.scalar(select(Unit.id).limit(1)) is not None:
            return _known_accounts(runtime)
    start = runtime.clock().replace(hour=1, minute=0, second=0, microsecond=0)
    player = Player(runtime, start - timedelta(days=30 * MONTHS), Random(20), say)  # noqa: S311
    player.runtime = replace(runtime, clock=player.clock)
    _settle(player, start)
    _list_of_exemptions(player)
    for month in range(MONTHS):
        player.now = start - timedelta(days=30 * (MONTHS - month))
        _month(player, month)
        say(f"{player.now.date().isoformat()}  {month + 1}/{MONTHS}")
    _today(player, start)
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


def _settle(player: Player, start: datetime) -> None:
    password = accounts.hashed(PASSWORD)
    with player.runtime.database.write() as session:
        calendars.seed(session)
        laws.seed(session)
        for number, unit in enumerate(UNITS):
            months = min(unit.joins, MONTHS - 1) if unit.joins < 99 else 0
            units.add(
                session, SYSTEM,
                {
                    "code": _code(number),
                    "name": unit.name,
                    "kind": unit.kind,
                    "region": "990100",
                    "roster_from": (start - timedelta(days=30 * (MONTHS - months // 3))).date().isoformat(),
                },
                now=player.clock(),
            )  # fmt: skip
        for name, role, of_unit in PEOPLE:
            accounts.add_user(
                session, SYSTEM, name, role=role, unit_code=_code(0) if of_unit else "",
                password=password, now=player.clock(),
            )  # fmt: skip
        # One clerk and one reviewer work for every other unit, so that the play keeps to four eyes.
        for name, role in (("clerk", "editor"), ("second", "reviewer")):
            accounts.add_user(
                session, SYSTEM, name, role=role, unit_code=_code(1), now=player.clock()
            )
            for number in range(len(UNITS)):
                if number != 1:
                    accounts.grant(
                        session,
                        SYSTEM,
                        name,
                        role=role,
                        unit_code=_code(number),
                        now=player.clock(),
                    )


def _code(number: int) -> str:
    return credit_code("11" if UNITS[number].kind == "department" else "12", 10_000 + number)


def _list_of_exemptions(player: Player) -> None:
    for part in ITEMS:
        review_by = (player.now + timedelta(days=700)).date().isoformat()
        changes = [{"kind": "add", "item": {**item, "review_by": review_by}} for item in part]
        reason = "首次编制（演示）" if part is ITEMS[0] else "补充事项（演示）"
        with player.as_("keeper") as (keeper, session):
            drafted = negative_list.draft(
                session, keeper, changes=changes, reason=reason, now=player.clock()
            )
        with player.as_("admin") as (admin, session):
            found = negative_list.approve(
                session, admin, drafted.id, now=player.clock(), calendar=calendars.load(session)
            )
            notice = str(found.consequences["notice"])
        player.now += timedelta(days=6)
        with player.as_("keeper") as (keeper, session):
            notices.publish(session, keeper, notice, now=player.clock())


def _month(player: Player, month: int) -> None:
    delivered: list[tuple[str, str]] = []
    for number, unit in enumerate(UNITS):
        turned = SUBJECTS[number % len(SUBJECTS) :] + SUBJECTS[: number % len(SUBJECTS)]
        if month == min(unit.joins, MONTHS - 1):
            for place, subject in enumerate(turned[: unit.eager + 2]):
                delivered += _register(
                    player, number, unit, subject, ready=place < unit.eager * 2 // 3
                )
        elif unit.joins < month and (month + number) % 6 == 0:
            _register(player, number, unit, turned[-1 - month % 2], ready=False)
    _work(player.runtime)
    for _, version in delivered:
        _agree(player, version, "clerk")
    _work(player.runtime)
    for slug, _ in delivered:
        _review(player, slug)


def _work(runtime: Runtime) -> None:
    """Examine what was delivered, two files at a time."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: jobs.run_waiting(runtime), range(2)))


def _register(
    player: Player, number: int, unit: DemoUnit, subject: tuple[str, str, str], *, ready: bool
) -> list[tuple[str, str]]:
    label, kind, description = subject
    closed = unit.eager == 0 or (kind in {"penalties", "guides"} and unit.eager < 6)
    openness = Openness.UNASSESSED
    if ready:
        openness = (
            Openness.CONDITIONAL
            if kind == "readings" and number % 3 == 0
            else Openness.UNCONDITIONAL
        )
    elif closed:
        openness = Openness.WITHHELD
    place = unit.name.removeprefix("云澜市").removesuffix("局").removesuffix("委员会")
    given = {
        "unit": _code(number),
        "title": f"{place}{label}",
        "description": f"{description}。演示数据，由程序生成。",
        "theme": unit.theme,
        "openness": openness,
        "conditional_mode": "real-name" if openness == Openness.CONDITIONAL else "",
        "open_condition": "实名登录后下载" if openness == Openness.CONDITIONAL else "",
        "withheld_by": ["NL-003"] if openness == Openness.WITHHELD else [],
        "update_cycle": player.random.choice(("yearly", "quarterly", "monthly", "half-yearly")),
        "keywords": [unit.theme, label],
        "contact_phone": "0990-12345",
        "licence": "gongkai-open-1.0" if openness != Openness.WITHHELD else "",
        "region": "990100",
    }
    with player.as_("clerk") as (clerk, session):
        slug = directory.create(session, clerk, given, now=player.clock()).slug
    if ready:
        name, body = tables.make(kind, place, number)
        return [(slug, _deliver(player, slug, kind, name, body, "clerk"))]
    if openness == Openness.WITHHELD:
        _review(player, slug)
    return []


def _deliver(player: Player, slug: str, kind: str, name: str, body: bytes, who: str) -> str:
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


def _agree(player: Player, version_id: str, who: str) -> None:
    with player.as_(who) as (clerk, session):
        version = deliveries.get_version(session, clerk, version_id)
        offered = version.examination.repairs if version.examination else []
        if offered:
            deliveries.accept_repairs(session, clerk, version_id, "all", now=player.clock())


def _review(player: Player, slug: str) -> None:
    with player.as_("clerk") as (clerk, session):
        dataset = directory.get(session, clerk, slug)
        if gates.shut(session, dataset, now=player.now):
            return  # stays a draft with its open reasons, as happens to people
        review = reviews.submit(
            session,
            clerk,
            slug,
            now=player.clock(),
            calendar=calendars.load(session),
            review_days=5,
        ).id
    player.now += timedelta(hours=3)
    with player.as_("second") as (second, session):
        reviews.decide(
            session,
            second,
            review,
            verdict="pass",
            reasons="经审查可以公开（演示）",
            now=player.clock(),
        )


def _today(player: Player, start: datetime) -> None:
    """What waits on the desks today: a review, a delivery with defects, one with personal data."""
    player.now = start - timedelta(hours=2)
    _waiting_review(player)
    _ugly_delivery(player)
    _stopped_delivery(player)
    _work(player.runtime)
    with player.as_("clerk") as (clerk, session):
        page = directory.page(
            session, clerk, directory.Filters(unit=_code(3), state="published"), limit=1
        )
        publishing.withdraw(
            session,
            clerk,
            page.items[0].slug,
            reason="数据有误，核对后重新发布（演示）",
            now=player.clock(),
        )


def _entry(player: Player, title: str, description: str) -> str:
    given = {
        "unit": _code(0), "title": title, "description": description, "theme": "社会保障",
        "openness": "unconditional", "update_cycle": "yearly", "licence": "gongkai-open-1.0",
    }  # fmt: skip
    with player.as_("editor") as (editor, session):
        return directory.create(session, editor, given, now=player.clock()).slug


def _waiting_review(player: Player) -> None:
    slug = _entry(
        player, "职业技能培训机构名录", "经备案的培训机构名称、代码和地址，每年核对。演示数据。"
    )
    name, body = tables.make("institutions", "职业技能培训", 2)
    version = _deliver(player, slug, "institutions", name, body, "editor")
    _work(player.runtime)
    _agree(player, version, "editor")
    _work(player.runtime)
    with player.as_("editor") as (editor, session):
        dataset = directory.get(session, editor, slug)
        closing = [
            {
                "name": field.name,
                "openness": "withheld" if field.name == "地址" else "unconditional",
                "withheld_by": ["NL-002"] if field.name == "地址" else [],
            }
            for field in dataset.fields
        ]
        fields.set_fields(session, editor, slug, closing, expected=None, now=player.clock())
    _work(player.runtime)
    with player.as_("editor") as (editor, session):
        reviews.submit(
            session, editor, slug, note="请审查（演示）", now=player.clock(),
            calendar=calendars.load(session), review_days=5,
        )  # fmt: skip


def _ugly_delivery(player: Player) -> None:
    slug = _entry(player, "劳动保障监察年度统计", "按年汇总的监察案件数量和金额。演示数据。")
    name, body = tables.make("statistics", "劳动保障监察", 5)
    _deliver(player, slug, "statistics", name, body, "editor")


def _stopped_delivery(player: Player) -> None:
    slug = _entry(player, "个体经营者社会保险登记名录", "登记名称、代码和经营地址。演示数据。")
    _deliver(
        player, slug, "register", "个体经营者名录.csv", tables.with_identity_numbers(), "editor"
    )
