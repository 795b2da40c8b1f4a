"""What the lists refuse at their doors: each mistake gets its sentence, and nothing changes."""

from collections.abc import Iterator
from typing import Any

import pytest

from catalog.services import laws
from tests.common.both import BOTH, settings_on
from tests.common.browser import Browser
from tests.common.stack import OTHER_UNIT, UNIT, Stack, open_stack
from tests.conftest import NOW

API = "/api/v1"
DRAFTS = f"{API}/negative-list/adjustments"
LATEST = "2026-12-31"
"""The last day of the official calendar that is known."""


@pytest.fixture(scope="module", params=BOTH)
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    with open_stack(settings_on(request, tmp_path_factory.mktemp("bad")), NOW) as opened:
        with opened.runtime.database.write() as session:
            laws.seed(session)
        yield opened


def item(**more: Any) -> dict[str, Any]:
    return {
        "name": "个人隐私信息", "ground": "15-2", "circumstances": ["自然人的住址"],
        "citations": ["《中华人民共和国政府信息公开条例》第十五条"], "review_by": "2027-06-30", **more,
    }  # fmt: skip


def add(**more: Any) -> dict[str, Any]:
    return {"changes": [{"kind": "add", "item": item(**more)}], "reason": "编制"}


def refusal(
    stack: Stack, method: str, path: str, who: str = "keeper", *, status: int = 422, **given: Any
) -> dict[str, Any]:
    """What a call that must be refused says, in English."""
    headers = {"Accept-Language": "en", **given.pop("headers", {})}
    found: dict[str, Any] = stack.ok(method, path, who, status=status, headers=headers, **given)
    return found


def state(stack: Stack) -> tuple[Any, ...]:
    """What must not move: drafts, editions, items and notices."""
    return tuple(
        len(stack.ok("GET", f"{API}{path}", "admin")["items"])
        for path in ("/negative-list/adjustments", "/negative-list/editions", "/negative-list",
                     "/notices")
    )  # fmt: skip


def drafted(stack: Stack, body: dict[str, Any], who: str = "keeper") -> str:
    return str(stack.ok("POST", DRAFTS, who, status=201, json=body)["id"])


def approved(stack: Stack, body: dict[str, Any]) -> dict[str, Any]:
    made = drafted(stack, body)
    found: dict[str, Any] = stack.ok("POST", f"{DRAFTS}/{made}/approval", "admin")
    return found


def numbers(stack: Stack) -> list[str]:
    return [one["number"] for one in stack.ok("GET", f"{API}/negative-list")["items"]]


def test_an_item_without_basis_or_with_half_of_it_is_refused_at_its_place(stack: Stack) -> None:
    before = state(stack)
    for wrong, place, said in (
        ({"citations": []}, "citations", "Cite at least one legal basis"),
        ({"citations": ["条例"]}, "citations.0", "Write a citation as"),
        ({"circumstances": []}, "circumstances", "Name at least one circumstance"),
        ({"ground": "16-1"}, "reason", "Article 16 leaves a choice"),
        ({"review_by": None}, "review_by", "Say by when"),
        ({"ground": "14-2", "citations": [{"law": "某市办法", "article": 1, "level": "local-regulation"}]},
         "ground", "is not enough"),
    ):  # fmt: skip
        refused = refusal(stack, "POST", DRAFTS, json=add(**wrong))
        assert said in refused["errors"][f"changes.0.item.{place}"][0], refused
    assert state(stack) == before


