"""Entries that the list closes: covered, released when an item ends, never closed without one."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.errors import Invalid
from catalog.models import (
    AuditEvent,
    Dataset,
    DatasetFact,
    DatasetRevision,
    SearchChange,
    Unit,
)
from catalog.services import exemptions, facts, list_preview, negative_list, releasing
from schemas.vocabularies import DatasetState, Openness
from tests.common import lists
from tests.common.lists import World, add_item, adding, adopt

TODAY = date(2026, 11, 23)


def closed_entry(world: World, number: str, **values: Any) -> Dataset:
    """A withheld entry whose field is closed, too."""
    dataset = lists.add_dataset(
        world.session, world.unit, world.now, openness=Openness.WITHHELD, withheld_by={number},
        fields={"姓名": "withheld", "年份": "unconditional"}, **values,
    )  # fmt: skip
    facts.link(world.session, dataset.id, "姓名", {number}, world.now)
    return dataset


def test_repeal_makes_entries_without_another_item_unassessed_everywhere(world: World) -> None:
    session = world.session
    number, other = add_item(world), add_item(world, name="另一事项")
    lonely, kept = closed_entry(world, number), closed_entry(world, number)
    facts.link(session, kept.id, "", {number, other}, world.now)
    later = world.now + timedelta(days=10)
    session.commit()
    events = session.scalar(select(func.count()).select_from(AuditEvent))
    adopted = adopt(world, {"kind": "repeal", "number": number}, now=later)
    assert adopted.consequences["released"] == 3
    assert lonely.openness == Openness.UNASSESSED
    assert [field.openness for field in lonely.fields] == ["unassessed", "unconditional"]
    assert kept.openness == Openness.WITHHELD
    assert kept.fields[0].openness == Openness.UNASSESSED
    assert facts.links(session, lonely.id) == {}
    assert facts.links(session, kept.id) == {"": [other]}
    revision = session.scalars(
        select(DatasetRevision).where(DatasetRevision.dataset_id == lonely.id)
    ).one()
    assert revision.before["withheld_by"] == [number]
    assert revision.after["openness"] == "unassessed"
    fact = session.scalars(
        select(DatasetFact).where(
            DatasetFact.dataset_id == lonely.id,
            DatasetFact.superseded_at.is_(None),
            DatasetFact.valid_to.is_(None),
        )
    ).one()
    assert (fact.openness, fact.valid_from) == ("unassessed", date(2026, 12, 3))
    assert session.scalar(
        select(func.count()).select_from(SearchChange).where(SearchChange.dataset_id == lonely.id)
    )
    session.commit()
    assert (session.scalar(select(func.count()).select_from(AuditEvent)) or 0) == (events or 0) + 4


def test_an_item_that_lapses_by_itself_is_released_by_the_daily_look(world: World) -> None:
    number = add_item(world, valid_to="2026-12-01")
    dataset = closed_entry(world, number)
    early = releasing.release_uncovered(world.session, world.administrator, now=world.now)
    assert (early, dataset.openness) == ([], Openness.WITHHELD)
    later = world.now + timedelta(days=8)
    found = releasing.release_uncovered(world.session, world.administrator, now=later)
    assert {loss.field for loss in found} == {"", "姓名"}
    assert dataset.openness == Openness.UNASSESSED
    assert releasing.release_uncovered(world.session, world.administrator, now=later) == []


def test_narrowing_a_scope_releases_what_falls_outside(world: World) -> None:
    number = add_item(world)
    inside = closed_entry(world, number, theme="社会保障")
    outside = closed_entry(world, number, theme="交通运输")
    adopt(world, {"kind": "amend", "number": number, "item": {"scope": {"themes": ["社会保障"]}}})
    assert (inside.openness, outside.openness) == (Openness.WITHHELD, Openness.UNASSESSED)


def test_preview_shows_what_would_follow_and_counts_what_the_actor_may_not_see(
    world: World, session: Session
) -> None:
    number = add_item(world)
    closed_entry(world, number)
    public = lists.add_dataset(
        session, world.unit, world.now, state=DatasetState.PUBLISHED, theme="社会保障"
    )
    drafted = negative_list.draft(
        session, world.keeper, reason="理由", now=world.now,
        changes=[
            {"kind": "open", "number": number},
            adding(name="新事项", scope={"units": [world.unit.code], "themes": ["社会保障"]}),
        ],
    )  # fmt: skip
    whole = list_preview.preview(session, world.administrator, drafted.id, world.now)
    assert [field for _, field in whole.released] == ["", "姓名"]
    assert [dataset.slug for dataset, _ in whole.reached] == [public.slug]
    assert whole.hidden == 0
    partial = list_preview.preview(session, world.keeper, drafted.id, world.now)
    assert (partial.released, len(partial.reached), partial.hidden) == ((), 1, 2)
    assert negative_list.in_force(session, TODAY)[0].number == number


def test_a_new_field_scope_reaches_open_fields_only(world: World, session: Session) -> None:
    lists.add_dataset(
        session, world.unit, world.now, state=DatasetState.PUBLISHED,
        fields={"手机号": "unconditional", "电话": "withheld", "年份": "unconditional"},
    )  # fmt: skip
    drafted = negative_list.draft(
        session, world.keeper, reason="理由", now=world.now,
        changes=[adding(scope={"fields": ["手机号", "电话"]})],
    )  # fmt: skip
    seen = list_preview.preview(session, world.administrator, drafted.id, world.now)
    assert [field for _, field in seen.reached] == ["手机号"]


def test_only_an_item_in_force_that_covers_it_closes_an_entry(world: World, unit: Unit) -> None:
    session = world.session
    whole, fields = add_item(world), add_item(world, scope={"fields": ["姓名"]})
    elsewhere = add_item(world, scope={"units": [unit.code]})
    future = add_item(world, name="将来的事项", valid_from="2027-01-01")
    dataset = lists.add_dataset(session, world.unit, world.now, fields={"姓名": "unassessed"})
    exemptions.check_cover(session, dataset, None, {whole}, TODAY)
    exemptions.check_cover(session, dataset, "", {whole}, TODAY)
    exemptions.check_cover(session, dataset, "姓名", {fields, whole}, TODAY)
    for field, numbers in (
        (None, set()), (None, {fields}), (None, {elsewhere}), (None, {future}), (None, {"NL-404"}),
        ("年份", {fields}), (None, {whole, "NL-404"}),
    ):  # fmt: skip
        with pytest.raises(Invalid) as error:
            exemptions.check_cover(session, dataset, field, numbers, TODAY)
        assert set(error.value.fields) == {"withheld_by"}


@pytest.fixture
def unit(world: World) -> Unit:
    return lists.add_unit(world.session, world.now)


def test_what_is_closed_without_an_item_keeps_the_gate_shut(world: World) -> None:
    number = add_item(world, valid_to="2026-12-01")
    dataset = closed_entry(world, number)
    assert exemptions.uncovered(world.session, dataset, TODAY) == []
    places = [one.place for one in exemptions.uncovered(world.session, dataset, date(2026, 12, 1))]
    assert places == ["withheld_by", "fields.姓名"]
