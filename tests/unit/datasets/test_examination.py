"""A delivery is examined whole: repairs offered, verdict, findings, artefacts."""

import io
import json

import pytest
import xlsxwriter

from schemas.records import ExaminationResult, Limits, Settlement
from tests.common import packed_files, ugly_files
from tests.common.looking import accept_all, look, public_rows


def kinds(result: ExaminationResult) -> list[str]:
    return [repair.kind for repair in result.repairs]


def error_types(result: ExaminationResult) -> set[str]:
    return {error["type"] for error in result.report["tasks"][0]["errors"]}


@pytest.mark.parametrize("name", ugly_files.UGLY)
def test_every_ugly_file_is_valid_once_its_repairs_are_accepted(name, tmp_path):
    data = ugly_files.UGLY[name]()
    first = look(tmp_path, data)
    assert first.problems == ()
    assert first.repairs
    second = accept_all(tmp_path, data)
    assert second.report["valid"], second.report["tasks"][0]["errors"]
    assert set(second.artefacts) == {"parquet", "csv", "json", "ndjson", "xlsx"}
    assert [repair.id for repair in first.repairs] == [repair.id for repair in second.repairs]
    assert all(repair.accepted for repair in second.repairs)


@pytest.mark.parametrize("name", ugly_files.UGLY)
def test_a_required_repair_that_is_not_accepted_leaves_the_file_invalid(name, tmp_path):
    result = look(tmp_path, ugly_files.UGLY[name]())
    required = [repair.id for repair in result.repairs if repair.required]
    named = [error.get("gongkai:repair") for error in result.report["tasks"][0]["errors"]]
    assert set(required) <= set(named)
    assert result.report["valid"] is (not required)


@pytest.mark.parametrize("make", [packed_files.zip_bomb, packed_files.gzip_bomb])
def test_bombs_are_stopped_while_they_unpack(make, tmp_path):
    result = look(tmp_path, make(), limits=Limits(max_unpacked_bytes=50 << 20))
    assert [problem.code for problem in result.problems] == ["unpacks-too-large"]
    assert sum(file.stat().st_size for file in (tmp_path / "work").iterdir()) <= 52 << 20


def test_title_rows_and_footers_are_named_by_their_place(tmp_path):
    titled = look(tmp_path, ugly_files.gb18030_with_title())
    assert titled.encoding == "gb18030"
    assert [(r.kind, r.place) for r in titled.repairs] == [("title-rows", "rows 1-2")]
    noted = look(tmp_path, ugly_files.footers())
    assert [(r.kind, r.place, r.required) for r in noted.repairs] == [
        ("footer-rows", "rows 15", True),
        ("footer-rows", "rows 14", False),
    ]


def test_stacked_tables_become_one_with_a_column_for_the_part(tmp_path):
    data = ugly_files.stacked()
    assert kinds(look(tmp_path, data)) == ["title-rows", "two-row-header", "stacked-tables"]
    result = accept_all(tmp_path, data)
    rows = public_rows(tmp_path, result)
    assert rows[0] == ["序号", "行政区划", "信用代码(或组织机构代码)", "所属部分"]
    assert [row[3] for row in rows[1:]] == ["一、水环境名录"] * 4 + ["三、大气名录"] * 3


def test_of_stacked_tables_with_other_columns_the_first_alone_is_published(tmp_path):
    first = look(tmp_path, ugly_files.stacked_differently())
    assert not first.report["valid"]
    codes = {error.get("gongkai:code") for error in first.report["tasks"][0]["errors"]}
    assert "further-tables" in codes
    assert first.repairs[0].message.params == {"row": 15, "count": 1, "last": 13}
    result = accept_all(tmp_path, ugly_files.stacked_differently())
    assert result.report["valid"]
    assert public_rows(tmp_path, result) == [list(ugly_files.HEADER), *ugly_files.records()]


def test_a_surplus_value_in_a_row_is_never_dropped(tmp_path):
    result = accept_all(tmp_path, ugly_files.ragged_long())
    errors = result.report["tasks"][0]["errors"]
    assert [(error["type"], error["rowNumber"]) for error in errors] == [("extra-cell", 6)]


def test_a_header_of_two_rows_is_joined(tmp_path):
    result = accept_all(tmp_path, ugly_files.two_row_header())
    assert public_rows(tmp_path, result)[0] == ["单位", "行政处罚_件数", "行政处罚_金额", "备注"]


def test_form_marks_are_taken_off_the_header(tmp_path):
    result = accept_all(tmp_path, ugly_files.required_marks())
    assert public_rows(tmp_path, result)[0] == list(ugly_files.HEADER)


def test_ghost_columns_vanish_and_real_columns_stay(tmp_path):
    result = accept_all(tmp_path, ugly_files.ghost_columns())
    assert (result.columns, result.rows) == (5, 12)


