"""Inference errs towards text, for a code that became a number is lost."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.validation import infer_schema, validate_csv
from tests.common.columns import batch_of


def kinds(labels, rows):
    return [field["type"] for field in infer_schema(labels, batch_of(rows))["fields"]]


@pytest.mark.parametrize(
    ("label", "values", "kind"),
    [
        ("数量", ["1", "-7", "300"], "integer"),
        ("金额", ["1", "2.50", ""], "number"),
        ("日期", ["2024-01-31", "2023-12-01"], "date"),
        ("时间", ["2024-01-31 08:00:00"], "datetime"),
        ("标志", ["true", "false"], "boolean"),
        ("名称", ["甲", "乙"], "string"),
        ("空", ["", ""], "string"),
        ("序列", ["007", "8"], "string"),
        ("长数", ["1234567890123456"], "string"),
        ("统一社会信用代码", ["911102287567016960"], "string"),
        ("证件号码", ["123456"], "string"),
        ("联系电话", ["62345678"], "string"),
        ("科学", ["1.1E+17"], "string"),
        ("假日期", ["2024-02-31"], "string"),
        ("混合", ["12", "十二"], "string"),
    ],
)
def test_a_column_gets_the_narrowest_type_that_loses_nothing(label, values, kind):
    assert kinds([label], [[value] for value in values]) == [kind]


@pytest.mark.parametrize(
    ("value", "form"),
    [("2024/1/5", "%Y/%m/%d"), ("2024年1月5日", "%Y年%m月%d日"), ("2024-1-5", "%Y-%m-%d")],
)
def test_other_spellings_of_dates_are_kept_as_a_format(value, form):
    assert infer_schema(["日期"], batch_of([[value]]))["fields"][0] == {
        "name": "日期",
        "type": "date",
        "format": form,
    }


def test_what_fits_a_later_batch_only_was_not_there_from_the_start():
    batches = [*batch_of([["1"]]), *batch_of([["2024-01-31"]]), *batch_of([["2.5"]])]
    assert infer_schema(["值"], batches)["fields"][0]["type"] == "string"
    widened = [*batch_of([["1"], ["2"]]), *batch_of([["2.5"]]), *batch_of([["3"]])]
    assert infer_schema(["值"], widened)["fields"][0]["type"] == "number"


def test_one_bad_value_after_thousands_of_good_ones_decides():
    rows = [[str(number)] for number in range(1, 20_000)] + [["无"]]
    assert kinds(["数量"], rows) == ["string"]


def test_blank_and_repeated_labels_get_names_of_their_own():
    schema = infer_schema(["名称", "", "名称", " "], batch_of([["a", "b", "c", "d"]]))
    assert [field["name"] for field in schema["fields"]] == ["名称", "field2", "名称2", "field4"]


def test_ragged_rows_are_read_as_far_as_they_go():
    assert kinds(["a", "b"], [["1"], ["2", "x", "surplus"], []]) == ["integer", "string"]


cells = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    st.integers().map(str),
    st.decimals(allow_nan=False).map(str),
    st.dates().map(str),
    st.datetimes().map(str),
    st.sampled_from(["", "true", "0", "007", "1_000", "１２", " 1", "+5", "1e3"]),
)


@settings(deadline=None)
@given(st.lists(cells, min_size=1, max_size=20))
def test_an_inferred_schema_accepts_the_column_it_came_from(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("inferred") / "t.csv"
    quoted = ['"' + value.replace('"', '""') + '"' for value in values]
    path.write_text("\n".join(["a,b", *(f"x,{cell}" for cell in quoted), ""]), encoding="utf-8")
    schema = infer_schema(["a", "b"], batch_of([["x", value] for value in values]))
    assert validate_csv(path, schema)["valid"]


def test_a_day_without_end_is_a_day_as_it_is_to_frictionless():
    batches = [[pa.array(["2024-01-01", "9999-12-31", ""])]]
    assert infer_schema(["有效期至"], batches)["fields"] == [{"name": "有效期至", "type": "date"}]
