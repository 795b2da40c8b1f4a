"""What happened to the made-up city besides opening: the list, targets, a merger, mistakes, tricks."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from catalog.auth import SYSTEM
from catalog.demo import public
from catalog.demo.city import CLOSED, MERGED, SUCCESSOR
from catalog.demo.law import ITEMS, PROCESS, SECRETS
from catalog.demo.play import (
    Player,
    agree,
    code,
    decide,
    deliver,
    link,
    place,
    register,
    review,
    work,
)
from catalog.jobs.freezing import freeze
from catalog.models import Dataset, Unit
from catalog.services import (
    calendars,
    corrections,
    facts,
    negative_list,
    notices,
    publishing,
    releasing,
    snapshots,
    targets,
    units,
)
from catalog.services.signals_found import quarter_ends
from catalog.services.snapshots import Wish
from schemas.vocabularies import DatasetState, Openness

Put = Callable[[int, Callable[[Player], None]], None]
FROZEN = 8
"""Quarters of the past that are frozen, the last ones."""
TARGETS = ((40, "40", "70"), (410, "50", "80"), (775, "60", "90"))
"""Day, target of the data rate, target of the unit rate."""
WITHDRAWN = ((330, 1), (560, 4), (820, 3), (960, 12))
SPLIT_UNIT, EMPTY_UNIT, BRIEF_UNIT, BULK_UNIT = 2, 15, 11, 19


def put_down(put: Put, begins: datetime, days: int) -> None:
    """Put every event on the agenda of the play."""
    put(0, _first_list)
    for day, data, unit in TARGETS:
        put(day, partial(_targets, data=data, unit=unit))
    for day, number in WITHDRAWN:
        put(day, partial(_take_back, number=number, way=publishing.withdraw))
    put(610, partial(_take_back, number=6, way=publishing.suspend))
    put(650, partial(_resume, number=6))
    put(500, _secrets)
    put(860, partial(_adjust, changes=_repeal("NL-001"), reason="事项合并，不再单列（演示）"))
    put(960, _lapse)
    put(735, _merge)
    put(days - 250, _process)
    put(days - 170, _split_table)
    put(days - 150, _empty_file)
    _around_the_quarter(put, begins, days)
    put(days - 12, _late_correction)
    put(days - 9, _restate)
    public.put_down(put, days)


def _around_the_quarter(put: Put, begins: datetime, days: int) -> None:
    """Freeze the quarters, and play two tricks before the last one that is long enough ago."""
    first = facts.day(begins)
    ends = quarter_ends(first + timedelta(days=60), first + timedelta(days=days - 8))
    for end in ends[-FROZEN:]:
        put((end - first).days + 7, partial(_freeze, end=end))
    old = [end for end in ends if (first + timedelta(days=days) - end).days > 40]
    if old:
        at = (old[-1] - first).days
        slugs: list[str] = []
        put(at - 11, partial(_brief_openings, slugs=slugs))
        put(at - 6, _bulk_closings)
        put(at + 17, partial(_end_brief, slugs=slugs))


def _adjust(
    player: Player, *, changes: list[dict[str, Any]], reason: str, late: bool = False
) -> None:
    """Draft, approve and announce an adjustment; ``late``: the notice misses its day."""
    with player.as_("keeper") as (keeper, session):
        drafted = negative_list.draft(
            session, keeper, changes=changes, reason=reason, now=player.clock()
        )
    with player.as_("admin") as (admin, session):
        found = negative_list.approve(
            session, admin, drafted.id, now=player.clock(), calendar=calendars.load(session)
        )
        notice = str(found.consequences["notice"])
    player.now += timedelta(days=20 if late else 6)
    with player.as_("keeper") as (keeper, session):
        notices.publish(session, keeper, notice, now=player.clock())


def _add(player: Player, item: dict[str, Any], **more: Any) -> dict[str, Any]:
    review_by = (player.now + timedelta(days=700)).date().isoformat()
    return {"kind": "add", "item": {**item, "review_by": review_by, **more}}


def _repeal(number: str) -> list[dict[str, Any]]:
    return [{"kind": "repeal", "number": number, "item": {}}]


def _first_list(player: Player) -> None:
    for part in ITEMS:
        reason = "首次编制（演示）" if part is ITEMS[0] else "补充事项（演示）"
        _adjust(player, changes=[_add(player, item) for item in part], reason=reason)


def _secrets(player: Player) -> None:
    """An item for fifteen months, and the entries it closes, one of them open until then."""
    lapses = (player.now + timedelta(days=455)).date().isoformat()
    change = _add(player, SECRETS, valid_to=lapses, review_by=lapses)
    _adjust(player, changes=[change], reason="增加商业秘密事项（演示）", late=True)
    for number in (1, 12):
        slug = register(
            player, number, f"{place(number)}企业申报经营数据", "企业申报的经营数据",
            openness="withheld", withheld_by=["NL-004"],
        )  # fmt: skip
        review(player, slug)
    slug = _some_open(player, 1)
    if slug:
        decide(player, slug, openness="withheld", withheld_by=["NL-004"])
        review(player, slug)


def _lapse(player: Player) -> None:
    """The daily work finds what an item that lapsed has closed."""
    with player.runtime.database.write() as session:
        releasing.release_uncovered(session, SYSTEM, now=player.clock())


def _process(player: Player) -> None:
    _adjust(player, changes=[_add(player, PROCESS)], reason="增加过程性信息事项（演示）")


def _targets(player: Player, *, data: str, unit: str) -> None:
    with player.as_("admin") as (admin, session):
        for rate, value in (("data", data), ("unit", unit)):
            given = {
                "rate": rate,
                "scope": "city",
                "value": value,
                "reason": "年度工作要点（演示）",
            }
            targets.set_target(session, admin, given, now=player.clock())


def _some_open(player: Player, number: int) -> str:
    """An entry of a unit that is open now; empty when there is none."""
    with player.runtime.database.read() as session:
        query = (
            select(Dataset.slug)
            .join(Unit, Unit.id == Dataset.unit_id)
            .where(
                Unit.code == code(number),
                Dataset.state == DatasetState.PUBLISHED,
                Dataset.openness.in_((Openness.UNCONDITIONAL, Openness.CONDITIONAL)),
            )
            .order_by(Dataset.id)
            .limit(1)
        )
        return session.scalar(query) or ""


def _take_back(player: Player, *, number: int, way: Callable[..., Dataset]) -> None:
    if slug := _some_open(player, number):
        with player.as_("clerk") as (clerk, session):
            way(session, clerk, slug, reason="数据口径有误，核对中（演示）", now=player.clock())


def _resume(player: Player, *, number: int) -> None:
    with player.as_("second") as (second, session):
        slug = session.scalar(
            select(Dataset.slug)
            .join(Unit, Unit.id == Dataset.unit_id)
            .where(Unit.code == code(number), Dataset.state == DatasetState.SUSPENDED)
        )
        if slug:
            publishing.resume(session, second, slug, reason="核对无误（演示）", now=player.clock())


def _merge(player: Player) -> None:
    """A unit leaves the roster; what it held goes to its successor."""
    with player.as_("admin") as (admin, session):
        values = {"roster_to": player.now.date().isoformat(), "successor": code(SUCCESSOR)}
        units.amend(session, admin, code(MERGED), values, expected=None, now=player.clock())


def _linked(player: Player, number: int, title: str, about: str) -> str:
    slug = register(player, number, title, about)
    decide(player, slug)
    link(player, slug)
    review(player, slug)
    return slug


def _split_table(player: Player) -> None:
    """One table given out in six parts: it counts six times."""
    for part in "一二三四五六":
        title = f"公交线路站点（第{part}批）"
        _linked(player, SPLIT_UNIT, title, "公交线路及站点，按批次分列")


def _empty_file(player: Player) -> None:
    slug = register(player, EMPTY_UNIT, "馆藏数字资源目录", "馆藏数字资源的目录")
    decide(player, slug)
    body = "序号,资源名称,说明\n1,暂无,待补充\n".encode()
    version = deliver(player, slug, "holdings", ("馆藏目录.csv", body))
    work(player.runtime)
    agree(player, version)
    work(player.runtime)
    review(player, slug)


def _brief_openings(player: Player, *, slugs: list[str]) -> None:
    labels = ("应急物资储备点", "避难场所分布")
    slugs += [_linked(player, BRIEF_UNIT, label, "应急管理公开信息") for label in labels]


def _end_brief(player: Player, *, slugs: list[str]) -> None:
    for slug in slugs:
        with player.as_("clerk") as (clerk, session):
            publishing.withdraw(session, clerk, slug, reason="接口停用（演示）", now=player.clock())


def _bulk_closings(player: Player) -> None:
    """Six entries closed at once, days before the quarter ends."""
    labels = [f"{label}（{part}）" for label, _ in CLOSED[:3] for part in ("市级", "区级")]
    for label in labels:
        slug = register(
            player, BULK_UNIT, f"{place(BULK_UNIT)}{label}", "过程性材料",
            openness="withheld", withheld_by=["NL-005"],
        )  # fmt: skip
        review(player, slug)


def _freeze(player: Player, *, end: date) -> None:
    freeze(player.runtime, SYSTEM, Wish(period=_quarter(end)), player.clock())


def _quarter(end: date) -> str:
    return f"{end.year}Q{(end.month - 1) // 3 + 1}"


def _late_correction(player: Player) -> None:
    """It comes out that an entry was out of reach for two months in the spring, and nobody had noted."""
    slug = _some_open(player, 0)
    end = _corrected_quarter(player)
    begins, ends = end - timedelta(days=50), end + timedelta(days=10)
    given = {
        "begins": begins, "ends": ends, "state": str(DatasetState.SUSPENDED),
        "reason": "接口曾停用两个月，巡检台账补登时发现（演示）",
    }  # fmt: skip
    with player.as_("admin") as (admin, session):
        corrections.correct(session, admin, slug, given, now=player.clock())


def _corrected_quarter(player: Player) -> date:
    today = player.now.date()
    return quarter_ends(today - timedelta(days=240), today - timedelta(days=100))[-1]


def _restate(player: Player) -> None:
    """The frozen result that the correction reaches stays; another says what it changes, and why."""
    with player.runtime.database.read() as session:
        old = snapshots.newest(session, _quarter(_corrected_quarter(player)))
        due = old is not None and snapshots.corrected_since(session, old)
    if old is not None and due:
        reason = "一个接口停用两个月，当时未登记，现按补登更正（演示）"
        wish = Wish(restates=old.id, reason=reason)
        freeze(player.runtime, SYSTEM, wish, player.clock())
