"""Text from outside, made safe to store and show: one normaliser for every door.

NFC; no NUL, control characters, unpaired surrogates or bidirectional overrides (CVE-2021-42574);
line breaks only where several lines are meant; a stated length.
"""

import re
from unicodedata import category, normalize

_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SPACES = re.compile(r"\s+")


class BadText(ValueError):
    """Text that cannot be taken; ``reason`` is an English message id, ``limit`` its number."""

    def __init__(self, reason: str, limit: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.limit = limit


def _checked(text: str, allowed: str) -> str:
    for character in text:
        kind = category(character)
        if kind == "Cs":
            raise BadText("contains half a character (an unpaired surrogate)")
        if kind == "Cc" and character not in allowed:
            raise BadText("contains control characters")
    if _BIDI.search(text):
        raise BadText("contains invisible characters that turn the writing direction")
    return normalize("NFC", text)


def clean_line(text: str, limit: int) -> str:
    """One line: white space folded, at most ``limit`` characters."""
    line = _SPACES.sub(" ", _checked(text, "\t\n\r")).strip()
    if len(line) > limit:
        raise BadText("is longer than %(limit)s characters", limit)
    return line


def clean_text(text: str, limit: int) -> str:
    """Several lines: trailing space trimmed, at most ``limit`` characters."""
    lines = _checked(text, "\t\n\r").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    whole = "\n".join(line.rstrip() for line in lines).strip("\n")
    if len(whole) > limit:
        raise BadText("is longer than %(limit)s characters", limit)
    return whole
