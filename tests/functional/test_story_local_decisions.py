"""What a person has decided about a harvested entry, the next harvest leaves alone."""

import json
from pathlib import Path
from typing import Any

from tests.common.stack import Stack
from tests.functional.test_story_directory import add_item
from tests.functional.test_story_inventory import records, run_inventory


def harvested(stack: Stack, path: Path, rows: list[dict[str, Any]]) -> dict[str, int]:
    path.write_text(json.dumps(rows, ensure_ascii=False))
    return run_inventory(stack, path)


def test_a_changed_record_does_not_open_what_a_person_has_closed(
    embedded: Stack, tmp_path: Path
) -> None:
    path, rows = tmp_path / "inventory.json", records(5)[:1]
    harvested(embedded, path, rows)
    slug = embedded.ok("GET", "/api/v1/datasets")["items"][0]["slug"]
    entry = f"/api/v1/datasets/{slug}"
    number = add_item(embedded)
    embedded.ok("PATCH", entry, "admin", json={"openness": "withheld", "withheld_by": [number]})
    rows[0]["描述"] = "来源改写了说明"
    assert harvested(embedded, path, rows)["changed"] == 1
    after = embedded.ok("GET", entry, "admin")
    assert (after["openness"], after["withheld_by"]) == ("withheld", [number])


def test_an_entry_that_a_person_withdrew_does_not_come_back_with_its_record(
    embedded: Stack, tmp_path: Path
) -> None:
    path, rows = tmp_path / "inventory.json", records(90)
    harvested(embedded, path, rows)
    listed = embedded.ok("GET", "/api/v1/datasets?limit=100", "admin")["items"]
    slug = next(one["slug"] for one in listed if one["title"] == rows[0]["标题"])
    embedded.ok("POST", f"/api/v1/datasets/{slug}/withdrawal", "admin", json={"reason": "泄露"})
    harvested(embedded, path, rows[1:])
    embedded.clock.now = embedded.clock.now.replace(month=12, day=5)
    harvested(embedded, path, rows[1:])
    harvested(embedded, path, rows)
    assert embedded.ok("GET", f"/api/v1/datasets/{slug}", "admin")["state"] == "withdrawn"
