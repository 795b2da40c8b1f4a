"""The public entries as documents: made after each change, read by every door that lists the whole.

Derived from the directory and made anew from it at any time. Whether an entry may still be shown is
asked of the directory itself whenever documents are read.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import and_, delete, exists, func, not_, or_, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.sql import ColumnElement

from catalog.db import Database
from catalog.errors import Invalid
from catalog.models import (
    AvailabilityFact,
    Dataset,
    Publication,
    PublicationChange,
    SearchChange,
    Unit,
)
from catalog.services import exchange, facts
from catalog.services.exchange import ENDED
from catalog.services.visibility import public
from schemas import published
from schemas.interop import mqa
from schemas.published import PublishedEntry
from schemas.records import Message

BATCH = 200


@dataclass(frozen=True, slots=True)
class Stated:
    """A public entry, or its tombstone, as it stands since ``changed_at``."""

    number: int
    changed_at: datetime
    ended: bool
    entry: PublishedEntry


@dataclass(frozen=True, slots=True)
class Span:
    """Which entries: of a unit, of an openness, changed in [since, until], after a number."""

    unit: str = ""
    openness: str = ""
    since: datetime | None = None
    until: datetime | None = None
    after: int = 0


def catch_up(database: Database, clock: Callable[[], datetime]) -> int:
    """Make the documents of what has changed; how many changes were looked at.

    Several processes may try at once: each begins with the oldest change, so they take turns.
    """
    done = 0
    while _waiting(database):
        with database.write() as session:
            taken = _make(session, clock())
        if not taken:
            break
        done += taken
    return done


def _waiting(database: Database) -> bool:
    with database.read() as session:
        return bool(session.scalar(select(exists(select(PublicationChange.id)))))


def _make(session: Session, now: datetime) -> int:
    changes = session.execute(
        select(PublicationChange.id, PublicationChange.dataset_id)
        .order_by(PublicationChange.id)
        .limit(BATCH)
        .with_for_update()
    ).all()
    ids = list(dict.fromkeys(change.dataset_id for change in changes))
    shown = session.scalars(
        select(Dataset).where(Dataset.id.in_(ids), public()).options(selectinload(Dataset.unit))
    ).all()
    entries = exchange.of(session, shown, base="", today=facts.day(now))
    answering = _answering(session, ids, facts.day(now))
    pages = {
        dataset.id: _Page(
            published.dumps(entry).decode(),
            entry.state in ENDED,
            mqa.score(mqa.judge(entry, available=dataset.id in answering)),
        )
        for dataset, entry in zip(shown, entries, strict=True)
    }
    _keep(session, ids, pages, now)
    session.execute(
        delete(PublicationChange).where(PublicationChange.id.in_([one.id for one in changes]))
    )
    return len(changes)


@dataclass(frozen=True, slots=True)
class _Page:
    """What is kept of a public entry: its document, whether it has ended, its points of quality."""

    document: str
    ended: bool
    points: int


def _answering(session: Session, ids: list[int], day: date) -> set[int]:
    """Those of these entries of which the last check found that everything answers."""
    return set(
        session.scalars(
            select(AvailabilityFact.dataset_id).where(
                AvailabilityFact.dataset_id.in_(ids),
                AvailabilityFact.superseded_at.is_(None),
                AvailabilityFact.available,
                AvailabilityFact.valid_from <= day,
                or_(AvailabilityFact.valid_to.is_(None), AvailabilityFact.valid_to > day),
            )
        )
    )


def _keep(session: Session, ids: list[int], pages: dict[int, _Page], now: datetime) -> None:
    held = {
        row.dataset_id: row
        for row in session.scalars(select(Publication).where(Publication.dataset_id.in_(ids)))
    }
    number = session.scalar(select(func.max(Publication.number))) or 0
    for dataset_id in ids:
        row = held.get(dataset_id)
        if dataset_id in pages:
            page = pages[dataset_id]
            document, ended = page.document, page.ended
            if row is not None and row.points != page.points:
                row.points = page.points
                session.add(SearchChange(dataset_id=dataset_id, at=now))
        elif row is not None:
            document, ended = row.document, True  # it is back in the making
        else:
            continue
        digest = sha256(document.encode()).hexdigest()
        if row is not None and (row.digest, row.ended) == (digest, ended):
            continue
        number += 1
        if row is None:
            row = Publication(dataset_id=dataset_id, points=pages[dataset_id].points)
            session.add(row)
            session.add(SearchChange(dataset_id=dataset_id, at=now))
        row.document, row.digest, row.ended = document, digest, ended
        row.number, row.changed_at = number, now


def listed(*, ended: bool = False) -> ColumnElement[bool]:
    """Documents of entries that are in the directory now, whatever the document says itself."""
    stands = and_(public(), Dataset.state.not_in(ENDED))
    return or_(not_(stands), Publication.ended) if ended else and_(stands, not_(Publication.ended))


def _within(query: Any, span: Span) -> Any:
    if span.unit:
        query = query.join(Unit, Unit.id == Dataset.unit_id).where(Unit.code == span.unit)
    if span.openness:
        query = query.where(Dataset.openness == span.openness)
    if span.since is not None:
        query = query.where(Publication.changed_at >= span.since)
    if span.until is not None:
        query = query.where(Publication.changed_at <= span.until)
    return query


def _leaving(session: Session) -> list[int]:
    """Entries that have ended since their documents were made. Whatever ends an entry notes a change of
    it, so only what waits is looked at: mostly nothing."""
    if not session.scalar(select(exists(select(PublicationChange.id)))):
        return []
    return list(
        session.scalars(
            select(Publication.dataset_id)
            .distinct()
            .join(PublicationChange, PublicationChange.dataset_id == Publication.dataset_id)
            .join(Dataset, Dataset.id == Publication.dataset_id)
            .where(not_(Publication.ended), listed(ended=True))
            .order_by(Publication.dataset_id)
        )
    )


def stamp(session: Session) -> str:
    """A short text that changes whenever the list of entries, or one of them, does."""
    last = session.scalar(select(func.max(Publication.number))) or 0
    return f"{last}-{_leaving(session)}"


def last_change(session: Session) -> datetime | None:
    """When a public entry last changed, a tombstone included."""
    return session.scalar(select(func.max(Publication.changed_at)))


def first_change(session: Session) -> datetime | None:
    """The earliest time that a record carries."""
    return session.scalar(select(func.min(Publication.changed_at)))


def count(session: Session) -> int:
    """How many entries the catalogue lists."""
    described = session.scalar(
        select(func.count()).select_from(Publication).where(not_(Publication.ended))
    )
    return (described or 0) - len(_leaving(session))


def page(
    session: Session, *, base: str, after: str = "", limit: int = 100
) -> tuple[list[PublishedEntry], str]:
    """Entries in the order of their registration, after the one with this slug; the slug that the
    next page begins after, empty at the end."""
    query = (
        select(Publication.dataset_id, Publication.document, Publication.changed_at)
        .join(Dataset, Dataset.id == Publication.dataset_id)
        .where(listed())
    )
    if after:
        query = query.where(Publication.dataset_id > _place(session, after))
    rows = session.execute(query.order_by(Publication.dataset_id).limit(limit + 1)).all()
    entries = [read(row.document, row.changed_at, base) for row in rows[:limit]]
    return entries, entries[-1].slug if len(rows) > limit else ""


def _place(session: Session, slug: str) -> int:
    found = session.scalar(
        select(Publication.dataset_id)
        .join(Dataset, Dataset.id == Publication.dataset_id)
        .where(Dataset.slug == slug)
    )
    if found is None:
        raise Invalid(
            "bad-cursor",
            Message("The page cursor is not one that this server gave."),
            Message("Start again from the first page, or follow the link to the next one."),
            fields={"after": [Message("not a cursor of this list")]},
        )
    return found


def read(document: str, changed_at: datetime, base: str) -> PublishedEntry:
    """The entry of a kept document, with the addresses of the portal at ``base``."""
    entry = published.placed(published.loads(document), base)
    return replace(entry, changed_at=changed_at)


def stream(database: Database, *, base: str, size: int = 500) -> Iterator[PublishedEntry]:
    """Every entry, in bounded memory. Each part is read in a session of its own, so that a slow reader
    holds no transaction open."""
    after = 0
    while True:
        with database.read() as session:
            rows = session.execute(
                select(Publication.dataset_id, Publication.document, Publication.changed_at)
                .join(Dataset, Dataset.id == Publication.dataset_id)
                .where(listed(), Publication.dataset_id > after)
                .order_by(Publication.dataset_id)
                .limit(size)
            ).all()
        for row in rows:
            yield read(row.document, row.changed_at, base)
        if len(rows) < size:
            return
        after = rows[-1].dataset_id


def changes(session: Session, span: Span, *, base: str, limit: int) -> list[Stated]:
    """Entries and tombstones in the order of their changes."""
    query = select(Publication, listed(ended=True)).join(
        Dataset, Dataset.id == Publication.dataset_id
    )
    query = _within(query, span).where(Publication.number > span.after)
    return [
        _stated(row, ended=ended, base=base)
        for row, ended in session.execute(query.order_by(Publication.number).limit(limit))
    ]


def newest(session: Session, *, base: str, limit: int, before: int = 0) -> list[Stated]:
    """The latest changes, newest first, tombstones included; with ``before`` those older than the change
    of that number."""
    query = select(Publication, listed(ended=True)).join(
        Dataset, Dataset.id == Publication.dataset_id
    )
    if before:
        query = query.where(Publication.number < before)
    return [
        _stated(row, ended=ended, base=base)
        for row, ended in session.execute(query.order_by(Publication.number.desc()).limit(limit))
    ]


def one(session: Session, slug: str, *, base: str) -> Stated | None:
    """The document of one entry or its tombstone."""
    found = session.execute(
        select(Publication, listed(ended=True))
        .join(Dataset, Dataset.id == Publication.dataset_id)
        .where(Dataset.slug == slug)
    ).one_or_none()
    return _stated(found[0], ended=found[1], base=base) if found else None


def some(session: Session, dataset_ids: Sequence[int], *, base: str) -> list[PublishedEntry]:
    """The entries of a search that are in the catalogue, in the order given."""
    rows = session.execute(
        select(Publication.dataset_id, Publication.document, Publication.changed_at)
        .join(Dataset, Dataset.id == Publication.dataset_id)
        .where(Publication.dataset_id.in_(dataset_ids), listed())
    )
    held = {row.dataset_id: read(row.document, row.changed_at, base) for row in rows}
    return [held[one] for one in dataset_ids if one in held]


def _stated(row: Publication, *, ended: bool, base: str) -> Stated:
    entry = read(row.document, row.changed_at, base)
    return Stated(row.number, row.changed_at, bool(ended), entry)


def count_changes(session: Session, span: Span) -> int:
    """How many entries and tombstones a span has, wherever in it one stands."""
    query = select(func.count()).select_from(Publication)
    if span.unit or span.openness:
        query = query.join(Dataset, Dataset.id == Publication.dataset_id)
    return session.scalar(_within(query, span)) or 0


def publishers(session: Session) -> list[tuple[str, str]]:
    """Units with something in the catalogue or once in it: (code, name)."""
    return [
        (code, name)
        for code, name in session.execute(
            select(Unit.code, Unit.name)
            .where(
                exists(
                    select(Publication.dataset_id)
                    .join(Dataset, Dataset.id == Publication.dataset_id)
                    .where(Dataset.unit_id == Unit.id)
                )
            )
            .order_by(Unit.code)
        )
    ]


def moments(session: Session, *, skipped: int, limit: int) -> list[tuple[str, datetime]]:
    """Slug and last change of entries in the catalogue, for site maps."""
    return [
        (slug, changed)
        for slug, changed in session.execute(
            select(Dataset.slug, Publication.changed_at)
            .join(Publication, Dataset.id == Publication.dataset_id)
            .where(listed())
            .order_by(Publication.dataset_id)
            .offset(skipped)
            .limit(limit)
        )
    ]


def stale(session: Session, today: date) -> list[int]:
    """Public entries that have no document, or another than would be made today."""
    wrong: list[int] = []
    after = 0
    while True:
        shown = session.scalars(
            select(Dataset)
            .where(public(), Dataset.id > after)
            .options(selectinload(Dataset.unit))
            .order_by(Dataset.id)
            .limit(BATCH)
        ).all()
        if not shown:
            return wrong
        entries = exchange.of(session, shown, base="", today=today)
        held = dict(
            session.execute(
                select(Publication.dataset_id, Publication.document).where(
                    Publication.dataset_id.in_([dataset.id for dataset in shown])
                )
            ).all()
        )
        wrong += [
            dataset.id
            for dataset, entry in zip(shown, entries, strict=True)
            if held.get(dataset.id) != published.dumps(entry).decode()
        ]
        after = shown[-1].id
