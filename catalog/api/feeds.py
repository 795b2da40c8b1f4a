"""What readers and crawlers look for at the root: the feed of changes, site maps, robots.txt."""

from collections.abc import Iterator
from datetime import datetime

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.api.cursors import seal, unseal
from catalog.errors import missing
from catalog.http.outward import check_arguments, site, whole
from catalog.services import publications
from schemas.interop import atom, sitemap

blueprint = Blueprint("feeds", __name__)
FED = 50
"""Changes in a part of the feed."""
PAGES = ("", "/datasets", "/units", "/openness", "/negative-list", "/notices", "/standards",
         "/developers", "/developers/terms", "/api/docs")  # fmt: skip
"""Pages of the portal that a search engine should know besides those of units and entries."""
CLOSED = ("/desk", "/reviews", "/admin", "/account", "/login", "/negative-list/adjustments",
          "/datasets?", "/datasets.", "/api/v1/resources/")  # fmt: skip
"""Where crawlers find nothing, or the same again in countless orders."""


@blueprint.get("/feed.atom")
def feed() -> Response:
    """The latest changes of the catalogue: what was published or changed, what was taken away. Older
    ones stand in further parts, down to the first."""
    check_arguments("after")
    here, after = site(), request.args.get("after", "")
    before = int(unseal(after, request.path) or 0)
    with http.reading() as session:

        def make() -> bytes:
            found = publications.newest(session, base=here.url, limit=FED + 1, before=before)
            shown, url = found[:FED], f"{here.url}{request.path}"
            further = seal(str(shown[-1].number), request.path) if len(found) > FED else ""
            head = atom.Feed(
                url,
                f"{here.url}/datasets",
                here.title,
                here=f"{url}?after={after}" if after else "",
                next=f"{url}?after={further}" if further else "",
            )
            return atom.feed(
                here,
                head,
                [one.entry for one in shown if not one.ended],
                [one.entry for one in shown if one.ended],
            )

        return whole(session, make, media_type=atom.MEDIA_TYPE, name="feed.atom")


@blueprint.get("/sitemap.xml")
def site_map() -> Response:
    """The site map, or the index of its files where one does not hold it."""
    check_arguments()
    with http.reading() as session:

        def make() -> bytes:
            files = _files(session)
            if len(files) == 1:
                return sitemap.pages(_addresses(session, 1))
            return sitemap.index(f"{site().url}/sitemap-{number}.xml" for number in files)

        return whole(session, make, media_type=sitemap.MEDIA_TYPE, name="sitemap.xml")


@blueprint.get("/sitemap-<int(max=2147483647):number>.xml")
def part(number: int) -> Response:
    """One file of the site map."""
    check_arguments()
    with http.reading() as session:
        if number not in _files(session):
            raise missing("address")
        return whole(
            session,
            lambda: sitemap.pages(_addresses(session, number)),
            media_type=sitemap.MEDIA_TYPE,
            name=f"sitemap-{number}.xml",
        )


def _files(session: Session) -> range:
    """The numbers of the files: the first has pages and units, each a share of the entries."""
    room = sitemap.MOST - _first(session)
    rest = max(publications.count(session) - room, 0)
    return range(1, 2 + -(-rest // sitemap.MOST))


def _first(session: Session) -> int:
    return len(PAGES) + len(publications.publishers(session))


def _addresses(session: Session, number: int) -> Iterator[tuple[str, datetime | None]]:
    base = site().url
    first = _first(session)
    if number == 1:
        yield from ((f"{base}{page or '/'}", None) for page in PAGES)
        for code, _name in publications.publishers(session):
            yield f"{base}/units/{code}", None
    skipped = 0 if number == 1 else sitemap.MOST * (number - 1) - first
    room = sitemap.MOST - (first if number == 1 else 0)
    for slug, changed in publications.moments(session, skipped=skipped, limit=room):
        yield f"{base}/datasets/{slug}", changed


@blueprint.get("/robots.txt")
def robots() -> Response:
    """What crawlers may read, and where the site map is."""
    check_arguments()
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in CLOSED), "",
             f"Sitemap: {site().url}/sitemap.xml", ""]  # fmt: skip
    text = "\n".join(lines)
    return http.for_everybody(
        text.encode, media_type="text/plain; charset=utf-8", tag=http.tag_of(text)
    )
