"""Writing the same thing one way: full-width, capital and traditional forms.

Traditional characters become simplified ones one for one, in documents and in questions alike, so that 資料
and 资料 find each other and every character keeps its place. The table is OpenCC's (mainland, Taiwan and Hong
Kong variants).
"""

import re
from functools import cache
from unicodedata import normalize

from opencc import OpenCC

_WAYS = ("t2s", "tw2s", "hk2s")
_BLOCKS = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0x20000, 0x2EBE1))


_PUNCTUATION = "\u2014\u2018-\u201d\u3000-\u3002\u3008-\u3011\uff01-\uff0f\uff1a-\uff20"
"""Separates words in whatever form."""


@cache
def _simplified() -> dict[int, str]:
    chars = [chr(code) for block in _BLOCKS for code in range(*block)]
    table: dict[int, str] = {}
    for way in _WAYS:
        turned = OpenCC(way).convert("\n".join(chars)).split("\n")
        for char, plain in zip(chars, turned, strict=True):
            if char != plain and len(plain) == 1:
                table.setdefault(ord(char), plain)
    # 麼 is 么 and 么 is 幺: what is folded is folded to the end, or the two would not find each other.
    return {code: table.get(ord(plain), plain) for code, plain in table.items()}


@cache
def _unusual() -> re.Pattern[str]:
    """What needs more than lower case; hardly any text has it, and looking is quicker than folding."""
    variants = _simplified()
    usual = "".join(chr(code) for code in range(0x4E00, 0xA000) if code not in variants)
    return re.compile(f"[^\\x00-\\x7f{_PUNCTUATION}{usual}]")


def fold(text: str) -> str:
    """The words of a text as they are compared: compatibility forms, case and variants folded."""
    if not _unusual().search(text):
        return text.lower()
    return normalize("NFKC", text).casefold().translate(_simplified())
