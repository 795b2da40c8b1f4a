"""Reading the list: items in force on a day, their history, immutable editions and their difference.

Everything here is public. Rows are loaded without their internal wording, and reading it from such a
row raises; ``view`` adds it for those entitled.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, defer, selectinload

from catalog.auth import Identity, Permission, can
from catalog.errors import missing
from catalog.models import Adjustment, Article, Citation, Edition, ExemptionItem, LawVersion
from catalog.services import item_scopes, laws
from schemas.vocabularies import AdjustmentKind, ItemState, ListKind

_NEVER = "9999-12-31"


@dataclass(frozen=True, slots=True)
class Change:
    """One item that differs between two editions; ``before`` or ``after`` None when it is not there.

    ``kind`` is an AdjustmentKind: an item that went because the matter was opened says ``open``.
    """

    kind: str
    number: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diff:
    """What differs between two editions; ``same`` counts the items that do not."""

    old: int
    new: int
    changes: tuple[Change, ...]
    same: int


def _items(kind: str = ListKind.NEGATIVE) -> Select[ExemptionItem]:
    articles = selectinload(ExemptionItem.citations).selectinload(Citation.article)
    return (
        select(ExemptionItem)
        .where(ExemptionItem.list_kind == kind)
        .options(
            defer(ExemptionItem.internal_wording, raiseload=True),
            selectinload(ExemptionItem.circumstances),
            articles.selectinload(Article.law_version).selectinload(LawVersion.law),
            articles.selectinload(Article.successors),
        )
        .order_by(ExemptionItem.number, ExemptionItem.revision)
    )


def in_force(session: Session, on: date, kind: str = ListKind.NEGATIVE) -> list[ExemptionItem]:
    """The items of a list in force on a day, by number."""
    return list(
        session.scalars(
            _items(kind).where(
                ExemptionItem.valid_from <= on,
                ExemptionItem.valid_to.is_(None) | (ExemptionItem.valid_to > on),
            )
        )
    )


def item(
    session: Session, number: str, on: date, kind: str = ListKind.NEGATIVE
) -> ExemptionItem | None:
    """The version of an item in force on a day."""
    return session.scalar(
        _items(kind).where(
            ExemptionItem.number == number,
            ExemptionItem.valid_from <= on,
            ExemptionItem.valid_to.is_(None) | (ExemptionItem.valid_to > on),
        )
    )


def item_history(
    session: Session, number: str, kind: str = ListKind.NEGATIVE
) -> list[ExemptionItem]:
    """Every version of an item, oldest first; NotFound for a number that was never given."""
    rows = list(session.scalars(_items(kind).where(ExemptionItem.number == number)))
    if not rows:
        raise missing("item")
    return rows


def every_name(session: Session, kind: str = ListKind.NEGATIVE) -> dict[str, str]:
    """The last name of every item that a list ever had, by number."""
    query = select(ExemptionItem.number, ExemptionItem.name).where(ExemptionItem.list_kind == kind)
    found = session.execute(query.order_by(ExemptionItem.number, ExemptionItem.revision))
    return dict(found.all())


def state_on(row: ExemptionItem, on: date) -> ItemState:
    """What a version of an item is on a day: approved before it begins, amended or repealed after."""
    if on < row.valid_from:
        return ItemState.APPROVED
    if row.valid_to is None or on < row.valid_to:
        return ItemState.IN_FORCE
    return ItemState.AMENDED if row.state == ItemState.AMENDED else ItemState.REPEALED


def review_overdue(row: ExemptionItem, on: date) -> bool:
    """Whether the item should have been reviewed by now; it stays in force all the same."""
    return row.review_by < on


def stale(citation: Citation, on: date) -> bool:
    """Whether a basis is of a version of the law that is not in force on a day."""
    if citation.article is None:
        return citation.stale
    return not laws.in_force(citation.article.law_version, on)


def public_view(row: ExemptionItem) -> dict[str, Any]:
    """The public wording of an item as plain values: what an edition keeps."""
    shown = _public_values(row)
    return shown if row.list_kind == ListKind.NEGATIVE else {**shown, "details": row.details}


def _public_values(row: ExemptionItem) -> dict[str, Any]:
    return {
        "number": row.number,
        "revision": row.revision,
        "name": row.name,
        "category": row.category,
        "ground": row.ground,
        "reason": row.reason,
        "public_wording": row.public_wording,
        "circumstances": [one.text for one in row.circumstances],
        "citations": [one.label for one in row.citations],
        "scope": item_scopes.public(row.scope),
        "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
        "review_by": row.review_by.isoformat(),
    }


def view(session: Session, actor: Identity, row: ExemptionItem, on: date) -> dict[str, Any]:
    """An item as the actor may see it on a day; internal wording only for those entitled."""
    shown = public_view(row) | {
        "state": state_on(row, on).value,
        "review_overdue": review_overdue(row, on),
        "citations": [
            {
                "label": one.label,
                "stale": stale(one, on),
                "gist": one.article.gist if one.article else "",
                "successors": [
                    laws.Cited(after.law_version.law.title, after.number).label
                    for after in (laws.successors(one.article) if one.article else ())
                ],
            }
            for one in row.citations
        ],
    }
    if can(actor, Permission.LIST_READ_INTERNAL):
        shown |= {
            "scope": row.scope,
            "secrecy": row.secrecy,
            "declassify_on": row.declassify_on.isoformat() if row.declassify_on else None,
            "declassify_when": row.declassify_when,
        }
        shown["internal_wording"] = session.scalar(
            select(ExemptionItem.internal_wording).where(ExemptionItem.id == row.id)
        )
    return shown


def make_edition(session: Session, adjustment: Adjustment, number: int, on: date) -> Edition:
    """Freeze the list as an adjustment leaves it: items in force on its day and those to come."""
    rows = session.scalars(
        _items(adjustment.list_kind).where(
            ExemptionItem.valid_to.is_(None)
            | ((ExemptionItem.valid_to > on) & (ExemptionItem.valid_to > ExemptionItem.valid_from))
        )
    )
    content = [public_view(row) for row in rows]
    made = Edition(
        list_kind=adjustment.list_kind,
        number=number,
        adjustment_id=adjustment.id,
        effective_on=on,
        made_at=adjustment.approved_at,
        content=content,
        sha256=digest(content),
    )
    session.add(made)
    session.flush()
    return made


def digest(content: list[Any]) -> str:
    """SHA-256 of an edition's content, in a spelling that anybody can make again."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def editions(session: Session, kind: str = ListKind.NEGATIVE) -> list[Edition]:
    """Every edition of a list, newest first."""
    return list(
        session.scalars(
            select(Edition).where(Edition.list_kind == kind).order_by(Edition.number.desc())
        )
    )


