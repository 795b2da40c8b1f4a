"""``gongkai validate`` on files that are cut off, damaged or hostile: a finding, a refusal, in time."""

import gzip
import io
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.common import packed_files, ugly_files

PARQUET = b"PAR1" + bytes(200) + b"\xff\xff\xff\x7fPAR1"
WIDE = ",".join(f"c{place}" for place in range(20_000)).encode() + b"\r\n"
ENCRYPTED = (
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(900) + "EncryptionInfo".encode("utf-16-le")
    + bytes(9_000)
)  # fmt: skip


def a_workbook() -> bytes:
    return ugly_files.xlsx({"名单": [ugly_files.HEADER, *ugly_files.records()]})


def a_sheet_of_empty_rows() -> bytes:
    """A few records, and the last row a sheet can have, coloured and empty."""
    out = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.active.append([1])
    book.save(out)
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    last = b'<row r="1048576"><c r="A1048576" s="0"/></row></sheetData>'
    parts[sheet] = (
        parts[sheet].replace(b"</sheetData>", last).replace(b'ref="A1:A2"', b'ref="A1:A1048576"')
    )
    return packed_files.zipped(parts)


BAD: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "a workbook cut off": ("x.xlsx", lambda: a_workbook()[:3_000], "format-error"),
    "a workbook with a password": ("x.xlsx", lambda: ENCRYPTED, "format-error"),
    "a million empty rows": ("x.xlsx", a_sheet_of_empty_rows, "blank-row"),
    "a far corner": ("x.xlsx", ugly_files.far_corner, "far-corner"),
    "a lying footer": ("x.parquet", lambda: PARQUET, "source-error"),
    "a footer of more rows": (
        "x.parquet", lambda: packed_files.lying_parquet(packed_files.more_rows),
        "the footer speaks of 75000 rows, the pages hold 50000",
    ),
    "a gzip file cut off": (
        "x.csv.gz", lambda: gzip.compress(ugly_files.clean_csv() * 9)[:200], "compression-error",
    ),
    "a ZIP cut off": (
        "x.csv.zip", lambda: packed_files.zipped({"a.csv": b"a,b\n" * 99})[:60], "compression-error",
    ),
    "a gzip bomb": ("x.csv.gz", lambda: packed_files.gzip_bomb(40), "line-too-long"),
    "a ZIP bomb": ("x.csv.zip", lambda: packed_files.zip_bomb(40), "line-too-long"),
    "a line without an end": ("x.csv", lambda: b"a,b\n" + b"1" * 17_000_000, "line-too-long"),
    "20,000 columns": ("x.csv", lambda: WIDE + WIDE, "too-many-columns"),
    "one record of 20,000 cells": (
        "x.csv", lambda: ugly_files.clean_csv() + WIDE, "too-many-columns",
    ),
    "one record of 5,000 cells": (
        "x.csv", lambda: ugly_files.clean_csv() + b"x," * 5_000, "too-many-columns",
    ),
    "JSON nested too deep": ("x.json", lambda: b'[{"a": ' * 5_000 + b"1", "json-too-deep"),
    "NDJSON cut off": ("x.ndjson", lambda: b'{"a": 1}\n{"a"', "source-error"),
    "nothing": ("x.csv", lambda: b"", "source-error"),
    "a duplicate of a duplicate": ("x.csv", lambda: b"a,a,a2,a\r\n1,2,3,4\r\n", "duplicate-label"),
    "an open quotation mark": (
        "x.csv", lambda: ugly_files.clean_csv() + b'13,"x,y,z,1\r\n14,a,b,c,2\r\n', "missing-cell",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_it_is_found_or_refused_in_bounded_time(gongkai, tmp_path: Path, name: str) -> None:
    file, make, kind = BAD[name]
    (tmp_path / file).write_bytes(make())
    started = time.perf_counter()
    (report,) = gongkai("validate", file, "--json", code=1).reports
    assert time.perf_counter() - started < 60
    errors = [*report["errors"], *(one for task in report["tasks"] for one in task["errors"])]
    assert kind in {errors[0]["type"], errors[0]["note"]}


GOOD: dict[str, tuple[bytes, int]] = {
    "mixed line ends": (b'a,b\r\n1,2\n3,4\r5,6\r\n"x\r\ny","p\rq"\n7,8', 5),
    "a mark in the middle": (b"\xef\xbb\xbfa,b\r\nx,y\r\n\xef\xbb\xbfp,q\r\n", 2),
    "four bytes of GB18030": (
        ("姓名,地名\r\n𠮷田,㐂村\r\n" + "甲,乙\r\n" * 30).encode("gb18030"),
        31,
    ),
    "a cell of a megabyte": (b"a,b\r\n1," + b"x" * 1_000_000 + b"\r\n", 1),
}


def test_what_is_odd_but_whole_is_read_whole(gongkai, tmp_path: Path) -> None:
    for place, (data, _) in enumerate(GOOD.values()):
        (tmp_path / f"{place}.csv").write_bytes(data)
    reports = gongkai("validate", *(f"{place}.csv" for place in range(len(GOOD))), "--json").reports
    rows = [report["tasks"][0]["stats"]["rows"] for report in reports]
    assert rows == [count for _, count in GOOD.values()]


def test_a_quotation_mark_that_hides_the_whole_file_is_spoken_of(gongkai, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b'"' + ugly_files.clean_csv())
    assert "is not closed" in gongkai("validate", "x.csv").out


PATTERN = {"fields": [{"name": "a", "type": "string", "constraints": {"pattern": "(a+)+$"}}]}


def test_a_pattern_that_explodes_is_decided_in_linear_time(gongkai, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a\n" + "a" * 50 + "!\naaa\n")
    (tmp_path / "s.json").write_text(json.dumps(PATTERN))
    (report,) = gongkai("validate", "x.csv", "--schema", "s.json", "--json", code=1).reports
    (error,) = report["tasks"][0]["errors"]
    assert (error["rowNumber"], error["note"]) == (2, 'constraint "pattern" is "(a+)+$"')


def test_an_enum_of_a_hundred_thousand_values_is_looked_up(gongkai, tmp_path: Path) -> None:
    enum = [f"v{number}" for number in range(100_000)]
    field = {"name": "a", "type": "string", "constraints": {"enum": enum}}
    (tmp_path / "x.csv").write_text("a\n" + "".join(f"v{n}\n" for n in range(99_000, 100_001)))
    (tmp_path / "s.json").write_text(json.dumps({"fields": [field]}))
    (report,) = gongkai("validate", "x.csv", "--schema", "s.json", "--json", code=1).reports
    assert [one["rowNumber"] for one in report["tasks"][0]["errors"]] == [1002]
    (tmp_path / "x.csv").write_text("a\n" + "".join(f"w{n}\n" for n in range(3_000)))
    said = gongkai("validate", "x.csv", "--schema", "s.json", "--show", "1", code=1)
    assert "constraint-error × 1,000" in said.out
    assert len(said.out) < 20_000


def described(folder: Path, name: str, descriptor: dict[str, Any]) -> str:
    (folder / name).write_text(json.dumps(descriptor), encoding="utf-8")
    return name


def test_a_foreign_key_to_a_missing_resource_is_an_error_of_the_resource(
    gongkai, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("id\n1\n")
    key = {"fields": ["id"], "reference": {"resource": "absent", "fields": ["id"]}}
    schema = {"fields": [{"name": "id", "type": "integer"}], "foreignKeys": [key]}
    package = {"resources": [{"name": "a", "path": "a.csv", "schema": schema}]}
    path = described(tmp_path, "datapackage.json", package)
    (report,) = gongkai("validate", path, "--json", code=1).reports
    (error,) = report["tasks"][0]["errors"]
    assert error["type"] == "resource-error"
    assert '"absent" does not exist' in error["note"]


def test_packed_packages_and_inquiries_are_judged(gongkai, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n1\nx\n")
    schema = {"fields": [{"name": "id", "type": "integer"}]}
    resource = {"name": "a", "type": "table", "path": "a.csv", "schema": schema}
    detached = described(tmp_path, "a.resource.json", resource)
    inquiry = described(
        tmp_path, "i.inquiry.json", {"tasks": [{"path": "a.csv", "schema": schema}]}
    )
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        archive.writestr("datapackage.json", json.dumps({"resources": [resource]}))
        archive.write(tmp_path / "a.csv", "a.csv")
    for report in gongkai("validate", detached, inquiry, "p.zip", "--json", code=1).reports:
        errors = [one for task in report["tasks"] for one in task["errors"]]
        assert [(one["type"], one["rowNumber"]) for one in errors] == [("type-error", 3)], report


def test_a_package_that_names_its_resources_by_path_is_refused_by_name(
    gongkai, tmp_path: Path
) -> None:
    path = described(tmp_path, "datapackage.json", {"resources": ["a.resource.json"]})
    (report,) = gongkai("validate", path, "--json", code=1).reports
    assert [one["type"] for one in report["errors"]] == ["package-error"]
    assert "resources/0" in report["errors"][0]["note"]


def test_a_table_of_a_thousand_columns_is_read_whatever_its_length(gongkai, tmp_path: Path) -> None:
    header = ",".join(f"c{place}" for place in range(1_000))
    rows = "".join(",".join([f"{row}" + "字" * 180] * 1_000) + "\n" for row in range(11))
    (tmp_path / "x.csv").write_text(f"{header}\n{rows}", encoding="utf-8")
    (report,) = gongkai("validate", "x.csv", "--json").reports
    assert report["tasks"][0]["stats"]["rows"] == 11
    assert "nothing sensitive" in gongkai("scan", "x.csv").out


def test_a_row_too_wide_is_refused_in_a_package_too(gongkai, tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_bytes(WIDE)
    (tmp_path / "good.csv").write_text("a\n1\n")
    for resource in ({"path": "wide.csv"}, {"path": "good.csv", "extrapaths": ["wide.csv"]}):
        path = described(
            tmp_path, "datapackage.json", {"resources": [{"name": "wide", **resource}]}
        )
        said = gongkai("validate", path, code=1)
        assert "too-many-columns" in said.out


def test_a_system_that_allows_fewer_open_files_is_enough(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    done = subprocess.run(
        ["/bin/sh", "-c", f"ulimit -n 128; {Path(sys.executable).with_name('gongkai')} validate a.csv"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_path_that_no_system_has_is_told_by_the_resource(gongkai, tmp_path: Path) -> None:
    resource = {"name": "odd", "path": "a\0.csv"}
    package = described(tmp_path, "datapackage.json", {"resources": [resource]})
    alone = described(tmp_path, "r.json", {**resource, "type": "table"})
    for path in (package, alone):
        assert "The path of the resource odd holds a NUL" in gongkai("validate", path, code=1).out
        assert "is not there" in gongkai("scan", path, code=1).err
        assert "is not there" in gongkai("profile", path, code=1).err


def test_a_name_that_says_nothing_hides_no_table_and_makes_none(gongkai, tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("a,b\n1,2\n1\n")
    (tmp_path / "tabs.txt").write_text("a\tb\n1\t2\n1\n")
    tables = {"x.csv": b"a,b\n1,2\n1\n", "folder/y.csv": b"a\n1\n"}
    (tmp_path / "one.zip").write_bytes(packed_files.zipped({"x.csv": tables["x.csv"]}))
    (tmp_path / "two.zip").write_bytes(packed_files.zipped(tables))
    for name, places in {
        "plain": ["plain"], "tabs.txt": ["tabs.txt"], "one.zip": ["one.zip"],
        "two.zip": ["two.zip -> x.csv", "two.zip -> folder/y.csv"],
    }.items():  # fmt: skip
        (report,) = gongkai("validate", name, "--json", code=1).reports
        assert [task["place"] for task in report["tasks"]] == places
        (error,) = report["tasks"][0]["errors"]
        assert (error["type"], error["rowNumber"]) == ("missing-cell", 3)
    (tmp_path / "notes.pdf").write_bytes(b"%PDF-1.7\n")
    (tmp_path / "notes.zip").write_bytes(packed_files.zipped({"readme.md": b"# x"}))
    (tmp_path / "closed.zip").write_bytes(packed_files.zip_encrypted())
    for name, code in {
        "notes.pdf": "not-a-table", "notes.zip": "not-a-table", "closed.zip": "encrypted",
    }.items():  # fmt: skip
        (report,) = gongkai("validate", name, "--json", code=1).reports
        assert [one["note"] for one in report["errors"]] == [code]


def test_codes_that_a_spreadsheet_destroyed_are_spoken_of_in_a_valid_table(
    gongkai, tmp_path: Path
) -> None:
    (tmp_path / "x.csv").write_bytes(ugly_files.float_damaged())
    out = gongkai("validate", "x.csv").out
    assert "3 codes lost their last digits in a spreadsheet program." in out
    assert not [code for code in ugly_files.FLOAT_DAMAGED if code in out]


def test_what_is_missing_is_named_in_the_language_of_the_terminal(gongkai, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    path = described(tmp_path, "datapackage.json", {"resources": [{"name": "b", "path": "b.csv"}]})
    for command in ("scan", "profile"):
        assert "names b.csv, which is not there" in gongkai(command, path, code=1).err
    said = gongkai("validate", "a.csv", "--schema", "none", code=2, LANG="zh_CN.UTF-8").err
    assert "内置标准" in said
    assert "statistics-series" in said
