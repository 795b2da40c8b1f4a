"""The made-up city: three years that were played by the rules, so that every page shows something true."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from catalog import db, demo
from catalog.auth import SYSTEM, Grant, Identity
from catalog.models import DatasetFact, Snapshot, Unit
from catalog.runtime import build
from catalog.services import audit, changes, openness, scopes, signals, stocks, targets
from catalog.services.changes import Span
from catalog.services.facts import day
from catalog.services.signals import Sign
from catalog.settings import Settings
from schemas.vocabularies import Role

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
OVERSIGHT = Identity(0, "auditor", (Grant(Role.AUDITOR),))


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    runtime = build(Settings(home=tmp_path_factory.mktemp("city")), lambda: NOW)
    db.upgrade(runtime.database)
    told: list[str] = []
    assert len(demo.load(runtime, say=told.append)) == 6
    assert len(told) > 30
    yield runtime
    runtime.close()


def test_loading_it_again_changes_nothing(city):
    with city.database.read() as session:
        before = openness.rates(session, as_of=day(NOW))
    assert len(demo.load(city, say=pytest.fail)) == 6
    with city.database.read() as session:
        assert openness.rates(session, as_of=day(NOW)) == before


def test_three_years_of_rates_rise_and_both_targets_are_still_short(city):
    with city.database.read() as session:
        points = openness.trend(session, day(NOW) - timedelta(days=1090), day(NOW))
        shares = [one.counts.opened / one.counts.entries for one in points if one.counts.entries]
        assert len(points) == 37
        assert shares[0] < 0.1
        assert 0.4 < shares[-1] < 0.6
        assert any(later < sooner for sooner, later in pairwise(shares))
        aims = targets.on(session, day(NOW), unit="1/2", data="1/2")
        assert aims.of("data").value.limit_denominator() == targets.read_value("60")
        plan = stocks.plan(session, scopes.CITY, day(NOW), "all", aims)
        assert plan.reachable
        assert plan.total > 0


def test_everything_that_can_change_a_rate_happened_and_sums_to_the_change(city):
    with city.database.read() as session:
        asked = Span(day(NOW) - timedelta(days=1000), day(NOW), "due")
        causes: set[str] = set()
        for first, last in ((1000, 590), (590, 400), (400, 0)):
            part = Span(day(NOW) - timedelta(first), day(NOW) - timedelta(last), "due")
            found = changes.data_change(session, scopes.CITY, part)
            assert sum(step.n for step in found.steps) == found.after.n - found.before.n
            assert sum(step.d for step in found.steps) == found.after.d - found.before.d
            causes |= {str(one.cause) for one in found.steps}
        assert {"opened", "new-open", "new", "withdrawn", "exempted", "lapsed"} <= causes
        units, _ = changes.unit_change(session, scopes.CITY, asked)
        assert {"first-opening", "left"} <= {str(one.cause) for one in units.steps}
        assert session.scalar(select(Unit).where(Unit.successor_id.is_not(None)))


def test_the_tricks_are_found_and_the_late_correction_is_told_apart(city):
    with city.database.read() as session:
        since = day(NOW) - timedelta(days=365)
        found = signals.find(session, OVERSIGHT, since=since, day=day(NOW)).items
        assert {one.sign for one in found} == {Sign.SPLIT, Sign.EMPTY, Sign.BULK, Sign.BRIEF}
        corrected = day(NOW) - timedelta(days=190)
        now = openness.rates(session, as_of=corrected).counts
        then = openness.rates(
            session, as_of=corrected, recorded_before=NOW - timedelta(days=20)
        ).counts
        assert now.opened == then.opened - 1
        assert session.query(Snapshot).count() >= 6
        assert session.query(DatasetFact).count() > 300


def test_the_trail_of_the_play_holds(city):
    with city.database.read() as session:
        assert audit.verify(session, SYSTEM).broken_at is None
