"""The report of a period as a page, a workbook and twins; who may read it; what third parties found."""

import io
from pathlib import Path

from openpyxl import load_workbook

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
