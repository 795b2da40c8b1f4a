"""Published heads: the trail that was rewritten, and the one that was cut."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from catalog.auth import SYSTEM
from catalog.db import Database
from catalog.errors import Invalid
from catalog.models import AuditEvent, AuditHead, PublishedHead
from catalog.services import audit, heads
from catalog.services.audit import GENESIS, AuditTag, Kept
from datasets import proof
from tests.conftest import NOW

KEY = proof.signer(bytes(range(32)))


@pytest.fixture
def trail(database: Database) -> Database:
    """Three days of four events each, every day's head published."""
    for day in range(3):
        with database.write() as session:
            for number in range(4):
                audit.record(
                    session, SYSTEM, AuditTag.UNIT_ADDED, "unit", f"{day}-{number}", now=NOW
                )
        with database.write() as session:
            assert heads.publish(session, KEY, now=NOW + timedelta(days=day)) is not None
    return database


def verdict(database: Database, kept: list[Kept] | None = None) -> audit.Verdict:
    with database.read() as session:
        return audit.verify(session, SYSTEM, kept or [])


def chain_anew(session: Session) -> None:
    """What somebody with the rights of the database can do: make every hash fit again."""
    previous, sequence = GENESIS, 0
    for sequence, event in enumerate(  # noqa: B007  (the last one is the head)
        session.scalars(select(AuditEvent).order_by(AuditEvent.sequence)).all(), 1
    ):
        event.previous_hash = previous
        event.hash = previous = audit.hash_of(event)
    head = session.get_one(AuditHead, 1)
    head.sequence, head.hash = sequence, previous


def cut(session: Session) -> None:
    session.execute(delete(AuditEvent).where(AuditEvent.sequence > 9))
    chain_anew(session)


def rewrite(session: Session) -> None:
    session.execute(update(AuditEvent).where(AuditEvent.sequence == 6).values(actor="nobody"))
    chain_anew(session)


def test_a_head_is_published_once_a_day_and_signed(trail: Database) -> None:
    with trail.write() as session:
        assert heads.publish(session, KEY, now=NOW) is None
        found, total = heads.listed(session)
        assert total == 3
        assert [one.sequence for one in found] == [12, 8, 4]
        assert all(heads.signed(one) for one in found)
        found[0].hash = "0" * 64
        assert not heads.signed(found[0])
        session.rollback()
    assert verdict(trail).broken_at is None


def test_an_empty_trail_has_no_head(database: Database) -> None:
    with database.write() as session:
        assert heads.publish(session, KEY, now=NOW) is None


@pytest.mark.parametrize(("attack", "place"), [(cut, 10), (rewrite, 8)])
def test_a_trail_chained_anew_does_not_fit_the_published_heads(
    trail: Database, attack: Callable[[Session], None], place: int
) -> None:
    with trail.write() as session:
        attack(session)
    found = verdict(trail)
    assert found.broken_at == place
    assert "2026-11-2" in found.reason


@pytest.mark.parametrize("attack", [cut, rewrite])
def test_heads_kept_outside_find_what_the_database_no_longer_tells(
    trail: Database, attack: Callable[[Session], None]
) -> None:
    with trail.read() as session:
        kept = [Kept(one.day, one.sequence, one.hash) for one in heads.listed(session)[0]]
    with trail.write() as session:
        attack(session)
        session.execute(delete(PublishedHead))
    assert verdict(trail).broken_at is None, (
        "with every table rewritten, the database agrees with itself"
    )
    assert verdict(trail, kept).broken_at is not None


def test_a_copy_of_the_public_list_is_read_in_both_forms() -> None:
    line = "2026-11-23,12," + "a" * 64
    as_csv = f"\ufeffday,sequence,hash\r\n{line}\r\n".encode()
    as_json = b'{"items": [{"day": "2026-11-23", "sequence": 12, "hash": "' + b"a" * 64 + b'"}]}'
    assert heads.read_kept(as_csv) == heads.read_kept(as_json)
    assert heads.read_kept(as_csv)[0].sequence == 12


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_anything_else_is_refused(text: bytes) -> None:
    held: list[Kept] = []
    with suppress(Invalid):
        held = heads.read_kept(text)
    assert held == []
