"""What the index knows of an entry: words to find it by, values to narrow by, and who may find it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from catalog.models import Dataset, Examination, Field, Resource
from schemas.vocabularies import PUBLIC_STATES, DatasetState, Openness


@dataclass(frozen=True, slots=True)
class Document:
    """One entry for the index."""

    dataset_id: int
    unit_id: int
    public: bool
    title: str
    text: str
    unit: str
    theme: str
    openness: str
    state: str
    update_cycle: str
    formats: tuple[str, ...]
    modified: int


def documents(session: Session, dataset_ids: Sequence[int]) -> list[Document]:
    """The documents of these entries; retired ones have none."""
    datasets = session.scalars(
        select(Dataset)
        .where(Dataset.id.in_(dataset_ids), Dataset.state != DatasetState.RETIRED)
        .options(selectinload(Dataset.unit), selectinload(Dataset.fields))
    ).all()
    formats = _formats(session, [dataset.id for dataset in datasets])
    return [_document(dataset, formats[dataset.id]) for dataset in datasets]


def _formats(session: Session, dataset_ids: Sequence[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for dataset_id, artefacts in session.execute(
        select(Resource.dataset_id, Examination.artefacts)
        .join(Examination, Examination.id == Resource.current_examination_id)
        .where(Resource.dataset_id.in_(dataset_ids))
    ):
        found[dataset_id].update(artefacts)
    for dataset_id, linked in session.execute(
        select(Resource.dataset_id, Resource.format).where(
            Resource.dataset_id.in_(dataset_ids), Resource.format != ""
        )
    ):
        found[dataset_id].add(linked.lower())
    return found


def _document(dataset: Dataset, formats: set[str]) -> Document:
    fields = " ".join(_words(field) for field in dataset.fields)
    words = (
        dataset.title, dataset.description, " ".join(dataset.keywords), dataset.unit.name,
        dataset.unit.short_name, dataset.theme, dataset.code, dataset.slug, fields,
    )  # fmt: skip
    moment = dataset.updated_at
    if dataset.modified is not None:
        moment = datetime.combine(dataset.modified, time.min, UTC)
    return Document(
        dataset_id=dataset.id,
        unit_id=dataset.unit_id,
        public=dataset.published_at is not None and dataset.state in PUBLIC_STATES,
        title=dataset.title,
        text="\n".join(words),
        unit=dataset.unit.code,
        theme=dataset.theme,
        openness=dataset.openness,
        state=dataset.state,
        update_cycle=dataset.update_cycle,
        formats=tuple(sorted(formats)) if dataset.openness != Openness.WITHHELD else (),
        modified=int(moment.timestamp()),
    )


def _words(field: Field) -> str:
    return f"{field.name} {field.title}"
