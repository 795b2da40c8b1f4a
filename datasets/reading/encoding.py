"""Which encoding a text file is in: proved over the whole file, never guessed from statistics.

Order: byte order mark; strict UTF-8; strict GB18030. Statistical guesses read short GBK texts as
Big5 or Thai, and a single damaged byte as Greek, without any error; so a file that is in none of
the three is refused with the byte and the line where it fails.
"""

import codecs
from dataclasses import dataclass
from pathlib import Path

from datasets.reading.problems import refuse
from datasets.reading.tables import nul_character
from schemas.records import Message

CHUNK = 1 << 20
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, ""),
    (codecs.BOM_UTF32_BE, ""),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LABELS = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "gb18030": "GB18030", "utf-16": "UTF-16"}
# GBK text fails as UTF-8 within a few characters; ten characters in sequence prove UTF-8.
PROOF_OF_UTF8 = 10


@dataclass(frozen=True, slots=True)
class Failure:
    """Where strict decoding failed: byte offset from 0, line from 1, characters beyond ASCII before."""

    offset: int
    line: int
    beyond_ascii: int


def detect(path: Path) -> str:
    """Name the Python codec that decodes the whole file strictly; refuse when there is none."""
    with path.open("rb") as handle:
        head = handle.read(4)
    for mark, codec in MARKS:
        if head.startswith(mark):
            if not codec:
                raise refuse(
                    "encoding-unknown",
                    Message("The file is in UTF-32, which hardly any program reads."),
                    Message("Save the file again as UTF-8."),
                    "byte 0",
                )
            failure = try_codec(path, "utf-8" if codec == "utf-8-sig" else codec)
            if failure is not None:
                raise _damaged(LABELS[codec], failure)
            return codec
    as_utf8 = try_codec(path, "utf-8")
    if as_utf8 is None:
        return "utf-8"
    if as_utf8.beyond_ascii >= PROOF_OF_UTF8:
        raise _damaged("UTF-8", as_utf8)
    as_gb18030 = try_codec(path, "gb18030")
    if as_gb18030 is None:
        return "gb18030"
    raise _damaged("GB18030", as_gb18030)


def try_codec(path: Path, codec: str) -> Failure | None:
    """Decode the whole file strictly in bounded memory; None means that it fits."""
    decoder = codecs.getincrementaldecoder(codec)("strict")
    offset, line, beyond = 0, 1, 0
    with path.open("rb") as handle:
        while True:
            chunk = handle.read(CHUNK)
            pending = decoder.getstate()[0]
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                good = (pending + chunk)[: error.start]
                return Failure(
                    offset=offset - len(pending) + error.start,
                    line=line + good.count(b"\n"),
                    beyond_ascii=beyond + _beyond_ascii(good.decode(codec, "ignore")),
                )
            if "\0" in text:
                raise nul_character(f"line {line + text[: text.index(chr(0))].count(chr(10))}")
            if not chunk:
                return None
            offset += len(chunk)
            line += text.count("\n")
            beyond += _beyond_ascii(text) if beyond < PROOF_OF_UTF8 else 0


def _beyond_ascii(text: str) -> int:
    return 0 if text.isascii() else sum(1 for char in text if char > "\x7f")


def _damaged(label: str, failure: Failure) -> Exception:
    return refuse(
        "encoding-damaged",
        Message(
            "The file is not clean text: read as %(encoding)s it breaks off at byte %(byte)d, "
            "in line %(line)d.",
            {"encoding": label, "byte": failure.offset, "line": failure.line},
        ),
        Message(
            "Open the file in the program it comes from, save it as CSV in UTF-8, and deliver it "
            "again. If it was sent by mail or chat, ask for it once more."
        ),
        f"line {failure.line}, byte {failure.offset}",
    )
