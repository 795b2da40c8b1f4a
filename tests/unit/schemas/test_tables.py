"""The collecting schemas are valid, complete, and validate a table that follows them."""

import csv

import pytest
from frictionless import Schema

from datasets import headings
from datasets.checks import FIELD_CHECKS
from datasets.validation import accept_schema, validate_csv
from schemas import tables


@pytest.fixture(params=tables.names())
def schema(request):
    return tables.load(request.param)


def test_every_schema_is_a_valid_table_schema_that_the_product_accepts(schema):
    Schema.from_descriptor(schema)
    accepted = accept_schema(schema)
    assert [field["name"] for field in accepted["fields"]] == [
        field["name"] for field in schema["fields"]
    ]


def test_every_schema_names_itself_its_sources_and_its_key(schema):
    names = {field["name"] for field in schema["fields"]}
    assert schema["name"] in tables.names()
    assert schema["title"]
    assert schema["description"]
    assert all(source["title"] for source in schema["sources"])
    assert names.issuperset(schema["primaryKey"])


def test_every_field_has_a_chinese_title_and_a_name_for_programs(schema):
    english = [field["gongkai:nameEn"] for field in schema["fields"]]
    assert len(set(english)) == len(english)
    assert all(name.isascii() and name.isidentifier() for name in english)
    assert all(field["title"] for field in schema["fields"])


def test_every_schema_and_field_speaks_english_too(schema):
    said = [schema["gongkai:titleEn"], schema["gongkai:descriptionEn"]]
    said += [field["gongkai:titleEn"] for field in schema["fields"]]
    said += [field["gongkai:descriptionEn"] for field in schema["fields"] if "description" in field]
    assert all(said)


def test_every_header_in_use_means_one_field(schema):
    names = [field["name"] for field in schema["fields"]]
    aliases = [alias for field in schema["fields"] for alias in field.get("gongkai:aliases", [])]
    for field in schema["fields"]:
        for alias in field.get("gongkai:aliases", []):
            assert headings.named([alias], schema) == [field["name"]]
    assert len({*names, *aliases}) == len(names) + len(aliases)


def test_a_pattern_is_explained_in_words(schema):
    assert all(
        field.get("description")
        for field in schema["fields"]
        if "pattern" in field.get("constraints", {})
    )


def test_the_examples_of_the_fields_make_a_valid_row(tmp_path, schema):
    record = {field["name"]: field.get("example", "") for field in schema["fields"]}
    assert validate(tmp_path, schema, record) == []


def test_columns_may_stand_in_any_order_and_optional_ones_may_lack(tmp_path, schema):
    needed = [
        field
        for field in schema["fields"]
        if field.get("constraints", {}).get("required") or field["name"] in schema["primaryKey"]
    ]
    record = {field["name"]: field.get("example", "1") for field in reversed(needed)}
    assert validate(tmp_path, schema, record, names=list(record)) == []
    lacking = dict(list(record.items())[:-1])
    assert validate(tmp_path, schema, lacking, names=list(lacking)) == ["missing-label"]


def test_every_check_that_a_field_asks_for_exists(schema):
    asked = {field["gongkai:check"] for field in schema["fields"] if "gongkai:check" in field}
    assert asked <= set(FIELD_CHECKS)


def test_no_schema_asks_for_the_document_numbers_of_people(schema):
    assert not [field["name"] for field in schema["fields"] if "证件号码" in field["name"]]


def test_an_unknown_schema_is_a_key_error():
    with pytest.raises(KeyError):
        tables.load("../secrets")


PENALTY = {
    "行政相对人名称": "某某科技有限公司",
    "行政相对人类别": "法人及非法人组织",
    "行政相对人代码_1（统一社会信用代码）": "91350100M000100Y43",
    "行政处罚决定书文号": "京某罚〔2024〕1号",
    "违法行为类型": "未按规定公示",
    "违法事实": "经查未按规定公示",
    "处罚依据": "某条例第一条",
    "处罚类别": "警告;罚款",
    "处罚内容": "罚款人民币壹万元",
    "罚款金额（万元）": "1.00",
    "处罚决定日期": "2024-03-01",
    "公示截止期": "2025-03-01",
    "处罚机关": "某局",
    "处罚机关统一社会信用代码": "11110000000021610G",
    "数据来源单位": "某局",
    "数据来源单位统一社会信用代码": "11110000000021610G",
}


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({}, []),
        ({"公示截止期": "2023-03-01"}, ["date-order"]),
        ({"处罚类别": "口头教育"}, ["constraint-error"]),
        ({"处罚机关统一社会信用代码": "11110000000021610A"}, ["credit-code"]),
        ({"罚款金额（万元）": "壹万"}, ["type-error"]),
    ],
)
def test_a_penalty_record_is_judged_by_the_published_standard(tmp_path, change, errors):
    schema = tables.load("administrative-penalty")
    record = {field["name"]: "" for field in schema["fields"]} | PENALTY | change
    assert validate(tmp_path, schema, record) == errors


BUDGET = {
    "年度": "2024",
    "口径": "决算",
    "收入合计": "10",
    "支出合计": "10",
    "三公经费合计": "3.00",
    "因公出国（境）费": "1.00",
    "公务接待费": "1.00",
    "公务用车购置及运行维护费": "1.00",
    "公务用车购置费": "0",
    "公务用车运行维护费": "1.00",
}


def test_the_three_public_expenses_add_up_in_every_row_and_in_the_row_of_totals(tmp_path):
    schema = tables.load("budget-summary")
    units = [BUDGET | {"单位名称": "甲局"}, BUDGET | {"单位名称": "乙局"}]
    total = {
        name: str(float(value) * 2)
        for name, value in BUDGET.items()
        if name not in ("年度", "口径")
    }
    total |= {"年度": "2024", "口径": "决算", "单位名称": "合计"}
    assert validate(tmp_path, schema, *units, total) == []
    assert validate(tmp_path, schema, *units, total | {"收入合计": "21"}) == ["totals"]
    assert validate(tmp_path, schema, units[0] | {"三公经费合计": "3.50"}) == ["totals"]


def validate(tmp_path, schema, *records, names=()):
    """The types of errors that the records have under the schema."""
    names = names or [field["name"] for field in schema["fields"]]
    path = tmp_path / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(records)
    report = validate_csv(path, schema)
    return [error["type"] for error in report["tasks"][0]["errors"]]
