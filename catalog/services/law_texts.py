"""Reading the full text of a law from a text file: its title, its articles, the day it takes effect.

Understands what public collections of law hold: a title, lines about adoption and revision, chapters,
and articles that begin a line as 第…条 followed by space. Pure text work.
"""

import re
from dataclasses import dataclass
from datetime import date

from catalog.services.citations import numeral
from schemas.records import Message

LONGEST = 2_000_000
"""Characters of a text that is read."""
_TITLE = re.compile(r"^#*\s*(\S.*)$")
_ARTICLE = re.compile(r"^\**第([0-9零〇一二三四五六七八九十百千]{1,9})条\**(?:[\s\u3000]+(.*))?$")
_CHAPTER = re.compile(r"^#{0,6}\s*第[零一二三四五六七八九十百]{1,5}[编章节][\s\u3000]?")
_COMMENT = re.compile(r"^<!--.*-->$")
_IN_FORCE = re.compile(r"自\s*(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日\s*起\s*施行")
_LINE_IN_FORCE = re.compile(r"^(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日\s*施行$")


@dataclass(frozen=True, slots=True)
class LawText:
    """A text as read: ``articles`` by number; ``notes`` say what a person should look at."""

    title: str
    articles: dict[int, str]
    in_force_from: date | None
    notes: tuple[Message, ...] = ()


def read_law(text: str) -> LawText:
    """The articles of a text. Raises ``ValueError`` when it is too long to be a law."""
    if len(text) > LONGEST:
        raise ValueError("too long")
    title, begun = "", None
    articles: dict[int, list[str]] = {}
    current: list[str] | None = None
    last = 0
    notes: list[Message] = []
    for raw in text.lstrip("\ufeff").splitlines():
        line = raw.strip().strip("\u3000").strip()
        if not line or _COMMENT.match(line):
            continue
        if not title:
            found = _TITLE.match(line)
            title = found[1].strip() if found else line
            continue
        if not articles and (told := _LINE_IN_FORCE.match(line)):
            begun = _day(told)
        number = _next_article(line, last)
        if number:
            if number > last + 1:
                gap = {"first": last + 1, "last": number - 1}
                notes.append(Message("Articles %(first)s to %(last)s were not found.", gap))
            current = articles.setdefault(number, [])
            last = number
            rest = _ARTICLE.match(line)
            line = (rest[2] or "") if rest else ""
        elif _CHAPTER.match(line) or line.startswith("#"):
            current = None
        if current is not None and line:
            current.append(line)
    whole = {number: "\n".join(lines) for number, lines in articles.items()}
    if not whole:
        notes.append(Message("No article was found: an article begins a line as 第一条."))
    return LawText(_plain_title(title), whole, begun or _in_force(whole), tuple(notes))


def _next_article(line: str, last: int) -> int:
    """The number of the article that a line begins; 0 for any other line, a reference among them."""
    found = _ARTICLE.match(line)
    number = numeral(found[1]) if found else None
    return number if number is not None and number > last else 0


def _plain_title(title: str) -> str:
    return re.sub(r"\s+", "", title) if re.search(r"[\u4e00-\u9fff]", title) else title


def _day(found: re.Match[str]) -> date | None:
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def _in_force(articles: dict[int, str]) -> date | None:
    """The first day, as the last article that names one says it."""
    for number in sorted(articles, reverse=True)[:3]:
        found = _IN_FORCE.search(articles[number])
        if found:
            return _day(found)
    return None
