"""A table comes month by month: what was agreed to once is done by itself, what is new is asked."""

from pathlib import Path
from typing import Any

from tests.common.stack import Stack
from tests.common.ugly_files import csv_bytes

NAMES = ["甲公司", "乙公司", "丙公司", "丁公司", "戊公司"]


def month(
    titles: list[str], header: list[str], cells: dict[str, list[str]], foot: list[list[str]]
) -> bytes:
    rows: list[list[str]] = [[title, *[""] * (len(header) - 1)] for title in titles]
    rows.append(header)
    rows += [[cells[label][i] for label in header] for i in range(len(NAMES))]
    return csv_bytes([*rows, *([*row, *[""] * (len(header) - len(row))] for row in foot)])


JANUARY = month(
    ["2024年1月名单"],
    ["名称", "金额", "日期"],
    {
        "名称": [f" {name}" for name in NAMES],
        "金额": ["1,234", "2,345", "12", "7,000", "3"],
        "日期": [f"2024年1月{day}日" for day in range(1, 6)],
    },
    [["合计", "10,594"], ["注：截至1月底"]],
)
FEBRUARY = month(
    ["示范企业", "2024年2月名单"],
    ["日期", "备注", "名称", "金额"],
    {
        "日期": [f"2024年2月{day}日" for day in range(1, 6)],
        "备注": ["a ", "b", "c", "d", "e"],
        "名称": NAMES,
        "金额": ["11,234", "5", "12", "9,000", "3"],
    },
    [["合计", "", "", "20,254"]],
)


def decide(stack: Stack, version: dict[str, Any], accept: object) -> dict[str, Any]:
    address = f"/api/v1/versions/{version['id']}"
    stack.ok("POST", f"{address}/repairs", "lin", status=202, json={"accept": accept})
    stack.work()
    return dict(stack.ok("GET", address, "lin"))


def send(stack: Stack, resource: str, folder: Path, data: bytes) -> dict[str, Any]:
    path = folder / "名单.csv"
    path.write_bytes(data)
    return stack.deliver(resource, path, "名单.csv")


def test_next_months_file_is_mended_by_the_recipe_of_this_month(
    embedded: Stack, tmp_path: Path
) -> None:
    _, resource = embedded.entry()
    january = decide(embedded, send(embedded, resource, tmp_path, JANUARY), "all")
    assert january["report"]["valid"] is True
    assert [step["id"] for step in january["recipe"]] == [
        "title-rows:above", "footer-rows:notes", "footer-rows:totals", "cell-spaces:名称",
        "thousands-separators:金额", "date-forms:日期",
    ]  # fmt: skip
    assert january["preview"][1] == ["甲公司", "1234", "2024-01-01"]

    february = send(embedded, resource, tmp_path, FEBRUARY)
    agreed = {one["id"]: one["accepted"] for one in february["repairs"]}
    assert agreed == {
        "title-rows:above": True,
        "footer-rows:totals": True,
        "cell-spaces:备注": False,
        "thousands-separators:金额": True,
        "date-forms:日期": True,
    }
    assert february["preview"][1] == ["2024-02-01", "a ", "甲公司", "11234"]
    unused = {step["id"] for step in february["recipe"] if not step["used"]}
    assert unused == {"footer-rows:notes", "cell-spaces:名称"}

    february = decide(embedded, february, "all")
    assert {step["id"] for step in february["recipe"]} == set(agreed) | unused
    march = send(embedded, resource, tmp_path, JANUARY)
    assert all(one["accepted"] for one in march["repairs"])
    assert march["preview"][1] == january["preview"][1]


def test_a_step_that_is_taken_back_stays_taken_back(embedded: Stack, tmp_path: Path) -> None:
    _, resource = embedded.entry()
    version = decide(embedded, send(embedded, resource, tmp_path, JANUARY), "all")
    kept = [step["id"] for step in version["recipe"] if not step["id"].startswith("date-forms")]
    version = decide(embedded, version, kept)
    assert [step["id"] for step in version["recipe"]] == kept
    again = send(embedded, resource, tmp_path, JANUARY)
    assert [one["id"] for one in again["repairs"] if not one["accepted"]] == ["date-forms:日期"]


def test_the_recipe_and_its_places_are_said_in_the_language_of_the_reader(
    embedded: Stack, tmp_path: Path
) -> None:
    _, resource = embedded.entry()
    version = decide(embedded, send(embedded, resource, tmp_path, JANUARY), "all")
    assert version["recipe"][3]["text"] == "去掉“名称”列单元格首尾的空格和不可见字符。"
    shown = embedded.call("GET", f"/desk/versions/{version['id']}", "lin").get_data(as_text=True)
    assert "去掉“名称”列单元格首尾的空格和不可见字符。" in shown
    assert "第 1 行" in shown
    assert "rows 1" not in shown
