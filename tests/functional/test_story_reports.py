"""The report of a period as a page, a workbook and twins; who may read it; what third parties found."""

import io
import re
from datetime import date, timedelta
from pathlib import Path

from openpyxl import load_workbook
from sqlalchemy import select, update

from catalog.models import Notice, Snapshot
from tests.common.browser import Browser
from tests.common.stack import OTHER_UNIT, UNIT, Stack

ITEM = {
    "name": "个人隐私信息", "ground": "15-2", "circumstances": ["自然人的住址"],
    "public_wording": "公开后会损害个人权益的信息", "internal_wording": "内部",
    "citations": ["《中华人民共和国政府信息公开条例》第十五条"], "review_by": "2027-06-30",
}  # fmt: skip


def person(stack: Stack, name: str) -> Browser:
    somebody = Browser(stack.client.application.test_client())
    if name:
        somebody.sign_in(name)
    return somebody


def city(stack: Stack, tmp_path: Path) -> None:
    """One item with its notice owed, one open entry, one withheld, one draft of another unit."""
    made = stack.ok(
        "POST", "/api/v1/negative-list/adjustments", "keeper", status=201,
        json={"changes": [{"kind": "add", "number": "", "item": ITEM}], "reason": "首次"},
    )  # fmt: skip
    stack.ok("POST", f"/api/v1/negative-list/adjustments/{made['id']}/approval", "admin")
    slug, resource = stack.entry(title="行政处罚职权", update_cycle="monthly")
    file = tmp_path / "powers.csv"
    file.write_text("序号,职权名称\n1,处罚\n", encoding="utf-8")
    stack.deliver(resource, file, "powers.csv")
    stack.publish(slug)
    closed = stack.ok(
        "POST", "/api/v1/datasets", "lin", status=201,
        json={"unit": UNIT, "title": "低保对象名单", "description": "低保对象的姓名和住址",
              "theme": "社会保障", "openness": "withheld", "withheld_by": ["NL-001"]},
    )["slug"]  # fmt: skip
    stack.publish(closed)
    stack.entry("he", unit=OTHER_UNIT, title="尚未公开的草稿")


def test_a_quarter_is_reported_as_page_workbook_and_twins(stack: Stack, tmp_path: Path) -> None:
    city(stack, tmp_path)
    admin = person(stack, "admin")
    admin.open("/desk/reports?period=2026Q4")
    assert admin.status == 200
    assert "1 / 3" in admin.text
    assert "Personal privacy (article 15)" in admin.text
    rows = admin.client.get("/desk/reports.json?period=2026Q4").get_json()["items"]
    held = {(one["table"], one["row"], one["column"]): one for one in rows}
    by_table: dict[str, list[dict]] = {}
    for one in rows:
        by_table.setdefault(one["table"], []).append(one)
    assert {"rates", "classes", "units", "grounds", "adjustments", "reviews", "updates"} <= set(
        by_table
    )
    assert [(one["n"], one["d"]) for one in by_table["updates"] if one["n"] is not None] == [(1, 1)]
    assert [one["value"] for one in by_table["grounds"]][1:] == [1, 1]
    assert held
    text = admin.client.get("/desk/reports.csv?period=2026Q4").get_data(as_text=True)
    assert text.count("\n") == len(rows) + 1
    answer = admin.client.get("/desk/reports.xlsx?period=2026Q4&lang=zh")
    book = load_workbook(io.BytesIO(answer.get_data()))
    assert {"封面", "趋势"} <= set(book.sheetnames)
    assert sum(len(sheet._charts) for sheet in book.worksheets) >= 4
    cells = [cell.value for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert "=ROUNDDOWN(1/3,4)" in cells
    assert "市人力资源和社会保障局" in cells
    assert "个人隐私（第十五条）" in cells or any("隐私" in str(one) for one in cells)
    assert "尚未公开的草稿" not in str(cells)


def test_a_frozen_report_tells_the_list_of_its_day_and_needs_no_count_of_the_facts(
    stack: Stack, tmp_path: Path
) -> None:
    city(stack, tmp_path)
    day = stack.clock.now.date()
    freeze = ("POST", "/api/v1/openness/snapshots", "admin")
    stack.ok(*freeze, status=202, json={"period": day.isoformat()})
    stack.work()
    admin = person(stack, "admin")
    here = [f"/desk/reports?period={day}", f"/desk/reports?period={day}&unit={UNIT}"]
    before = [printed(admin, one, "json") for one in here]
    trends = [admin.open(one) for one in here]
    stack.clock.now += timedelta(days=1)
    change = {"kind": "amend", "number": "NL-001",
              "item": {"ground": "15-3", "review_by": "2028-01-01", "name": "改名"}}  # fmt: skip
    made = stack.ok("POST", "/api/v1/negative-list/adjustments", "keeper", status=201,
                    json={"changes": [change], "reason": "调整"})["id"]  # fmt: skip
    stack.ok("POST", f"/api/v1/negative-list/adjustments/{made}/approval", "admin")
    stack.entry(title="新登记的目录")
    admin.sign_in("admin")
    assert [printed(admin, one, "json") for one in here] == before
    with (
        stack.runtime.database.write() as session
    ):  # as a result frozen by an earlier edition of us
        session.execute(update(Snapshot).values(history=None))
    assert [printed(admin, one, "json") for one in here] == before, "the facts say the same"
    again = [admin.open(one) for one in here]
    assert [svg(one) for one in again] == [svg(one) for one in trends]


def svg(page: str) -> list[str]:
    """The charts of a page."""
    return re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)


