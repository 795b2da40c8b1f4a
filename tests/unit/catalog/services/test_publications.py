"""The documents of public entries follow the directory, and only what is public has one."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from catalog import outbox
from catalog.db import Database
from catalog.errors import Invalid
from catalog.models import Dataset, Publication, PublicationChange, Unit
from catalog.services import publications
from catalog.services.publications import Span
from schemas.vocabularies import DatasetState, Openness
from tests.common.lists import add_dataset
from tests.conftest import NOW

BASE = "https://data.example.org"


@pytest.fixture
def directory(database: Database) -> Database:
    """Entries of two units in every state, published before or not."""
    with database.write() as session:
        for code in ("u1", "u2"):
            unit = Unit(
                code=code, name=f"单位{code}", kind="department", roster_from=date(2020, 1, 1),
                created_at=NOW,
            )  # fmt: skip
            session.add(unit)
            session.flush()
            for state in DatasetState:
                made = [
                    add_dataset(session, unit, NOW, state=state),
                    add_dataset(session, unit, NOW, state=state, published_at=NOW),
                ]
                for one in made:
                    outbox.touch_search(session, one.id, NOW)
    return database


def follow(database: Database, minutes: int = 0) -> int:
    return publications.catch_up(database, lambda: NOW + timedelta(minutes=minutes))


def state(database: Database) -> str:
    with database.read() as session:
        return publications.stamp(session)


def touch(database: Database, **values: object) -> int:
    """Change a published entry; its number."""
    with database.write() as session:
        one = session.scalars(
            select(Dataset).where(Dataset.state == "published").order_by(Dataset.id).limit(1)
        ).one()
        for name, value in values.items():
            setattr(one, name, value)
        outbox.touch_search(session, one.id, NOW)
        return one.id


def test_only_what_was_published_and_is_not_in_the_making_has_a_document(
    directory: Database,
) -> None:
    assert follow(directory) == 24
    assert follow(directory) == 0
    with directory.read() as session:
        states = dict(
            session.execute(
                select(Dataset.state, func.count())
                .join(Publication, Publication.dataset_id == Dataset.id)
                .group_by(Dataset.state)
            ).all()
        )
        # A published entry always has a moment of publication; of the others one of two has.
        assert states == {"published": 4, "suspended": 2, "withdrawn": 2, "retired": 2}
        assert publications.count(session) == 6
        assert session.scalar(select(func.count(PublicationChange.id))) == 0
        assert publications.stale(session, NOW.date()) == []


def test_a_change_moves_an_entry_to_the_end_and_nothing_else(directory: Database) -> None:
    follow(directory)
    before = state(directory)
    changed = touch(directory)
    follow(directory, 1)
    assert state(directory) == before  # looked at, and found the same
    touch(directory, title="新标题")
    assert state(directory) == before
    follow(directory, 2)
    assert state(directory) != before
    with directory.read() as session:
        found = publications.changes(session, Span(), base=BASE, limit=100)
        assert [one.number for one in found] == sorted(one.number for one in found)
        last = found[-1]
        assert last.entry.title == "新标题"
        assert last.changed_at == last.entry.changed_at == NOW + timedelta(minutes=2)
        assert last.entry.url.startswith(f"{BASE}/datasets/")
        since = Span(since=NOW + timedelta(minutes=1))
        assert len(publications.changes(session, since, base=BASE, limit=100)) == 1
        assert publications.count_changes(session, since) == 1
        assert session.get_one(Publication, changed).number == last.number


def test_what_is_closed_or_taken_back_is_gone_before_anything_is_made_anew(
    directory: Database,
) -> None:
    follow(directory)
    for values in ({"state": "withdrawn"}, {"state": "draft"}):
        with directory.write() as session:
            one = session.scalars(
                select(Dataset).where(Dataset.state == "published").order_by(Dataset.id).limit(1)
            ).one()
            slug = one.slug
            one.state = values["state"]
            outbox.touch_search(session, one.id, NOW)
        for _ in range(2):
            with directory.read() as session:
                entries, _next = publications.page(session, base=BASE)
                assert slug not in {entry.slug for entry in entries}
                assert slug not in {e.slug for e in publications.stream(directory, base=BASE)}
                stated = publications.one(session, slug, base=BASE)
                assert stated is not None
                assert stated.ended
            follow(directory)


def test_a_unit_s_new_name_reaches_all_its_entries(directory: Database) -> None:
    follow(directory)
    with directory.write() as session:
        unit = session.scalars(select(Unit).order_by(Unit.id).limit(1)).one()
        unit.name = "新名称"
        outbox.touch_unit(session, unit.id, NOW)
    assert follow(directory, 1) == 12
    with directory.read() as session:
        names = [e.publisher.name for e in publications.stream(directory, base=BASE, size=2)]
        assert sorted(names) == ["单位u2"] * 3 + ["新名称"] * 3
        assert ("u1", "新名称") in publications.publishers(session)


def test_pages_follow_one_another_and_a_foreign_cursor_is_refused(directory: Database) -> None:
    follow(directory)
    with directory.read() as session:
        seen, after = [], ""
        while True:
            entries, after = publications.page(session, base=BASE, after=after, limit=4)
            seen += [entry.slug for entry in entries]
            if not after:
                break
        assert seen == [entry.slug for entry in publications.stream(directory, base=BASE, size=1)]
        assert len(seen) == len(set(seen)) == 6
        draft = session.scalars(
            select(Dataset.slug).where(Dataset.state == DatasetState.DRAFT).limit(1)
        ).one()
        for cursor in ("nothing", draft):
            with pytest.raises(Invalid):
                publications.page(session, base=BASE, after=cursor)


def test_a_document_that_is_not_what_the_directory_says_is_found(directory: Database) -> None:
    follow(directory)
    with directory.write() as session:
        one = session.scalars(
            select(Publication.dataset_id).where(Publication.ended.is_(False)).limit(1)
        ).one()
        session.execute(
            update(Publication).where(Publication.dataset_id == one).values(document="{}")
        )
    with directory.read() as session:
        assert publications.stale(session, NOW.date()) == [one]


def test_sets_narrow_by_unit_and_openness(directory: Database) -> None:
    touch(directory, openness=Openness.CONDITIONAL)
    follow(directory)
    with directory.read() as session:
        assert publications.count_changes(session, Span(unit="u1")) == 5
        assert publications.count_changes(session, Span(openness="conditional")) == 1
        assert publications.count_changes(session, Span(unit="nobody")) == 0
