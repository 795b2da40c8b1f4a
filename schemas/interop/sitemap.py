"""Site maps (sitemaps.org 0.9): at most 50,000 addresses a file, beyond that an index of files."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from schemas.interop.atom import moment
from schemas.interop.markup import HEAD, element

MOST: Final = 50_000
MEDIA_TYPE: Final = "application/xml; charset=utf-8"
NAMESPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"


def pages(found: Iterable[tuple[str, datetime | None]]) -> bytes:
    """One file: absolute addresses, with the time of the last change where it is known."""
    return _whole("urlset", "url", found)


def index(files: Iterable[str]) -> bytes:
    """The index of files, by their absolute addresses."""
    return _whole("sitemapindex", "sitemap", ((one, None) for one in files))


def _whole(name: str, each: str, found: Iterable[tuple[str, datetime | None]]) -> bytes:
    inside = (
        element(
            each,
            element("loc", address),
            *([element("lastmod", moment(changed))] if changed else ()),
        )
        for address, changed in found
    )
    return (HEAD + element(name, *inside, xmlns=NAMESPACE)).encode()
