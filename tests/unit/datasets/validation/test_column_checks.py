"""Checks judged by columns give the report of Frictionless, in tables of several batches too."""

import gzip
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.common.frictionless_oracle import Case, differences, ours, plain

pytestmark = [
    # Frictionless leaves archives open.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
FIELDS = [
    {"name": "编号", "type": "integer"},
    {"name": "名称", "type": "string"},
    {"name": "金额", "type": "number"},
    {"name": "日期", "type": "date"},
    {"name": "时刻", "type": "datetime"},
    {"name": "口令", "type": "string", "constraints": {"minLength": 2}},
    {"name": "率", "type": "number", "floatNumber": True},
    {"name": "是", "type": "boolean"},
]
ROWS = 3_000


def row_of(number: int) -> list[str]:
    return [
        str(number), f"name{number}", f"{number / 100:.2f}", f"2023-{number % 12 + 1:02}-05",
        f"2023-01-05T08:{number % 60:02}:00", "ok", f"{number % 7}.50", "true",
    ]  # fmt: skip


def table(folder: Path, *, dirty: bool = True) -> dict[str, Any]:
    rows = [row_of(number) for number in range(1, ROWS + 1)]
    if dirty:
        rows[50][1] = "名字"
        rows[60][0] = "32767"
        rows[70][1] = "x" * 255
        rows[80] = rows[20][:]
        rows[90][0] = "x"
        rows[100] = rows[90][:-2]
        rows[110] = [*rows[109], "more"]
        rows[120] = [""] * len(FIELDS)
        rows[130] = [""] * len(FIELDS)
        rows[140][2] = "1e9"
        rows[150][5] = "y" * 6_000
        rows[160] = [cell if place else f"0{cell}" for place, cell in enumerate(rows[159])]
        rows[170][2] = rows[171][2] = "9.9900"
        rows[180][4] = "2023-01-05 08:00:00"
        rows[190][7] = "no"
    lines = [",".join(field["name"] for field in FIELDS), *map(",".join, rows)]
    (folder / "t.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return {
        "name": "t", "type": "table", "path": "t.csv", "scheme": "file", "format": "csv",
        "encoding": "utf-8", "schema": {"fields": FIELDS},
    }  # fmt: skip


CHECKS: dict[str, list[dict[str, Any]]] = {
    "duplicate-row": [{"type": "duplicate-row"}],
    "ascii-value": [{"type": "ascii-value"}],
    "truncated-value": [{"type": "truncated-value"}],
    "deviated-cell": [{"type": "deviated-cell"}, {"type": "deviated-cell", "interval": 1}],
    "deviated-cell-but": [{"type": "deviated-cell", "ignoreFields": ["口令"]}],
    "deviated-value": [
        {"type": "deviated-value", "fieldName": "金额"},
        {"type": "deviated-value", "fieldName": "编号", "interval": 1, "average": "median"},
    ],
    "deviated-text": [
        {"type": "deviated-value", "fieldName": "名称"},
        {"type": "forbidden-value", "fieldName": "编号", "values": [7]},
    ],
    "forbidden-value": [
        {"type": "forbidden-value", "fieldName": "编号", "values": [7, 32767]},
        {"type": "forbidden-value", "fieldName": "名称", "values": ["name9", None]},
        {"type": "forbidden-value", "fieldName": "金额", "values": [9.99, 1]},
        {"type": "forbidden-value", "fieldName": "是", "values": [False, None]},
    ],
    "required-value": [
        {"type": "required-value", "fieldName": "编号", "values": [5]},
        {"type": "required-value", "fieldName": "名称", "values": ["nobody"]},
    ],
    "sequential-value": [
        {"type": "sequential-value", "fieldName": "编号"},
        {"type": "sequential-value", "fieldName": "名称"},
    ],
    "row-constraint": [
        {"type": "row-constraint", "formula": "编号 < 2999"},
        {"type": "row-constraint", "formula": "金额 * 100 == 编号"},
        {"type": "row-constraint", "formula": "str(金额) != '9.9900'"},
    ],
    "row-constraint-bad": [{"type": "row-constraint", "formula": "no +"}],
    "table-dimensions": [
        {"type": "table-dimensions", "maxRows": 10, "minFields": 9},
        {"type": "table-dimensions", "numRows": 1, "numFields": 8},
    ],
    "no-such-field": [
        {"type": "forbidden-value", "fieldName": "无", "values": [1]},
        {"type": "required-value", "fieldName": "无", "values": [1]},
        {"type": "deviated-value", "fieldName": "无"},
    ],
    "all": [
        {"type": "duplicate-row"}, {"type": "ascii-value"}, {"type": "truncated-value"},
        {"type": "sequential-value", "fieldName": "编号"},
        {"type": "row-constraint", "formula": "金额 < 20"},
        {"type": "table-dimensions", "maxRows": 2},
    ],
    "own": [
        {"type": "credit-code", "fieldName": "名称"},
        {"type": "date-order", "earlier": "时刻", "later": "日期"},
        {"type": "totals", "total": "金额", "parts": ["率", "编号"], "tolerance": "2900"},
        {"type": "row-totals", "label": "名称", "values": ["金额"], "group": ["日期"]},
    ],
}  # fmt: skip


@pytest.mark.parametrize("limit", [0, 25])
@pytest.mark.parametrize("name", sorted(CHECKS))
def test_a_check_by_columns_reports_what_frictionless_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, limit: int
) -> None:
    case = Case(
        source=table(tmp_path),
        basepath=str(tmp_path),
        checklist={"checks": CHECKS[name]},
        limit_errors=limit,
    )
    expected = plain(case)
    monkeypatch.setattr("frictionless.Resource.validate", _refused)
    monkeypatch.setattr("datasets.validation.text_tables.BLOCK_BYTES", 50_000)
    assert not differences(expected, ours(case))


