"""Which encoding a text file is in: proved over the whole file, never guessed from statistics.

Order: byte order mark; strict UTF-8; strict GB18030. Statistical guesses read short GBK texts as
Big5 or Thai, and a single damaged byte as Greek, without any error; so a file that is in none of
the three is refused with the byte and the line where it fails. What decodes as GB18030 but does not
look like Chinese is said to be doubtful. Everything after this module reads UTF-8.
"""

import codecs
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from datasets.reading.limits import LINE_CHARS, line_too_long, nul_character
from datasets.reading.problems import refuse
from schemas.records import Message, Repair

CHUNK = 1 << 20
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LABELS = {
    "utf-8-sig": "UTF-8",
    "utf-8": "UTF-8",
    "gb18030": "GB18030",
    "utf-16": "UTF-16",
    "utf-32": "UTF-32",
}
# GBK text fails as UTF-8 within a few characters; ten characters in sequence prove UTF-8.
PROOF_OF_UTF8 = 10
SAMPLE_CHARS = 1 << 16
MOST_RARE = 0.2


@dataclass(frozen=True, slots=True)
class Failure:
    """Where strict decoding failed: byte offset from 0, line from 1, characters beyond ASCII before."""

    offset: int
    line: int
    beyond_ascii: int


def as_utf8(path: Path, target: Path) -> tuple[str, Path, tuple[Repair, ...]]:
    """Name the Python codec that decodes the whole file strictly, and give the text in UTF-8.

    The text is the file itself (with or without a byte order mark) or a copy written to ``target``.
    Remarks say when the proof is weak. Raises UnreadableError when no codec fits.
    """
    with path.open("rb") as handle:
        head = handle.read(4)
    marked = next((codec for mark, codec in MARKS if head.startswith(mark)), "")
    if marked in {"", "utf-8-sig"}:
        failure = _not_utf8(path)
        if failure is None:
            return marked or "utf-8", path, ()
        if marked or failure.beyond_ascii >= PROOF_OF_UTF8:
            raise _damaged("UTF-8", failure)
    codec = marked or "gb18030"
    counts: Counter[str] = Counter()
    with target.open("wb") as copy:
        failure = try_codec(path, codec, lambda text: _copy(text, copy, counts))
    if failure is not None:
        raise _damaged(LABELS[codec], failure)
    return codec, target, _doubts(counts) if codec == "gb18030" else ()


def _copy(text: str, copy: BinaryIO, counts: Counter[str]) -> None:
    copy.write(text.encode("utf-8"))
    if sum(counts.values()) < SAMPLE_CHARS:
        counts.update(char for char in text[:SAMPLE_CHARS] if char > "\x7f")


def _doubts(counts: Counter[str]) -> tuple[Repair, ...]:
    """A remark when text that decodes as GB18030 does not look Chinese: nearly any bytes decode.

    Of Chinese text practically all characters are among the 6,763 of GB 2312.
    """
    total = sum(counts.values())
    rare = sum(count for char, count in counts.items() if not _is_common(char))
    if rare <= MOST_RARE * total:
        return ()
    seen = "".join(char for char, _ in counts.most_common(20))
    return (
        Repair(
            id="encoding-doubtful:gb18030",
            kind="encoding-doubtful",
            place="",
            message=Message(
                "The file does not say its encoding. It can be read as GB18030, but then "
                "%(share)d%% of its characters are rare. If the text below reads wrong, save the "
                "file again as UTF-8; accept only if it reads right.",
                {"share": 100 * rare // total},
            ),
            before=((seen,),),
            after=((seen,),),
            required=True,
        ),
    )


def _is_common(char: str) -> bool:
    try:
        return bool(char.encode("gb2312"))
    except UnicodeEncodeError:
        return False


def _not_utf8(path: Path) -> Failure | None:
    """Prove the whole file UTF-8 at the speed of memory; says where it fails."""
    pending, unended = b"", 0
    with path.open("rb", buffering=0) as handle:
        while chunk := handle.read(CHUNK):
            data = pending + chunk
            stop = _last_whole(data)
            if b"\0" in chunk or not _is_utf8(pa.py_buffer(data)[:stop]):
                return try_codec(path, "utf-8")
            pending = data[stop:]
            end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            unended = len(chunk) - end - 1 if end >= 0 else unended + len(chunk)
            if unended > 4 * LINE_CHARS:
                raise line_too_long()
    return try_codec(path, "utf-8") if pending else None


def _last_whole(data: bytes) -> int:
    """Where the last character that is not cut off ends."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte < 0x80:
            break
        if byte >= 0xC0:
            size = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(data) - back if size > back else len(data)
    return len(data)


def _is_utf8(data: pa.Buffer) -> bool:
    ends = pa.py_buffer(struct.pack("<qq", 0, data.size))
    text = pa.Array.from_buffers(pa.large_string(), 1, [None, ends, data])
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def try_codec(
    path: Path, codec: str, take: Callable[[str], None] = lambda _text: None
) -> Failure | None:
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
            take(text)
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
