"""Files that are cut off, damaged or hostile: a clear finding or a clear refusal, and never a crash.

Every case runs as a delivery does, in a child process.
"""

import gzip
import io
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from datasets.child import run_examination
from schemas.records import ExaminationRequest, ExaminationResult, Limits
from tests.common import ugly_files

MEMORY = Limits(max_unpacked_bytes=200 << 20)


def run(folder: Path, data: bytes, repairs: tuple[str, ...] = ()) -> ExaminationResult:
    source = folder / "delivery"
    source.write_bytes(data)
    request = ExaminationRequest("名单.csv", repairs=repairs, limits=MEMORY)
    return run_examination(source, folder / "work", request, lambda _share, _stage: None, bool)


def accepted(folder: Path, data: bytes) -> ExaminationResult:
    return run(folder, data, tuple(one.id for one in run(folder, data).repairs))


def cut(data: bytes, share: float) -> bytes:
    return data[: int(len(data) * share)]


def rows_of_a_sheet(count: int) -> bytes:
    """A sheet of a table, and ``count`` rows below that are coloured but empty."""
    plain = ugly_files.xlsx({"名单": [ugly_files.HEADER, *ugly_files.records()]})
    with zipfile.ZipFile(io.BytesIO(plain)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    name = "xl/worksheets/sheet1.xml"
    empty = b"".join(
        b'<row r="%d" ht="20"><c r="A%d" s="0"/></row>' % (i, i) for i in range(14, count + 14)
    )
    parts[name] = parts[name].replace(b"</sheetData>", empty + b"</sheetData>")
    return ugly_files.zipped(parts)


def lying_parquet(edit: Callable[[bytearray, int], None]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"a": list(range(50_000)), "b": ["x"] * 50_000}), out)
    data = bytearray(out.getvalue())
    (size,) = struct.unpack("<I", data[-8:-4])
    edit(data, len(data) - 8 - size)
    return bytes(data)


def _longer_footer(data: bytearray, _start: int) -> None:
    data[-8:-4] = struct.pack("<I", len(data) * 4)


def _other_footer(data: bytearray, start: int) -> None:
    data[start + 4 : start + 40] = bytes(36)


def _no_pages(data: bytearray, start: int) -> None:
    data[4 : start - 4] = bytes(start - 8)


def encrypted_xlsx() -> bytes:
    """An OLE2 container as office programs write for a workbook with a password."""
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1_000)
        + "EncryptionInfo".encode("utf-16-le") + bytes(500)
        + "EncryptedPackage".encode("utf-16-le") + bytes(9_000)
    )  # fmt: skip


