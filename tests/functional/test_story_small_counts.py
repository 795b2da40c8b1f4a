"""Statistics in which single people could be told: found, hidden, looked at again, published."""

import csv
import io
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from datasets.parquet import read_table_schema
from datasets.sensitive import scan
from tests.common.browser import Browser
from tests.common.stack import Stack

LABELS = ["地区", "确诊人数", "疑似人数", "合计人数"]
ROWS = [
    ["甲区", "2", "21", "23"],
    ["乙区", "1", "45", "46"],
    ["丙区", "40", "12", "52"],
    ["丁区", "15", "30", "45"],
    ["合计", "58", "108", "166"],
]
SMALL = {("甲区", "确诊人数"), ("乙区", "确诊人数")}


def with_units(rows: list[list[str]]) -> list[list[str]]:
    return [[row[0], *(f"{cell}人" for cell in row[1:])] for row in rows]


def write(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.mark.parametrize("rows", [ROWS, with_units(ROWS)], ids=["plain", "with units"])
def test_small_counts_are_found_hidden_and_published_without_telling_anybody(
    stack: Stack, tmp_path: Path, rows: list[list[str]]
) -> None:
    slug, resource = stack.entry(title="传染病报告统计")
    version = stack.deliver(resource, write(tmp_path / "t.csv", [LABELS, *rows]), "t.csv")
    (finding,) = [one for one in version["findings"] if one["detector"] == "small-cell"]
    assert (finding["field"], finding["rows"]) == ("确诊人数", 2)
    assert finding["sample"] == ["<3"]
    assert finding["actions"] == ["suppress", "drop", "keep"]

    lin = Browser(stack.client.application.test_client(), language="zh")
    lin.sign_in("lin")
    lin.open(f"/desk/versions/{version['id']}")
    assert "抑制小计数" in lin.text
    lin.send(
        f"/desk/versions/{version['id']}/settlements",
        **{f"action-{finding['id']}": "suppress"},
    )
    stack.work()
    lin.open(f"/desk/versions/{version['id']}")
    assert "*" in lin.text

    done = stack.ok("GET", f"/api/v1/versions/{version['id']}", "lin")
    (settled,) = [one for one in done["findings"] if one["detector"] == "small-cell"]
    assert (settled["settled"], settled["severity"]) == ("suppress", "medium")
    stack.publish(slug)
    text = stack.call("GET", f"/datasets/{slug}/table.csv").data
    public = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline="")))
    shown = {(row["地区"], label): row[label] for row in public for label in LABELS[1:]}
    delivered = {
        (row[0], label): cell
        for row in rows
        for label, cell in zip(LABELS[1:], row[1:], strict=True)
    }
    hidden = {place for place, cell in shown.items() if cell != delivered[place]}
    assert hidden >= SMALL
    assert all(shown[place] in {"", "*"} for place in hidden)
    # A total would tell a count that is hidden alone, so each row and column hides two or none.
    for part in (0, 1):
        names = [place[part] for place in hidden]
        assert min(map(names.count, names)) >= 2
    again = tmp_path / "again.csv"
    again.write_bytes(text.removeprefix("\ufeff".encode()))
    assert not [one for one in scan(again, LABELS) if one.detector == "small-cell"]
    parquet = tmp_path / "again.parquet"
    parquet.write_bytes(stack.call("GET", f"/datasets/{slug}/table.parquet").data)
    column = pq.read_table(parquet).column("确诊人数")
    assert column.null_count >= len(SMALL)
    field = next(one for one in read_table_schema(parquet)["fields"] if one["name"] == "确诊人数")
    assert (field["gongkai:treatedBy"], field["gongkai:suppressedBelow"]) == (["suppress"], 5)
