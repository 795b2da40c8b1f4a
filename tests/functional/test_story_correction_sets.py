"""The same mistake in many entries: handed in as a table, shown, approved by another, told everywhere."""

import json
from datetime import timedelta
from io import BytesIO

from click.testing import CliRunner

from catalog.cli import gongkai
from tests.common.browser import Browser
from tests.common.stack import Stack
from tests.conftest import NOW

AT = "/admin/corrections/sets"
SETS = "/api/v1/openness/correction-sets"


def _city(stack: Stack) -> tuple[list[str], str]:
    """Three entries published in the summer, a quarter frozen since."""
    stack.clock.now = NOW - timedelta(days=160)
    slugs = []
    for title in ("机构名录", "车站名录", "公园名录"):
        slug, resource = stack.entry(title=title)
        stack.ok("PATCH", f"/api/v1/resources/{resource}", "lin", headers={"If-Match": "*"},
                 json={"url": "https://data.example/a.csv", "format": "csv"})  # fmt: skip
        stack.publish(slug)
        slugs.append(slug)
    stack.clock.now = NOW
    asked = stack.ok("POST", "/api/v1/openness/snapshots", "admin", status=202,
                     json={"period": "2026Q3"})  # fmt: skip
    stack.work()
    return slugs, asked["snapshot"]


def _browser(stack: Stack, name: str) -> Browser:
    browser = Browser(stack.client)
    browser.sign_in(name)
    return browser


def test_a_table_of_corrections_is_drafted_shown_and_recorded_by_another_person(
    stack: Stack,
) -> None:
    slugs, frozen = _city(stack)
    admin = _browser(stack, "admin")
    admin.open(f"{AT}/new")
    bad = f"目录条目,起始日期,截止日期,状态\n{slugs[0]},2026-09-01,2026-10-05,中止\n没有,2026-09-01,,中止\n"
    admin.send(AT, by="table", reason="巡检", files={"file": (BytesIO(bad.encode()), "更正.csv")})
    assert admin.status == 422
    assert "correct the rows named below" in admin.text
    assert admin.page.count("data-problem") == 1
    assert stack.ok("GET", SETS, "admin")["items"] == []
    good = "目录条目,起始日期,截止日期,状态\n" + "".join(
        f"{slug},2026-09-01,2026-10-05,中止\n" for slug in slugs[:2]
    )
    before = stack.ok("GET", "/api/v1/openness?as_of=2026-09-30")
    admin.send(
        AT, by="table", reason="巡检台账补登",
        files={"file": (BytesIO(good.encode("gb18030")), "更正.csv")},
    )  # fmt: skip
    assert (admin.status, "drafted" in admin.text) == (200, True), admin.text
    assert "Another person must approve" in admin.text
    [made] = stack.ok("GET", SETS, "auditor")["items"]
    assert (made["state"], made["entries"], made["drafted_by"]) == ("draft", 2, "admin")
    seen = stack.ok("GET", f"{SETS}/{made['id']}/consequences", "deputy")
    assert stack.ok("GET", "/api/v1/openness?as_of=2026-09-30") == before
    stack.ok("POST", f"{SETS}/{made['id']}/approval", "admin", status=403)
    deputy = _browser(stack, "deputy")
    deputy.open(f"{AT}/{made['id']}")
    assert "Restatement due" in deputy.text
    deputy.send(f"{AT}/{made['id']}/decision", decision="approved")
    assert (deputy.status, "The corrections are recorded" in deputy.text) == (200, True)
    after = stack.ok("GET", "/api/v1/openness?as_of=2026-09-30")
    was, is_ = (one["data_rate"]["all"]["counts"][0] for one in (before, after))
    assert was - is_ == 2
    for one in seen["rates"]:
        rates = stack.ok("GET", f"/api/v1/openness?as_of={one['day']}")
        assert one["after"]["all"] == rates["data_rate"]["all"]["counts"]
    rows = stack.ok("GET", "/admin/corrections.json", "auditor")["items"]
    assert sorted((one["slug"], one["reason"]) for one in rows) == sorted(
        (slug, "巡检台账补登") for slug in slugs[:2]
    )
    deputy.open(f"/openness/snapshots/{frozen}")
    assert "a restatement is due" in deputy.text
    trail = stack.ok("GET", "/api/v1/audit?limit=50", "auditor")["items"]
    told = {(one["tag"], one["subject_id"]) for one in trail}
    assert ("corrections:approved", made["id"]) in told