def test_numbers_are_freed_of_their_marks_and_codes_stay_text(tmp_path):
    result = accept_all(tmp_path, ugly_files.number_marks())
    rows = public_rows(tmp_path, result)
    assert [row[4] for row in rows[1:3]] == ["1234567.50", "123.00"]
    assert rows[3][1] == "前后空格"
    assert rows[4][1] == "零宽字符"
    types = {field["name"]: field["type"] for field in result.table_schema["fields"]}
    assert types["统一社会信用代码"] == "string"
    assert types["金额"] == "number"


def test_destroyed_codes_make_the_version_invalid_and_say_which_rows(tmp_path):
    result = accept_all(tmp_path, ugly_files.float_damaged())
    errors = result.report["tasks"][0]["errors"]
    assert [(e["type"], e["rowNumber"], e["fieldNumber"]) for e in errors] == [
        ("float-damaged-code", 3, 3),
        ("float-damaged-code", 4, 3),
        ("float-damaged-code", 5, 3),
    ]
    assert "column set to text" in errors[0]["note"]
    assert ugly_files.FLOAT_DAMAGED[0] not in json.dumps(result.report)


def test_numbers_of_a_workbook_beyond_fifteen_digits_are_destroyed_codes(tmp_path):
    result = accept_all(tmp_path, ugly_files.xlsx_destroyed())
    assert error_types(result) == {"float-damaged-code"}


def test_serial_numbers_that_only_look_rounded_by_chance_pass(tmp_path):
    rows = [[str(202_401_010_000_000_001 + 7 * i), "x"] for i in range(300)]
    result = accept_all(tmp_path, ugly_files.csv_bytes([["流水", "名称"], *rows]))
    assert result.report["valid"]


def test_workbook_cells_become_plain_text(tmp_path):
    result = accept_all(tmp_path, ugly_files.xlsx_with_title())
    assert result.sheet == "名单"
    assert "other-sheets" in kinds(result)
    assert public_rows(tmp_path, result)[1][:1] == ["1"]
    assert public_rows(tmp_path, result)[1][4] == "101.25"


def test_hidden_columns_of_a_workbook_must_be_agreed_to(tmp_path):
    data = ugly_files.xlsx_hidden_column()
    first = look(tmp_path, data)
    assert kinds(first) == ["hidden-cells"]
    assert not first.report["valid"]
    assert accept_all(tmp_path, data).report["valid"]


def test_workbooks_named_otherwise_are_told_by_content(tmp_path):
    assert look(tmp_path, ugly_files.xlsx_with_title(), file_name="名单.csv").kind == "xlsx"
    assert look(tmp_path, ugly_files.ods([ugly_files.HEADER, *ugly_files.records()])).kind == "ods"


def test_json_in_its_shapes_is_read(tmp_path):
    objects = ugly_files.objects()
    lines = b"\n".join(map(ugly_files.json_text, objects))
    for data, kind in (
        (ugly_files.json_text(objects), "json"),
        (ugly_files.json_text({"code": "0", "data": objects}), "json"),
        (ugly_files.json_text([ugly_files.HEADER, *ugly_files.records()]), "json"),
        (lines, "ndjson"),
        (ugly_files.geojson(), "geojson"),
    ):
        result = look(tmp_path, data)
        assert (result.kind, result.report["valid"]) == (kind, True), result.problems
        assert result.rows in {12, 5}
        assert result.artefacts


def test_integers_beyond_64_bits_keep_every_digit(tmp_path):
    result = look(tmp_path, ugly_files.big_integers())
    assert public_rows(tmp_path, result)[1] == ["123456789012345678901234567890", "1.10"]


def test_parquet_is_read_as_text(tmp_path):
    result = look(tmp_path, ugly_files.parquet(tmp_path))
    assert result.kind == "parquet"
    assert public_rows(tmp_path, result)[1][0] == "0012"


def test_a_member_of_an_archive_can_be_named(tmp_path):
    data = packed_files.zipped(
        {"甲.csv": ugly_files.clean_csv(), "乙.csv": ugly_files.blank_header()}
    )
    result = look(tmp_path, data, member="甲.csv")
    assert result.report["valid"]
    assert result.members == ("甲.csv", "乙.csv")
    missing = look(tmp_path, data, member="丙.csv")
    assert [problem.code for problem in missing.problems] == ["no-such-member"]


def test_a_table_without_rows_is_not_valid(tmp_path):
    for data in (b"a,b\r\n", b"," * 49 + b"\r\n", b"[]"):
        result = look(tmp_path, data)
        assert not result.report["valid"]
        assert result.artefacts == {}


def test_the_same_request_gives_the_same_result(tmp_path):
    data = ugly_files.gb18030_with_title()
    first, second = accept_all(tmp_path / "a", data), accept_all(tmp_path / "b", data)
    assert first.artefacts == second.artefacts
    for name in first.artefacts.values():
        if not name.endswith("xlsx"):
            one, two = (tmp_path / f / "work" / name for f in ("a", "b"))
            assert one.read_bytes() == two.read_bytes()


