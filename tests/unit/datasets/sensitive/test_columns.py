"""Columns searched at speed give what cell after cell gives, whatever is in them."""

import csv
import random
import re
from datetime import date

import polars as pl
import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from datasets.columnar import read_batches
from datasets.identifier_columns import certain_people
from datasets.identifiers import (
    LATEST_BIRTH,
    birth_date,
    certain_organisation,
    fold,
    valid_citizen_id,
)
from datasets.sensitive import DETECTORS, start_scan
from datasets.sensitive.detector import plain_label
from datasets.sensitive.identity import age, digits_of
from datasets.sensitive.scanning import MAX_PLACES, folded, suspects
from tests.common.labelled_cells import CELLS, citizen_id, labelled_cells

ON = date(2026, 11, 1)
LABELS = [
    "内容",
    "联系电话",
    "出生日期",
    "年龄",
    "经度",
    "医保卡号",
    "台胞证",
    "诊断",
    "区",
    "死亡人数",
    "法定代表人",
    "护照号",
    "微信号",
    "身份证号",
]
PIECES = [
    *"0123456789１９٣Xx-–—  \u200b\u3000\t.。·,，:：@＠*＊+()（）年月日号路区E",
    "\n",
    "姓名",
    "联系人：",
    "王小明",
    "张伟",
    "李　四",
    "公司",
    "台胞证",
    "医保卡号:",
    "住院号",
    "北京路5号",
    "合计",
    "1.10105194912310E+17",
    "1.1E+17",
    "138.0013.8000",
    "138 - 0013 - 8000",
    "110105",
    "19491231",
    "002X",
    "138",
    "0013",
    "8000",
    "6222021234567890128",
    "E12345678",
    "C12345678",
    "010-62345678",
    "京A12345",
    "a.b@example.com",
    "116.397412",
    "39.908",
    "军字第1234567号",
    "2015-06-01",
    "3人",
    "岁",
    "12",
    "张**",
]
CELL = st.lists(st.sampled_from(PIECES), max_size=9).map("".join)
SEEDED = st.integers(0, 10**6).map(
    lambda seed: random.Random(seed).choice(CELLS)(random.Random(seed))
)


def expected(cell, detector, label):
    """What the rule of a detector says of one cell, without columns, gates and threads."""
    if detector.sure and detector.sure.search(plain_label(label)):
        plain = pl.Series([fold(cell)])
        counts = plain.str.contains(detector.sure_gate) & ~plain.str.contains(detector.sure_not)
        return bool(counts[0]) and cell != label
    if detector.headers and (not detector.headers.search(plain_label(label)) or cell == label):
        return False
    if detector.words and not detector.words.search(plain_label(label)):
        told = re.search(detector.announced, fold(cell)) is not None
        return told and (not detector.judge or bool(detector.judge(pl.Series([fold(cell)]), ON)[0]))
    hits = [fold(cell)[hit.start : hit.end] for hit in detector.find(cell)]
    if detector.name == "minor":
        births = [birth_date(digits_of(code), ON) for code in hits]
        return any(born is not None and age(born, ON) < 14 for born in births)
    if detector.name.startswith("citizen-id") and detector.name != "citizen-id-15":
        return any(birth_date(digits_of(code), ON) is not None for code in hits)
    judged = detector.name in {"minor-birth-date", "foreign-passport"}
    return bool(hits) and (not judged or bool(detector.judge(pl.Series([fold(cell)]), ON)[0]))


