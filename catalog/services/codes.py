"""Names of entries: the resource code of the compilation guide and the slug of the address.

信息资源代码 = 前段码 "/" 顺序码 (发改高技术〔2017〕1272号): 类 1 digit, 项 2, 目 3, 细目 any, then a sequence
number that is never used again.
"""

import re
import secrets
from unicodedata import normalize

from pypinyin import lazy_pinyin
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import CodeSequence, Unit
from schemas.vocabularies import ResourceClass

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


def default_front(unit: Unit, resource_class: str) -> str:
    """The front code of a unit that chose none: class, 项 07 (local bodies), 目 by unit."""
    rest = "" if unit.id < 1000 else str(unit.id // 1000)
    return f"{ResourceClass(resource_class).value}07{unit.id % 1000:03d}{rest}"


def allot(session: Session, front: str) -> str:
    """The next code under a front code: a sequence number that is never given twice."""
    row = session.scalar(
        select(CodeSequence)
        .where(CodeSequence.front == front)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        session.add(CodeSequence(front=front, last=1))
        session.flush()
        return f"{front}/1"
    row.last += 1
    return f"{front}/{row.last}"


def latin(text: str, limit: int) -> str:
    """Pinyin or Latin letters and digits joined by hyphens; may be empty."""
    spelled = " ".join(lazy_pinyin(normalize("NFKC", text), errors="default"))
    words = _NOT_SLUG.sub("-", normalize("NFKD", spelled).casefold()).strip("-")
    if len(words) <= limit:
        return words
    return words[:limit].rsplit("-", 1)[0].strip("-") or words[:limit]


def mint_slug(title: str) -> str:
    """A stable address: pinyin of the title and five random characters.

    Random rather than counted, so that an address never tells that others of the same title exist.
    """
    tail = "".join(secrets.choice(_ALPHABET) for _ in range(5))
    return f"{latin(title, 48) or 'dataset'}-{tail}"


def resource_name(title: str, taken: set[str]) -> str:
    """A file name for a resource within its entry."""
    stem = latin(title, 40) or "table"
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    return name
