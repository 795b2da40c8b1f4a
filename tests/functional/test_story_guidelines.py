"""The form of a guideline under bad hands: every mistake has its sentence, what was typed stays, nothing is saved."""

from typing import Any

from tests.common.browser import Browser
from tests.common.stack import Stack

API = "/api/v1/guides"
OWN = {
    "name": "own-table", "title": "本市表", "schema": {"fields": [{"name": "名称", "type": "string"}]},
}  # fmt: skip


def signed_in(stack: Stack, name: str = "keeper", language: str = "en") -> Browser:
    browser = Browser(stack.client.application.test_client(), language)
    browser.sign_in(name)
    browser.open("/guides/new" if name == "keeper" else "/guides")
    return browser


def filled(**more: str) -> dict[str, str]:
    return {
        "slug": "opening-guide", "kind": "opening", "title": "开放指引", "summary": "", "body": "全文",
        "changes": "", "schemas": "", "effective_on": "2026-12-01", **more,
    }  # fmt: skip


def saved(stack: Stack, number: int, slug: str = "opening-guide") -> bool:
    """Whether a guideline has an edition of this number, drafted or published."""
    return stack.call("GET", f"{API}/{slug}/editions/{number}", "keeper").status_code == 200


BAD: dict[str, dict[str, str]] = {
    "slug": {"slug": "Über uns/../x"},
    "kind": {"kind": "other"},
    "title": {"title": " "},
    "body": {"body": "字" * 100_001},
    "summary": {"summary": "字" * 501},
    "changes": {"changes": "字" * 5_001},
    "effective_on": {"effective_on": "2026-11-22"},
    "schemas": {"kind": "collecting", "schemas": "no-such-standard"},
}


def test_each_mistake_stands_at_its_input_and_what_was_typed_stays(stack: Stack) -> None:
    keeper = signed_in(stack)
    for place, more in BAD.items():
        keeper.open("/guides/new")
        keeper.send("/guides", **filled(**more))
        assert keeper.status == 422, place
        assert f'id="{place}-error"' in keeper.page, place
        kept = keeper.form("/guides")
        assert kept["title"] == [filled(**more)["title"].strip()], place
    for far in ("9999-12-31", "0001-01-01", "morgen", ""):
        keeper.open("/guides/new")
        keeper.send("/guides", **filled(effective_on=far))
        assert (keeper.status, 'id="effective_on-error"' in keeper.page) == (422, True), far
    for more in ({"kind": "collecting"}, {"schemas": "power-list"}):
        keeper.open("/guides/new")
        keeper.send("/guides", **filled(**more))
        assert (keeper.status, 'id="schemas-error"' in keeper.page) == (422, True)
    keeper.open("/guides/new")
    keeper.send("/guides", **filled(**dict.fromkeys(filled(), "")))
    assert keeper.status == 422
    for place in ("slug", "kind", "title", "body", "effective_on"):
        assert f'id="{place}-error"' in keeper.page, place
    keeper.send("/guides", **filled(body="a\x00b"))
    assert keeper.status in {400, 422}
    assert not saved(stack, 1)


def test_markup_is_text_and_two_tabs_make_one_edition(stack: Stack) -> None:
    keeper, tab = signed_in(stack), signed_in(stack)
    text = "<script>alert(1)</script>\n<b>粗</b> & {{ 7*7 }}"
    keeper.send("/guides", **filled(title="<i>指引</i>", body=text, changes=text))
    assert keeper.at == "/guides/opening-guide/editions/1"
    assert "<script>alert" not in keeper.page
    assert "<i>指引</i>" not in keeper.page
    assert "{{ 7*7 }}" in keeper.text
    tab.send("/guides", **filled(body="另一个窗口"))
    assert (tab.status, 'id="slug-error"' in tab.page) == (422, True)
    assert "waits for publication already" in tab.text
    assert (saved(stack, 1), saved(stack, 2)) == (True, False)
    assert "/decision" not in keeper.page, "whoever drafted it is offered no decision"
    own = stack.ok("POST", f"{API}/opening-guide/editions/1/publication", "keeper", status=403)
    assert own["code"] == "own-draft"
    admin, other = signed_in(stack, "admin"), signed_in(stack, "admin")
    for one in (admin, other):
        one.open("/guides/opening-guide/editions/1")
    admin.send("/guides/opening-guide/editions/1/decision", decision="refused", reason="")
    assert (admin.status, 'id="reason-error"' in admin.page) == (422, True)
    admin.send("/guides/opening-guide/editions/1/decision", decision="published")
    other.send("/guides/opening-guide/editions/1/decision", decision="refused", reason="晚了")
    assert (other.status, "decided already" in other.text) == (409, True)
    same_day = signed_in(stack)
    same_day.send("/guides", **filled())
    assert (same_day.status, "after the one before it" in same_day.text) == (422, True)
    same_day.send("/guides", **filled(kind="collecting", schemas="power-list"))
    assert 'id="kind-error"' in same_day.page


def test_the_next_edition_keeps_the_schemas_that_were_handed_in_with_the_last(stack: Stack) -> None:
    """The form can only name schemas: a name of the last edition means the one that it had."""
    given: dict[str, Any] = {
        "kind": "collecting", "title": "采集指引", "body": "全文", "effective_on": "2026-12-01",
        "schemas": ["power-list", OWN],
    }  # fmt: skip
    stack.ok("POST", f"{API}/collecting/editions", "keeper", status=201, json=given)
    stack.ok("POST", f"{API}/collecting/editions/1/publication", "admin")
    keeper = signed_in(stack)
    keeper.open("/guides/collecting/edit")
    assert keeper.form("/guides")["schemas"] == ["power-list，own-table"]
    keeper.send("/guides", effective_on="2027-01-01", body="新全文")
    assert keeper.at == "/guides/collecting/editions/2", keeper.text
    made = stack.ok("GET", f"{API}/collecting/editions/2", "keeper")
    assert [one["name"] for one in made["schemas"]] == ["power-list", "own-table"]
    before = stack.ok("GET", f"{API}/collecting/editions/1", "keeper")
    assert made["schemas"] == before["schemas"]
    keeper.open("/guides/new")
    keeper.send("/guides", **filled(slug="other", kind="collecting", schemas="own-table"))
    assert 'id="schemas-error"' in keeper.page, "another guideline does not know it"
