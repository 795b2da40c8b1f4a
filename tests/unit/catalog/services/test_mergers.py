"""What a merged unit held counts for its successor from the day of the merger on."""

from datetime import date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from catalog.auth import SYSTEM
from catalog.errors import Invalid
from catalog.models import Unit
from catalog.services import (
    directory,
    exemptions,
    facts,
    matching,
    mergers,
    openness,
    openness_ledger,
    reaching,
    releasing,
    units,
)
from catalog.services.openness import Rate, Within
from schemas.vocabularies import DatasetState, Openness
from tests.common import lists
from tests.common.lists import add_dataset, add_unit


def test_a_merger_said_late_corrects_the_days_since_and_no_others(
    session: Session, now: datetime
) -> None:
    old, new = add_unit(session, now, name="旧局"), add_unit(session, now, name="新局")
    add_dataset(session, old, now, state=DatasetState.PUBLISHED)
    add_dataset(session, new, now)
    day, said = date(2026, 12, 10), now + timedelta(days=30)
    given = {"roster_to": day.isoformat(), "successor": new.code}
    units.amend(session, SYSTEM, old.code, given, expected=None, now=said)

    def held(on: date, **known: datetime) -> dict[str, Rate]:
        return {one.name: one.data_rate["all"] for one in openness.by_unit(session, on, **known)}

    assert held(day - timedelta(days=1)) == {"旧局": Rate(1, 1), "新局": Rate(0, 1)}
    assert held(day) == {"新局": Rate(1, 2)}
    assert held(day, recorded_before=said) == {"旧局": Rate(1, 1), "新局": Rate(0, 1)}
    before = openness.rates(session, as_of=day, recorded_before=said)
    after = openness.rates(session, as_of=day)
    assert (before.roster, before.unit_rate["all"]) == (2, Rate(1, 2))
    assert (after.roster, after.unit_rate["all"]) == (1, Rate(1, 1))


def test_a_merger_to_come_is_carried_out_on_its_day(session: Session, now: datetime) -> None:
    old, new = add_unit(session, now), add_unit(session, now)
    dataset = add_dataset(session, old, now)
    given = {"roster_to": "2026-12-10", "successor": new.code}
    units.amend(session, SYSTEM, old.code, given, expected=None, now=now)
    assert mergers.hand_over_due(session, SYSTEM, now=now + timedelta(days=16)) == 0
    assert dataset.unit_id == old.id
    assert mergers.hand_over_due(session, SYSTEM, now=now + timedelta(days=17)) == 1
    assert dataset.unit_id == new.id
    assert mergers.hand_over_due(session, SYSTEM, now=now + timedelta(days=18)) == 0


def test_many_entries_go_over_by_as_few_statements_as_one(session: Session, now: datetime) -> None:
    counts = []
    for entries in (1, 40):
        old, new = add_unit(session, now), add_unit(session, now)
        datasets = [add_dataset(session, old, now) for _ in range(entries)]
        session.commit()
        given = {"roster_to": "2026-12-10", "successor": new.code}
        units.amend(session, SYSTEM, old.code, given, expected=None, now=now)
        said: list[str] = []
        noted = partial(_note, said)
        engine = session.connection().engine
        event.listen(engine, "before_cursor_execute", noted)
        assert mergers.hand_over_due(session, SYSTEM, now=now + timedelta(days=30)) == entries
        event.remove(engine, "before_cursor_execute", noted)
        counts.append(len(said))
        for dataset in datasets:
            assert dataset.unit_id == new.id
            [revision] = directory.history(session, SYSTEM, dataset.slug)
            assert revision.after == {"unit": new.code}
        rates = {
            one.key: one.counts.entries for one in openness.by_unit(session, date(2026, 12, 10))
        }
        assert (rates.get(old.code, 0), rates[new.code]) == (0, entries)
    assert counts[0] == counts[1]


def _note(
    said: list[str], _connection: object, _cursor: object, statement: str, *_more: object
) -> None:
    said.append(statement)


def merge(session: Session, old: Unit, new: Unit, now: datetime) -> None:
    """The old unit leaves the roster today and its entries go over."""
    given = {"roster_to": facts.day(now).isoformat(), "successor": new.code}
    units.amend(session, SYSTEM, old.code, given, expected=None, now=now)