WIDE = ",".join(f"c{i}" for i in range(20_000)).encode() + b"\r\n"
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
        lambda: cut(ugly_files.xlsx({"名单": [ugly_files.HEADER, *ugly_files.records()]}), 0.7),
        "archive-damaged", "",
    ),
    "a workbook of a broken part": (
        lambda: ugly_files.zipped(
            {"xl/workbook.xml": b"<workbook", "xl/worksheets/sheet1.xml": b"<worksheet><row"}
        ),
        "workbook-damaged", "",
    ),
    "an XLS cut off": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "Workbook".encode("utf-16-le"),
        "workbook-damaged", "",
    ),
    "a workbook with a password": (encrypted_xlsx, "encrypted", ""),
    "a Parquet file whose footer is longer than the file": (
        lambda: lying_parquet(_longer_footer), "parquet-damaged", "",
    ),
    "a Parquet file of another footer": (lambda: lying_parquet(_other_footer), "parquet-damaged", ""),
    "a Parquet file without the pages it names": (
        lambda: lying_parquet(_no_pages), "parquet-damaged", "",
    ),
    "a Parquet file cut off": (
        lambda: cut(lying_parquet(lambda _data, _start: None), 0.9), "parquet-damaged", "",
    ),
    "a gzip file cut off": (
        lambda: cut(gzip.compress(ugly_files.clean_csv() * 99), 0.9), "archive-damaged", "",
    ),
    "a gzip file with a wrong check sum": (
        lambda: gzip.compress(ugly_files.clean_csv())[:-8] + bytes(8), "archive-damaged", "",
    ),
    "a ZIP cut off": (lambda: cut(ugly_files.zipped({"a.csv": b"a,b\n" * 99}), 0.8), "archive-damaged", ""),
    "a ZIP bomb": (lambda: ugly_files.zip_bomb(300), "unpacks-too-large", ""),
    "a gzip bomb": (lambda: ugly_files.gzip_bomb(300), "unpacks-too-large", ""),
    "JSON nested too deep": (lambda: b'[{"a": ' * 5_000 + b"1" + b"}]" * 5_000, "json-too-deep", ""),
    "NDJSON nested too deep": (
        lambda: b'{"a": 1}\n{"a": ' + b"[" * 5_000 + b"]" * 5_000 + b"}\n", "json-too-deep", "line 2",
    ),
    "NDJSON cut off": (lambda: b'{"a": 1}\n{"a": 2}\n{"a"', "json-damaged", "line 3"),
    "an empty file": (lambda: b"", "empty-file", ""),
    "a file of only blanks": (lambda: b" \t\r\n" * 9, "empty-file", ""),
    "a file of many blanks": (lambda: b"    \r\n" * 50_000, "empty-file", ""),
    "a file of only wide blanks": (lambda: ("\u3000" * 30 + "\n").encode() * 9, "empty-file", ""),
    "a line of 300 MB": (lambda: b"x" * (300 << 20), "line-too-long", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_cause_and_remedy(name, tmp_path):
    make, code, place = REFUSED[name]
    result = run(tmp_path, make())
    assert [problem.code for problem in result.problems] == [code]
    (problem,) = result.problems
    assert problem.place.startswith(place)
    assert problem.cause.text
    assert problem.remedy.text
    assert result.artefacts == {}


def test_a_cell_of_a_million_characters_is_data(tmp_path):
    result = run(tmp_path, b"a,b\r\n1," + "字".encode() * 1_000_000 + b"\r\n2,x\r\n")
    assert (result.rows, result.problems) == (2, ())


def test_a_duplicate_of_a_duplicate_is_numbered_past_both(tmp_path):
    result = accepted(tmp_path, b"a,a,a_2,a,a_2\r\n1,2,3,4,5\r\n6,7,8,9,10\r\n")
    assert [field["name"] for field in result.table_schema["fields"]] == [
        "a", "a_3", "a_2", "a_4", "a_2_2",
    ]  # fmt: skip
    assert result.report["valid"]


def test_mixed_line_ends_all_end_a_record(tmp_path):
    result = run(tmp_path, b'a,b\r\n1,2\n3,4\r5,6\r\n"x\r\ny","p\rq"\n7,8')
    assert (result.rows, result.report["valid"]) == (5, True)


def test_a_lone_carriage_return_ends_a_record_and_is_seen(tmp_path):
    result = run(tmp_path, b"a,b,c\r\n1,2,3\r\n4,5\r,6\r\n7,8,9\r\n")
    assert [repair.kind for repair in result.repairs] == ["ragged-rows"]
    assert not result.report["valid"]


def test_a_byte_order_mark_in_the_middle_is_shown_and_taken_out(tmp_path):
    mark = b"\xef\xbb\xbf"
    data = mark + "名称,区\r\n甲,东\r\n".encode() + mark + "乙,西\r\n丙,南\r\n".encode()
    first = run(tmp_path, data)
    assert [(one.id, one.message.params["count"]) for one in first.repairs] == [
        ("cell-spaces:名称", 1)
    ]
    assert accepted(tmp_path, data).preview[2] == ("乙", "西")


def test_characters_of_four_bytes_in_gb18030_come_out_right(tmp_path):
    text = "姓名,地名\r\n𠮷田,㐂村\r\n朱镕,€区\r\n" + "某某,某地\r\n" * 30
    result = run(tmp_path, text.encode("gb18030"))
    assert result.encoding == "gb18030"
    assert [row[1] for row in result.preview[1:3]] == ["㐂村", "€区"]


def test_a_sheet_of_a_million_empty_rows_is_read_quickly(tmp_path):
    data = rows_of_a_sheet(1_048_000)
    started = time.process_time()
    result = run(tmp_path, data)
    assert result.rows == len(ugly_files.records())
    assert result.report["valid"]
    assert time.process_time() - started < 5


def test_formulas_without_a_stored_value_are_not_taken_for_empty_cells_silently(tmp_path):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名单")
        sheet.write_row(0, 0, ["a", "b"])
        for row in range(1, 6):
            sheet.write_number(row, 0, row)
            sheet.write_formula(row, 1, f"=A{row + 1}*2", None, "" if row > 3 else row * 2)
    result = run(tmp_path, out.getvalue())
    assert [(one.kind, one.required) for one in result.repairs] == [
        ("formulas-without-values", True)
    ]
    assert result.repairs[0].message.params == {"count": 2}
    assert not result.report["valid"]
    assert accepted(tmp_path, out.getvalue()).report["valid"]
