"""Whatever somebody wrote into the trail past the product, people see the trail with that event named."""

import orjson
import pytest
from sqlalchemy import Select, select

from catalog.auth import SYSTEM, Grant, Identity
from catalog.db import Database
from catalog.errors import Forbidden
from catalog.models import AuditEvent
from catalog.services import audit, trail
from catalog.services.audit import AuditTag
from schemas.vocabularies import EventFault, Role
from tests.conftest import NOW

ALL: Select[AuditEvent] = select(AuditEvent).order_by(AuditEvent.sequence)


@pytest.fixture
def noted(database: Database) -> Database:
    with database.write() as session:
        for number in range(12):
            audit.record(session, SYSTEM, AuditTag.UNIT_ADDED, "unit", number, now=NOW, n=number)
    return database


def spoil(database: Database, *sets: str) -> list[trail.Event]:
    with database.write() as session:
        for one in sets:
            session.connection().exec_driver_sql(f"UPDATE audit_events SET {one}")
    with database.read() as session:
        return trail.read(session, ALL)


SPOILT = {
    "a day that is none": "at = 'no day'",
    "a number for a day": "at = 7",
    "a day at the end of time": "at = '9999-12-31 23:59:59.000000'",
    "data that are no JSON": "data = '{'",
    "data that are a list": "data = '[1]'",
    "data that are nothing": "data = 'null'",
    "data without end": f"data = '{'[' * 20_000}'",
    "data deeper than anybody writes": f"data = '{{\"n\": {'[' * 400}{']' * 400}}}'",
    "half a character": """data = '{"n": "\\ud800"}'""",
    "bytes that are no text": "actor = CAST(x'ff' AS TEXT)",
    "bytes for a text": "tag = x'ff'",
    "bytes for a hash": "hash = x'00'",
}


@pytest.mark.parametrize("spoilt", sorted(SPOILT))
def test_an_event_that_cannot_be_read_is_named_and_all_others_are_shown(
    noted: Database, spoilt: str
) -> None:
    found = spoil(noted, f"{SPOILT[spoilt]} WHERE sequence = 5")
    assert [one.sequence for one in found] == list(range(1, 13))
    assert {one.sequence: one.fault for one in found if one.fault} == {5: EventFault.UNREADABLE}
    ruin = found[4]
    assert ruin.subject_id == "4", "what can still be read is shown"
    orjson.dumps([ruin.actor, ruin.tag, ruin.hash, dict(ruin.data)])


def test_an_event_that_reads_well_but_was_changed_is_named_as_changed(noted: Database) -> None:
    found = spoil(
        noted,
        "actor = 'nobody' WHERE sequence = 3",
        """data = '{"n": 9}' WHERE sequence = 7""",
        "unit_id = 'abc' WHERE sequence = 9",
    )
    assert {one.sequence for one in found if one.fault == EventFault.CHANGED} == {3, 7, 9}
    assert found[6].data == {"n": 9}


def test_a_trail_of_which_nothing_can_be_read_is_still_listed_in_its_order(noted: Database) -> None:
    spoil(noted, "data = '{'")
    with noted.read() as session:
        found = trail.events(session, SYSTEM, before=10, limit=4)
    assert [(one.sequence, one.fault) for one in found] == [
        (number, EventFault.UNREADABLE) for number in (9, 8, 7, 6)
    ]


def test_the_events_of_one_thing_come_newest_first_with_the_spoilt_one(noted: Database) -> None:
    with noted.write() as session:
        audit.record(session, SYSTEM, AuditTag.UNIT_AMENDED, "unit", 4, now=NOW)
    spoil(noted, "data = 'null' WHERE sequence = 5")
    with noted.read() as session:
        found = trail.of_subject(session, "unit", 4)
    assert [(one.sequence, one.fault) for one in found] == [(13, None), (5, EventFault.UNREADABLE)]


def test_only_those_who_may_read_the_trail_see_it(noted: Database) -> None:
    editor = Identity(7, "lin", (Grant(Role.EDITOR, 1),))
    with noted.read() as session, pytest.raises(Forbidden):
        trail.events(session, editor)
