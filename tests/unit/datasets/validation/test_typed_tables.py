"""Workbooks and JSON files validated in columns have the report that Frictionless gives."""

import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from tests.common.frictionless_oracle import (
    Case,
    Outcome,
    assert_typed_agreement,
    differences,
    ours_typed,
    plain,
)
from tests.common.random_typed_tables import typed_cases

FIELDS = [
    {"name": "序号", "type": "integer", "constraints": {"required": True, "unique": True, "minimum": 1}},
    {"name": "名称", "type": "string", "constraints": {"minLength": 2, "maxLength": 8}},
    {"name": "类别", "type": "string", "constraints": {"enum": ["甲", "乙"]}},
    {"name": "日期", "type": "date", "constraints": {"minimum": "2000-01-01"}},
    {"name": "金额", "type": "number", "constraints": {"minimum": 0, "maximum": 1000}},
    {"name": "编码", "type": "string", "constraints": {"pattern": "[A-Z][0-9]+"}},
    {"name": "是否", "type": "boolean"},
]  # fmt: skip
SCHEMA = {"fields": FIELDS, "primaryKey": ["序号", "编码"], "missingValues": ["", "-"]}
LABELS = [str(field["name"]) for field in FIELDS]
BAD: tuple[tuple[int, Any], ...] = (
    (0, None), (0, "x"), (0, 0), (0, 7), (1, "a"), (1, 12), (1, None), (2, "丙"), (2, True),
    (3, "1999-12-31"), (3, 40_000), (4, -1), (4, "1e"), (4, 1_000.5), (5, "b1"), (5, "-"), (6, "maybe"),
)  # fmt: skip


def rows(count: int, bad_share: float) -> list[list[Any]]:
    """Rows that fit ``SCHEMA``, but for some cells, repeated keys and blank rows."""
    chance = random.Random(11)
    made: list[list[Any]] = []
    for number in range(1, count + 1):
        row = [number, f"名称{number % 9}", "甲乙"[number % 2], f"20{number % 24:02d}-01-0{number % 9 + 1}",
               number % 400 / 4, f"A{number % 50}", number % 3 == 0]  # fmt: skip
        if chance.random() < bad_share:
            place, cell = chance.choice(BAD)
            row[place] = cell
            if chance.random() < 0.1:
                row = [None] * len(row)
        made.append(row)
    return made


def as_workbook(table: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for row in [LABELS, *table]:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_lines(table: list[list[Any]]) -> bytes:
    return "".join(
        json.dumps(dict(zip(LABELS, row, strict=True)), ensure_ascii=False) + "\n" for row in table
    ).encode()


def as_objects(table: list[list[Any]]) -> bytes:
    return json.dumps([dict(zip(LABELS, row, strict=True)) for row in table]).encode()


def as_lists(table: list[list[Any]]) -> bytes:
    return json.dumps([LABELS, *table]).encode()


FORMS: dict[str, tuple[str, Callable[[list[list[Any]]], bytes]]] = {
    "workbook": ("xlsx", as_workbook),
    "lines": ("jsonl", as_lines),
    "objects": ("json", as_objects),
    "lists": ("json", as_lists),
}


def question(folder: Path, form: str, content: bytes, **more: Any) -> Case:
    (folder / f"t.{form}").write_bytes(content)
    source = {
        "name": "t", "type": "table", "path": f"t.{form}", "scheme": "file", "format": form,
        "encoding": "utf-8", "schema": SCHEMA,
    }  # fmt: skip
    return Case(source=source, basepath=str(folder), **more)


def assert_same(case: Case) -> Outcome:
    found = ours_typed(case)
    assert found is not None, "left to Frictionless"
    assert not differences(plain(case), found)
    return found


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("bad_share", [0.0, 0.2])
def test_a_table_of_every_type_has_the_same_report(
    tmp_path: Path, name: str, bad_share: float
) -> None:
    form, write = FORMS[name]
    found = assert_same(question(tmp_path, form, write(rows(600, bad_share))))
    assert found.report
    assert found.report["valid"] is (bad_share == 0)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    "limits",
    [
        {"limit_errors": 3}, {"limit_errors": 0}, {"limit_rows": 1}, {"limit_rows": 150},
        {"limit_errors": 40, "limit_rows": 200}, {"limit_rows": 10_000},
    ],
)  # fmt: skip
def test_limits_stop_at_the_same_row(tmp_path: Path, name: str, limits: dict[str, int]) -> None:
    form, write = FORMS[name]
    assert_same(question(tmp_path, form, write(rows(400, 0.2)), **limits))


@pytest.mark.parametrize("key", ["pickErrors", "skipErrors"])
@pytest.mark.parametrize("errors", [["type-error"], ["#cell"], ["#row", "constraint-error"]])
def test_errors_are_picked_and_skipped_alike(tmp_path: Path, key: str, errors: list[str]) -> None:
    content = as_workbook(rows(200, 0.3))
    assert_same(question(tmp_path, "xlsx", content, checklist={key: errors}, limit_errors=20))


def test_ragged_lists_take_part_in_keys(tmp_path: Path) -> None:
    table = rows(60, 0.1)
    table[10] = table[5][:3]
    table[20] = [*table[4], "more"]
    table[30] = []
    table[40] = table[39]
    assert_same(question(tmp_path, "json", as_lists(table)))


@pytest.mark.parametrize(
    "expected",
    [
        {"rows": 3},
        {"bytes": 10},
        {"hash": "md5:00"},
        {"hash": "sha1:00"},
        {"hash": "0"},
        {"fields": 2},
        {"rows": 60},
    ],
)
def test_promised_sizes_are_held_against_the_file(tmp_path: Path, expected: dict[str, Any]) -> None:
    for form, write in FORMS.values():
        assert_same(question(tmp_path, form, write(rows(60, 0.0))).with_source(**expected))


def test_a_foreign_key_into_the_table_itself_is_checked(tmp_path: Path) -> None:
    schema = {
        **SCHEMA,
        "foreignKeys": [{"fields": ["类别"], "reference": {"resource": "", "fields": ["编码"]}}],
    }
    assert_same(question(tmp_path, "jsonl", as_lines(rows(50, 0.2))).with_source(schema=schema))


def test_a_parquet_file_is_validated_with_its_gaps_as_gaps(tmp_path: Path) -> None:
    """Plain Frictionless needs pandas here, and would make fractions of the whole numbers."""
    table = pa.table({"序号": [1, None, 3, 3], "名称": ["ab", "a", None, "abc"]})
    parquet.write_table(table, tmp_path / "t.parquet")
    case = question(tmp_path, "xlsx", b"").with_source(
        path="t.parquet", format="parquet", schema={"fields": FIELDS[:2]}
    )
    found = ours_typed(case)
    assert found
    assert found.report
    assert [
        (error["type"], error.get("rowNumber"), error.get("fieldName"))
        for error in found.report["tasks"][0]["errors"]
    ] == [
        ("constraint-error", 3, "序号"),
        ("constraint-error", 3, "名称"),
        ("unique-error", 5, "序号"),
    ]
    assert found.report["tasks"][0]["stats"]["rows"] == 4


@settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(st.data())
def test_any_typed_table_has_the_same_report(tmp_path: Path, data: st.DataObject) -> None:
    assert_typed_agreement(data.draw(typed_cases(tmp_path)))