def _refused(*_given: Any, **_options: Any) -> None:
    raise AssertionError("judged row by row")


WAYS: dict[str, dict[str, Any]] = {
    "comments": {"dialect": {"commentChar": "名", "commentRows": [4, 5, 2000]}},
    "blanks": {"dialect": {"skipBlankRows": True, "headerRows": [1]}},
    "any case": {"dialect": {"headerCase": False}},
    "two parts": {"extrapaths": ["t.csv"]},
    "utf-16": {"encoding": "utf-16"},
    "spaces": {"dialect": {"csv": {"skipInitialSpace": True, "escapeChar": "\\"}}},
}


@pytest.mark.parametrize("limit", [0, 12])
@pytest.mark.parametrize("name", sorted(WAYS))
def test_a_rare_way_to_write_a_table_is_judged_by_columns_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, limit: int
) -> None:
    source = {**table(tmp_path), **WAYS[name]}
    _rewrite(tmp_path / "t.csv", source)
    case = Case(source=source, basepath=str(tmp_path), limit_errors=limit)
    expected = plain(case)
    monkeypatch.setattr("frictionless.Resource.validate", _refused)
    assert not differences(expected, ours(case))


@pytest.mark.parametrize("limit", [0, 12])
def test_a_packed_table_is_judged_by_columns_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    source = {**table(tmp_path), "path": "t.csv.gz", "compression": "gz"}
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress((tmp_path / "t.csv").read_bytes()))
    case = Case(source=source, basepath=str(tmp_path), limit_errors=limit)
    expected = plain(case)
    monkeypatch.setattr("frictionless.Resource.validate", _refused)
    assert not differences(expected, ours(case))


def test_cells_of_a_workbook_may_all_be_taken_as_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = openpyxl.Workbook()
    for row in [["a", "b"], [1, "x"], [2.5, None], [None, None], ["y", 3]]:
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    source = {
        "name": "t", "type": "table", "path": "t.xlsx", "scheme": "file", "format": "xlsx",
        "dialect": {"excel": {"stringified": True}},
        "schema": {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "string"}]},
    }  # fmt: skip
    case = Case(source=source, basepath=str(tmp_path))
    expected = plain(case)
    monkeypatch.setattr("frictionless.Resource.validate", _refused)
    assert not differences(expected, ours(case))


def _rewrite(path: Path, source: dict[str, Any]) -> None:
    path.write_bytes(path.read_text("utf-8").encode(source["encoding"]))
