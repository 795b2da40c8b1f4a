"""Entries as an Atom feed (RFC 4287), ended ones as tombstones (RFC 6721); long ones in pages (RFC 5005)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from schemas.interop.markup import HEAD, Markup, element
from schemas.published import PublishedEntry, Site

MEDIA_TYPE: Final = "application/atom+xml; charset=utf-8"
OPENNESS: Final = {
    "unconditional": "无条件开放",
    "conditional": "有条件开放",
    "withheld": "不予开放",
    "unassessed": "未定",
}
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Feed:
    """What stands at the head of a feed: its own address, the page it mirrors, a title.

    ``url`` names the feed, whichever part of it is read. In parts of it ``here`` is the address of the one
    in hand, and ``next`` that of the one with what is older, empty at the end (RFC 5005, section 3).
    """

    url: str
    page: str
    title: str
    here: str = ""
    next: str = ""


def feed(
    site: Site, head: Feed, entries: Iterable[PublishedEntry], ended: Iterable[PublishedEntry] = ()
) -> bytes:
    """The feed; without entries it was last changed at the beginning of time."""
    shown, gone = list(entries), list(ended)
    last = max([one.changed_at for one in (*shown, *gone)], default=BEGINNING)
    return (
        HEAD
        + element(
            "feed",
            element("id", head.url),
            element("title", head.title),
            element("updated", moment(last)),
            *(
                element("link", rel=rel, type="application/atom+xml", href=href)
                for rel, href in _links(head)
            ),
            element("link", rel="alternate", type="text/html", href=head.page),
            element("author", element("name", site.publisher or site.title)),
            element("generator", "Gongkai", uri=f"{site.url}/"),
            *(_entry(one) for one in shown),
            *(
                element("at:deleted-entry", element("at:comment", one.title), ref=one.url,
                        when=moment(one.changed_at))
                for one in gone
            ),
            xmlns="http://www.w3.org/2005/Atom",
            xmlns_at="http://purl.org/atompub/tombstones/1.0",
            xml_lang=site.language,
        )
    ).encode()  # fmt: skip


def _links(head: Feed) -> list[tuple[str, str]]:
    found = [("self", head.here or head.url)]
    if head.here or head.next:
        found.append(("first", head.url))
    if head.next:
        found.append(("next", head.next))
    return found


def moment(value: datetime) -> str:
    """A time as RFC 3339 has it, in UTC, in whole seconds."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _entry(entry: PublishedEntry) -> Markup:
    what = entry.description or entry.title
    words = (OPENNESS[entry.openness], entry.theme, *entry.keywords)
    return element(
        "entry",
        element("id", entry.url),
        element("title", entry.title),
        element("updated", moment(entry.changed_at)),
        element("published", moment(entry.published_at)),
        element(
            "author", element("name", entry.publisher.name), element("uri", entry.publisher.url)
        ),
        element("link", rel="alternate", type="text/html", href=entry.url),
        element("link", rel="alternate", type="application/ld+json", href=f"{entry.url}.jsonld"),
        *(
            element("link", rel="enclosure", type=file.media_type, href=file.url,
                    length=str(file.bytes), title=f"{table.title} {file.format.upper()}")
            for table in entry.tables
            for file in table.files
        ),
        *(element("category", term=word) for word in dict.fromkeys(words) if word),
        element("summary", what, type="text"),
    )  # fmt: skip
