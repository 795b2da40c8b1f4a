from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from catalog.auth import SYSTEM, Identity
from catalog.db import Base, Database, open_database
from catalog.errors import Unauthenticated
from catalog.models import AuditEvent, AuditHead, CodeSequence
from catalog.services import audit, heads
from catalog.services.audit import AuditTag
from catalog.services.trail import events
from datasets import proof
from tests.common.servers import new_database, start_postgres
from tests.conftest import NOW


@pytest.fixture
def trail(database: Database) -> Database:
    with database.write() as session:
        for number in range(12):
            audit.record(session, SYSTEM, AuditTag.UNIT_ADDED, "unit", number, now=NOW, n=number)
    return database


def verdict(database: Database) -> audit.Verdict:
    with database.read() as session:
        return audit.verify(session, SYSTEM)


def test_an_untouched_trail_is_whole(trail: Database) -> None:
    found = verdict(trail)
    assert (found.events, found.broken_at) == (12, None)


def test_a_trail_goes_on_in_the_next_transaction(trail: Database) -> None:
    with trail.write() as session:
        audit.record(session, SYSTEM, AuditTag.UNIT_ADDED, "unit", "x", now=NOW)
    assert verdict(trail).events == 13


def test_a_rolled_back_event_leaves_no_gap(trail: Database) -> None:
    with trail.write_sessions() as session:
        audit.record(session, SYSTEM, AuditTag.UNIT_ADDED, "unit", "lost", now=NOW)
        session.rollback()
    with trail.write() as session:
        audit.record(session, SYSTEM, AuditTag.UNIT_ADDED, "unit", "kept", now=NOW)
        with session.begin_nested() as savepoint:
            audit.record(session, SYSTEM, AuditTag.UNIT_ADDED, "unit", "lost", now=NOW)
            savepoint.rollback()
        audit.record(session, SYSTEM, AuditTag.UNIT_ADDED, "unit", "last", now=NOW)
    found = verdict(trail)
    assert (found.events, found.broken_at) == (14, None)


def note(session: Session, name: str) -> None:
    audit.record(session, SYSTEM, AuditTag.UNIT_ADDED, "unit", name, now=NOW)


def names(database: Database) -> list[str]:
    with database.read() as session:
        return [event.subject_id for event in events(session, SYSTEM)][::-1]


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with start_postgres(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, database: Database) -> Iterator[Database]:
    """The same promises on both kinds of database."""
    if request.param == "sqlite":
        yield database
        return
    opened = open_database(new_database(request.getfixturevalue("postgres")))
    Base.metadata.create_all(opened.engine)
    yield opened
    opened.engine.dispose()


def test_events_of_savepoints_stay_or_go_with_them_and_keep_their_order(either: Database) -> None:
    with either.write() as session:
        note(session, "first")
        with session.begin_nested():
            note(session, "released")
        with session.begin_nested() as outer:
            note(session, "undone")
            with session.begin_nested():
                note(session, "released inside what is undone")
            outer.rollback()
        with session.begin_nested():
            with session.begin_nested() as inner:
                note(session, "undone inside what is kept")
                inner.rollback()
            note(session, "last")
    assert names(either) == ["first", "released", "last"]
    assert verdict(either).broken_at is None


def test_a_session_left_without_a_commit_leaves_no_event(either: Database) -> None:
    with either.write_sessions() as session:
        note(session, "left")
        session.close()
        note(session, "rolled back")
        session.rollback()
        note(session, "kept")
        session.commit()
    assert names(either) == ["kept"]


def test_nothing_is_committed_without_its_events_while_a_savepoint_is_open(
    either: Database,
) -> None:
    with either.write_sessions() as session:
        whole = session.begin()
        session.begin_nested()
        session.add(CodeSequence(front="x", last=0))
        note(session, "lost")
        with pytest.raises(RuntimeError, match="open savepoint"):
            whole.commit()
    with either.read() as session:
        assert session.scalar(select(CodeSequence)) is None
    assert names(either) == []


def test_an_undone_savepoint_does_not_let_another_writer_take_the_same_place(
    postgres: str,
) -> None:
    database = open_database(new_database(postgres))
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        note(session, "begin")
    with database.write() as slow:
        with slow.begin_nested() as savepoint:
            note(slow, "undone")
            savepoint.rollback()
        note(slow, "slow")
        with database.write() as fast:
            fast.execute(text("SET lock_timeout = '3s'"))
            note(fast, "fast")
    assert names(database) == ["begin", "fast", "slow"]
    assert verdict(database).broken_at is None
    database.engine.dispose()


