"""Page cursors as clients see them: signed, so that a list is only ever asked for one that we gave."""

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from catalog.errors import Invalid
from schemas.records import Message


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="page-cursor")


def seal(cursor: str, path: str) -> str:
    """The cursor to hand out for a list; empty stays empty."""
    return str(_serializer().dumps([path, cursor])) if cursor else ""


def unseal(given: str, path: str) -> str:
    """The cursor that we handed out for this list. Raises ``Invalid`` for any other."""
    if not given:
        return ""
    try:
        where, cursor = _serializer().loads(given)
    except (BadSignature, ValueError):
        where, cursor = None, ""
    if where != path:
        raise Invalid(
            "bad-cursor",
            Message("The page cursor is not one that this server gave."),
            Message("Start again from the first page, or follow the link in page.next."),
            fields={"after": [Message("not a cursor of this list")]},
        )
    return str(cursor)