def latest(session: Session, kind: str = ListKind.NEGATIVE) -> int:
    """The number of the newest edition of a list; 0 before the first."""
    return session.scalar(select(func.max(Edition.number)).where(Edition.list_kind == kind)) or 0


def edition(session: Session, number: int, kind: str = ListKind.NEGATIVE) -> Edition:
    """One edition."""
    found = session.scalar(
        select(Edition).where(Edition.list_kind == kind, Edition.number == number)
    )
    if found is None:
        raise missing("edition")
    return found


def edition_on(
    session: Session,
    on: date,
    made_before: datetime | None = None,
    *,
    kind: str = ListKind.NEGATIVE,
) -> Edition | None:
    """The edition that was the list of a day."""
    query = select(Edition).where(Edition.list_kind == kind, Edition.effective_on <= on)
    if made_before is not None:
        query = query.where(Edition.made_at < made_before)
    return session.scalar(query.order_by(Edition.number.desc()).limit(1))


def content_on(
    session: Session, on: date, made_before: datetime | None = None
) -> list[Mapping[str, Any]]:
    """The items of the negative list in force on a day, as the edition of that day keeps them."""
    edition = edition_on(session, on, made_before)
    return [
        one
        for one in (edition.content if edition else ())
        if one["valid_from"] <= on.isoformat() < (one["valid_to"] or _NEVER)
    ]


def diff(session: Session, old: int, new: int, kind: str = ListKind.NEGATIVE) -> Diff:
    """What changed from one edition to another, item by item."""
    before = {one["number"]: one for one in edition(session, old, kind).content}
    after = {one["number"]: one for one in edition(session, new, kind).content}
    opened = _opened(session, old, new, kind)
    changes = []
    for number in sorted(before.keys() | after.keys()):
        was, now = before.get(number), after.get(number)
        values = tuple(
            key for key in (now or was or {})
            if key not in {"number", "revision"} and (was or {}).get(key) != (now or {}).get(key)
        )  # fmt: skip
        if not values:
            continue
        gone = AdjustmentKind.OPEN if number in opened else AdjustmentKind.REPEAL
        kind = AdjustmentKind.ADD if was is None else AdjustmentKind.AMEND if now else gone
        changes.append(Change(kind, number, was, now, values if was and now else ()))
    return Diff(old, new, tuple(changes), len(before.keys() | after.keys()) - len(changes))


def _opened(session: Session, old: int, new: int, kind: str) -> set[str]:
    """Numbers that the adjustments between two editions converted to open."""
    low, high = sorted((old, new))
    steps = session.scalars(
        select(Adjustment)
        .join(Edition, Edition.adjustment_id == Adjustment.id)
        .where(Edition.list_kind == kind, Edition.number > low, Edition.number <= high)
    )
    return {
        change["number"]
        for step in steps
        for change in step.changes
        if change["kind"] == AdjustmentKind.OPEN
    }
