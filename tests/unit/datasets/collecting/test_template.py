"""Templates made from a schema guide the clerk, come back whole, and are read right."""

import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest
import python_calamine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.collecting import digest_of, header_of, outdated, recognised, write_template
from datasets.examination import examine
from datasets.reading import open_table
from schemas import tables
from schemas.records import ExaminationRequest, Message
from schemas.workbooks import GUIDE_SHEET, MARK_SHEET

OWN = {
    "title": "自有表/一",
    "fields": [
        {
            "name": "code",
            "title": "代码",
            "type": "string",
            "constraints": {"required": True, "pattern": "^[0-9]{6}$"},
        },
        {"name": "level", "title": "等级", "constraints": {"enum": ["甲", "乙,丙", '"丁"']}},
        {
            "name": "amount",
            "title": "金额",
            "type": "number",
            "constraints": {"minimum": 1, "maximum": 9.5},
        },
        {"name": "count", "title": "数量", "type": "integer"},
        {"name": "day", "title": "日期", "type": "date", "constraints": {"minimum": "2020-01-01"}},
        {"name": "compact", "title": "日期二", "type": "date", "format": "%Y%m%d"},
        {
            "name": "open",
            "title": "开放",
            "type": "boolean",
            "trueValues": ["是"],
            "falseValues": ["否"],
        },
        {"name": "uscc", "title": "信用代码", "gongkai:check": "credit-code"},
        {"name": "note", "title": "备注", "constraints": {"maxLength": 20}},
        {"name": "formula", "title": "=1+1"},
    ],
}


def plain(message: Message) -> str:
    return message.text % message.params if message.params else message.text


def template(tmp_path, schema=OWN, **options):
    path = tmp_path / "template.xlsx"
    write_template(schema, path, plain, options.pop("language", "en"), **options)
    return path


def fill(path, *rows):
    book = openpyxl.load_workbook(path)
    for row in rows:
        book.worksheets[0].append(row)
    book.save(path)
    return path


def rules(path):
    sheet = openpyxl.load_workbook(path).worksheets[0]
    return {str(one.sqref).split("2:")[0]: one for one in sheet.data_validations.dataValidation}


@pytest.fixture(params=tables.names())
def name(request):
    return request.param


def test_a_standard_filled_with_its_examples_is_valid_and_recognised(tmp_path, name):
    schema = tables.load(name)
    path = template(tmp_path, schema, standard=name)
    fill(path, [field.get("example") for field in schema["fields"]])
    request = ExaminationRequest("t.xlsx", table_schema=schema)
    result = examine(path, tmp_path / "out", request, lambda _share, _stage: None)
    assert not result.problems
    assert [error["message"] for error in result.report["tasks"][0]["errors"]] == []
    assert (result.rows, result.columns) == (1, len(schema["fields"]))
    assert result.members == ()
    assert result.repairs == ()
    table = open_table(path, tmp_path, request)
    assert recognised(table.template) == schema
    assert outdated(table.template, schema) is None
    assert outdated(table.template, OWN).kind == "other-template"


def test_the_same_schema_gives_the_same_bytes(tmp_path):
    first = template(tmp_path).read_bytes()
    assert template(tmp_path).read_bytes() == first
    assert digest_of(OWN) != digest_of({**OWN, "title": "别的"})


def test_codes_stay_text_and_every_column_has_its_rule(tmp_path):
    path = template(tmp_path)
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert sheet.title == "自有表一"
    assert sheet.freeze_panes == "A2"
    assert [cell.value for cell in sheet[1]] == [field["title"] for field in OWN["fields"]]
    assert sheet["A1"].number_format == '@" *"'
    spans = sheet.column_dimensions.values()  # neighbours that look alike share one
    formats = [
        one.number_format for column in range(1, 9) for one in spans if one.min <= column <= one.max
    ]
    assert formats == ["@", "@", "General", "0", "yyyy-mm-dd", "@", "@", "@"]
    found = rules(path)
    assert (found["A"].type, found["A"].formula1, found["A"].formula2) == ("textLength", "6", "6")
    assert (found["C"].type, found["C"].formula1, found["C"].formula2) == ("decimal", "1.0", "9.5")
    assert found["D"].type == "whole"
    assert (found["E"].type, found["E"].formula1) == ("date", "43831")
    assert (found["G"].type, found["G"].formula1) == ("list", '"是,否"')
    assert (found["H"].type, "SUMPRODUCT" in found["H"].formula1) == ("custom", True)
    assert (found["I"].type, found["I"].formula2) == ("textLength", "20")
    assert "must be filled in" in found["A"].prompt


