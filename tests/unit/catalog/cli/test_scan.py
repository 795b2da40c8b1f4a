"""``gongkai scan`` as people see it: what was found, where, and never the value."""

import json
import zipfile

import openpyxl

NUMBER = "11010519491231002X"


def test_a_finding_is_told_with_its_rows_and_a_masked_sample(gongkai, people) -> None:
    done = gongkai("scan", people, code=1)
    assert "high  证号  citizen-id  2 rows  1****************X" in done.out
    assert "rows 2, 3" in done.out
    assert NUMBER not in done.out + done.err


def test_a_finding_is_one_line_of_json(gongkai, people) -> None:
    found = [json.loads(line) for line in gongkai("scan", people, "--json", code=1).lines]
    one = next(finding for finding in found if finding["detector"] == "citizen-id")
    assert one["file"] == str(people)
    assert (one["severity"], one["field"], one["rows"], one["places"]) == (
        "high",
        "证号",
        2,
        [2, 3],
    )
    assert NUMBER not in json.dumps(found)


def test_nothing_found_is_exit_zero_and_said(gongkai, tmp_path) -> None:
    (tmp_path / "clean.csv").write_text("序号,名称\n1,公园\n")
    assert gongkai("scan", "clean.csv").out == "clean.csv: nothing sensitive found\n"
    assert gongkai("scan", "clean.csv", "--json").out == ""


def test_what_stands_above_the_header_and_below_the_table_is_searched(gongkai, tmp_path) -> None:
    rows = "".join(f"{number},单位{number},{number}00\n" for number in range(1, 9))
    note = f"填表人证号：{NUMBER},,\n"
    path = tmp_path / "titled.csv"
    path.write_bytes(f"某某汇总表,,\n序号,单位,数量\n{rows}{note}".encode("gb18030"))
    assert "citizen-id" in gongkai("scan", path, code=1).out


def test_every_sheet_of_a_workbook_is_searched(gongkai, tmp_path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["序号", "名称"])
    book.active.append([1, "公园"])
    second = book.create_sheet("名单")
    second.append(["序号", "证号"])
    second.append([1, NUMBER])
    book.save(tmp_path / "book.xlsx")
    found = [json.loads(line) for line in gongkai("scan", "book.xlsx", "--json", code=1).lines]
    assert {one["file"] for one in found} == {"book.xlsx#名单"}


def test_the_tables_of_a_package_and_of_a_folder_are_searched(gongkai, tmp_path, people) -> None:
    inner = tmp_path / "data"
    inner.mkdir()
    people.rename(inner / "people.csv")
    assert "data/people.csv" in gongkai("scan", "data", code=1).out
    package = inner / "datapackage.json"
    package.write_text(json.dumps({"resources": [{"name": "people", "path": "people.csv"}]}))
    assert "data/datapackage.json#people" in gongkai("scan", "data", code=1).out
    package.write_text(json.dumps({"resources": [{"name": "x", "path": "../outside.csv"}]}))
    (tmp_path / "outside.csv").write_text("a\n1\n")
    assert "descriptor-path" in gongkai("scan", "data", code=1).err
    assert gongkai("scan", "data", "--trusted").err == ""


def test_what_is_no_table_is_told_and_the_rest_searched(gongkai, tmp_path, people) -> None:
    (tmp_path / "page.csv").write_text("<html><body>login</body></html>")
    done = gongkai("scan", "page.csv", people, "--json", code=1)
    assert "not-a-table" in done.err
    assert len(done.lines) >= 1


def test_tables_below_each_other_are_searched_each_with_its_own_columns(gongkai, tmp_path) -> None:
    path = tmp_path / "stacked.csv"
    path.write_text(STACKED, encoding="utf-8")
    found = [json.loads(line) for line in gongkai("scan", path, "--json", code=1).lines]
    assert {one["file"] for one in found} == {f"{path}#:2"}
    one = next(finding for finding in found if finding["detector"] == "citizen-id")
    assert (one["field"], one["places"]) == ("证号", [8, 9])
    assert "stacked.csv#:1: nothing sensitive found" in gongkai("scan", path, code=1).out


STACKED = f"""表一 单位
序号,单位,数量
1,甲,10
2,乙,20
3,丙,30
表二 人员
姓名,证号,备注,类别
李某,{NUMBER},a,x
王某,{NUMBER},b,y
"""


def test_every_table_of_an_archive_is_searched_and_a_locked_one_is_told(gongkai, tmp_path) -> None:
    with zipfile.ZipFile(tmp_path / "several.zip", "w") as archive:
        archive.writestr("clean.csv", "序号,名称\n1,公园\n")
        archive.writestr("datapackage.json", '{"resources": []}')
        archive.writestr("notes.pdf", b"%PDF-1.7\n")
        archive.writestr("名单.csv", f"序号,证号\n1,{NUMBER}\n")
    found = [json.loads(line) for line in gongkai("scan", "several.zip", "--json", code=1).lines]
    assert {one["file"] for one in found} == {"several.zip#名单.csv"}
    assert gongkai("profile", "several.zip", "--json").out.count("\n") == 2
    with zipfile.ZipFile(tmp_path / "several.zip", "a") as archive:
        archive.writestr("cut.xlsx", b"PK\x03\x04 and no more")
    assert "archive-damaged" in gongkai("scan", "several.zip", code=1).err


def test_a_sheet_that_cannot_be_read_is_told_and_not_passed_over(gongkai, tmp_path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["名称", "金额"])
    book.active.append(["甲", 1])
    wide = book.create_sheet("名单")
    wide.append(["证件号码"])
    wide.append([NUMBER])
    wide.cell(row=2, column=2_500, value="x")
    book.create_sheet("空")
    book.save(tmp_path / "book.xlsx")
    done = gongkai("scan", "book.xlsx", code=1)
    assert "columns" in done.out + done.err
    assert NUMBER not in done.out + done.err


def test_every_part_of_a_resource_is_read(gongkai, tmp_path) -> None:
    (tmp_path / "one.csv").write_text("号\n1\n", "utf-8")
    (tmp_path / "two.csv").write_text(f"号\n{NUMBER}\n", "utf-8")
    described = {"name": "parts", "path": "one.csv", "extrapaths": ["two.csv"]}
    package = {"name": "p", "resources": [described]}
    (tmp_path / "datapackage.json").write_text(json.dumps(package), "utf-8")
    done = gongkai("scan", "datapackage.json", code=1)
    assert "citizen-id" in done.out
    assert NUMBER not in done.out + done.err
