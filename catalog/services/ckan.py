"""What CKAN calls packages, organizations, groups and tags, as everybody may know them."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from catalog.auth import ANONYMOUS
from catalog.db import Database
from catalog.models import Dataset, Publication, Resource, Unit
from catalog.services import publications
from catalog.services.codes import latin
from catalog.services.visibility import knows
from schemas.interop import ckan_out
from schemas.interop.ckan_out import Named
from schemas.published import PublishedEntry, Site

_LATEST = str(select(func.max(Publication.number)))


def latest(database: Database) -> int:
    """The number of the catalogue's latest change, past the session: what a kept answer is looked for by."""
    return database.glance(_LATEST)[0] or 0


@lru_cache(maxsize=4_096)
def group(theme: str) -> Named:
    """A theme as a group: its name is Latin, and two themes that sound alike have two."""
    tail = uuid5(NAMESPACE_URL, f"gongkai:theme:{theme}").hex[:6]
    return Named(f"{latin(theme, 60)}-{tail}".strip("-"), theme, "group")


def organization(code: str, title: str, created: datetime | None, entries: int = 0) -> Named:
    """A unit as an organization, called by its code."""
    return Named(code.lower(), title, "organization", created, entries)


def organizations(session: Session) -> list[Named]:
    """Units with something in the catalogue."""
    rows = session.execute(
        select(Unit.code, Unit.name, Unit.created_at, func.count())
        .join(Dataset, Dataset.unit_id == Unit.id)
        .join(Publication, Publication.dataset_id == Dataset.id)
        .where(publications.listed())
        .group_by(Unit.id, Unit.code, Unit.name, Unit.created_at)
    )
    return [organization(*row) for row in rows]


def groups(session: Session) -> list[Named]:
    """Themes with something in the catalogue."""
    rows = session.execute(
        select(Dataset.theme, func.count(), func.min(Dataset.created_at))
        .join(Publication, Publication.dataset_id == Dataset.id)
        .where(publications.listed(), Dataset.theme != "")
        .group_by(Dataset.theme)
    )
    made = ((group(theme), count, created) for theme, count, created in rows)
    return [Named(one.name, one.title, "group", at, count) for one, count, at in made]


def tags(session: Session) -> Counter[str]:
    """Keywords and how many entries of the catalogue have each."""
    rows = session.scalars(
        select(Dataset.keywords)
        .join(Publication, Publication.dataset_id == Dataset.id)
        .where(publications.listed())
    )
    return Counter(word for words in rows for word in dict.fromkeys(words))


def names(session: Session) -> list[str]:
    """The name of every entry of the catalogue, in order."""
    rows = session.scalars(
        select(Dataset.slug)
        .join(Publication, Publication.dataset_id == Dataset.id)
        .where(publications.listed())
    )
    return sorted(rows)


def ids_of(session: Session, id_or_name: str) -> list[int]:
    """The row of the entry that an id or a name means; none where it is not in the catalogue."""
    query = (
        select(Dataset.id, Dataset.slug, Dataset.created_at)
        .join(Publication, Publication.dataset_id == Dataset.id)
        .where(publications.listed())
    )
    found = [row.id for row in session.execute(query.where(Dataset.slug == id_or_name))]
    if found:
        return found
    try:
        moment = ckan_out.registered_at(id_or_name)
    except (ValueError, OverflowError):
        return []
    rows = session.execute(query.where(Dataset.created_at == moment)).all()
    wanted = id_or_name.strip().lower()
    return [row.id for row in rows if ckan_out.package_id(row.slug, row.created_at) == wanted]


_KEPT = (
    select(
        Dataset.id, Publication.number, Publication.document, Publication.changed_at, Unit.created_at
    )
    .join(Publication, Publication.dataset_id == Dataset.id)
    .join(Unit, Unit.id == Dataset.unit_id)
    .where(publications.listed(), Dataset.id.in_(bindparam("ids", expanding=True)))
)  # fmt: skip
"""Put together once: for ten entries that takes longer than asking."""


class Kept(NamedTuple):
    """What is kept of an entry: its row, the number of its last change, its document, when that changed,
    and when its unit was put on the roster."""

    id: int
    number: int
    document: str
    changed_at: datetime
    created_at: datetime


def kept(session: Session, dataset_ids: Sequence[int]) -> list[Kept]:
    """What is kept of entries, for ``package``, in the order given; those that are not in the catalogue
    are left out. The same ``id`` and ``number`` always make the same package."""
    rows = session.connection().execute(_KEPT, {"ids": dataset_ids})
    held = {row[0]: Kept(*row) for row in rows}
    return [held[one] for one in dataset_ids if one in held]


def package(site: Site, row: Kept) -> dict[str, Any]:
    """A kept entry as a package."""
    entry = publications.read(row.document, row.changed_at, site.url)
    return _package(site, entry, row.created_at)


def packages(session: Session, site: Site, dataset_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Entries as packages, in the order given; those that are not in the catalogue are left out."""
    return [package(site, row) for row in kept(session, dataset_ids)]


def written(
    session: Session, site: Site, entries: Sequence[PublishedEntry]
) -> list[dict[str, Any]]:
    """The same for entries in hand."""
    codes = {entry.publisher.code for entry in entries}
    created = dict(
        session.execute(select(Unit.code, Unit.created_at).where(Unit.code.in_(codes))).all()
    )
    return [_package(site, entry, created.get(entry.publisher.code)) for entry in entries]


def _package(site: Site, entry: PublishedEntry, created: datetime | None) -> dict[str, Any]:
    unit = organization(entry.publisher.code, entry.publisher.name, created)
    return ckan_out.package(site, entry, unit, group(entry.theme) if entry.theme else None)


def table_of(session: Session, identifier: str) -> tuple[Resource, str] | None:
    """The table, and the format, that a resource id means; None where it is not in the catalogue."""
    try:
        meant = dict(ckan_out.tables_of(identifier))
    except ValueError:
        return None
    rows = session.scalars(
        select(Resource)
        .join(Dataset, Dataset.id == Resource.dataset_id)
        .join(Publication, Publication.dataset_id == Dataset.id)
        .where(Resource.id.in_(list(meant)), Resource.public, publications.listed())
    ).all()
    found = [one for one in rows if knows(ANONYMOUS, one.dataset)]
    return (found[0], meant[found[0].id]) if found else None


def tabled(session: Session, *, limit: int) -> list[tuple[str, str]]:
    """Tables whose rows everybody may ask for: (resource id, name)."""
    rows = session.execute(
        select(Resource.id, Dataset.slug, Resource.name)
        .join(Dataset, Dataset.id == Resource.dataset_id)
        .join(Publication, Publication.dataset_id == Dataset.id)
        .where(
            publications.listed(),
            Resource.public,
            Resource.current_examination_id.is_not(None),
            Dataset.openness == "unconditional",
            Dataset.state == "published",
        )
        .order_by(Dataset.slug, Resource.name)
        .limit(limit)
    )
    return [(ckan_out.resource_id(one), f"{slug}/{name}") for one, slug, name in rows]
