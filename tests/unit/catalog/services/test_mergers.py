"""What a merged unit held counts for its successor from the day of the merger on."""

from datetime import date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from catalog.auth import SYSTEM
from catalog.errors import Invalid
from catalog.services import directory, mergers, openness, units
from catalog.services.openness import Rate
from schemas.vocabularies import DatasetState
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