def test_what_an_item_of_the_old_unit_closed_stays_closed_after_two_mergers(
    session: Session, now: datetime
) -> None:
    world = lists.make_world(session, now)
    old, new, last = (add_unit(session, now, name=name) for name in ("旧局", "新局", "大局"))
    number = lists.add_item(world, scope={"units": [old.code]})
    closed = add_dataset(
        session, old, now, openness=Openness.WITHHELD, withheld_by={number},
        fields={"姓名": "withheld", "年份": "unconditional"},
    )  # fmt: skip
    facts.link(session, closed.id, "姓名", {number}, now)
    own = add_dataset(session, new, now, openness=Openness.WITHHELD, withheld_by={number})
    for days, (one, other) in ((1, (old, new)), (5, (new, last))):
        at = now + timedelta(days=days)
        merge(session, one, other, at)
        released = releasing.release_uncovered(session, SYSTEM, now=at + timedelta(days=1))
        # The entry that was the successor's own was never the item's to close.
        assert {one.dataset_id for one in released} <= {own.id}
        assert closed.unit_id == other.id
        assert closed.openness == Openness.WITHHELD
        assert facts.links(session, closed.id) == {"": [number], "姓名": [number]}
        assert exemptions.uncovered(session, closed, facts.day(at)) == []
        mismatches = matching.closed_without_cover(session, world.administrator, facts.day(at))
        assert closed.slug not in {one.slug for one in mismatches.lines}
        after = facts.day(at) + timedelta(days=1)
        classes = {one.key: one.classes for one in openness.by_unit(session, after)}
        assert classes[other.code]["withheld"] == 1
    assert own.openness == Openness.UNASSESSED


def test_an_item_of_the_old_unit_reaches_what_came_over_and_nothing_else_of_the_successor(
    session: Session, now: datetime
) -> None:
    world = lists.make_world(session, now)
    old, new = add_unit(session, now, name="旧局"), add_unit(session, now, name="新局")
    number = lists.add_item(world, scope={"units": [old.code]})
    came = add_dataset(session, old, now, state=DatasetState.PUBLISHED)
    own = add_dataset(session, new, now, state=DatasetState.PUBLISHED)
    at = now + timedelta(days=3)
    merge(session, old, new, at)
    later = add_dataset(session, new, at, state=DatasetState.PUBLISHED)
    day = facts.day(at)
    found = matching.open_but_covered(session, world.administrator, day)
    assert [(one.slug, one.items) for one in found.lines] == [(came.slug, (number,))]
    assert [one.number for one in matching.for_entry(session, came, day)] == [number]
    exemptions.check_cover(session, came, None, [number], day)
    for one in (own, later):
        assert matching.for_entry(session, one, day) == []
        with pytest.raises(Invalid):
            exemptions.check_cover(session, one, None, [number], day)
    widened = {"units": [old.code, new.code]}
    reached = reaching.reached(session, number, widened, {"units": [old.code]})
    assert {one.dataset_id for one in reached} == {own.id, later.id}


def test_units_do_not_take_over_from_each_other_in_a_circle(
    session: Session, now: datetime
) -> None:
    one, other = add_unit(session, now), add_unit(session, now)
    units.amend(session, SYSTEM, one.code, {"successor": other.code}, expected=None, now=now)
    with pytest.raises(Invalid) as refused:
        units.amend(session, SYSTEM, other.code, {"successor": one.code}, expected=None, now=now)
    assert list(refused.value.fields) == ["successor"]


def test_kind_region_and_superior_are_those_of_the_day(session: Session, now: datetime) -> None:
    above = add_unit(session, now, name="上级")
    unit = add_unit(session, now, name="本局", region="110101", parent_id=above.id)
    add_dataset(session, unit, now, state=DatasetState.PUBLISHED)
    later = now + timedelta(days=10)
    units.amend(
        session, SYSTEM, unit.code, {"region": "110102", "parent": "", "kind": "institution"},
        expected=None, now=later,
    )  # fmt: skip
    then, today = now.date() + timedelta(days=5), later.date() + timedelta(days=1)
    for day, region, departments, parent in (
        (then, "110101", 2, above.code), (today, "110102", 1, ""),
    ):  # fmt: skip
        regions = {one.key: one.data_rate["all"] for one in openness.by_region(session, day)}
        assert regions[region] == Rate(1, 1)
        assert openness.rates(session, as_of=day).unit_rate["departments"].d == departments
        found = openness.of_unit(session, unit.code, day)
        assert found is not None
        assert (found.parent, found.region) == (parent, region)
    summed = {
        one.name: one.data_rate["all"]
        for one in openness.by_unit(session, then, with_subordinates=True)
    }
    assert summed == {"上级": Rate(1, 1), "本局": Rate(1, 1)}
    parts = [Within(region=region) for region in ("110101", "110102", "")]
    parts += [Within(under=above.code), Within("110101", above.code), Within(under=unit.code)]
    for from_ledger in (False, True):
        assert openness_ledger.readable(session) == from_ledger
        for part in parts:
            for point in openness.trend(session, then, then + timedelta(days=80), within=part):
                day = openness.rates(session, as_of=point.day, within=part)
                assert point.counts == day.counts
                assert point.unit_rate == day.unit_rate["all"]
                assert point.verified_unit_rate == day.verified_unit_rate["all"]
        session.commit()
    moved = openness.trend(session, then, today, within=Within(region="110101"))
    assert [point.unit_rate for point in moved] == [Rate(1, 1), Rate(0, 0)]
