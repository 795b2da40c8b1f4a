"""A large made-up directory, written straight into the tables."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from catalog import db
from catalog.db import Base, Database
from catalog.models import Dataset, DatasetFact, OpennessState, Unit, UnitFact

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SUBJECTS = (
    "养老机构",
    "医保定点",
    "行政处罚",
    "公共停车场",
    "学校",
    "水质监测",
    "道路运输企业",
    "企业信用",
    "农产品价格",
    "不动产登记",
    "文化场馆",
    "食品抽检",
    "建设工程招标",
    "就业培训",
    "气象预警",
    "公交线路",
    "桥梁检测",
    "排水管网",
    "残疾人服务",
    "社区卫生站",
    "幼儿园",
    "体育场地",
    "图书馆藏",
    "博物馆展品",
    "林地资源",
    "耕地保护",
    "河湖断面",
    "噪声监测",
    "空气质量",
    "危险化学品",
    "特种设备",
    "电梯维保",
    "出租汽车",
    "驾校培训",
    "充电设施",
    "加油站点",
    "燃气安全",
    "供热面积",
    "物业服务",
    "住房公积金",
    "保障性住房",
    "商品房预售",
    "土地出让",
    "矿产开采",
    "海域使用",
    "渔业船舶",
    "畜禽养殖",
    "种子经营",
    "农药登记",
    "粮食储备",
    "药品零售",
    "医疗器械",
    "执业医师",
    "献血站点",
    "疫苗接种",
    "社会保险",
    "工伤认定",
    "劳动仲裁",
    "职业技能",
    "高校毕业生",
    "科技企业",
    "专利授权",
    "高新技术",
    "创业孵化",
    "旅行社",
    "星级饭店",
    "景区客流",
    "非遗名录",
    "文物保护",
    "出版发行",
    "网络文化",
    "律师事务所",
    "公证机构",
    "司法鉴定",
    "社会组织",
    "婚姻登记",
    "殡葬服务",
    "慈善募捐",
    "低保家庭",
    "孤儿救助",
)
"""Each kind of entry that a city holds; place names and words of descriptions make the rest differ."""
KINDS = (
    "名录",
    "统计",
    "许可",
    "清单",
    "年报",
    "明细",
    "点位",
    "结果公示",
    "台账",
    "指标",
    "分布图",
    "目录",
)
PLACES = tuple(
    f"{first}{second}"
    for first in "东西南北中新安平永长和兴福宁清华金玉龙凤"
    for second in "山河桥门塘湾园坊洲港林泉岭台庄溪"
)
WORDS = tuple(
    f"{first}{second}"
    for first in "采集汇总登记核查监督评估审批备案发布更新共享交换加工校验归集"
    for second in "流程口径标准方式来源周期范围责任要求依据结论字段编码单位"
)
THEMES = ("社会保障", "医疗卫生", "交通运输", "教育文化", "生态环境", "市场监管")
STATES = ("published", "published", "published", "draft", "withdrawn")
OPENNESS = ("unconditional", "conditional", "unconditional", "unassessed", "withheld")
BATCH = 5_000


@contextmanager
def crowded(folder: Path, units: int, entries: int, *, facts: bool = True) -> Iterator[Database]:
    """An SQLite database with so many units and entries, each with one fact if asked for."""
    database = db.open_database(f"sqlite:///{folder}/crowd.db")
    Base.metadata.create_all(database.engine)
    try:
        fill(database, units, entries, facts=facts)
        yield database
    finally:
        database.engine.dispose()


def fill(database: Database, units: int, entries: int, *, facts: bool = True) -> None:
    """Write units, entries and facts in bulk: a million entries in under a minute."""
    every = range(1, units + 1)
    numbers = range(1, entries + 1)
    with database.write() as session:
        connection = session.connection()
        _insert(connection, Unit, map(_unit, every))
        _insert(connection, UnitFact, map(_unit_fact, every))
        _insert(connection, Dataset, (_dataset(n, n % units + 1) for n in numbers))
        if facts:
            _insert(connection, DatasetFact, (_fact(n, n % units + 1) for n in numbers))
        # Written past the rules, these facts are in no ledger: every rate is counted from them.
        session.execute(insert(OpennessState), [{"id": 1, "ready": False}])


def _insert(connection: Connection, model: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    waiting = iter(rows)
    while some := list(islice(waiting, BATCH)):
        connection.execute(insert(model.__table__), some)


def _unit(n: int) -> dict[str, Any]:
    return {
        "id": n, "code": f"T{n:017d}", "name": f"第{n}局", "kind": "department",
        "roster_from": date(2020, 1, 1), "created_at": NOW, "version": 1,
    }  # fmt: skip


def _unit_fact(n: int) -> dict[str, Any]:
    return {
        "unit_id": n, "on_roster": True, "certified_empty": False, "kind": "department",
        "region": "", "valid_from": date(2020, 1, 1), "recorded_at": NOW,
    }  # fmt: skip


def title_of(n: int, unit: int) -> str:
    """What entry ``n`` is called."""
    subject, kind = SUBJECTS[n % len(SUBJECTS)], KINDS[n // len(SUBJECTS) % len(KINDS)]
    return f"{2015 + n % 12}年{PLACES[unit % len(PLACES)]}{subject}{kind}"


def _dataset(n: int, unit: int) -> dict[str, Any]:
    subject, kind = SUBJECTS[n % len(SUBJECTS)], KINDS[n // len(SUBJECTS) % len(KINDS)]
    state = STATES[n % len(STATES)]
    words = "、".join(WORDS[n * step % len(WORDS)] for step in (7, 11, 13, 17, 19, 23))
    held = "数据" if n % 6 else "信息"
    return {
        "id": n, "slug": f"entry-{n}", "code": f"307001/{n}", "unit_id": unit,
        "title": title_of(n, unit),
        "description": f"{PLACES[n % len(PLACES)]}一带{subject}的{held}，按{kind}口径逐条列出，第{n}项。"
        f"包括{words}，由第{unit}局在履行职责中形成，供社会查询和利用。",
        "state": state, "state_changed_at": NOW, "openness": OPENNESS[n % len(OPENNESS)],
        "theme": THEMES[n % len(THEMES)], "keywords": [subject, kind], "formats": [],
        "related_codes": [], "proposed": {}, "update_cycle": "yearly", "created_at": NOW,
        "created_by": "bench", "modified": NOW.date() - timedelta(days=n % 900),
        "updated_at": NOW, "version": 1, "published_at": NOW if state != "draft" else None,
    }  # fmt: skip


def _fact(n: int, unit: int) -> dict[str, Any]:
    return {
        "dataset_id": n, "unit_id": unit, "state": STATES[n % len(STATES)],
        "openness": OPENNESS[n % len(OPENNESS)], "theme": THEMES[n % len(THEMES)],
        "opened_by_superior": n % 50 == 0, "duplicate": n % 70 == 0, "fields_total": 8,
        "fields_open": n % 9, "records": n % 1_000, "valid_from": date(2026, 1, 1),
        "recorded_at": NOW,
    }  # fmt: skip
