"""What may be published is screened once more after settling."""

from datasets.derivative import derive, is_open
from datasets.reading import is_withheld
from schemas.records import ExaminationRequest
from tests.common import ugly_files


def test_personal_data_that_settling_left_behind_shuts_the_gate_again(tmp_path):
    rows = [["1", "11010519491231002X", "x"], ["2", "", "y"]]
    schema = {"fields": [{"name": name, "type": "string"} for name in ("序号", "号", "其他")]}
    request = ExaminationRequest("x", withheld=("序号",))
    made = derive(iter(rows), ["序号", "号", "其他"], schema, (), request, tmp_path / "public.csv")
    assert made.labels == ["号", "其他"]
    # The finding speaks of the column's place before the closed column was left out.
    assert [(f.id.split(":")[:2], is_open(f)) for f in made.findings] == [
        (["citizen-id", "2"], True)
    ]


def test_a_closed_column_is_recognised_under_the_marks_of_a_form():
    assert is_withheld("身 份 证号*", ["身份证号"])
    assert is_withheld("联系电话（必填）", ["联系电话"])
    assert not is_withheld(ugly_files.HEADER[0], ["身份证号"])
