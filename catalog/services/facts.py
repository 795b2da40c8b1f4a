"""Facts in two times: what was true of an entry from when to when, and since when we know.

The rates read facts only. A fact is never edited: a change supersedes the rows it contradicts and
writes new ones, so that a date asked for again gives the same answer.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.orm import Session

from catalog.models import (
    Dataset,
    DatasetFact,
    Examination,
    ExemptionLink,
    Field,
    Resource,
)
from catalog.services import freshness, openness_ledger
from catalog.settings import ZONE
from schemas.vocabularies import Openness

_SAME = (
    "unit_id", "state", "openness", "theme", "opened_by_superior", "duplicate",
    "fields_total", "fields_open", "records",
    "validated", "machine_readable", "licensed", "overdue_from",
)  # fmt: skip
OPEN = (Openness.UNCONDITIONAL, Openness.CONDITIONAL)
MACHINE_READABLE = frozenset(
    {"csv", "tsv", "json", "jsonl", "geojson", "xml", "xls", "xlsx", "ods", "parquet", "rdf", "ttl",
     "kml", "gml", "shp", "gpkg", "sqlite", "dbf", "api"}
)  # fmt: skip
"""Formats whose values a program reads without guessing: a narrow list of our own, since the published
ones let documents and archives pass (rules.md, section 3.5)."""
CORRECTABLE = _SAME
"""What of a fact a late correction may name."""


def day(now: datetime) -> date:
    """The date in the time zone of the deadlines."""
    return now.astimezone(ZONE).date()


def _delivered(session: Session, dataset_id: int) -> Sequence[Row[Any]]:
    """The public tables and files of an entry: address, format, and what their examination says."""
    query = (
        select(
            Resource.url, Resource.format, Resource.public, Examination.valid, Examination.kind,
            Examination.rows, Examination.artefacts, Examination.public_schema,
        )
        .outerjoin(Examination, Examination.id == Resource.current_examination_id)
        .where(Resource.dataset_id == dataset_id)
    )  # fmt: skip
    return session.execute(query).all()


def _field_counts(
    session: Session, dataset_id: int, delivered: Sequence[Row[Any]]
) -> tuple[int, int]:
    """All fields, and those that are open; of an entry with reviewed files, open is what is in them."""
    held = session.execute(
        select(Field.name, Field.openness).where(Field.dataset_id == dataset_id)
    ).all()
    schemas = [one.public_schema for one in delivered if one.public_schema is not None]
    published = {field["name"] for schema in schemas for field in schema.get("fields", [])}
    opened = [
        name for name, openness in held if openness in OPEN and (not schemas or name in published)
    ]
    return len(held), len(opened)


def _soundness(dataset: Dataset, delivered: Sequence[Row[Any]]) -> dict[str, Any]:
    """What the verified rates ask of an entry itself (domain.md, section 5).

    Where nothing was delivered but links elsewhere stand, there is no version to validate.
    """
    own = [one for one in delivered if one.valid is not None]
    linked = [one for one in delivered if one.valid is None and one.public and one.url]
    offered = {name for one in own for name in (one.kind, *one.artefacts)}
    offered |= {one.format for one in linked}
    if not own and not linked and dataset.landing_page:
        offered |= set(dataset.formats)
    return {
        "validated": all(one.valid for one in own) and bool(own or linked or dataset.landing_page),
        "machine_readable": any(
            name.lower().lstrip(".") in MACHINE_READABLE for name in offered if name
        ),
        "licensed": bool(dataset.licence),
        "overdue_from": freshness.overdue_from(
            dataset.update_cycle,
            dataset.modified or (dataset.published_at and day(dataset.published_at)),
        ),
    }


def _as_it_stands(session: Session, dataset: Dataset) -> dict[str, Any]:
    delivered = _delivered(session, dataset.id)
    total, opened = _field_counts(session, dataset.id, delivered)
    return {
        "unit_id": dataset.unit_id,
        "state": str(dataset.state),
        "openness": str(dataset.openness),
        "theme": dataset.theme,
        "opened_by_superior": dataset.opened_by_superior,
        "duplicate": dataset.duplicate_of_id is not None,
        "fields_total": total,
        "fields_open": opened,
        "records": sum(one.rows or 0 for one in delivered),
        **_soundness(dataset, delivered),
    }


def record(session: Session, dataset: Dataset, now: datetime) -> None:
    """Write down what is true of an entry from today on; nothing when nothing changed."""
    session.flush()
    today = day(now)
    standing = _standing(session, dataset.id, today)
    values = _as_it_stands(session, dataset)
    if any(one.valid_to is None and _values(one) == values for one in standing):
        return
    openness_ledger.touch(session, [dataset.id])
    pieces = [*_without(standing, today, None), (today, None, values)]
    _rewrite(session, dataset.id, standing, pieces, now)


Piece = tuple[date, date | None, dict[str, Any]]


def _standing(session: Session, dataset_id: int, since: date) -> Sequence[DatasetFact]:
    """The facts of an entry, as known now, that reach beyond a day or up to it."""
    return session.scalars(
        select(DatasetFact)
        .where(
            DatasetFact.dataset_id == dataset_id,
            DatasetFact.superseded_at.is_(None),
            DatasetFact.valid_to.is_(None) | (DatasetFact.valid_to >= since),
        )
        .order_by(DatasetFact.valid_from)
    ).all()


def _values(fact: DatasetFact) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in _SAME}


def _without(standing: Sequence[DatasetFact], begins: date, ends: date | None) -> Iterator[Piece]:
    """What the facts say outside of an interval."""
    for fact in standing:
        if fact.valid_from < begins:
            last = begins if fact.valid_to is None else min(fact.valid_to, begins)
            yield fact.valid_from, last, _values(fact)
        if ends is not None and (fact.valid_to is None or fact.valid_to > ends):
            yield max(fact.valid_from, ends), fact.valid_to, _values(fact)


def _rewrite(
    session: Session,
    dataset_id: int,
    standing: Sequence[DatasetFact],
    pieces: Iterable[Piece],
    now: datetime,
) -> None:
    """Let the facts of an entry be these pieces: rows that say the same stay, others are superseded."""
    wanted = _joined(pieces)
    for fact in standing:
        piece = (fact.valid_from, fact.valid_to, _values(fact))
        if piece in wanted:
            wanted.remove(piece)
        else:
            fact.superseded_at = now
    session.flush()
    for begins, ends, values in wanted:
        session.add(
            DatasetFact(
                dataset_id=dataset_id, valid_from=begins, valid_to=ends,
                recorded_at=now, superseded_at=None, **values,
            )
        )  # fmt: skip
    session.flush()


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Pieces in order, neighbours that say the same made one."""
    found: list[Piece] = []
    for begins, ends, values in sorted(pieces, key=itemgetter(0)):
        if found and found[-1][1] == begins and found[-1][2] == values:
            found[-1] = (found[-1][0], ends, values)
        else:
            found.append((begins, ends, values))
    return found


def correct(
    session: Session,
    dataset_id: int,
    values: Mapping[str, Any],
    span: tuple[date, date],
    now: datetime,
) -> int:
    """Let what was true of an entry in the half-open ``span`` be as ``values`` say; days corrected.

    Days on which the entry was not in the directory stay without facts. Nothing is overwritten: what
    was known before this moment can still be asked for.
    """
    session.flush()
    openness_ledger.touch(session, [dataset_id])
    begins, ends = span
    standing = _standing(session, dataset_id, begins)
    pieces, days = list(_without(standing, begins, ends)), 0
    for fact in standing:
        first = max(fact.valid_from, begins)
        last = ends if fact.valid_to is None else min(fact.valid_to, ends)
        if first < last:
            pieces.append((first, last, {**_values(fact), **values}))
            days += (last - first).days
    _rewrite(session, dataset_id, standing, pieces, now)
    return days


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
    openness_ledger.touch(session, [dataset_id])
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
