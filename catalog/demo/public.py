"""What the public and its watchers did in the made-up city: requests, guidelines, assessments, lists."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from catalog.auth import ANONYMOUS
from catalog.demo.play import Player, code
from catalog.demo.registers import AMENDED, REGISTERS
from catalog.models import Dataset, Unit
from catalog.services import (
    assessments,
    calendars,
    facts,
    guides,
    negative_list,
    notices,
    requests,
)
from catalog.services.negative_list import Terms
from schemas.vocabularies import DatasetState, GuidelineKind, ListKind, Openness, ReachPolicy

Put = Callable[[int, Callable[[Player], None]], None]
WORKING_DAYS = 10
NOTE = "（演示）"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for: when, of which unit, and what came of it how many days later (none: it
    waits still)."""

    day: int
    kind: str
    unit: int
    title: str
    text: str
    outcome: str = ""
    reply: str = ""
    after: int = 0


WISHES: tuple[Wish, ...] = (
    Wish(150, "data", 0, "希望开放定点医疗机构名录", "用于制作就医地图。", "adopted",
         "已列入年度开放计划，将按季度更新。", 9),
    Wish(300, "correction", 1, "许可信息中有效期有误", "个别记录的有效期早于决定日期。", "adopted",
         "经核对已更正并重新发布。", 6),
    Wish(420, "suggestion", 2, "线路数据建议增加坐标", "便于开发者直接绘图。", "partly adopted",
         "站点已增加坐标，线路走向涉及第三方测绘成果，暂不提供。", 12),
    Wish(560, "data", 19, "希望开放巡逻部署数据", "用于学术研究。", "declined",
         "属于清单所列执法事项，不予开放；可使用已公布的年度统计。", 8),
    Wish(640, "rights", 1, "名单中的本店地址已变更", "请停止展示原地址。", "adopted",
         "已中止展示并核实更正。", 3),
    Wish(760, "data", 4, "希望开放各学校学位情况", "便于家长了解。", "explained",
         "相关数据每年九月由各校公布，已附网址。", 26),
    Wish(880, "suggestion", 3, "监测结果建议提供接口", "希望按小时更新。", "adopted",
         "已提供数据接口，按日更新。", 10),
    Wish(980, "correction", 13, "年鉴数值单位不一致", "万元与亿元混用。", "partly adopted",
         "已统一为万元，历史年份逐步更正。", 11),
    Wish(1050, "data", 7, "希望开放文化场馆客流", "用于错峰出行。", "adopted",
         "已登记为新的数据资源，正在办理审查。", 7),
    Wish(1072, "data", 0, "希望开放技能培训补贴名单", "了解政策落实情况。"),
    Wish(1088, "suggestion", 2, "建议公布公交实时到站", "方便市民出行。"),
    Wish(1092, "correction", 3, "一处点位名称有误", "与现场标牌不符。"),
)  # fmt: skip

GUIDES: tuple[tuple[int, str, str, str, str, str, tuple[str, ...]], ...] = (
    (40, "opening", GuidelineKind.OPENING, "云澜市公共数据开放指引（演示）",
     "一、凡清单之外的数据资源，均应开放。\n二、开放前须经格式校验、敏感信息检测和保密审查。\n三、按更新周期持续更新。",
     "首次发布", ()),
    (90, "collecting", GuidelineKind.COLLECTING, "云澜市公共数据采集指引（演示）",
     "一、名录、许可、处罚、设施四类数据按标准数据表采集。\n二、代码一律按文本保存。\n三、日期写作年-月-日。",
     "首次发布", ("institution-list", "administrative-permit", "administrative-penalty", "public-facility")),
    (600, "opening", GuidelineKind.OPENING, "云澜市公共数据开放指引（演示）",
     ("一、凡清单之外的数据资源，均应开放。\n二、开放前须经格式校验、敏感信息检测和保密审查，审查人与提交人不得为同一人。\n"
      "三、按更新周期持续更新，逾期的不计入核验开放率。\n四、部分信息项不予开放的，其余信息项应当开放。"),
     "增加四条要求，明确逾期后果", ()),
    (820, "collecting", GuidelineKind.COLLECTING, "云澜市公共数据采集指引（演示）",
     "一、名录、许可、处罚、设施、统计五类数据按标准数据表采集。\n二、代码一律按文本保存。\n三、日期写作年-月-日。",
     "增加统计数据表",
     ("institution-list", "administrative-permit", "administrative-penalty", "public-facility",
      "statistics-series")),
)  # fmt: skip

