"""The report of a period as a workbook: one sheet a table in the layout officials hand in, and charts.

Counts are numbers, rates are exact formulas of their counts cut to two decimals, as everywhere.
"""

import io
from collections.abc import Callable
from datetime import date
from fractions import Fraction
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
WIDEST_UPRIGHT = 5
ACROSS = {False: 86, True: 128}
"""Characters across a printed page, upright and landscape."""
PIXELS = 7
LINE = 20
LONG = 14
SIGNED_BY = (
    Message("Reporting unit (seal)"), Message("Person responsible"), Message("Filled in by"),
    Message("Date of the report"),
)  # fmt: skip
Say = Callable[[Message], str]


def write(report: Report, heading: str, stamp: list[tuple[str, str]], say: Say, word: Any) -> bytes:
    """The workbook; ``word`` gives the word of a code, ``stamp`` what stands under the heading."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False,
                                        "strings_to_urls": False})  # fmt: skip
    styles = _styles(book)
    _cover(book, say, heading, stamp, styles)
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


def _page(sheet: Any, last: int, columns: int) -> int:
    """A4 as it is printed and bound; gives the pixels that are printed across."""
    landscape = columns > WIDEST_UPRIGHT
    sheet.set_paper(9)
    if landscape:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(0.8, 0.6, 0.8, 0.8)
    sheet.set_footer("&C&P / &N")
    sheet.print_area(0, 0, last, columns - 1)
    room = ACROSS[landscape]
    first = room - (columns - 1) * (room * 3 // 5 // max(1, columns - 1))
    each = (room - first) // max(1, columns - 1)
    sheet.set_column(0, 0, first)
    sheet.set_column(1, columns - 1, each)
    return (first + each * (columns - 1)) * PIXELS


def _title(sheet: Any, text: str, columns: int, styles: dict[str, Any]) -> None:
    sheet.merge_range(0, 0, 0, columns - 1, text, styles["title"])
    sheet.set_row(0, 36)


def _cover(
    book: Any, say: Say, heading: str, stamp: list[tuple[str, str]], styles: dict[str, Any]
) -> None:
    """What the report is of, and the lines to be signed and sealed on paper."""
    sheet = book.add_worksheet(say(Message("Cover")))
    _title(sheet, heading, 2, styles)
    rows = [*stamp, *((say(line), "") for line in SIGNED_BY)]
    _page(sheet, len(rows) + 2, 2)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, ACROSS[False] - 26)
    for at, (label, value) in enumerate(rows, 2):
        sheet.write_string(at, 0, label, styles["label"])
        sheet.write_string(at, 1, value, styles["text"])
        lines = -(-len(value) // 40)
        sheet.set_row(at, LINE * max(1, lines) if value else 2 * LINE)


def _trend(book: Any, report: Report, say: Say, styles: dict[str, Any]) -> None:
    name = say(Message("Trend"))
    sheet = book.add_worksheet(name)
    heads = [Message("Date"), Message("Units that open data"), Message("Of all entries"),
             Message("Of the entries due to open")]  # fmt: skip
    shown = [0, 2, 3] if report.unit else [0, 1, 2, 3]  # a unit by itself has no unit rate
    last = len(report.points) + 1
    width = _page(sheet, last + 20, len(shown))
    _title(sheet, name, len(shown), styles)
    for column, head in enumerate(shown):
        sheet.write_string(1, column, say(heads[head]), styles["label"])
    for row, point in enumerate(report.points, 2):
        sheet.write_datetime(row, 0, point.day, styles["day"])
        rates = point.counts.data_rate()
        cells = (None, point.unit_rate, rates[Basis.ALL], rates[Basis.DUE])
        for column, head in enumerate(shown[1:], 1):
            _cell(sheet, row, column, cells[head], say, styles)
    chart = book.add_chart({"type": "line"})
    for column in range(1, len(shown)):
        chart.add_series({
            "name": [name, 1, column], "categories": [name, 2, 0, last, 0],
            "values": [name, 2, column, last, column], "marker": {"type": "circle"},
        })  # fmt: skip
    chart.set_x_axis({"num_format": "yyyy-mm", "text_axis": True})
    chart.set_y_axis({"num_format": "0%", "min": 0, "max": 1})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": width, "height": 320})
    sheet.insert_chart(last + 2, 0, chart)


def _sheet(book: Any, table: Table, say: Say, word: Any, styles: dict[str, Any]) -> None:
    name = say(table.title)[:31]
    sheet = book.add_worksheet(name)
    columns, last = max(2, len(table.head)), len(table.rows) + 1
    below = table.name in CHARTED and 0 < len(table.rows) <= LONG
    width = _page(sheet, last + (20 if below else 0), columns)
    _title(sheet, say(table.title), columns, styles)
    for column, head in enumerate(table.head):
        sheet.write_string(1, column, say(head), styles["label"])
    each = width // PIXELS * 3 // 5 // (columns - 1)
    for at, row in enumerate(table.rows, 2):
        told = [_told(table, column, cell, word) for column, cell in enumerate(row)]
        for column, cell in enumerate(told):
            _cell(sheet, at, column, cell, say, styles)
        sheet.set_row(at, LINE * _lines(told, width // PIXELS - each * (columns - 1), each, say))
    sheet.freeze_panes(2, 0)
    sheet.repeat_rows(0, 1)
    if below:
        chart = _chart(book, table, name)
        chart.set_size({"width": width, "height": 120 + 22 * (last - 1)})
        sheet.insert_chart(last + 2, 0, chart)
    elif table.name in CHARTED and table.rows:
        page = book.add_chartsheet(f"{name[:22]} {say(Message('Chart'))}"[:31])
        page.set_paper(9)
        page.set_chart(_chart(book, table, name))


def _chart(book: Any, table: Table, name: str) -> Any:
    """Bars of one column: under the table or, when that is long, on a page of their own."""
    end, column = min(len(table.rows), MOST_CHARTED) + 1, CHARTED[table.name]
    chart = book.add_chart({"type": "bar"})
    chart.add_series({
        "name": [name, 1, column], "categories": [name, 2, 0, end, 0],
        "values": [name, 2, column, end, column], "data_labels": {"value": True},
    })  # fmt: skip
    rates = isinstance(table.rows[0][column], Rate)
    chart.set_x_axis({"num_format": "0%", "min": 0, "max": 1} if rates else {"min": 0})
    chart.set_y_axis({"reverse": True})
    chart.set_legend({"none": True})
    return chart


def _told(table: Table, column: int, cell: Cell, word: Any) -> Cell:
    """A cell with the word of its code."""
    kind = table.kinds[column] if column < len(table.kinds) else ""
    told: Cell = word(kind, cell) if kind and isinstance(cell, str) else cell
    return told


def _lines(row: list[Cell], first: int, each: int, say: Say) -> int:
    """The lines that the longest text of a row takes; a Chinese character is two Latin ones wide."""
    most = 1
    for column, cell in enumerate(row):
        text = say(cell) if isinstance(cell, Message) else cell if isinstance(cell, str) else ""
        wide = sum(1 if char.isascii() else 2 for char in text)
        most = max(most, -(-wide // max(1, (each if column else first) - 2)))
    return most


def _cell(sheet: Any, row: int, column: int, cell: Cell, say: Say, styles: dict[str, Any]) -> None:
    if isinstance(cell, Rate):
        _rate(sheet, row, column, cell, say, styles)
    elif isinstance(cell, Fraction):
        sheet.write_number(
            row, column, cell.numerator * 10_000 // cell.denominator / 10_000, styles["share"]
        )
    elif isinstance(cell, Message):
        sheet.write_string(row, column, say(cell), styles["text"])
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell, styles["day"])
    elif isinstance(cell, int):
        sheet.write_number(row, column, cell, styles["number"])
    else:
        sheet.write_string(row, column, str(cell or ""), styles["text"])


def _rate(sheet: Any, row: int, column: int, rate: Rate, say: Say, styles: dict[str, Any]) -> None:
    """The share cut to two decimals of a percent, as a formula that shows its exact counts."""
    shown = percent(rate.n, rate.d)
    if shown is None:
        sheet.write_string(row, column, say(Message("Not applicable")), styles["text"])
        return
    cut = rate.n * 10_000 // rate.d
    sheet.write_formula(
        row, column, f"=ROUNDDOWN({rate.n}/{rate.d},4)", styles["share"], cut / 10_000
    )
