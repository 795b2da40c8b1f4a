"""Entries and their fields: locking, history, closing by the negative list, partly open publication."""

from pathlib import Path
from typing import Any

import pytest

from tests.common.stack import OTHER_UNIT, UNIT, Stack

TABLE = "机构名称,地址,电话\n甲中心,演示路1号,0990-1234567\n乙中心,演示路2号,0990-7654321\n"


def add_item(stack: Stack, **values: Any) -> str:
    """An item in force: drafted by the keeper, approved by the administrator."""
    item = {
        "name": "个人住址",
        "category": "个人隐私",
        "ground": "15-2",
        "public_wording": "能够识别自然人的住址",
        "internal_wording": "仅内部可见的说明",
        "circumstances": ["自然人的住址"],
        "citations": ["《中华人民共和国政府信息公开条例》第十五条"],
        "scope": {},
        "review_by": "2027-11-01",
    } | values
    made = stack.ok(
        "POST", "/api/v1/negative-list/adjustments", "keeper", status=201,
        json={"reason": "测试", "changes": [{"kind": "add", "item": item}]},
    )  # fmt: skip
    path = f"/api/v1/negative-list/adjustments/{made['id']}/approval"
    assert stack.call("POST", path, "keeper", json={}).status_code == 403
    stack.ok("POST", path, "admin", json={})
    return str(stack.ok("GET", "/api/v1/negative-list")["items"][-1]["number"])


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(TABLE)
    return path


def test_a_withheld_field_reaches_no_public_byte(stack: Stack, table: Path) -> None:
    number = add_item(stack)
    slug, resource = stack.entry(title="机构名录")
    stack.deliver(resource, table, "table.csv")
    fields = stack.ok("GET", f"/api/v1/datasets/{slug}", "lin")["fields"]
    assert [field["name"] for field in fields] == ["机构名称", "地址", "电话"]
    closed = [
        {"name": field["name"], "openness": "unconditional"}
        | ({"openness": "withheld", "withheld_by": [number]} if field["name"] == "地址" else {})
        for field in fields
    ]
    stack.ok("PATCH", f"/api/v1/datasets/{slug}", "lin", json={"fields": closed})
    stack.work()
    stack.publish(slug)
    for suffix in ("csv", "json", "ndjson", "xlsx", "parquet"):
        body = stack.call("GET", f"/datasets/{slug}/table.{suffix}").data
        assert "演示路".encode() not in body, suffix
    rows = stack.ok("GET", f"/api/v1/resources/{resource}/rows")
    assert "演示路" not in str(rows)
    refused = stack.call("GET", f"/api/v1/resources/{resource}/rows?地址=演示路1号")
    assert refused.status_code in {400, 422}
    assert stack.ok("GET", "/api/v1/datasets?q=演示路")["items"] == []
    page = stack.call("GET", f"/datasets/{slug}?tab=fields").get_data(as_text=True)
    assert "演示路" not in page
    counts = stack.ok("GET", "/api/v1/openness")["data_rate"]["field"]["declared"]["counts"]
    assert counts == [2, 3]


def test_closing_a_field_of_a_published_entry_takes_its_bytes_away_at_once(
    embedded: Stack, table: Path
) -> None:
    number = add_item(embedded)
    slug, resource = embedded.entry(title="机构名录")
    embedded.deliver(resource, table, "table.csv")
    embedded.publish(slug)
    fields = embedded.ok("GET", f"/api/v1/datasets/{slug}", "lin")["fields"]
    closing = [
        {"name": field["name"], "openness": "withheld" if field["name"] == "地址" else "unconditional",
         "withheld_by": [number] if field["name"] == "地址" else []}
        for field in fields
    ]  # fmt: skip
    embedded.ok("PATCH", f"/api/v1/datasets/{slug}", "lin", json={"fields": closing})
    assert embedded.call("GET", f"/datasets/{slug}/table.csv").status_code == 410
    embedded.work()
    embedded.publish(slug)
    assert "演示路" not in embedded.call("GET", f"/datasets/{slug}/table.csv").get_data(
        as_text=True
    )


