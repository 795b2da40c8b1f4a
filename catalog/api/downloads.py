"""Published bytes: ``/datasets/{slug}/{table}.{format}`` and ``/versions/{sha256}/{name}``."""

import codecs
from collections.abc import Iterable, Iterator
from hashlib import sha256 as digest_of

from flask import Blueprint, request
from werkzeug.wrappers import Response

from catalog import http
from catalog.errors import RuleError
from catalog.http.turns import while_sent
from catalog.services import downloads
from datasets import exports
from datasets.storage import Storage
from schemas.records import Message

blueprint = Blueprint("downloads", __name__)
OPTIONS = ("bom", "excel")
FORMATS = ", ".join(downloads.MEDIA_TYPES)


@blueprint.get(f"/datasets/<slug>/<name>.<any({FORMATS}):suffix>")
def current(slug: str, name: str, suffix: str) -> Response:
    """The file of a table as it is public now."""
    chosen = _options(suffix)
    with http.reading() as session:
        artefact = downloads.current(session, http.actor(), slug, name, suffix)
        if not chosen:
            return http.send_blob(artefact)
        source = downloads.current(session, http.actor(), slug, name, "parquet")
    return _for_spreadsheets(artefact, source.sha256, chosen)


@blueprint.get("/versions/<sha256>/<name>")
def for_ever(sha256: str, name: str) -> Response:
    """A published file by its hash, until its entry is withdrawn."""
    _options("")
    with http.reading() as session:
        return http.send_blob(downloads.by_hash(session, http.actor(), sha256, name))


def _options(suffix: str) -> tuple[str, ...]:
    """The switches ``?bom=1`` and ``?excel=1`` of a CSV; anything else is refused by name."""
    known = OPTIONS if suffix == "csv" else ()
    for name, value in request.args.items():
        if name != "lang" and (name not in known or value not in {"0", "1"}):
            raise RuleError(
                "unknown-argument",
                Message("The argument %(name)s is not known here.", {"name": name[:60]}),
                Message("For a CSV there are bom=1 and excel=1; other formats take none."),
            )
    return tuple(name for name in known if request.args.get(name) == "1")


def _for_spreadsheets(
    artefact: downloads.Artefact, parquet: str, chosen: tuple[str, ...]
) -> Response:
    """A CSV made for Excel while it is sent: with a byte order mark, or without formulas."""
    tag = digest_of(f"{artefact.sha256} {chosen}".encode()).hexdigest()
    headers = {"ETag": f'"{tag}"', "Cache-Control": "no-cache", "Accept-Ranges": "none"}
    if request.if_none_match.contains_weak(tag):
        return Response(status=304, headers=headers)
    headers |= {
        "Content-Disposition": http.disposition(artefact.file_name),
        "Content-Security-Policy": http.FILE_POLICY,
    }
    made: Iterable[bytes] = iter(())
    if request.method != "HEAD":
        made = while_sent(_pieces(artefact.sha256, parquet, chosen))
    return Response(made, headers=headers, content_type=http.with_charset(artefact.media_type))


def _pieces(csv: str, parquet: str, chosen: tuple[str, ...]) -> Iterator[bytes]:
    storage = http.runtime().storage
    if "excel" not in chosen:
        stored = storage.open_range(csv)
        return _marked(stored)
    return _neutral(storage, parquet, bom="bom" in chosen)


def _marked(stored: Iterator[bytes]) -> Iterator[bytes]:
    yield codecs.BOM_UTF8
    yield from stored


def _neutral(storage: Storage, parquet: str, *, bom: bool) -> Iterator[bytes]:
    with storage.local_path(parquet) as path:
        yield from exports.stream(exports.read(path), "csv", bom=bom, excel=True)