@settings(deadline=None, max_examples=25)
@given(st.lists(st.lists(CELL | SEEDED, min_size=1, max_size=13), max_size=12), st.integers(1, 6))
@example([[""] * 11 + ["E76397250"]], 1)
@example([["110105 19491231 002X"] * 11, ["全市", "١٣٨٠٠١٣٨٠٠٠"]], 1)
def test_columns_give_what_cell_after_cell_gives(tmp_path_factory, rows, repeat):
    path = tmp_path_factory.mktemp("columns") / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([LABELS, *(rows * repeat)])
    table = start_scan(LABELS, ON)
    for batch in read_batches(path, len(LABELS)):
        table.add(batch)
    width = max([len(LABELS), *map(len, rows)])
    assert len(table.columns) == width
    for place in range(width):
        label = LABELS[place] if place < len(LABELS) else ""
        cells = [(number, row[place]) for number, row in read(path) if place < len(row)]
        for name, detector in DETECTORS.items():
            numbers = [n for n, cell in cells if expected(cell, detector, label)]
            if detector.parts:
                totals = [n for n, row in read(path) if any(map(total, (row[0], *row[8:9])))]
                numbers = [number for number in numbers if number not in totals]
            tally = table.columns[place].tallies.get(name)
            assert (tally.rows if tally else 0) == len(numbers), name
            assert (tally.places if tally else []) == numbers[:MAX_PLACES], name


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return [(n, row) for n, row in enumerate(csv.reader(file), 1) if row]


def total(cell):
    return re.match(r"[ \t]*(?:[合总小共] {0,4}计|累计|总数|全[市区县省国])", cell)


@settings(deadline=None, max_examples=60)
@given(st.lists(CELL | SEEDED, max_size=20))
def test_a_gate_lets_every_cell_with_a_hit_through(cells):
    for detector in DETECTORS.values():
        held = suspects(pa.array(cells, pa.string()), [detector]).to_pylist()
        sighted = folded(pl.Series(cells, dtype=pl.String)).str.contains(
            detector.trigger or detector.gate
        )
        for cell, passed, seen in zip(cells, held, sighted, strict=True):
            assert (passed and seen) or not any(detector.find(cell)), detector.name


MARKS = "，。、；：？！（）《》“”‘’【】…〔〕"


def test_a_folded_column_differs_from_folded_cells_in_chinese_marks_only():
    points = [point for point in range(0x110000) if not 0xD800 <= point < 0xE000]
    cells = ["".join(map(chr, points[start : start + 16])) for start in range(0, len(points), 16)]
    for one, cell in zip(folded(pl.Series(cells)), cells, strict=True):
        assert one == fold(cell) or set(cell) & set(MARKS)
    marks = pl.Series([f"{mark}1" for mark in MARKS] + [f"{mark}１" for mark in MARKS])
    assert folded(marks).to_list() == [
        *marks[: len(MARKS)],
        *(fold(text) for text in marks[len(MARKS) :]),
    ]


def test_batches_and_threads_change_nothing(tmp_path):
    path = tmp_path / "t.csv"
    cells = [cell.text for cell in labelled_cells(6_000)]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["内容"], *([cell] for cell in cells)])
    whole, parts = start_scan(["内容"], ON), start_scan(["内容"], ON)
    for batch in read_batches(path, 1):
        whole.add(batch)
    for batch in read_batches(path, 1, block_bytes=4_096):
        parts.add(batch)
    (one,), (other,) = whole.columns, parts.columns
    assert one.filled == other.filled
    assert one.tallies.keys() == other.tallies.keys()
    for name, tally in one.tallies.items():
        found = other.tallies[name]
        assert (tally.rows, tally.places, tally.counts) == (found.rows, found.places, found.counts)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.from_regex(r"\A[1-9][0-9]{16}[0-9X]\Z")
        | st.integers().map(lambda seed: citizen_id(random.Random(seed)))
        | CELL
    )
)
def test_a_column_of_numbers_is_judged_as_each_of_them(cells):
    sure = certain_people(pl.Series(cells, dtype=pl.String), LATEST_BIRTH).to_list()
    for cell, said in zip(cells, sure, strict=True):
        if said:
            assert valid_citizen_id(cell, LATEST_BIRTH)
            assert not certain_organisation(cell)
        elif re.fullmatch("[1-8][0-9]{16}[0-9X]", cell) and not certain_organisation(cell):
            assert not valid_citizen_id(cell, LATEST_BIRTH) or could_be_code(cell)


def could_be_code(cell):
    """Whether the check of a credit code holds, whatever else is wrong with it."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(alphabet.index(char) * pow(3, place, 31) for place, char in enumerate(cell[:17]))
    return alphabet[(31 - total % 31) % 31] == cell[17]
