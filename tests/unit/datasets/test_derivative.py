"""What may be published is settled, told in its schema, and screened once more."""

import csv

from datasets.derivative import derive, is_open, marked
from datasets.exports import export_file
from datasets.parquet import write_parquet
from datasets.pseudonyms import derive_key, key_id
from datasets.query import Query, run
from datasets.reading import is_withheld
from datasets.sensitive import scan
from datasets.settling import decisions
from schemas.records import ExaminationRequest, Finding, Message, Settlement
from tests.common import ugly_files

KEY = derive_key(b"secret", "dataset 1")


def write(path, *rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def made_of(path, labels, schema, found, request):
    """The derivative of a table in which ``found`` was found."""
    decided = decisions(request.settlements, labels)
    noted = marked(found, labels, request, decided)
    out = path.with_name("public.csv")
    return derive(path, labels, schema, noted, request, out, decided=decided)


def text_schema(*names):
    return {"fields": [{"name": name, "type": "string"} for name in names]}


def test_personal_data_that_settling_left_behind_shuts_the_gate_again(tmp_path):
    labels = ["序号", "号", "其他"]
    path = write(tmp_path / "t.csv", labels, ["1", "11010519491231002X", "x"], ["2", "", "y"])
    request = ExaminationRequest("x", withheld=("序号",))
    made = made_of(path, labels, text_schema(*labels), [], request)
    assert made.labels == ["号", "其他"]
    # The finding speaks of the column's place before the closed column was left out.
    assert [(f.id.split(":")[:2], is_open(f)) for f in made.findings] == [
        (["citizen-id", "2"], True)
    ]


def test_a_table_of_which_nothing_is_closed_or_treated_is_published_as_the_same_file(tmp_path):
    labels = ["名称", "代码"]
    path = write(tmp_path / "t.csv", labels, ["甲", "11010519491231002X"])
    kept = tuple(Settlement(one.id, "keep", "依法公开") for one in scan(path, labels))
    request = ExaminationRequest("x", settlements=kept)
    made = made_of(path, labels, text_schema(*labels), scan(path, labels), request)
    assert made.path == path
    assert {one.settled for one in made.findings} == {"keep"}
    assert not (tmp_path / "public.csv").exists()


def test_the_public_schema_says_how_a_column_was_treated_and_by_which_key(tmp_path):
    labels = ["电话", "备注"]
    path = write(tmp_path / "t.csv", labels, ["13800138000", "甲"])
    settlement = Settlement("mobile:1:电话", "pseudonym")
    request = ExaminationRequest("x", settlements=(settlement,), pseudonym_key=KEY)
    schema = text_schema(*labels)
    schema["fields"][0] |= {"title": "联系电话", "constraints": {"pattern": "1[0-9]{10}"}}
    made = made_of(path, labels, schema, scan(path, labels), request)
    assert made.schema["fields"][0] == {
        "name": "电话",
        "type": "string",
        "title": "联系电话",
        "gongkai:treatedBy": ["pseudonym"],
        "gongkai:keyId": key_id(KEY),
    }
    assert KEY not in str(made)


STATISTICS = (
    ["地区", "确诊", "疑似", "合计"],
    ["甲区", "3", "20", "23"],
    ["乙区", "15", "31", "46"],
    ["丙区", "40", "12", "52"],
    ["合计", "58", "63", "121"],
)


def test_small_counts_are_hidden_with_what_would_tell_them_and_are_null_in_parquet(tmp_path):
    labels = STATISTICS[0]
    path = write(tmp_path / "t.csv", *STATISTICS)
    small = Finding(
        "small-cell:2:确诊", "small-cell", "medium", "确诊", 1, Message("Small counts.")
    )
    request = ExaminationRequest("x", settlements=(Settlement(small.id, "suppress"),))
    schema = text_schema(*labels)
    for field in schema["fields"][1:]:
        field["type"] = "integer"
    made = made_of(path, labels, schema, [small], request)
    assert made.path.read_text("utf-8").splitlines() == [
        "地区,确诊,疑似,合计",
        "甲区,*,*,23",
        "乙区,*,*,46",
        "丙区,40,12,52",
        "合计,58,63,121",
    ]
    field = made.schema["fields"][1]
    assert (field["type"], field["missingValues"]) == ("integer", ["", "*"])
    assert (field["gongkai:treatedBy"], field["gongkai:suppressedBelow"]) == (["suppress"], 5)
    write_parquet(made.path, made.schema, tmp_path / "t.parquet")
    rows = run(tmp_path / "t.parquet", Query(limit=10)).table.to_pylist()
    assert [list(row.values())[1] for row in rows] == [None, None, 40, 58]
    export_file(tmp_path / "t.parquet", "csv", tmp_path / "out.csv")
    assert "甲区,,,23" in (tmp_path / "out.csv").read_text("utf-8")


def test_records_of_another_width_are_published_as_far_as_the_header_goes(tmp_path):
    labels = ["电话", "甲", "乙"]
    path = tmp_path / "t.csv"
    path.write_text(
        "电话,甲,乙\n13800138000,1,2\n13900139000\n13700137000,3,4,13600136000\n", "utf-8"
    )
    request = ExaminationRequest("x", settlements=(Settlement("mobile:1:电话", "mask"),))
    made = made_of(path, labels, text_schema(*labels), scan(path, labels), request)
    with made.path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            labels,
            ["1*********0", "1", "2"],
            ["1*********0", "", ""],
            ["1*********0", "3", "4"],
        ]


def test_a_closed_column_is_recognised_under_the_marks_of_a_form():
    assert is_withheld("身 份 证号*", ["身份证号"])
    assert is_withheld("联系电话（必填）", ["联系电话"])
    assert not is_withheld(ugly_files.HEADER[0], ["身份证号"])
