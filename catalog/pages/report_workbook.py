"""The report of a period as a workbook: one sheet a table in the layout officials hand in, and charts.

Counts are numbers, rates are exact formulas of their counts cut to two decimals, as everywhere.
"""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import xlsxwriter

from catalog.services.openness import Rate, percent
from catalog.services.reports import Cell, Report, Table
from schemas.records import Message
from schemas.vocabularies import Basis

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FONT = "宋体"
CHARTED = {"units": 4, "grounds": 2, "classes": 1}
"""Tables with a chart of one of their columns."""
MOST_CHARTED = 30
Say = Callable[[Message], str]


def write(report: Report, heading: str, stamp: list[tuple[str, str]], say: Say, word: Any) -> bytes:
    """The workbook; ``word`` gives the word of a code, ``stamp`` what stands under the heading."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False,
                                        "strings_to_urls": False})  # fmt: skip
    styles = _styles(book)
    _cover(book, heading, stamp, styles)
    _trend(book, report, say, styles)
    for table in report.tables:
        _sheet(book, table, say, word, styles)
    book.close()
    return target.getvalue()


def _styles(book: Any) -> dict[str, Any]:
    base = {"font_name": FONT, "font_size": 11, "valign": "vcenter"}
    boxed = {**base, "border": 1, "text_wrap": True}
    return {
        "title": book.add_format({**base, "font_size": 18, "bold": True, "align": "center"}),
        "label": book.add_format({**boxed, "bold": True, "bg_color": "#EAF0F6"}),
        "text": book.add_format(boxed),
        "number": book.add_format({**boxed, "num_format": "#,##0", "align": "right"}),
        "share": book.add_format({**boxed, "num_format": "0.00%", "align": "right"}),
        "day": book.add_format({**boxed, "num_format": "yyyy-mm-dd", "align": "center"}),
    }


def _page(sheet: Any, last: int, columns: int) -> None:
    """A4 as it is printed and bound."""
    sheet.set_paper(9)
    if columns > 5:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(0.8, 0.6, 0.8, 0.8)
    sheet.set_footer("&C&P / &N")
    sheet.print_area(0, 0, last, columns - 1)


def _cover(book: Any, heading: str, stamp: list[tuple[str, str]], styles: dict[str, Any]) -> None:
    sheet = book.add_worksheet("封面")
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 60)
    sheet.merge_range(0, 0, 0, 1, heading, styles["title"])
    sheet.set_row(0, 42)
    for at, (label, value) in enumerate(stamp, 2):
        sheet.write_string(at, 0, label, styles["label"])
        sheet.write_string(at, 1, value, styles["text"])
    _page(sheet, len(stamp) + 2, 2)


def _trend(book: Any, report: Report, say: Say, styles: dict[str, Any]) -> None:
    sheet = book.add_worksheet("趋势")
    sheet.set_column(0, 3, 20)
    heads = [Message("Date"), Message("Units that open data"), Message("Of all entries"),
             Message("Of the entries due to open")]  # fmt: skip
    for column, head in enumerate(heads):
        sheet.write_string(0, column, say(head), styles["label"])
    for row, point in enumerate(report.points, 1):
        sheet.write_datetime(row, 0, point.day, styles["day"])
        rates = point.counts.data_rate()
        for column, rate in enumerate((point.unit_rate, rates[Basis.ALL], rates[Basis.DUE]), 1):
            _rate(sheet, row, column, rate, styles)
    chart = book.add_chart({"type": "line"})
    last = len(report.points)
    for column in (1, 2, 3):
        chart.add_series({
            "name": ["趋势", 0, column], "categories": ["趋势", 1, 0, last, 0],
            "values": ["趋势", 1, column, last, column], "marker": {"type": "circle"},
        })  # fmt: skip
    chart.set_y_axis({"num_format": "0%", "min": 0, "max": 1})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 640, "height": 320})
    sheet.insert_chart(last + 2, 0, chart)
    _page(sheet, last + 20, 4)


def _sheet(book: Any, table: Table, say: Say, word: Any, styles: dict[str, Any]) -> None:
    name = say(table.title)[:31]
    sheet = book.add_worksheet(name)
    sheet.merge_range(0, 0, 0, max(1, len(table.head) - 1), say(table.title), styles["title"])
    sheet.set_row(0, 32)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, max(1, len(table.head) - 1), 18)
    for column, head in enumerate(table.head):
        sheet.write_string(1, column, say(head), styles["label"])
    for at, row in enumerate(table.rows, 2):
        for column, cell in enumerate(row):
            kind = table.kinds[column] if column < len(table.kinds) else ""
            _cell(
                sheet,
                at,
                column,
                word(kind, cell) if kind and isinstance(cell, str) else cell,
                say,
                styles,
            )
    sheet.freeze_panes(2, 0)
    sheet.repeat_rows(0, 1)
    last = len(table.rows) + 1
    if table.name in CHARTED and table.rows:
        end = min(last, MOST_CHARTED + 1)
        chart = book.add_chart({"type": "bar"})
        column = CHARTED[table.name]
        chart.add_series({
            "name": [name, 1, column], "categories": [name, 2, 0, end, 0],
            "values": [name, 2, column, end, column], "data_labels": {"value": True},
        })  # fmt: skip
        chart.set_y_axis({"reverse": True})
        chart.set_legend({"none": True})
        chart.set_size({"width": 640, "height": 120 + 22 * (end - 1)})
        sheet.insert_chart(last + 2, 0, chart)
    _page(sheet, last + (30 if table.name in CHARTED else 0), max(2, len(table.head)))


def _cell(sheet: Any, row: int, column: int, cell: Cell, say: Say, styles: dict[str, Any]) -> None:
    if isinstance(cell, Rate):
        _rate(sheet, row, column, cell, styles)
    elif isinstance(cell, Message):
        sheet.write_string(row, column, say(cell), styles["text"])
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell, styles["day"])
    elif isinstance(cell, int):
        sheet.write_number(row, column, cell, styles["number"])
    else:
        sheet.write_string(row, column, str(cell or ""), styles["text"])


def _rate(sheet: Any, row: int, column: int, rate: Rate, styles: dict[str, Any]) -> None:
    """The share cut to two decimals of a percent, as a formula that shows its exact counts."""
    shown = percent(rate.n, rate.d)
    if shown is None:
        sheet.write_string(row, column, "不适用", styles["text"])
        return
    cut = rate.n * 10_000 // rate.d
    sheet.write_formula(
        row, column, f"=ROUNDDOWN({rate.n}/{rate.d},4)", styles["share"], cut / 10_000
    )
