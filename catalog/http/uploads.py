"""Receiving a delivery: the multipart body goes to the disk as it arrives, never into memory."""

import errno
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import IO, cast
from unicodedata import category, normalize

from flask import request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from catalog.errors import Full, Invalid, TooLarge
from catalog.http.context import check_csrf, runtime
from catalog.http.protection import CSRF_FIELD, CSRF_HEADER
from catalog.http.strict import check_form
from datasets.storage import Blob
from schemas.records import Message

FORM_BYTES = 2**20
"""What the fields around a file may take."""
NAME_CHARS = 300
_BIDI = {
    chr(code) for code in (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A delivery in the file store, with the name its sender gave it."""

    blob: Blob
    file_name: str
    fields: dict[str, str]


class _Spool(FileIO):
    """A file of this request on the data disk, gone when closed; refuses more than its limit."""

    def __init__(self, folder: Path, limit: int) -> None:
        super().__init__(folder / f"{secrets.token_hex(16)}.part", "x+b")
        self._left = limit

    def write(self, data: object) -> int:
        chunk = memoryview(cast("bytes", data))
        self._left -= len(chunk)
        if self._left < 0:
            raise _too_large()
        try:
            written = 0
            while written < len(chunk):
                written += super().write(chunk[written:])
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise _no_room() from error
            raise
        return written

    def close(self) -> None:
        if not self.closed:
            Path(str(self.name)).unlink(missing_ok=True)
        super().close()


def clean_file_name(raw: str) -> str:
    """The name as metadata: last part of a path, NFC, without control and bidirectional characters.

    It never names a place on a disk; bytes are stored under their hash.
    """
    last = raw.replace("\\", "/").rpartition("/")[2]
    kept = "".join(
        char for char in normalize("NFC", last)
        if category(char) not in {"Cc", "Cs", "Co", "Cn"} and char not in _BIDI
    ).strip()  # fmt: skip
    stem, dot, suffix = kept.rpartition(".")
    if len(kept) > NAME_CHARS and dot and len(suffix) <= 10:
        kept = stem[: NAME_CHARS - len(suffix) - 1] + dot + suffix
    return kept[:NAME_CHARS].strip() or "delivery"


def check_room(expected_bytes: int) -> None:
    """Refuse an upload that would leave less than the reserve on the disk."""
    settings = runtime().settings
    free = shutil.disk_usage(runtime().incoming).free
    if free - expected_bytes < settings.disk_reserve_bytes:
        raise _no_room()


def _no_room() -> Full:
    return Full(
        "disk-full",
        Message("There is no room for this file at the moment."),
        Message("Try again later; the administrator has to free or add disk space."),
    )


def _too_large() -> TooLarge:
    limit = runtime().settings.max_upload_bytes
    return TooLarge(
        "upload-too-large",
        Message("The file is larger than %(limit)s bytes.", {"limit": limit}),
        Message("Split the file, or compress it."),
    )


@contextmanager
def receive(part: str = "file") -> Iterator[Upload]:
    """Read the multipart body; the file stands in the store before the block begins.

    Nothing is read before this is called, so the caller checks permissions first.
    """
    with _body(part) as (form, files):
        yield _stored(part, form, files)


@contextmanager
def receive_form(part: str = "file") -> Iterator[tuple[dict[str, str], Upload | None]]:
    """The same for a form whose file may be left out: its fields, and the delivery if there is one."""
    with _body(part) as (form, files):
        sent = any(one.filename for one in files.values())
        yield _fields(form), _stored(part, form, files) if sent else None


@contextmanager
def _body(part: str) -> Iterator[tuple[MultiDict[str, str], MultiDict[str, FileStorage]]]:
    settings = runtime().settings
    if request.mimetype != "multipart/form-data":
        raise Invalid(
            "not-multipart",
            Message("A file is delivered as multipart/form-data, in the part %(part)s.",
                    {"part": part}),
            Message("Send the file as multipart, or send JSON with a url."),
            fields={part: [Message("is needed")]},
        )  # fmt: skip
    limit = settings.max_upload_bytes
    if (request.content_length or 0) > limit + FORM_BYTES:
        raise _too_large()
    check_room(request.content_length or 0)
    with ExitStack() as stack:
        form, files = _parse(stack, limit)
        header = request.headers.get(CSRF_HEADER, "")
        check_csrf(header or form.get(CSRF_FIELD, ""))
        check_form(form)
        yield form, files


def _fields(form: MultiDict[str, str]) -> dict[str, str]:
    return {name: text for name, text in form.items() if name != CSRF_FIELD}


def _parse(stack: ExitStack, limit: int) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
    def spool(*_sizes: object, **_names: object) -> IO[bytes]:
        return cast("IO[bytes]", stack.enter_context(_Spool(runtime().incoming, limit)))

    request.max_content_length = limit + FORM_BYTES
    parser = FormDataParser(
        spool,
        max_form_memory_size=FORM_BYTES // 2,
        max_content_length=limit + FORM_BYTES,
        max_form_parts=100,
        silent=False,
    )
    try:
        _, form, files = parser.parse(
            request.stream, request.mimetype, request.content_length, request.mimetype_params
        )
    except RequestEntityTooLarge:
        raise _too_large() from None
    except ValueError:
        raise Invalid(
            "bad-multipart",
            Message("The upload is not well-formed multipart/form-data, or it broke off."),
            Message("Send it again."),
        ) from None
    return form, files


def _stored(part: str, form: MultiDict[str, str], files: MultiDict[str, FileStorage]) -> Upload:
    given = files.getlist(part)
    if len(given) != 1 or len(files) != 1 or not given[0].filename:
        raise Invalid(
            "one-file",
            Message("Exactly one file is needed, in the part %(part)s.", {"part": part}),
            Message("Send one file at a time, with its name."),
            fields={part: [Message("is needed")]},
        )
    path = Path(str(given[0].stream.name))
    given[0].stream.flush()
    if path.stat().st_size == 0:
        raise Invalid(
            "empty-file",
            Message("The file is empty (0 bytes)."),
            Message("Check that it was saved, and deliver it again."),
            fields={part: [Message("is empty")]},
        )
    blob = runtime().storage.put_file(path)
    return Upload(blob, clean_file_name(str(given[0].filename)), _fields(form))
