"""Reading what an address or a form asks: dates, page numbers, signed ways through a list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from catalog import http
from catalog.errors import Invalid, RuleError
from catalog.pages.render import here
from catalog.services import facts, paging
from catalog.settings import ZONE
from schemas.records import Message

T = TypeVar("T")
PAGE_SIZE = 20
TABLE_SIZE = 50
LAST_PAGE = 500


def today() -> date:
    """The date of this request in Shanghai."""
    return facts.day(http.now())


def argument(name: str) -> str:
    """One argument of the address, without surrounding space."""
    return request.args.get(name, "").strip()[:500]


def day_argument(name: str, default: date) -> date:
    """A date in the address that is not in the future. Raises ``Invalid``."""
    text = argument(name)
    if not text:
        return default
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise _refused(name, Message("must be a date like 2026-11-23")) from None
    if not date(1900, 1, 1) <= found <= today():
        raise _refused(name, Message("must be a day that is not in the future"))
    return found


def moment_argument(name: str) -> datetime | None:
    """A moment in the address; without an offset it is one of Shanghai, a bare day its beginning.

    Raises ``Invalid``.
    """
    text = argument(name)
    if not text:
        return None
    try:
        # In an address a plus sign may have become a space.
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise _refused(name, Message("must be a moment like 2026-11-23T10:00:00+08:00")) from None
    if not 1900 <= found.year <= 2200:
        raise _refused(name, Message("must be a year between 1900 and 2200"))
    return found if found.tzinfo else found.replace(tzinfo=ZONE)


def choice_argument(name: str, allowed: Sequence[str], default: str = "") -> str:
    """One word of a few. Raises ``Invalid``."""
    text = argument(name) or default
    if text and text not in allowed:
        words = ", ".join(allowed)
        raise _refused(name, Message("must be one of: %(words)s", {"words": words}))
    return text


def number_argument(name: str) -> int:
    """A whole number in the address. Raises ``Invalid``."""
    text = argument(name)
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise _refused(name, Message("must be a whole number"))
    return int(text)


def _refused(name: str, message: Message) -> Invalid:
    return Invalid(
        "bad-address",
        Message("The address asks for something that cannot be read: %(name)s.", {"name": name}),
        Message("Go back and choose again."),
        fields={name: [message]},
    )


def page_number() -> int:
    """The number of the page asked for, from 1."""
    text = argument("page")
    if not text:
        return 1
    found = number_argument("page")
    if not 1 <= found <= LAST_PAGE:
        raise _refused("page", Message("is not a page of this list"))
    return found


def numbered(total: int, size: int, at: int) -> dict[str, Any]:
    """The ways through a list whose pages have numbers."""
    first = (at - 1) * size + 1
    return {
        "first": min(first, total),
        "last": min(at * size, total),
        "total": total,
        "previous_url": here(page=at - 1 if at > 2 else None) if at > 1 else "",
        "next_url": here(page=at + 1) if at * size < total and at < LAST_PAGE else "",
    }


def slice_of(items: Sequence[T], size: int) -> tuple[list[T], dict[str, Any]]:
    """One page of a list in hand, and the ways through it."""
    at = page_number()
    return list(items[(at - 1) * size : at * size]), numbered(len(items), size, at)


@dataclass(frozen=True, slots=True)
class Trail:
    """The cursors that led to this page of a list, the last one being its own."""

    cursors: tuple[str, ...] = ()
    name: str = "trail"

    @property
    def after(self) -> str:
        """The cursor of this page; empty on the first."""
        return self.cursors[-1] if self.cursors else ""


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"trail:{request.path}")


def trail(name: str = "trail") -> Trail:
    """The way that the address has come through the list. Raises ``Invalid`` for one we never gave."""
    given = request.args.get(name, "")
    if not given:
        return Trail(name=name)
    try:
        return Trail(tuple(_serializer().loads(given)), name)
    except (BadSignature, ValueError):
        raise _refused(name, Message("is not a page of this list")) from None


def _signed(cursors: Sequence[str]) -> str | None:
    return str(_serializer().dumps(list(cursors))) if cursors else None


def followed(found: paging.Page[Any], size: int, way: Trail, total: int) -> dict[str, Any]:
    """The ways through a list that goes on from cursor to cursor."""
    first = len(way.cursors) * size + 1
    ahead = here(**{way.name: _signed([*way.cursors, found.next])}) if found.next else ""
    back = here(**{way.name: _signed(way.cursors[:-1])}) if way.cursors else ""
    return {
        "first": min(first, total),
        "last": first + len(found.items) - 1,
        "total": total,
        "previous_url": back,
        "next_url": ahead,
    }


def form_text(name: str) -> str:
    """One value of the form."""
    return request.form.get(name, "").strip()


def form_version(name: str = "revision") -> int | None:
    """The object version that the form was made from; 0, which never is, when it is garbled."""
    text = request.form.get(name, "")
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def split_words(text: str) -> list[str]:
    """Words separated by commas of either script."""
    for mark in "，、；;\n":
        text = text.replace(mark, ",")
    return [part.strip() for part in text.split(",") if part.strip()]


def field_errors(error: RuleError, renamed: Mapping[str, str] | None = None) -> dict[str, Message]:
    """The first sentence for each field of a form, under the names that the form uses."""
    names = renamed or {}
    found = {names.get(name, name): messages[0] for name, messages in error.fields.items()}
    return found or {"form": error.cause}
