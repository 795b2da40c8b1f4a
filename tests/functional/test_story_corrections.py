"""A mistake found late: tried on the page, recorded with its reason, the frozen period restated."""

from datetime import timedelta

from tests.common.browser import Browser
from tests.common.stack import Stack
from tests.conftest import NOW

AT = "/admin/corrections"


def _open_entry(stack: Stack) -> str:
    """An entry published in the summer, and a quarter frozen since."""
    stack.clock.now = NOW - timedelta(days=160)
    slug, resource = stack.entry(title="机构名录")
    stack.ok("PATCH", f"/api/v1/resources/{resource}", "lin",
             json={"url": "https://data.example/a.csv", "format": "csv"},
             headers={"If-Match": "*"})  # fmt: skip
    stack.publish(slug)
    stack.clock.now = NOW
    return slug


def _admin(stack: Stack, name: str = "admin") -> Browser:
    browser = Browser(stack.client)
    browser.sign_in(name)
    return browser


def test_a_correction_is_tried_recorded_and_leads_to_the_restatement(stack: Stack) -> None:
    slug = _open_entry(stack)
    asked = stack.ok(
        "POST", "/api/v1/openness/snapshots", "admin", status=202, json={"period": "2026Q3"}
    )
    stack.work()
    frozen = asked["snapshot"]
    admin = _admin(stack)
    code = stack.ok("GET", f"/api/v1/datasets/{slug}")["code"]
    admin.open(f"{AT}?dataset={code}")
    assert "机构名录" in admin.text, "an entry is found by its resource code, too"
    given = {"begins": "2026-09-01", "ends": "2026-10-05", "state": "suspended"}
    before = stack.ok("GET", "/api/v1/openness?as_of=2026-09-30")
    admin.send(AT, **given, then="preview")
    assert (admin.status, "2026Q3" in admin.text) == (200, True), admin.text
    assert "Restatement due" in admin.text
    assert "34 days" in admin.text
    assert stack.ok("GET", "/api/v1/openness?as_of=2026-09-30") == before, "nothing was recorded"
    admin.send(AT, **given, then="record")
    assert (admin.status, 'id="reason-error"' in admin.page) == (422, True)
    admin.send(AT, **given, reason="巡检台账补登", then="record")
    assert (admin.status, "The correction is recorded" in admin.text) == (200, True), admin.text
    after = stack.ok("GET", "/api/v1/openness?as_of=2026-09-30")
    assert before["data_rate"]["all"]["counts"][0] - after["data_rate"]["all"]["counts"][0] == 1
    assert admin.links(f"/openness/snapshots/{frozen}")
    rows = stack.ok("GET", f"{AT}.json", "auditor")["items"]
    assert [(one["slug"], one["reason"], one["by"]) for one in rows] == [
        (slug, "巡检台账补登", "admin")
    ]
    admin.open(f"/openness/snapshots/{frozen}")
    assert "a restatement is due" in admin.text
    admin.send(f"/openness/snapshots/{frozen}/restatement", reason="补登中止开放")
    stack.work()
    newest = stack.ok("GET", "/api/v1/openness/snapshots")["items"][0]
    assert newest["restates"] == frozen
    admin.open(AT)
    assert "Restatement due" not in admin.text


def test_the_preview_says_exactly_what_recording_does(stack: Stack) -> None:
    slug = _open_entry(stack)
    given = {"dataset": slug, "from": "2026-08-01", "to": "2026-08-11", "state": "withdrawn"}
    seen = stack.ok("POST", "/api/v1/openness/corrections/preview", "admin", json=given)
    stack.ok(
        "POST",
        "/api/v1/openness/corrections",
        "admin",
        status=201,
        json={**given, "reason": "补登"},
    )
    for one in seen["rates"]:
        now = stack.ok("GET", f"/api/v1/openness?as_of={one['day']}")
        assert one["after"]["unit"] == now["unit_rate"]["counts"]
        assert one["after"]["all"] == now["data_rate"]["all"]["counts"]
        assert one["after"]["due"] == now["data_rate"]["due"]["counts"]
        assert one["before"]["all"] != one["after"]["all"]


def test_who_may_not_correct_sees_no_form_and_bad_days_stand_at_their_input(stack: Stack) -> None:
    slug = _open_entry(stack)
    auditor = _admin(stack, "auditor")
    assert f'action="{AT}"' not in auditor.open(f"{AT}?dataset={slug}")
    for name, status in (("lin", 404), ("keeper", 404)):
        somebody = _admin(stack, name)
        somebody.open(AT)
        assert somebody.status == status
    admin = _admin(stack)
    admin.open(f"{AT}?dataset=nothing-like-it")
    assert (admin.status, 'id="dataset-error"' in admin.page) == (200, True)
    admin.open(f"{AT}?dataset={slug}")
    for given, place in (
        ({"begins": "2026-10-01", "ends": "2026-09-01", "state": "suspended"}, "begins"),
        ({"begins": "2026-10-01", "ends": "2030-01-01", "state": "suspended"}, "begins"),
        ({"begins": "", "state": "suspended"}, "begins"),
        ({"begins": "2026-10-01", "openness": "withheld", "withheld_by": "NL-099"}, "withheld_by"),
    ):
        admin.open(f"{AT}?dataset={slug}")
        admin.send(AT, **given, then="preview")
        assert admin.status == 422, given
        assert f'href="#{place}"' in admin.page, (given, admin.text)
    admin.open(f"{AT}?dataset={slug}")
    admin.send(AT, begins="2026-10-01", then="preview")  # about no field: nothing to lead to
    assert (admin.status, 'id="errors"' in admin.page) == (422, True)
    assert 'href="#form"' not in admin.page
