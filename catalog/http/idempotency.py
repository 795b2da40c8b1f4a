"""``Idempotency-Key`` on POST: a repeated request gets the first one's answer and does nothing.

The key is claimed before the view runs and answered after it. A refused request frees its key,
because it changed nothing. An answer that holds a secret is not kept: its repeat is told that the
request was done.
"""

import hmac
from typing import Any

import orjson
from flask import current_app, g, request
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
    """What makes two requests the same: address, body, and what the actor may do. Keyed, because
    a body may hold a password that could be guessed from a plain hash."""
    identity = signed_in()
    rights = sorted(f"{grant.role} {grant.unit_id}" for grant in identity.grants)
    said = f"{identity.writes} {rights}\n{request.method} {request.full_path}\n".encode()
    return hmac.new(
        current_app.config["SECRET_KEY"], b"idempotency\n" + said + request.get_data(cache=True),
        "sha256",
    ).hexdigest()  # fmt: skip


def _mine(key: str) -> Any:
    return (IdempotencyKey.user_id == signed_in().user_id, IdempotencyKey.key == key)


def claim(*, secret: bool = False) -> Response | None:
    """Before the view: the kept answer of an equal request, or None after claiming the key.

    ``secret`` says that the answer must not be kept.
    """
    key = request.headers.get(HEADER)
    if key is None or request.method != "POST":
        return None
    if not key or len(key) > _LONGEST or not key.isascii() or not key.isprintable():
        raise Invalid(
            "bad-idempotency-key",
            Message("The Idempotency-Key is not 1 to 255 printable ASCII characters."),
            Message("Send a random identifier, for example a UUID."),
        )
    if request.mimetype == "multipart/form-data":
        raise Invalid(
            "idempotency-key-upload",
            Message(
                "An uploaded file takes no Idempotency-Key: two files could not be told apart."
            ),
            Message("Send the file without the key; after a broken upload look for the delivery."),
        )
    digest = _request_hash()
    with runtime().database.read() as session:
        kept = session.scalar(select(IdempotencyKey).where(*_mine(key)))
    if kept is None:
        _take(key, digest)
        g.idempotency_key, g.idempotency_secret = key, secret
        return None
    if kept.request_hash != digest:
        raise Invalid(
            "idempotency-key-reused",
            Message("This Idempotency-Key was used for another request, or with other rights."),
            Message("Use a new key for each new request."),
        )
    if kept.status == 0:
        raise _busy()
    if not kept.body:
        raise Conflict(
            "idempotency-answer-not-kept",
            Message("This request was done before; its answer was secret and is not kept."),
            Message("Look at what it made, or repeat it with a new key."),
        )
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
        body = "" if g.pop("idempotency_secret") else _stored(response)
        session.execute(
            update(IdempotencyKey).where(*_mine(key)).values(status=response.status_code, body=body)
        )
    return response


def _stored(response: Response) -> str:
    kept = {
        "headers": {name: response.headers[name] for name in _KEPT if name in response.headers},
        "body": response.get_data(as_text=True),
    }
    return orjson.dumps(kept).decode()
