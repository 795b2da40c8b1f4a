"""Openness rates: counts, classes, any date, the same answer again."""

from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.auth import ANONYMOUS
from catalog.errors import Invalid
from catalog.models import Dataset, DatasetFact
from catalog.services import openness
from catalog.services.openness import Narrow, Rate
from schemas.vocabularies import DatasetState, Openness, UnitKind
from tests.common.lists import World, add_dataset, add_item, add_unit, adopt

TODAY = date(2026, 11, 23)
PUBLISHED = {"state": DatasetState.PUBLISHED}


@pytest.mark.parametrize(
    ("n", "d", "shown", "reached"),
    [
        (8996, 10_000, "89.96", False),
        (89_999, 100_000, "89.99", False),
        (9, 10, "90.00", True),
        (2, 3, "66.66", False),
        (0, 7, "0.00", False),
        (7, 7, "100.00", True),
        (1, 100_000, "0.00", False),
        (0, 0, None, None),
    ],
)
def test_percentages_are_cut_and_targets_compared_exactly(
    n: int, d: int, shown: str | None, reached: bool | None
) -> None:
    assert openness.percent(n, d) == shown
    assert Rate(n, d).percent == shown
    assert openness.meets(n, d, "90/100") is reached


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 100))
def test_the_gap_is_the_least_number_that_reaches_the_target(
    n: int, d: int, hundredths: int
) -> None:
    n, target = min(n, d), Fraction(hundredths, 100)
    gap = openness.gap_to_target(n, d, target)
    if d:
        assert openness.meets(n + gap, d, target)
        assert gap == 0 or not openness.meets(n + gap - 1, d, target)
    else:
        assert gap == 0


def test_an_empty_directory_has_no_rate_rather_than_nought(session: Session) -> None:
    found = openness.rates(session, as_of=TODAY)
    assert found.edition is None
    assert all(
        rate == Rate(0, 0) for rate in (*found.unit_rate.values(), *found.data_rate.values())
    )
    assert found.data_rate["all"].percent is None
    assert openness.by_unit(session, TODAY) == []


def records(session: Session, dataset: Dataset, now: datetime, **values: int) -> None:
    """Give the fact of an entry counts that only an examination would give it."""
    fact = session.scalars(
        select(DatasetFact).where(
            DatasetFact.dataset_id == dataset.id, DatasetFact.superseded_at.is_(None)
        )
    ).one()
    for name, value in values.items():
        setattr(fact, name, value)
    session.flush()


@pytest.fixture
def city(world: World) -> World:
    """One unit with an entry of every class, one with an open one, one with none, one off the roster."""
    session, now = world.session, world.now
    number = add_item(world, valid_to="2026-12-31")
    unit = world.unit
    fields = {"甲": "unconditional", "乙": "conditional", "丙": "withheld", "丁": "unassessed"}
    first = add_dataset(session, unit, now, **PUBLISHED, theme="交通运输", fields=fields)
    records(session, first, now, records=70)
    add_dataset(session, unit, now, **PUBLISHED, openness=Openness.CONDITIONAL, theme="交通运输")
    add_dataset(session, unit, now, openness=Openness.WITHHELD, withheld_by={number})
    add_dataset(session, unit, now, openness=Openness.WITHHELD)
    add_dataset(session, unit, now, openness=Openness.UNASSESSED)
    hidden = add_dataset(session, unit, now, fields=fields)
    records(session, hidden, now, records=30)
    add_dataset(session, unit, now, state=DatasetState.RETIRED)
    add_dataset(session, unit, now, state=DatasetState.SUSPENDED, published_at=now)
    school = add_unit(session, now, kind=UnitKind.INSTITUTION, parent_id=unit.id, name="学校")
    add_dataset(session, school, now, **PUBLISHED, duplicate_of_id=first.id)
    add_dataset(session, school, now, opened_by_superior=True)
    add_unit(session, now, empty_from=date(2026, 1, 1), name="无数据单位")
    gone = add_unit(session, now, roster_to=date(2026, 6, 30), name="已撤销单位")
    add_dataset(session, gone, now, **PUBLISHED)
    return world