ASSESSMENTS: tuple[tuple[int, int | None, str, str, str], ...] = (
    (380, None, "第一年度公共数据开放评估（演示）", "总体起步，目录完整，开放数量偏少。",
     ("开放单位比率, 38.1, 70, 未达标\n数据开放率, 21.4, 40, 未达标\n"
      "格式机器可读率, 88.2, 90, 接近\n公众申请按时办结率, 100, 100, 达标")),
    (745, None, "第二年度公共数据开放评估（演示）", "增长明显，更新及时性有待提高。",
     ("开放单位比率, 66.7, 80, 未达标\n数据开放率, 39.6, 50, 未达标\n"
      "格式机器可读率, 93.5, 90, 达标\n更新及时率, 71.0, 100, 未达标")),
    (1030, 2, "交通数据专项评估（演示）", "站点数据按批次拆分，建议合并。",
     "有效数据集, 6, 10, 拆分计一\n字段完整率, 97.8, 95, 达标"),
)  # fmt: skip


def put_down(put: Put, days: int) -> None:
    """Put all of it on the agenda of the play."""
    for wish in WISHES:
        place: list[str] = []
        put(min(wish.day, days - 2), partial(_ask, wish=wish, place=place))
        if wish.outcome:
            put(min(wish.day + wish.after, days - 1), partial(_answer, wish=wish, place=place))
    for number, (day, *given) in enumerate(GUIDES, 1):
        put(day, partial(_guide, given=given, document=f"云数发〔{number}〕号"))
    for day, unit, title, summary, results in ASSESSMENTS:
        put(day, partial(_assess, unit=unit, title=title, summary=summary, results=results))
    for turn, kind in enumerate(REGISTERS):
        put(30 + 15 * turn, partial(_register, kind=kind))
        if kind in AMENDED:
            put(520 + 20 * turn, partial(_amend, kind=kind))
    put(900, partial(_repeal, kind=ListKind.POWER, number="PL-003"))
    put(930, _newly_exempt)
    put(days - 5, _owed_notice)
    put(days - 1, _waiting_draft)


def _ask(player: Player, *, wish: Wish, place: list[str]) -> None:
    given = {"kind": wish.kind, "title": f"{wish.title}{NOTE}", "text": wish.text,
             "unit": code(wish.unit)}  # fmt: skip
    with player.runtime.database.write() as session:
        asked = requests.ask(
            session, ANONYMOUS, given, client="", working_days=WORKING_DAYS, now=player.clock()
        )
        place.append(asked.request.id)


def _answer(player: Player, *, wish: Wish, place: list[str]) -> None:
    given = {"outcome": wish.outcome, "reply": f"{wish.reply}{NOTE}", "publish": True}
    with player.as_("clerk") as (clerk, session):
        requests.reply(session, clerk, place[0], given, now=player.clock())


def _guide(player: Player, *, given: list[Any], document: str) -> None:
    slug, kind, title, body, changes, schemas = given
    values = {
        "kind": kind, "title": title, "body": body, "changes": changes, "schemas": schemas,
        "summary": f"{document}，演示用。", "effective_on": facts.day(player.now) + timedelta(days=5),
    }  # fmt: skip
    with player.as_("keeper") as (keeper, session):
        made = guides.draft(session, keeper, slug, values, now=player.clock())
        number = made.number
    with player.as_("admin") as (admin, session):
        guides.publish(session, admin, slug, number, now=player.clock())


def _assess(player: Player, *, unit: int | None, title: str, summary: str, results: str) -> None:
    given = {
        "title": title, "source": "云澜市公共数据评估组（演示）", "summary": summary,
        "assessed_on": facts.day(player.now).isoformat(), "results": results,
        "unit": "" if unit is None else code(unit), "address": "https://assess.yunlan.example/report",
    }  # fmt: skip
    with player.as_("admin") as (admin, session):
        assessments.record(session, admin, given, now=player.clock())


