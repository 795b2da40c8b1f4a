"""One answer of a list: some items and where the next ones begin."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from catalog.errors import Invalid
from schemas.records import Message

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """``next`` is an opaque cursor, empty at the end; ``total`` is None where counting costs much."""

    items: list[T]
    next: str = ""
    total: int | None = None


def encode(*keys: Any) -> str:
    """A cursor that remembers the sort keys of the last item shown."""
    return urlsafe_b64encode(json.dumps(keys, default=str).encode()).decode().rstrip("=")


def decode(cursor: str, *kinds: Callable[[Any], Any]) -> list[Any]:
    """The sort keys in a cursor, each made by its kind; one that we did not make is refused."""
    try:
        keys = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [kind(key) for kind, key in zip(kinds, keys, strict=True)]
    except (ValueError, TypeError):
        raise Invalid(
            "bad-cursor",
            Message("The page cursor is not one that this server gave."),
            Message("Start again from the first page, or follow the link in page.next."),
            fields={"after": [Message("not a cursor of this list")]},
        ) from None
