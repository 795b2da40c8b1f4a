"""What a file is, told by its content and never by its name.

Portals publish workbooks named ``.csv`` (26 of 315 files looked at) and web pages named ``.xls``;
so the first bytes decide, and what is no table is refused by its true name.
"""

import mmap
import re
import zipfile
import zlib
from pathlib import Path

from datasets.reading.problems import refuse
from schemas.records import Message

HEAD = 1 << 16
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# First bytes of what is certainly no table -> how a clerk calls it.
NO_TABLE: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"RIFF", "WEBP/AVI"),
    (b"{\\rtf", "RTF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"SQLite format 3\x00", "SQLite"),
    (b"ARROW1", "Arrow"),
    (b"\x00\x00\x27\x0a", "Shapefile"),
    (b"\x7fELF", "ELF"),
    (b"MZ", "EXE"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
)
# Folder inside an Office package -> what the package is.
PACKAGES = {"xl/workbook.bin": "XLSB", "xl/": "xlsx", "word/": "DOCX", "ppt/": "PPTX"}
OPEN_DOCUMENTS = {
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.oasis.opendocument.text": "ODT",
    b"application/vnd.oasis.opendocument.presentation": "ODP",
}
MARKUP = re.compile(
    rb"^\s*<(?:!doctype|html|head|body|table|meta|\?xml|!--|[a-z][\w:-]*[\s>/])", re.IGNORECASE
)
JSON_START = re.compile(rb'^\s*(?:\[\s*(?:[\[\{"\-\d\]]|true|false|null|$)|\{\s*["}])')


def sniff(path: Path) -> str:
    """Name the reader for a file: csv, json, ndjson, parquet, xlsx, xls, ods, zip or gzip.

    Raises UnreadableError for an empty file and for everything that is no table.
    """
    size = path.stat().st_size
    with path.open("rb") as handle:
        head = handle.read(HEAD)
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise empty_file()
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(path)
    if head.startswith(OLE2):
        return _ole_kind(path)
    if head.startswith(b"PAR1") and size > 12:
        return "parquet"
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        return "csv"
    for mark, name in NO_TABLE:
        if head.startswith(mark) and (len(mark) > 2 or b"\x00" in head[:64]):
            raise no_table(name)
    return _text_kind(head)


def empty_file() -> Exception:
    """The file holds nothing, or nothing but blanks."""
    return refuse(
        "empty-file",
        Message("The file is empty."),
        Message("Check the export and deliver the file that holds the table."),
    )


def _text_kind(head: bytes) -> str:
    if b"\x00" in head:
        raise _binary(head)
    text = head.removeprefix(b"\xef\xbb\xbf")
    if MARKUP.match(text):
        raise _markup(text)
    if text.startswith(b"MIME-Version:"):
        raise no_table("MHTML")
    if JSON_START.match(text):
        lines = [line for line in text.split(b"\n") if line.strip()]
        if text.lstrip().startswith(b"{") and len(lines) > 1 and lines[1].lstrip().startswith(b"{"):
            # An object that goes on in the next line is one JSON text, with its records line by line.
            return "ndjson" if lines[0].rstrip().endswith(b"}") else "json"
        return "json"
    return "csv"


def _zip_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as package:
            names = package.namelist()
            if "mimetype" in names and package.getinfo("mimetype").file_size < 256:
                kind = OPEN_DOCUMENTS.get(package.read("mimetype").strip())
                if kind is not None:
                    return kind if kind == "ods" else _refuse_package(kind)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError) as error:
        raise broken_archive() from error
    for part, kind in PACKAGES.items():
        if any(name == part or (part.endswith("/") and name.startswith(part)) for name in names):
            return kind if kind == "xlsx" else _refuse_package(kind)
    return "zip"


def _refuse_package(name: str) -> str:
    raise no_table(name)


def _ole_kind(path: Path) -> str:
    with path.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as data:

        def holds(stream: str) -> bool:
            return data.find(stream.encode("utf-16-le")) >= 0

        if holds("EncryptedPackage"):
            raise encrypted()
        if holds("Workbook") or holds("Book"):
            return "xls"
        if holds("WordDocument"):
            raise no_table("DOC")
        if holds("PowerPoint Document"):
            raise no_table("PPT")
    raise no_table("OLE2")


def no_table(name: str) -> Exception:
    """The file is a good file of another kind."""
    return refuse(
        "not-a-table",
        Message("The file is a %(kind)s file by its content, not a table.", {"kind": name}),
        Message("Deliver the data itself as CSV, XLSX, XLS, ODS, JSON, GeoJSON or Parquet."),
    )


def encrypted() -> Exception:
    """A password keeps the content closed."""
    return refuse(
        "encrypted",
        Message("The file is protected by a password and cannot be opened."),
        Message("Remove the password in the office program, save, and deliver the file again."),
    )


def broken_archive() -> Exception:
    """A ZIP, or a workbook made as a ZIP, does not open."""
    return refuse(
        "archive-damaged",
        Message("The file is a ZIP archive or a workbook by its first bytes, but it is damaged."),
        Message("Make the file again in the program it comes from and deliver it complete."),
    )


def _is_text(head: bytes, encoding: str) -> bool:
    """Whether the bytes are lines of cells in an encoding of two bytes for each character."""
    try:
        text = head[: len(head) // 2 * 2].decode(encoding)
    except UnicodeDecodeError:
        return False
    return "\0" not in text and any(mark in text for mark in "\n,\t;")


def _binary(head: bytes) -> Exception:
    half = len(head) // 2
    many = min(head[::2].count(0), head[1::2].count(0)) < 0.05 * half < head.count(0) / 2
    if many and any(_is_text(head, encoding) for encoding in ("utf-16-le", "utf-16-be")):
        return refuse(
            "encoding-unknown",
            Message("The file looks like UTF-16 but does not say so with a byte order mark."),
            Message("Save the file again as CSV in UTF-8."),
            "byte 0",
        )
    return refuse(
        "binary-file",
        Message(
            "The file is not text and not a table format known here: byte %(byte)d is NUL.",
            {"byte": head.index(0)},
        ),
        Message("Deliver the data as CSV, XLSX, XLS, ODS, JSON, GeoJSON or Parquet."),
        f"byte {head.index(0)}",
    )


def _markup(text: bytes) -> Exception:
    start = text[:4096].lower()
    if b"excel.sheet" in start or b"urn:schemas-microsoft-com:office:spreadsheet" in start:
        return refuse(
            "not-a-table",
            Message("The file is an XML spreadsheet of 2003, whatever its name says."),
            Message("Open it in the office program and save it as XLSX or CSV."),
        )
    if b"<html" in start or b"<!doctype html" in start or b"<table" in start or b"<meta" in start:
        return refuse(
            "not-a-table",
            Message(
                "The file is a web page. Systems often offer a web page as an .xls download; it "
                "may also be a login or error page."
            ),
            Message(
                "Open it in the office program, check the content, and save it as XLSX or CSV."
            ),
        )
    return no_table("XML")
