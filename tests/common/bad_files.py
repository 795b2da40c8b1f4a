"""Files that are cut off, damaged or hostile, and what is to be said of each; made here, never copied."""

import gzip
import io
from collections.abc import Callable

import openpyxl
import xlsxwriter

from tests.common import packed_files, ugly_files

WIDE = ",".join(f"c{place}" for place in range(20_000)).encode() + b"\r\n"

REFUSED: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "a quotation mark open at the end": (
        lambda: ugly_files.clean_csv() + b'13,"x,y,z,1\r\n14,a,b,c,2\r\n', "unclosed-quote", "line 14",
    ),
    "a quotation mark open from the first line on": (
        lambda: b'"' + ugly_files.clean_csv(), "unclosed-quote", "line 1",
    ),
    "a quotation mark open in a large file": (
        lambda: b'a,b\r\n1,"x\r\n' + b"2,y\r\n" * 400_000, "cell-too-long", "line 2",
    ),
    "a quotation mark open before much that closes it": (
        lambda: b"a,b\r\n" + b'1,"x\r\n' + b"2,y\r\n" * 5_000 + b'3,"z",4\r\n' * 3, "unclosed-quote",
        "line 2",
    ),
    "a cell of more than a million characters": (
        lambda: b"a,b\r\n1,2\r\n3," + b"x" * 1_000_001 + b"\r\n", "cell-too-long", "line 3",
    ),
    "20,000 columns": (lambda: WIDE + WIDE, "too-many-columns", "row 1"),
    "one record of 20,000 cells": (
        lambda: ugly_files.clean_csv() + WIDE, "too-many-columns", "row 14",
    ),
    "a NUL character": (lambda: ugly_files.clean_csv() + b"1,\x00,3,4,5\r\n", "binary-file", "byte"),
    "a NUL character far into the file": (
        lambda: ugly_files.clean_csv() * 500 + b"1,\x00,3,4,5\r\n", "nul-character", "line 6501",
    ),
    "a workbook cut off": (
        lambda: packed_files.cut(ugly_files.xlsx({"名单": [ugly_files.HEADER, *ugly_files.records()]}), 0.7),
        "archive-damaged", "",
    ),
    "a workbook of a broken part": (
        lambda: packed_files.zipped(
            {"xl/workbook.xml": b"<workbook", "xl/worksheets/sheet1.xml": b"<worksheet><row"}
        ),
        "workbook-damaged", "",
    ),
    "an XLS cut off": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "Workbook".encode("utf-16-le"),
        "workbook-damaged", "",
    ),
    "a workbook with a password": (packed_files.encrypted_xlsx, "encrypted", ""),
    "a Parquet file whose footer is longer than the file": (
        lambda: packed_files.lying_parquet(packed_files.longer_footer), "parquet-damaged", "",
    ),
    "a Parquet file of another footer": (lambda: packed_files.lying_parquet(packed_files.other_footer), "parquet-damaged", ""),
    "a Parquet file that speaks of more rows than it has": (
        lambda: packed_files.lying_parquet(packed_files.more_rows), "parquet-damaged", "",
    ),
    "a Parquet file without the pages it names": (
        lambda: packed_files.lying_parquet(packed_files.no_pages), "parquet-damaged", "",
    ),
    "a Parquet file cut off": (
        lambda: packed_files.cut(packed_files.lying_parquet(lambda _data, _start: None), 0.9), "parquet-damaged", "",
    ),
    "a gzip file cut off": (
        lambda: packed_files.cut(gzip.compress(ugly_files.clean_csv() * 99), 0.9), "archive-damaged", "",
    ),
    "a gzip file with a wrong check sum": (
        lambda: gzip.compress(ugly_files.clean_csv())[:-8] + bytes(8), "archive-damaged", "",
    ),
    "a ZIP cut off": (lambda: packed_files.cut(packed_files.zipped({"a.csv": b"a,b\n" * 99}), 0.8), "archive-damaged", ""),
    "a ZIP bomb": (lambda: packed_files.zip_bomb(80), "unpacks-too-large", ""),
    "a gzip bomb": (lambda: packed_files.gzip_bomb(80), "unpacks-too-large", ""),
    "JSON nested too deep": (lambda: b'[{"a": ' * 5_000 + b"1" + b"}]" * 5_000, "json-too-deep", ""),
    "NDJSON nested too deep": (
        lambda: b'{"a": 1}\n{"a": ' + b"[" * 5_000 + b"]" * 5_000 + b"}\n", "json-too-deep", "line 2",
    ),
    "NDJSON cut off": (lambda: b'{"a": 1}\n{"a": 2}\n{"a"', "json-damaged", "line 3"),
    "an empty file": (lambda: b"", "empty-file", ""),
    "a file of only blanks": (lambda: b" \t\r\n" * 9, "empty-file", ""),
    "a file of many blanks": (lambda: b"    \r\n" * 50_000, "empty-file", ""),
    "a file of only wide blanks": (lambda: ("\u3000" * 30 + "\n").encode() * 9, "empty-file", ""),
    "a line of 80 MB": (lambda: b"x" * (80 << 20), "line-too-long", ""),
    "a file of a byte order mark": (lambda: b"\xef\xbb\xbf\r\n", "empty-file", ""),
    "a PDF": (lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "not-a-table", ""),
    "a PNG": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(64), "not-a-table", ""),
    "a DOCX": (lambda: packed_files.zipped({"word/document.xml": b"<w/>"}), "not-a-table", ""),
    "a web page": (ugly_files.web_page, "not-a-table", ""),
    "binary junk": (lambda: bytes(range(1, 256)) + bytes(300), "binary-file", ""),
    "UTF-16 without a mark": (
        lambda: "序号,a\r\n1,b\r\n".encode("utf-16-le") * 9, "encoding-unknown", "",
    ),
    "GB18030 with a broken byte": (ugly_files.broken_gb18030, "encoding-damaged", "line 8"),
    "UTF-8 with a broken byte": (ugly_files.broken_utf8, "encoding-damaged", "line 8"),
    "half a character in UTF-8": (
        lambda: b"a,b\r\n\xed\xa0\x80,2\r\n", "encoding-damaged", "line 2",
    ),
    "half a character in JSON": (lambda: b'[{"a": "\\ud800"}]', "lone-surrogate", ""),
    "NUL in JSON": (lambda: b'[{"a": "\\u0000"}]', "nul-character", ""),
    "JSON with NaN": (lambda: b'[{"a": NaN}]', "json-not-a-number", ""),
    "JSON with a key twice": (lambda: b'[{"a": 1, "a": 2}]', "json-duplicate-key", ""),
    "JSON cut off": (lambda: b'[{"a": 1}, {"a"', "json-damaged", ""),
    "JSON without records": (lambda: b'{"a": 1}', "json-no-records", ""),
    "JSON of brackets alone": (ugly_files.deep_json, "json-too-deep", ""),
    "an encrypted ZIP": (packed_files.zip_encrypted, "encrypted", ""),
    "a ZIP that leads elsewhere": (packed_files.zip_slip, "archive-refused", ""),
    "a ZIP whose files overlap": (packed_files.zip_overlap, "archive-refused", ""),
    "a ZIP that lies about sizes": (packed_files.zip_lying, "archive-refused", ""),
    "a ZIP of several tables": (
        lambda: packed_files.zipped({"a.csv": b"a\n1\n", "b.csv": b"a\n1\n"}), "several-tables", "",
    ),
    "a ZIP of nothing": (lambda: packed_files.zipped({}), "empty-archive", ""),
    "a ZIP in a ZIP": (
        lambda: packed_files.zipped({"a.zip": packed_files.zipped({"a.csv": b"a\n"})}), "not-a-table", "",
    ),
    "a far corner cell": (ugly_files.far_corner, "far-corner", ""),
    "a workbook that laughs": (packed_files.laughing_xlsx, "archive-refused", ""),
    "bytes of Parquet at both ends": (lambda: b"PAR1" + bytes(100) + b"PAR1", "parquet-damaged", ""),
}  # fmt: skip
"""Files that are no table: what makes them, the code of the refusal, how its place begins."""


