"""Lists and differences of editions as workbooks, documents and feeds, as officials hand them in."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

import docx
import xlsxwriter
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt

from catalog.services.editions import Change, Diff
from datasets.exports.workbook import MADE
from schemas.vocabularies import AdjustmentKind

ATOM = "http://www.w3.org/2005/Atom"
WIDTHS = {"情形": 44, "依据": 44, "事项名称": 28, "公开表述": 32, "理由说明": 24}
KINDS = {
    AdjustmentKind.ADD: "新增",
    AdjustmentKind.AMEND: "修改",
    AdjustmentKind.REPEAL: "废止",
    AdjustmentKind.OPEN: "转为公开",
}
_WORDS = {
    "name": "事项名称",
    "category": "事项类别",
    "ground": "理由代码",
    "reason": "理由说明",
    "public_wording": "公开表述",
    "circumstances": "情形",
    "citations": "依据",
    "scope": "适用范围",
    "valid_from": "生效日期",
    "valid_to": "失效日期",
    "review_by": "复审日期",
    "details": "其他栏目",
}


def workbook(title: str, rows: Sequence[Mapping[str, str]], labels: Sequence[str]) -> bytes:
    """Rows as an XLSX: a title, the headings, one row an item; nothing is taken for a formula."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": MADE})
        sheet = book.add_worksheet("清单")
        head = book.add_format({"bold": True, "font_size": 16, "align": "center"})
        label = book.add_format(
            {
                "bold": True,
                "border": 1,
                "bg_color": "#EEF2F6",
                "align": "center",
                "valign": "vcenter",
            }
        )
        cell = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
        if len(labels) > 1:
            sheet.merge_range(0, 0, 0, len(labels) - 1, title, head)
        else:
            sheet.write_string(0, 0, title, head)
        for column, text in enumerate(labels):
            sheet.set_column(column, column, WIDTHS.get(text, 16))
            sheet.write_string(1, column, text, label)
        for at, row in enumerate(rows, 2):
            for column, text in enumerate(labels):
                sheet.write_string(at, column, str(row.get(text) or "")[:32_000], cell)
        sheet.freeze_panes(2, 0)
        sheet.repeat_rows(0, 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
    return file.getvalue()


def document(title: str, rows: Sequence[Mapping[str, str]], labels: Sequence[str]) -> bytes:
    """Rows as a DOCX: a title and one table across the page, its heading on every sheet."""
    opened = docx.Document()
    section = opened.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    style = opened.styles["Normal"]
    style.font.name, style.font.size = "SimSun", Pt(9)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "宋体")
    opened.add_heading(_legal(title), level=1).alignment = WD_ALIGN_PARAGRAPH.CENTER
    table = opened.add_table(rows=0, cols=len(labels), style="Table Grid")
    for texts in [list(labels), *([row.get(label) or "" for label in labels] for row in rows)]:
        for cell, text in zip(table.add_row().cells, texts, strict=True):
            cell.text = _legal(str(text)[:32_000])
    head = table.rows[0]
    head._tr.get_or_add_trPr().append(head._tr.makeelement(qn("w:tblHeader"), {}))  # noqa: SLF001
    for cell in head.cells:
        cell.paragraphs[0].runs[0].bold = True
    file = io.BytesIO()
    opened.save(file)
    return _dateless(file.getvalue())


def _dateless(data: bytes) -> bytes:
    """A package whose parts do not say when they were written."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as given,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in given.namelist():
            # A new member is of 1980, unless told.
            made.writestr(zipfile.ZipInfo(name), given.read(name), zipfile.ZIP_DEFLATED)
    return file.getvalue()


def diff_rows(found: Diff) -> list[dict[str, str]]:
    """A difference as rows: one a changed value, and one for an item that came or went."""
    rows: list[dict[str, str]] = []
    for change in found.changes:
        values = change.values or ("name",)
        rows += [
            {
                "编号": change.number,
                "变动": KINDS[AdjustmentKind(change.kind)],
                "栏目": _WORDS.get(value, value),
                "原文": plain((change.before or {}).get(value)),
                "现文": plain((change.after or {}).get(value)),
            }
            for value in values
        ]
    return rows


DIFF_LABELS = ("编号", "变动", "栏目", "原文", "现文")


def plain(value: Any) -> str:
    """A value of an item as one text."""
    if isinstance(value, Mapping):
        return "；".join(f"{key}：{plain(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return "\n".join(str(one) for one in value)
    return "" if value is None else str(value)


def diff_feed(found: Diff, *, address: str, title: str, updated: datetime) -> bytes:
    """A difference as an Atom feed (RFC 4287): one entry a changed item."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed")
    _add(feed, "id", address)
    _add(feed, "title", title)
    _add(feed, "updated", updated.isoformat())
    author = ET.SubElement(feed, f"{{{ATOM}}}author")
    _add(author, "name", "Gongkai")
    ET.SubElement(feed, f"{{{ATOM}}}link", {"rel": "self", "href": address})
    for change in found.changes:
        entry = ET.SubElement(feed, f"{{{ATOM}}}entry")
        name = (change.after or change.before or {}).get("name", "")
        _add(entry, "id", f"{address}#{change.number}")
        _add(entry, "title", f"{KINDS[AdjustmentKind(change.kind)]} {change.number} {name}")
        _add(entry, "updated", updated.isoformat())
        ET.SubElement(entry, f"{{{ATOM}}}category", {"term": change.kind})
        ET.SubElement(
            entry,
            f"{{{ATOM}}}link",
            {"rel": "alternate", "href": f"{address}#item-{change.number}"},
        )
        _add(entry, "summary", _summary(change))
    made: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return made


def _summary(change: Change) -> str:
    lines = [
        f"{_WORDS.get(one, one)}：{plain((change.before or {}).get(one))} → "
        f"{plain((change.after or {}).get(one))}"
        for one in change.values
    ]
    return "\n".join(lines) or plain((change.after or change.before or {}).get("public_wording"))


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}{name}").text = _legal(text)


def _legal(text: str) -> str:
    """A text without the signs that XML does not know."""
    return "".join(char for char in text if char in "\t\n" or ord(char) >= 32)