def test_blank_rows_above_the_header_can_be_repaired(tmp_path):
    data = b"\r\n\r\na,b\r\n1,2\r\n3,4\r\n"
    assert not look(tmp_path, data).report["valid"]
    result = accept_all(tmp_path, data)
    assert public_rows(tmp_path, result) == [["a", "b"], ["1", "2"], ["3", "4"]]


def test_errors_name_the_rows_of_the_delivered_file(tmp_path):
    schema = {"fields": [{"name": name, "type": "string"} for name in ugly_files.HEADER]}
    schema["fields"][4] = {"name": "金额", "type": "integer", "constraints": {"maximum": 111}}
    result = accept_all(tmp_path, ugly_files.gb18030_with_title(), table_schema=schema)
    errors = result.report["tasks"][0]["errors"]
    # Two title rows and the header stand above the record whose amount is 112.
    assert [(error["type"], error["rowNumber"]) for error in errors] == [("constraint-error", 15)]


def test_a_schema_that_fits_by_name_orders_the_published_fields(tmp_path):
    schema = {"fields": [{"name": "金额", "type": "number"}], "fieldsMatch": "subset"}
    result = look(tmp_path, ugly_files.clean_csv(), table_schema=schema)
    assert [field["name"] for field in result.public_schema["fields"]] == list(ugly_files.HEADER)
    assert result.public_schema["fields"][4]["type"] == "number"


def test_a_schema_that_is_none_is_a_problem(tmp_path):
    result = look(tmp_path, ugly_files.clean_csv(), table_schema={"fields": 3})
    assert [problem.code for problem in result.problems] == ["schema-fields"]


def test_an_unknown_way_of_settling_is_a_problem_and_publishes_nothing(tmp_path):
    data = ugly_files.citizen_ids()
    settlements = tuple(Settlement(f.id, "forget") for f in look(tmp_path, data).findings)
    result = look(tmp_path, data, settlements=settlements)
    assert [problem.code for problem in result.problems] == ["settlement-unknown"]
    assert result.artefacts == {}


def test_generalised_columns_become_text_in_the_published_schema(tmp_path):
    rows = [[str(i), "13800138000"] for i in range(4)]
    data = ugly_files.csv_bytes([["序号", "号"], *rows])
    schema = {
        "fields": [
            {"name": "序号", "type": "integer"},
            {"name": "号", "type": "integer", "constraints": {"required": True}},
        ],
        "primaryKey": ["序号"],
    }
    found = look(tmp_path, data, table_schema=schema).findings
    result = look(
        tmp_path,
        data,
        table_schema=schema,
        settlements=tuple(Settlement(finding.id, "generalise") for finding in found),
    )
    assert result.public_schema["fields"][1] == {
        "name": "号", "type": "string", "gongkai:treatedBy": ["generalise"],
    }  # fmt: skip
    assert result.public_schema["primaryKey"] == ["序号"]
    assert "13800138000" not in json.dumps(result.profile)


def test_what_is_kept_with_a_ground_is_published_as_it_is(tmp_path):
    data = ugly_files.citizen_ids()
    found = look(tmp_path, data).findings
    kept = tuple(Settlement(finding.id, "keep", "consent") for finding in found)
    result = look(tmp_path, data, settlements=kept)
    assert result.artefacts
    assert {finding.settled for finding in result.findings} == {"keep"}


def test_nothing_is_published_when_every_column_is_closed(tmp_path):
    result = look(tmp_path, ugly_files.clean_csv(), withheld=ugly_files.HEADER)
    assert result.report["valid"]
    assert result.artefacts == {}
    assert all(row == () for row in result.preview)


def test_a_workbook_too_long_for_a_spreadsheet_export_has_the_other_formats(tmp_path):
    result = look(tmp_path, ugly_files.clean_csv(), limits=Limits(xlsx_rows=5))
    assert set(result.artefacts) == {"parquet", "csv", "json", "ndjson"}


def test_merged_cells_are_filled_down_only_when_agreed_to(tmp_path):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 2, "名单")
        sheet.write_row(1, 0, ["区", "街道", "数量"])
        for row in range(2, 8):
            sheet.write_row(row, 1, [f"街道{row}", row])
        sheet.merge_range(2, 0, 4, 0, "东城")
        sheet.merge_range(5, 0, 7, 0, "西城")
    first = look(tmp_path, out.getvalue())
    assert kinds(first) == ["title-rows", "merged-cells"]
    titles = tuple(repair.id for repair in first.repairs if repair.kind == "title-rows")
    left = look(tmp_path, out.getvalue(), repairs=titles)
    assert [row[0] for row in public_rows(tmp_path, left)[1:]] == ["东城", "", "", "西城", "", ""]
    result = accept_all(tmp_path, out.getvalue())
    assert [row[0] for row in public_rows(tmp_path, result)[1:]] == ["东城"] * 3 + ["西城"] * 3
