"""A clerk downloads a template, fills it in wrongly, gets it back marked, corrects it, and it is valid."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from catalog.settings import Settings
from schemas import tables
from schemas.workbooks import ERRORS_SHEET, GUIDE_SHEET
from tests.common.browser import Browser
from tests.common.stack import Stack, open_stack
from tests.conftest import NOW

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STANDARD = "public-facility"
FIELDS = [field["name"] for field in tables.load(STANDARD)["fields"]]
GOOD = [field.get("example") for field in tables.load(STANDARD)["fields"]]


def book_of(answer: Any) -> Any:
    assert answer.status_code == 200, answer.data
    assert answer.mimetype == XLSX
    return openpyxl.load_workbook(io.BytesIO(answer.data))


def changed(**values: Any) -> list[Any]:
    row = list(GOOD)
    for name, value in values.items():
        row[FIELDS.index(name)] = value
    return row


def deliver(stack: Stack, resource: str, book: Any, path: Path) -> dict[str, Any]:
    book.save(path)
    version: dict[str, Any] = stack.deliver(resource, path, "设施.xlsx")
    return version


def test_a_template_comes_back_marked_until_it_is_right(stack: Stack, tmp_path: Path) -> None:
    _, resource = stack.entry()
    held = stack.ok("GET", f"/api/v1/resources/{resource}", "lin")
    stack.ok(
        "PATCH", f"/api/v1/resources/{resource}", "lin", json={"schema_name": STANDARD},
        headers={"If-Match": f'"{held["version"]}"'},
    )  # fmt: skip
    template = book_of(stack.call("GET", f"/api/v1/resources/{resource}/template.xlsx", "lin"))
    sheet = template.worksheets[0]
    assert [cell.value for cell in sheet[1]] == FIELDS
    sheet.append(GOOD)
    sheet.append(
        changed(设施编号="GY-0002", 设施类型="花园", 管理单位统一社会信用代码="91350100M000100Y44")
    )
    version = deliver(stack, resource, template, tmp_path / "wrong.xlsx")
    assert version["report"]["valid"] is False
    assert version["members"] == []
    assert version["repairs"] == []
    place = f"/api/v1/versions/{version['id']}/marked.xlsx"
    marked = book_of(stack.call("GET", place, "lin", headers={"Accept-Language": "zh"}))
    said = {
        cell.coordinate: cell.comment.text
        for row in marked.worksheets[0]
        for cell in row
        if cell.comment
    }
    assert set(said) == {"C3", "I3"}
    assert "公园" in said["C3"]
    assert marked.sheetnames[-1] == ERRORS_SHEET
    assert marked[ERRORS_SHEET].max_row == 4
    marked.worksheets[0]["C3"] = "公园"
    marked.worksheets[0]["I3"] = "91350100M000100Y43"
    right = deliver(stack, resource, marked, tmp_path / "right.xlsx")
    assert right["report"]["valid"] is True, right["report"]["tasks"][0]["errors"]
    assert (right["rows"], right["columns"], right["members"]) == (2, len(FIELDS), [])
    again = stack.call("GET", f"/api/v1/versions/{right['id']}/marked.xlsx", "lin")
    assert again.status_code == 409
    assert again.json["code"] == "nothing-to-mark"


def test_a_csv_that_fails_comes_back_as_a_workbook(stack: Stack, tmp_path: Path) -> None:
    _, resource = stack.entry()
    path = tmp_path / "a.csv"
    path.write_text("编号,日期\n1,2024-01-01\n2,2024-01-02\n3,=1+1\n", encoding="utf-8")
    schema = {"fields": [{"name": "编号"}, {"name": "日期", "type": "date"}]}
    held = stack.ok("GET", f"/api/v1/resources/{resource}", "lin")
    stack.ok(
        "PATCH", f"/api/v1/resources/{resource}", "lin", json={"table_schema": schema},
        headers={"If-Match": f'"{held["version"]}"'},
    )  # fmt: skip
    version = stack.deliver(resource, path, "a.csv")
    answer = stack.call("GET", f"/api/v1/versions/{version['id']}/marked.xlsx?lang=en", "lin")
    assert "no-store" in answer.headers["Cache-Control"]
    sheet = book_of(answer).worksheets[0]
    assert (sheet["B4"].value, sheet["B4"].data_type) == ("=1+1", "s")
    assert "This is no date." in sheet["B4"].comment.text
    assert "2024-03-01" in sheet["B4"].comment.text


def test_only_those_who_may_deliver_get_the_marked_workbook(stack: Stack, tmp_path: Path) -> None:
    _, resource = stack.entry()
    path = tmp_path / "a.csv"
    path.write_text("编号,编号\n1,2\n", encoding="utf-8")
    version = stack.deliver(resource, path, "a.csv")
    assert version["report"]["valid"] is False
    place = f"/api/v1/versions/{version['id']}/marked.xlsx"
    assert stack.call("GET", place, "lin").status_code == 200
    assert stack.call("GET", place, "wu").status_code == 403
    assert stack.call("GET", place).status_code in {401, 404}
    assert stack.call("GET", f"/versions/{version['sha256']}/marked.xlsx").status_code == 404


@pytest.fixture
def house(tmp_path: Path):
    with open_stack(Settings(home=tmp_path, queue_url="memory:"), NOW) as opened:
        yield opened


def test_every_standard_is_listed_described_and_offered(house: Stack) -> None:
    listed = house.ok("GET", "/api/v1/standards?lang=en")["items"]
    assert [one["name"] for one in listed] == tables.names()
    assert listed[0]["title"] == "Administrative penalties"
    for one in listed:
        assert house.ok("GET", one["url"]) == tables.load(one["name"])
        assert GUIDE_SHEET in book_of(house.call("GET", one["template"])).sheetnames
        page = house.call("GET", f"/standards/{one['name']}?lang=zh").text
        assert all(field["name"] in page for field in tables.load(one["name"])["fields"])
        assert house.call("GET", f"/standards/{one['name']}.json").json["name"] == one["name"]
    assert house.call("GET", "/api/v1/standards/unknown").status_code == 404
    assert house.call("GET", "/standards/unknown.xlsx").status_code == 404
    assert house.ok("GET", "/standards.json")["page"]["total"] == len(listed)
    assert "power-list" in house.call("GET", "/standards.csv").text


def test_a_table_without_a_schema_has_a_template_once_its_entry_has_fields(house: Stack) -> None:
    slug, resource = house.entry()
    place = f"/api/v1/resources/{resource}/template.xlsx"
    assert house.call("GET", place, "lin").status_code == 404
    held = house.call("GET", f"/api/v1/datasets/{slug}", "lin")
    house.ok(
        "PATCH", f"/api/v1/datasets/{slug}", "lin", headers={"If-Match": held.headers["ETag"]},
        json={"fields": [{"name": "编号", "title": "编号", "type": "string", "openness": "unconditional"}]},
    )  # fmt: skip
    assert book_of(house.call("GET", place, "lin")).worksheets[0]["A1"].value == "编号"


def test_the_desk_offers_the_template_and_the_marked_workbook(house: Stack, tmp_path: Path) -> None:
    slug, resource = house.entry()
    held = house.ok("GET", f"/api/v1/resources/{resource}", "lin")
    house.ok(
        "PATCH", f"/api/v1/resources/{resource}", "lin", json={"schema_name": STANDARD},
        headers={"If-Match": f'"{held["version"]}"'},
    )  # fmt: skip
    path = tmp_path / "a.csv"
    path.write_text("编号\n1\n", encoding="utf-8")
    version = house.deliver(resource, path, "a.csv")
    lin = Browser(house.client.application.test_client())
    lin.sign_in("lin")
    lin.open(f"/desk/datasets/{slug}")
    assert f"/desk/resources/{resource}/template.xlsx" in lin.page
    lin.open(f"/desk/versions/{version['id']}")
    assert f"/desk/versions/{version['id']}/marked.xlsx" in lin.page
    answer = lin.client.get(f"/desk/versions/{version['id']}/marked.xlsx")
    assert ERRORS_SHEET in book_of(answer).sheetnames
