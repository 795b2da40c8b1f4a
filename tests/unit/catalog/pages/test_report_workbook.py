"""The workbook of a report: a sheet a table, charts that are printed whole, exact counts in formulas."""

import io
from datetime import date
from fractions import Fraction

from openpyxl import load_workbook

from catalog.pages import report_workbook
from catalog.services.openness import Counts, Point, Rate
from catalog.services.periods import read
from catalog.services.report_tables import Cell, Table
from catalog.services.reports import Report
from schemas.records import Message

DAY = date(2026, 9, 30)
POINT = Point(DAY, Counts(open=1, due=2, due_open=1), Rate(1, 3), Rate(0, 3))


def book(rows: int):
    units: tuple[tuple[Cell, ...], ...] = tuple(
        (f"市{'非常' * 20}长名称单位{at}", 3, 1, 0, Rate(1, 3), Rate(0, 0)) for at in range(rows)
    )
    head = tuple(Message(one) for one in ("Unit", "Entries", "Opened", "Withheld", "All", "Due"))
    rates = ((Message("Rate"), Rate(1, 3), Fraction(2, 3), DAY, None),)
    tables = (
        Table("rates", Message("Openness rates"), head[:5], rates),
        Table("units", Message("Units ranked"), head, units),
    )
    report = Report(
        read("2026Q3"), None, DAY, "2026.2", 1, 3, None, False, "", (POINT, POINT), tables
    )
    stamp = [("Period", "2026Q3"), ("Frozen result", "0" * 100)]
    body = report_workbook.write(
        report, "全市报告", stamp, lambda message: message.text, lambda _kind, code: code
    )
    return load_workbook(io.BytesIO(body))


def test_rates_are_formulas_of_their_counts_and_targets_are_cut_shares() -> None:
    sheet = book(2)["Openness rates"]
    row = [cell.value for cell in sheet[3]]
    assert row[:3] == ["Rate", "=ROUNDDOWN(1/3,4)", 0.6666]
    assert row[3].date() == DAY
    assert sheet["C3"].number_format == "0.00%"


def test_a_share_of_nothing_does_not_apply() -> None:
    assert book(2)["Units ranked"]["F3"].value == "Not applicable"


def test_a_short_table_has_its_chart_below_and_a_long_one_on_a_page_of_its_own() -> None:
    short, long = book(3), book(40)
    assert len(short["Units ranked"]._charts) == 1
    assert short.chartsheets == []
    assert len(long["Units ranked"]._charts) == 0
    assert [one.title for one in long.chartsheets] == ["Units ranked Chart"]


def test_every_sheet_is_printed_on_a4_as_wide_as_a_page_with_room_for_its_texts() -> None:
    for sheet in book(3).worksheets:
        assert (sheet.page_setup.paperSize, sheet.page_setup.fitToHeight) == (9, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
    ranked = book(3)["Units ranked"]
    assert ranked.row_dimensions[3].height > 1.9 * report_workbook.LINE


def test_the_cover_has_lines_to_be_signed() -> None:
    sheet = book(1)["Cover"]
    labels = [row[0].value for row in sheet.iter_rows(min_row=3)]
    assert labels[-4:] == [one.text for one in report_workbook.SIGNED_BY]
