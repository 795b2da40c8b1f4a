"""One way to cut text for searching, used for documents and for questions alike.

Chinese has no spaces and most searched words have two characters, so Chinese runs are indexed as overlapping
pairs; a phrase of pairs is then exactly a substring. The last character of a run stands alone, so that no
phrase crosses from one run to the next. Single characters are indexed beside them, each once. Latin letters
and digits are words.
"""

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import add

from catalog.search.folding import fold

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(f"(?P<cjk>[{_HAN}]+)|(?P<word>[^\\W_{_HAN}]+)")
_CHINESE = re.compile(f"[{_HAN}]+")
_WORDS = re.compile(f"[^\\W_{_HAN}]+|\\0")
_LETTERS = re.compile(r"[^\W_]+")
_BETWEEN = re.compile(f"[^{_HAN}\\0]+")
_SPACE = ord(" ")
LONGEST_QUESTION = 200


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of one script: ``text`` folded, ``chinese`` or a word."""

    text: str
    chinese: bool


def runs(text: str) -> list[Run]:
    """The stretches of a text, folded."""
    return [Run(match.group(), match.lastgroup == "cjk") for match in _RUN.finditer(fold(text))]


def chinese_runs(folded: str) -> list[str]:
    """The Chinese stretches of a folded text."""
    return _CHINESE.findall(folded)


def pairs(text: str) -> list[str]:
    """Overlapping pairs of characters."""
    return list(map(add, text, text[1:]))


def words_of(folded: Sequence[str]) -> list[str]:
    """What the field of words holds of each text; no text has a NUL."""
    found = " ".join(_WORDS.findall("\0".join(["", *folded, ""]))).split("\0")
    return [" ".join(dict.fromkeys(words.split())) for words in found[1:-1]]


def characters_of(folded: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What the fields of single characters and of pairs hold, of each text: 养老机构 is 养 老 机 构,
    and 养老 老机 机构 构. No text has a NUL.

    Written by moving halves of one buffer of all texts, a fraction of the time of putting each together.
    """
    text = _BETWEEN.sub(" ", " \0 ".join(["", *folded, ""]))
    units = array("I", text.encode("utf-32-le"))
    singles = array("I", [_SPACE]) * (2 * len(units))
    singles[0::2] = units
    woven = array("I", [_SPACE]) * (3 * len(units) - 3)
    woven[0::3] = units[:-1]
    woven[1::3] = units[1:]
    chars, pairs_ = (held.tobytes().decode("utf-32-le").split("\0") for held in (singles, woven))
    return zip(chars[1:-1], pairs_[2:-2:2], strict=True)  # a NUL stands in two pairs


def squeezed(folded: str) -> str:
    """A text as it is compared whole: without spaces and punctuation."""
    return folded if folded.isalnum() else "".join(_LETTERS.findall(folded))
