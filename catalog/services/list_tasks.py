"""Decisions that units owe because of the negative list: their to-do list, and giving a decision."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from catalog.auth import Identity, Permission, require
from catalog.errors import Conflict, Invalid, missing
from catalog.models import Dataset, Field, ListTask
from catalog.services import audit
from catalog.services.reaching import OPENED
from catalog.services.visibility import knows
from schemas.records import Message
from schemas.vocabularies import DatasetState, ListTaskKind, Openness

LONGEST_REASON = 1000


def _stands() -> ColumnElement[bool]:
    """Whether there is still something to decide: what lost its item is still unassessed, what an item
    reaches is still open."""
    column = exists().where(Field.dataset_id == Dataset.id, Field.name == ListTask.field)
    whole = ListTask.field == ""

    def so(entry: ColumnElement[bool], field: ColumnElement[bool]) -> ColumnElement[bool]:
        return or_(and_(whole, entry), and_(ListTask.field != "", column.where(field)))

    unassessed = so(Dataset.openness == Openness.UNASSESSED, Field.openness == Openness.UNASSESSED)
    opened = so(Dataset.openness.in_(OPENED), Field.openness.in_(OPENED))
    return or_(
        and_(ListTask.kind != ListTaskKind.REACHED, unassessed),
        and_(ListTask.kind == ListTaskKind.REACHED, opened),
    )


def waiting(
    session: Session, mine: ColumnElement[bool], *, limit: int | None = None
) -> Sequence[ListTask]:
    """Open decisions about entries of a condition on ``Dataset``, oldest first."""
    query = (
        select(ListTask)
        .join(Dataset, Dataset.id == ListTask.dataset_id)
        .where(
            mine,
            ListTask.settled_at.is_(None),
            Dataset.state.not_in((DatasetState.RETIRED, DatasetState.WITHDRAWN)),
            _stands(),
        )
        .options(contains_eager(ListTask.dataset).options(joinedload(Dataset.unit)))
        .order_by(ListTask.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def get(session: Session, actor: Identity, task_id: int) -> ListTask:
    """One decision that is owed, of an entry the actor may know of."""
    task = session.get(ListTask, task_id)
    if task is None or not knows(actor, task.dataset):
        raise missing("task")
    return task


def settle(
    session: Session, actor: Identity, task_id: int, *, reason: str, now: datetime
) -> ListTask:
    """Decide that an entry or field stays as it is, with the reason; what has to change is changed at
    the entry itself, which ends the task, too."""
    task = get(session, actor, task_id)
    require(actor, Permission.DATASET_AMEND, task.dataset)
    reason = reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        cause = Message(
            "Give the reason, in at most %(most)s characters.", {"most": LONGEST_REASON}
        )
        raise Invalid("reason-missing", cause, fields={"reason": [cause]})
    if task.settled_at is not None:
        raise Conflict("task-settled", Message("This has been decided already."))
    if task.kind == ListTaskKind.UNCOVERED:
        raise Conflict(
            "still-unassessed",
            Message("What lost its item cannot stay unassessed."),
            Message("Open it, or name another item that covers it."),
        )
    task.settled_at, task.settled_by, task.reason = now, actor.name, reason
    audit.record(
        session, actor, audit.AuditTag.TASK_SETTLED, "dataset", task.dataset.slug, now=now,
        unit_id=task.dataset.unit_id, field=task.field, item=task.item_number, reason=reason,
    )  # fmt: skip
    return task


_WHY: dict[tuple[str, bool], Message] = {
    (ListTaskKind.UNCOVERED, False): Message(
        "Item %(number)s no longer closes it: open it, or name another item."
    ),
    (ListTaskKind.UNCOVERED, True): Message(
        "Item %(number)s no longer closes the field %(field)s: open it, or name another item."
    ),
    (ListTaskKind.EXCEPTED, False): Message(
        "An exception to item %(number)s opens it: set how it is open."
    ),
    (ListTaskKind.EXCEPTED, True): Message(
        "An exception to item %(number)s opens the field %(field)s: set how it is open."
    ),
    (ListTaskKind.REACHED, False): Message(
        "Item %(number)s covers it although it is open: close it, or say why it stays open."
    ),
    (ListTaskKind.REACHED, True): Message(
        "Item %(number)s covers the field %(field)s although it is open: close it, or say why."
    ),
}


def why(task: ListTask) -> Message:
    """What there is to decide, in a sentence."""
    said = _WHY[task.kind, bool(task.field)]
    return Message(said.text, {"number": task.item_number, "field": task.field})
