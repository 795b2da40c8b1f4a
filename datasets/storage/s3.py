"""Blobs in an S3 bucket, of any maker.

URL: ``s3://KEY:SECRET@host:port/bucket/prefix?name=value…``; KEY and SECRET percent-encoded. Without
them the variables ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY`` and ``AWS_SESSION_TOKEN`` count.

========== ============================================================ =================
parameter  meaning                                                      default
========== ============================================================ =================
endpoint   ``https`` or ``http``: how the host is spoken to              ``https``
region     the region that signatures name                              ``us-east-1``
style      ``path`` (host/bucket/key) or ``virtual`` (bucket.host/key)  ``path``
links      address of the store as browsers see it (``https://files…``),
           or ``none``: the portal then sends all bytes itself          as the portal sees
========== ============================================================ =================

Needed of the store: single and multipart PUT, If-None-Match, GET with ranges, HEAD, DELETE, list.
Parts of broken-off uploads are for the bucket's life-cycle rule to remove.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from obstore.store import S3Store

from datasets.storage.cache import Cache
from datasets.storage.contract import Storage, StorageSettingError
from datasets.storage.objects import Linker, ObjectStorage
from datasets.storage.presign import Signer, presign
from schemas.records import Message

LINK_SECONDS = 300
PARAMETERS = {"endpoint": "https", "region": "us-east-1", "style": "path", "links": ""}
CHOICES = {"endpoint": {"http", "https"}, "style": {"path", "virtual"}}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the blobs are: ``base`` is the bucket's address, ``public`` the same for browsers."""

    bucket: str
    prefix: str
    base: str
    public: str
    virtual: bool


def open_s3(url: str, cache_dir: Path) -> Storage:
    """The store of an ``s3:`` URL. Raises ``StorageSettingError``; asks nothing of the server yet."""
    parts = urlsplit(url)
    options = read_options(parts)
    signer = read_signer(parts, options["region"])
    place = read_place(parts, options)
    store = S3Store(
        bucket=place.bucket,
        prefix=place.prefix or None,
        endpoint=place.base,
        region=options["region"],
        virtual_hosted_style_request=place.virtual,
        access_key_id=signer.key,
        secret_access_key=signer.secret,
        **({"session_token": signer.session_token} if signer.session_token else {}),
        client_options={"allow_http": options["endpoint"] == "http"},
    )
    return ObjectStorage(store, Cache(cache_dir), make_linker(place, signer))


def read_options(parts: SplitResult) -> dict[str, str]:
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name, value in given.items():
        if name not in PARAMETERS or value not in CHOICES.get(name, {value}):
            raise StorageSettingError(
                name,
                Message(
                    "The storage URL has a parameter or value that is not known: %(name)s. "
                    "Known are: %(known)s.",
                    {"name": name, "known": ", ".join(PARAMETERS)},
                ),
            )
    return PARAMETERS | given


def read_signer(parts: SplitResult, region: str) -> Signer:
    if parts.username and parts.password:
        return Signer(unquote(parts.username), unquote(parts.password), region)
    key = os.environ.get("AWS_ACCESS_KEY_ID", "")
    secret = os.environ.get("AWS_SECRET_ACCESS_KEY", "")
    if not key or not secret:
        raise StorageSettingError("s3:", Message("The storage URL has no key and secret."))
    return Signer(key, secret, region, os.environ.get("AWS_SESSION_TOKEN", ""))


def read_place(parts: SplitResult, options: dict[str, str]) -> Place:
    bucket, _, prefix = unquote(parts.path).strip("/").partition("/")
    host = parts.netloc.rpartition("@")[2]
    if not host or not bucket:
        raise StorageSettingError("s3:", Message("The storage URL names no host or no bucket."))
    virtual = options["style"] == "virtual"
    base = f"{options['endpoint']}://{bucket + '.' if virtual else ''}{host}"
    public = "" if options["links"] == "none" else options["links"].rstrip("/") or base
    return Place(bucket, prefix, base, public, virtual)


def make_linker(place: Place, signer: Signer) -> Linker | None:
    if not place.public:
        return None
    folder = "/".join(
        part for part in ("" if place.virtual else place.bucket, place.prefix) if part
    )

    def link(key: str, filename: str, media_type: str) -> str:
        path = quote(f"{folder}/{key}".lstrip("/"), safe="/~")
        answer = {
            # RFC 6266 with the UTF-8 form of RFC 8187; the plain form is for old clients.
            "response-content-disposition": f"attachment; filename*=UTF-8''{quote(filename, safe='')}",
            "response-content-type": media_type,
        }
        return presign(signer, f"{place.public}/{path}", LINK_SECONDS, datetime.now(UTC), answer)

    return link
