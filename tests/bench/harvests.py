"""Taking over another catalogue: the first run, and the second that finds nothing new."""

import json
from pathlib import Path
from typing import Any

from catalog import jobs
from catalog.auth import SYSTEM
from catalog.models import Dataset, HarvestRun, Unit
from catalog.services import harvesting
from tests.bench.crowd import NOW, SUBJECTS, THEMES
from tests.bench.figures import NONE, Row, seconds
from tests.bench.scale import Scale
from tests.common.deliveries import open_place
from tests.common.stack import Stack

WORDS = ("无条件开放", "有条件开放", "不予开放", "无条件共享", "")


def harvests(scale: Scale, folder: Path) -> list[Row]:
    """Records as city portals publish them."""
    path = folder / "inventory.json"
    records = [_record(n) for n in range(scale.records)]
    path.write_text(json.dumps(records, ensure_ascii=False))
    with open_place(folder, 60, None) as place:
        stack = place.stack
        blob = stack.runtime.storage.put_file(path)
        with stack.runtime.database.write() as session:
            given = {"name": "inventory", "kind": "inventory"}
            source = harvesting.add_source(session, SYSTEM, given, blob=blob, now=stack.clock()).id
        first = seconds(lambda: _run(stack, source, "new", scale.records))
        second = seconds(lambda: _run(stack, source, "same", scale.records))
        bare = seconds(lambda: _bare(stack, records))
    of = f"Harvest of {scale.records:,} records"
    return [
        Row(
            f"{of}: first run (entries, resources, history, facts, trail)",
            f"{scale.records / first:,.0f} records/s",
            f"{scale.records / bare:,.0f} records/s (one bare ORM object each, no rule)",
            f"{bare / first:.2f}x",
        ),
        Row(f"{of}: second run, nothing changed", f"{scale.records / second:,.0f} records/s", NONE),
    ]


def _record(n: int) -> dict[str, Any]:
    subject = SUBJECTS[n % len(SUBJECTS)]
    return {
        "标题": f"{subject}信息{n}",
        "来源部门": f"演示局{n % 40}",
        "重点领域": THEMES[n % len(THEMES)],
        "开放条件": WORDS[n % len(WORDS)],
        "更新频率": ("每年", "实时", "每月", "按年更新")[n % 4],
        "描述": f"第{n}项{subject}的基本情况、数量和分布，供社会公众查询。",
        "标签": f"{subject}、公共数据",
        "数据格式": "['xls', 'csv']",
        "发布时间": "2023-6-16",
        "更新时间": "2025-11-02",
        "详情页网址": f"https://portal.example/detail?id={n}",
    }


def _run(stack: Stack, source: str, outcome: str, expected: int) -> None:
    runtime = stack.runtime
    with runtime.database.write() as session:
        run = harvesting.start_run(session, SYSTEM, source, now=stack.clock()).id
    jobs.run_waiting(runtime)
    with runtime.database.read() as session:
        held = session.get_one(HarvestRun, run)
        counts = harvesting.counts(session, held) | {"same": held.message.get("same")}
    assert counts[outcome] == expected, counts


def _bare(stack: Stack, records: list[dict[str, Any]]) -> None:
    with stack.runtime.database.write() as session:
        unit = session.query(Unit).first()
        for n, record in enumerate(records):
            session.add(
                Dataset(
                    slug=f"bare-{n}", code=f"bare/{n}", unit=unit, title=record["标题"],
                    description=record["描述"], theme=record["重点领域"], state="draft",
                    state_changed_at=NOW, openness="unassessed", keywords=[], formats=[],
                    related_codes=[], update_cycle="yearly", created_at=NOW, created_by="bench",
                    updated_at=NOW,
                )
            )  # fmt: skip
