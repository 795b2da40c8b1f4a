"""An entry as everybody may know it: the one shape that every outgoing standard is written from.

Addresses are absolute. Nothing in it is known to staff only; values of closed fields never are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final

import orjson


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A table in one format; ``sha256`` and ``bytes`` are of exactly what ``url`` answers."""

    format: str
    media_type: str
    url: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """A table or file of an entry; a linked one (``url`` elsewhere) has one file without a hash.

    ``table_schema`` is the Table Schema of what is public, so it lacks the fields that are closed.
    """

    id: str
    name: str
    title: str
    description: str
    page: str
    rows: int | None
    modified: datetime | None
    files: tuple[PublishedFile, ...]
    table_schema: Mapping[str, Any] = field(default_factory=dict)
    link: str = ""
    link_format: str = ""
    number: int = 0


GROUNDS: Final[dict[str, str]] = {
    "14-1": "国家秘密，条例第十四条",
    "14-2": "法律、行政法规禁止公开，条例第十四条",
    "14-3a": "公开后可能危及国家安全，条例第十四条",
    "14-3b": "公开后可能危及公共安全，条例第十四条",
    "14-3c": "公开后可能危及经济安全，条例第十四条",
    "14-3d": "公开后可能危及社会稳定，条例第十四条",
    "15-1": "商业秘密，条例第十五条",
    "15-2": "个人隐私，条例第十五条",
    "15-3": "第三方其他合法权益，条例第十五条",
    "16-1": "内部事务信息，条例第十六条",
    "16-2": "过程性信息，条例第十六条",
    "16-3": "行政执法案卷信息，条例第十六条",
    "other": "其他法律另有规定",
}
"""Grounds in words, with the article of the Regulations on Open Government Information (2019)."""


@dataclass(frozen=True, slots=True)
class Closing:
    """An exemption item that closes an entry or a field of it, in its public wording."""

    number: str
    name: str
    ground: str
    url: str
    field: str = ""
    wording: str = ""

    @property
    def reason(self) -> str:
        """Why, in a sentence that stands alone in somebody else's catalogue."""
        ground = GROUNDS.get(self.ground, self.ground)
        tail = f"：{self.wording}" if self.wording else ""
        return f"负面清单第{self.number}项“{self.name}”（{ground}）{tail}"


@dataclass(frozen=True, slots=True)
class Publisher:
    """The unit that holds an entry."""

    code: str
    name: str
    url: str
    kind: str


@dataclass(frozen=True, slots=True)
class PublishedEntry:
    """One public entry of the directory; ``state`` withdrawn or retired means that it has ended.

    ``openness`` and ``mode`` are words of the closed lists; ``modified`` is the date of the data,
    ``changed_at`` the moment the entry last changed.
    """

    url: str
    slug: str
    code: str
    title: str
    description: str
    publisher: Publisher
    state: str
    openness: str
    update_cycle: str
    created_at: datetime
    published_at: datetime
    changed_at: datetime
    mode: str = ""
    condition: str = ""
    theme: str = ""
    industry: str = ""
    keywords: tuple[str, ...] = ()
    region: str = ""
    temporal_start: date | None = None
    temporal_end: date | None = None
    issued: date | None = None
    modified: date | None = None
    licence: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    landing_page: str = ""
    release: int = 0
    closings: tuple[Closing, ...] = ()
    tables: tuple[PublishedTable, ...] = ()


@dataclass(frozen=True, slots=True)
class Site:
    """The catalogue itself: ``url`` without a slash at its end."""

    url: str
    title: str
    description: str
    publisher: str
    language: str = "zh"


_DAYS: Final = ("temporal_start", "temporal_end", "issued", "modified")
_MOMENTS: Final = ("created_at", "published_at", "changed_at")


def dumps(entry: PublishedEntry) -> bytes:
    """The entry as a JSON document, the same bytes for the same entry."""
    return orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)


def loads(document: bytes | str) -> PublishedEntry:
    """The entry that ``dumps`` has written."""
    told: dict[str, Any] = orjson.loads(document)
    for name in _DAYS:
        told[name] = date.fromisoformat(told[name]) if told[name] else None
    for name in _MOMENTS:
        told[name] = datetime.fromisoformat(told[name])
    told["keywords"] = tuple(told["keywords"])
    told["publisher"] = Publisher(**told["publisher"])
    told["closings"] = tuple(Closing(**one) for one in told["closings"])
    told["tables"] = tuple(_table(one) for one in told["tables"])
    return PublishedEntry(**told)


def _table(told: dict[str, Any]) -> PublishedTable:
    told["files"] = tuple(PublishedFile(**one) for one in told["files"])
    told["modified"] = datetime.fromisoformat(told["modified"]) if told["modified"] else None
    return PublishedTable(**told)


def placed(entry: PublishedEntry, base: str) -> PublishedEntry:
    """An entry whose addresses are paths, at the portal with the address ``base``."""
    return replace(
        entry,
        url=base + entry.url,
        publisher=replace(entry.publisher, url=base + entry.publisher.url),
        closings=tuple(replace(one, url=base + one.url) for one in entry.closings),
        tables=tuple(
            replace(
                table,
                page=base + table.page,
                files=tuple(replace(file, url=base + file.url) for file in table.files),
            )
            for table in entry.tables
        ),
    )
