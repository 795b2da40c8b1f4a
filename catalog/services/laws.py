"""The library of legal bases: instruments, their revisions, articles, and what took whose place.

``laws.json`` ships what the negative list of an open data platform leans on, each article with a gist
in our own words. It gives no gist to articles 8, 9, 22 and 23 of the 2019 Regulations on Open
Government Information on purpose: real lists that cite those numbers without a year follow the 2008
numbering (蚌埠2017, 高台2018, 郴州审计局2019), so such a citation resolves to the old revision and is
stale, also when the full text of the new one was imported.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from unicodedata import normalize

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from catalog.models import Article, Law, LawVersion
from catalog.services.citations import Cited, parse_citation, read_citations
from schemas.vocabularies import LawLevel

__all__ = [
    "Cited",
    "find_law",
    "library",
    "parse_citation",
    "read_citations",
    "resolve",
    "seed",
    "successors",
]

BINDING = frozenset({LawLevel.LAW, LawLevel.ADMINISTRATIVE_REGULATION})
"""法律、行政法规: what ground 14-2 demands."""


@cache
def _shipped() -> list[dict[str, Any]]:
    text = Path(__file__).with_name("laws.json").read_text(encoding="utf-8")
    laws: list[dict[str, Any]] = json.loads(text)["laws"]
    return laws


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def seed(session: Session) -> int:
    """Bring the shipped library in, or up to date; the number of articles added.

    Texts that were imported and successions that were recorded here stay as they are.
    """
    known = {law.title: law for law in library(session)}
    added = 0
    for record in _shipped():
        law = known.get(record["title"])
        if law is None:
            law = known[record["title"]] = Law(title=record["title"], level="")
            session.add(law)
        law.short_title, law.level = record["short_title"], LawLevel(record["level"])
        for revision in record["versions"]:
            added += _seed_version(law, revision)
    session.flush()
    for record in _shipped():
        _seed_successions(known[record["title"]], record["versions"])
    session.flush()
    return added


def _seed_version(law: Law, record: Mapping[str, Any]) -> int:
    version = next((one for one in law.versions if one.label == record["label"]), None)
    if version is None:
        version = LawVersion(label=record["label"])
        law.versions.append(version)
    version.in_force_from, version.in_force_to = _day(record["from"]), _day(record["to"])
    whole = {article.number: article for article in version.articles if not article.part}
    for entry in record["articles"]:
        if entry["number"] in whole:
            whole[entry["number"]].gist = entry["gist"]
        else:
            version.articles.append(Article(number=entry["number"], gist=entry["gist"]))
    return len(record["articles"]) - len(
        whole.keys() & {entry["number"] for entry in record["articles"]}
    )


def _seed_successions(law: Law, records: Sequence[Mapping[str, Any]]) -> None:
    """Each shipped article that moved knows where it went in the revision after its own."""
    held = {
        (version.label, article.number): article
        for version in law.versions
        for article in version.articles
        if not article.part
    }
    for record, after in pairwise(records):
        for entry in record["articles"]:
            article = held[record["label"], entry["number"]]
            for number in entry.get("successors", ()):
                successor = held[after["label"], number]
                if successor not in article.successors:
                    article.successors.append(successor)


def library(session: Session) -> list[Law]:
    """Every instrument with its revisions and articles."""
    return list(
        session.scalars(
            select(Law)
            .order_by(Law.id)
            .options(selectinload(Law.versions).selectinload(LawVersion.articles))
        )
    )


def _plain(title: str) -> str:
    text = normalize("NFKC", title).strip("《》 ")
    return "".join(text.split()).removeprefix("中华人民共和国")


def find_law(session: Session, title: str) -> Law | None:
    """The instrument of that title, with or without 中华人民共和国, or by its short title."""
    wanted = _plain(title)
    if not wanted:
        return None
    laws = session.scalars(select(Law).order_by(Law.id)).all()
    by_title = (law for law in laws if _plain(law.title) == wanted)
    by_short = (law for law in laws if _plain(law.short_title) == wanted)
    return next(by_title, None) or next(by_short, None)


def in_force(version: LawVersion, on: date) -> bool:
    """Whether a revision was the law of that day."""
    begun = version.in_force_from is None or version.in_force_from <= on
    return begun and (version.in_force_to is None or on < version.in_force_to)


def _meant(version: LawVersion, hint: str) -> bool:
    """Whether a writer's year or order number names this revision: 2007, 2008 and 492 are one."""
    words = normalize("NFKC", hint)
    digits = "".join(char if char.isdigit() else " " for char in words).split()
    label = "".join(char if char.isdigit() else " " for char in version.label).split()
    year = [str(version.in_force_from.year)] if version.in_force_from else []
    return any(one in label + year for one in digits) or words == normalize("NFKC", version.label)


def _article(version: LawVersion, cited: Cited) -> Article | None:
    found = [article for article in version.articles if article.number == cited.article]
    exact = (article for article in found if article.part == cited.part)
    whole = (article for article in found if not article.part)
    return next(exact, None) or next(whole, None)


def resolve(session: Session, cited: Cited, on: date) -> tuple[Article | None, bool]:
    """The article that a citation means on a day, and whether that basis is stale.

    Stale: the revision meant was no longer in force on that day. An article that the library does
    not hold is None and not stale: it may well exist. A number without a year that is known as a
    basis (has a gist) only in an older revision means that one, although the text of the revision in
    force has an article of the same number: real lists keep citing the numbering of 2008.
    """
    law = find_law(session, cited.law)
    if law is None:
        return None, False
    versions = sorted(
        law.versions, key=lambda one: (one.in_force_from or date.min, one.id), reverse=True
    )
    if cited.version:
        versions = [one for one in versions if _meant(one, cited.version)]
        if not versions:
            return None, False
    current = [one for one in versions if in_force(one, on)]
    ordered = current + [one for one in versions if one not in current]
    found = [
        (article, version not in current)
        for version in ordered
        if (article := _article(version, cited)) is not None
    ]
    known = (pair for pair in found if pair[0].gist)
    chosen = next(known, None) or next(iter(found), None)
    return chosen or (None, not current)


def successors(article: Article) -> list[Article]:
    """The articles that took the place of a stale one; empty when the library does not know."""
    return list(article.successors)


def summary(law: Law, on: date) -> dict[str, Any]:
    """An instrument in a list: the revision in force on a day, and how much the library holds."""
    current = next((one for one in law.versions if in_force(one, on)), None)
    held = current.articles if current else []
    return {
        "id": law.id,
        "title": law.title,
        "short_title": law.short_title,
        "level": law.level,
        "current": current.label if current else "",
        "in_force_from": current.in_force_from if current else None,
        "versions": len(law.versions),
        "articles": len(held),
        "texts": sum(bool(one.text) for one in held),
    }
