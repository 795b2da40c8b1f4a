"""Workbooks (XLSX, XLS, ODS) as rows of text, one sheet at a time."""

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from datasets.reading.grammar import Row
from datasets.reading.kinds import encrypted, sniff
from datasets.reading.problems import refuse
from datasets.reading.tables import Merge, Table, spool
from datasets.reading.workbooks import Glance, glance
from schemas.records import ExaminationRequest, Message, Repair
from schemas.workbooks import MARK_ROWS, MARK_SHEET, OWN_SHEETS

MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xls": "application/vnd.ms-excel",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
# A spreadsheet keeps 15 significant digits of a number.
KEPT_DIGITS = 10**15
MOST_DESTROYED = 1_000
Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta


def read_sheets(source: Path, workdir: Path, request: ExaminationRequest) -> Table:
    """Open the first visible sheet with content, or the one that the request names."""
    kind = sniff(source)
    seen = Glance() if kind == "xls" else glance(source, request.limits)
    destroyed: list[tuple[int, int]] = []
    try:
        with CalamineWorkbook.from_path(str(source)) as workbook:
            names = _worksheets(workbook)
            chosen, sheet = _choose(workbook, names, request.member)
            merges = _merges(sheet)
            text = spool(_texts(sheet, destroyed), workdir / "sheet.csv", request.limits)
            template = _mark(workbook)
            others = [name for name in names if name != chosen and _has_content(workbook, name)]
    except PasswordError as error:
        raise encrypted() from error
    except CalamineError as error:
        raise refuse(
            "workbook-damaged",
            Message("The workbook cannot be opened; it is damaged or incomplete."),
            Message("Open it in the office program, save it as XLSX, and deliver the new file."),
        ) from error
    return Table(
        kind=kind,
        media_type=MEDIA_TYPES[kind],
        text=text,
        limits=request.limits,
        sheet=chosen,
        members=tuple(n for n in names if n == chosen or n in others) if others else (),
        notes=tuple(_notes(chosen, others, names, seen)),
        destroyed=tuple(destroyed),
        merges=merges,
        template=template,
    )


def _worksheets(workbook: CalamineWorkbook) -> dict[str, bool]:
    """Name the sheets that can hold tables, in order, and whether they are visible."""
    return {
        sheet.name: sheet.visible == SheetVisibleEnum.Visible
        for sheet in workbook.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.name not in OWN_SHEETS
    }


def _mark(workbook: CalamineWorkbook) -> dict[str, str]:
    """What a workbook made from one of our templates says of itself; nothing for any other."""
    if MARK_SHEET not in workbook.sheet_names:
        return {}
    rows = workbook.get_sheet_by_name(MARK_SHEET).to_python(nrows=MARK_ROWS)
    return {str(row[0]): str(row[1]) for row in rows if len(row) > 1 and row[0]}


def _choose(
    workbook: CalamineWorkbook, names: dict[str, bool], wanted: str
) -> tuple[str, CalamineSheet]:
    if wanted:
        if wanted not in names:
            raise refuse(
                "no-such-sheet",
                Message("The workbook has no sheet named %(name)s.", {"name": wanted}),
                Message("Choose one of: %(names)s.", {"names": ", ".join(names)}),
                members=names,
            )
        return wanted, workbook.get_sheet_by_name(wanted)
    for name in [*(n for n, visible in names.items() if visible)]:
        sheet = workbook.get_sheet_by_name(name)
        if sheet.start is not None:
            return name, sheet
    raise refuse(
        "empty-workbook",
        Message("No visible sheet of the workbook holds anything."),
        Message("Put the table on a visible sheet and deliver the workbook again."),
    )


def _has_content(workbook: CalamineWorkbook, name: str) -> bool:
    return workbook.get_sheet_by_name(name).start is not None


def _merges(sheet: CalamineSheet) -> tuple[Merge, ...]:
    ranges = sheet.merged_cell_ranges or []
    return tuple(
        (top, left, bottom, right) for (top, left), (bottom, right) in ranges if bottom > top
    )


