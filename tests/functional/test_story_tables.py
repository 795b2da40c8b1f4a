"""A file with several tables: people say once which one is meant, and next month it is taken by itself."""

import io
import zipfile
from pathlib import Path
from typing import Any

import xlsxwriter

from tests.common.browser import Browser
from tests.common.stack import Stack
from tests.common.ugly_files import stacked_differently


def deliver(stack: Stack, resource: str, folder: Path, name: str, data: bytes) -> dict[str, Any]:
    path = folder / name
    path.write_bytes(data)
    return stack.deliver(resource, path, name)


def shown(stack: Stack, version: dict[str, Any]) -> dict[str, Any]:
    return dict(stack.ok("GET", f"/api/v1/versions/{version['id']}", "lin"))


def agreed(stack: Stack, version: dict[str, Any]) -> dict[str, Any]:
    stack.ok(
        "POST", f"/api/v1/versions/{version['id']}/repairs", "lin", status=202,
        json={"accept": "all"},
    )  # fmt: skip
    stack.work()
    return shown(stack, version)


def archive(**files: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, text in files.items():
            made.writestr(f"{name}.csv", text)
    return out.getvalue()


def workbook(**sheets: list[list[Any]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return out.getvalue()


def test_the_second_of_two_tables_below_each_other_is_chosen_on_the_page_and_kept(
    stack: Stack, tmp_path: Path
) -> None:
    slug, resource = stack.entry(title="人员情况")
    version = deliver(stack, resource, tmp_path, "一月.csv", stacked_differently())
    assert [one["id"] for one in version["repairs"]] == ["further-tables:others"]
    assert version["members"] == [":1", ":2"]
    lin = Browser(stack.client.application.test_client())
    lin.sign_in("lin")
    lin.open(f"/desk/versions/{version['id']}")
    assert "Table 2" in lin.text
    lin.send(f"/desk/versions/{version['id']}/member", member=":2")
    stack.work()
    january = agreed(stack, version)
    assert january["report"]["valid"] is True
    assert january["rows"] == 4
    assert january["preview"][0] == ["序号", "岗位", "人数", "备注"]
    # Rows are known by the numbers that they have in the delivered file.
    assert {one["id"]: one["place"] for one in january["repairs"]}["title-rows:above"] == "rows 14"

    february = deliver(stack, resource, tmp_path, "二月.csv", stacked_differently())
    assert (february["member"], february["report"]["valid"]) == (":2", True)
    assert february["preview"][0] == ["序号", "岗位", "人数", "备注"]
    stack.publish(slug)
    text = stack.call("GET", f"/datasets/{slug}/table.csv").data.decode("utf-8-sig")
    assert text.splitlines()[0] == "序号,岗位,人数,备注"

    march = deliver(stack, resource, tmp_path, "三月.csv", "序号,岗位\n1,甲\n".encode())
    assert [one["code"] for one in march["problems"]] == ["no-such-table"]
    lin.open(f"/desk/versions/{march['id']}")
    lin.send(f"/desk/versions/{march['id']}/member", member=":1")
    stack.work()
    assert shown(stack, march)["rows"] == 1


def test_one_file_of_an_archive_is_chosen_and_taken_again_next_month(
    embedded: Stack, tmp_path: Path
) -> None:
    _, resource = embedded.entry()
    files = {"名录": "名称,数量\n甲,1\n", "人员": "姓,人数\n王,12\n李,15\n"}
    version = deliver(embedded, resource, tmp_path, "一月.zip", archive(**files))
    assert [one["code"] for one in version["problems"]] == ["several-tables"]
    assert version["members"] == ["名录.csv", "人员.csv"]
    lin = Browser(embedded.client.application.test_client(), language="zh")
    lin.sign_in("lin")
    lin.open(f"/desk/versions/{version['id']}")
    lin.send(f"/desk/versions/{version['id']}/member", member="人员.csv")
    embedded.work()
    assert shown(embedded, version)["rows"] == 2
    files["人员"] += "赵,20\n"
    february = deliver(embedded, resource, tmp_path, "二月.zip", archive(**files))
    assert (february["member"], february["rows"], february["problems"]) == ("人员.csv", 3, [])


def test_a_sheet_that_is_gone_next_month_is_asked_for_again(
    embedded: Stack, tmp_path: Path
) -> None:
    _, resource = embedded.entry()
    first = workbook(说明=[["名称", "说明"], ["甲", "一"]], 数据=[["名称", "数量"], ["甲", 1]])
    version = deliver(embedded, resource, tmp_path, "一月.xlsx", first)
    embedded.ok(
        "POST", f"/api/v1/versions/{version['id']}/member", "lin", status=202,
        json={"member": "数据"},
    )  # fmt: skip
    embedded.work()
    assert shown(embedded, version)["preview"][0] == ["名称", "数量"]
    renamed = workbook(
        说明=[["名称", "说明"], ["甲", "一"]], 二月数据=[["名称", "数量"], ["甲", 2]]
    )
    february = deliver(embedded, resource, tmp_path, "二月.xlsx", renamed)
    assert [one["code"] for one in february["problems"]] == ["no-such-sheet"]
    assert february["members"] == ["说明", "二月数据"]
    embedded.ok(
        "POST", f"/api/v1/versions/{february['id']}/member", "lin", status=202,
        json={"member": "二月数据"},
    )  # fmt: skip
    embedded.work()
    assert shown(embedded, february)["preview"][1] == ["甲", "2"]
