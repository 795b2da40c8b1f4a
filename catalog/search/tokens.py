"""One way to cut text for searching, used for documents and for questions alike.

Chinese has no spaces and most searched words have two characters, so Chinese runs are indexed as single
characters and as overlapping pairs; a phrase of pairs is then exactly a substring. Latin letters and digits
are words.
"""

import re
from dataclasses import dataclass
from unicodedata import normalize

_RUN = re.compile(
    "(?P<cjk>[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+)|(?P<word>[^\\W_\u3400-\u9fff]+)"
)
LONGEST_QUESTION = 200


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of one script: ``text`` folded, ``chinese`` or a word."""

    text: str
    chinese: bool


def runs(text: str) -> list[Run]:
    """The stretches of a text, full-width and upper-case forms folded."""
    folded = normalize("NFKC", text).casefold()
    return [Run(match.group(), match.lastgroup == "cjk") for match in _RUN.finditer(folded)]


def pairs(text: str) -> list[str]:
    """Overlapping pairs of characters."""
    return [text[place : place + 2] for place in range(len(text) - 1)]


def singles_of(text: str) -> str:
    """What the field of single characters and words holds."""
    return " ".join(" ".join(run.text) if run.chinese else run.text for run in runs(text))


def pairs_of(text: str) -> str:
    """What the field of pairs holds; runs are kept apart so that no phrase crosses them."""
    cut = [" ".join(pairs(run.text)) for run in runs(text) if run.chinese and len(run.text) > 1]
    return " \u241f ".join(cut)
