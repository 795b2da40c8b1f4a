"""Lists of every kind and guidelines at their doors: tables imported, editions, differences, followers."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from flask.testing import FlaskClient

from catalog.services import laws
from tests.common.both import BOTH, settings_on
from tests.common.browser import Browser
from tests.common.stack import Stack, open_stack
from tests.conftest import NOW

HEAD = ("序号", "事项类别", "事项名称", "情形", "依据")
POWERS = "职权名称,职权类型,行使主体,设定依据\n企业年金方案备案,行政备案,市人力资源和社会保障局,《数据安全法》第四十二条\n"


@pytest.fixture(scope="module", params=BOTH)
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    settings = settings_on(request, tmp_path_factory.mktemp("lists"), list_notice_days="power=3")
    with open_stack(settings, NOW) as opened:
        with opened.runtime.database.write() as session:
            laws.seed(session)
        yield opened


def keeper(stack: Stack) -> Browser:
    browser = Browser(stack.client)
    browser.sign_in("keeper")
    browser.open("/negative-list/import")
    return browser


def officials_document() -> bytes:
    """A table as officials have it: merged category and name cells, 2008 numbers, a row of notes."""
    document = docx.Document()
    table = document.add_table(rows=4, cols=5)
    rows = [
        HEAD,
        (
            "1",
            "危及公共安全",
            "重要设施防护",
            "1.安防布局",
            "《政府信息公开条例》第八条、《数据安全法》第三十八条",
        ),
        ("", "", "", "2.应急预案细节", ""),
        ("注：本表由各单位填报", "", "", "", ""),
    ]
    for at, texts in enumerate(rows):
        for column, text in enumerate(texts):
            table.cell(at, column).text = text
    for column in (0, 1, 2, 4):
        table.cell(1, column).merge(table.cell(2, column))
    table.cell(3, 0).merge(table.cell(3, 4))
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def test_a_document_with_merged_cells_becomes_one_item_with_its_circumstances(stack: Stack) -> None:
    browser = keeper(stack)
    browser.send(
        "/negative-list/import", reason="首次导入", then="draft", list="negative",
        files={"file": (io.BytesIO(officials_document()), "清单.docx")},
    )  # fmt: skip
    assert browser.at.startswith("/negative-list/adjustments/"), browser.text
    drafted = stack.ok("GET", "/api/v1/negative-list/adjustments", "keeper")["items"][0]
    assert len(drafted["changes"]) == 1
    item = drafted["changes"][0]["item"]
    assert (item["name"], item["circumstances"]) == ("重要设施防护", ["安防布局", "应急预案细节"])
    assert [one["article"] for one in item["citations"]] == [8, 38]
    seen = stack.ok(
        "GET", f"/api/v1/negative-list/adjustments/{drafted['id']}/consequences", "admin"
    )
    assert [one["name"] for one in seen["rates"]] == ["unit", "all", "due"]
    assert any("第十四条" in one for one in seen["warnings"])
    stack.ok("POST", f"/api/v1/negative-list/adjustments/{drafted['id']}/approval", "admin")


def test_a_row_with_half_its_cells_is_reported_and_nothing_is_drafted(stack: Stack) -> None:
    book = openpyxl.Workbook()
    for row in (
        HEAD,
        ("1", "个人隐私", "完整的事项", "情形", "《数据安全法》第三十八条"),
        ("2", "其他", "半行", "", ""),
    ):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    before = len(stack.ok("GET", "/api/v1/negative-list/adjustments", "keeper")["items"])
    browser = keeper(stack)
    browser.send(
        "/negative-list/import",
        reason="x",
        then="draft",
        files={"file": (io.BytesIO(file.getvalue()), "a.xlsx")},
    )
    assert browser.status == 422
    assert "半行" in browser.text
    assert "Nothing was drafted" in browser.text
    assert len(stack.ok("GET", "/api/v1/negative-list/adjustments", "keeper")["items"]) == before


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\xff\xfe", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0broken", "没有表头".encode()],
)
def test_a_file_that_is_no_table_is_refused_with_a_reason(stack: Stack, content: bytes) -> None:
    browser = keeper(stack)
    browser.send(
        "/negative-list/import",
        reason="x",
        then="draft",
        files={"file": (io.BytesIO(content), "a.csv")},
    )
    assert browser.status == 422


def test_the_list_and_a_difference_leave_as_workbook_feed_and_paper(stack: Stack) -> None:
    change = {"kind": "amend", "number": "NL-001", "item": {"reason": "补充说明"}}
    drafted = stack.ok(
        "POST", "/api/v1/negative-list/adjustments", "keeper", status=201,
        json={"changes": [change], "reason": "补充"},
    )  # fmt: skip
    stack.ok("POST", f"/api/v1/negative-list/adjustments/{drafted['id']}/approval", "admin")
    tail = "?from=1&to=2"
    assert stack.ok("GET", f"/negative-list/diff.json{tail}")["items"][0]["values"] == ["reason"]
    assert "补充说明" in stack.call("GET", f"/negative-list/diff.csv{tail}").get_data(as_text=True)
    feed = stack.call("GET", f"/negative-list/diff.atom{tail}")
    assert feed.mimetype == "application/atom+xml"
    assert "修改 NL-001" in feed.get_data(as_text=True)
    book = openpyxl.load_workbook(
        io.BytesIO(stack.call("GET", f"/negative-list/diff.xlsx{tail}").data)
    )
    assert [cell.value for cell in book.active[3]][:3] == ["NL-001", "修改", "理由说明"]
    whole = stack.call("GET", "/negative-list.xlsx").data
    browser = keeper(stack)
    browser.send(
        "/negative-list/import",
        reason="x",
        then="preview",
        files={"file": (io.BytesIO(whole), "l.xlsx")},
    )
    assert "0 changes read. 1 item stands as it is." in browser.text
    assert "重要设施防护" in Browser(stack.client).open("/negative-list/print")


def test_a_list_of_powers_has_its_own_columns_deadline_and_editions(stack: Stack) -> None:
    browser = keeper(stack)
    for text, status in ((POWERS.replace("行政备案", ""), 422), (POWERS, 200)):
        browser.open("/negative-list/import?list=power")
        browser.send(
            "/negative-list/import", reason="首次编制", then="draft", list="power",
            files={"file": (io.BytesIO(text.encode()), "权力.csv")},
        )  # fmt: skip
        assert browser.status == status, browser.text
    found = stack.ok("GET", "/api/v1/lists/power/adjustments", "keeper")["items"][0]
    stack.ok(
        "POST", f"/api/v1/lists/power/adjustments/{found['id']}/approval", "keeper", status=403
    )
    stack.ok("POST", f"/api/v1/lists/power/adjustments/{found['id']}/approval", "admin")
    item = stack.ok("GET", "/api/v1/lists/power")["items"][0]
    assert (item["number"], item["details"]) == ("PL-001", {"power_type": "行政备案"})
    owed = {one["title"]: one["due_on"] for one in stack.ok("GET", "/api/v1/notices")["items"]}
    assert owed["权力清单调整公告（第1版）"] == "2026-11-26"
    assert stack.ok("GET", "/lists/power.json")["items"][0]["行使主体"] == "市人力资源和社会保障局"
    assert stack.call("GET", "/lists/power.xlsx").status_code == 200
    days = {
        one["kind"]: one["notice_working_days"] for one in stack.ok("GET", "/api/v1/lists")["items"]
    }
    assert (days["power"], days["service-item"]) == (3, 10)
    assert stack.call("GET", "/api/v1/lists/negative").status_code == 404
    shown = Browser(stack.client).open("/lists/power")
    assert "企业年金方案备案" in shown
    wrong: dict[str, Any] = {
        "kind": "add",
        "item": {"name": "x", "ground": "14-1", "citations": []},
    }
    refused = stack.ok(
        "POST", "/api/v1/lists/power/adjustments", "keeper", status=422,
        json={"changes": [wrong], "reason": "x"},
    )  # fmt: skip
    places = {name.rpartition("item.")[2] for name in refused["errors"]}
    assert {"ground", "citations", "details.power_type"} <= places


def test_a_guideline_is_published_by_another_person_and_counts_who_follows_it(
    stack: Stack, tmp_path: Path
) -> None:
    own = {
        "name": "parking",
        "title": "停车场",
        "schema": {"fields": [{"name": "名称", "type": "string"}]},
    }
    given = {
        "kind": "collecting", "title": "数据采集指引", "body": "第一段\n第二段", "effective_on": "2026-11-23",
        "schemas": ["power-list", own],
    }  # fmt: skip
    at = "/api/v1/guides/collecting/editions"
    for change in (
        {"schemas": ["nothing"]},
        {"schemas": []},
        {"effective_on": "2020-01-01"},
        {"body": ""},
    ):
        stack.ok("POST", at, "keeper", json={**given, **change}, status=422)
    stack.ok("POST", at, "lin", json=given, status=403)
    stack.ok("POST", at, "keeper", json=given, status=201)
    assert stack.ok("GET", "/api/v1/guides")["items"] == []
    stack.ok("POST", f"{at}/1/publication", "keeper", status=403)
    made = stack.ok("POST", f"{at}/1/publication", "admin")
    assert len(made["sha256"]) == 64
    slug, resource = stack.entry()
    stack.ok("PATCH", f"/api/v1/resources/{resource}", "lin", json={"table_schema": own["schema"]})
    path = tmp_path / "table.csv"
    path.write_text("名称\n甲\n乙\n")
    stack.deliver(resource, path, "table.csv")
    shown = stack.ok("GET", "/api/v1/guides/collecting")
    assert [one["following"]["tables"] for one in shown["schemas"]] == [0, 0], "a draft is no news"
    stack.publish(slug)
    shown = stack.ok("GET", "/api/v1/guides/collecting")
    assert [one["following"]["tables"] for one in shown["schemas"]] == [0, 1]
    assert (
        stack.ok("GET", "/api/v1/guides/collecting/schemas/parking")["fields"][0]["name"] == "名称"
    )
    later = {
        **given,
        "body": "第一段\n第三段",
        "effective_on": "2026-12-01",
        "changes": "换了第二段",
    }
    stack.ok("POST", at, "keeper", json=given, status=422)
    stack.ok("POST", at, "keeper", json=later, status=201)
    stack.ok("POST", f"{at}/2/publication", "deputy")
    assert stack.ok("GET", "/api/v1/guides/collecting")["number"] == 1
    lines = stack.ok("GET", "/api/v1/guides/collecting/diff?from=1&to=2")["lines"]
    assert [(one["kind"], one["text"]) for one in lines if one["kind"] != "same"] == [
        ("gone", "第二段"), ("new", "第三段"),
    ]  # fmt: skip
    assert "第三段" in Browser(stack.client).open("/guides/collecting/diff?from=1&to=2")


def test_a_guideline_is_drafted_and_decided_on_its_pages(stack: Stack) -> None:
    browser = keeper(stack)
    browser.open("/guides/new")
    browser.send(
        "/guides", slug="opening", kind="opening", title="开放指引", body="正文", effective_on="bad"
    )
    assert browser.status == 422
    browser.send("/guides", effective_on="2026-11-24")
    assert browser.at == "/guides/opening/editions/1"
    admin = Browser(stack.client)
    admin.sign_in("admin")
    admin.open("/guides/opening/editions/1")
    admin.send("/guides/opening/editions/1/decision", decision="refused", reason="")
    assert admin.status == 422
    admin.send("/guides/opening/editions/1/decision", decision="published")
    assert "The guideline is published." in admin.text
    public: FlaskClient = stack.client
    assert "开放指引" in public.get("/guides.csv").get_data(as_text=True)
