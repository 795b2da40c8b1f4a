"""The sheet that explains a template: how to fill it in, and every field with its rules."""

import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from datasets.collecting.inputs import Say
from schemas.field_rules import described, kind, rules, table_rules, titled
from schemas.records import Message

STEPS: Final = (
    Message("Fill in the first sheet from its second row on; leave its first row as it is."),
    Message("Fields whose header is red and bears an asterisk must be filled in in every row."),
    Message("Choose a cell to see what it takes; cells with a list offer their values."),
    Message(
        "Columns of codes are text, so that long numbers keep their digits; paste values only."
    ),
    Message("Deliver the workbook as it is. This sheet is not read."),
)
HEADINGS: Final = (
    Message("Field"),
    Message("Name for programs"),
    Message("Required"),
    Message("Type"),
    Message("Meaning"),
    Message("Rules"),
    Message("Example"),
    Message("Standard"),
)
WIDTHS: Final = (38, 24, 8, 12, 48, 48, 28, 28)
LINE_HEIGHT: Final = 16
YES: Final = Message("yes")


def write_guide(book: Any, sheet: Any, schema: Mapping[str, Any], say: Say, language: str) -> None:
    """Write the guide of ``schema`` into an empty sheet."""
    wrapped = {"text_wrap": True, "valign": "top"}
    formats = {
        "title": book.add_format({"bold": True, "font_size": 16, "font_color": "#1F3864"}),
        "text": book.add_format(wrapped),
        "head": book.add_format({**wrapped, "bold": True, "border": 1, "bg_color": "#DCE6F1",
                                 "border_color": "#9DB2C9"}),
        "cell": book.add_format({**wrapped, "border": 1, "border_color": "#D0D7DE",
                                 "num_format": "@"}),
        "bold": book.add_format({"bold": True, "font_size": 12, "font_color": "#1F3864"}),
    }  # fmt: skip
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.hide_gridlines(2)
    english = language == "en"
    title = schema.get("gongkai:titleEn") if english else ""
    said = schema.get("gongkai:descriptionEn") if english else ""
    sheet.write_string(0, 0, str(title or schema.get("title") or ""), formats["title"])
    row = _paragraphs(sheet, 1, [str(said or schema.get("description") or "")], formats["text"])
    steps = [f"{number}. {say(step)}" for number, step in enumerate(STEPS, 1)]
    row = _section(sheet, row, say(Message("How to fill it in")), steps, formats)
    row = _fields(sheet, row + 1, schema, (say, language), formats)
    if whole := [say(rule) for rule in table_rules(schema)]:
        row = _section(sheet, row, say(Message("Rules over several fields")), whole, formats)
    if sources := [_source(source) for source in schema.get("sources", [])]:
        _section(sheet, row, say(Message("Standards followed")), sources, formats)


def _section(
    sheet: Any, row: int, heading: str, lines: list[str], formats: Mapping[str, Any]
) -> int:
    sheet.write_string(row + 1, 0, heading, formats["bold"])
    return _paragraphs(sheet, row + 2, lines, formats["text"])


def _paragraphs(sheet: Any, row: int, lines: list[str], look: Any) -> int:
    for line in filter(None, lines):
        sheet.merge_range(row, 0, row, len(WIDTHS) - 1, "", look)
        sheet.set_row(row, LINE_HEIGHT * _lines(line, sum(WIDTHS)))
        sheet.write_string(row, 0, line, look)
        row += 1
    return row


def _fields(
    sheet: Any,
    row: int,
    schema: Mapping[str, Any],
    speech: tuple[Say, str],
    formats: Mapping[str, Any],
) -> int:
    say, language = speech
    for column, heading in enumerate(HEADINGS):
        sheet.write_string(row, column, say(heading), formats["head"])
    for field in schema["fields"]:
        row += 1
        required = (field.get("constraints") or {}).get("required")
        name = str(field["name"])
        shown = titled(field, language)
        cells = (
            name if shown == name else f"{name}\n{shown}",
            str(field.get("gongkai:nameEn") or name),
            say(YES) if required else "",
            say(kind(field)),
            described(field, language),
            "\n".join(map(say, rules(field))),
            str(field.get("example", "")),
            str(field.get("gongkai:source", "")),
        )
        lines = max(_lines(text, width) for text, width in zip(cells, WIDTHS, strict=True))
        sheet.set_row(row, LINE_HEIGHT * lines)
        for column, text in enumerate(cells):
            sheet.write_string(row, column, text, formats["cell"])
    return row + 1


def _source(source: Any) -> str:
    """A source as a line of text; Table Schema leaves open what one is."""
    return str(source.get("title", "")) if isinstance(source, Mapping) else str(source)


def display_width(text: str) -> int:
    """Columns a line of text takes on screen; a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _lines(text: str, width: int) -> int:
    """Lines a text takes in a cell of ``width`` columns.

    Not every spreadsheet program fits the height of a row to wrapped text when it opens a workbook.
    """
    return sum(max(1, -(-display_width(line) // width)) for line in text.split("\n"))
