"""Reading legal citations as clerks write them: 《…条例》第十四条、《…法》第五条第二款.

Pure text work: whether such a law and article exist is asked in ``laws``.
"""

import re
from dataclasses import dataclass, replace
from unicodedata import normalize

_DIGITS = {char: n for n, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_SCALES = {"十": 10, "百": 100, "千": 1000}

_SIGN = "0-9零〇一二两三四五六七八九十百千"
# Bounded and possessive, so that the time to read a text grows no faster than the text.
_NUM = rf"(?<![{_SIGN}])[{_SIGN}]{{1,9}}+(?![{_SIGN}])"
_MOST = 50
"""Numbers in one enumeration; no law is cited with more."""
_DIGIT = "[1-9一二两三四五六七八九]"
_NUMERAL = re.compile(
    rf"[0-9零一二三四五六七八九]{{1,4}}|(?:{_DIGIT}千)?零?(?:{_DIGIT}百)?零?(?:{_DIGIT}?十)?零?{_DIGIT}?"
)
_AND = r"\s*[,、和及与]\s*"
_ONE_ITEM = rf"第?\s*\(?{_NUM}\)?"
_LAW = re.compile(r"《([^《》]+(?:《[^《》]*》[^《》]*)?)》\s*(?:\(([^()]*)\))?")
_BARE = re.compile(
    rf"([\u4e00-\u9fff]{{1,40}}?(?:法|条例|办法|规定|细则))(?:\(([^()]*)\))?\s*(?=第\s*{_NUM}\s*条)"
)
_RANGE = re.compile(rf"第\s*({_NUM})\s*条?\s*(?:至|到|-|—|~)\s*第?\s*({_NUM})\s*条")
_ARTICLES = re.compile(rf"第\s*({_NUM}(?:{_AND}{_NUM}){{0,{_MOST}}}+)\s*条")
_CLAUSE = re.compile(rf"第\s*({_NUM})\s*款")
_ITEMS = re.compile(rf"({_ONE_ITEM}(?:{_AND}{_ONE_ITEM}){{0,{_MOST}}}+)\s*项")
_REVISION = re.compile(r"\(([^()]*(?:\d{4}|修订|修正|号)[^()]*)\)\s*$")
_LEAD = re.compile(r"^(?:依据|根据|按照|依照|违反|适用|见)")
_SAME = {"本法", "本条例", "本办法", "本规定", "该法", "该条例"}
_LINK_WORDS = re.compile(r"[\s、,;.。:和及与以等]+|依据|根据|按照|依照|的|规定|之")
_LONGEST_RANGE = 20
LONGEST = 20_000
"""Characters of a text that is read; a longer one is no list of citations."""


@dataclass(frozen=True, slots=True)
class Cited:
    """One article as cited. ``part`` is 款 and 项 (``第二款第三项``), ``version`` what the writer
    said about the revision (a year or an order number), both empty when not said."""

    law: str
    article: int | None = None
    part: str = ""
    version: str = ""

    @property
    def label(self) -> str:
        """The citation in one spelling, whatever the source wrote."""
        version = f"（{self.version}）" if self.version else ""
        article = f"第{chinese_numeral(self.article)}条" if self.article else ""
        return f"《{self.law}》{version}{article}{self.part}"


def numeral(text: str) -> int | None:
    """The value of a Chinese or Arabic numeral from 1 to 9999; None for anything else."""
    plain = text.replace("〇", "零")
    if not _NUMERAL.fullmatch(plain):
        return None
    return _value(plain) or None


def _value(text: str) -> int:
    if not any(char in _SCALES for char in text):
        return int("".join(str(_DIGITS.get(char, char)) for char in text) or "0")
    total, digit = 0, 0
    for char in text:
        if char in _SCALES:
            total += (digit or 1) * _SCALES[char]
            digit = 0
        else:
            digit = _DIGITS[char] if char in _DIGITS else int(char)
    return total + digit


def _numerals(text: str) -> list[int]:
    """Every number of an enumeration; empty when one of them is none."""
    found = [numeral(one) for one in re.findall(_NUM, text)]
    return [] if None in found else [one for one in found if one is not None]


def _range(first: int | None, last: int | None) -> list[int]:
    if first is None or last is None:
        return []
    return list(range(first, min(last, first + _LONGEST_RANGE) + 1))


def chinese_numeral(value: int) -> str:
    """A number from 1 to 9999 as laws write their articles: 14 is 十四, 1032 一千零三十二."""
    words, rest, gap = "", value, False
    for name, scale in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit, rest = divmod(rest, scale)
        if digit:
            words += ("零" if gap and words else "") + "零一二三四五六七八九"[digit] + name
        gap = not digit
    return words.removeprefix("一") if words.startswith("一十") else words


def _law(title: str, hint: str | None) -> Cited:
    inner = _REVISION.search(title)
    if inner:
        title, hint = title[: inner.start()], inner[1]
    title = title.strip().replace("(", "（").replace(")", "）")
    return Cited(title, version=(hint or "").strip()[:40])


def _read_articles(text: str, at: int) -> tuple[re.Match[str], list[int]] | None:
    """The articles, a range or an enumeration, that stand at a place."""
    if match := _RANGE.match(text, at):
        numbers = _range(numeral(match[1]), numeral(match[2]))
        if numbers:
            return match, numbers
    if match := _ARTICLES.match(text, at):
        numbers = _numerals(match[1])
        if numbers:
            return match, numbers
    return None


class _Reader:
    """Walks a text once; ``cited`` grows, ``rest`` keeps what was not a citation."""

    def __init__(self, text: str) -> None:
        self.text = normalize("NFKC", text).replace("〈", "《").replace("〉", "》")
        self.cited: list[Cited] = []
        self.rest = ""
        self.law: Cited | None = None
        self.open = False  # a law was named and none of its articles yet

    def name(self, law: Cited) -> None:
        self.close()
        self.law, self.open = law, True

    def close(self) -> None:
        if self.open and self.law is not None:
            self.cited.append(self.law)
        self.open = False

    def articles(self, numbers: list[int]) -> None:
        if self.law is not None:
            self.cited += [replace(self.law, article=number) for number in numbers]
            self.open = False

    def parts(self, names: list[str], level: str) -> None:
        """Narrow the last article down; a second part of the same level is a second citation."""
        if self.law is None or not self.cited or self.open:
            return
        last = self.cited[-1]
        stem = last.part[: last.part.index("款") + 1] if level == "项" and "款" in last.part else ""
        if level not in last.part:
            self.cited.pop()
        self.cited += [replace(last, part=stem + name) for name in names]

    def step(self, at: int) -> int:
        """Read what stands at a place; the place after it."""
        if match := _LAW.match(self.text, at):
            self.name(_law(match[1], match[2]))
        elif read := _read_articles(self.text, at):
            match, numbers = read
            self.articles(numbers)
        elif (match := _CLAUSE.match(self.text, at)) and (numbers := _numerals(match[1])):
            self.parts([f"第{chinese_numeral(number)}款" for number in numbers], "款")
        elif (match := _ITEMS.match(self.text, at)) and (numbers := _numerals(match[1])):
            self.parts([f"第{chinese_numeral(number)}项" for number in numbers], "项")
        elif match := _BARE.match(self.text, at):
            title = _LEAD.sub("", match[1].lstrip("和及与"))
            if title not in _SAME:
                self.name(_law(title, match[2]))
        else:
            self.rest += self.text[at]
            return at + 1
        return match.end()


def read_citations(text: str) -> tuple[list[Cited], str]:
    """The citations of a text, and what else it said (quoted wording, remarks), if anything.

    A text longer than ``LONGEST`` is not read: all of it is what else it said.
    """
    if len(text) > LONGEST:
        return [], text
    reader, at = _Reader(text), 0
    while at < len(reader.text):
        at = reader.step(at)
    reader.close()
    return reader.cited, _LINK_WORDS.sub(" ", reader.rest).strip()


def parse_citation(text: str) -> list[Cited]:
    """The citations of a text: ``《…》第十四条、第十五条第二款`` is two of one law."""
    return read_citations(text)[0]