def test_a_filter_is_drafted_by_the_api_and_taken_back_or_refused(stack: Stack) -> None:
    _city(stack)
    unit = stack.ok("GET", "/api/v1/datasets")["items"][0]["unit"]["code"]
    given = {
        "reason": "重复编目", "filter": {"unit": unit, "class": "open"},
        "correction": {"from": "2026-09-01", "duplicate": True},
    }  # fmt: skip
    stack.ok("POST", SETS, "keeper", status=403, json=given)
    made = stack.ok("POST", SETS, "admin", status=201, json=given)
    assert [line["values"] for line in made["lines"]] == [{"duplicate": True}] * 3
    stack.ok("POST", f"{SETS}/{made['id']}/withdrawal", "deputy", status=403)
    assert stack.ok("POST", f"{SETS}/{made['id']}/withdrawal", "admin")["state"] == "withdrawn"
    again = stack.ok("POST", SETS, "admin", status=201, json=given)
    stack.ok("POST", f"{SETS}/{again['id']}/refusal", "deputy", status=422, json={"reason": ""})
    refused = stack.ok(
        "POST", f"{SETS}/{again['id']}/refusal", "deputy", json={"reason": "不是重复"}
    )
    assert (refused["state"], refused["refusal"]) == ("refused", "不是重复")
    stack.ok("POST", f"{SETS}/{again['id']}/approval", "deputy", status=409)
    for wrong, place in (
        ({"reason": "x"}, "rows"),
        ({**given, "rows": []}, "rows"),
        ({**given, "filter": {}}, "unit"),
        ({**given, "correction": {"from": "2030-01-01", "duplicate": True}}, "begins"),
        ({"reason": "x", "rows": [{"dataset": "no-such", "from": "2026-09-01", "theme": "教育"}]}, "rows.1"),
    ):  # fmt: skip
        problem = stack.ok("POST", SETS, "admin", status=422, json=wrong)
        assert place in problem["errors"], problem


def test_the_command_drafts_previews_and_approves(stack: Stack) -> None:
    slugs, _ = _city(stack)
    runner = CliRunner()
    table = stack.runtime.settings.home / "更正.csv"
    table.parent.mkdir(parents=True, exist_ok=True)
    environment = {
        "GONGKAI_HOME": str(stack.runtime.settings.home),
        "GONGKAI_DATABASE_URL": str(stack.runtime.settings.database_url or ""),
    }  # fmt: skip

    def run(*words: str, code: int = 0, language: str = "C") -> str:
        told = environment | {"LC_ALL": f"{language}.UTF-8"}
        result = runner.invoke(gongkai, ["corrections", *words], env=told)
        assert result.exit_code == code, (result.output, result.exception)
        return result.output

    table.write_text(f"dataset,from,to,state\n{slugs[0]},2026-09-01,2026-09-11,gone\n", "utf-8")
    assert "row 2" in run("draft", str(table), "--as", "admin", "--reason", "核对", code=1)
    said = run("draft", str(table), "--as", "admin", "--reason", "核对", code=1, language="zh_CN")
    assert said.startswith(f"第 2 行 {slugs[0]}：")
    assert said.endswith("未生成草案：请更正上述各行。\n")
    table.write_text(
        f"dataset,from,to,state\n{slugs[0]},2026-09-01,2026-09-11,withdrawn\n", "utf-8"
    )
    made = json.loads(run("draft", str(table), "--as", "admin", "--reason", "核对", "--json"))
    assert "3/3" in run("preview", made["id"])
    assert "2/3" in run("preview", made["id"])
    run("approve", made["id"], "--as", "admin", code=1)
    assert "10 days" in run("approve", made["id"], "--as", "deputy")
    assert json.loads(run("list", "--json"))["state"] == "approved"
    found = stack.ok("GET", "/api/v1/openness?as_of=2026-09-05")
    assert found["data_rate"]["all"]["counts"] == [2, 3]
