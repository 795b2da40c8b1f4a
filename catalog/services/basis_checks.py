"""Checking the legal bases of an item: readable, of a known or declared rank, stale ones warned of."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from catalog.models import Article, Law
from catalog.services import laws
from catalog.services.check_notes import Checked
from catalog.services.citations import Cited, parse_citation
from schemas.records import Message
from schemas.vocabularies import LawLevel

MOST_LINES = 1000
"""Most circumstances, citations, or names of one kind in a scope."""
LONGEST_LINE = 2000
LONGEST_TITLE = 200
"""Characters of a law's title in the library."""
CITATION_KEYS = {"law", "article", "part", "version", "level"}


def citation_values(citation: Cited, level: str = "") -> dict[str, Any]:
    """A citation as it is stored in an adjustment."""
    values = {
        "law": citation.law,
        "article": citation.article,
        "part": citation.part,
        "version": citation.version,
    }
    return {**values, "level": level} if level else values


def check_citations(
    session: Session, found: Checked, place: str, value: Any, on: date
) -> tuple[list[dict[str, Any]], list[str]]:
    """Citations in one spelling, and the rank of each law that is known or declared."""
    if value is not None and not isinstance(value, list | tuple):
        found.wrong(place, "Citations are a list.")
        return [], []
    if value and len(value) > MOST_LINES:
        found.wrong(place, "At most %(most)s lines.", most=MOST_LINES)
        return [], []
    stored: list[dict[str, Any]] = []
    levels: list[str] = []
    for index, one in enumerate(value or ()):
        read = _read_citation(found, f"{place}.{index}", one)
        for citation, declared in read:
            law = laws.find_law(session, citation.law)
            levels.append(law.level if law else declared)
            stored.append(citation_values(citation, "" if law else declared))
            if law is None:
                text = "The library does not know %(law)s; its rank is taken as declared."
                found.warnings.append(Message(text, {"law": citation.law}))
            article, stale = laws.resolve(session, citation, on)
            if stale:
                found.warnings.append(_stale(citation, article, on))
            elif law is not None and article is None and citation.article is not None:
                _not_held(found, f"{place}.{index}", citation, law, on)
    if not value:
        found.wrong(place, "Cite at least one legal basis (依据).")
    return stored, levels


def _not_held(found: Checked, place: str, citation: Cited, law: Law, on: date) -> None:
    """Refuse an article that a full text in force does not have; warn where only some are held."""
    current = [one for one in law.versions if laws.in_force(one, on)]
    if not citation.version and any(one.text for version in current for one in version.articles):
        text = "The text in force that the library holds has no %(citation)s."
        found.wrong(place, text, citation=citation.label)
        return
    text = "The library does not hold %(citation)s: check that there is such an article."
    found.warnings.append(Message(text, {"citation": citation.label}))


def _stale(citation: Cited, article: Article | None, on: date) -> Message:
    params = {"citation": citation.label, "day": on.isoformat()}
    after = laws.successors(article) if article is not None else []
    if not after:
        return Message("%(citation)s is of a version no longer in force on %(day)s.", params)
    names = "、".join(Cited(one.law_version.law.title, one.number).label for one in after)
    return Message(
        "%(citation)s is of a version no longer in force on %(day)s; now it is %(successors)s.",
        {**params, "successors": names},
    )


def _read_text(found: Checked, place: str, text: str) -> list[tuple[Cited, str]]:
    if len(text) > LONGEST_LINE:
        found.wrong(place, "At most %(most)s characters.", most=LONGEST_LINE)
        return []
    read = parse_citation(text)
    if not read:
        found.wrong(place, "Write a citation as 《law》第十四条.")
    return [(one, "") for one in read if _title_fits(found, place, one.law)]


def _title_fits(found: Checked, place: str, title: str) -> bool:
    if len(title) <= LONGEST_TITLE:
        return True
    found.wrong(place, "The title of a law has at most %(most)s characters.", most=LONGEST_TITLE)
    return False


def _read_citation(found: Checked, place: str, value: Any) -> list[tuple[Cited, str]]:
    if isinstance(value, str):
        return _read_text(found, place, value)
    if not isinstance(value, Mapping) or value.keys() - CITATION_KEYS:
        found.wrong(
            place, "A citation is text, or an object with law, article, part, version, level."
        )
        return []
    law, article = value.get("law"), value.get("article")
    level = value.get("level") or ""
    if not isinstance(law, str) or not law.strip():
        found.wrong(f"{place}.law", "Name the law.")
        return []
    if level and (not isinstance(level, str) or level not in set(LawLevel)):
        level = ""
        found.wrong(f"{place}.level", "Choose a rank: %(levels)s.", levels=", ".join(LawLevel))
    if article is not None and (type(article) is not int or not 0 < article < 10_000):
        found.wrong(f"{place}.article", "The article is a whole number.")
        return []
    law = law.strip().strip("《》")
    if not _title_fits(found, f"{place}.law", law):
        return []
    part = found.text(f"{place}.part", value.get("part"), 40)
    version = found.text(f"{place}.version", value.get("version"), 40)
    return [(Cited(law, article, part, version), level)]
