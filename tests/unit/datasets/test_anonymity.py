"""k, l and the classes of a table, counted against a plain count."""

from collections import Counter, defaultdict

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.anonymity import AnonymityProblem, Below, Diversity, measure, suggest

LABELS = ["性别", "出生年", "区", "病种"]
ROWS = [
    ("男", 1990, "海淀", "甲"),
    ("男", 1990, "海淀", "甲"),
    ("男", 1990, "海淀", "乙"),
    ("女", 1990, "海淀", "丙"),
    ("女", 1990, "海淀", "丙"),
    ("女", 1971, None, "丁"),
]


def table(path, rows=ROWS, labels=LABELS):
    columns = zip(*rows, strict=True)
    pq.write_table(pa.table(dict(zip(labels, map(list, columns), strict=True))), path)
    return path


def test_a_report_counts_classes_and_says_which_field_gives_people_away(tmp_path):
    report = measure(table(tmp_path / "t.parquet"), LABELS[:3], "病种")
    assert (report.k, report.rows, report.classes) == (1, 6, 3)
    assert report.below == (Below(2, 1, 1), Below(3, 3, 2), Below(5, 6, 3), Below(10, 6, 3))
    assert report.smallest == ((1, 1), (2, 1), (3, 1))
    assert [(one.low, one.high, one.classes, one.rows) for one in report.bins[:3]] == [
        (1, 1, 1, 1), (2, 2, 1, 2), (3, 4, 1, 3),
    ]  # fmt: skip
    assert report.diversity == Diversity("病种", 1, 3, 2)
    assert {one.field: (one.k, one.rows) for one in report.without} == {
        "性别": (1, 1), "出生年": (1, 6), "区": (1, 6),
    }  # fmt: skip
    assert not [value for row in ROWS for value in row if f"'{value}'" in str(report)]


@pytest.mark.parametrize(
    ("fields", "sensitive", "code"),
    [
        (["无"], "", "anonymity-unknown-field"),
        (["性别"], "无", "anonymity-unknown-field"),
        ([], "", "anonymity-fields"),
        (["性别"], "性别", "anonymity-fields"),
    ],
)
def test_a_question_without_sense_is_refused(tmp_path, fields, sensitive, code):
    with pytest.raises(AnonymityProblem) as caught:
        measure(table(tmp_path / "t.parquet"), fields, sensitive)
    assert caught.value.problem.code == code


def test_a_question_that_takes_too_long_is_ended(tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": range(2_000_000), "b": range(2_000_000)}), path)
    with pytest.raises(AnonymityProblem) as caught:
        measure(path, ["a", "b"], seconds=0.001)
    assert caught.value.problem.code == "anonymity-too-large"


def test_a_table_without_rows_has_no_k(tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(
        pa.table({"性别": pa.array([], pa.string()), "病": pa.array([], pa.string())}), path
    )
    report = measure(path, ["性别"], "病")
    assert (report.k, report.rows, report.diversity) == (0, 0, None)


def test_columns_are_suggested_by_what_their_names_say():
    labels = ["姓名", "性 别", "出生日期", "所在区县", "诊断结果", "金额", "Education", "image"]
    assert suggest(labels) == (["性 别", "出生日期", "所在区县", "Education"], "诊断结果")
    assert suggest(["性别", "文化程度"]) == (["性别", "文化程度"], "")


VALUES = st.one_of(st.none(), st.sampled_from(["a", "b", "c"]))


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=40))
def test_it_counts_as_a_plain_count_does(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("k") / "t.parquet"
    columns = [pa.array(list(column), pa.string()) for column in zip(*rows, strict=True)]
    pq.write_table(pa.table(columns, names=["x", "y", "s"]), path)
    classes = Counter(row[:2] for row in rows)
    values = defaultdict(set)
    for x, y, s in rows:
        values[x, y].add(s)
    report = measure(path, ["x", "y"], "s")
    assert report.k == min(classes.values())
    assert report.classes == len(classes)
    for below in report.below:
        assert below.rows == sum(size for size in classes.values() if size < below.limit)
    assert sum(one.rows for one in report.bins) == len(rows)
    assert report.diversity.l == min(map(len, values.values()))
