"""Files as agencies really deliver them, and as attackers would: made here, never copied.

Every maker returns bytes. ``UGLY`` are tables with defects of form, literal, so that a test can be
run over all of them; ``bad_files`` are those that must be refused.
"""

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from tests.common.packed_files import zipped

CREDIT_CODES = ("91350100M000100Y43", "91110000600037341L")
"""Public examples of GB 32100-2015 with valid check digits."""

FLOAT_DAMAGED = ("911102287567016960", "911101051012345000")
"""All-digit codes as spreadsheets leave them: nearest 64-bit float, and fifteen digits kept."""

HEADER = ("序号", "单位名称", "统一社会信用代码", "所在区", "金额")


def records(count: int = 12) -> list[list[str]]:
    """Plain records below ``HEADER``, one after another."""
    return [
        [str(i), f"北京第{i}示范有限公司", CREDIT_CODES[i % 2], "海淀区", str(100 + i)]
        for i in range(1, count + 1)
    ]


def csv_bytes(
    rows: Sequence[Sequence[str]], encoding: str = "utf-8", delimiter: str = ","
) -> bytes:
    """Rows as an export writes them, quoted where needed, lines ended by CRLF."""

    def cell(text: str) -> str:
        marks = (delimiter, '"', "\n", "\r")
        return '"' + text.replace('"', '""') + '"' if any(m in text for m in marks) else text

    return "".join(delimiter.join(map(cell, row)) + "\r\n" for row in rows).encode(encoding)


def clean_csv() -> bytes:
    return csv_bytes([HEADER, *records()])


def gb18030_with_title() -> bytes:
    width = len(HEADER)
    title = ["2024年示范企业名单", *[""] * (width - 1)]
    number = ["京示范〔2024〕1号", *[""] * (width - 1)]
    return csv_bytes([title, number, HEADER, *records()], "gb18030")


def pandas_title() -> bytes:
    title = ["示范企业名单", *(f"Unnamed: {i}" for i in range(1, len(HEADER)))]
    return csv_bytes([title, HEADER, *records()], "utf-8-sig")


def unnamed_header() -> bytes:
    return csv_bytes([[*HEADER[:4], "Unnamed: 4"], *records()])


def blank_header() -> bytes:
    return csv_bytes([["", *HEADER[1:]], *records()])


def duplicate_header() -> bytes:
    return csv_bytes([["名称", "名称", *HEADER[2:]], *records()])


def required_marks() -> bytes:
    labels = ["序号*", "单位名称（必填）", "统一社会\r\n信用代码", " 所 在 区 ", "金额＊"]
    return csv_bytes([labels, *records()], "gb18030")


def ghost_columns(total: int = 256) -> bytes:
    rows = [list(HEADER), *records()]
    return csv_bytes([[*row, *[""] * (total - len(row))] for row in rows], "gb18030")


def blank_rows() -> bytes:
    rows: list[Sequence[str]] = [HEADER]
    for row in records():
        rows += [row, [""] * len(HEADER)]
    return csv_bytes(rows)


def ragged_short() -> bytes:
    rows = records()
    rows[3] = rows[3][:3]
    rows[5] = [*rows[5], "", ""]
    return csv_bytes([HEADER, *rows])


def ragged_long() -> bytes:
    rows = records()
    rows[4] = [*rows[4], "多出来的值"]
    return csv_bytes([HEADER, *rows])


def footers() -> bytes:
    total = ["合计", "", "", "", "1278"]
    note = ["注：数据截至2024年12月31日", "", "", "", ""]
    return csv_bytes([HEADER, *records(), total, note])


def stacked() -> bytes:
    """Three parts under section titles, one of them empty, each with a header of two rows."""
    upper, lower = ["序号", "行政区划", "信用代码"], ["", "", "(或组织机构代码)"]

    def part(title: str, count: int) -> list[list[str]]:
        body = [[str(i), "密云区", CREDIT_CODES[i % 2]] for i in range(1, count + 1)]
        return [[title, "", ""], *([upper, lower, *body] if count else [])]

    return csv_bytes(
        [*part("一、水环境名录", 4), *part("二、噪声名录（0家）", 0), *part("三、大气名录", 3)]
    )


def stacked_differently() -> bytes:
    other = [["二、人员情况", "", "", "", ""], ["序号", "岗位", "人数", "备注", ""]]
    body = [[str(i), f"岗位{i}", str(i * 3), "", ""] for i in range(1, 5)]
    return csv_bytes([HEADER, *records(), *other, *body])


def two_row_header() -> bytes:
    upper, lower = ["单位", "行政处罚", "", "备注"], ["", "件数", "金额", ""]
    body = [[f"第{i}街道", str(i), str(i * 100), "无"] for i in range(1, 8)]
    return csv_bytes([upper, lower, *body])


