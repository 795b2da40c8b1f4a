"""What a person types: words, others instead of them (OR), words that must not stand there (-), and words
that ask rather than name."""

import re
from functools import cache
from typing import NamedTuple

from catalog.search.folding import fold
from catalog.search.tokens import Run, runs

_OR = re.compile(r"\s+OR\s+|\s*[|｜]\s*")
_ABSENT = re.compile(r"(?:^|(?<=\s))[-－](\S+)")
_ASKING_CHINESE = (
    "什么时候|请问|我想|我要|想要|想知道|帮我|查一下|查询|查找|查看|搜索|寻找|在哪里|在哪儿|在哪|哪里有|哪里|哪儿|有哪些|了哪些|哪些|哪个"
    "|有没有|有多少|多少个|多少|几个|是什么|什么是|为什么|什么|怎么办|怎么样|怎么查|怎么|怎样|如何|可以|能否|是否|谁|吗|呢|的"
)
"""Longer words before those that they begin with."""
_ASKING_LATIN = (
    r"(?<![^\W_])(?:a|all|an|and|any|are|about|at|by|can|could|did|do|does|find|for|from|get|give|how|i|in|is|it"
    "|list|many|me|much|my|need|of|on|or|please|search|show|some|tell|the|there|to|was|we|were|what|when|where"
    r"|which|who|whose|why|with|you)(?![^\W_])"
)
_MARKS = "?？!！.。,，"


@cache
def _asking() -> re.Pattern[str]:
    return re.compile(f"{fold(_ASKING_CHINESE)}|{_ASKING_LATIN}")


class Wish(NamedTuple):
    """Stretches that must all be found, of one alternative or another, and those that must not."""

    alternatives: list[list[Run]]
    absent: list[Run]


def wished(text: str) -> Wish:
    """What is to be found by the words of a person."""
    absent = runs(" ".join(_ABSENT.findall(text)))
    parts = map(runs, _OR.split(_ABSENT.sub(" ", text)))
    return Wish([part for part in parts if part], absent)


def named(text: str) -> str:
    """The words of a question that name something: 公交站在哪里 asks for 公交站. Empty where no word asks, or
    none names anything."""
    left = " OR ".join(part for part in map(_left, _OR.split(text)) if part)
    return "" if runs(left) == runs(text) else left


def _left(text: str) -> str:
    folded = fold(text)
    shown = text if len(text) == len(folded) else folded
    begin, pieces = 0, []
    for asking in _asking().finditer(folded):
        pieces.append(shown[begin : asking.start()])
        begin = asking.end()
    words = " ".join([*pieces, shown[begin:]]).split()
    return " ".join(word.rstrip(_MARKS) for word in words if runs(word))
