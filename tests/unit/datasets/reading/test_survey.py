"""The column-wise survey finds exactly what a walk row by row finds, and says when a file ends open."""

import csv
import random
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets import columnar
from datasets.reading import columns, survey
from datasets.reading.facts import Facts
from datasets.reading.grammar import Row, ends_open
from datasets.reading.mends import MENDS
from datasets.reading.tables import Table
from schemas.records import Limits
from tests.common.survey_by_rows import failing_codes, survey_by_rows
from tests.common.ugly_files import CREDIT_CODES, FLOAT_DAMAGED

VALUES = {
    "金额": ["12", "1,234", "１２", "3.5", " 7 ", "１，２３４", "12万元", "", "-", "0"],
    "占比": ["12%", "3.5%", "100%", "４％", "", "12"],
    "日期": ["2024-03-05", "2024年3月5日", "二〇二四年三月", "45356", "2024/3/5", "2024-3-5", "", "2024.13.40"],
    "代码": ["A1", "Ａ１", "B-2", "甲", "a ", ""],
    "邮编": ["100000", "10000", "010000", ""],
    "信用代码": [*CREDIT_CODES, *FLOAT_DAMAGED, "1.1E+17", " 911102287567016960 ", "11010519491231002X", ""],
    "说明": ["", " 前", "后\u3000", "零\u200b宽", "行\n行", "a,b", '引"号', "\ufeff", "\u3000", "序号", "一、水", "合计"],
}  # fmt: skip
LABELS = list(VALUES)


def row_of(draw: random.Random) -> Row:
    kind = draw.random()
    row = [draw.choice(VALUES[label]) for label in LABELS]
    if kind < 0.03:
        return [draw.choice(["一、水环境", "二、大气", "注：无"]), *[""] * (len(LABELS) - 1)]
    if kind < 0.05:
        return list(LABELS)
    if kind < 0.08:
        return [draw.choice(["", " ", "\u3000"]) for _ in LABELS]
    if kind < 0.10:
        return []
    if kind < 0.14:
        return [*row, draw.choice(["", "多"])]
    return row[: draw.randrange(1, len(row))] if kind < 0.17 else row


def another_table(draw: random.Random) -> list[Row]:
    """A table of other columns below the first one, of whose cells nothing is said."""
    title = ["二、名录", *[""] * draw.choice([0, 3, len(LABELS) - 1])]
    return [
        [],
        title,
        ["编号", "类型", "类别"],
        *([" 1", "甲 ", "１"] for _ in range(draw.randrange(9))),
    ]


def written(folder: Path, rows: list[Row], **about: object) -> Table:
    path = folder / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return Table("csv", "text/csv", path, Limits(), **about)  # type: ignore[arg-type]


def said(facts: Facts) -> dict[str, object]:
    """Everything a survey says, in a form that compares."""
    plain = {name: getattr(facts, name) for name in Facts.__dataclass_fields__}
    plain["cells"] = dict(sorted(facts.cells.items()))
    plain["damage"] = facts.damage.verdict(facts.labels, ())
    plain["tail"] = list(facts.tail)
    return plain


@settings(max_examples=120, deadline=None)
@given(st.randoms(use_true_random=False), st.booleans(), st.sampled_from([0, 3, 40, 300, 900]))
def test_it_finds_what_a_walk_row_by_row_finds(tmp_path_factory, draw, keyed, count):
    rows = [LABELS, *(row_of(draw) for _ in range(count))]
    if draw.random() < 0.3 and not keyed:
        rows = [["名单", *[""] * (len(LABELS) - 1)], *rows]
    if draw.random() < 0.4 and not keyed:
        rows += another_table(draw)
    table = written(tmp_path_factory.mktemp("survey"), rows, keyed=keyed, raw=draw.random() < 0.5)
    assert said(survey(table)) == said(survey_by_rows(rows, keyed=keyed))


def test_it_is_the_same_in_many_small_batches(tmp_path, monkeypatch):
    draw = random.Random(3)
    rows = [LABELS, *(row_of(draw) for _ in range(3_000)), *another_table(draw)]
    table = written(tmp_path, rows)
    facts = survey_by_rows(rows)
    assert [(one.start, one.title) for one in facts.foreign] == [(3_001, "二、名录")]
    by_rows = said(facts)
    given = columnar.read_batches
    for size in (700, 5_000, 100_000):
        monkeypatch.setattr(
            sys.modules["datasets.reading.walk"],
            "read_batches",
            lambda *args, size=size, **more: given(*args, block_bytes=size, **more),
        )
        assert said(survey(table)) == by_rows


@given(st.lists(st.from_regex(r"\A[0-9]{17,18}[0X]?\Z"), max_size=30))
def test_check_digits_are_counted_by_columns_as_one_by_one(codes):
    cells = [
        *codes,
        *CREDIT_CODES,
        *FLOAT_DAMAGED,
        "110105194912310021",
        "440524188001010014",
        "",
        "x" * 18,
    ]
    assert columns.failing_codes(pa.array(cells, pa.string())) == failing_codes(cells)


@given(
    st.lists(st.one_of(*(st.sampled_from(cells) for cells in VALUES.values()), st.text(max_size=9)))
)
def test_no_mend_changes_a_cell_that_its_hint_passes_over(cells):
    column = pa.array(cells, pa.string())
    kinds = [(kind, {"number-units": "万元", "leading-zeros": "6"}.get(kind, "")) for kind in MENDS]
    found = columns.to_mend(column, kinds)
    for kind, parameter in kinds:
        expected = [columns.mended_cell(MENDS[kind], cell, parameter) != cell for cell in cells]
        mask = found.get(kind)
        assert (mask.to_pylist() if mask is not None else [False] * len(cells)) == expected, kind


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ('a,b\n1,"x', True),
        ('a,b\n1,"x\n2,3\n4,5\n', True),
        ('a,b\r\n1,"x\r\n2,3\r\n', True),
        ('a,b\n1,"x\n\n\n', True),
        ('a,b\n1,"x"\n', False),
        ('a,b\n1,"x\ny"', False),
        ('a,b\n1,5" pipe\n', False),
        ('a,b\n1,"x""\n', True),
        ('a,b\n1,"""x"""\n', False),
        ('"', True),
        ("", False),
    ],
)
def test_a_file_that_ends_inside_a_quotation_mark_is_told(tmp_path, text, is_open):
    path = tmp_path / "file"
    path.write_bytes(text.encode())
    last = list(csv.reader(text.splitlines(keepends=True)))[-1:] or [[]]
    assert ends_open(path, ",", last[0]) is is_open
