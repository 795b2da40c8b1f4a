"""Writing the versions of exemption items: only an approved adjustment does, and numbers last for ever."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.errors import missing
from catalog.models import Adjustment, Circumstance, Citation, CodeSequence, ExemptionItem, Law
from catalog.services import laws, list_changes, openness_ledger
from catalog.services.list_kinds import LIST_TYPES, sequence
from schemas.vocabularies import AdjustmentKind, ItemState, ListKind


def next_number(session: Session, front: str) -> int:
    """The next number of a sequence; numbers are never used again."""
    row = session.scalar(select(CodeSequence).where(CodeSequence.front == front).with_for_update())
    if row is None:
        row = CodeSequence(front=front, last=0)
        session.add(row)
    row.last += 1
    session.flush()
    return row.last


def put_in_force(
    session: Session, found: Adjustment, change: dict[str, Any], on: date, now: datetime
) -> None:
    """Close the standing version of an item, open the next, or both at the same instant."""
    values = change["item"]
    begins = date.fromisoformat(values["valid_from"]) if values.get("valid_from") else on
    if change["kind"] != AdjustmentKind.ADD:
        current = list_changes.standing(session, change["number"], on, found.list_kind)
        if current is None:  # checked a moment ago, under the same lock
            raise missing("item")
        openness_ledger.watch_items(session, [change["number"]])
        amended = change["kind"] == AdjustmentKind.AMEND
        current.state = ItemState.AMENDED if amended else ItemState.REPEALED
        current.valid_to = begins if amended else on
        current.ended_by_id = found.id
        session.flush()
    if change["kind"] in list_changes.ENDING:
        return
    if change["kind"] == AdjustmentKind.ADD:
        row = next_number(session, sequence(found.list_kind, "item"))
        change["number"] = f"{LIST_TYPES[ListKind(found.list_kind)].prefix}-{row:03d}"
    _add_version(session, found, change["number"], values, begins, now)


def _add_version(
    session: Session,
    found: Adjustment,
    number: str,
    values: dict[str, Any],
    begins: date,
    now: datetime,
) -> None:
    last = session.scalar(
        select(func.max(ExemptionItem.revision)).where(
            ExemptionItem.list_kind == found.list_kind, ExemptionItem.number == number
        )
    )
    ends = _day(values["valid_to"])
    row = ExemptionItem(
        list_kind=found.list_kind,
        number=number,
        revision=(last or 0) + 1,
        state=ItemState.IN_FORCE,
        **{key: values.get(key, "") for key in list_changes.TEXTS},
        scope=values["scope"],
        details=values.get("details", {}),
        secrecy=values.get("secrecy", ""),
        declassify_on=_day(values.get("declassify_on")),
        valid_from=begins,
        valid_to=ends,
        lapses_on=ends,
        review_by=date.fromisoformat(values["review_by"]),
        adjustment_id=found.id,
        recorded_at=now,
        circumstances=[
            Circumstance(position=n, text=text) for n, text in enumerate(values["circumstances"])
        ],
        citations=[_citation(session, n, one, begins) for n, one in enumerate(values["citations"])],
    )
    session.add(row)
    session.flush()


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _citation(session: Session, position: int, values: dict[str, Any], on: date) -> Citation:
    cited = list_changes.cited(values)
    if values.get("level") and laws.find_law(session, cited.law) is None:
        session.add(Law(title=cited.law, level=values["level"]))
        session.flush()
    article, is_stale = laws.resolve(session, cited, on)
    return Citation(position=position, article=article, label=cited.label[:300], stale=is_stale)