def test_every_entry_counts_once_and_each_base_as_defined(city: World) -> None:
    found = openness.rates(city.session, as_of=TODAY)
    assert found.classes == {
        "open": 3, "conditional": 1, "withheld": 1, "uncovered": 1, "unpublished": 3, "unassessed": 1,
    }  # fmt: skip
    assert found.data_rate == {
        "all": Rate(4, 10), "due": Rate(3, 7), "field": Rate(2, 8), "volume": Rate(70, 100),
    }  # fmt: skip
    assert found.unit_rate == {
        "all": Rate(2, 3),
        "certified": Rate(2, 2),
        "departments": Rate(1, 2),
    }
    assert (found.roster, found.edition, found.definition) == (3, 1, openness.DEFINITION)
    assert found.verified_data_rate["all"] == Rate(0, 10)
    assert found.verified_note.text


def test_an_item_that_lapses_stops_covering_on_its_day_without_any_job(city: World) -> None:
    last = openness.rates(city.session, as_of=date(2026, 12, 30)).classes
    after = openness.rates(city.session, as_of=date(2026, 12, 31)).classes
    assert (last["withheld"], last["uncovered"]) == (1, 1)
    assert (after["withheld"], after["uncovered"]) == (0, 2)


def test_before_anything_was_recorded_there_is_a_roster_but_no_directory(city: World) -> None:
    found = openness.rates(city.session, as_of=date(2026, 6, 1))
    assert found.unit_rate["all"] == Rate(0, 4)
    assert found.data_rate["all"] == Rate(0, 0)
    assert found.edition is None


def test_units_themes_and_regions_add_up_to_the_whole(city: World) -> None:
    session = city.session
    whole = openness.rates(session, as_of=TODAY)
    for groups in (
        openness.by_unit(session, TODAY),
        openness.by_theme(session, TODAY),
        openness.by_region(session, TODAY),
    ):
        for basis, rate in whole.data_rate.items():
            assert sum(one.data_rate[basis].n for one in groups) == rate.n
            assert sum(one.data_rate[basis].d for one in groups) == rate.d
        for name, count in whole.classes.items():
            assert sum(one.classes[name] for one in groups) == count
    units = {one.name: one for one in openness.by_unit(session, TODAY)}
    assert sum(one.unit_rate.n for one in units.values() if one.unit_rate and one.on_roster) == 2
    assert not units["已撤销单位"].on_roster
    for below in (False, True):
        for one in openness.by_unit(session, TODAY, with_subordinates=below):
            assert one.unit_rate is not None
            assert one.unit_rate.n <= one.unit_rate.d == int(one.on_roster), one.name
    assert units["无数据单位"].data_rate["all"] == Rate(0, 0)
    assert [one.key for one in openness.by_theme(session, TODAY)] == ["交通运输", "其他"]


@pytest.mark.parametrize("by", ["unit", "theme", "region"])
def test_the_groups_of_a_part_of_the_city_add_up_to_that_part(city: World, by: str) -> None:
    within = openness.Within(under=city.unit.code)
    part = openness.rates(city.session, as_of=TODAY, within=within)
    groups = openness.grouped(city.session, by, TODAY, within=within)
    assert sum(one.counts.entries for one in groups) == part.counts.entries == 9
    if by == "region":
        assert sum(one.unit_rate.d for one in groups if one.unit_rate) == part.roster


def test_the_history_of_one_unit_is_not_that_of_a_part_as_well(city: World) -> None:
    within = openness.Within(under=city.unit.code)
    with pytest.raises(Invalid):
        openness.trend(city.session, TODAY, TODAY, city.unit.code, within=within)


def test_a_unit_may_be_shown_with_those_below_it(city: World) -> None:
    own = {one.key: one for one in openness.by_unit(city.session, TODAY)}
    with_all = {
        one.key: one for one in openness.by_unit(city.session, TODAY, with_subordinates=True)
    }
    code = city.unit.code
    assert own[code].data_rate["all"] == Rate(2, 7)
    assert with_all[code].data_rate["all"] == Rate(3, 9)
    school = next(one for one in own.values() if one.name == "学校")
    assert school.parent == code
    assert with_all[school.key] == school


