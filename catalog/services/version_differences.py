"""Which two published versions of a table are compared, and by which key."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.auth import Identity
from catalog.errors import NotFound
from catalog.models import Examination, PublishedFile, Resource, Version
from catalog.services import closed_columns, downloads, public_fields, resources
from schemas.records import Message


@dataclass(frozen=True, slots=True)
class Pair:
    """Two Parquet files by hash, with the numbers of their versions; ``keys`` are candidates, the
    declared ones first; ``hidden`` fields are closed now and stay out, whatever an old file holds."""

    numbers: tuple[int, int]
    old: str
    new: str
    keys: tuple[tuple[str, ...], ...]
    hidden: frozenset[str]


def pair(
    session: Session, actor: Identity, resource_id: str, old: int | None, new: int | None
) -> Pair:
    """Two published versions of a table; without numbers the newest and the one before.

    Raises ``NotFound``, and what ``downloads.check_reachable`` raises.
    """
    resource = resources.get(session, actor, resource_id)
    downloads.check_reachable(actor, resource.dataset)
    held = _published(session, resource)
    numbers = sorted(held)
    newer = new if new is not None else max(numbers, default=0)
    before = [number for number in numbers if number < newer]
    older = old if old is not None else max(before, default=0)
    if newer not in held or older not in held:
        raise NotFound(
            "version-not-published",
            Message("There are no such two published versions of this table."),
            Message("There are: %(numbers)s.", {"numbers": [str(one) for one in numbers]}),
        )
    (old_file, before_it), (new_file, examination) = held[older], held[newer]
    closed = closed_columns.closings(session, resource.dataset)
    return Pair(
        (older, newer), old_file, new_file, _keys(resource, examination),
        closed_columns.within(closed, resource, before_it)
        | closed_columns.within(closed, resource, examination),
    )  # fmt: skip


def _published(session: Session, resource: Resource) -> dict[int, tuple[str, Examination]]:
    """Number of a version -> its Parquet file as it was last published."""
    return {
        number: (sha256, examination)
        for number, sha256, examination in session.execute(
            select(Version.number, PublishedFile.sha256, Examination)
            .join(PublishedFile, PublishedFile.version_id == Version.id)
            .join(Examination, Examination.id == PublishedFile.examination_id)
            .where(
                Version.resource_id == resource.id,
                Version.published_at.is_not(None),
                PublishedFile.file_name.endswith(".parquet"),
            )
            .order_by(Version.number, PublishedFile.id)
        )
    }


def _keys(resource: Resource, examination: Examination) -> tuple[tuple[str, ...], ...]:
    declared = tuple(examination.public_schema.get("primaryKey", ()))
    marked = tuple(
        field.name for field in public_fields.shown(resource.dataset, {}) if field.is_key
    )
    found = [tuple(key) for key in examination.profile.get("keys") or ()]
    return tuple(dict.fromkeys(key for key in (declared, marked, *found) if key))
