"""Items and guidelines that still name a unit which has left the roster."""

from datetime import date, timedelta

from sqlalchemy import select

from catalog.models import Membership, Request, Unit, User
from catalog.services import departed_units, duties, facts, guides, openness
from catalog.services.duties import View
from catalog.settings import Settings
from schemas.vocabularies import DatasetState, DutyKind, Role
from tests.common.lists import World, add_dataset, add_item, add_unit, person

GONE = date(2026, 12, 1)
LATER = date(2026, 12, 2)


def _merged(world: World, name: str = "市旧业管理处") -> tuple[Unit, Unit]:
    new = add_unit(world.session, world.now, name="市新业局")
    old = add_unit(world.session, world.now, name=name, roster_to=GONE, successor_id=new.id)
    world.session.flush()
    return old, new


def _keys(world: World, on: date = LATER) -> list[tuple[str, str]]:
    return [(one.kind, one.key) for one in departed_units.naming(world.session, on)]


def test_a_scope_that_names_a_merged_unit_is_owed_until_it_names_its_successor(
    world: World,
) -> None:
    old, new = _merged(world)
    add_item(world, name="甲", scope={"units": [old.code]})
    add_item(world, name="乙", scope={"units": [old.code, new.code]})
    add_item(world, name="丙", scope={"units": [new.code]})
    assert _keys(world) == [("negative", "NL-001")]
    assert _keys(world, GONE - timedelta(days=1)) == [], "it is on the roster until then"


def test_a_text_that_names_it_is_owed_too_and_a_longer_name_is_not_its(world: World) -> None:
    _merged(world, name="市图书馆")
    add_unit(world.session, world.now, name="市图书馆分馆")
    add_item(world, name="甲", public_wording="由市图书馆负责的资料")
    add_item(world, name="乙", public_wording="由市图书馆分馆负责的资料")
    assert _keys(world) == [("negative", "NL-001")]


def test_what_began_after_it_had_left_names_it_on_purpose(world: World) -> None:
    old, _ = _merged(world)
    add_item(world, name="甲", scope={"units": [old.code]}, valid_from=LATER.isoformat())
    assert _keys(world, LATER + timedelta(days=1)) == []


def test_a_guideline_that_names_it_is_owed_until_its_next_edition(world: World) -> None:
    _merged(world)
    given = {"kind": "opening", "title": "开放指引", "body": "数据交市旧业管理处汇总。",
             "effective_on": facts.day(world.now)}  # fmt: skip
    guides.draft(world.session, world.keeper, "opening", given, now=world.now)
    guides.publish(world.session, world.other_keeper, "opening", 1, now=world.now)
    assert _keys(world) == [("", "opening")]


CITY = View(None, city=True)


def _left(world: World, settings: Settings, view: View = CITY) -> list[duties.Duty]:
    found = duties.owed(world.session, view, today=LATER, settings=settings)
    return [one for one in found if one.kind == DutyKind.LEFT_BEHIND]


def test_what_a_unit_left_to_nobody_is_owed_until_somebody_takes_over(
    world: World, tmp_path
) -> None:
    settings = Settings(home=tmp_path)
    gone = add_unit(world.session, world.now, name="市旧业管理处", roster_to=GONE)
    entry = add_dataset(world.session, gone, world.now, state=DatasetState.PUBLISHED)
    add_dataset(world.session, gone, world.now, state=DatasetState.RETIRED)
    person(world.session, "old-editor", Role.EDITOR, world.now)
    user = world.session.scalars(select(User).where(User.name == "old-editor")).one()
    world.session.add(Membership(user_id=user.id, role=Role.EDITOR, unit_id=gone.id))
    asked = Request(
        number="R-1", key_hash="", kind="data", title="x", text="x", unit_id=gone.id,
        received_at=world.now, working_days=5, due_on=LATER, provisional=False,
    )  # fmt: skip
    world.session.add(asked)
    below = add_unit(world.session, world.now, name="下属站", parent_id=gone.id)
    world.session.flush()
    (one,) = _left(world, settings)
    assert (one.title, one.url, one.due_on) == (
        "市旧业管理处", f"/admin/units/{gone.code}", date(2026, 12, 15),
    )  # fmt: skip
    said = {name: one.what.params[name] for name in ("entries", "requests", "units", "roles")}
    assert said == {"entries": 1, "requests": 1, "units": 1, "roles": 1}
    assert _left(world, settings, View(frozenset({world.unit.id}), city=False)) == []
    assert departed_units.left_behind(world.session, GONE - timedelta(days=1)) == []
    entry.state, asked.state, user.active = DatasetState.RETIRED, "answered", False
    below.parent_id = None
    world.session.flush()
    assert _left(world, settings) == [], "ended, answered, dismissed and moved: nothing is owed"


def test_with_a_successor_what_cannot_go_over_by_itself_is_owed(world: World, tmp_path) -> None:
    old, new = _merged(world)
    add_unit(world.session, world.now, name="下属站", parent_id=old.id)
    world.session.flush()
    (one,) = _left(world, Settings(home=tmp_path))
    assert (one.what.params["units"], one.what.params["successor"]) == (1, new.name)


def test_an_entry_nobody_took_over_counts_by_the_roster(world: World) -> None:
    """It stays in the directory, and its unit is out of the unit rate from its last day on."""
    gone = add_unit(world.session, world.now, name="市旧业管理处", roster_to=GONE)
    add_dataset(world.session, gone, world.now, state=DatasetState.PUBLISHED)
    before = openness.rates(world.session, as_of=GONE - timedelta(days=1))
    after = openness.rates(world.session, as_of=GONE)
    assert (before.unit_rate["all"], after.unit_rate["all"]) == ((1, 2), (0, 1))
    assert before.data_rate["all"] == after.data_rate["all"] == (1, 1)
    (listed,) = [one for one in openness.by_unit(world.session, GONE) if one.key == gone.code]
    assert not listed.on_roster


def test_keepers_owe_it_within_the_days_of_a_notice(world: World, tmp_path) -> None:
    old, _ = _merged(world)
    add_item(world, name="甲", scope={"units": [old.code]})
    settings = Settings(home=tmp_path)
    owed = duties.owed(world.session, View(None, city=True), today=LATER, settings=settings)
    found = [one for one in owed if one.kind == DutyKind.DEPARTED_UNIT]
    assert [(one.due_on, one.what.params["successor"]) for one in found] == [
        (date(2026, 12, 15), "市新业局")
    ]
    units = duties.owed(
        world.session, View(frozenset({1}), city=False), today=LATER, settings=settings
    )
    assert not [one for one in units if one.kind == DutyKind.DEPARTED_UNIT]
