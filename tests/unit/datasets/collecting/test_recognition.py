"""Deliveries are judged under the names and the template that the schema gives."""

import openpyxl
import pytest

from datasets.collecting import write_template
from datasets.examination import examine
from schemas import tables
from schemas.records import ExaminationRequest

SCHEMA = {
    "title": "处罚",
    "fields": [
        {"name": "document_no", "title": "决定书文号", "constraints": {"required": True}},
        {"name": "decided_on", "title": "决定日期", "type": "date", "gongkai:aliases": ["日期"]},
    ],
}


def examined(tmp_path, source, schema, **more):
    request = ExaminationRequest(source.name, table_schema=schema, **more)
    return examine(source, tmp_path / "out", request, lambda _share, _stage: None)


@pytest.mark.parametrize(
    "header", ["决定书文号,决定日期", "document_no,日期", "决定书文号 *,*decided_on"]
)
def test_a_table_may_use_any_name_that_the_schema_gives_a_field(tmp_path, header):
    source = tmp_path / "a.csv"
    source.write_text(f"{header}\n京罚〔2024〕1号,2024-03-01\n", encoding="utf-8")
    result = examined(tmp_path, source, SCHEMA)
    assert result.report["valid"], result.report["tasks"][0]["errors"]
    assert [field["name"] for field in result.public_schema["fields"]] == [
        "document_no",
        "decided_on",
    ]


def test_a_closed_field_stays_closed_under_another_name(tmp_path):
    source = tmp_path / "a.csv"
    source.write_text("决定书文号,日期\n京罚〔2024〕1号,2024-03-01\n", encoding="utf-8")
    result = examined(tmp_path, source, SCHEMA, withheld=("decided_on", "日期"))
    assert result.report["valid"]
    assert [field["name"] for field in result.public_schema["fields"]] == ["document_no"]
    assert "2024-03-01" not in str(result.preview)


def test_a_template_of_a_tables_own_schema_shows_titles_and_is_read_by_names(tmp_path):
    source = tmp_path / "t.xlsx"
    write_template(SCHEMA, source, lambda message: message.text, "zh")
    book = openpyxl.load_workbook(source)
    assert [cell.value for cell in book.worksheets[0][1]] == ["决定书文号", "决定日期"]
    book.worksheets[0].append(["京罚〔2024〕1号", "2024-03-01"])
    book.save(source)
    result = examined(tmp_path, source, SCHEMA)
    assert result.report["valid"], result.report["tasks"][0]["errors"]
    assert result.repairs == ()


def test_a_standards_template_brings_its_schema_with_it(tmp_path):
    source = tmp_path / "t.xlsx"
    schema = tables.load("power-list")
    write_template(schema, source, lambda message: message.text, "zh", standard="power-list")
    book = openpyxl.load_workbook(source)
    row = [field.get("example") for field in schema["fields"]]
    row[2] = "随便"
    book.worksheets[0].append(row)
    book.save(source)
    result = examined(tmp_path, source, None)
    assert result.table_schema["name"] == "power-list"
    (error,) = result.report["tasks"][0]["errors"]
    assert (error["type"], error["fieldName"]) == ("constraint-error", "权力类型")


def test_a_template_of_another_schema_is_remarked_on(tmp_path):
    source = tmp_path / "t.xlsx"
    write_template({**SCHEMA, "title": "旧"}, source, lambda message: message.text, "zh")
    book = openpyxl.load_workbook(source)
    book.worksheets[0].append(["京罚〔2024〕1号", "2024-03-01"])
    book.save(source)
    result = examined(tmp_path, source, SCHEMA)
    assert [repair.kind for repair in result.repairs] == ["other-template"]
    assert result.report["valid"]