def number_marks() -> bytes:
    rows = records()
    rows[0][4], rows[1][4], rows[2][1] = "1,234,567.50", "１２３", " 前后空格\u3000"
    rows[3][1] = "零宽\u200b字符"
    return csv_bytes([HEADER, *rows])


def float_damaged() -> bytes:
    rows = records()
    rows[1][2], rows[2][2], rows[3][2] = FLOAT_DAMAGED[0], FLOAT_DAMAGED[1], "9.11102E+17"
    return csv_bytes([HEADER, *rows])


def citizen_ids() -> bytes:
    """A column of credit codes with the public example of GB 11643 in it, and a mobile number."""
    rows = records()
    rows[2][2] = "11010519491231002X"
    rows[4][1] = "联系 13800138000"
    return csv_bytes([HEADER, *rows])


def xlsx(sheets: dict[str, Sequence[Sequence[object]]], *, hidden: Sequence[str] = ()) -> bytes:
    """A workbook of plain cells: numbers stay numbers."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
            if name in hidden:
                sheet.hide()
            else:
                sheet.activate()
    return out.getvalue()


def xlsx_with_title() -> bytes:
    title = ["示范企业名单", *[None] * (len(HEADER) - 1)]
    typed = [[float(r[0]), r[1], r[2], r[3], float(r[4]) + 0.25] for r in records()]
    return xlsx({"名单": [title, HEADER, *typed], "说明": [["内部说明"]]}, hidden=["说明"])


def xlsx_destroyed() -> bytes:
    return xlsx(
        {"名单": [HEADER, [1, "甲", 911102287567016960, "海淀区", 5], [2, "乙", "x", "y", 6]]}
    )


def xlsx_hidden_column() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([HEADER, *records()]):
            sheet.write_row(number, 0, row)
        sheet.set_column(2, 2, None, None, {"hidden": True})
    return out.getvalue()


def far_corner() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(1_048_575, 16_383, "b")
    return out.getvalue()


def ods(rows: Sequence[Sequence[str]], *, tail: str = "") -> bytes:
    """The smallest OpenDocument spreadsheet; ``tail`` is XML put after the rows."""
    body = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{spaces}><office:body>'
        f'<office:spreadsheet><table:table table:name="名单">{body}{tail}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": content.encode(),
            "META-INF/manifest.xml": b'<?xml version="1.0"?><manifest:manifest'
            b' xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        }
    )


def json_text(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def objects() -> list[dict[str, object]]:
    return [dict(zip(HEADER, row, strict=True)) for row in records()]


def geojson() -> bytes:
    return json_text(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"名称": f"公厕{i}"},
                    "geometry": {"type": "Point", "coordinates": [116.3 + i / 100, 39.9]},
                }
                for i in range(5)
            ],
        }
    )


def big_integers() -> bytes:
    return b'[{"id": 123456789012345678901234567890, "x": 1.10}, {"id": 7, "x": 1e3}]'


def deep_json(depth: int = 100_000) -> bytes:
    return b"[" * depth + b"]" * depth


def parquet(folder: Path) -> bytes:
    table = pa.table(
        {
            "代码": ["0012", "0034", None],
            "数量": pa.array([1, 2, 3], pa.int64()),
            "金额": pa.array([1.5, 2.0, 1e-7]),
        }
    )
    path = folder / "made.parquet"
    pq.write_table(table, path)
    return path.read_bytes()


def web_page() -> bytes:
    return "<html><head><meta charset='gbk'></head><table><tr><td>甲</td></tr></table>".encode(
        "gbk"
    )


def broken_gb18030() -> bytes:
    data = bytearray(csv_bytes([HEADER, *records()], "gb18030"))
    place = data.index("第7示".encode("gb18030"))
    data[place] = 0xFF
    return bytes(data)


def broken_utf8() -> bytes:
    data = bytearray(clean_csv())
    place = data.index("第7示".encode())
    data[place + 1] = 0x20
    return bytes(data)


UGLY: dict[str, Callable[[], bytes]] = {
    "GB18030 with title rows": gb18030_with_title,
    "title left by pandas": pandas_title,
    "unnamed column": unnamed_header,
    "blank header": blank_header,
    "duplicate header": duplicate_header,
    "required marks": required_marks,
    "ghost columns": ghost_columns,
    "blank rows": blank_rows,
    "short rows": ragged_short,
    "totals and notes": footers,
    "stacked tables": stacked,
    "header of two rows": two_row_header,
    "number marks": number_marks,
    "workbook with title": xlsx_with_title,
    "workbook with hidden column": xlsx_hidden_column,
}
"""Tables that are valid once every repair is accepted."""
