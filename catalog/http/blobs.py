"""Sending stored bytes: ranges, validators, digests and names (RFC 9110, RFC 6266, RFC 9530)."""

import secrets
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, Protocol, cast
from urllib.parse import quote

from flask import request
from werkzeug.http import http_date
from werkzeug.wrappers import Response

from catalog.errors import RuleError
from catalog.http.caching import still_good
from catalog.http.context import runtime
from catalog.http.protection import FILE_POLICY
from catalog.http.ranges import Parts, Span, spans, told
from catalog.http.turns import while_sent
from catalog.services.codes import latin
from datasets.storage.contract import CHUNK_BYTES
from schemas.records import Message

KEPT_BYTES: Final = 2**23
"""So much of an answer leaves the thread that made it, however slowly it is taken."""


class Artefact(Protocol):
    """Stored bytes with a name and a type; ``modified`` is when they became public."""

    @property
    def sha256(self) -> str: ...
    @property
    def bytes(self) -> int: ...
    @property
    def file_name(self) -> str: ...
    @property
    def media_type(self) -> str: ...
    @property
    def modified(self) -> datetime: ...


class OtherBytes(RuleError):
    """The file is no longer the one that somebody wants to go on with."""

    status = 412
    title = "Changed in the meantime"

    def __init__(self) -> None:
        super().__init__(
            "other-bytes",
            Message("The file has changed since its beginning was sent to you."),
            Message("Begin the download again, or take the address under /versions/ that stays."),
        )


class BadRange(RuleError):
    """A range that the file does not have."""

    status = 416
    title = "No such range"

    def __init__(self, size: int) -> None:
        super().__init__(
            "bad-range",
            Message("The file has %(bytes)s bytes; the range asked for lies outside.",
                    {"bytes": size}),
            Message("Ask for a range within the file, or for the whole file."),
        )  # fmt: skip
        self.size = size


def disposition(file_name: str) -> str:
    """``Content-Disposition`` with the full name, and an ASCII one for old clients (RFC 6266)."""
    plain = file_name if file_name.isascii() else _spelled(file_name)
    plain = "".join(
        char if char.isascii() and char.isprintable() and char not in '"\\%;' else "_"
        for char in plain
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"


def _spelled(file_name: str) -> str:
    """The name in pinyin, its ending as it is."""
    stem, dot, suffix = file_name.rpartition(".")
    return f"{latin(stem or suffix, 100) or 'file'}{dot and '.'}{suffix if stem else ''}"


def with_charset(media_type: str) -> str:
    """Text is UTF-8 here, and says so."""
    if media_type.startswith("text/") and "charset" not in media_type:
        return f"{media_type}; charset=utf-8"
    return media_type


def _wanted(artefact: Artefact) -> tuple[Span, ...] | None:
    """The ranges asked for, None for the whole file. Only GET knows ranges (RFC 9110, 14.2)."""
    header = request.headers.get("Range")
    if header is None or request.method != "GET" or not _same_bytes(artefact):
        return None
    found = spans(header, artefact.bytes)
    if found == ():
        raise BadRange(artefact.bytes)
    return found


def _same_bytes(artefact: Artefact) -> bool:
    """Whether the asker's beginning is of this file, where it says which one it holds (RFC 9110, 13.1.5)."""
    condition = request.if_range
    weak = request.headers.get("If-Range", "").startswith("W/")  # says nothing of single bytes
    if weak or (condition.etag is not None and condition.etag != artefact.sha256):
        return False
    modified = artefact.modified.astimezone(UTC).replace(microsecond=0)
    return condition.date is None or condition.date == modified


def _body(sha256: str, span: Span) -> Iterable[bytes]:
    """The bytes; as a file where the server can send one by itself (PEP 3333), which costs a reader who
    takes hours no thread. It sends as many bytes as ``Content-Length`` says."""
    if request.method == "HEAD" or not span.size:
        return iter(())
    storage = runtime().storage
    wrapper = request.environ.get("wsgi.file_wrapper")
    file = storage.opened(sha256) if wrapper is not None else None
    if file is None or wrapper is None:
        return storage.open_range(sha256, span.start, span.end)
    file.seek(span.start)
    return cast("Iterable[bytes]", wrapper(file, CHUNK_BYTES))


def _moved_on(sha256: str, modified: datetime) -> bool:
    """Whether the asker goes on with other bytes: by tag, or where it sends none by date (RFC 9110,
    13.2.2)."""
    if "If-Match" in request.headers:
        return not request.if_match.contains(sha256)
    since = request.if_unmodified_since
    return since is not None and modified.replace(microsecond=0) > since


def send_blob(artefact: Artefact) -> Response:
    """Answer a GET or HEAD with stored bytes; 206 for a range, 304 for a copy still good."""
    modified = artefact.modified.astimezone(UTC)
    headers = {
        "ETag": f'"{artefact.sha256}"',
        "Last-Modified": http_date(modified),
        "Accept-Ranges": "bytes",
        "Cache-Control": "no-cache",
        "Content-Security-Policy": FILE_POLICY,
    }
    if _moved_on(artefact.sha256, modified):
        raise OtherBytes
    if still_good(artefact.sha256, modified):
        return Response(status=304, headers=headers)
    digest = b64encode(bytes.fromhex(artefact.sha256)).decode()
    headers |= {
        "Content-Disposition": disposition(artefact.file_name),
        "Digest": f"sha-256={digest}",
        "Repr-Digest": f"sha-256=:{digest}:",
    }
    wanted = _wanted(artefact)
    content_type = with_charset(artefact.media_type)
    if wanted is not None and len(wanted) > 1:
        return _several(artefact, wanted, headers, content_type)
    span = wanted[0] if wanted else Span(0, artefact.bytes)
    headers["Content-Length"] = str(span.size)
    if wanted:
        headers["Content-Range"] = told(span, artefact.bytes)
    return Response(
        _body(artefact.sha256, span),
        status=206 if wanted else 200,
        headers=headers,
        content_type=content_type,
        direct_passthrough=True,
    )


def _several(
    artefact: Artefact, wanted: Sequence[Span], headers: Mapping[str, str], content_type: str
) -> Response:
    """Several ranges in one answer. Beyond what a server keeps for a slow reader it is work like that of
    making a file, of which a client has so many at a time."""
    parts = Parts(wanted, artefact.bytes, content_type, secrets.token_hex(16))
    storage = runtime().storage
    body: Iterable[bytes] = parts.body(
        storage.open_range(artefact.sha256, span.start, span.end) for span in wanted
    )
    return Response(
        while_sent(body) if parts.size > KEPT_BYTES else body,
        status=206,
        headers={**headers, "Content-Length": str(parts.size)},
        content_type=parts.content_type,
        direct_passthrough=True,
    )