def _adjusted(
    player: Player, kind: ListKind, changes: list[dict[str, Any]], reason: str, policy: str = ""
) -> str:
    """Draft and approve an adjustment of a list; the notice that it owes."""
    terms = Terms(
        kind, policy or ReachPolicy.REVIEW, f"云澜清单办〔{player.now.year}〕示{player.now:%m%d}号"
    )
    with player.as_("keeper") as (keeper, session):
        made = negative_list.draft(
            session,
            keeper,
            changes=changes,
            reason=f"{reason}{NOTE}",
            terms=terms,
            now=player.clock(),
        ).id
    with player.as_("admin") as (admin, session):
        found = negative_list.approve(
            session, admin, made, now=player.clock(), calendar=calendars.load(session)
        )
        return str(found.consequences["notice"])


def _announced(player: Player, notice: str) -> None:
    player.now += timedelta(days=4)
    with player.as_("keeper") as (keeper, session):
        notices.publish(session, keeper, notice, now=player.clock())


def _register(player: Player, *, kind: ListKind) -> None:
    changes = [
        {
            "kind": "add",
            "item": {"name": name, "category": category, "details": details, "citations": [basis],
                     "scope": {"units": [code(unit)]}},
        }
        for name, category, unit, details, basis in REGISTERS[kind]
    ]  # fmt: skip
    _announced(player, _adjusted(player, kind, changes, "首次编制"))


def _amend(player: Player, *, kind: ListKind) -> None:
    number, item = AMENDED[kind]
    change = {"kind": "amend", "number": number, "item": item}
    _announced(player, _adjusted(player, kind, [change], "按职责调整修改"))


def _repeal(player: Player, *, kind: ListKind, number: str) -> None:
    change = {"kind": "repeal", "number": number}
    _announced(player, _adjusted(player, kind, [change], "职权取消"))


def _newly_exempt(player: Player) -> None:
    """An item that reaches open entries: they are withdrawn by the adjustment itself."""
    with player.runtime.database.read() as session:
        query = (
            select(Dataset.code)
            .join(Unit, Unit.id == Dataset.unit_id)
            .where(
                Unit.code.in_([code(5), code(9)]),
                Dataset.state == DatasetState.PUBLISHED,
                Dataset.openness.in_((Openness.UNCONDITIONAL, Openness.CONDITIONAL)),
            )
            .order_by(Dataset.id.desc())
            .limit(2)
        )
        codes = list(session.scalars(query))
    item = {
        "name": "重要设施安全防护信息", "category": "公共安全", "ground": "14-3b",
        "public_wording": "公开后可能危及公共安全的设施点位和防护安排",
        "internal_wording": "供水、医疗设施的点位明细（演示）",
        "circumstances": ["重要公共设施的安全防护安排", "可用于实施破坏的点位明细"],
        "citations": ["《中华人民共和国政府信息公开条例》第十四条"],
        "scope": {"entries": codes},
        "review_by": (facts.day(player.now) + timedelta(days=365)).isoformat(),
    }  # fmt: skip
    notice = _adjusted(
        player, ListKind.NEGATIVE, [{"kind": "add", "item": item}], "增加公共安全事项",
        ReachPolicy.WITHDRAW,
    )  # fmt: skip
    _announced(player, notice)


def _owed_notice(player: Player) -> None:
    """An adjustment of these days whose notice is still owed."""
    change = {"kind": "amend", "number": "RL-001", "item": {"category": "劳动和社会保障"}}
    _adjusted(player, ListKind.RESPONSIBILITY, [change], "调整事项类别")


def _waiting_draft(player: Player) -> None:
    """A draft that waits for another person."""
    change = {"kind": "amend", "number": "NL-003", "item": {
        "reason": "案件办理中公开可能影响执法活动；结案后七个工作日内按双公示要求公开",
        "review_by": (facts.day(player.now) + timedelta(days=360)).isoformat()}}  # fmt: skip
    with player.as_("keeper") as (keeper, session):
        negative_list.draft(
            session,
            keeper,
            changes=[change],
            reason=f"按复审意见缩短公开时限{NOTE}",
            now=player.clock(),
        )