def test_days_beyond_every_calendar_and_odd_schemas_are_refused_at_their_place(
    stack: Stack,
) -> None:
    before = state(stack)
    for wrong, place, said in (
        ({"ground": "14-1", "valid_from": "9998-12-31", "declassify_on": "9999-01-01"}, "valid_from", "1900 and 2200"),
        ({"review_by": "9999-12-31"}, "review_by", "1900 and 2200"),
        ({"valid_from": "20270101"}, "valid_from", "YYYY-MM-DD"),
        ({"valid_from": ["2027-01-01"]}, "valid_from", "YYYY-MM-DD"),
    ):  # fmt: skip
        refused = refusal(stack, "POST", DRAFTS, json=add(**wrong))
        assert said in refused["errors"][f"changes.0.item.{place}"][0], refused
    many = {"changes": [{"kind": "repeal", "number": "NL-1"}] * 2001, "reason": "x"}
    assert "At most 2000" in refusal(stack, "POST", DRAFTS, json=many)["errors"]["changes"][0]
    guide = {
        "kind": "collecting",
        "title": "采集指引",
        "body": "全文",
        "effective_on": "2026-12-01",
    }
    for schema, said in (
        ("x", "object with fields"), ([1], "object with fields"), ({"fields": "x"}, "names no fields"),
    ):  # fmt: skip
        refused = refusal(stack, "POST", f"{API}/guides/caiji/editions",
                          json={**guide, "schemas": [{"name": "a", "schema": schema}]})  # fmt: skip
        assert said in refused["errors"]["schemas.0"][0], refused
    assert state(stack) == before


def test_a_schema_without_fields_gets_no_proposals_but_a_reason(stack: Stack) -> None:
    for schema in ({}, {"fields": 5}, {"fields": "abc"}):
        refused = refusal(stack, "POST", f"{API}/negative-list/proposals",
                          json={"schema": schema, "unit": "", "theme": ""})  # fmt: skip
        assert "names no fields" in refused["errors"]["schema.fields"][0]


def test_an_item_that_is_there_already_is_told_before_it_stands_twice(stack: Stack) -> None:
    approved(stack, add(name="同名事项"))
    number = numbers(stack)[-1]
    made = drafted(stack, add(name="同名事项", review_by="2028-01-01"))
    seen = refusal(stack, "GET", f"{DRAFTS}/{made}/consequences", "admin", status=200)
    assert any(f"Item {number} says the same already" in one for one in seen["warnings"])
    twice = {**add(name="两遍"), "changes": add(name="两遍")["changes"] * 2}
    again = refusal(stack, "POST", DRAFTS, json=twice)
    assert "the same as change 1 " in again["errors"]["changes.1.item.name"][0]
    made = drafted(stack, add(name="同名事项", circumstances=["另一情形"]))
    seen = refusal(stack, "GET", f"{DRAFTS}/{made}/consequences", "admin", status=200)
    assert any(f"Item {number} in force has the name" in one for one in seen["warnings"])
    stack.ok("POST", f"{DRAFTS}/{made}/withdrawal", "keeper")


def test_a_basis_no_longer_in_force_is_warned_of_named_and_listed(stack: Stack) -> None:
    stale = add(name="旧依据事项", citations=["《政府信息公开条例》第八条"], ground="14-3b")
    made = drafted(stack, stale)
    seen = refusal(stack, "GET", f"{DRAFTS}/{made}/consequences", "admin", status=200)
    assert any("no longer in force" in one and "第十四条" in one for one in seen["warnings"])
    stack.ok("POST", f"{DRAFTS}/{made}/approval", "admin")
    assert "第八条" in stack.call("GET", "/laws/stale.csv").get_data(as_text=True)


def test_laws_neither_overlap_nor_replace_each_other_in_a_circle(stack: Stack) -> None:
    one = {"title": "甲办法", "level": "rule", "label": "2019", "in_force_from": "2019-01-01"}
    other = {**one, "title": "乙办法"}
    ids = [_law(stack, law) for law in (one, other)]
    overlap = {**one, "label": "2021", "in_force_from": "2021-01-01"}
    refused = refusal(stack, "POST", f"{API}/laws", json=overlap)
    assert "validity overlaps" in refused["errors"]["in_force_from"][0]
    stack.ok("POST", f"{API}/laws/{ids[0]}/replacement", "keeper", json={"replaced_by": "乙办法"})
    refused = refusal(
        stack, "POST", f"{API}/laws/{ids[1]}/replacement", json={"replaced_by": "甲办法"}
    )
    assert "circle" in refused["errors"]["replaced_by"][0]
    for unit, successor, status in ((UNIT, OTHER_UNIT, 200), (OTHER_UNIT, UNIT, 422)):
        answer = stack.call(
            "PATCH", f"{API}/units/{unit}", "admin", headers={"If-Match": "*"},
            json={"successor": successor, "roster_to": "2027-01-01"},
        )  # fmt: skip
        assert answer.status_code == status, answer.get_data(as_text=True)
    assert "successor" in answer.get_json()["errors"]
    back = {"successor": "", "roster_to": None}
    stack.ok("PATCH", f"{API}/units/{UNIT}", "admin", headers={"If-Match": "*"}, json=back)


