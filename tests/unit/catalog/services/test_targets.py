"""Targets: in force from a day, by scope, never set for a day that has passed."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from catalog.errors import Forbidden, Invalid
from catalog.models import Target
from catalog.services import scopes, targets
from catalog.services.facts import day
from schemas.vocabularies import RateKind, TargetScope
from tests.common.lists import World, add_unit
from tests.common.statements import told


def on(world: World, when: date, before=None) -> targets.Targets:
    return targets.on(world.session, when, unit="90/100", data="60/100", recorded_before=before)


def put(world: World, **values: object) -> None:
    given = {"rate": "data", "scope": "city", "value": "65"} | values
    targets.set_target(world.session, world.administrator, given, now=world.now)


def test_without_any_target_set_those_of_the_settings_hold(world):
    aims = on(world, day(world.now))
    assert aims.of(RateKind.UNIT) == targets.Goal(Fraction(9, 10), "city", "", None)
    assert aims.of(RateKind.DATA, TargetScope.UNIT, "nobody").value == Fraction(3, 5)


def test_a_target_holds_from_its_day_and_what_was_before_stays_as_it_was(world):
    today = day(world.now)
    soon = today + timedelta(days=30)
    put(world, value="62.5", valid_from=soon.isoformat(), reason="年度工作要点")
    assert on(world, soon - timedelta(days=1)).of(RateKind.DATA).since is None
    assert on(world, soon).of(RateKind.DATA) == targets.Goal(Fraction(5, 8), "city", "", soon)
    assert on(world, soon, world.now).of(RateKind.DATA).since is None, "not yet known then"


def test_the_targets_of_many_days_are_those_of_each_day(world):
    today = day(world.now)
    days = [today + timedelta(days=n) for n in (-1, 0, 29, 30, 31, 60, 90)]
    for n, value in ((0, "61"), (30, "62"), (60, ""), (60, "64")):
        put(world, value=value, valid_from=(today + timedelta(days=n)).isoformat())
    with told(world.session) as statements:
        found = targets.on_days(world.session, days, unit="90/100", data="60/100")
    assert len(statements) == 1, statements
    assert found == {one: on(world, one) for one in days}
    shares = [found[one].of(RateKind.DATA).value * 100 for one in days]
    assert shares == [60, 61, 61, 62, 62, 64, 64]
    assert targets.on_days(world.session, [], unit="90/100", data="60/100") == {}


def test_a_unit_is_measured_by_its_own_target_then_by_that_above_it_then_by_the_citys(world):
    office = add_unit(world.session, world.now, parent_id=world.unit.id)
    room = add_unit(world.session, world.now, parent_id=office.id)
    above = scopes.find(world.session, TargetScope.UNIT, room.code).above
    assert above == (office.code, world.unit.code)

    def mine() -> Fraction:
        aims = on(world, day(world.now))
        return aims.of(RateKind.DATA, TargetScope.UNIT, room.code, above).value

    put(world, value="65")
    assert mine() == Fraction(65, 100)
    put(world, scope="unit", key=world.unit.code, value="3/4")
    assert mine() == Fraction(3, 4)
    put(world, scope="unit", key=room.code, value="80％")
    assert mine() == Fraction(4, 5)
    put(world, scope="unit", key=room.code, value="")
    assert mine() == Fraction(3, 4), "taken back: that of the unit above holds again"


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("value", {"value": "0"}),
        ("value", {"value": "101"}),
        ("value", {"value": "1/0"}),
        ("value", {"value": "sixty"}),
        ("value", {"value": "1e-3"}),
        ("valid_from", {"valid_from": "2026-11-22"}),
        ("key", {"scope": "unit", "key": "nobody"}),
        ("key", {"scope": "unit"}),
        ("key", {"scope": "region", "key": "999999"}),
        ("key", {"scope": "city", "key": "x"}),
        ("rate", {"rate": "both"}),
    ],
)
def test_a_target_that_makes_no_sense_is_refused_by_field_and_nothing_is_kept(world, field, values):
    with pytest.raises(Invalid) as refused:
        put(world, **values)
    assert field in refused.value.fields
    assert targets.history(world.session) == []


def test_only_administrators_set_targets(world):
    given = {"rate": "data", "scope": "city", "value": "1"}
    with pytest.raises(Forbidden):
        targets.set_target(world.session, world.keeper, given, now=world.now)


def test_a_unit_that_stands_under_itself_does_not_hang_the_walk(world):
    office = add_unit(world.session, world.now, parent_id=world.unit.id)
    world.unit.parent_id = office.id
    world.session.flush()
    found = scopes.find(world.session, TargetScope.UNIT, office.code)
    assert found.units == {office.id, world.unit.id}
    assert set(found.above) == {office.code, world.unit.code}


def test_a_target_committed_late_under_a_lower_number_is_not_taken_for_seen(world):
    put(world, value="65")
    session = world.session
    [first] = targets.history(session)
    first.id = 7
    session.flush()
    seen = targets.version(session)
    session.add(Target(**{**_columns(first), "id": 3}))
    session.flush()
    assert targets.version(session) > seen


def _columns(row: Target) -> dict[str, object]:
    return {column.key: getattr(row, column.key) for column in Target.__table__.columns}
