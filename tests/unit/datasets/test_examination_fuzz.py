"""Whatever is delivered, the examination answers, and no row is lost without being named."""

import csv
import io
import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.examination import examine
from schemas.records import ExaminationRequest, ExaminationResult, Limits
from tests.common import ugly_files

LIMITS = Limits(max_unpacked_bytes=20 << 20, xlsx_rows=0)
SEEDS = [*ugly_files.UGLY.values(), ugly_files.clean_csv, ugly_files.geojson]
DIRT = [
    b'"',
    b",",
    b"\r",
    b"\n",
    b"\xef\xbb\xbf",
    b"\xff",
    b"\x80",
    b"\t",
    b" ",
    b";",
    b"{",
    b"'",
    b"\xe4",
]
CELLS = st.one_of(
    st.sampled_from(
        ["", "", "1", "12", "1,234", "１２", "2024年3月5日", "45356", " x ", "名称", "金额", "合计",
         "一、水", "注：无", "Unnamed: 3", "1.1E+17", "911102287567016960", "a\nb", "\u200b", '"', "12万元"]
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5),
)  # fmt: skip


@cache
def seed_bytes(seed: int) -> bytes:
    """A workbook holds the moment it was made, so each is made once."""
    return SEEDS[seed]()


def look(folder, data: bytes, repairs: tuple[str, ...] = ()) -> ExaminationResult:
    source = folder / "delivery"
    source.write_bytes(data)
    request = ExaminationRequest("x", repairs=repairs, limits=LIMITS)
    return examine(source, folder / "work", request, lambda _share, _stage: None)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(SEEDS) - 1), st.randoms(use_true_random=False))
def test_damaged_bytes_are_examined_or_refused(tmp_path_factory, seed, draw):
    data = bytearray(seed_bytes(seed))
    for _ in range(draw.randrange(1, 12)):
        place = draw.randrange(len(data) + 1)
        match draw.randrange(4):
            case 0:
                data[place:place] = draw.choice(DIRT) * draw.choice([1, 1, 2, 40])
            case 1:
                del data[place : place + draw.randrange(1, 30)]
            case 2 if place < len(data):
                data[place] = draw.randrange(256)
            case _:
                data[place:place] = data[draw.randrange(len(data) + 1) :][: draw.randrange(80)]
    folder = tmp_path_factory.mktemp("fuzz")
    result = look(folder, bytes(data))
    if result.problems:
        assert result.artefacts == {}
        return
    again = look(folder, bytes(data), tuple(repair.id for repair in result.repairs))
    assert again.problems == ()
    assert [one.id for one in again.repairs] == [one.id for one in result.repairs]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=25),
    seed=st.integers(),
)
def test_every_row_comes_out_or_is_named(tmp_path_factory, encoding, rows, seed):
    draw = random.Random(seed)
    rows = [["名称", "数量", "备注"], *rows]
    out = io.StringIO()
    csv.writer(out, lineterminator=draw.choice(["\n", "\r\n"])).writerows(rows)
    folder = tmp_path_factory.mktemp("fuzz")
    data = out.getvalue().encode(encoding)
    first = look(folder, data)
    # Text without any Chinese may well be read as another encoding; then there is nothing to count.
    if first.problems or first.delimiter != ",":
        return
    header = {one.kind for one in first.repairs} & {"title-rows", "two-row-header"}
    if not header:
        assert first.rows == len(rows) - 1
    result = look(folder, data, tuple(repair.id for repair in first.repairs))
    named = {one.kind: one.message.params.get("count", 0) for one in result.repairs}
    if {"stacked-tables", "two-row-header", "further-tables"} & named.keys():
        return
    totals = sum(one.message.params["count"] for one in result.repairs if one.kind == "footer-rows")
    gone = named.get("title-rows", 0) + named.get("blank-rows", 0) + totals
    assert len(rows) - 1 - gone <= result.rows <= len(rows) - 1 - gone + _blank_above(rows, result)


def _blank_above(rows: list[list[str]], result: ExaminationResult) -> int:
    """Blank rows between title rows go with them and are not counted twice."""
    return sum(1 for row in rows if not "".join(row).strip()) if result.repairs else 0
