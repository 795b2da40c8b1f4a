"""Nothing opens, and nothing public changes, by one person alone."""

from pathlib import Path
from typing import Any

from sqlalchemy import select

from catalog.models import PublishedFile
from tests.common.browser import Browser
from tests.common.lists import item_values
from tests.common.portal import extensions, item
from tests.common.stack import OTHER_UNIT, Stack

CONDITIONAL = {"openness": "conditional", "conditional_mode": "approval", "open_condition": "申请"}


def amend(stack: Stack, slug: str, **values: object) -> dict[str, object]:
    found: dict[str, object] = stack.ok("PATCH", f"/api/v1/datasets/{slug}", "lin", json=values)
    return found


def test_an_opening_proposed_before_a_closing_does_not_come_true_after_it(
    stack: Stack, tmp_path: Path
) -> None:
    number = item(stack)
    slug, _ = extensions(stack, tmp_path, **CONDITIONAL)
    assert amend(stack, slug, openness="unconditional")["proposed"]
    closed = amend(stack, slug, openness="withheld", withheld_by=[number])
    assert (closed["openness"], closed["proposed"]) == ("withheld", {})
    amend(stack, slug, title="机构分机（新）")
    stack.publish(slug)
    shown = stack.ok("GET", f"/api/v1/datasets/{slug}")
    assert (shown["title"], shown["openness"]) == ("机构分机（新）", "withheld")
    assert shown["withheld_by"] == [number]
    assert stack.call("GET", f"/datasets/{slug}/table.csv", "dev").status_code == 403


def test_a_further_condition_drops_the_opening_proposed_before_it(
    embedded: Stack, tmp_path: Path
) -> None:
    slug, _ = extensions(embedded, tmp_path, **CONDITIONAL | {"conditional_mode": "real-name"})
    amend(embedded, slug, openness="unconditional")
    amend(embedded, slug, conditional_mode="approval")
    embedded.publish(slug)
    shown = embedded.ok("GET", f"/api/v1/datasets/{slug}")
    assert (shown["openness"], shown["conditional_mode"]) == ("conditional", "approval")


def test_an_opening_proposed_before_an_item_closed_the_entry_is_dropped(
    embedded: Stack, tmp_path: Path
) -> None:
    number = item(embedded)
    slug, _ = extensions(embedded, tmp_path)
    amend(embedded, slug, openness="withheld", withheld_by=[number])
    assert amend(embedded, slug, openness="unconditional")["proposed"]
    repeal = {"reason": "废止", "changes": [{"kind": "repeal", "number": number}]}
    path = "/api/v1/negative-list/adjustments"
    draft = embedded.ok("POST", path, "keeper", status=201, json=repeal)["id"]
    embedded.ok("POST", f"{path}/{draft}/approval", "admin", json={})
    shown = embedded.ok("GET", f"/api/v1/datasets/{slug}", "lin")
    assert (shown["openness"], shown["proposed"]) == ("unassessed", {})
    refusal = embedded.call("GET", f"/datasets/{slug}/table.csv")
    assert refusal.status_code == 403
    assert refusal.get_json()["code"] == "unassessed"


def test_an_entry_opened_by_a_review_rests_on_no_item_any_more(
    embedded: Stack, tmp_path: Path
) -> None:
    number = item(embedded)
    slug, _ = extensions(embedded, tmp_path)
    amend(embedded, slug, openness="withheld", withheld_by=[number])
    amend(embedded, slug, openness="unconditional")
    assert embedded.ok("GET", f"/api/v1/datasets/{slug}")["withheld_by"] == [number]
    embedded.publish(slug)
    shown = embedded.ok("GET", f"/api/v1/datasets/{slug}")
    assert (shown["openness"], shown["withheld_by"]) == ("unconditional", [])
    due = embedded.ok("GET", "/api/v1/openness")["data_rate"]["due"]["declared"]["counts"]
    assert due == [1, 1]


def test_what_has_changed_meanwhile_can_be_returned(embedded: Stack, tmp_path: Path) -> None:
    slug, _ = extensions(embedded, tmp_path)
    amend(embedded, slug, title="新标题")
    review = embedded.ok("POST", f"/api/v1/datasets/{slug}/submissions", "lin", status=201)[
        "review"
    ]
    path = f"/api/v1/reviews/{review}/decision"
    looked_at = {"manifest_sha256": "0" * 64, "reasons": "标题不清"}
    refusal = embedded.call("POST", path, "wu", json={**looked_at, "verdict": "pass"})
    assert (refusal.status_code, refusal.get_json()["code"]) == (409, "stale-review")
    returned = embedded.ok("POST", path, "wu", json={**looked_at, "verdict": "return"})
    assert returned["state"] == "returned"


def test_the_list_of_submissions_shows_what_its_pages_show(embedded: Stack, tmp_path: Path) -> None:
    slug, _ = extensions(embedded, tmp_path)
    amend(embedded, slug, title="新标题")
    embedded.ok("POST", f"/api/v1/datasets/{slug}/submissions", "lin", status=201)
    move = {"role": "editor", "unit": OTHER_UNIT}
    embedded.ok("POST", "/api/v1/users/lin/roles", "admin", status=201, json=move)
    held = embedded.ok("GET", "/api/v1/users", "admin")["items"]
    assert any(one["name"] == "lin" for one in held)
    for who in ("lin", "wu", "he", "gao", "admin", "auditor"):
        for one in embedded.ok("GET", "/api/v1/reviews", who)["items"]:
            embedded.ok("GET", f"/api/v1/reviews/{one['id']}", who)


FIELDS = [
    {"name": "名称", "title": "机构名称", "openness": "unconditional"},
    {"name": "分机", "title": "电话分机", "openness": "unconditional"},
]