def test_a_late_correction_leaves_the_report_of_a_frozen_period_as_it_was(
    stack: Stack, tmp_path: Path
) -> None:
    city(stack, tmp_path)
    day = stack.clock.now.date()
    admin = person(stack, "admin")
    here = f"/desk/reports?period={day}"
    assert "Not frozen yet" in admin.open(here)
    freeze = ("POST", "/api/v1/openness/snapshots", "admin")
    first = stack.ok(*freeze, status=202, json={"period": day.isoformat()})["snapshot"]
    stack.work()
    before = {form: printed(admin, f"{here}", form) for form in ("json", "csv")}
    held = rates(admin, here)
    assert held["Open, of all entries", "At its end"] == (1, 3)
    figures = stack.ok("GET", f"/api/v1/openness/snapshots/{first}")["headline"]
    assert tuple(figures["data_rate.all"]) == (1, 3)

    stack.clock.now += timedelta(days=3)
    slug = stack.ok("GET", "/api/v1/datasets?openness=unconditional")["items"][0]["slug"]
    stack.ok(
        "POST", "/api/v1/openness/corrections", "admin", status=201,
        json={"dataset": slug, "from": day.isoformat(), "to": (day + timedelta(days=1)).isoformat(),
              "openness": "unassessed", "reason": "核对发现当日并未开放"},
    )  # fmt: skip
    admin.sign_in("admin")
    assert {form: printed(admin, here, form) for form in before} == before
    assert "a restatement is due. This report stays as it was frozen" in admin.open(here)
    wish = {"restates": first, "reason": "核对发现当日并未开放"}
    stack.ok(*freeze, status=202, json=wish)
    stack.work()
    admin.open(here)
    assert "What the restatement changed" in admin.text
    assert "核对发现当日并未开放" in admin.text
    assert rates(admin, here)["Open, of all entries", "At its end"] == (0, 3)
    old = f"{here}&snapshot={first}"
    assert {form: printed(admin, old, form) for form in before} == before
    assert "Go to the report of the restatement" in admin.open(old)
    assert admin.client.get(f"/desk/reports?period=2026-10&snapshot={first}").status_code == 422
    assert admin.client.get(f"{here}&snapshot=nothing").status_code == 404


def printed(reader: Browser, address: str, form: str) -> str:
    """What a twin of the report says, without the address that it was asked under."""
    path = address.replace("/desk/reports", f"/desk/reports.{form}")
    answer = reader.client.get(f"{path}&lang=en")
    assert answer.status_code == 200
    if form == "json":
        return str(answer.get_json()["items"])
    return answer.get_data(as_text=True)


def rates(reader: Browser, address: str) -> dict[tuple[str, str], tuple[int, int]]:
    """The counts of each rate: figure and column -> (n, d)."""
    path = address.replace("/desk/reports", "/desk/reports.json")
    items = reader.client.get(f"{path}&lang=en").get_json()["items"]
    rows = [one for one in items if one["table"] == "rates"]
    names = {one["row"]: one["value"] for one in rows if one["column"] == "Figure"}
    return {(names[one["row"]], one["column"]): (one["n"], one["d"]) for one in rows if one["d"]}


