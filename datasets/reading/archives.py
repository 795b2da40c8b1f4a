"""ZIP and gzip from strangers: looked through before anything is opened, and never unpacked by name.

Python's own ``zipfile`` accepts an archive whose entries overlap (48 kB that unpack to a gigabyte)
and believes the sizes that headers state. So the entries are checked against each other first, and
bytes are counted while they are inflated. Nothing is ever written under a name from the archive.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path, PurePosixPath

from datasets.damage import DAMAGED
from datasets.reading.kinds import broken_archive, encrypted
from datasets.reading.problems import refuse
from schemas.records import Limits, Message

CHUNK = 1 << 20
NO_BOMB = 64 << 20
"""So much may come out of anything: reading it costs a second."""
LOCAL_HEADER = struct.Struct("<4s5H3L2H")
LOCAL_MAGIC = b"PK\x03\x04"
ENCRYPTED_FLAG = 0x1
UTF8_FLAG = 0x800
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
SYMLINK = 0o120000
DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"com{i}" for i in range(10))})


def check_archive(path: Path, limits: Limits) -> list[zipfile.ZipInfo]:
    """Look through the entries of a ZIP without inflating any; returns its files.

    Refuses too many entries, entries that overlap or do not match their own headers, names that
    point elsewhere, links, encryption, and stated sizes beyond the limit.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (OSError, *DAMAGED) as error:
        raise broken_archive() from error
    if len(entries) > limits.max_archive_entries:
        raise refuse(
            "archive-too-many-entries",
            Message(
                "The archive holds %(count)d files; at most %(limit)d are accepted.",
                {"count": len(entries), "limit": limits.max_archive_entries},
            ),
            Message("Put only the table into the archive, or deliver the table itself."),
        )
    if sum(entry.file_size for entry in entries) > limits.max_unpacked_bytes:
        raise too_large(limits)
    names: set[str] = set()
    for entry in entries:
        _check_entry(entry)
        if entry.filename in names:
            raise _suspicious(Message("The archive holds two files of the same name."))
        names.add(entry.filename)
    _check_overlap(path, entries)
    return [entry for entry in entries if not entry.is_dir()]


def _check_entry(entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & ENCRYPTED_FLAG:
        raise encrypted()
    if entry.compress_type not in METHODS:
        raise _suspicious(Message("The archive is packed with a method that is not supported."))
    name = entry.orig_filename
    parts = PurePosixPath(name.replace("\\", "/")).parts
    stems = {part.split(".")[0].lower() for part in parts}
    if (
        name.startswith(("/", "\\"))
        or ".." in parts
        or "\0" in name
        or (len(name) > 1 and name[1] == ":")
        or stems & DEVICES
    ):
        raise _suspicious(Message("A file name in the archive points outside of the archive."))
    if (entry.external_attr >> 16) & 0o170000 == SYMLINK:
        raise _suspicious(Message("The archive holds a link instead of a file."))


def _check_overlap(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    """Hold each entry's own header against the directory, and its extent against the next entry."""
    spans = []
    with path.open("rb") as handle:
        for entry in entries:
            if entry.header_offset < 0:
                raise broken_archive()
            handle.seek(entry.header_offset)
            raw = handle.read(LOCAL_HEADER.size)
            if len(raw) < LOCAL_HEADER.size:
                raise broken_archive()
            magic, _, _, method, _, _, _, packed, unpacked, name, extra = LOCAL_HEADER.unpack(raw)
            local_name = handle.read(name)
            if magic != LOCAL_MAGIC or method != entry.compress_type:
                raise _suspicious(Message("The directory of the archive contradicts its content."))
            coding = "utf-8" if entry.flag_bits & UTF8_FLAG else "cp437"
            if local_name != entry.orig_filename.encode(coding, "replace"):
                raise _suspicious(Message("The directory of the archive contradicts its content."))
            stated = packed not in {0, 0xFFFFFFFF, entry.compress_size}
            if stated or unpacked not in {0, 0xFFFFFFFF, entry.file_size}:
                raise _suspicious(Message("The directory of the archive contradicts its content."))
            start = entry.header_offset
            spans.append((start, start + LOCAL_HEADER.size + name + extra + entry.compress_size))
    for (_, end), (start, _) in pairwise(sorted(spans)):
        if start < end:
            raise _suspicious(Message("Files in the archive overlap, as they do in a ZIP bomb."))


def inflate(path: Path, entry: zipfile.ZipInfo, limits: Limits) -> Iterator[bytes]:
    """Yield the bytes of one entry, counted while inflating; headers are not believed."""
    count = 0
    try:
        with zipfile.ZipFile(path) as archive, archive.open(entry) as stream:
            while chunk := stream.read(CHUNK):
                count += len(chunk)
                if count > min(entry.file_size, limits.max_unpacked_bytes):
                    raise too_large(limits)
                _check_ratio(count, entry.compress_size, limits)
                yield chunk
    except (OSError, *DAMAGED) as error:
        raise broken_archive() from error


def extract(path: Path, entry: zipfile.ZipInfo, target: Path, limits: Limits) -> None:
    """Inflate one entry into a file named by us."""
    with target.open("wb") as handle:
        for chunk in inflate(path, entry, limits):
            handle.write(chunk)


def gunzip(path: Path, target: Path, limits: Limits) -> None:
    """Inflate a gzip file into ``target``, counting; several members in a row are one file."""
    count = 0
    inflater = zlib.decompressobj(wbits=31)
    with path.open("rb") as source, target.open("wb") as handle:
        data = source.read(CHUNK)
        try:
            while data:
                out = inflater.decompress(data, CHUNK)
                count += len(out)
                if count > limits.max_unpacked_bytes:
                    raise too_large(limits)
                _check_ratio(count, source.tell(), limits)
                handle.write(out)
                data = inflater.unconsumed_tail or inflater.unused_data
                if inflater.eof and data.rstrip(b"\0"):
                    inflater = zlib.decompressobj(wbits=31)
                elif inflater.eof:
                    data = b""
                data = data or source.read(CHUNK)
        except zlib.error as error:
            raise _broken_gzip() from error
    if not inflater.eof:
        raise _broken_gzip()


def readable_name(entry: zipfile.ZipInfo) -> str:
    """Name an entry as its maker saw it: archives made on Chinese Windows name files in GBK."""
    if entry.flag_bits & UTF8_FLAG:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        pass
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename


def too_large(limits: Limits) -> Exception:
    """More comes out of the file than is accepted: a bomb, or honestly too much."""
    return refuse(
        "unpacks-too-large",
        Message(
            "The file unpacks to more than %(limit)d MB.",
            {"limit": limits.max_unpacked_bytes // 1_000_000},
        ),
        Message("Split the data into smaller files and deliver them one by one."),
    )


def _check_ratio(unpacked: int, packed: int, limits: Limits) -> None:
    """Stop a bomb while it is small: no table of any size packs as well as nothing but zeros does."""
    if unpacked > NO_BOMB and unpacked > packed * limits.max_unpacked_ratio:
        raise refuse(
            "unpacks-too-large",
            Message(
                "The file unpacks to more than %(times)d times its size, as a bomb does.",
                {"times": limits.max_unpacked_ratio},
            ),
            Message("Deliver the table itself, without packing it."),
        )


def _suspicious(cause: Message) -> Exception:
    return refuse(
        "archive-refused",
        cause,
        Message("Make a new archive that holds only the table, or deliver the table itself."),
    )


def _broken_gzip() -> Exception:
    return refuse(
        "archive-damaged",
        Message("The gzip file is damaged or was cut off."),
        Message("Make the file again and deliver it complete."),
    )
