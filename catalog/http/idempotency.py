"""``Idempotency-Key`` on POST: a repeated request gets the first one's answer and does nothing.

The key is claimed before the view runs and answered after it. A refused request frees its key,
because it changed nothing.
"""

from hashlib import sha256
from typing import Any

import orjson
from flask import g, request
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from catalog.errors import Conflict, Invalid
from catalog.http.context import now, runtime, signed_in
from catalog.models import IdempotencyKey
from schemas.records import Message

HEADER = "Idempotency-Key"
_KEPT = ("Content-Type", "Location", "ETag")
_LONGEST = 255


def _request_hash() -> str:
    """What makes two requests the same. A delivery is not read for it: it may be gigabytes, and the
    boundary of the same file differs each time; there the address alone counts."""
    delivered = request.mimetype == "multipart/form-data"
    body = b"" if delivered else request.get_data(cache=True)
    return sha256(f"{request.method} {request.full_path}\n".encode() + body).hexdigest()


def _mine(key: str) -> Any:
    return (IdempotencyKey.user_id == signed_in().user_id, IdempotencyKey.key == key)


def claim() -> Response | None:
    """Before the view: the kept answer of an equal request, or None after claiming the key."""
    key = request.headers.get(HEADER)
    if key is None or request.method != "POST":
        return None
    if not key or len(key) > _LONGEST or not key.isascii() or not key.isprintable():
        raise Invalid(
            "bad-idempotency-key",
            Message("The Idempotency-Key is not 1 to 255 printable ASCII characters."),
            Message("Send a random identifier, for example a UUID."),
        )
    digest = _request_hash()
    with runtime().database.read() as session:
        kept = session.scalar(select(IdempotencyKey).where(*_mine(key)))
    if kept is None:
        _take(key, digest)
        g.idempotency_key = key
        return None
    if kept.request_hash != digest:
        raise Invalid(
            "idempotency-key-reused",
            Message("This Idempotency-Key was used for another request."),
            Message("Use a new key for each new request."),
        )
    if kept.status == 0:
        raise _busy()
    stored = orjson.loads(kept.body)
    response = Response(stored["body"], status=kept.status, headers=stored["headers"])
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _busy() -> Conflict:
    return Conflict(
        "idempotency-key-busy",
        Message("A request with this Idempotency-Key is running, or broke off without an answer."),
        Message(
            "Wait and repeat it; if it stays so, look whether it took effect and use a new key."
        ),
    )


def _take(key: str, digest: str) -> None:
    try:
        with runtime().database.write() as session:
            session.add(
                IdempotencyKey(
                    user_id=signed_in().user_id,
                    key=key,
                    request_hash=digest,
                    status=0,
                    body="",
                    created_at=now(),
                )
            )
    except IntegrityError:
        raise _busy() from None


def keep(response: Response) -> Response:
    """After the view: keep a good answer under its key, free the key of a refused request."""
    key = g.pop("idempotency_key", None)
    if key is None:
        return response
    with runtime().database.write() as session:
        if response.status_code >= 400:
            session.execute(delete(IdempotencyKey).where(*_mine(key)))
            return response
        body = {
            "headers": {name: response.headers[name] for name in _KEPT if name in response.headers},
            "body": response.get_data(as_text=True),
        }
        session.execute(
            update(IdempotencyKey)
            .where(*_mine(key))
            .values(status=response.status_code, body=orjson.dumps(body).decode())
        )
    return response
