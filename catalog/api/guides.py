"""Guidelines for opening and collecting data: ``/guides``."""

from typing import Any

from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import plain, whole
from catalog.api.doors import PREFIX, Door
from catalog.errors import missing
from catalog.services import facts, guide_views, guides
from schemas.guides import GuideDiffArgs, GuideDiffOut, GuideEditionOut, GuideIn, GuideSummary
from schemas.negative_list import RefusalIn
from schemas.paging import page_of
from schemas.standards import SchemaOut

door = Door("guides", "Guidelines for opening and collecting data, by editions")
EDITION = "/guides/<slug>/editions/<int(max=2147483647):number>"


@door.get("/guides", answers=page_of(GuideSummary))
def listing() -> Response:
    """Every guideline with the edition in force"""
    with http.reading() as session:
        return whole(guide_views.listed(session, facts.day(http.now())), GuideSummary)


@door.get("/guides/<slug>", answers=GuideEditionOut)
def show(slug: str) -> Response:
    """A guideline in the edition in force"""
    with http.reading() as session:
        found = guides.in_force(guides.get(session, slug), facts.day(http.now()))
        if found is None:
            raise missing("edition")
        return plain(guide_views.shown(session, http.actor(), found))


@door.get(EDITION, answers=GuideEditionOut)
def edition(slug: str, number: int) -> Response:
    """One edition, for ever"""
    with http.reading() as session:
        found = guides.edition(session, http.actor(), slug, number)
        return plain(guide_views.shown(session, http.actor(), found))


@door.get("/guides/<slug>/schemas/<name>", answers=SchemaOut)
def schema(slug: str, name: str) -> Response:
    """A table schema of the edition in force"""
    with http.reading() as session:
        found = guides.in_force(guides.get(session, slug), facts.day(http.now()))
        if found is None:
            raise missing("edition")
        return plain(guides.schema_of(found, name))


@door.get("/guides/<slug>/diff", answers=GuideDiffOut, query=GuideDiffArgs)
def diff(query: dict[str, Any], slug: str) -> Response:
    """What differs between two editions, line by line"""
    with http.reading() as session:
        old, new = (
            guides.edition(session, http.actor(), slug, query[name]) for name in ("old", "new")
        )
        lines = guides.difference(old, new)
        return plain({"lines": [{"kind": one.kind, "text": one.text} for one in lines]})


@door.post("/guides/<slug>/editions", answers=GuideEditionOut, body=GuideIn)
def draft(body: dict[str, Any], slug: str) -> Response:
    """Draft the next edition; another person publishes it"""
    with http.transaction() as session:
        made = guides.draft(session, http.actor(), slug, body, now=http.now())
        at = f"{PREFIX}/guides/{slug}/editions/{made.number}"
        return plain(guide_views.shown(session, http.actor(), made), 201, {"Location": at})


@door.post(f"{EDITION}/publication", answers=GuideEditionOut, status=200)
def publish(slug: str, number: int) -> Response:
    """Publish a draft; never one's own"""
    with http.transaction() as session:
        made = guides.publish(session, http.actor(), slug, number, now=http.now())
        return plain(guide_views.shown(session, http.actor(), made))


@door.post(f"{EDITION}/withdrawal", answers=GuideEditionOut, status=200)
def withdraw(slug: str, number: int) -> Response:
    """Take one's own draft back before it is decided"""
    with http.transaction() as session:
        made = guides.withdraw(session, http.actor(), slug, number, now=http.now())
        return plain(guide_views.shown(session, http.actor(), made))


@door.post(f"{EDITION}/refusal", answers=GuideEditionOut, body=RefusalIn, status=200)
def refuse(body: dict[str, Any], slug: str, number: int) -> Response:
    """Turn a draft down"""
    with http.transaction() as session:
        made = guides.refuse(
            session, http.actor(), slug, number, reason=body["reason"], now=http.now()
        )
        return plain(guide_views.shown(session, http.actor(), made))
