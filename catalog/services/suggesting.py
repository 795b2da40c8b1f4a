"""What somebody who is still typing may mean: entries, keywords and units that the asker may know of."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.auth import Identity
from catalog.models import Unit
from catalog.search import Question, SearchIndex
from catalog.services import entry_lists
from catalog.services.visibility import own_units, sees_all

ENTRIES = 6
KEYWORDS = 5
UNITS = 3


@dataclass(frozen=True, slots=True)
class Suggestions:
    """``entries`` as lists show them; keywords and units (code, name) with how many entries have them."""

    entries: list[dict[str, Any]]
    keywords: list[tuple[str, int]]
    units: list[tuple[str, str, int]]


def suggest(session: Session, index: SearchIndex, actor: Identity, text: str) -> Suggestions:
    """Titles in which the text stands (or sounds so), keywords that begin with it, units called so."""
    may_find = None if sees_all(actor) else own_units(actor)
    asked = Question(text=text, unit_ids=may_find, limit=ENTRIES, titles_only=True)
    if not asked.words:
        return Suggestions([], [], [])
    ids = index.ask(asked).dataset_ids
    rows = entry_lists.lines_of(session, actor, ids)
    return Suggestions(
        [rows[one] for one in ids if one in rows],
        index.terms(text, Question(unit_ids=may_find), KEYWORDS),
        _units(session, index, text, may_find),
    )


def _units(
    session: Session, index: SearchIndex, text: str, may_find: frozenset[int] | None
) -> list[tuple[str, str, int]]:
    called = session.execute(
        select(Unit.code, Unit.name)
        .where(Unit.name.contains(text.strip(), autoescape=True), Unit.roster_to.is_(None))
        .order_by(func.length(Unit.name), Unit.code)
        .limit(UNITS)
    ).all()
    counted = []
    for code, name in called:
        held = index.ask(Question(narrow={"unit": [code]}, unit_ids=may_find, limit=0)).total
        counted.append((code, name, held))
    return counted
