"""Values from any door, checked field by field; one refusal names every bad field at once."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from catalog.errors import Invalid
from schemas.records import Message
from schemas.text import BadText, clean_line, clean_text

Cleaner = Callable[[Any], Any]


class Bad(ValueError):
    """One field's value is refused; carries the sentence for its owner."""

    def __init__(self, text: str, **params: Any) -> None:
        super().__init__(text)
        self.message = Message(text, params)


def line(limit: int, *, required: bool = False) -> Cleaner:
    """A single line of text."""

    def clean(value: Any) -> str:
        if not isinstance(value, str):
            raise Bad("must be text")
        try:
            text = clean_line(value, limit)
        except BadText as error:
            raise Bad(error.reason, limit=error.limit) from None
        if required and not text:
            raise Bad("must not be empty")
        return text

    return clean


def lines(limit: int) -> Cleaner:
    """Text of several lines."""

    def clean(value: Any) -> str:
        if not isinstance(value, str):
            raise Bad("must be text")
        try:
            return clean_text(value, limit)
        except BadText as error:
            raise Bad(error.reason, limit=error.limit) from None

    return clean


def choice(words: type[StrEnum], *, empty: bool = False) -> Cleaner:
    """One word of a closed list."""

    def clean(value: Any) -> str:
        if value == "" and empty:
            return ""
        try:
            return str(words(value))
        except ValueError:
            raise Bad(
                "must be one of: %(words)s", words=", ".join(word.value for word in words)
            ) from None

    return clean


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Bad("must be true or false")
    return value


def day(value: Any) -> date | None:
    """A date as YYYY-MM-DD between 1900 and 2200; empty is none."""
    if value is None or value == "":
        return None
    try:
        found = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise Bad("must be a date like 2026-11-23") from None
    if not 1900 <= found.year <= 2200:
        raise Bad("must be a year between 1900 and 2200")
    return found


def whole(low: int, high: int) -> Cleaner:
    """A whole number in a range; empty is none."""

    def clean(value: Any) -> int | None:
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Bad("must be a whole number from %(low)s to %(high)s", low=low, high=high)
        return value

    return clean


def words(limit: int, most: int) -> Cleaner:
    """A list of short texts, without repeats."""
    single = line(limit)

    def clean(value: Any) -> list[str]:
        if not isinstance(value, list | tuple) or len(value) > most:
            raise Bad("must be a list of at most %(most)s texts", most=most)
        return [word for word in dict.fromkeys(single(part) for part in value) if word]

    return clean


def address(value: Any) -> str:
    """A web address, or empty."""
    text: str = line(2000)(value)
    if not text:
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        raise Bad("must be a web address beginning with http:// or https://") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Bad("must be a web address beginning with http:// or https://")
    return text


def matching(pattern: str, text: str, *, empty: bool = False) -> Cleaner:
    """A line that has a given form; ``text`` says which."""
    compiled = re.compile(pattern)

    def clean(value: Any) -> str:
        found: str = line(300)(value)
        if (found or not empty) and not compiled.fullmatch(found):
            raise Bad(text)
        return found

    return clean


def check(
    values: Mapping[str, Any],
    cleaners: Mapping[str, Cleaner],
    *,
    required: tuple[str, ...] = (),
    prefix: str = "",
) -> dict[str, Any]:
    """The cleaned values that were given; unknown names and bad values are refused together."""
    cleaned: dict[str, Any] = {}
    refused: dict[str, list[Message]] = {}
    for name in required:
        if name not in values:
            refused[prefix + name] = [Message("is needed")]
    for name, value in values.items():
        cleaner = cleaners.get(name)
        if cleaner is None:
            refused[prefix + name] = [
                Message("is not known here; known are: %(names)s", {"names": ", ".join(cleaners)})
            ]
            continue
        try:
            cleaned[name] = cleaner(value)
        except Bad as error:
            refused[prefix + name] = [error.message]
    if refused:
        raise refusal(refused)
    return cleaned


def refusal(fields: Mapping[str, list[Message]]) -> Invalid:
    """The refusal of some fields."""
    return Invalid(
        "invalid-values",
        Message("Some values cannot be taken: %(names)s.", {"names": ", ".join(fields)}),
        Message("Correct the named fields and send it again; nothing was saved."),
        fields=fields,
    )
