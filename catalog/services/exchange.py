"""Entries as they leave the house: what every outgoing standard and feed is written from.

Always as an anonymous reader sees them, whoever asks: what other portals harvest must be the same
for all.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from urllib.parse import quote

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from catalog.auth import ANONYMOUS
from catalog.errors import NotFound, RuleError
from catalog.models import Dataset, Examination, ExemptionLink, Release, Resource
from catalog.services import directory, downloads, negative_list
from schemas.published import Closing, PublishedEntry, PublishedFile, PublishedTable, Publisher
from schemas.records import Message
from schemas.vocabularies import DatasetState

ENDED = (DatasetState.WITHDRAWN, DatasetState.RETIRED)


def entry(session: Session, slug: str, *, base: str, today: date) -> PublishedEntry:
    """One public entry; ``base`` is the portal's address without a slash at its end.

    Raises ``Gone`` for one that has ended, with the reason and the day.
    """
    found = directory.get(session, ANONYMOUS, slug)
    if found.state in ENDED:
        downloads.check_reachable(ANONYMOUS, found)
    return of(session, [found], base=base, today=today)[0]


def entry_with_tables(session: Session, slug: str, *, base: str, today: date) -> PublishedEntry:
    """The same for a description of tables: refused, with the reason, where none is open.

    Of data that is open on a condition the tables are described, though not everybody gets them.
    """
    found = directory.get(session, ANONYMOUS, slug)
    if not _reachable(found):
        downloads.check_reachable(ANONYMOUS, found)
    made = of(session, [found], base=base, today=today)[0]
    if not any(file.format == "csv" for table in made.tables for file in table.files):
        raise NotFound(
            "no-open-table",
            Message("This entry has no open table."),
            Message("Its page says what there is and where."),
        )
    return made


def of(
    session: Session, found: Sequence[Dataset], *, base: str, today: date
) -> list[PublishedEntry]:
    """Public entries in hand, with a fixed number of questions to the database."""
    ids = [dataset.id for dataset in found]
    tables = _tables(session, ids)
    closings = _closings(session, ids, today, base)
    releases = dict(
        session.execute(
            select(Release.dataset_id, func.max(Release.number))
            .where(Release.dataset_id.in_(ids))
            .group_by(Release.dataset_id)
        ).all()
    )
    return [
        _entry(one, tables[one.id], closings[one.id], releases.get(one.id, 0), base)
        for one in found
    ]


def _tables(session: Session, ids: Sequence[int]) -> dict[int, list[Resource]]:
    grouped: dict[int, list[Resource]] = defaultdict(list)
    for resource in session.scalars(
        select(Resource)
        .where(Resource.dataset_id.in_(ids), Resource.public)
        .options(
            selectinload(Resource.current_version),
            # The report, the profile and the preview weigh a hundred times what is needed.
            selectinload(Resource.current_examination).load_only(
                Examination.version_id,
                Examination.rows,
                Examination.artefacts,
                Examination.public_schema,
            ),
        )
        .order_by(Resource.position, Resource.name)
    ):
        grouped[resource.dataset_id].append(resource)
    return grouped


def _closings(
    session: Session, ids: Sequence[int], today: date, base: str
) -> dict[int, list[Closing]]:
    grouped: dict[int, list[Closing]] = defaultdict(list)
    links = session.scalars(
        select(ExemptionLink)
        .where(
            ExemptionLink.dataset_id.in_(ids),
            ExemptionLink.superseded_at.is_(None),
            or_(ExemptionLink.valid_to.is_(None), ExemptionLink.valid_to > today),
        )
        .order_by(ExemptionLink.field, ExemptionLink.item_number)
    ).all()
    items = {one.number: one for one in negative_list.in_force(session, today)} if links else {}
    for link in links:
        item = items.get(link.item_number)
        if item is not None:
            url = f"{base}/negative-list#item-{item.number}"
            grouped[link.dataset_id].append(
                Closing(item.number, item.name, item.ground, url, link.field, item.public_wording)
            )
    return grouped


def _entry(
    dataset: Dataset, held: list[Resource], closings: list[Closing], release: int, base: str
) -> PublishedEntry:
    url = f"{base}/datasets/{dataset.slug}"
    reachable = _reachable(dataset)
    return PublishedEntry(
        url=url,
        publisher=Publisher(
            dataset.unit.code,
            dataset.unit.name,
            f"{base}/units/{dataset.unit.code}",
            dataset.unit.kind,
        ),
        published_at=_published(dataset),
        changed_at=max(_published(dataset), dataset.state_changed_at),
        mode=dataset.conditional_mode,
        condition=dataset.open_condition,
        keywords=tuple(dataset.keywords),
        release=release,
        closings=tuple(closings),
        tables=tuple(_table(dataset, one, url) for one in held) if reachable else (),
        **{
            name: getattr(dataset, name)
            for name in (
                "slug", "code", "title", "description", "state", "openness", "update_cycle",
                "created_at", "theme", "industry", "region", "temporal_start", "temporal_end",
                "issued", "modified", "licence", "contact_name", "contact_phone",
                "contact_email", "landing_page",
            )
        },
    )  # fmt: skip


def _published(dataset: Dataset) -> datetime:
    if dataset.published_at is None:
        raise ValueError("an entry that was never published leaves the house by no door")
    return dataset.published_at


def _reachable(dataset: Dataset) -> bool:
    """Whether files are named: data open on a condition has them, for who meets the condition."""
    try:
        downloads.check_reachable(ANONYMOUS, dataset)
    except RuleError as refusal:
        return refusal.code.startswith("conditional")
    return True


def _table(dataset: Dataset, resource: Resource, entry_url: str) -> PublishedTable:
    found = downloads.artefacts(dataset, resource)
    page = f"{entry_url}/{quote(resource.name)}"
    examination = resource.current_examination
    version = resource.current_version
    return PublishedTable(
        id=resource.id,
        name=resource.name,
        title=resource.title or resource.name,
        description=resource.description,
        page=page,
        rows=examination.rows if found and examination is not None else None,
        modified=version.published_at if found and version is not None else None,
        files=tuple(
            PublishedFile(
                one.suffix, one.media_type.partition(";")[0], f"{page}.{one.suffix}",
                one.bytes, one.sha256,
            )
            for one in found
        ),
        table_schema=examination.public_schema if found and examination is not None else {},
        link="" if found else resource.url,
        link_format="" if found else resource.format,
        number=version.number if found and version is not None else 0,
    )  # fmt: skip
