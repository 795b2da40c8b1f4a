"""What the index knows of an entry: words to find it by, values to narrow by, and who may find it.

Read in sets, a thousand entries with a handful of questions: a million entries are read in a minute or less.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import String, case, cast, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from catalog.models import Dataset, Examination, Field, Publication, Resource, Unit
from schemas.interop import mqa
from schemas.vocabularies import PUBLIC_STATES, DatasetState, Openness

BATCH = 1_000
_OPEN = (Openness.UNCONDITIONAL, Openness.CONDITIONAL)
_COLUMNS = (
    Dataset.id, Dataset.unit_id, Dataset.title, Dataset.description, cast(Dataset.keywords, String),
    Dataset.theme, Dataset.code, Dataset.slug, Dataset.openness, Dataset.state, Dataset.update_cycle,
    Dataset.region, Dataset.licence, Dataset.modified,
    case((Dataset.modified.is_(None), Dataset.updated_at)), Dataset.published_at.is_not(None),
    Publication.points,
)  # fmt: skip
"""Lists and times are costly to read: lists repeat and are read once, times only where there is no day."""
_EPOCH = date(1970, 1, 1).toordinal()
_DAY_SECONDS = 86_400
_RANK_SECONDS = 10**12
"""More seconds than any year has that a date can be of."""
_WORTH = {"excellent": 180, "good": 90, "sufficient": 30, "bad": 0}
"""Word for the quality of what is public -> by how many days an entry stands as if it were newer."""


class Document(NamedTuple):
    """One entry for the index. ``tags`` are the short words that describe it, ``text`` the long ones.

    ``points`` (of 405) are the quality of what is public, ``data_of`` the day that update cycles are
    counted from; both are None where there is none. ``day`` is the day of the data of whatever entry,
    ``modified`` what lists are ordered by, the newest first, and ``standing`` what they are ordered by where
    nobody asked for an order.
    """

    dataset_id: int
    unit_id: int
    public: bool
    title: str
    tags: str
    text: str
    addresses: tuple[str, ...]
    keywords: tuple[str, ...]
    unit: str
    unit_names: str
    under: tuple[str, ...]
    theme: str
    openness: str
    state: str
    update_cycle: str
    region: str
    licence: str
    formats: tuple[str, ...]
    points: int | None
    data_of: date | None
    day: date | None
    modified: int
    standing: int


def documents(session: Session, dataset_ids: Sequence[int]) -> list[Document]:
    """The documents of these entries; retired ones have none."""
    return _read(session, lambda column: column.in_(dataset_ids), {})


def every_document(session: Session) -> Iterator[list[Document]]:
    """The documents of all entries, some at a time."""
    units: Units = {}
    for span in spans(session):
        yield documents_within(session, span, units)


def spans(session: Session) -> list[tuple[int, int]]:
    """First and last id of all entries, a thousand by a thousand."""
    ids = session.scalars(select(Dataset.id).order_by(Dataset.id)).all()
    return list(zip(ids[::BATCH], [*ids[BATCH - 1 :: BATCH], *ids[-1:]], strict=False))


def documents_within(session: Session, span: tuple[int, int], units: "Units") -> list[Document]:
    """The documents of the entries from one id to another: far quicker found than by each.

    ``units`` holds the units known so far, empty at first.
    """
    return _read(session, lambda column: column.between(*span), units)


class _Unit(NamedTuple):
    """``under``: its own code and those of the units above it."""

    code: str
    names: str
    under: tuple[str, ...]


Units = dict[int, _Unit]
_Among = Callable[[Any], ColumnElement[bool]]
"""Which entries are meant, by the column of their ids."""


def _units(session: Session) -> Units:
    asked = select(Unit.id, Unit.code, Unit.name, Unit.short_name, Unit.parent_id)
    rows = {row.id: row for row in session.execute(asked)}
    return {
        row.id: _Unit(row.code, f"{row.name}\n{row.short_name}", tuple(_line(rows, row)))
        for row in rows.values()
    }


def _line(rows: Mapping[int, Any], unit: Any) -> dict[str, None]:
    """Codes from a unit upwards, each once: a circle in the data ends the walk."""
    found: dict[str, None] = {}
    while unit is not None and unit.code not in found:
        found[unit.code] = None
        unit = rows.get(unit.parent_id)
    return found


def _read(session: Session, among: _Among, units: Units) -> list[Document]:
    asked = (
        select(*_COLUMNS)
        .select_from(Dataset)
        .outerjoin(Publication, Publication.dataset_id == Dataset.id)
        .where(among(Dataset.id), Dataset.state != DatasetState.RETIRED)
    )
    # Past the ORM, which would look at each of a million rows once more.
    rows = session.connection().execute(asked.order_by(Dataset.id)).all()
    if not units.keys() >= {row[1] for row in rows}:
        units.update(_units(session))
    fields, files = _fields(session, among), _files(session, among)
    return [
        _document(row, units[row[1]], fields.get(row[0], ()), files.get(row[0], _NO_FILES))
        for row in rows
    ]


def _fields(session: Session, among: _Among) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    asked = select(Field.dataset_id, Field.name, Field.title).where(among(Field.dataset_id))
    for dataset_id, name, title in session.execute(asked.order_by(Field.position)):
        found[dataset_id].append(f"{name} {title}")
    ahead = select(Dataset.id, Dataset.public_fields).where(
        among(Dataset.id), Dataset.public_fields.is_not(None)
    )
    for dataset_id, known in session.execute(ahead):  # what waits for a review is found by nobody
        found[dataset_id] = [f"{one['name']} {one['title']}" for one in known]
    return found


@dataclass(slots=True)
class _Files:
    """Formats and words of the public tables and links of one entry; ``table`` when one was examined and is
    there."""

    formats: set[str]
    words: list[str]
    table: bool = False


def _files(session: Session, among: _Among) -> dict[int, _Files]:
    found: dict[int, _Files] = defaultdict(lambda: _Files(set(), []))
    for row in session.execute(
        select(
            Resource.dataset_id, Resource.title, Resource.format, Resource.public,
            Examination.artefacts, Examination.public_schema,
        )
        .outerjoin(Examination, Examination.id == Resource.current_examination_id)
        .where(among(Resource.dataset_id))
        .order_by(Resource.position, Resource.id)
    ):  # fmt: skip
        held = found[row.dataset_id]
        held.table |= bool(row.artefacts)
        if row.public:
            held.formats.update(row.artefacts or filter(None, [row.format.lower()]))
            held.words.append(row.title)
            held.words += _values(row.public_schema or {})
    return found


def _values(schema: dict[str, Any]) -> Iterator[str]:
    """The values of code lists in a public schema, with their labels."""
    for field in schema.get("fields", []):
        listed = [*field.get("constraints", {}).get("enum", []), *field.get("categories", [])]
        for value in listed[:500]:
            one = value if isinstance(value, dict) else {"value": value}
            yield f"{one.get('value', '')} {one.get('label', '')}"


_NO_FILES = _Files(set(), [])


def _document(row: Any, unit: _Unit, fields: Sequence[str], files: _Files) -> Document:
    (number, unit_id, title, description, listed, theme, code, slug, openness, state, update_cycle,
     region, licence, modified, updated_at, once_public, points) = row  # fmt: skip
    public = once_public and state in PUBLIC_STATES
    is_open = public and openness in _OPEN and state == DatasetState.PUBLISHED
    keywords = _keywords(listed)
    return Document(
        dataset_id=number,
        unit_id=unit_id,
        public=public,
        title=title,
        tags="\n".join((*keywords, unit.names, theme, *fields)),
        text="\n".join((description, code, *files.words)),
        addresses=(slug, code),
        keywords=keywords,
        unit=unit.code,
        unit_names=unit.names,
        under=unit.under,
        theme=theme,
        openness=openness,
        state=state,
        update_cycle=update_cycle,
        region=region,
        licence=licence,
        formats=tuple(sorted(files.formats)) if is_open else (),
        points=points if is_open else None,
        data_of=modified if is_open else None,
        day=modified,
        modified=(changed := _moment(modified, updated_at)),
        standing=_standing(state, is_open=is_open, table=files.table, points=points, at=changed),
    )


def _standing(state: str, *, is_open: bool, table: bool, points: int | None, at: int) -> int:
    """What somebody who asks for nothing in particular is shown first, as a number: open tables, then links
    and other files, then what is closed, then what was taken away; among them the newest, where good
    quality makes up for some days."""
    rank = 1 + is_open + (is_open and table) if state == DatasetState.PUBLISHED else 0
    days = _WORTH[mqa.rating(points)] if is_open and points is not None else 0
    return rank * _RANK_SECONDS + min(max(at + days * _DAY_SECONDS, 0), _RANK_SECONDS - 1)


@lru_cache(maxsize=10_000)
def _keywords(written: str) -> tuple[str, ...]:
    return tuple(json.loads(written))


def _moment(day: date | None, updated_at: datetime | None) -> int:
    """Seconds since 1970 of the beginning of a day; of the last change where there is no day."""
    if day is not None:
        return (day.toordinal() - _EPOCH) * _DAY_SECONDS
    return int(updated_at.timestamp()) if updated_at else 0
