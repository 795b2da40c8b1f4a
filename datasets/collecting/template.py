"""An XLSX template made from a Table Schema, for clerks to fill in and deliver as it is.

Three sheets: the table with its header; a guide that explains every field; and a very hidden one with
the lists behind long dropdowns and the mark by which a delivered workbook is recognised.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from datasets.collecting import inputs
from datasets.collecting.guide import display_width, write_guide
from datasets.collecting.inputs import Say
from datasets.headings import named
from schemas.workbooks import DIGEST, EDITION, GUIDE_SHEET, MARK_SHEET, OWN_SHEETS, STANDARD

MADE: Final = datetime(2000, 1, 1)  # noqa: DTZ001  (a fixed stamp: one schema, one workbook)
LAST_ROW: Final = 1_048_575
FIRST_LIST: Final = 3
"""The first column of the hidden sheet that holds a list."""
SHEET_CHARS: Final = 31
NARROWEST, WIDEST = 12, 48
HEADER_LINES: Final = 2
BAD_IN_SHEET_NAME: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f']")
NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that a workbook cannot hold."""
MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def digest_of(schema: Mapping[str, Any]) -> str:
    """A name for exactly this schema."""
    text = json.dumps(schema, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write_template(
    schema: Mapping[str, Any], path: Path, say: Say, language: str, *, standard: str = ""
) -> None:
    """Write the template of ``schema`` to ``path``, explained in ``language`` (``zh`` or ``en``).

    ``say`` says a message in that language; ``standard`` is the name of a published schema, empty
    for a table's own. The same arguments give the same bytes.
    """
    mark = mark_of(schema, standard)
    schema = _writable(schema)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        title = titled_schema(schema, language) or standard
        book.set_properties(
            {"title": title, "subject": standard, "comments": mark[DIGEST], "created": MADE}
        )
        for name, value in mark.items():
            book.set_custom_property(f"gongkai-{name}", value)
        sheet = book.add_worksheet(sheet_name(schema))
        write_guide(book, book.add_worksheet(GUIDE_SHEET), schema, say, language)
        hidden = book.add_worksheet(MARK_SHEET)
        hidden.very_hidden()
        for row, pair in enumerate(mark.items()):
            hidden.write_row(row, 0, pair)
        _write_table(book, sheet, hidden, schema, say, language)
        sheet.activate()


def _writable(value: Any) -> Any:
    """The schema without characters that a workbook cannot hold."""
    if isinstance(value, str):
        return NOT_IN_XML.sub("", value)
    if isinstance(value, Mapping):
        return {key: _writable(inner) for key, inner in value.items()}
    return [_writable(inner) for inner in value] if isinstance(value, list | tuple) else value


def mark_of(schema: Mapping[str, Any], standard: str) -> dict[str, str]:
    """What the hidden sheet and the document's properties say of the workbook."""
    return {
        STANDARD: standard,
        EDITION: str(schema.get("gongkai:edition", "")),
        DIGEST: digest_of(schema),
    }


def sheet_name(schema: Mapping[str, Any]) -> str:
    """A name a spreadsheet program takes, made from the schema's title."""
    plain = BAD_IN_SHEET_NAME.sub("", str(schema.get("title") or "")).strip()
    plain = inputs.cut(plain, SHEET_CHARS).strip()
    return "数据 Data" if not plain or plain in OWN_SHEETS or plain == "History" else plain


def titled_schema(schema: Mapping[str, Any], language: str) -> str:
    """The schema's title in the language."""
    said = str(schema.get("title") or "")
    return str(schema.get("gongkai:titleEn") or said) if language == "en" else said


def header_of(schema: Mapping[str, Any], field: Mapping[str, Any]) -> str:
    """What stands above a column: the title where it means the field, else the name."""
    title = str(field.get("title") or "")
    names = [str(one["name"]) for one in schema["fields"]]
    means = title and (title == field["name"] or title not in names)
    return title if means and named([title], schema) == [field["name"]] else str(field["name"])


def _write_table(
    book: Any, sheet: Any, hidden: Any, schema: Mapping[str, Any], say: Say, language: str
) -> None:
    look = {"bold": True, "valign": "vcenter", "align": "center", "text_wrap": True, "border": 1,
            "border_color": "#9DB2C9", "bg_color": "#DCE6F1", "font_color": "#1F3864"}  # fmt: skip
    plain = book.add_format(look)
    # The format shows the asterisk; the header itself stays the name that deliveries are read by.
    needed = book.add_format(
        {**look, "bg_color": "#FCE4D6", "font_color": "#C00000", "num_format": '@" *"'}
    )
    formats = {
        code: book.add_format(
            {"num_format": code, "valign": "top", "text_wrap": code == inputs.TEXT}
        )
        for code in {inputs.number_format(field) for field in schema["fields"]}
    }
    sheet.freeze_panes(1, 0)
    sheet.set_row(0, 18 * HEADER_LINES)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    for column, field in enumerate(schema["fields"]):
        header = header_of(schema, field)
        sheet.set_column(
            column, column, _width(field, header), formats[inputs.number_format(field)]
        )
        required = (field.get("constraints") or {}).get("required")
        sheet.write_string(0, column, header, needed if required else plain)
        _write_rule(sheet, hidden, column, field, inputs.prompts(field, say, language))


def _write_rule(
    sheet: Any, hidden: Any, column: int, field: Mapping[str, Any], prompts: Mapping[str, str]
) -> None:
    values = inputs.choices(field)
    if values:
        rule: dict[str, Any] = {"validate": "list", "source": values}
        if not inputs.fits_a_cell(values):
            place = FIRST_LIST + column
            for row, value in enumerate(values):
                hidden.write_string(row, place, value)
            letters = xl_col_to_name(place, col_abs=True)
            rule["source"] = f"='{MARK_SHEET}'!{letters}$1:{letters}${len(values)}"
    else:
        rule = inputs.condition(field, f"{xl_col_to_name(column)}2")
    sheet.data_validation(1, column, LAST_ROW, column, {**rule, **prompts})


def _width(field: Mapping[str, Any], header: str) -> int:
    """Wide enough for half of the header, which wraps, and for a value as long as the example."""
    longest = max(
        [display_width(str(value)) for value in (field.get("example", ""), *inputs.choices(field))]
    )
    wrapped = -(-display_width(header + " *") // HEADER_LINES) + 2
    return min(max(wrapped, longest + 2, NARROWEST), WIDEST)


def template_file_name(schema: Mapping[str, Any], name: str) -> str:
    """What the download is called."""
    return f"{schema.get('title') or name}.xlsx"
