"""A unit is merged into another, told by API, page and command: what it held, owed and was named in."""

import io
import json
from datetime import timedelta
from typing import Any

import openpyxl
from click.testing import CliRunner

from catalog.cli import gongkai
from tests.common.browser import Browser
from tests.common.lists import item_values
from tests.common.stack import OTHER_UNIT, UNIT, Stack

LISTS = "/api/v1/negative-list/adjustments"
THIRD = "12110000400000290M"
TODAY, FAR = "2026-11-23", "2199-01-01"


def _merge(stack: Stack, *, status: int = 200, **given: Any) -> dict[str, Any]:
    headers = {"If-Match": "*", "Accept-Language": "en"}
    found: dict[str, Any] = stack.ok(
        "PATCH", f"/api/v1/units/{OTHER_UNIT}", "admin", status=status, json=given, headers=headers
    )
    return found


def _named_by_an_item(stack: Stack) -> str:
    item = item_values(scope={"units": [OTHER_UNIT]})
    given = {"reason": "编制", "changes": [{"kind": "add", "item": item}]}
    made = stack.ok("POST", LISTS, "keeper", status=201, json=given)["id"]
    stack.ok("POST", f"{LISTS}/{made}/approval", "admin")
    return str(stack.ok("GET", "/api/v1/negative-list")["items"][-1]["number"])


def _owed(stack: Stack) -> list[tuple[str, str]]:
    found = stack.ok("GET", "/desk/duties.json?kind=departed-unit", "keeper")["items"]
    return [(one["title"], one["due_on"]) for one in found]


def _environment(stack: Stack) -> dict[str, str]:
    """The command's, in English, on the same database."""
    return {
        "GONGKAI_HOME": str(stack.runtime.settings.home),
        "GONGKAI_DATABASE_URL": str(stack.runtime.settings.database_url or ""),
        "LC_ALL": "C.UTF-8",
    }


def test_a_merger_hands_over_entries_and_requests_and_keepers_owe_what_still_names_it(
    stack: Stack,
) -> None:
    slug, _ = stack.entry("he", unit=OTHER_UNIT, title="社会组织名录")
    number = _named_by_an_item(stack)
    asked = stack.ok("POST", "/api/v1/requests", status=201,
                     json={"kind": "data", "title": "公交站点", "text": "请开放", "unit": OTHER_UNIT})  # fmt: skip
    stack.clock.now += timedelta(days=1)
    done = _merge(stack, successor=UNIT, roster_to="2026-11-24")
    assert (done["successor"], done["roster_to"]) == (UNIT, "2026-11-24")
    assert stack.ok("GET", f"/api/v1/datasets/{slug}", "lin")["unit"]["code"] == UNIT
    for day, holder in ((TODAY, OTHER_UNIT), ("2026-11-24", UNIT)):
        counted = stack.ok("GET", f"/api/v1/openness/entries?as_of={day}", "admin")["items"]
        assert [one["unit"] for one in counted] == [holder], "who held it on the day"
        page = stack.ok("GET", f"/openness/entries.json?as_of={day}", "auditor")["items"]
        assert [one["unit"] for one in page] == [holder]
    passed = stack.ok("GET", f"/api/v1/requests/{asked['id']}", "lin")
    assert passed["unit"]["code"] == UNIT, "who took over answers"
    assert _owed(stack) == [(f"{number} 个人参保缴费明细", "2026-12-08")]
    keeper = Browser(stack.client)
    keeper.sign_in("keeper")
    keeper.open("/desk/duties")
    assert "市人力资源和社会保障局 took over" in keeper.text
    amend = {"kind": "amend", "number": number, "item": {"scope": {"units": [UNIT, OTHER_UNIT]}}}
    made = stack.ok("POST", LISTS, "keeper", status=201,
                    json={"reason": "机构改革", "changes": [amend]})["id"]  # fmt: skip
    seen = stack.ok(
        "GET", f"{LISTS}/{made}/consequences", "admin", headers={"Accept-Language": "en"}
    )
    assert any("leaves the roster on 2026-11-24" in one for one in seen["warnings"])
    stack.ok("POST", f"{LISTS}/{made}/approval", "admin")
    assert _owed(stack) == []


def test_a_successor_that_is_not_there_on_the_day_is_refused_and_nothing_goes_over(
    stack: Stack,
) -> None:
    third = {"code": THIRD, "name": "市档案馆", "kind": "institution", "roster_from": "2027-01-01"}
    stack.ok("POST", "/api/v1/units", "admin", status=201, json=third)
    refused = _merge(stack, status=422, successor=THIRD, roster_to=TODAY)
    assert "市档案馆 is not on the roster on 2026-11-23" in refused["errors"]["successor"][0]
    assert stack.ok("GET", f"/api/v1/units/{OTHER_UNIT}")["successor"] is None
    refused = _merge(stack, status=422, empty_from="2026-12-01", empty_to="2026-11-01")
    assert "empty_to" in refused["errors"]


