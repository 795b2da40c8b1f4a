"""Entries and their fields: locking, history, closing by the negative list, partly open publication."""

from pathlib import Path
from typing import Any

import pytest

from catalog.auth import SYSTEM
from catalog.services import roles
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


def test_what_a_review_is_about_changes_in_public_only_by_a_review(
    embedded: Stack, table: Path
) -> None:
    slug, resource = embedded.entry(
        title="机构名录", openness="conditional", conditional_mode="approval"
    )
    embedded.deliver(resource, table, "table.csv")
    embedded.publish(slug)
    address, entry = f"/datasets/{slug}/table.csv", f"/api/v1/datasets/{slug}"
    change = {"openness": "unconditional", "title": "改过的标题", "description": "改过的说明"}
    shown = embedded.ok("PATCH", entry, "lin", json=change)
    assert shown["proposed"] == change | {"conditional_mode": ""} or shown["proposed"] == change
    embedded.ok("PATCH", f"/api/v1/resources/{resource}", "lin", json={"title": "改过的表"})
    embedded.ok(
        "POST", f"{entry}/resources", "lin", status=201,
        json={"title": "另表", "url": "https://elsewhere.example/x.csv"},
    )  # fmt: skip
    embedded.work()
    public = embedded.ok("GET", entry)
    assert (public["title"], public["openness"]) == ("机构名录", "conditional")
    assert [one["title"] for one in public["resources"]] == ["数据表"]
    assert embedded.ok("GET", "/api/v1/datasets?q=改过")["items"] == []
    assert embedded.call("GET", address).status_code == 401
    assert embedded.call("GET", address, "dev").status_code == 403
    embedded.publish(slug)
    public = embedded.ok("GET", entry)
    assert (public["title"], public["openness"]) == ("改过的标题", "unconditional")
    assert [one["title"] for one in public["resources"]] == ["改过的表", "另表"]
    assert embedded.call("GET", address).status_code == 200
    linked = embedded.call("GET", f"/datasets/{slug}/{public['resources'][1]['name']}")
    assert (linked.status_code, linked.headers["Location"]) == (303, f"/datasets/{slug}"), (
        "what stands elsewhere leads to its entry, as descriptions for others name it by this address"
    )


def test_a_new_recipe_reaches_the_public_only_by_a_review(embedded: Stack, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        "企业名称,统一社会信用代码\n甲商店,11010519491231002X\n乙商店,91350100M000100Y43\n"
    )
    slug, resource = embedded.entry(title="名录")
    version = embedded.deliver(resource, path, "people.csv")
    finding = next(one for one in version["findings"] if one["severity"] == "high")["id"]
    settlements = f"/api/v1/versions/{version['id']}/settlements"
    embedded.ok("POST", settlements, "lin", json=[{"finding": finding, "action": "drop"}])
    embedded.work()
    embedded.publish(slug)
    published = embedded.call("GET", f"/datasets/{slug}/table.csv")
    address = f"/versions/{published.headers['ETag'].strip(chr(34))}/table.csv"
    assert "统一社会信用代码" not in published.get_data(as_text=True)
    embedded.ok("POST", settlements, "lin", json=[{"finding": finding, "action": "mask"}])
    embedded.work()
    assert embedded.call("GET", f"/datasets/{slug}/table.csv").data == published.data
    assert embedded.call("GET", address).data == published.data
    embedded.publish(slug)
    assert "统一社会信用代码" in embedded.call("GET", f"/datasets/{slug}/table.csv").get_data(
        as_text=True
    )
    assert embedded.call("GET", address).data == published.data


def test_dropping_a_closed_field_from_the_list_opens_nothing(embedded: Stack, table: Path) -> None:
    number = add_item(embedded)
    slug, resource = embedded.entry(title="机构名录")
    embedded.deliver(resource, table, "table.csv")
    names = ["机构名称", "地址", "电话"]
    closed = [
        {"name": name, "openness": "withheld", "withheld_by": [number]}
        if name == "地址"
        else {"name": name, "openness": "unconditional"}
        for name in names
    ]
    embedded.ok("PATCH", f"/api/v1/datasets/{slug}", "lin", json={"fields": closed})
    embedded.work()
    embedded.publish(slug)
    embedded.ok("PATCH", f"/api/v1/datasets/{slug}", "lin", json={"fields": []})
    embedded.work()
    assert "演示路" not in embedded.call("GET", f"/datasets/{slug}/table.csv").get_data(
        as_text=True
    )
    refused = embedded.call("POST", f"/api/v1/datasets/{slug}/submissions", "lin")
    assert refused.status_code == 409
    assert "columns-unregistered" in [one["code"] for one in refused.get_json()["reasons"]]