def fields(stack: Stack, slug: str, who: str = "") -> list[tuple[str, str, str]]:
    shown = stack.ok("GET", f"/api/v1/datasets/{slug}", who)["fields"]
    return [(one["name"], one["title"], one["openness"]) for one in shown]


def test_fields_of_a_public_entry_change_for_the_public_by_a_review(
    stack: Stack, tmp_path: Path
) -> None:
    slug, _ = extensions(stack, tmp_path)
    before = fields(stack, slug)
    new = [
        {**FIELDS[0], "title": "偷换的标题", "description": "偷换的说明", "type": "any"},
        {**FIELDS[1]},
        {"name": "未送审", "openness": "unconditional", "description": "新的信息项"},
    ]
    amend(stack, slug, fields=new)
    stack.work()
    assert [one[0] for one in fields(stack, slug, "lin")] == ["名称", "分机", "未送审"]
    assert fields(stack, slug) == fields(stack, slug, "he") == before
    for door in (
        f"/datasets/{slug}", f"/datasets/{slug}?tab=fields", f"/datasets/{slug}.ttl",
        "/api/v1/datasets?q=偷换", "/datasets?q=未送审", f"/api/3/action/package_show?id={slug}",
    ):  # fmt: skip
        text = stack.call("GET", door).get_data(as_text=True)
        assert "偷换" not in text.replace("q=偷换", "")
        assert slug not in text or "未送审" not in text
    rates = stack.ok("GET", "/api/v1/openness?basis=field")
    assert "3]" not in str(rates["data_rate"])

    stack.publish(slug)
    assert fields(stack, slug) == fields(stack, slug, "lin")
    assert fields(stack, slug)[0][1] == "偷换的标题"


def test_a_closed_field_opens_in_no_file_before_a_review(embedded: Stack, tmp_path: Path) -> None:
    number = item(embedded)
    slug, _ = extensions(embedded, tmp_path)
    with embedded.runtime.database.read() as session:
        old = [
            f"/versions/{one.sha256}/{one.file_name}"
            for one in session.scalars(select(PublishedFile))
        ]
    closing = [FIELDS[0], {**FIELDS[1], "openness": "withheld", "withheld_by": [number]}]
    amend(embedded, slug, fields=closing)
    embedded.work()
    assert fields(embedded, slug)[1][2] == "withheld"  # at once
    embedded.publish(slug)
    amend(embedded, slug, fields=FIELDS)
    embedded.work()
    assert fields(embedded, slug, "lin")[1][2] == "unconditional"
    assert fields(embedded, slug)[1][2] == "withheld"
    shown = embedded.ok("GET", f"/api/v1/datasets/{slug}")["fields"][1]
    assert shown["withheld_by"] == [number]
    assert {embedded.call("GET", one).status_code for one in old} == {410}
    embedded.publish(slug)
    assert fields(embedded, slug)[1][2] == "unconditional"
    assert {embedded.call("GET", one).status_code for one in old} == {200}


def test_the_reviewer_is_told_which_fields_are_described_otherwise(
    embedded: Stack, tmp_path: Path
) -> None:
    slug, _ = extensions(embedded, tmp_path)
    amend(embedded, slug, fields=[{**FIELDS[0], "title": "单位名称"}, FIELDS[1]])
    embedded.work()
    review = embedded.ok("POST", f"/api/v1/datasets/{slug}/submissions", "lin", status=201)[
        "review"
    ]
    wu = Browser(embedded.client.application.test_client())
    wu.sign_in("wu")
    wu.open(f"/reviews/{review}")
    assert "now “单位名称”" in wu.text


def test_an_entry_resumed_as_it_was_reviewed_shows_its_fields_open_again(
    embedded: Stack, tmp_path: Path
) -> None:
    number = item(embedded)
    slug, _ = extensions(embedded, tmp_path)
    closing = [FIELDS[0], {**FIELDS[1], "openness": "withheld", "withheld_by": [number]}]
    amend(embedded, slug, fields=closing)
    amend(embedded, slug, fields=[{**one, "description": "未送审"} for one in FIELDS])
    embedded.work()
    assert fields(embedded, slug)[1][2] == "withheld"
    path = f"/api/v1/datasets/{slug}/resumption"
    embedded.ok("POST", path, "wu", json={"reason": "核对无误"})
    assert [one[2] for one in fields(embedded, slug)] == ["unconditional"] * 2
    assert "未送审" not in embedded.call("GET", f"/api/v1/datasets/{slug}").get_data(as_text=True)


def test_nobody_approves_an_adjustment_that_was_revised_after_it_was_read(stack: Stack) -> None:
    def draft(name: str) -> dict[str, Any]:
        return {"reason": "测试", "changes": [{"kind": "add", "item": item_values(name=name)}]}

    adjustments = "/api/v1/negative-list/adjustments"
    made = stack.ok("POST", adjustments, "keeper", status=201, json=draft("甲事项"))["id"]
    address = f"{adjustments}/{made}"
    read = {"If-Match": stack.call("GET", address, "admin").headers["ETag"]}
    revised = stack.call(
        "POST", f"{address}/revision", "keeper", json=draft("乙事项"), headers=read
    )
    assert revised.status_code == 200
    for act in ("approval", "refusal"):
        stack.ok("POST", f"{address}/{act}", "admin", status=412, headers=read,
                 json={"reason": "不同意"} if act == "refusal" else None)  # fmt: skip
    assert stack.ok("GET", address, "admin")["state"] == "draft"
    again = {"If-Match": revised.headers["ETag"]}
    assert stack.ok("POST", f"{address}/approval", "admin", headers=again)["state"] == "approved"
