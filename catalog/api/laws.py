"""The library of legal bases: ``/laws``."""

from typing import Any

from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import one, plain, whole
from catalog.api.doors import PREFIX, Door
from catalog.errors import missing
from catalog.models import Article, Law, LawVersion
from catalog.services import facts, law_editing, laws, stale_bases
from schemas.laws import (
    LawEndIn,
    LawOut,
    LawSummary,
    LawTextIn,
    LawTextOut,
    LawVersionIn,
    LawVersionOut,
    ReplacementIn,
    StaleBasisOut,
    SuccessorsIn,
)
from schemas.negative_list import ListAsOfArgs
from schemas.paging import AS_OF, page_of

door = Door("laws", "Laws, their revisions and articles: what the lists rest on")
LAW = "/laws/<int(max=2147483647):law_id>"


@door.get("/laws", answers=page_of(LawSummary))
def listing() -> Response:
    """Every instrument of the library"""
    today = facts.day(http.now())
    with http.reading() as session:
        return whole(laws.library(session), lambda law: laws.summary(law, today))


@door.get("/laws/stale", answers=page_of(StaleBasisOut, as_of=AS_OF), query=ListAsOfArgs)
def stale(query: dict[str, Any]) -> Response:
    """Bases of items in force that are not in force, or not in the library"""
    on = query["as_of"] or facts.day(http.now())
    with http.reading() as session:
        return whole(stale_bases.listed(session, on), StaleBasisOut, as_of=on.isoformat())


@door.get(LAW, answers=LawOut)
def show(law_id: int) -> Response:
    """An instrument with its revisions and articles"""
    with http.reading() as session:
        law = law_editing.get(session, law_id)
        after = law_editing.replacement(session, law)
        return plain(
            {
                "id": law.id,
                "title": law.title,
                "short_title": law.short_title,
                "level": law.level,
                "replaced_by": after.title if after else "",
                "versions": [_version(version) for version in law.versions],
            }
        )


def _version(version: LawVersion) -> dict[str, Any]:
    return {
        "label": version.label,
        "in_force_from": version.in_force_from,
        "in_force_to": version.in_force_to,
        "source": version.source,
        "articles": [
            {
                "number": article.number,
                "gist": article.gist,
                "text": article.text,
                "successors": stale_bases.successor_labels(article),
            }
            for article in version.articles
        ],
    }


@door.post("/laws", answers=LawVersionOut, body=LawVersionIn)
def add(body: dict[str, Any]) -> Response:
    """Add a revision, with its instrument when the library does not know it"""
    given = dict(body)
    days = (given.pop("in_force_from"), given.pop("in_force_to"))
    with http.transaction() as session:
        made = law_editing.add_version(
            session, http.actor(), **given, in_force=days, now=http.now()
        )
        return one(LawVersionOut, made, status=201, location=f"{PREFIX}/laws/{made.law_id}")


@door.post("/laws/texts", answers=LawTextOut, body=LawTextIn, status=200)
def import_text(body: dict[str, Any]) -> Response:
    """Import the full text of a law; its articles are recognised"""
    with http.transaction() as session:
        done = law_editing.import_text(session, http.actor(), **body, now=http.now())
        return plain(
            {
                "law": done.version.law_id,
                "label": done.version.label,
                "articles": done.texts,
                "new": done.new,
                "notes": [http.say(note) for note in done.notes],
            }
        )


@door.post(f"{LAW}/successors", answers=LawOut, body=SuccessorsIn, status=200)
def succeed(body: dict[str, Any], law_id: int) -> Response:
    """Note which articles of a later revision took the place of one"""
    with http.transaction() as session:
        law = law_editing.get(session, law_id)
        law_editing.succeed(
            session,
            http.actor(),
            _article(law, body["label"], body["article"]),
            [_article(law, body["successor_label"], number) for number in body["successors"]],
            now=http.now(),
        )
    return show(law_id)


def _article(law: Law, label: str, number: int) -> Article:
    for version in law.versions:
        for article in version.articles:
            if (version.label, article.number, article.part) == (label, number, ""):
                return article
    raise missing("article")


@door.post(f"{LAW}/replacement", answers=LawOut, body=ReplacementIn, status=200)
def replace(body: dict[str, Any], law_id: int) -> Response:
    """Note that another instrument took the place of this one"""
    with http.transaction() as session:
        by = laws.find_law(session, body["replaced_by"])
        if by is None:
            raise missing("law")
        law_editing.replace(
            session, http.actor(), law_editing.get(session, law_id), by, on=body["on"],
            now=http.now(),
        )  # fmt: skip
    return show(law_id)


@door.post(f"{LAW}/end", answers=LawOut, body=LawEndIn, status=200)
def end(body: dict[str, Any], law_id: int) -> Response:
    """Note that an instrument is in force no longer"""
    with http.transaction() as session:
        law = law_editing.get(session, law_id)
        law_editing.end(session, http.actor(), law, body["on"], now=http.now())
    return show(law_id)
