"""Facts in two times: what was true of an entry from when to when, and since when we know.

The rates read facts only. A fact is never edited: a change supersedes the rows it contradicts and
writes new ones, so that a date asked for again gives the same answer.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from catalog.models import (
    Dataset,
    DatasetFact,
    Examination,
    ExemptionLink,
    Field,
    Resource,
)
from catalog.settings import ZONE
from schemas.vocabularies import Openness

_SAME = (
    "unit_id", "state", "openness", "theme", "opened_by_superior", "duplicate",
    "fields_total", "fields_open", "records",
)  # fmt: skip
OPEN = (Openness.UNCONDITIONAL, Openness.CONDITIONAL)


def day(now: datetime) -> date:
    """The date in the time zone of the deadlines."""
    return now.astimezone(ZONE).date()


def _field_counts(session: Session, dataset_id: int) -> tuple[int, int]:
    """All fields, and those that are open; of an entry with reviewed files, open is what is in them."""
    held = session.execute(
        select(Field.name, Field.openness).where(Field.dataset_id == dataset_id)
    ).all()
    schemas = session.scalars(
        select(Examination.public_schema)
        .select_from(Resource)
        .join(Examination, Examination.id == Resource.current_examination_id)
        .where(Resource.dataset_id == dataset_id)
    ).all()
    published = {field["name"] for schema in schemas for field in schema.get("fields", [])}
    opened = [
        name for name, openness in held if openness in OPEN and (not schemas or name in published)
    ]
    return len(held), len(opened)


def _record_count(session: Session, dataset_id: int) -> int:
    return int(
        session.scalar(
            select(func.coalesce(func.sum(Examination.rows), 0))
            .select_from(Resource)
            .join(Examination, Examination.id == Resource.current_examination_id)
            .where(Resource.dataset_id == dataset_id)
        )
        or 0
    )


def record(session: Session, dataset: Dataset, now: datetime) -> None:
    """Write down what is true of an entry from today on; nothing when nothing changed."""
    session.flush()
    today = day(now)
    total, opened = _field_counts(session, dataset.id)
    fact = DatasetFact(
        dataset_id=dataset.id,
        unit_id=dataset.unit_id,
        state=dataset.state,
        openness=dataset.openness,
        theme=dataset.theme,
        opened_by_superior=dataset.opened_by_superior,
        duplicate=dataset.duplicate_of_id is not None,
        fields_total=total,
        fields_open=opened,
        records=_record_count(session, dataset.id),
        valid_from=today,
        valid_to=None,
        recorded_at=now,
        superseded_at=None,
    )
    current = session.scalar(
        select(DatasetFact).where(
            DatasetFact.dataset_id == dataset.id,
            DatasetFact.superseded_at.is_(None),
            DatasetFact.valid_to.is_(None),
        )
    )
    if current is not None:
        if all(getattr(current, name) == getattr(fact, name) for name in _SAME):
            return
        current.superseded_at = now
        if current.valid_from < today:
            session.add(_closed(current, today, now))
    session.add(fact)
    session.flush()


def _closed(fact: DatasetFact, until: date, now: datetime) -> DatasetFact:
    values = {name: getattr(fact, name) for name in _SAME}
    return DatasetFact(
        dataset_id=fact.dataset_id,
        valid_from=fact.valid_from,
        valid_to=until,
        recorded_at=now,
        superseded_at=None,
        **values,
    )


def link(
    session: Session, dataset_id: int, field: str, item_numbers: set[str], now: datetime
) -> None:
    """Close an entry (``field`` empty) or a field by these items from today on, and by no others."""
    link_all(session, dataset_id, {field: item_numbers}, now)


def link_all(
    session: Session, dataset_id: int, wanted: Mapping[str, Collection[str]], now: datetime
) -> None:
    """Close an entry (key ``""``) and its fields by these items from today on, and by no others.

    What is not named in ``wanted`` stays as it is. One look and one writing, however many fields.
    """
    today = day(now)
    current: dict[str, set[str]] = {}
    rows: list[dict[str, Any]] = []
    for row in _standing_links(session, dataset_id):
        if row.field not in wanted:
            continue
        if row.item_number in wanted[row.field]:
            current.setdefault(row.field, set()).add(row.item_number)
            continue
        row.superseded_at = now
        if row.valid_from < today:
            rows.append(_row(row.field, row.item_number, row.valid_from, today))
    for field, numbers in wanted.items():
        fresh = sorted(set(numbers) - current.get(field, set()))
        rows += [_row(field, number, today, None) for number in fresh]
    session.flush()
    if rows:
        same = {"dataset_id": dataset_id, "recorded_at": now, "superseded_at": None}
        session.execute(insert(ExemptionLink), [{**row, **same} for row in rows])


def _row(field: str, number: str, begins: date, ends: date | None) -> dict[str, Any]:
    return {"field": field, "item_number": number, "valid_from": begins, "valid_to": ends}


def _standing_links(session: Session, dataset_id: int) -> Sequence[ExemptionLink]:
    return session.scalars(
        select(ExemptionLink)
        .where(
            ExemptionLink.dataset_id == dataset_id,
            ExemptionLink.superseded_at.is_(None),
            ExemptionLink.valid_to.is_(None),
        )
        .order_by(ExemptionLink.item_number)
    ).all()


def links(session: Session, dataset_id: int) -> dict[str, list[str]]:
    """Item numbers that close the entry (key ``""``) and its fields now."""
    found: dict[str, list[str]] = {}
    for row in _standing_links(session, dataset_id):
        found.setdefault(row.field, []).append(row.item_number)
    return found
