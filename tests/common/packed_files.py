"""Archives, workbooks and Parquet files that lie, are cut off or blow up; made here, never copied."""

import gzip
import io
import struct
import zipfile
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq

SMALL = b"a,b\r\n1,2\r\n"


def zipped(files: dict[str, bytes]) -> bytes:
    """An honest ZIP of the files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def zip_slip() -> bytes:
    return zipped({"../../etc/passwd.csv": SMALL})


def zip_bomb(megabytes: int = 200) -> bytes:
    return zipped({"data.csv": b"a,b\r\n" + b"0" * (megabytes << 20)})


def zip_overlap(copies: int = 20) -> bytes:
    """Many directory entries that all point at one and the same content."""
    plain = zipped({"a0.csv": b"a,b\n" + b"1,2\n" * 1000})
    end = plain.rindex(b"PK\x05\x06")
    start = plain.index(b"PK\x01\x02")
    entry = plain[start:end]
    directory = b"".join(entry.replace(b"a0.csv", b"a%d.csv" % (i % 10)) for i in range(copies))
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, copies, copies, len(directory), start, 0)
    return plain[:start] + directory + tail


def zip_lying() -> bytes:
    """A directory that states a tiny size for much content."""
    data = bytearray(zip_bomb(1))
    start = data.rindex(b"PK\x01\x02")
    data[start + 24 : start + 28] = struct.pack("<L", 10)
    return bytes(data)


def zip_encrypted() -> bytes:
    data = bytearray(zipped({"data.csv": SMALL}))
    data[6] |= 1
    start = data.rindex(b"PK\x01\x02")
    data[start + 8] |= 1
    return bytes(data)


def gzip_bomb(megabytes: int = 200) -> bytes:
    return gzip.compress(b"a,b\n" + b"0" * (megabytes << 20))


def cut(data: bytes, share: float) -> bytes:
    return data[: int(len(data) * share)]


def lying_parquet(edit: Callable[[bytearray, int], None]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"a": list(range(50_000)), "b": ["x"] * 50_000}), out)
    data = bytearray(out.getvalue())
    (size,) = struct.unpack("<I", data[-8:-4])
    edit(data, len(data) - 8 - size)
    return bytes(data)


def longer_footer(data: bytearray, _start: int) -> None:
    data[-8:-4] = struct.pack("<I", len(data) * 4)


def other_footer(data: bytearray, start: int) -> None:
    data[start + 4 : start + 40] = bytes(36)


def more_rows(data: bytearray, start: int) -> None:
    """The footer speaks of 75,000 rows (as Thrift writes numbers); the pages hold 50,000."""
    at = data.index(b"\xa0\x8d\x06", start)
    data[at : at + 3] = b"\xf0\x93\x09"


def no_pages(data: bytearray, start: int) -> None:
    data[4 : start - 4] = bytes(start - 8)


def encrypted_xlsx() -> bytes:
    """An OLE2 container as office programs write for a workbook with a password."""
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1_000)
        + "EncryptionInfo".encode("utf-16-le") + bytes(500)
        + "EncryptedPackage".encode("utf-16-le") + bytes(9_000)
    )  # fmt: skip


def parts_of(archive: bytes) -> dict[str, bytes]:
    """The files of a ZIP by name."""
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def laughing_xlsx() -> bytes:
    """A workbook whose one cell is an entity of entities: three lines that become gigabytes."""
    kinds = "http://schemas.openxmlformats.org"
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
    )
    sheet = (
        f'<?xml version="1.0"?><!DOCTYPE worksheet [{entities}]><worksheet xmlns="{kinds}/spreadsheetml/2006/main">'
        '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&a9;</t></is></c></row></sheetData></worksheet>'
    )
    book = (
        f'<workbook xmlns="{kinds}/spreadsheetml/2006/main" xmlns:r="{kinds}/officeDocument/2006/relationships">'
        '<sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    rels = (
        f'<Relationships xmlns="{kinds}/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{kinds}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    )
    return zipped(
        {"xl/workbook.xml": book.encode(), "xl/_rels/workbook.xml.rels": rels.encode(),
         "xl/worksheets/sheet1.xml": sheet.encode()}
    )  # fmt: skip
