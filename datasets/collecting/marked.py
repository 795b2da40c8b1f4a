"""A delivery that failed, handed back as the same workbook with the bad cells marked.

The clerk sees the error where it stands: the cell is filled and carries a comment that says what is
wrong and what to do; a sheet of its own lists all errors. A delivery that is no XLSX workbook becomes
one, row for row; one too large to be worked through gets the list alone.

This parses a file of a user with openpyxl, so it runs in the child process only.
"""

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink

from datasets.headings import named
from datasets.reading import open_table
from datasets.reading.kinds import sniff
from schemas.records import ExaminationRequest
from schemas.workbooks import ERRORS_SHEET

AUTHOR: Final = "Gongkai"
FILL: Final = PatternFill("solid", start_color="FFFFC7CE", end_color="FFFFC7CE")
HEAD_FILL: Final = PatternFill("solid", start_color="FFDCE6F1", end_color="FFDCE6F1")
LINK_COLOUR: Final = "FF0563C1"
HEADER_WITHIN: Final = 60
"""The header is looked for in these first rows."""
MOST_CELL_CHARS: Final = 32_767
COMMENT_WIDTH, COMMENT_LINE, COMMENT_CHARS = 320, 22, 40
WIDTHS: Final = (8, 8, 32, 56, 56)
UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML has no place for."""
QUOTED: Final = re.compile(r'"([^"]+)"')


@dataclass(frozen=True, slots=True)
class Mark:
    """One error in words. ``row`` is its number in the delivered file from 1, ``column`` the number of
    the field in the table that was judged; None where the error has none. ``fields`` are the names of
    the fields that it speaks of."""

    wrong: str
    remedy: str
    row: int | None = None
    column: int | None = None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Marking:
    """What is to be marked, and the words for it.

    ``labels`` are those of the table that was judged, ``sheet`` the sheet that was read, ``heading``
    the five headings of the list, ``summary`` the sentence above it. Without ``whole`` only the list
    is made.
    """

    marks: tuple[Mark, ...]
    labels: tuple[str, ...]
    heading: tuple[str, ...]
    summary: str
    sheet: str = ""
    whole: bool = True
    table_schema: Mapping[str, Any] = field(default_factory=dict)


def mark_workbook(
    source: Path, workdir: Path, request: ExaminationRequest, marking: Marking, target: Path
) -> None:
    """Write the marked workbook of the delivery at ``source`` to ``target``."""
    with warnings.catch_warnings():
        # What openpyxl cannot keep (a drawing, a foreign extension) it leaves out with a warning.
        warnings.simplefilter("ignore")
        book, sheet = _opened(source, workdir, request, marking)
        places: dict[int, str] = {}
        if sheet is not None:
            _unmark(sheet)
            places = _mark(sheet, marking)
        _list(book, sheet, marking, places)
        book.save(target)


def _opened(
    source: Path, workdir: Path, request: ExaminationRequest, marking: Marking
) -> tuple[Any, Any]:
    """The workbook and the sheet with the table; no sheet when only the list is wanted."""
    if marking.whole and sniff(source) == "xlsx":
        with source.open("rb") as file:  # by its bytes: a stored file has no ending
            book = load_workbook(file)
        sheet = book[marking.sheet] if marking.sheet in book.sheetnames else book.worksheets[0]
        if ERRORS_SHEET in book.sheetnames:
            del book[ERRORS_SHEET]
        return book, sheet
    book = Workbook()
    sheet = book.worksheets[0]
    if not marking.whole or not _copy(open_table(source, workdir, request).rows(), sheet):
        book = Workbook()
        book.remove(book.worksheets[0])
        return book, None
    sheet.title = "数据 Data"
    return book, sheet


def _copy(rows: Iterable[Sequence[str]], sheet: Any) -> bool:
    """Write rows as text; False when a cell holds more, or other characters, than a sheet keeps."""
    for number, row in enumerate(rows, 1):
        for column, text in enumerate(row, 1):
            if len(text) > MOST_CELL_CHARS or UNWRITABLE.search(text):
                return False
            if text:
                _write(sheet, number, column, text).number_format = "@"
    return True


def _write(sheet: Any, row: int, column: int, text: str) -> Any:
    """Write text that stays text: never a formula, an error or a number."""
    cell = sheet.cell(row, column)
    cell.value = UNWRITABLE.sub("", text)[:MOST_CELL_CHARS]
    cell.data_type = "s"
    return cell


def _unmark(sheet: Any) -> None:
    """Take away the marks that the workbook carries from an earlier delivery."""
    for row in sheet.iter_rows():
        for cell in row:
            if cell.comment is not None and cell.comment.author == AUTHOR:
                cell.comment = None
                cell.fill = PatternFill()


def _mark(sheet: Any, marking: Marking) -> dict[int, str]:
    """Fill and comment the bad cells; tells for each mark, by its index, where it stands."""
    header, columns = _header(sheet, marking)
    places: dict[int, str] = {}
    notes: dict[tuple[int, int], list[str]] = {}
    for index, mark in enumerate(marking.marks):
        row = mark.row or header
        cells = _cells_of(mark, marking, columns)
        if mark.row is None and not mark.fields and mark.column is None:
            continue
        places[index] = f"{get_column_letter(cells[0])}{row}"
        for column in cells:
            notes.setdefault((row, column), []).append(_comment(mark, marking))
    for (row, column), said in notes.items():
        cell = _shown_cell(sheet, row, column)
        cell.fill = FILL
        kept = [cell.comment.text] if cell.comment is not None else []
        text = "\n\n".join([*kept, *dict.fromkeys(said)])
        lines = sum(1 + len(line) // COMMENT_CHARS * 2 for line in text.split("\n")) + 1
        cell.comment = Comment(
            UNWRITABLE.sub("", text), AUTHOR, COMMENT_LINE * lines, COMMENT_WIDTH
        )
    return places


def _comment(mark: Mark, marking: Marking) -> str:
    """What is wrong and what to do; a field that has no column is named."""
    absent = [name for name in mark.fields if name not in marking.labels]
    wrong = f"{'、'.join(absent)}: {mark.wrong}" if absent else mark.wrong
    return f"{wrong}\n{mark.remedy}".strip()


def _cells_of(mark: Mark, marking: Marking, columns: Mapping[int, int]) -> list[int]:
    """The columns of the sheet that a mark speaks of; the first one for a whole row."""
    if mark.column is not None:
        return [columns.get(mark.column, mark.column)]
    numbers = {label: number for number, label in enumerate(marking.labels, 1)}
    found = [numbers[name] for name in mark.fields if name in numbers]
    return [columns.get(number, number) for number in found] or [columns.get(1, 1)]


def _header(sheet: Any, marking: Marking) -> tuple[int, dict[int, int]]:
    """The row that holds the labels, and the column of the sheet for each field number.

    Repairs may have dropped empty columns before the table was judged, so numbers alone do not tell.
    A label that is not found stands as far off as the one before it.
    """
    best: tuple[int, int, list[str]] = (0, 1, [])
    for number, row in enumerate(sheet.iter_rows(max_row=HEADER_WITHIN, values_only=True), 1):
        texts = ["" if value is None else str(value).strip() for value in row]
        meant = named(texts, marking.table_schema)
        count = sum(label in meant for label in marking.labels if label)
        if count > best[0]:
            best = (count, number, meant)
    _, number, meant = best
    columns: dict[int, int] = {}
    shift = 0
    for place, label in enumerate(marking.labels, 1):
        if label and meant.count(label) == 1:
            shift = meant.index(label) + 1 - place
        columns[place] = place + shift
    return number, columns


def _shown_cell(sheet: Any, row: int, column: int) -> Any:
    """The cell itself, or the one that a merged area shows."""
    cell = sheet.cell(row, column)
    if isinstance(cell, MergedCell):
        for area in sheet.merged_cells.ranges:
            if cell.coordinate in area:
                return sheet.cell(area.min_row, area.min_col)
    return cell


def _list(book: Any, sheet: Any, marking: Marking, places: Mapping[int, str]) -> None:
    """Write the sheet that lists every error, each with a link to its cell."""
    listed = book.create_sheet(ERRORS_SHEET)
    listed.sheet_properties.tabColor = "FFC00000"
    top = Alignment(vertical="top", wrap_text=True)
    _write(listed, 1, 1, marking.summary).font = Font(bold=True)
    for column, (text, width) in enumerate(zip(marking.heading, WIDTHS, strict=True), 1):
        head = _write(listed, 2, column, text)
        head.font, head.fill, head.alignment = Font(bold=True), HEAD_FILL, top
        listed.column_dimensions[get_column_letter(column)].width = width
    listed.freeze_panes = "A3"
    for index, mark in enumerate(marking.marks):
        row = index + 3
        texts = (str(index + 1), str(mark.row or ""), _field_of(mark, marking), mark.wrong,
                 mark.remedy)  # fmt: skip
        for column, text in enumerate(texts, 1):
            _write(listed, row, column, text).alignment = top
        if index in places and sheet is not None:
            title = sheet.title.replace("'", "''")
            link = listed.cell(row, 2)
            link.hyperlink = Hyperlink(link.coordinate, location=f"'{title}'!{places[index]}")
            link.font = Font(color=LINK_COLOUR, underline="single")
            if mark.row is None:
                link.value = places[index]
    with suppress(IndexError):
        book.active = 0 if sheet is None else book.index(sheet)


def _field_of(mark: Mark, marking: Marking) -> str:
    if mark.fields:
        return "、".join(mark.fields)
    if mark.column is not None and mark.column <= len(marking.labels):
        return marking.labels[mark.column - 1]
    return ""


def fields_named(note: str, labels: Sequence[str]) -> tuple[str, ...]:
    """The fields that the note of an error puts in quotation marks."""
    return tuple(islice((name for name in QUOTED.findall(note) if name in labels), 8))