def last_row_coloured() -> bytes:
    """A few records, and the last row that a sheet can have, coloured and empty."""
    out = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.active.append([1])
    book.save(out)
    parts = packed_files.parts_of(out.getvalue())
    sheet = "xl/worksheets/sheet1.xml"
    last = b'<row r="1048576"><c r="A1048576" s="0"/></row></sheetData>'
    parts[sheet] = (
        parts[sheet].replace(b"</sheetData>", last).replace(b'ref="A1:A2"', b'ref="A1:A1048576"')
    )
    return packed_files.zipped(parts)


def formulas_without_values() -> bytes:
    """A workbook of which a program has stored some formulas without what they come to."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名单")
        sheet.write_row(0, 0, ["a", "b"])
        for row in range(1, 6):
            sheet.write_number(row, 0, row)
            sheet.write_formula(row, 1, f"=A{row + 1}*2", None, "" if row > 3 else row * 2)
    return out.getvalue()


MARK = b"\xef\xbb\xbf"
ODD: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "no records": (lambda: b"a,b\r\n", 0, "no-rows"),
    "fifty columns of nothing": (lambda: (b"," * 49 + b"\r\n") * 20, 19, "ghost-columns"),
    "a cell of a million characters": (
        lambda: b"a,b\r\n1," + "字".encode() * 1_000_000 + b"\r\n2,x\r\n", 2, "",
    ),
    "a duplicate of a duplicate": (
        lambda: b"a,a,a_2,a,a_2\r\n1,2,3,4,5\r\n6,7,8,9,10\r\n", 2, "duplicate-headers",
    ),
    "mixed line ends": (lambda: b'a,b\r\n1,2\n3,4\r5,6\r\n"x\r\ny","p\rq"\n7,8', 5, ""),
    "a lone carriage return": (lambda: b"a,b,c\r\n1,2,3\r\n4,5\r,6\r\n7,8,9\r\n", 4, "ragged-rows"),
    "a byte order mark in the middle": (
        lambda: MARK + "名称,区\r\n甲,东\r\n".encode() + MARK + "乙,西\r\n丙,南\r\n".encode(), 3,
        "cell-spaces",
    ),
    "characters of four bytes in GB18030": (
        lambda: ("姓名,地名\r\n𠮷田,㐂村\r\n朱镕,€区\r\n" + "某某,某地\r\n" * 30).encode("gb18030"), 32, "",
    ),
    "whole numbers beyond 64 bits": (ugly_files.big_integers, 2, ""),
    "a number of 5,000 digits in JSON": (lambda: b'[{"a": ' + b"1" * 5_000 + b"}]", 1, ""),
    "a workbook called CSV": (
        lambda: ugly_files.xlsx({"名单": [ugly_files.HEADER, *ugly_files.records()]}), 12, "",
    ),
    "a sheet up to the last row": (last_row_coloured, 1, ""),
    "formulas without values": (formulas_without_values, 5, "formulas-without-values"),
    "codes destroyed by a spreadsheet": (ugly_files.xlsx_destroyed, 2, "float-damaged-code"),
    "two tables below each other": (ugly_files.stacked_differently, 18, "further-tables"),
}  # fmt: skip
"""Files that are a table all the same: what makes them, their rows, and the kind of repair or error
that is told of them, if any."""
