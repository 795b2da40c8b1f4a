"""Entries as lists show them, read for a whole page of them at once."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import Dataset, Examination, Field, Resource
from catalog.pages import lateness
from catalog.services import facts
from catalog.services.downloads import MEDIA_TYPES
from schemas.vocabularies import DatasetState

SHOWN_HITS = 5


def of(
    session: Session, datasets: Sequence[Dataset], on: date, *, q: str = ""
) -> list[dict[str, Any]]:
    """What a list says of each entry; formats and rows only of what is open now."""
    files = _files(session, [one.id for one in datasets if _open(one)])
    hits = _hits(session, datasets, q) if q else {}
    return [
        {
            "slug": one.slug,
            "code": one.code,
            "title": one.title,
            "description": one.description,
            "unit": {"code": one.unit.code, "name": one.unit.name},
            "theme": one.theme,
            "openness": one.openness,
            "mode": one.conditional_mode,
            "state": one.state,
            "updated": one.modified,
            "lateness": lateness.of_entry(one, on),
            "formats": files.get(one.id, ([], None))[0],
            "rows": files.get(one.id, ([], None))[1],
            "hit_fields": hits.get(one.id, []),
        }
        for one in datasets
    ]


def _open(dataset: Dataset) -> bool:
    return dataset.state == DatasetState.PUBLISHED and dataset.openness in facts.OPEN


def _files(session: Session, ids: Sequence[int]) -> dict[int, tuple[list[str], int | None]]:
    """Formats and rows: of tables kept here those to be had, of what stands elsewhere the one it is said to
    have. The same formats narrow a search."""
    found: dict[int, tuple[list[str], int | None]] = {}
    for dataset_id, said, rows, artefacts in session.execute(
        select(Resource.dataset_id, Resource.format, Examination.rows, Examination.artefacts)
        .outerjoin(Examination, Examination.id == Resource.current_examination_id)
        .where(Resource.dataset_id.in_(ids), Resource.public)
        .order_by(Resource.position, Resource.id)
    ):
        formats, total = found.get(dataset_id, ([], None))
        kept = [name for name in MEDIA_TYPES if name in (artefacts or {})]
        formats = [*formats, *(kept or filter(None, [said.lower()]))]
        total = total if rows is None else (total or 0) + rows
        found[dataset_id] = (list(dict.fromkeys(formats)), total)
    return found


def _hits(session: Session, datasets: Sequence[Dataset], q: str) -> dict[int, list[str]]:
    """Names of columns, as the public knows them, that have a word of the question in them."""
    words = [word.casefold() for word in q.split() if word]
    found: dict[int, list[str]] = {}
    plain = [one.id for one in datasets if one.public_fields is None]
    named: list[tuple[int, str, str]] = [
        (one.id, field["name"], field["title"])
        for one in datasets
        for field in one.public_fields or ()
    ]
    asked = select(Field.dataset_id, Field.name, Field.title).where(Field.dataset_id.in_(plain))
    for dataset_id, name, title in (*session.execute(asked.order_by(Field.position)), *named):
        shown = title or name
        if any(word in f"{name}\n{title}".casefold() for word in words):
            found.setdefault(dataset_id, []).append(shown)
    return {dataset_id: names[:SHOWN_HITS] for dataset_id, names in found.items()}


TWIN_KEYS = ("slug", "code", "title", "description", "theme", "openness", "mode", "state", "updated",
             "rows", "formats")  # fmt: skip


def twin_row(summary: dict[str, Any]) -> dict[str, Any]:
    """The flat form of a summary for JSON and CSV."""
    unit = summary["unit"]
    shown = {key: summary[key] for key in TWIN_KEYS}
    return {**shown, "unit": unit["code"], "unit_name": unit["name"]}
