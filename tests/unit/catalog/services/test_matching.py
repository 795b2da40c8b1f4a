"""Entries and items matched both ways: what an item would close, and where the two disagree."""

from datetime import date

from catalog.models import ExemptionLink
from catalog.services import (
    matching,
)
from catalog.services.item_scopes import Place
from schemas.vocabularies import Openness
from tests.common import lists
from tests.common.lists import World, add_item, published

TODAY = date(2026, 11, 23)


def test_closures_are_proposed_by_name_element_and_scope_and_applied_by_nobody(
    world: World,
) -> None:
    named = add_item(world, scope={"fields": ["缴费基数"]})
    element = add_item(world, name="证件", scope={"elements": ["citizen-id"]})
    themed = add_item(world, name="主题", ground="14-3b", scope={"themes": ["社会保障"]})
    general = add_item(world, name="隐私")
    entry = lists.add_dataset(
        world.session,
        world.unit,
        world.now,
        theme="社会保障",
        fields={
            "缴费基数": "unassessed",
            "身份证号": "unconditional",
            "住址": "withheld",
            "年份": "unassessed",
        },
    )
    found = matching.for_entry(world.session, entry, TODAY)
    assert {(one.number, one.field, one.by, one.evidence) for one in found} == {
        (named, "缴费基数", "name", "缴费基数"),
        (element, "身份证号", "element", "citizen-id"),
        (general, "身份证号", "element", "citizen-id"),
        (themed, "", "scope", ""),
    }
    assert [field.openness for field in entry.fields] == [
        "unassessed", "unconditional", "withheld", "unassessed",
    ]  # fmt: skip
    schema = [{"name": "sfz", "title": "身份证号码"}, {"name": "x"}, {"bad": 1}]
    proposed = matching.for_schema(world.session, Place("", "", ""), schema, TODAY)
    assert {(one.number, one.field) for one in proposed} == {(element, "sfz"), (general, "sfz")}


def test_both_kinds_of_disagreement_are_listed_for_those_who_may_know(world: World) -> None:
    number = add_item(world, scope={"themes": ["社会保障"]})
    open_entry = published(world, theme="社会保障")
    closed = lists.add_dataset(
        world.session, world.unit, world.now, openness=Openness.WITHHELD, theme="交通运输"
    )
    world.session.add(
        ExemptionLink(
            dataset_id=closed.id,
            field="",
            item_number=number,
            valid_from=TODAY,
            recorded_at=world.now,
        )
    )
    world.session.flush()
    covered = matching.open_but_covered(world.session, world.administrator, TODAY)
    assert [(one.slug, one.items) for one in covered.lines] == [(open_entry.slug, (number,))]
    bare = matching.closed_without_cover(world.session, world.administrator, TODAY)
    assert [(one.slug, one.items) for one in bare.lines] == [(closed.slug, (number,))]
    assert matching.closed_without_cover(world.session, world.keeper, TODAY).total == 0