def test_a_changed_schema_shuts_the_gate_until_it_was_examined(
    embedded: Stack, table: Path
) -> None:
    slug, resource = embedded.entry(title="机构名录")
    embedded.deliver(resource, table, "table.csv")
    schema = {
        "fields": [{"name": name, "type": "integer"} for name in ("机构名称", "地址", "电话")]
    }
    embedded.ok("PATCH", f"/api/v1/resources/{resource}", "lin", json={"table_schema": schema})
    waiting = embedded.call("POST", f"/api/v1/datasets/{slug}/submissions", "lin")
    assert [one["code"] for one in waiting.get_json()["reasons"]] == ["still-examining"]
    embedded.work()
    invalid = embedded.call("POST", f"/api/v1/datasets/{slug}/submissions", "lin")
    assert "invalid" in [one["code"] for one in invalid.get_json()["reasons"]]


def test_who_delivered_does_not_review_even_when_another_submits(
    embedded: Stack, table: Path
) -> None:
    with embedded.runtime.database.write() as session:
        roles.grant(session, SYSTEM, "wu", role="editor", unit_code=UNIT, now=embedded.clock())
    slug, resource = embedded.entry(title="机构名录")
    embedded.deliver(resource, table, "table.csv", who="wu")
    review = embedded.ok("POST", f"/api/v1/datasets/{slug}/submissions", "lin", status=201)[
        "review"
    ]
    refused = embedded.call(
        "POST",
        f"/api/v1/reviews/{review}/decision",
        "wu",
        json={"verdict": "pass", "reasons": "好"},
    )
    assert (refused.status_code, refused.get_json()["code"]) == (403, "own-delivery")


def test_an_editor_does_not_lift_a_suspension(embedded: Stack, table: Path) -> None:
    slug, resource = embedded.entry(title="机构名录")
    embedded.deliver(resource, table, "table.csv")
    embedded.publish(slug)
    path = f"/api/v1/datasets/{slug}"
    embedded.ok("POST", f"{path}/suspension", "admin", json={"reason": "核查"})
    lifted = embedded.call("POST", f"{path}/resumption", "lin", json={"reason": "x"})
    assert lifted.status_code == 403
    assert embedded.call("GET", f"/datasets/{slug}/table.csv").status_code == 410


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


def test_null_takes_away_what_a_patch_names(embedded: Stack) -> None:
    slug, resource = embedded.entry(title="可清空的条目")
    address = f"/api/v1/datasets/{slug}"
    filled = {
        "description": "说明", "industry": "S", "keywords": ["词"], "temporal_start": "2026-01-01",
        "contact_email": "kefu@example.gov.cn", "sharing": "none", "licence": "open",
    }  # fmt: skip
    embedded.ok("PATCH", address, "lin", json=filled)
    after = embedded.ok("PATCH", address, "lin", json=dict.fromkeys(filled))
    assert {name: after[name] for name in filled} == {
        "description": "", "industry": "", "keywords": [], "temporal_start": None,
        "contact_email": "", "sharing": "", "licence": "",
    }  # fmt: skip
    for name in ("title", "openness", "update_cycle", "opened_by_superior", "fields"):
        answer = embedded.call("PATCH", address, "lin", json={name: None})
        assert (answer.status_code, list(answer.get_json()["errors"])) == (422, [name])
    table = embedded.ok("PATCH", f"/api/v1/resources/{resource}", "lin", json={"description": None})
    assert table["description"] == ""


def test_what_was_read_of_a_unit_can_be_sent_back(embedded: Stack) -> None:
    address = f"/api/v1/units/{UNIT}"
    read = embedded.ok("GET", address)
    assert read["parent"] is None
    sent = {name: read[name] for name in read if name not in {"provisional", "version"}}
    assert embedded.ok("PATCH", address, "admin", json=sent) == read