def test_the_page_and_the_command_tell_of_what_still_names_the_unit(stack: Stack) -> None:
    _named_by_an_item(stack)
    runner = CliRunner()

    def run(*words: str, code: int = 0) -> str:
        result = runner.invoke(gongkai, list(words), env=_environment(stack))
        assert result.exit_code == code, (result.output, result.exception)
        return result.output

    stack.clock.now += timedelta(days=1)
    admin = Browser(stack.client)
    admin.sign_in("admin")
    admin.open(f"/admin/units/{OTHER_UNIT}")
    admin.send(f"/admin/units/{OTHER_UNIT}", successor=UNIT, roster_to="2026-11-24")
    assert "1 items and guidelines still name it" in admin.text
    run("unit", "amend", OTHER_UNIT, code=2)
    assert "on the roster" in run("unit", "amend", OTHER_UNIT, "--successor", "X", code=1)
    assert OTHER_UNIT in run("unit", "amend", OTHER_UNIT, "--to", "2026-11-23", "--successor", UNIT)
    item = item_values(name="新事项", review_by=FAR)  # the command's clock is that of the machine
    given = {"reason": "增补", "changes": [{"kind": "add", "item": item}]}
    made = stack.ok("POST", LISTS, "keeper", status=201, json=given)["id"]
    assert json.loads(run("negative-list", "drafts", "--json"))["id"] == made
    assert "0 entries and fields lose their item" in run("negative-list", "preview", made)
    run("negative-list", "approve", made, "--as", "keeper", code=1)
    assert "Edition 2" in run("negative-list", "approve", made, "--as", "admin")
    late = stack.ok("POST", LISTS, "keeper", status=201, json=given)["id"]
    run("negative-list", "withdraw", late, "--as", "admin", code=1)
    run("negative-list", "withdraw", late, "--as", "keeper")
    run("negative-list", "refuse", late, "--as", "admin", "--reason", "晚", code=1)
    guide = {"kind": "opening", "title": "开放指引", "body": "全文", "effective_on": FAR}
    at = "/api/v1/guides/opening-guide/editions"
    for edition, act in ((1, ("withdraw",)), (2, ("refuse", "--reason", "缺"))):
        stack.ok("POST", at, "keeper", status=201, json=guide)
        who = "keeper" if edition == 1 else "admin"
        run("guide", act[0], "opening-guide", str(edition), "--as", who, *act[1:])
    stack.ok("POST", at, "keeper", status=201, json=guide)
    run("guide", "publish", "opening-guide", "3", "--as", "keeper", code=1)
    assert FAR in run("guide", "publish", "opening-guide", "3", "--as", "admin")
    states = [json.loads(one)["state"] for one in run("guide", "list", "--json").splitlines()]
    assert states == ["withdrawn", "refused", "published"]


def test_what_a_unit_without_a_successor_leaves_is_told_on_pages_command_and_in_duties(
    stack: Stack,
) -> None:
    stack.entry("he", unit=OTHER_UNIT, title="社会组织名录")
    stack.ok("POST", "/api/v1/requests", status=201,
             json={"kind": "data", "title": "公交站点", "text": "请开放", "unit": OTHER_UNIT})  # fmt: skip
    stack.clock.now += timedelta(days=1)
    admin = Browser(stack.client)
    admin.sign_in("admin")
    admin.open(f"/admin/units/{OTHER_UNIT}")
    admin.send(f"/admin/units/{OTHER_UNIT}", roster_to="2026-11-24")
    said = "Entries in its name: 1; open requests: 1; units under it: 0; roles of people: 2."
    assert said in admin.text
    assert said in admin.open(f"/admin/units/{OTHER_UNIT}")
    assert said in admin.open("/admin/duties?kind=left-behind")
    path = "/desk/duties.json?kind=left-behind"
    (owed,) = stack.ok("GET", path, "keeper")["items"]
    assert (owed["due_on"], owed["url"]) == ("2026-12-08", f"/admin/units/{OTHER_UNIT}")
    assert stack.ok("GET", path, "lin")["items"] == []
    amended = ["unit", "amend", OTHER_UNIT, "--to", "2026-11-23"]
    told = CliRunner().invoke(gongkai, amended, env=_environment(stack))
    assert (told.exit_code, said in told.output) == (0, True), told.output
    _merge(stack, successor=UNIT)
    (owed,) = stack.ok("GET", path, "keeper")["items"]
    assert "entries: 0; open requests: 0; units under it: 0; roles of people: 2" in owed["what"]


def test_a_roster_in_a_workbook_merges_a_unit_and_refuses_its_bad_rows(stack: Stack) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (("统一社会信用代码", "单位名称", "退出日期", "承接单位代码"),
                (OTHER_UNIT, "市民政局", "2026-11-01", UNIT), (UNIT, "市人力资源和社会保障局", "", "X")):  # fmt: skip
        book.active.append(row)
    held = io.BytesIO()
    book.save(held)
    admin = Browser(stack.client)
    admin.sign_in("admin")
    admin.open("/admin/units")
    admin.send("/admin/units/import", files={"file": (io.BytesIO(held.getvalue()), "名录.xlsx")})
    assert (admin.status, "Row 3" in admin.text) == (422, True), admin.text
    found = stack.ok("GET", f"/api/v1/units/{OTHER_UNIT}")
    assert (found["roster_to"], found["successor"]) == ("2026-11-01", UNIT)
    admin.send("/admin/units/import", files={"file": (io.BytesIO(b""), "a.csv")})
    assert (admin.status, "no table" in admin.text) == (422, True)