def test_an_entry_is_withheld_only_by_an_item_in_force_that_covers_it(embedded: Stack) -> None:
    given = {
        "unit": UNIT, "title": "内部名册", "description": "说明", "openness": "withheld",
        "update_cycle": "yearly",
    }  # fmt: skip
    refused = embedded.call("POST", "/api/v1/datasets", "lin", json=given)
    assert refused.status_code == 422
    assert "withheld_by" in refused.get_json()["errors"]
    elsewhere = add_item(embedded, scope={"units": [OTHER_UNIT]})
    assert (
        embedded.call(
            "POST", "/api/v1/datasets", "lin", json=given | {"withheld_by": [elsewhere]}
        ).status_code
        == 422
    )
    number = add_item(embedded, scope={"units": [UNIT]})
    slug = embedded.ok(
        "POST", "/api/v1/datasets", "lin", status=201, json=given | {"withheld_by": [number]}
    )["slug"]
    embedded.publish(slug)
    public = embedded.ok("GET", f"/api/v1/datasets/{slug}")
    assert (public["state"], public["openness"]) == ("published", "withheld")
    openness = embedded.ok("GET", "/api/v1/openness")
    assert openness["data_rate"]["all"]["declared"]["counts"] == [0, 1]
    assert openness["data_rate"]["due"]["declared"] == {"counts": [0, 0], "percent": None}


def test_repealing_an_item_leaves_its_entries_to_be_assessed(embedded: Stack) -> None:
    number = add_item(embedded)
    slug = embedded.ok(
        "POST", "/api/v1/datasets", "lin", status=201,
        json={"unit": UNIT, "title": "内部名册", "description": "说明", "openness": "withheld",
              "withheld_by": [number], "update_cycle": "yearly"},
    )["slug"]  # fmt: skip
    made = embedded.ok(
        "POST", "/api/v1/negative-list/adjustments", "keeper", status=201,
        json={"reason": "情势变化", "changes": [{"kind": "repeal", "number": number}]},
    )  # fmt: skip
    embedded.ok(
        "POST", f"/api/v1/negative-list/adjustments/{made['id']}/approval", "admin", json={}
    )
    assert embedded.ok("GET", f"/api/v1/datasets/{slug}", "lin")["openness"] == "unassessed"
    assert len(embedded.ok("GET", "/api/v1/negative-list/editions")["items"]) == 2
    notices = embedded.ok("GET", "/api/v1/notices", "keeper")["items"]
    assert {notice["due_on"] for notice in notices} == {"2026-12-07"}


def test_two_editors_saving_at_once_lose_nothing(embedded: Stack) -> None:
    slug, _ = embedded.entry()
    seen = embedded.call("GET", f"/api/v1/datasets/{slug}", "lin").headers["ETag"]
    first = embedded.call(
        "PATCH", f"/api/v1/datasets/{slug}", "lin", json={"title": "甲"}, headers={"If-Match": seen}
    )
    second = embedded.call(
        "PATCH", f"/api/v1/datasets/{slug}", "lin", json={"title": "乙"}, headers={"If-Match": seen}
    )
    assert (first.status_code, second.status_code) == (200, 412)
    assert embedded.ok("GET", f"/api/v1/datasets/{slug}", "lin")["title"] == "甲"


def test_opening_a_published_entry_further_needs_another_review(
    embedded: Stack, table: Path
) -> None:
    slug, resource = embedded.entry(
        title="机构名录", openness="conditional", conditional_mode="approval"
    )
    embedded.deliver(resource, table, "table.csv")
    embedded.publish(slug)
    assert embedded.call("GET", f"/datasets/{slug}/table.csv").status_code == 401
    assert embedded.call("GET", f"/datasets/{slug}/table.csv", "dev").status_code == 403
    embedded.ok("PATCH", f"/api/v1/datasets/{slug}", "lin", json={"openness": "unconditional"})
    assert embedded.call("GET", f"/datasets/{slug}/table.csv").status_code == 404
    assert embedded.call("GET", f"/api/v1/datasets/{slug}").status_code == 404


def test_rates_of_a_past_day_do_not_change_by_what_happens_later(
    embedded: Stack, table: Path
) -> None:
    slug, resource = embedded.entry(title="机构名录")
    embedded.deliver(resource, table, "table.csv")
    embedded.publish(slug)
    today = embedded.clock.now.date().isoformat()
    before = embedded.ok("GET", f"/api/v1/openness?as_of={today}")
    embedded.clock.now = embedded.clock.now.replace(month=12)
    embedded.ok("POST", f"/api/v1/datasets/{slug}/withdrawal", "lin", json={"reason": "数据有误"})
    again = embedded.ok("GET", f"/api/v1/openness?as_of={today}")
    assert again["data_rate"] == before["data_rate"]
    assert embedded.ok("GET", "/api/v1/openness")["data_rate"]["all"]["declared"]["counts"] == [
        0,
        1,
    ]