def test_a_list_with_commas_and_quotes_stands_on_the_hidden_sheet(tmp_path):
    path = template(tmp_path)
    assert rules(path)["B"].formula1 == f"'{MARK_SHEET}'!$E$1:$E$3"
    hidden = openpyxl.load_workbook(path)[MARK_SHEET]
    assert hidden.sheet_state == "veryHidden"
    assert [hidden.cell(row, 5).value for row in (1, 2, 3)] == ["甲", "乙,丙", '"丁"']


def test_a_long_list_is_offered_whole(tmp_path):
    values = [f"第{number}类" for number in range(3_000)]
    schema = {"fields": [{"name": "类", "constraints": {"enum": values}}]}
    path = template(tmp_path, schema)
    assert rules(path)["A"].formula1.endswith("$D$3000")


def test_nothing_of_a_schema_becomes_a_formula(tmp_path):
    path = template(tmp_path)
    with zipfile.ZipFile(path) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if "worksheets/sheet" in name]
    assert sheets
    assert not [one for one in sheets if b"<f>" in one]


def test_the_guide_explains_every_field_in_the_readers_language(tmp_path):
    schema = tables.load("public-facility")
    english = openpyxl.load_workbook(template(tmp_path, schema))[GUIDE_SHEET]
    said = [str(cell.value) for row in english for cell in row if cell.value]
    assert "Public facilities" in said
    assert any("Region code" in text for text in said)
    chinese = openpyxl.load_workbook(template(tmp_path, schema, language="zh"))[GUIDE_SHEET]
    said = [str(cell.value) for row in chinese for cell in row if cell.value]
    assert "公共设施" in said
    assert "六位数字。" in said


def test_titles_stand_above_the_columns_where_they_mean_the_field():
    shared = {"fields": [{"name": "a", "title": "名称"}, {"name": "b", "title": "名称"}]}
    assert [header_of(shared, field) for field in shared["fields"]] == ["a", "b"]
    crossed = {"fields": [{"name": "a", "title": "b"}, {"name": "b"}]}
    assert [header_of(crossed, field) for field in crossed["fields"]] == ["a", "b"]
    assert header_of(OWN, OWN["fields"][0]) == "代码"


def test_a_mark_that_names_no_standard_of_ours_means_nothing():
    assert recognised({}) is None
    assert recognised({"standard": "../secrets"}) is None


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
values = st.lists(names, min_size=1, max_size=30, unique=True)
constraints = st.fixed_dictionaries(
    {},
    optional={
        "required": st.booleans(),
        "enum": values,
        "minLength": st.integers(0, 10**6),
        "maxLength": st.integers(0, 10**6),
    },
)
wild_fields = st.fixed_dictionaries(
    {"name": names},
    optional={
        "title": names,
        "description": st.text(st.characters(exclude_categories=["Cs"]), max_size=400),
        "example": names,
        "constraints": constraints,
        "type": st.sampled_from(["string", "string", "any"]),
    },
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(wild_fields, min_size=1, max_size=4, unique_by=lambda field: field["name"]), names)
def test_any_schema_makes_a_workbook_that_opens(fields, title):
    with TemporaryDirectory() as folder:
        path = template(Path(folder), {"title": title, "fields": fields})
        book = openpyxl.load_workbook(path)
        with python_calamine.CalamineWorkbook.from_path(str(path)) as again:
            assert again.sheet_names == book.sheetnames
        assert len(book.worksheets[0].data_validations.dataValidation) == len(fields)
