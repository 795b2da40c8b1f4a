"""A draft that its drafter does not want any more is taken back: nobody else has to decide about it."""

from typing import Any

import pytest

from tests.common.browser import Browser
from tests.common.lists import item_values
from tests.common.stack import Stack

LISTS = "/api/v1/negative-list/adjustments"
GUIDE = {
    "kind": "opening", "title": "开放指引", "summary": "", "body": "全文", "changes": "",
    "effective_on": "2026-11-23", "schemas": [],
}  # fmt: skip


def _drafted(stack: Stack, who: str = "keeper") -> str:
    given = {"reason": "清理", "changes": [{"kind": "add", "item": item_values()}]}
    made: str = stack.ok("POST", LISTS, who, status=201, json=given)["id"]
    return made


def _tags(stack: Stack) -> set[str]:
    return {one["tag"] for one in stack.ok("GET", "/api/v1/audit?limit=50", "auditor")["items"]}


def test_an_adjustment_is_taken_back_by_its_drafter_only_and_before_it_is_decided(
    embedded: Stack,
) -> None:
    stack = embedded
    made = _drafted(stack)
    stack.ok("POST", f"{LISTS}/{made}/withdrawal", "deputy", status=403)
    keeper = Browser(stack.client)
    keeper.sign_in("keeper")
    keeper.open(f"/negative-list/adjustments/{made}")
    keeper.send(f"/negative-list/adjustments/{made}/withdrawal")
    assert (keeper.status, "The draft is taken back" in keeper.text) == (200, True)
    keeper.open(f"/negative-list/adjustments/{made}")
    assert "Taken back" in keeper.text
    assert "Another person must approve" not in keeper.text
    drafts = stack.ok("GET", f"{LISTS}?state=draft", "admin")["items"]
    assert (drafts, "list:withdrawn" in _tags(stack)) == ([], True)
    for act, body in (("approval", None), ("refusal", {"reason": "晚"}), ("withdrawal", None)):
        who = "keeper" if act == "withdrawal" else "admin"
        stack.ok("POST", f"{LISTS}/{made}/{act}", who, status=409, json=body)
    approved = _drafted(stack)
    stack.ok("POST", f"{LISTS}/{approved}/approval", "admin")
    stack.ok("POST", f"{LISTS}/{approved}/withdrawal", "keeper", status=409)
    assert [one["number"] for one in stack.ok("GET", "/api/v1/negative-list")["items"]] == [
        "NL-001"
    ]


def test_a_draft_of_another_list_is_taken_back(embedded: Stack) -> None:
    at = "/api/v1/lists/power/adjustments"
    item = {"name": "行政许可", "citations": ["《中华人民共和国行政许可法》第十二条"]}
    kinds = {one["kind"]: one for one in embedded.ok("GET", "/api/v1/lists")["items"]}
    details = {one["key"]: "甲" for one in kinds["power"]["columns"]}
    item_given: dict[str, Any] = {**item, "details": details, "review_by": "2027-06-30"}
    given = {"reason": "清理", "changes": [{"kind": "add", "item": item_given}]}
    made = embedded.ok("POST", at, "keeper", status=201, json=given)["id"]
    found = embedded.ok("POST", f"{at}/{made}/withdrawal", "keeper")
    assert found["state"] == "withdrawn"


def test_a_guideline_is_taken_back_and_the_next_draft_is_free(embedded: Stack) -> None:
    stack = embedded
    at = "/api/v1/guides/opening-guide/editions"
    stack.ok("POST", at, "keeper", status=201, json=GUIDE)
    stack.ok("POST", f"{at}/1/withdrawal", "admin", status=403)
    keeper = Browser(stack.client)
    keeper.sign_in("keeper")
    keeper.open("/guides/opening-guide/editions/1")
    keeper.send("/guides/opening-guide/editions/1/withdrawal")
    assert "The draft is taken back" in keeper.text
    assert not keeper.links("/guides/opening-guide/editions/1"), "gone from what waits"
    stack.ok("POST", f"{at}/1/publication", "admin", status=409)
    assert stack.ok("POST", at, "keeper", status=201, json=GUIDE)["number"] == 2
    stack.ok("POST", f"{at}/2/publication", "admin")
    assert stack.ok("GET", "/api/v1/guides/opening-guide")["number"] == 2
    assert "guide:withdrawn" in _tags(stack)


@pytest.mark.parametrize("stale", ['"0-abc"', '"99-abc"'])
def test_acts_on_requests_notices_and_targets_refuse_who_saw_an_older_state(
    embedded: Stack, stale: str
) -> None:
    stack = embedded
    asked = stack.ok("POST", "/api/v1/requests", status=201,
                     json={"kind": "data", "title": "公交站点", "text": "请开放"})  # fmt: skip
    at = f"/api/v1/requests/{asked['id']}"
    unit = stack.ok("GET", "/api/v1/units")["items"][0]["code"]

    def tag(path: str) -> dict[str, str]:
        return {"If-Match": stack.call("GET", path, "admin").headers["ETag"]}

    seen = tag(at)
    wrong = {"If-Match": stale}
    stack.ok("POST", f"{at}/assignment", "admin", status=412, json={"unit": unit}, headers=wrong)
    stack.ok("POST", f"{at}/assignment", "admin", json={"unit": unit}, headers=seen)
    stack.ok("POST", f"{at}/extension", "admin", status=412, json={"reason": "核实"}, headers=seen)
    stack.ok("POST", f"{at}/extension", "admin", json={"reason": "核实"}, headers=tag(at))
    reply = {"outcome": "adopted", "reply": "将开放"}
    stack.ok("POST", f"{at}/reply", "admin", status=412, json=reply, headers=seen)
    stack.ok("POST", f"{at}/reply", "admin", json=reply, headers=tag(at))

    stack.ok("POST", f"{LISTS}/{_drafted(stack)}/approval", "admin")
    notice = f"/api/v1/notices/{stack.ok('GET', '/api/v1/notices')['items'][0]['id']}"
    stack.ok("POST", f"{notice}/publication", "admin", status=412, json={}, headers=wrong)
    stack.ok("POST", f"{notice}/publication", "admin", json={}, headers=tag(notice))

    targets = "/api/v1/openness/targets"
    given = {"rate": "data", "scope": "city", "value": "65", "reason": "年度目标"}
    before = tag(targets)
    stack.ok("POST", targets, "admin", status=412, json=given, headers=wrong)
    stack.ok("POST", targets, "admin", status=201, json=given, headers=before)
    stack.ok("POST", targets, "admin", status=412, json={**given, "value": "70"}, headers=before)
    assert len(stack.ok("GET", targets)["items"]) == 1
