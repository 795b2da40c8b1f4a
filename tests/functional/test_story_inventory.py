"""Directory entries from other people's inventories: rates that an independent count confirms."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from catalog.auth import SYSTEM
from catalog.services import harvesting
from tests.common.stack import Stack

PORTALS = Path(__file__).parents[3] / "shared" / "samples" / "portals"
OPEN_WORDS = {"无条件开放", "无条件", "有条件开放", "依申请开放"}


def run_inventory(stack: Stack, path: Path, region: str = "") -> dict[str, int]:
    """Import an inventory file (again); what became of its records."""
    runtime = stack.runtime
    blob = runtime.storage.put_file(path)
    with runtime.database.write() as session:
        source = harvesting.named_source(session, SYSTEM, path.stem)
        if source is None:
            given = {"name": path.stem, "kind": "inventory", "region": region}
            source = harvesting.add_source(session, SYSTEM, given, blob=blob, now=stack.clock())
        else:
            harvesting.renew_file(session, SYSTEM, source, blob, now=stack.clock())
        run = harvesting.start_run(session, SYSTEM, source.id, now=stack.clock())
    stack.work()
    with runtime.database.read() as session:
        held = harvesting.get_run(session, SYSTEM, run.id)
        assert held.state == "done"
        return harvesting.counts(session, held) | {"same": held.message["same"]}


def records(count: int = 90) -> list[dict[str, Any]]:
    """Portal metadata as cities publish it, made up."""
    words = ("无条件开放", "有条件开放", "不予开放", "无条件共享", "")
    return [
        {
            "标题": f"演示目录{number}",
            "来源部门": f"演示局{number % 7}",
            "开放条件": words[number % len(words)],
            "更新频率": ("每年", "实时", "每月", "按年更新")[number % 4],
            "描述": f"第{number}项资源的说明",
            "发布时间": "2023-6-16",
            "详情页网址": f"https://portal.example/detail?id={number}",
        }
        for number in range(count)
    ]


def by_unit(rows: list[dict[str, Any]], publisher: str, word: str) -> dict[str, tuple[int, int]]:
    """The independent count: open entries and all entries of each department, straight from the file."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    seen = set()
    for row in rows:
        identity = row["详情页网址"]
        if identity in seen:
            continue
        seen.add(identity)
        count = found[" ".join(str(row[publisher]).split())]
        count[0] += str(row[word]).strip() in OPEN_WORDS
        count[1] += 1
    return {name: (n, d) for name, (n, d) in found.items()}


def shown(stack: Stack) -> dict[str, tuple[int, int]]:
    answer = stack.ok("GET", "/api/v1/openness?by=unit")
    return {
        unit["name"]: tuple(unit["data_rate"]["all"]["counts"])
        for unit in answer["units"]
        if unit["data_rate"]["all"]["counts"][1]
    }


def test_rates_per_unit_after_an_import_equal_an_independent_count(
    stack: Stack, tmp_path: Path
) -> None:
    path = tmp_path / "inventory.json"
    path.write_text(json.dumps(records(), ensure_ascii=False))
    counts = run_inventory(stack, path)
    assert (counts["new"], counts["error"]) == (90, 0)
    assert shown(stack) == by_unit(records(), "来源部门", "开放条件")


def test_a_second_import_changes_nothing_and_a_third_only_what_changed(
    embedded: Stack, tmp_path: Path
) -> None:
    path = tmp_path / "inventory.json"
    rows = records()
    path.write_text(json.dumps(rows, ensure_ascii=False))
    run_inventory(embedded, path)
    before = embedded.ok("GET", "/api/v1/audit?limit=1", "auditor")["items"][0]["sequence"]
    again = run_inventory(embedded, path)
    assert (again["new"], again["changed"], again["same"]) == (0, 0, 90)
    after = embedded.ok("GET", "/api/v1/audit?limit=1", "auditor")["items"][0]
    assert after["sequence"] == before + 2  # a new file was given, and the run ended
    rows[3]["描述"] = "改写过的说明"
    path.write_text(json.dumps(rows, ensure_ascii=False))
    third = run_inventory(embedded, path)
    assert (third["new"], third["changed"], third["same"]) == (0, 1, 89)


def test_vanished_records_wait_out_the_grace_and_mass_losses_wait_for_a_person(
    embedded: Stack, tmp_path: Path
) -> None:
    path = tmp_path / "inventory.json"
    rows = records()
    path.write_text(json.dumps(rows, ensure_ascii=False))
    run_inventory(embedded, path)
    total = embedded.ok("GET", "/api/v1/datasets?limit=1", "admin")["page"]["total"]
    path.write_text(json.dumps(rows[2:], ensure_ascii=False))
    assert run_inventory(embedded, path)["gone"] == 0
    embedded.clock.now = embedded.clock.now.replace(month=12, day=5)
    assert run_inventory(embedded, path)["gone"] == 2
    path.write_text(json.dumps(rows[60:], ensure_ascii=False))
    run_inventory(embedded, path)
    embedded.clock.now = embedded.clock.now.replace(month=12, day=20)
    assert run_inventory(embedded, path)["gone"] == 0
    assert embedded.ok("GET", "/api/v1/datasets?limit=1", "admin")["page"]["total"] == total
    path.write_text("[]")
    assert run_inventory(embedded, path)["gone"] == 0


@pytest.mark.slow
@pytest.mark.skipif(not PORTALS.exists(), reason="the real metadata is not at hand")
def test_the_real_catalogues_give_the_rates_of_an_independent_count(embedded: Stack) -> None:
    labels = {
        "meta_anhui_huaibei_sample375.json": "数源单位",
        "meta_ningxia_ningxia_sample600.json": "来源部门",
        "meta_sichuan_luzhou_sample300.json": "提供方",
        "meta_sichuan_neijiang_sample600.json": "来源部门",
    }
    expected: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    taken = errors = 0
    for name, publisher in labels.items():
        counts = run_inventory(embedded, PORTALS / name)
        taken += counts["new"]
        errors += counts["error"]
        for unit, (n, d) in by_unit(
            json.loads((PORTALS / name).read_text()), publisher, "开放条件"
        ).items():
            expected[unit][0] += n
            expected[unit][1] += d
    # Four of the 1,875 records stand twice in one file; each is reported, none is dropped silently.
    assert (taken, errors) == (1871, 4)
    assert shown(embedded) == {unit: (n, d) for unit, (n, d) in expected.items()}