def test_writers_who_lock_in_opposite_order_of_the_trail_do_not_block_each_other(
    postgres: str,
) -> None:
    """One notes an event first and then locks a row; the other holds that row and notes then."""
    database = open_database(new_database(postgres))
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        session.add(CodeSequence(front="x", last=0))
        note(session, "begin")

    def bump(session: Session) -> None:
        session.execute(text("SET lock_timeout = '3s'"))
        session.scalars(select(CodeSequence).with_for_update()).one().last += 1

    with database.write() as holder:
        bump(holder)
        with database.write() as early:
            note(early, "early")
        note(holder, "holder")
    with database.write() as early, database.write() as holder:
        note(early, "noted before the lock")
        bump(holder)
        note(holder, "noted under the lock")
        holder.commit()
        bump(early)
    assert verdict(database).events == 5
    assert verdict(database).broken_at is None
    database.engine.dispose()


CHANGES = {
    "actor": "somebody else",
    "tag": "unit:amended",
    "subject_id": "99",
    "at": datetime(2020, 1, 1, tzinfo=NOW.tzinfo),
    "data": {"n": 77},
    "hash": "0" * 64,
    "previous_hash": "1" * 64,
}


@pytest.mark.parametrize("column", sorted(CHANGES))
@settings(
    max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(sequence=st.integers(1, 12))
def test_any_changed_column_of_any_event_is_found(
    trail: Database, column: str, sequence: int
) -> None:
    with trail.write_sessions() as session:
        session.execute(
            update(AuditEvent)
            .where(AuditEvent.sequence == sequence)
            .values({column: CHANGES[column]})
        )
        found = audit.verify(session, SYSTEM)
        session.rollback()
    assert found.broken_at is not None


@pytest.mark.parametrize("gone", [1, 5, 12])
def test_a_removed_event_is_found_the_last_one_too(trail: Database, gone: int) -> None:
    with trail.write() as session:
        session.execute(delete(AuditEvent).where(AuditEvent.sequence == gone))
    assert verdict(trail).broken_at == (gone + 0 if gone < 12 else 12)


def test_two_swapped_events_are_found(trail: Database) -> None:
    with trail.write() as session:
        for old, new in ((3, 100), (4, 3), (100, 4)):
            session.execute(
                update(AuditEvent).where(AuditEvent.sequence == old).values(sequence=new)
            )
    assert verdict(trail).broken_at == 3


def test_a_head_set_back_is_found(trail: Database) -> None:
    with trail.write() as session:
        session.execute(update(AuditHead).values(sequence=11))
    assert verdict(trail).broken_at == 13


def test_an_emptied_trail_is_found(trail: Database) -> None:
    with trail.write() as session:
        session.execute(delete(AuditEvent))
    assert verdict(trail).broken_at == 1


def test_a_trail_that_has_not_begun_is_whole(database: Database) -> None:
    assert (verdict(database).events, verdict(database).broken_at) == (0, None)


def test_only_those_who_may_read_the_trail_verify_it(trail: Database) -> None:
    with trail.read() as session, pytest.raises(Unauthenticated):
        audit.verify(session, Identity(None, ""))


SPOILT = {
    "a day that is none": "UPDATE audit_events SET at = 'no day' WHERE sequence = 5",
    "a number for a day": "UPDATE audit_events SET at = 7 WHERE sequence = 5",
    "data that are no JSON": "UPDATE audit_events SET data = '{' WHERE sequence = 5",
    "data without end": f"UPDATE audit_events SET data = '{'[' * 20_000}' WHERE sequence = 5",
    "half a character": """UPDATE audit_events SET data = '{"n": "\\ud800"}' WHERE sequence = 5""",
    "bytes that are no text": "UPDATE audit_events SET actor = CAST(x'ff' AS TEXT) WHERE sequence = 5",
}


@pytest.mark.parametrize("batch", [1000, 5, 4])
@pytest.mark.parametrize("spoilt", sorted(SPOILT))
def test_an_event_that_cannot_be_read_is_named(
    trail: Database, monkeypatch: pytest.MonkeyPatch, spoilt: str, batch: int
) -> None:
    """SQLite keeps whatever is written into a column, of whatever type."""
    monkeypatch.setattr(audit, "_BATCH", batch)
    with trail.write() as session:
        session.connection().exec_driver_sql(SPOILT[spoilt])
    found = verdict(trail)
    assert found.broken_at == 5
    assert found.reason in {"an event cannot be read", "an event was changed"}


@pytest.mark.parametrize("column", ["day", "hash", "signature", "public_key"])
def test_a_published_head_that_cannot_be_read_is_told(trail: Database, column: str) -> None:
    with trail.write() as session:
        heads.publish(session, proof.signer(bytes(32)), now=NOW)
    with trail.read() as session:
        assert heads.unsigned(session) == []
    with trail.write() as session:
        session.connection().exec_driver_sql(f"UPDATE published_heads SET {column} = 'é'")
    with trail.read() as session:
        told = audit.verify(session, SYSTEM).reason or heads.unsigned(session)
    assert told
