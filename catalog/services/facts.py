"""Facts in two times: what was true of an entry from when to when, and since when we know.

The rates read facts only. A fact is never edited: a change supersedes the rows it contradicts and
writes new ones, so that a date asked for again gives the same answer.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple, cast

from sqlalchemy import Row, Table, Update, bindparam, select, update
from sqlalchemy.orm import Session

from catalog.db import Named, by_numbers
from catalog.models import (
    Dataset,
    DatasetFact,
    Examination,
    ExemptionLink,
    Field,
    Resource,
)
from catalog.services import openness_ledger, originals, public_fields, row_sets
from catalog.settings import ZONE
from schemas import freshness
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


def day(now: datetime) -> date:
    """The date in the time zone of the deadlines."""
    return now.astimezone(ZONE).date()


_DELIVERED = by_numbers(
    lambda named: select(
        Resource.dataset_id, Resource.url, Resource.format, Resource.public, Examination.valid,
        Examination.kind, Examination.rows, Examination.artefacts, Examination.public_schema,
    )
    .outerjoin(Examination, Examination.id == Resource.current_examination_id)
    .where(named(Resource.dataset_id))
)  # fmt: skip
_FIELDS = by_numbers(
    lambda named: select(Field.dataset_id, Field.name, Field.openness).where(
        named(Field.dataset_id)
    )
)
"""Made once; see ``openness_intervals``."""


def _delivered(session: Session, ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """The tables and files of entries: address, format, and what their examination says."""
    found: dict[int, list[Row[Any]]] = {}
    for row in session.connection().execute(*_DELIVERED(ids)):
        found.setdefault(row.dataset_id, []).append(row)
    return found


def _fields(session: Session, datasets: Sequence[Dataset]) -> dict[int, list[tuple[str, str]]]:
    """Names and openness of the fields of entries; asked for where they are not in hand."""
    found: dict[int, list[tuple[str, str]]] = {}
    asked: list[int] = []
    for dataset in datasets:
        if "fields" in dataset.__dict__:
            found[dataset.id] = [(one.name, one.openness) for one in dataset.fields]
        else:
            asked.append(dataset.id)
    if asked:
        for dataset_id, name, openness in session.connection().execute(*_FIELDS(asked)):
            found.setdefault(dataset_id, []).append((name, openness))
    return found


def _field_counts(
    held: Sequence[tuple[str, str]], delivered: Sequence[Row[Any]]
) -> tuple[int, int]:
    """All fields, and those that are open; of an entry with reviewed files, open is what is in them."""
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


def _as_it_stands(
    dataset: Dataset, fields: Sequence[tuple[str, str]], delivered: Sequence[Row[Any]]
) -> dict[str, Any]:
    total, opened = _field_counts(fields, delivered)
    return {
        "unit_id": dataset.unit_id,
        "state": str(dataset.state),
        "openness": str(dataset.openness),
        "theme": dataset.theme,
        "opened_by_superior": dataset.opened_by_superior,
        "fields_total": total,
        "fields_open": opened,
        "records": sum(one.rows or 0 for one in delivered),
        **_soundness(dataset, delivered),
    }


def record(session: Session, dataset: Dataset, now: datetime) -> None:
    """Write down what is true of an entry from today on; nothing when nothing changed."""
    record_all(session, [dataset], now)


def record_all(session: Session, datasets: Sequence[Dataset], now: datetime) -> None:
    """The same for many entries (some hundreds), by as few statements as for one."""
    session.flush()
    today = day(now)
    ids = [dataset.id for dataset in datasets]
    standing = _standing(session, ids, today)
    delivered, fields = _delivered(session, ids), _fields(session, datasets)
    repeated = originals.counted(session, datasets)
    wanted: dict[int, list[Piece]] = {}
    for dataset in datasets:
        if dataset.public_fields is not None:  # what waits for a review counts as it was
            known_to_all = public_fields.shown(dataset, {})
            fields[dataset.id] = [(one.name, one.openness) for one in known_to_all]
        known = standing.get(dataset.id, [])
        values = _as_it_stands(dataset, fields.get(dataset.id, ()), delivered.get(dataset.id, ()))
        values["duplicate"] = dataset.id in repeated
        if not any(one.ends is None and one.values == values for one in known):
            wanted[dataset.id] = [*_without(known, today, None), (today, None, values)]
    _rewrite(session, standing, wanted, now)


Piece = tuple[date, date | None, dict[str, Any]]


class _Standing(NamedTuple):
    """A row of the facts as known now."""

    id: int
    begins: date
    ends: date | None
    values: dict[str, Any]


_READ = by_numbers(
    lambda named: select(
        DatasetFact.id, DatasetFact.dataset_id, DatasetFact.valid_from, DatasetFact.valid_to,
        *(getattr(DatasetFact, name) for name in _SAME),
    ).where(
        DatasetFact.superseded_at.is_(None), named(DatasetFact.dataset_id),
        DatasetFact.valid_to.is_(None) | (DatasetFact.valid_to >= bindparam("b_since")),
    )
)  # fmt: skip


def _standing(session: Session, ids: Collection[int], since: date) -> dict[int, list[_Standing]]:
    """The facts of entries, as known now, that reach beyond a day or up to it, in order."""
    found: dict[int, list[_Standing]] = {}
    rows = session.connection().execute(*_READ(ids, b_since=since))
    # Put in order here: asked to do it, SQLite reads every entry's facts in the order of the days.
    for row in sorted(rows, key=itemgetter(2)):
        id_, dataset_id, begins, ends, *values = row
        known = _Standing(id_, begins, ends, dict(zip(_SAME, values, strict=True)))
        found.setdefault(dataset_id, []).append(known)
    return found


def _without(standing: Sequence[_Standing], begins: date, ends: date | None) -> Iterator[Piece]:
    """What the facts say outside of an interval."""
    for fact in standing:
        if fact.begins < begins:
            last = begins if fact.ends is None else min(fact.ends, begins)
            yield fact.begins, last, fact.values
        if ends is not None and (fact.ends is None or fact.ends > ends):
            yield max(fact.begins, ends), fact.ends, fact.values


def _rewrite(
    session: Session,
    standing: Mapping[int, Sequence[_Standing]],
    wanted: Mapping[int, Iterable[Piece]],
    now: datetime,
) -> None:
    """Let the facts of entries be these pieces: rows that say the same stay, others are superseded."""
    if not wanted:
        return
    openness_ledger.touch(session, wanted)
    old: list[int] = []
    rows: list[dict[str, Any]] = []
    for dataset_id, pieces in wanted.items():
        fresh = _joined(pieces)
        for fact in standing.get(dataset_id, ()):
            piece = fact[1:]
            if piece in fresh:
                fresh.remove(piece)
            else:
                old.append(fact.id)
        rows += [
            {"dataset_id": dataset_id, "valid_from": begins, "valid_to": ends, **values}
            for begins, ends, values in fresh
        ]
    replace(session, DatasetFact, old, rows, now)


def _superseding(model: type[DatasetFact] | type[ExemptionLink], named: Named) -> Update:
    table = cast("Table", model.__table__)
    return update(table).where(named(table.c.id)).values(superseded_at=bindparam("b_now"))


_SUPERSEDE = {
    model: by_numbers(partial(_superseding, model)) for model in (DatasetFact, ExemptionLink)
}


def replace(
    session: Session,
    model: type[DatasetFact] | type[ExemptionLink],
    old: Sequence[int],
    rows: Sequence[Mapping[str, Any]],
    now: datetime,
) -> None:
    """Supersede facts or links and write others in their place: how either table is ever written."""
    session.flush()
    if old:
        session.connection().execute(*_SUPERSEDE[model](old, b_now=now))
    row_sets.add(
        session, model, [{**row, "recorded_at": now, "superseded_at": None} for row in rows]
    )


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
    ids: Collection[int],
    values: Mapping[str, Any],
    span: tuple[date, date | None],
    now: datetime,
) -> int:
    """Let what is true of entries in the half-open ``span`` be as ``values`` say; days of the past so
    corrected.

    Days on which an entry was not in the directory stay without facts. Nothing is overwritten: what
    was known before this moment can still be asked for.
    """
    session.flush()
    begins, ends = span
    standing = _standing(session, ids, begins)
    wanted: dict[int, list[Piece]] = {}
    days = 0
    for dataset_id, known in standing.items():
        pieces = wanted[dataset_id] = list(_without(known, begins, ends))
        for fact in known:
            first = max(fact.begins, begins)
            last = fact.ends if ends is None else min(fact.ends or ends, ends)
            if last is None or first < last:
                pieces.append((first, last, {**fact.values, **values}))
                days += (last - first).days if last is not None else 0
    _rewrite(session, standing, wanted, now)
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
    link_many(session, {dataset_id: wanted}, now)


def link_many(
    session: Session, wanted: Mapping[int, Mapping[str, Collection[str]]], now: datetime
) -> None:
    """The same for many entries, by as few statements as for one."""
    if not wanted:
        return
    openness_ledger.touch(session, wanted)
    session.flush()
    today = day(now)
    current: set[tuple[int, str, str]] = set()
    old: list[int] = []
    rows: list[dict[str, Any]] = []
    for row in _standing_links(session, wanted):
        id_, dataset_id, field, number, begins = row
        if field not in wanted[dataset_id]:
            continue
        if number in wanted[dataset_id][field]:
            current.add((dataset_id, field, number))
            continue
        old.append(id_)
        if begins < today:
            rows.append(link_row(dataset_id, field, number, (begins, today)))
    for dataset_id, by_field in wanted.items():
        for field, numbers in by_field.items():
            fresh = [one for one in sorted(numbers) if (dataset_id, field, one) not in current]
            rows += [link_row(dataset_id, field, number, (today, None)) for number in fresh]
    replace(session, ExemptionLink, old, rows, now)


def link_row(
    dataset_id: int, field: str, number: str, span: tuple[date, date | None]
) -> dict[str, Any]:
    """What closes an entry or field in [from, to), for ``replace``."""
    return {
        "dataset_id": dataset_id, "field": field, "item_number": number,
        "valid_from": span[0], "valid_to": span[1],
    }  # fmt: skip


_CLOSING = by_numbers(
    lambda named: select(
        ExemptionLink.id, ExemptionLink.dataset_id, ExemptionLink.field, ExemptionLink.item_number,
        ExemptionLink.valid_from,
    )
    .where(
        named(ExemptionLink.dataset_id), ExemptionLink.superseded_at.is_(None),
        ExemptionLink.valid_to.is_(None),
    )
    .order_by(ExemptionLink.item_number)
)  # fmt: skip


def _standing_links(
    session: Session, ids: Collection[int]
) -> Iterator[tuple[int, int, str, str, date]]:
    """Id, entry, field, item and first day of the links that stand."""
    yield from session.connection().execute(*_CLOSING(ids)).all()


def links(session: Session, dataset_id: int) -> dict[str, list[str]]:
    """Item numbers that close the entry (key ``""``) and its fields now."""
    return links_of(session, [dataset_id]).get(dataset_id, {})


def links_of(session: Session, ids: Collection[int]) -> dict[int, dict[str, list[str]]]:
    """The same for many entries; one that nothing closes is not there."""
    found: dict[int, dict[str, list[str]]] = {}
    for _, dataset_id, field, number, _ in _standing_links(session, ids):
        found.setdefault(dataset_id, {}).setdefault(field, []).append(number)
    return found