def test_what_was_due_in_a_period_counts_in_the_period_in_which_it_was_decided(
    embedded: Stack, tmp_path: Path
) -> None:
    """The notice of November's adjustment is due in December, and published late in January."""
    stack = embedded
    city(stack, tmp_path)
    with stack.runtime.database.write() as session:
        notice = session.scalars(select(Notice)).one()
        assert (notice.adjusted_on.month, notice.due_on.month) == (11, 12)
        notice.published_on = date(2027, 1, 5)
    stack.clock.now += timedelta(days=80)
    admin = person(stack, "admin")
    told = {}
    for period in ("2026-11", "2026-12", "2027-01"):
        answer = admin.client.get(f"/desk/reports.json?period={period}&lang=en").get_json()["items"]
        rows = [one for one in answer if one["table"] == "adjustments"]
        states = [one["value"] for one in rows if one["column"] == "State" and one["d"] is None]
        told[period] = states, [(one["n"], one["d"]) for one in rows if one["d"] is not None]
    assert told == {
        "2026-11": (["Due"], [(0, 0)]),
        "2026-12": (["Overdue"], [(0, 1)]),
        "2027-01": ([], [(0, 0)]),
    }


def test_a_unit_reads_its_own_report_and_no_other(stack: Stack, tmp_path: Path) -> None:
    city(stack, tmp_path)
    lin = person(stack, "lin")
    lin.open("/desk/reports?period=2026-11")
    assert "市人力资源和社会保障局" in lin.text
    assert "1 / 2" in lin.text
    for path in (f"/desk/reports?unit={OTHER_UNIT}", f"/desk/reports.xlsx?unit={OTHER_UNIT}"):
        assert lin.client.get(path).status_code == 403
    dev, nobody = person(stack, "dev"), person(stack, "")
    assert dev.client.get("/desk/reports").status_code == 404
    assert nobody.client.get("/desk/reports.json").status_code == 401
    for path, status in (
        ("/desk/reports?period=2027", 422), ("/desk/reports?period=x", 422),
        ("/desk/reports?period=1999", 200), ("/desk/reports?unit=nothing", 404),
    ):  # fmt: skip
        assert person(stack, "admin").client.get(path).status_code == status, path


def test_an_assessment_is_published_with_its_report_and_withdrawn(
    embedded: Stack, tmp_path: Path
) -> None:
    stack = embedded
    admin, anyone = person(stack, "admin"), person(stack, "")
    page = "/openness/assessments"
    anyone.open(page)
    assert 'action="/openness/assessments"' not in anyone.page
    admin.open(page)
    good = {
        "title": "开放数林指数", "source": "第三方研究机构", "assessed_on": "2026-10-31",
        "results": "数据层, 78.2, 100, 第5名\n平台层，70，100", "address": "https://example.org/r",
    }  # fmt: skip
    for bad in ({"title": ""}, {"assessed_on": "2027-01-01"}, {"results": "x"}, {"results": ""},
                {"address": "javascript:alert(1)"}):  # fmt: skip
        admin.open(page)
        admin.send(page, **{**good, **bad})
        assert admin.status == 422, bad
    admin.open(page)
    admin.send(page, **good)
    anyone.open(page)
    assert "开放数林指数" in anyone.text
    assert "78.2 / 100" in anyone.text
    assert "Our own figures of that day" in anyone.text
    assert "/openness?as_of=2026-10-31" in anyone.page
    rows = anyone.client.get(f"{page}.json").get_json()["items"]
    assert [one["indicator"] for one in rows] == ["数据层", "平台层"]
    made = rows[0]["id"]
    admin.send(f"{page}/{made}/file", files={"file": (io.BytesIO(b"x"), "report.exe")})
    assert admin.status == 422
    admin.open(page)
    admin.send(f"{page}/{made}/file", files={"file": (io.BytesIO(b"%PDF-1.4"), "report.pdf")})
    answer = anyone.client.get(f"{page}/{made}/file")
    assert answer.get_data() == b"%PDF-1.4"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "attachment" in answer.headers["Content-Disposition"]
    admin.open("/desk/reports?period=2026-10")
    assert "开放数林指数" in admin.text
    lin = person(stack, "lin")
    token = lin.open("/account") and lin.form("/account/email")["csrf_token"][0]
    assert lin.client.post(page, data={**good, "csrf_token": token}).status_code == 403
    admin.open(page)
    admin.send(f"{page}/{made}/withdrawal")
    assert anyone.client.get(f"{page}/{made}/file").status_code == 404
    assert anyone.client.get(f"{page}.json").get_json()["items"] == []
