"""Bases that no longer hold: citations of a revision that is not in force, or of nothing known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from catalog.models import Article, Citation, ExemptionItem, Law, LawReplacement, LawVersion
from catalog.services import laws
from catalog.services.citations import Cited


@dataclass(frozen=True, slots=True)
class StaleBasis:
    """A citation of an item in force; ``state`` is ``stale`` or ``unknown`` (not in the library).

    ``revision`` and ``ended_on`` are of the revision cited, ``successors`` the articles in its place.
    """

    list_kind: str
    number: str
    name: str
    citation: str
    state: str
    revision: str
    ended_on: date | None
    successors: tuple[str, ...]


def listed(session: Session, on: date) -> list[StaleBasis]:
    """Every basis of an item in force on a day that is stale or not in the library, by item."""
    articles = selectinload(ExemptionItem.citations).selectinload(Citation.article)
    rows = session.scalars(
        select(ExemptionItem)
        .where(
            ExemptionItem.valid_from <= on,
            ExemptionItem.valid_to.is_(None) | (ExemptionItem.valid_to > on),
        )
        .options(
            articles.selectinload(Article.law_version).selectinload(LawVersion.law),
            articles.selectinload(Article.successors),
        )
        .order_by(ExemptionItem.list_kind, ExemptionItem.number)
    )
    found = ((item, one, _state(one, on)) for item in rows for one in item.citations)
    after = _replacements(session)
    return [_basis(item, one, state, after) for item, one, state in found if state]


def _replacements(session: Session) -> dict[int, str]:
    """The instrument that took the place of a whole one, as it is cited, by the id of that one."""
    query = select(LawReplacement.law_id, Law.title).join(
        Law, Law.id == LawReplacement.replaced_by_id
    )
    return {key: Cited(title, None).label for key, title in session.execute(query)}


def _state(one: Citation, on: date) -> str:
    if one.article is None:
        return "stale" if one.stale else "unknown"
    return "" if laws.in_force(one.article.law_version, on) else "stale"


def _basis(item: ExemptionItem, one: Citation, state: str, after: Mapping[int, str]) -> StaleBasis:
    version = one.article.law_version if one.article else None
    whole = after.get(version.law_id) if version else None
    return StaleBasis(
        item.list_kind,
        item.number,
        item.name,
        one.label,
        state,
        version.label if version else "",
        version.in_force_to if version else None,
        successor_labels(one.article) or ((whole,) if whole else ()),
    )


def successor_labels(article: Article | None) -> tuple[str, ...]:
    """The articles in the place of a stale one, as they are cited."""
    after = laws.successors(article) if article is not None else []
    return tuple(Cited(one.law_version.law.title, one.number).label for one in after)
