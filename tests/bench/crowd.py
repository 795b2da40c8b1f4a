"""A large made-up directory, written straight into the tables."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from catalog import db
from catalog.db import Base, Database
from catalog.models import Dataset, DatasetFact, OpennessState, Unit, UnitFact

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SUBJECTS = (
    "养老机构", "医保定点", "行政处罚", "公共停车场", "学校", "水质监测", "道路运输企业", "企业信用",
    "农产品价格", "不动产登记", "文化场馆", "食品抽检", "建设工程招标", "就业培训", "气象预警",
)  # fmt: skip
KINDS = ("名录", "统计", "许可", "清单", "年报", "明细", "点位", "结果公示")
THEMES = ("社会保障", "医疗卫生", "交通运输", "教育文化", "生态环境", "市场监管")
STATES = ("published", "published", "published", "draft", "withdrawn")
OPENNESS = ("unconditional", "conditional", "unconditional", "unassessed", "withheld")
BATCH = 5_000


@contextmanager
def crowded(folder: Path, units: int, entries: int) -> Iterator[Database]:
    """An SQLite database with so many units and entries, each with one fact."""
    database = db.open_database(f"sqlite:///{folder}/crowd.db")
    Base.metadata.create_all(database.engine)
    try:
        fill(database, units, entries)
        yield database
    finally:
        database.engine.dispose()


def fill(database: Database, units: int, entries: int) -> None:
    """Write units, entries and facts in bulk."""
    numbers = range(1, entries + 1)
    _insert(database, Unit, [_unit(n) for n in range(1, units + 1)])
    _insert(database, UnitFact, [_unit_fact(n) for n in range(1, units + 1)])
    _insert(database, Dataset, [_dataset(n, n % units + 1) for n in numbers])
    _insert(database, DatasetFact, [_fact(n, n % units + 1) for n in numbers])
    # Written past the rules, these facts are in no ledger: every rate is counted from them.
    _insert(database, OpennessState, [{"id": 1, "ready": False}])


def _insert(database: Database, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    with database.write() as session:
        for start in range(0, len(rows), BATCH):
            session.execute(insert(model), rows[start : start + BATCH])


def _unit(n: int) -> dict[str, Any]:
    return {
        "id": n, "code": f"T{n:017d}", "name": f"第{n}局", "kind": "department",
        "roster_from": date(2020, 1, 1), "created_at": NOW,
    }  # fmt: skip


def _unit_fact(n: int) -> dict[str, Any]:
    return {
        "unit_id": n, "on_roster": True, "certified_empty": False, "kind": "department",
        "region": "", "valid_from": date(2020, 1, 1), "recorded_at": NOW,
    }  # fmt: skip


def _dataset(n: int, unit: int) -> dict[str, Any]:
    subject, kind = SUBJECTS[n % len(SUBJECTS)], KINDS[n // len(SUBJECTS) % len(KINDS)]
    state = STATES[n % len(STATES)]
    return {
        "id": n, "slug": f"entry-{n}", "code": f"307001/{n}", "unit_id": unit,
        "title": f"{2015 + n % 12}年第{unit}局{subject}{kind}",
        "description": f"第{unit}局履行职责中形成的{subject}{kind}，第{n}项，按{kind}口径逐条列出，供社会查询和利用。" * 2,
        "state": state, "state_changed_at": NOW, "openness": OPENNESS[n % len(OPENNESS)],
        "theme": THEMES[n % len(THEMES)], "keywords": [subject, kind], "formats": [],
        "related_codes": [], "update_cycle": "yearly", "created_at": NOW, "created_by": "bench",
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