def test_the_drill_down_shows_each_entry_with_the_rule_that_classified_it(city: World) -> None:
    whole = openness.rates(city.session, as_of=TODAY)
    for klass, count in whole.classes.items():
        found = openness.entries(city.session, city.administrator, as_of=TODAY, klass=klass)
        assert (len(found.items), found.total, found.hidden) == (count, count, 0)
        assert all(entry.klass == klass and entry.rule.text for entry in found.items)
    closed = openness.entries(city.session, city.administrator, as_of=TODAY, klass="withheld")
    assert closed.items[0].items == ("NL-001",)
    by_item = openness.entries(
        city.session, city.administrator, as_of=TODAY, narrow=Narrow(item="NL-001")
    )
    assert by_item.items == closed.items
    every = openness.entries(city.session, city.administrator, as_of=TODAY, limit=500).items
    assert sum(entry.not_due is not None for entry in every) == 2


def test_entries_are_counted_only_for_who_may_see_or_count_them(city: World) -> None:
    found = openness.entries(city.session, ANONYMOUS, as_of=TODAY, limit=500)
    assert {entry.state for entry in found.items} == {"published", "suspended"}
    assert (len(found.items), found.total, found.hidden) == (5, 5, 0)
    closed = openness.entries(
        city.session, ANONYMOUS, as_of=TODAY, unit=city.unit.code, narrow=Narrow(item="NL-001")
    )
    assert (closed.total, closed.hidden) == (len(closed.items), 0)
    every = openness.entries(city.session, city.administrator, as_of=TODAY, limit=500)
    assert (every.total, every.hidden) == (10, 0)
    own = openness.entries(city.session, city.editor, as_of=TODAY, unit=city.unit.code)
    assert own.hidden == 0
    school = next(one for one in openness.by_unit(city.session, TODAY) if one.name == "学校").key
    other = openness.entries(city.session, city.editor, as_of=TODAY, unit=school)
    assert (len(other.items), other.total, other.hidden) == (1, 1, 0)


def test_pages_of_entries_follow_each_other_and_odd_questions_are_refused(city: World) -> None:
    seen: list[int] = []
    after = ""
    while True:
        part = openness.entries(city.session, city.administrator, as_of=TODAY, after=after, limit=3)
        seen += [entry.dataset.id for entry in part.items]
        after = part.next
        if not after:
            break
    assert len(seen) == len(set(seen)) == 10
    for odd in ({"klass": "shut"}, {"after": "x"}):
        with pytest.raises(Invalid):
            openness.entries(city.session, ANONYMOUS, as_of=TODAY, **odd)
    none = openness.entries(city.session, ANONYMOUS, as_of=TODAY, unit="no such unit")
    assert (none.items, none.total) == ([], 0)


def test_history_gives_month_ends_and_agrees_with_the_rates(city: World) -> None:
    series = openness.history(city.session, date(2026, 9, 5), date(2027, 1, 15))
    assert [day.isoformat() for day, _, _ in series] == [
        "2026-09-30", "2026-10-31", "2026-11-30", "2026-12-31", "2027-01-15",
    ]  # fmt: skip
    for basis in ("all", "due", "field", "volume"):
        for day, unit, data in openness.history(
            city.session, date(2026, 9, 5), date(2027, 1, 15), basis=basis
        ):
            found = openness.rates(city.session, as_of=day)
            assert (unit, data) == (found.unit_rate["all"], found.data_rate[basis])


def test_a_history_is_at_most_five_years_long(city: World) -> None:
    end = date(2026, 11, 23)
    assert len(openness.history(city.session, date(2021, 11, 23), end)) == 61
    last = date.max
    assert openness.history(city.session, last, last)[0][0] == last
    for start in (date(2021, 10, 31), date(1, 1, 1), date(2026, 11, 24)):
        with pytest.raises(Invalid) as refused:
            openness.history(city.session, start, end)
        assert list(refused.value.fields) == ["from"]


def test_a_later_repeal_is_not_yet_known_to_an_earlier_question(world: World) -> None:
    session = world.session
    number = add_item(world)
    add_dataset(session, world.unit, world.now, openness=Openness.WITHHELD, withheld_by={number})
    asked = world.now + timedelta(hours=1)
    turn = date(2026, 12, 1)
    adopt(
        world, {"kind": "repeal", "number": number},
        now=world.now + timedelta(hours=2), effective_on=turn,
    )  # fmt: skip
    assert openness.rates(session, as_of=turn).classes["withheld"] == 0
    then = openness.rates(session, as_of=turn, recorded_before=asked)
    assert (then.classes["withheld"], then.edition) == (1, 1)
