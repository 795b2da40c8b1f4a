from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from catalog.auth import SYSTEM, Identity
from catalog.db import Database
from catalog.errors import Unauthenticated
from catalog.models import AuditEvent, AuditHead
from catalog.services import audit
from catalog.services.audit import AuditTag
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
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            audit.record(session, SYSTEM, AuditTag.UNIT_ADDED, "unit", "lost", now=NOW)
            raise ZeroDivisionError
        audit.record(session, SYSTEM, AuditTag.UNIT_ADDED, "unit", "last", now=NOW)
    found = verdict(trail)
    assert (found.events, found.broken_at) == (14, None)


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