def _texts(sheet: CalamineSheet, destroyed: list[tuple[int, int]]) -> Iterator[Row]:
    """Yield the sheet from its first cell A1 on, so that row numbers are those on the screen."""
    left = [""] * (sheet.start[1] if sheet.start else 0)
    for number, cells in enumerate(sheet.iter_rows(), 1):
        row = left + [cell if type(cell) is str else text_of(cell) for cell in cells]
        for column, cell in enumerate(cells, len(left) + 1):
            if type(cell) is not str and is_destroyed_number(cell):
                destroyed.append((number, column))
        del destroyed[MOST_DESTROYED:]
        yield row


def is_destroyed_number(cell: object) -> bool:
    """Tell a cell stored as a number that needs more digits than a spreadsheet keeps."""
    return isinstance(cell, int | float) and abs(cell) >= KEPT_DIGITS and cell == cell // 1


def text_of(cell: Cell) -> str:
    """Write a typed cell as text: no ``.0``, no exponent, ISO 8601 dates, ``true`` and ``false``."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str | int):
        return str(cell)
    if isinstance(cell, float):
        return number_text(cell)
    if isinstance(cell, dt.timedelta):
        seconds = round(cell.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return _whole_second(cell).isoformat()


def _whole_second(cell: dt.date | dt.time) -> dt.date | dt.time:
    """Round a moment: times are stored as fractions of a day and come back microseconds off."""
    if not isinstance(cell, dt.datetime):
        return cell
    whole = (cell + dt.timedelta(milliseconds=500)).replace(microsecond=0)
    return whole if abs(whole - cell) < dt.timedelta(milliseconds=2) else cell


def number_text(value: float) -> str:
    """Write a float with as many digits as it has, without an exponent."""
    if value != value or value in {float("inf"), float("-inf")}:  # noqa: PLR0124  (NaN)
        return ""
    text = format(Decimal(repr(value)), "f")
    return text.removesuffix(".0") if "." in text else text


def _notes(
    chosen: str, others: Iterable[str], names: dict[str, bool], seen: Glance
) -> Iterator[Repair]:
    """Say what stands in the workbook and is not, or not visibly, part of the table."""
    hidden = [name for name in others if not names[name]]
    shown = [name for name in others if names[name]]
    if shown or hidden:
        yield Repair(
            id="other-sheets:all",
            kind="other-sheets",
            place=f"sheet {chosen}",
            message=Message(
                "Only sheet %(sheet)s is read. Further sheets: %(shown)s; hidden sheets: "
                "%(hidden)s. Deliver their tables as files of their own.",
                {
                    "sheet": chosen,
                    "shown": ", ".join(shown) or "-",
                    "hidden": ", ".join(hidden) or "-",
                },
            ),
        )
    yield from _unseen(chosen, seen)


def _unseen(chosen: str, seen: Glance) -> Iterator[Repair]:
    """Say what a clerk does not see on the screen, or sees where the file holds nothing."""
    if seen.hidden_rows or seen.hidden_columns:
        yield Repair(
            id=f"hidden-cells:{seen.hidden_rows}_{seen.hidden_columns}",
            kind="hidden-cells",
            place=f"sheet {chosen}",
            message=Message(
                "The workbook hides %(rows)d rows and %(columns)d groups of columns, which would "
                "be published with the rest. Accept if they may be; otherwise delete them in the "
                "workbook and deliver it again.",
                {"rows": seen.hidden_rows, "columns": seen.hidden_columns},
            ),
            required=True,
        )
    if seen.error_cells:
        yield Repair(
            id=f"error-cells:{seen.error_cells}",
            kind="error-cells",
            place=f"sheet {chosen}",
            message=Message(
                "%(count)d cells hold a formula error such as #DIV/0! or #REF!. Accepting takes "
                "them as empty.",
                {"count": seen.error_cells},
            ),
            required=True,
        )
    if seen.open_formulas:
        yield Repair(
            id=f"formulas-without-values:{seen.open_formulas}",
            kind="formulas-without-values",
            place=f"sheet {chosen}",
            message=Message(
                "%(count)d cells hold a formula whose result is not stored in the file. Open the "
                "workbook in the office program, save it, and deliver it again. Accepting takes "
                "the cells as empty.",
                {"count": seen.open_formulas},
            ),
            required=True,
        )
