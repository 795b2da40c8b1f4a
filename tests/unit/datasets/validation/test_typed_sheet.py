"""Sheets read in columns have the cells that openpyxl reads, whatever program wrote them."""

import io
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from datasets.validation.typed_cells import NONE, OTHER, TypedBatch, UnsureError
from datasets.validation.typed_sheet import read_sheet
from datasets.validation.typed_workbook import open_sheet, read_rows

at = partial(datetime, tzinfo=None)
"""A spreadsheet knows no zones."""

CELLS = (
    None, None, "", "a", "北京", "a&b<c>", " x ", "x\ny", "1", "é" * 40, "=1+1", "#N/A", 0, 1, -5,
    10**15, 2**60, 12345678901234567890, 0.1, 1.5, 0.1 + 0.2, 1e-7, 1e22, 1e300, -0.0, 100.0,
    True, False, at(2023, 1, 5), at(2023, 1, 5, 8, 30, 15),
    at(2023, 1, 5, 8, 30, 15, 250_000), at(1900, 1, 1), at(1900, 2, 28, 1),
    at(9999, 12, 31), date(2024, 2, 29), time(8, 0), time(23, 59, 59), timedelta(hours=30),
)  # fmt: skip


def expected_rows(content: bytes) -> list[tuple[int, list[Any]]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        return [
            (number, list(row))
            for number, row in enumerate(book.worksheets[0].iter_rows(values_only=True), 1)
        ]


def read(
    content: bytes, block_bytes: int = 4_096, few_rows: int = 1
) -> list[tuple[int, list[Any]]]:
    sheet = open_sheet(io.BytesIO(content), 1)
    return rows_of(read_sheet(sheet, block_bytes=block_bytes, few_rows=few_rows))


def rows_of(batches: Iterator[TypedBatch]) -> list[tuple[int, list[Any]]]:
    rows = []
    for batch in batches:
        assert not batch.ragged
        for place, number in enumerate(batch.numbers):
            row = batch.row(place)
            rows.append((number, row))
            for column, cell in zip(batch.columns, row, strict=True):
                assert_described(column.kinds[place], column.texts[place], cell)
    return rows


def assert_described(kind: int, text: str | None, cell: Any) -> None:
    """The kind and text of a cell are those of the cell."""
    assert (kind == NONE) is (cell is None)
    if text is not None and kind != OTHER:
        assert text == (cell.isoformat() if hasattr(cell, "isoformat") else str(cell))


def assert_same(content: bytes, block_bytes: int = 4_096) -> None:
    found, expected = read(content, block_bytes), expected_rows(content)
    assert found == expected
    assert [[type(cell) for cell in row] for _, row in found] == [
        [type(cell) for cell in row] for _, row in expected
    ]


def by_openpyxl(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for number, row in enumerate(rows, 1):
        for place, cell in enumerate(row, 1):
            if cell is not None:
                book.active.cell(number, place, cell)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def by_xlsxwriter(rows: list[list[Any]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet()
    grey = book.add_format({"bg_color": "#dddddd"})
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            if cell is None:
                sheet.write_blank(number, place, None, grey)
            else:
                sheet.write(number, place, cell)
    book.close()
    return out.getvalue()


tables = st.integers(1, 5).flatmap(
    lambda width: st.lists(
        st.lists(st.sampled_from(CELLS), min_size=width, max_size=width), min_size=1, max_size=12
    )
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables, st.booleans(), st.sampled_from([1, 10, 40]), st.sampled_from([300, 4_096, 2**22]))
def test_any_table_is_read_as_openpyxl_reads_it(
    rows: list[list[Any]], other_writer: bool, repeats: int, block_bytes: int
) -> None:
    write = by_xlsxwriter if other_writer else by_openpyxl
    assert_same(write(rows * repeats), block_bytes)


@pytest.mark.parametrize("constant_memory", [True, False])
def test_a_regular_table_is_read_by_templates(constant_memory: bool) -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": constant_memory})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["序号", "名称", "金额", "公式"])
    for number in range(1, 2_000):
        sheet.write_row(number, 0, [number, f"公司{number % 7}", number / 4])
        sheet.write_formula(number, 3, f"=A{number + 1}*2", None, number * 2)
    book.close()
    assert_same(out.getvalue(), 2**14)


def test_rows_that_are_left_out_are_empty_rows() -> None:
    book = openpyxl.Workbook()
    for number in (1, 2, 7, 300):
        book.active.cell(number, 1, number)
        book.active.cell(number, 3, "x")
    content = saved(book)
    assert_same(content)
    assert read(content)[4] == (5, [None, None, None])


def test_rows_that_only_the_dimension_declares_are_not_there() -> None:
    content = changed(by_openpyxl([["a", "b"], [1, 2]]), 'ref="A1:B2"', 'ref="A1:B200000"')
    assert_same(content)


def test_a_sheet_may_hold_very_many_empty_rows() -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "a"
    book.active["A200000"] = 1
    batches = list(read_sheet(open_sheet(io.BytesIO(saved(book)), 1)))
    assert sum(len(batch.numbers) for batch in batches) == 200_000


def test_rich_text_is_read_as_plain_text() -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = CellRichText("plain ", TextBlock(InlineFont(b=True), "bold"))
    book.active["A2"] = "_x000D_ & x005F_"
    assert_same(saved(book))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</row>", "<!-- a remark --></row>"),
        ('<row r="2"', '<row r="9"'),
        ('<dimension ref="A1:B3"/>', ""),
        ('<dimension ref="A1:B3"/>', '<dimension ref="A1:A2"/>'),
        ("</sheetData>", ""),
        ("</worksheet>", ""),
        ("</v></c></row></sheetData>", "</v></c></row>"),
    ],
)
def test_what_no_program_writes_is_left_to_openpyxl(old: str, new: str) -> None:
    content = changed(by_openpyxl([["a", "b"], [1, 2], [3, 4]]), old, new)
    with pytest.raises((UnsureError, SyntaxError)):
        read(content)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('t="n"', ""),
        ("<sheetData>", "<sheetData>\n"),
        ("</row>", "</row>\n "),
        ('r="A2"', 'r="C2"'),
        ("<v>1</v>", "<v>007</v>"),
        ("<v>1</v>", "<v>-0</v>"),
        ("<v>1</v>", "<v>1E3</v>"),
        ("<v>1</v>", "<v>1.50</v>"),
        ("<v>1</v>", "<v></v>"),
        ("<v>1</v>", "<f>1&gt;0</f><v>1</v>"),
        ("<v>1</v>", '<f t="shared" si="0"/><v>1</v>'),
        ('<c r="A2" t="n"><v>1</v></c>', '<c r="A2" t="b"><v>1</v></c>'),
        ('<c r="A2" t="n"><v>1</v></c>', '<c r="A2" t="str"><v>x &amp; y</v></c>'),
        ('<c r="A2" t="n"><v>1</v></c>', '<c r="A2" t="e"><v>#DIV/0!</v></c>'),
        ('<c r="A2" t="n"><v>1</v></c>', '<c r="A2" t="d"><v>2023-01-05T08:00:00</v></c>'),
        ('<c r="A2" t="n"><v>1</v></c>', '<c r="A2" t="inlineStr"><is><t>in</t></is></c>'),
        ('<c r="A2" t="n"><v>1</v></c>', "<c><v>1</v></c>"),
        ('<row r="2"', '<row r="2" hidden="1" x14ac:dyDescent="0.2"'),
    ],
)
def test_every_way_to_write_a_cell_means_what_it_means_to_openpyxl(old: str, new: str) -> None:
    content = changed(by_openpyxl([["a", "b"], [1, 2], *[[3, 4]] * 40]), old, new)
    assert_same(changed(content, "<worksheet ", '<worksheet xmlns:x14ac="x" '))


def changed(content: bytes, old: str, new: str) -> bytes:
    """The workbook with a change in the text of its sheet."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert old.encode() in part
                part = part.replace(old.encode(), new.encode())
            target.writestr(name, part)
    return out.getvalue()


def test_rows_can_be_read_one_by_one() -> None:
    content = by_openpyxl([["a", "b"], [1, None], ["x", 2.5]])
    assert rows_of(read_rows(open_sheet(io.BytesIO(content), 1))) == expected_rows(content)