def _law(stack: Stack, given: dict[str, Any]) -> int:
    answer = stack.call("POST", f"{API}/laws", "keeper", json=given)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return int(answer.headers["Location"].rpartition("/")[2])


def test_neither_the_drafter_nor_a_stale_draft_passes_and_a_second_decision_is_none(
    stack: Stack,
) -> None:
    for who, other in (("keeper", "admin"), ("admin", "keeper")):
        made = drafted(stack, add(name=f"{who}拟"), who)
        before = state(stack)
        refused = refusal(stack, "POST", f"{DRAFTS}/{made}/approval", who, status=403)
        assert refused["code"] == "own-draft"
        assert state(stack) == before
        late = drafted(stack, add(name=f"{who}迟拟"), who)
        stack.ok("POST", f"{DRAFTS}/{made}/approval", other)
        refused = refusal(stack, "POST", f"{DRAFTS}/{late}/approval", other, status=409)
        assert refused["code"] == "stale-edition"
        assert "is in force meanwhile" in refused["detail"]
        again = stack.ok("POST", f"{DRAFTS}/{made}/approval", other, status=409)
        assert again["code"] == "adjustment-decided"
        stack.ok("POST", f"{DRAFTS}/{late}/refusal", other, json={"reason": "重复"})


def test_no_item_overlaps_itself_and_one_that_ends_twice_is_refused(stack: Stack) -> None:
    approved(stack, add(name="一次为限"))
    number = numbers(stack)[-1]
    twice = [
        {"kind": "amend", "number": number, "item": {"reason": "甲"}},
        {"kind": "repeal", "number": number},
    ]
    refused = refusal(stack, "POST", DRAFTS, json={"changes": twice, "reason": "x"})
    assert "Another change" in refused["errors"]["changes.1.number"][0]
    backwards = {"valid_from": "2027-03-01", "valid_to": "2027-02-01"}
    refused = refusal(stack, "POST", DRAFTS, json=add(**backwards))
    assert "end before it begins" in refused["errors"]["changes.0.item.valid_to"][0]
    past = refusal(stack, "POST", DRAFTS, json={**add(), "effective_on": "2026-01-01"})
    assert "in the past" in past["errors"]["effective_on"][0]


def test_a_repealed_item_closes_nothing_any_more_and_what_it_closed_is_to_be_decided(
    stack: Stack,
) -> None:
    approved(stack, add(name="将废止"))
    number = numbers(stack)[-1]
    slug, _ = stack.entry("he", unit=OTHER_UNIT, title="社会组织名录", openness="withheld",
                          withheld_by=[number])  # fmt: skip
    done = approved(stack, {"changes": [{"kind": "repeal", "number": number}], "reason": "废止"})
    assert done["consequences"]["released"] == 1
    found = stack.ok("GET", f"{API}/datasets/{slug}", "he")
    assert found["openness"] == "unassessed"
    assert any(
        one["dataset"] == slug for one in stack.ok("GET", f"{API}/list-tasks", "he")["items"]
    )
    refused = refusal(
        stack, "PATCH", f"{API}/datasets/{slug}", "he", headers={"If-Match": "*"},
        json={"openness": "withheld", "withheld_by": [number]},
    )  # fmt: skip
    assert "not in force" in refused["errors"]["withheld_by"][0]
    shown = Browser(stack.client)
    stack.client.delete_cookie("gk_session")
    assert "废止" in shown.open(f"/negative-list/items/{number}")


def test_past_the_official_calendar_a_notice_is_due_provisionally_and_somebody_is_told(
    stack: Stack,
) -> None:
    stack.clock.now = NOW.replace(month=12, day=18)
    try:
        approved(stack, add(name="岁末"))
        newest = stack.ok("GET", f"{API}/notices")["items"][0]
        assert newest["provisional"] is True
        assert newest["due_on"] > LATEST
        duties = stack.ok("GET", "/admin/duties.json", "admin")["items"]
        assert any(one["kind"] == "calendar" for one in duties)
    finally:
        stack.clock.now = NOW
