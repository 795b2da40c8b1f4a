"""Items and guidelines that still name a unit which has left the roster."""

from datetime import date, timedelta

from catalog.models import Unit
from catalog.services import departed_units, duties, facts, guides
from catalog.services.duties import View
from catalog.settings import Settings
from schemas.vocabularies import DutyKind
from tests.common.lists import World, add_item, add_unit

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
