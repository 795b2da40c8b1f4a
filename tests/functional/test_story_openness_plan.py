"""From a gap to a plan: the fewest entries, the nearest first, and nobody is told of others' drafts."""

import csv
import io
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

from tests.common.stack import OTHER_UNIT, UNIT, Stack

TABLE = "序号,机构名称\n1,市图书馆\n2,市档案馆\n"


def plan(stack: Stack, who: str = "", **query: str):
    return stack.ok("GET", "/api/v1/openness/plan", who, query_string=query)


def held(stack: Stack, tmp_path: Path) -> dict[str, str]:
    """One entry open, one examined, one without a file, one nobody decided; one of the other unit."""
    file = tmp_path / "table.csv"
    file.write_text(TABLE, "utf-8")
    slugs = {}
    for name in ("open", "examined", "empty"):
        slugs[name], resource = stack.entry(title=f"名录{name}")
        if name != "empty":
            stack.deliver(resource, file, "名录.csv")
    stack.publish(slugs["open"])
    slugs["undecided"], _ = stack.entry(title="未定", openness="unassessed")
    slugs["other"], _ = stack.entry("he", title="他局未定", unit=OTHER_UNIT, openness="unassessed")
    return slugs


def test_the_plan_names_the_fewest_entries_and_shows_them_to_those_they_belong_to(stack, tmp_path):
    slugs = held(stack, tmp_path)
    told = plan(stack, "admin")
    assert told["unit_rate"]["counts"] == [1, 2]
    assert told["data_rate"]["counts"] == [1, 5]
    assert (told["unit_rate"]["short"], told["data_rate"]["short"]) == (1, 2)
    assert (told["total"], told["reachable"], told["complete"]) == (2, True, True)
    steps = {one["slug"]: (one["step"], one["first_opening"]) for one in told["entries"]}
    assert steps == {
        slugs["other"]: ("unassessed", True), slugs["examined"]: ("ready", False),
    }  # fmt: skip
    assert told["data_rate"]["after"]["percent"] == "60.00"

    anyone = plan(stack)
    assert (anyone["total"], anyone["complete"]) == (2, False)
    assert (anyone["units"], anyone["entries"]) == ([], [])
    he = plan(stack, "he")
    assert [one["slug"] for one in he["entries"]] == [slugs["other"]]
    lin = plan(stack, "lin", scope="unit", key=UNIT)
    assert lin["complete"] is True
    assert {one["slug"] for one in lin["entries"]} <= set(slugs.values()) - {slugs["other"]}
    assert plan(stack, "auditor")["entries"] == told["entries"]

    stack.publish(slugs["examined"])
    assert plan(stack, "admin")["data_rate"]["short"] == 1
    stack.ok("GET", "/api/v1/openness/plan", status=404, query_string={"scope": "unit", "key": "x"})
    stack.ok("GET", "/api/v1/openness/plan", status=422, query_string={"basis": "volume"})


def test_a_target_set_for_later_changes_no_figure_before_its_day(stack):
    given = {"rate": "data", "value": "75", "valid_from": "2027-01-01", "reason": "年度工作要点"}
    stack.ok("POST", "/api/v1/openness/targets", "lin", status=403, json=given)
    made = stack.ok("POST", "/api/v1/openness/targets", "admin", status=201, json=given)
    assert made["value"] == [3, 4]
    assert stack.ok("GET", "/api/v1/openness")["data_rate"]["all"]["target"] == [3, 5]
    listed = stack.ok("GET", "/api/v1/openness/targets")["items"]
    assert [one["valid_from"] for one in listed] == ["2027-01-01"]
    past = stack.ok(
        "POST", "/api/v1/openness/targets", "admin", status=422,
        json=given | {"valid_from": "2026-01-01"},
    )  # fmt: skip
    assert "valid_from" in past["errors"]
    newest = stack.ok("GET", "/api/v1/audit", "auditor")["items"][0]
    assert newest["tag"] == "target:set"


def test_the_page_and_its_twins_say_the_same_and_hide_the_same(embedded, tmp_path):
    slugs = held(embedded, tmp_path)
    public = embedded.call("GET", "/openness/plan?lang=en").get_data(as_text=True)
    assert "2 entries are enough to reach both targets; fewer cannot." in public
    assert not any(slug in public for slug in slugs.values())
    with embedded.client as client:
        page = client.get("/openness/plan?lang=zh", headers=embedded.as_("admin"))
        text = page.get_data(as_text=True)
        assert page.status_code == 200
        assert slugs["other"] in text
        twin = client.get("/openness/plan.csv", headers=embedded.as_("admin"))
        rows = list(csv.DictReader(io.StringIO(twin.get_data(as_text=True))))
        assert [row["slug"] for row in rows] == [slugs["other"], slugs["examined"]]
        shown = client.get("/openness/plan.json?basis=due", headers=embedded.as_("admin"))
        assert shown.get_json()["total"] == 2
    assert embedded.call("GET", "/openness/plan?unit=nobody").status_code == 404
    assert embedded.call("GET", "/openness/plan?basis=field").status_code == 422


def test_what_changed_between_two_days_is_told_cause_by_cause_and_sums_up(stack, tmp_path):
    slugs = held(stack, tmp_path)
    first = {"from": "2026-11-23"}
    stack.clock.now += timedelta(days=40)
    reason = {"reason": "数据有误，核对后重新发布"}
    stack.ok("POST", f"/api/v1/datasets/{slugs['open']}/withdrawal", "lin", json=reason)
    stack.publish(slugs["examined"])
    told = stack.ok("GET", "/api/v1/openness/changes", query_string=first)["data_rate"]
    assert {one["cause"]: (one["n"], one["d"]) for one in told["causes"]} == {
        "opened": (1, 0), "withdrawn": (-1, 0),
    }  # fmt: skip
    assert sum(Fraction(*one["share"]) for one in told["causes"]) == Fraction(*told["difference"])
    shown = stack.ok("GET", "/api/v1/openness/changes", query_string=first)["entries"]
    assert {one["slug"] for one in shown} == {slugs["open"], slugs["examined"]}
    wrong = {"from": "2027-01-02", "to": "2027-01-01"}
    stack.ok("GET", "/api/v1/openness/changes", status=422, query_string=wrong)
    for form in ("", ".csv", ".json"):
        page = stack.call("GET", f"/openness/changes{form}?from=2026-11-23&cause=withdrawn")
        assert page.status_code == 200
        assert slugs["open"] in page.get_data(as_text=True)
        assert slugs["examined"] not in page.get_data(as_text=True)


def test_signals_are_told_with_evidence_on_every_door(stack, tmp_path):
    slugs = held(stack, tmp_path)
    assert stack.ok("GET", "/api/v1/openness/signals")["items"] == []
    file = tmp_path / "short.csv"
    file.write_text("序号,机构名称\n1,暂无\n", "utf-8")
    slug, resource = stack.entry(title="空文件")
    stack.deliver(resource, file, "空.csv")
    stack.publish(slug)
    (one,) = stack.ok("GET", "/api/v1/openness/signals")["items"]
    assert (one["sign"], one["unit"]) == ("empty", UNIT)
    assert [held["slug"] for held in one["evidence"]] == [slug]
    stack.ok("GET", "/api/v1/openness/signals", status=422, query_string={"since": "x"})
    for form in ("", ".csv", ".json"):
        text = stack.call("GET", f"/openness/signals{form}").get_data(as_text=True)
        assert slug in text
        assert slugs["open"] not in text
