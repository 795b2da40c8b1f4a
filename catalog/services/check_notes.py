"""What checking an adjustment found: changes in one spelling, warnings, and errors by place."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from schemas.records import Message


@dataclass(slots=True)
class Checked:
    """Changes in one spelling, ready to be stored as JSON; ``warnings`` do not stop anybody."""

    changes: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[Message] = field(default_factory=list)
    errors: dict[str, list[Message]] = field(default_factory=dict)

    def wrong(self, place: str, text: str, **params: Any) -> None:
        """Note what is wrong with a value."""
        self.errors.setdefault(place, []).append(Message(text, params))

    def text(self, place: str, value: Any, most: int) -> str:
        """A value as text without outer space; anything else, and what is too long, is wrong."""
        if value is None:
            return ""
        if not isinstance(value, str):
            self.wrong(place, "This is text.")
            return ""
        if len(value.strip()) > most:
            self.wrong(place, "At most %(most)s characters.", most=most)
        return value.strip()

    def word(self, place: str, value: Any, words: Iterable[str]) -> str:
        """A value that is empty or one word of a closed list."""
        known = [str(one) for one in words]
        if value in {None, ""}:
            return ""
        if not isinstance(value, str) or value not in known:
            self.wrong(place, "must be one of: %(words)s", words=", ".join(known))
            return ""
        return value
