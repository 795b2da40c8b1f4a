"""Which tables SQL may read: those that the asker may download, under the names a statement gives."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.auth import Identity
from catalog.errors import NotFound
from catalog.models import Dataset, Resource
from catalog.services import downloads, resources
from catalog.services.downloads import Artefact
from catalog.services.visibility import knows
from schemas.records import Message


def named(
    session: Session, actor: Identity, name: str, names: Mapping[str, str]
) -> tuple[Resource, Artefact]:
    """The table that a statement calls ``name``, in any case as SQL has it, and its Parquet file as
    it is public now.

    ``names`` gives short names. Otherwise a table is called by the id of its resource, by
    ``slug/resource``, or by the slug alone where an entry has one table. Tables that the actor may
    not know of do not exist. Raises ``NotFound`` and what ``downloads.table`` raises.
    """
    called = {short.lower(): table for short, table in names.items()}
    found = _find(session, actor, called.get(name.lower(), name).lower())
    if found is None:
        raise NotFound(
            "table-not-found",
            Message("There is no open table %(name)s.", {"name": name}),
            Message(
                'Name a table by the id of its resource or as "slug/resource", in double quotes.'
            ),
        )
    return found, downloads.table(actor, found)


def _find(session: Session, actor: Identity, wanted: str) -> Resource | None:
    resource = session.get(Resource, wanted)
    if resource is not None:
        known = knows(actor, resource.dataset) and resource in resources.shown_to(
            session, actor, resource.dataset
        )
        return resource if known else None
    slug, slash, name = wanted.partition("/")
    dataset = session.scalar(select(Dataset).where(Dataset.slug == slug))
    if dataset is None or not knows(actor, dataset):
        return None
    shown = resources.shown_to(session, actor, dataset)
    held = [one for one in shown if not slash or one.name == name]
    return held[0] if len(held) == 1 else None
