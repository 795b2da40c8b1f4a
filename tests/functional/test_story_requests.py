"""Requests of the public, from the question of somebody without account to the published reply."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from tests.common.stack import OTHER_UNIT, UNIT, Stack

CARD = "11010519491231002X"
ASKED = {
    "kind": "data",
    "title": "希望开放公交到站数据",
    "text": f"用于无障碍出行研究。我的证件号码是{CARD}。",
    "contact_name": "来访者",
    "contact": "visitor@mail.example",
}


def _ask(stack: Stack, **values: Any) -> dict[str, Any]:
    made: dict[str, Any] = stack.ok("POST", "/api/v1/requests", status=201, json=ASKED | values)
    return made


def test_a_request_is_asked_passed_on_extended_answered_and_published(stack: Stack) -> None:
    made = _ask(stack)
    assert made["number"].startswith("SQ")
    assert made["lateness"] == "open"
    address = f"/api/v1/requests/{made['id']}"
    assert stack.ok("GET", f"{address}?key={made['key']}")["text"] == ASKED["text"]
    for who in ("", "lin", "he", "dev"):
        stack.ok("GET", address, who, status=404)
        assert stack.ok("GET", "/api/v1/requests", who)["items"] == []
    stack.ok("GET", f"{address}?key=wrong", status=404)
    seen = stack.ok("GET", address, "admin")
    assert (seen["contact_name"], seen["contact"]) == ("来访者", "visitor@mail.example")

    stack.ok("POST", f"{address}/assignment", "lin", status=403, json={"unit": UNIT})
    stack.ok("POST", f"{address}/assignment", "admin", json={"unit": UNIT})
    assert stack.ok("GET", address, "lin")["contact"] == "visitor@mail.example"
    stack.ok("GET", address, "he", status=404)
    longer = stack.ok(
        "POST", f"{address}/extension", "lin", json={"reason": "需要会同其他部门核实"}
    )
    assert longer["due_on"] > made["due_on"]
    stack.ok("POST", f"{address}/extension", "lin", status=409, json={"reason": "再延长"})

    reply = {"outcome": "partly adopted", "reply": "到站数据将于明年一季度开放，站点数据已开放。"}
    stack.ok("POST", f"{address}/reply", "he", status=404, json=reply)
    stack.ok("POST", f"{address}/reply", "auditor", status=403, json=reply)
    stack.ok("POST", f"{address}/reply", "lin", json=reply)
    stack.ok("POST", f"{address}/reply", "wu", status=409, json=reply)

    public = stack.ok("GET", address)
    assert public["lateness"] == "on time"
    assert public["outcome"] == "partly adopted"
    assert CARD not in str(public)
    assert "contact" not in public
    assert [one["number"] for one in stack.ok("GET", "/api/v1/requests")["items"]] == [
        made["number"]
    ]
    for twin in ("", ".json", ".csv"):
        text = stack.client.get(f"/requests{twin}").get_data(as_text=True)
        assert "希望开放公交到站数据" in text
        assert CARD not in text
        assert "visitor@mail.example" not in text


def test_an_answer_that_is_not_published_stays_with_who_asked(stack: Stack) -> None:
    made = _ask(stack, kind="rights", unit=OTHER_UNIT)
    address = f"/api/v1/requests/{made['id']}"
    stack.ok(
        "POST", f"{address}/reply", "gao",
        json={"outcome": "adopted", "reply": "已撤下相关数据。", "publish": False},
    )  # fmt: skip
    stack.ok("GET", address, status=404)
    assert stack.ok("GET", f"{address}?key={made['key']}")["reply"] == "已撤下相关数据。"
    assert stack.ok("GET", "/api/v1/requests")["items"] == []


def test_a_request_about_an_entry_goes_to_the_unit_that_holds_it(stack: Stack) -> None:
    slug, _ = stack.entry(title="尚未公开的条目")
    stack.ok("POST", "/api/v1/requests", status=404, json=ASKED | {"dataset": slug})
    stack.ok("POST", "/api/v1/requests", status=404, json=ASKED | {"dataset": "nothing-like-it"})
    made = stack.ok("POST", "/api/v1/requests", "lin", status=201, json=ASKED | {"dataset": slug})
    assert made["unit"]["code"] == UNIT
    assert made["dataset"]["slug"] == slug


def test_a_reply_shows_neither_a_draft_nor_personal_data_of_the_reason(embedded: Stack) -> None:
    draft, _ = embedded.entry(title="尚未公开的草稿")
    made = embedded.ok(
        "POST", "/api/v1/requests", "lin", status=201, json=ASKED | {"dataset": draft}
    )
    assert made["dataset"]["slug"] == draft
    address = f"/api/v1/requests/{made['id']}"
    reason = {"reason": f"请联系 {CARD} 核实"}
    embedded.ok("POST", f"{address}/extension", "wu", json=reason)
    embedded.ok("POST", f"{address}/reply", "wu", json={"outcome": "adopted", "reply": "将开放。"})
    for path in (
        address,
        "/api/v1/requests",
        f"/requests/{made['id']}",
        "/requests",
        "/requests.csv",
    ):
        text = embedded.client.get(path).get_data(as_text=True)
        assert made["number"] in text
        assert draft not in text
        assert "尚未公开的草稿" not in text
        assert CARD not in text
    embedded.ok(
        "POST", f"{address}/reply", "he", status=403, json={"outcome": "adopted", "reply": "x"}
    )
    assert embedded.ok("GET", address, "he")["dataset"] is None
    assert embedded.ok("GET", address, "lin")["dataset"]["slug"] == draft


def test_a_title_does_not_run_as_a_formula_in_the_list(embedded: Stack) -> None:
    made = _ask(embedded, title='=HYPERLINK("http://x.example","点")')
    embedded.ok("POST", f"/api/v1/requests/{made['id']}/assignment", "admin", json={"unit": UNIT})
    reply = {"outcome": "declined", "reply": "@无此数据"}
    embedded.ok("POST", f"/api/v1/requests/{made['id']}/reply", "lin", json=reply)
    table = list(csv.DictReader(io.StringIO(embedded.client.get("/requests.csv").text)))
    assert table[0]["title"].startswith("'=HYPERLINK")
    assert table[0]["reply"] == "'@无此数据"


def test_a_repeated_request_with_a_key_is_one_request(embedded: Stack) -> None:
    headers = embedded.as_("dev") | {"Idempotency-Key": "a-1"}
    first = embedded.client.post("/api/v1/requests", json=ASKED, headers=headers)
    again = embedded.client.post("/api/v1/requests", json=ASKED, headers=headers)
    assert (first.status_code, again.status_code) == (201, 409)
    assert len(embedded.ok("GET", "/api/v1/requests", "admin")["items"]) == 1
    nobody = embedded.client.post(
        "/api/v1/requests", json=ASKED, headers={"Idempotency-Key": "a-1"}
    )
    assert nobody.status_code == 422
    assert nobody.get_json()["type"].endswith("idempotency-key-anonymous")


def test_a_late_answer_is_late_for_ever_and_counted(stack: Stack) -> None:
    made = _ask(stack, unit=UNIT)
    stack.clock.now += timedelta(days=60)
    assert (
        stack.ok("GET", f"/api/v1/requests/{made['id']}?key={made['key']}")["lateness"] == "overdue"
    )
    stack.ok(
        "POST", f"/api/v1/requests/{made['id']}/reply", "lin",
        json={"outcome": "explained", "reply": "数据由上级部门统一开放。"},
    )  # fmt: skip
    assert stack.ok("GET", f"/api/v1/requests/{made['id']}")["lateness"] == "late"


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "other"},
        {"title": ""},
        {"text": " "},
        {"unit": "1"},
        {"text": "x" * 5001},
        {"more": "x"},
    ],
)
def test_what_cannot_be_taken_is_named(embedded: Stack, wrong: dict[str, str]) -> None:
    refused = embedded.ok("POST", "/api/v1/requests", status=422, json=ASKED | wrong)
    assert set(refused["errors"]) == set(wrong)


def test_one_client_can_ask_only_so_often_a_day(embedded: Stack) -> None:
    for _ in range(20):
        _ask(embedded)
    answer = embedded.call("POST", "/api/v1/requests", json=ASKED)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"]
    embedded.clock.now += timedelta(days=1, hours=1)
    _ask(embedded)


def test_the_form_asks_and_shows_where_the_reply_will_stand(embedded: Stack) -> None:
    page = embedded.client.get("/requests/new?kind=correction&lang=en").get_data(as_text=True)
    assert "20 working days" in page
    sent = embedded.client.post("/requests", data=ASKED)
    assert sent.status_code == 303
    shown = embedded.client.get(sent.location).get_data(as_text=True)
    assert ASKED["title"] in shown
    wrong = embedded.client.post("/requests", data=ASKED | {"title": ""})
    assert wrong.status_code == 422
    assert ASKED["text"] in wrong.get_data(as_text=True)
