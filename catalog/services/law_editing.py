"""Keeping the library of legal bases: instruments, revisions and their validity, full texts, what
replaced what. Nothing here may overlap in time or go round in a circle.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.auth import Identity, Permission, require
from catalog.errors import Invalid, missing
from catalog.models import Article, ArticleSuccession, Law, LawReplacement, LawVersion
from catalog.services import audit, facts, laws
from catalog.services.law_texts import LawText, read_law
from schemas.records import Message
from schemas.vocabularies import LawLevel

LONGEST_TITLE, LONGEST_LABEL = 200, 40


@dataclass(frozen=True, slots=True)
class Imported:
    """What an imported text brought: articles with text now, articles that were new, remarks."""

    version: LawVersion
    texts: int
    new: int
    notes: tuple[Message, ...]


def _refused(fields: Mapping[str, Message]) -> Invalid:
    return Invalid(
        "law-invalid",
        Message("The library cannot take this as it stands; nothing was saved."),
        Message("Correct the values named and send it again."),
        fields={name: [message] for name, message in fields.items()},
    )


def get(session: Session, law_id: int) -> Law:
    """One instrument."""
    law = session.get(Law, law_id)
    if law is None:
        raise missing("law")
    return law


def add_version(
    session: Session,
    actor: Identity,
    *,
    title: str,
    level: str = "",
    label: str,
    in_force: tuple[date | None, date | None],
    supersedes: str = "",
    now: datetime,
) -> LawVersion:
    """Add a revision, with its instrument when the library does not know it.

    ``supersedes`` names the label of the revision that ends on the day this one begins. Validities
    of one instrument never overlap; ``Invalid`` says which does.
    """
    require(actor, Permission.LAW_MANAGE)
    title, label = title.strip().strip("《》"), label.strip()
    begins, ends = in_force
    law = laws.find_law(session, title)
    _check_words(law, title, level, label)
    if law is None:
        law = Law(title=title, level=level)
        session.add(law)
    if any(one.label == label for one in law.versions):
        raise _refused({"label": Message("There is a revision of this name already.")})
    if ends is not None and (begins is None or ends <= begins):
        raise _refused({"in_force_to": Message("It would end before it begins.")})
    if supersedes:
        _end(law, supersedes, begins)
    _check_overlap(law, begins, ends)
    version = LawVersion(label=label, in_force_from=begins, in_force_to=ends)
    law.versions.append(version)
    session.flush()
    _note(session, actor, law, now, added=label, supersedes=supersedes)
    return version


def _check_words(law: Law | None, title: str, level: str, label: str) -> None:
    wrong: dict[str, Message] = {}
    if not 0 < len(title) <= LONGEST_TITLE:
        wrong["title"] = Message("Name the law, in at most %(most)s characters.", {"most": 200})
    if not 0 < len(label) <= LONGEST_LABEL:
        wrong["label"] = Message("Name the revision, in at most %(most)s characters.", {"most": 40})
    if (law is None or level) and level not in set(LawLevel):
        levels = ", ".join(LawLevel)
        wrong["level"] = Message("Choose a rank: %(levels)s.", {"levels": levels})
    if wrong:
        raise _refused(wrong)


def _end(law: Law, label: str, begins: date | None) -> None:
    """End the revision that a new one supersedes on the day the new one begins."""
    before = next((one for one in law.versions if one.label == label), None)
    if before is None:
        raise _refused({"supersedes": Message("There is no revision of this name.")})
    if begins is None or (before.in_force_from is not None and begins <= before.in_force_from):
        text = "What supersedes a revision begins after it did: no revision supersedes a later one."
        raise _refused({"supersedes": Message(text)})
    if before.in_force_to is not None and before.in_force_to != begins:
        text = "That revision ended on %(day)s already."
        raise _refused({"supersedes": Message(text, {"day": before.in_force_to.isoformat()})})
    before.in_force_to = begins


def _check_overlap(law: Law, begins: date | None, ends: date | None) -> None:
    for one in law.versions:
        before = ends is not None and one.in_force_from is not None and ends <= one.in_force_from
        after = one.in_force_to is not None and begins is not None and one.in_force_to <= begins
        if not (before or after):
            text = (
                "Its validity overlaps that of %(label)s (%(begins)s to %(ends)s); "
                "name that as superseded, or correct the days."
            )
            days = {
                "label": one.label,
                "begins": str(one.in_force_from or "…"),
                "ends": str(one.in_force_to or "…"),
            }
            raise _refused({"in_force_from": Message(text, days)})


def import_text(
    session: Session,
    actor: Identity,
    text: str,
    *,
    source: str = "",
    title: str = "",
    label: str = "",
    now: datetime,
) -> Imported:
    """Put the full text of a law into a revision of the library.

    The revision is the one called ``label``, or else the one that begins on the day the text names,
    or the only one in force. An instrument or a revision the library does not know is added first
    (``add_version``), so that nobody imports a text under the wrong law by a slip.
    """
    require(actor, Permission.LAW_MANAGE)
    try:
        read = read_law(text)
    except ValueError:
        raise _refused({"text": Message("It is too long to be the text of a law.")}) from None
    if not read.articles:
        raise _refused({"text": read.notes[-1]})
    law = laws.find_law(session, title or read.title)
    if law is None:
        unknown = Message(
            "The library does not know %(law)s; add the law with its rank first.",
            {"law": title or read.title},
        )
        raise _refused({"title": unknown})
    version = _meant(law, label, read, now)
    held = {one.number: one for one in version.articles if not one.part}
    for number, words in read.articles.items():
        article = held.get(number)
        if article is None:
            article = Article(number=number)
            version.articles.append(article)
        article.text = words
    version.source = source[:300]
    session.flush()
    notes = [*read.notes]
    lost = sorted(held.keys() - read.articles.keys())
    if lost:
        params = {"numbers": ", ".join(map(str, lost))}
        notes.append(
            Message("The library cites articles that the text lacks: %(numbers)s.", params)
        )
    new = len(read.articles.keys() - held.keys())
    _note(session, actor, law, now, imported=version.label, articles=len(read.articles))
    return Imported(version, len(read.articles), new, tuple(notes))


def _meant(law: Law, label: str, read: LawText, now: datetime) -> LawVersion:
    if label:
        named = [one for one in law.versions if one.label == label]
    else:
        begun = read.in_force_from
        named = [one for one in law.versions if begun and one.in_force_from == begun]
        named = named or [one for one in law.versions if laws.in_force(one, facts.day(now))]
    if len(named) == 1:
        return named[0]
    labels = "、".join(one.label for one in law.versions)
    raise _refused(
        {"label": Message("Say which revision this is: %(labels)s.", {"labels": labels})}
    )


def end(session: Session, actor: Identity, law: Law, on: date, *, now: datetime) -> None:
    """Note that an instrument is in force no longer from a day on; what cites it is stale from then."""
    require(actor, Permission.LAW_MANAGE)
    last = next((one for one in law.versions if one.in_force_to is None), None)
    if last is None:
        raise _refused({"on": Message("No revision of it is in force without an end.")})
    if last.in_force_from is not None and on <= last.in_force_from:
        raise _refused({"on": Message("It would end before it begins.")})
    last.in_force_to = on
    session.flush()
    _note(session, actor, law, now, ended=last.label, on=on)


def replace(
    session: Session,
    actor: Identity,
    law: Law,
    by: Law,
    *,
    on: date | None = None,
    now: datetime,
) -> None:
    """Note that another instrument took the place of a whole one, which ends ``on`` a day where one is
    given; a circle is refused."""
    require(actor, Permission.LAW_MANAGE)
    if on is not None:
        end(session, actor, law, on, now=now)
    pairs = session.execute(select(LawReplacement.law_id, LawReplacement.replaced_by_id)).all()
    after = dict(pairs)
    at: int | None = by.id
    for _ in range(len(pairs) + 1):
        if at == law.id:
            text = "They would replace each other in a circle."
            raise _refused({"replaced_by": Message(text)})
        at = after.get(at) if at is not None else None
    row = session.get(LawReplacement, law.id) or LawReplacement(law_id=law.id)
    row.replaced_by_id = by.id
    session.add(row)
    session.flush()
    _note(session, actor, law, now, replaced_by=by.title)


def replacement(session: Session, law: Law) -> Law | None:
    """What took the place of an instrument, if anything did."""
    row = session.get(LawReplacement, law.id)
    return session.get(Law, row.replaced_by_id) if row else None


def succeed(
    session: Session, actor: Identity, article: Article, by: Sequence[Article], *, now: datetime
) -> None:
    """Note which articles took the place of one; a circle is refused."""
    require(actor, Permission.LAW_MANAGE)
    rows = session.execute(select(ArticleSuccession.article_id, ArticleSuccession.successor_id))
    after: dict[int, set[int]] = {}
    for old, new in rows:
        after.setdefault(old, set()).add(new)
    seen, waiting = set[int](), {one.id for one in by}
    while waiting:
        if article.id in waiting:
            text = "These articles would follow each other in a circle."
            raise _refused({"successors": Message(text)})
        seen |= waiting
        waiting = set().union(*(after.get(one, set()) for one in waiting)) - seen
    article.successors = list(by)
    session.flush()
    _note(
        session, actor, article.law_version.law, now,
        article=article.number, successors=[one.number for one in by],
    )  # fmt: skip


def _note(session: Session, actor: Identity, law: Law, now: datetime, **data: Any) -> None:
    audit.record(session, actor, audit.AuditTag.LAW_AMENDED, "law", law.id, now=now, **data)
