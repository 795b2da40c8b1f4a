"""What the index knows of an entry: words to find it by, values to narrow by, and who may find it.

Read in sets, a thousand entries with a handful of questions: a million entries are read in a minute or less.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from catalog.models import Dataset, Examination, Field, Publication, Resource, Unit
from schemas.vocabularies import PUBLIC_STATES, DatasetState, Openness

BATCH = 1_000
_OPEN = (Openness.UNCONDITIONAL, Openness.CONDITIONAL)
_COLUMNS = (
    Dataset.id, Dataset.unit_id, Dataset.title, Dataset.description, Dataset.keywords, Dataset.theme,
    Dataset.code, Dataset.slug, Dataset.openness, Dataset.state, Dataset.update_cycle, Dataset.region,
    Dataset.licence, Dataset.modified, Dataset.updated_at, Dataset.published_at,
)  # fmt: skip


class Document(NamedTuple):
    """One entry for the index. ``tags`` are the short words that describe it, ``text`` the long ones.

    ``points`` (of 405) are the quality of what is public, ``modified`` the day that update cycles are
    counted from; both are None where there is none.
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
    theme: str
    openness: str
    state: str
    update_cycle: str
    region: str
    licence: str
    formats: tuple[str, ...]
    points: int | None
    data_of: date | None
    modified: int


def documents(session: Session, dataset_ids: Sequence[int]) -> list[Document]:
    """The documents of these entries; retired ones have none."""
    return _read(session, dataset_ids, _units(session, dataset_ids))


def every_document(session: Session) -> Iterator[list[Document]]:
    """The documents of all entries, some at a time."""
    ids = list(session.scalars(select(Dataset.id).order_by(Dataset.id)))
    units = _units(session, None)
    for start in range(0, len(ids), BATCH):
        yield _read(session, ids[start : start + BATCH], units)


def _units(session: Session, dataset_ids: Sequence[int] | None) -> dict[int, tuple[str, str]]:
    """Code and names of units."""
    asked = select(Unit.id, Unit.code, Unit.name, Unit.short_name)
    if dataset_ids is not None:
        asked = asked.where(Unit.id.in_(select(Dataset.unit_id).where(Dataset.id.in_(dataset_ids))))
    return {row[0]: (row[1], f"{row[2]}\n{row[3]}") for row in session.execute(asked)}


def _read(
    session: Session, ids: Sequence[int], units: dict[int, tuple[str, str]]
) -> list[Document]:
    asked = (
        select(*_COLUMNS, Publication.points)
        .outerjoin(Publication, Publication.dataset_id == Dataset.id)
        .where(_among(Dataset.id, ids), Dataset.state != DatasetState.RETIRED)
    )
    rows = session.execute(asked.order_by(Dataset.id)).all()
    fields, files = _fields(session, ids), _files(session, ids)
    return [
        _document(row, units[row.unit_id], fields.get(row.id, ()), files.get(row.id, _NO_FILES))
        for row in rows
    ]


def _among(column: Any, ids: Sequence[int]) -> ColumnElement[bool]:
    """A run of numbers without gaps is asked for by its ends: far quicker than by each."""
    if len(ids) > 1 and ids[-1] - ids[0] == len(ids) - 1 and list(ids) == sorted(ids):
        return column.between(ids[0], ids[-1])  # type: ignore[no-any-return]
    return column.in_(ids)  # type: ignore[no-any-return]


def _fields(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    asked = select(Field.dataset_id, Field.name, Field.title).where(_among(Field.dataset_id, ids))
    for dataset_id, name, title in session.execute(asked.order_by(Field.position)):
        found[dataset_id].append(f"{name} {title}")
    ahead = select(Dataset.id, Dataset.public_fields).where(
        _among(Dataset.id, ids), Dataset.public_fields.is_not(None)
    )
    for dataset_id, known in session.execute(ahead):  # what waits for a review is found by nobody
        found[dataset_id] = [f"{one['name']} {one['title']}" for one in known]
    return found


@dataclass(slots=True)
class _Files:
    """Formats and words of the tables of one entry."""

    formats: set[str]
    words: list[str]


def _files(session: Session, ids: Sequence[int]) -> dict[int, _Files]:
    found: dict[int, _Files] = defaultdict(lambda: _Files(set(), []))
    for row in session.execute(
        select(
            Resource.dataset_id, Resource.title, Resource.format, Resource.public,
            Examination.artefacts, Examination.public_schema,
        )
        .outerjoin(Examination, Examination.id == Resource.current_examination_id)
        .where(_among(Resource.dataset_id, ids))
        .order_by(Resource.position, Resource.id)
    ):  # fmt: skip
        held = found[row.dataset_id]
        held.formats.update(row.artefacts or ())
        if row.format:
            held.formats.add(row.format.lower())
        if row.public:
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


def _document(row: Any, unit: tuple[str, str], fields: Sequence[str], files: _Files) -> Document:
    moment = row.updated_at
    if row.modified is not None:
        moment = datetime.combine(row.modified, time.min, UTC)
    public = row.published_at is not None and row.state in PUBLIC_STATES
    is_open = row.openness in _OPEN and row.state == DatasetState.PUBLISHED
    code, names = unit
    return Document(
        dataset_id=row.id,
        unit_id=row.unit_id,
        public=public,
        title=row.title,
        tags="\n".join((*row.keywords, names, row.theme, *fields)),
        text="\n".join((row.description, row.code, *files.words)),
        addresses=(row.slug, row.code),
        keywords=tuple(row.keywords),
        unit=code,
        unit_names=names,
        theme=row.theme,
        openness=row.openness,
        state=row.state,
        update_cycle=row.update_cycle,
        region=row.region,
        licence=row.licence,
        formats=tuple(sorted(files.formats)) if row.openness != Openness.WITHHELD else (),
        points=row.points if public and is_open else None,
        data_of=row.modified if public and is_open else None,
        modified=int(moment.timestamp()),
    )
