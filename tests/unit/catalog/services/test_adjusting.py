"""What an adjustment does to entries: stale editions, policies, tasks, scopes by element, terms, rates."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from catalog.errors import Conflict, Forbidden, Invalid, NotFound
from catalog.models import Dataset, DatasetFact, ListTask
from catalog.services import (
    exemptions,
    facts,
    item_exceptions,
    list_effects,
    list_preview,
    list_tasks,
    matching,
    negative_list,
    openness,
    releasing,
    trail,
)
from catalog.services.negative_list import Terms
from schemas.vocabularies import DatasetState, Openness, Role
from tests.common import lists
from tests.common.lists import World, add_item, adding, adopt, person, published

TODAY = date(2026, 11, 23)


def draft(world: World, *changes: dict[str, Any], policy: str = "review", **values: Any) -> str:
    return negative_list.draft(
        world.session, world.keeper, changes=changes, reason="清理", now=world.now,
        terms=Terms(policy=policy), **values,
    ).id  # fmt: skip


def approve(world: World, drafted: str, now: datetime | None = None) -> Any:
    return negative_list.approve(
        world.session, world.administrator, drafted, now=now or world.now, calendar=world.calendar
    )


def waiting(world: World) -> list[tuple[str, str, str]]:
    found = list_tasks.waiting(world.session, Dataset.unit_id == world.unit.id)
    return [(one.dataset.slug, one.field, one.kind) for one in found]


def test_a_draft_against_a_stale_edition_is_refused_and_its_drafter_renews_it(world: World) -> None:
    late = draft(world, adding(name="晚到的事项"))
    add_item(world, name="先到的事项")
    with pytest.raises(Conflict) as error:
        approve(world, late)
    assert error.value.code == "stale-edition"
    assert len(negative_list.editions(world.session)) == 1
    preview = list_preview.preview(world.session, world.administrator, late, world.now)
    assert preview.stale
    with pytest.raises(Forbidden):
        negative_list.renew(world.session, world.other_keeper, late, now=world.now)
    negative_list.renew(world.session, world.keeper, late, now=world.now)
    newest = negative_list.edition(world.session, approve(world, late).consequences["edition"])
    assert [one["name"] for one in newest.content] == ["先到的事项", "晚到的事项"]
    with pytest.raises(Conflict):
        negative_list.renew(world.session, world.keeper, late, now=world.now)


def test_an_unknown_policy_is_refused(world: World) -> None:
    with pytest.raises(Invalid) as error:
        draft(world, adding(), policy="shout")
    assert set(error.value.fields) == {"policy"}


def test_newly_exempt_entries_stay_open_and_wait_for_their_unit(world: World) -> None:
    entry = published(world, theme="社会保障")
    published(world, theme="交通运输")
    adopted = approve(world, draft(world, adding(scope={"themes": ["社会保障"]})))
    assert adopted.consequences["reached"] == 1
    assert entry.state == DatasetState.PUBLISHED
    assert waiting(world) == [(entry.slug, "", "reached")]
    task = world.session.scalars(select(ListTask)).one()
    with pytest.raises(Invalid):
        list_tasks.settle(world.session, world.editor, task.id, reason=" ", now=world.now)
    list_tasks.settle(world.session, world.editor, task.id, reason="已脱敏", now=world.now)
    assert waiting(world) == []
    with pytest.raises(Conflict):
        list_tasks.settle(world.session, world.editor, task.id, reason="再次", now=world.now)


@pytest.mark.parametrize(
    ("policy", "state", "openness_"),
    [("suspend", "suspended", "unconditional"), ("withdraw", "withdrawn", "withheld")],
)
def test_newly_exempt_entries_are_suspended_or_withdrawn_by_policy(
    world: World, policy: str, state: str, openness_: str
) -> None:
    entry = published(world, theme="社会保障")
    later = world.now + timedelta(days=2)
    drafted = draft(world, adding(scope={"themes": ["社会保障"]}), policy=policy)
    adopted = approve(world, drafted, later)
    assert (entry.state, entry.openness) == (state, openness_)
    number = adopted.changes[0]["number"]
    assert facts.links(world.session, entry.id) == ({"": [number]} if policy == "withdraw" else {})
    rows = world.session.scalars(
        select(DatasetFact)
        .where(DatasetFact.dataset_id == entry.id, DatasetFact.superseded_at.is_(None))
        .order_by(DatasetFact.valid_from)
    ).all()
    assert [(one.state, one.valid_from) for one in rows] == [
        ("published", TODAY), (state, date(2026, 11, 25)),
    ]  # fmt: skip
    tags = [one.tag for one in trail.of_subject(world.session, "dataset", entry.slug)]
    world.session.commit()
    tags = [one.tag for one in trail.of_subject(world.session, "dataset", entry.slug)]
    assert tags[0] == f"dataset:{state}"


def test_where_only_a_field_is_exempt_the_entry_is_suspended_not_withdrawn(world: World) -> None:
    entry = published(world, fields={"手机号": "unconditional", "年份": "unconditional"})
    approve(world, draft(world, adding(scope={"elements": ["个人电话号码"]}), policy="withdraw"))
    assert entry.state == DatasetState.SUSPENDED
    assert waiting(world) == [(entry.slug, "手机号", "reached")]


def test_an_adjustment_of_a_later_day_reaches_entries_on_that_day(world: World) -> None:
    entry = published(world, theme="社会保障")
    turn = TODAY + timedelta(days=9)
    drafted = draft(
        world, adding(scope={"themes": ["社会保障"]}), policy="suspend", effective_on=turn
    )
    approve(world, drafted)
    assert entry.state == DatasetState.PUBLISHED
    early = world.now + timedelta(days=5)
    assert list_effects.reach_due(world.session, world.administrator, now=early) == 0
    late = world.now + timedelta(days=9)
    assert list_effects.reach_due(world.session, world.administrator, now=late) == 1
    assert entry.state == DatasetState.SUSPENDED
    assert list_effects.reach_due(world.session, world.administrator, now=late) == 0


def test_a_later_change_of_wording_does_nothing_to_what_the_item_reached_before(
    world: World,
) -> None:
    entry = published(world, theme="社会保障")
    number = approve(world, draft(world, adding(scope={"themes": ["社会保障"]}))).changes[0][
        "number"
    ]
    assert entry.state == DatasetState.PUBLISHED, "its unit decides"
    amend = {"kind": "amend", "number": number, "item": {"public_wording": "另一种表述"}}
    drafted = draft(world, amend, policy="withdraw", effective_on=TODAY + timedelta(days=1))
    assert list_preview.preview(world.session, world.keeper, drafted, world.now).reached_total == 0
    approve(world, drafted)
    for days in (1, 2):
        list_effects.reach_due(
            world.session, world.administrator, now=world.now + timedelta(days=days)
        )
    assert entry.state == DatasetState.PUBLISHED


def test_an_item_that_begins_later_does_not_hold_up_the_others(world: World) -> None:
    soon = published(world, theme="社会保障")
    late = published(world, theme="交通运输")
    begins = TODAY + timedelta(days=500)
    drafted = draft(
        world,
        adding(scope={"themes": ["社会保障"]}),
        adding(
            name="另一项",
            scope={"themes": ["交通运输"]},
            valid_from=begins.isoformat(),
            review_by="2029-06-30",
        ),
        policy="suspend",
    )
    adopted = approve(world, drafted)
    assert (soon.state, late.state) == ("suspended", "published")
    then = world.now + timedelta(days=500)
    before = then - timedelta(days=1)
    assert list_effects.reach_due(world.session, world.administrator, now=before) == 0
    assert list_effects.reach_due(world.session, world.administrator, now=then) == 1
    assert late.state == DatasetState.SUSPENDED
    assert adopted.consequences["reached"] == 2


def test_an_item_that_was_ended_before_its_day_reaches_nothing(world: World) -> None:
    entry = published(world, theme="社会保障")
    begins = TODAY + timedelta(days=9)
    change = adding(scope={"themes": ["社会保障"]}, valid_from=begins.isoformat())
    number = approve(world, draft(world, change, policy="withdraw")).changes[0]["number"]
    approve(world, draft(world, {"kind": "repeal", "number": number}, effective_on=begins))
    list_effects.reach_due(world.session, world.administrator, now=world.now + timedelta(days=9))
    assert entry.state == DatasetState.PUBLISHED


def test_an_entry_of_a_repealed_item_is_on_the_list_of_its_unit_until_it_is_assessed(
    world: World,
) -> None:
    number = add_item(world)
    entry = lists.add_dataset(
        world.session, world.unit, world.now, openness=Openness.WITHHELD, withheld_by={number}
    )
    adopt(world, {"kind": "repeal", "number": number})
    assert waiting(world) == [(entry.slug, "", "uncovered")]
    task = world.session.scalars(select(ListTask)).one()
    with pytest.raises(Conflict) as error:
        list_tasks.settle(world.session, world.editor, task.id, reason="算了", now=world.now)
    assert error.value.code == "still-unassessed"
    releasing.release_uncovered(world.session, world.administrator, now=world.now)
    assert len(waiting(world)) == 1
    entry.openness = Openness.UNCONDITIONAL
    world.session.flush()
    assert waiting(world) == []


def test_a_repealed_item_cannot_close_anything_any_more(world: World) -> None:
    number = add_item(world)
    adopt(world, {"kind": "repeal", "number": number})
    entry = lists.add_dataset(world.session, world.unit, world.now)
    with pytest.raises(Invalid):
        exemptions.check_cover(world.session, entry, "", {number}, TODAY)
    assert facts.links(world.session, entry.id) == {}


def test_tasks_of_another_unit_are_not_there(world: World) -> None:
    entry = published(world, theme="社会保障")
    entry.state, entry.published_at = DatasetState.DRAFT, None
    world.session.add(
        ListTask(dataset_id=entry.id, kind="uncovered", item_number="NL-1", opened_at=world.now)
    )
    world.session.flush()
    stranger = person(
        world.session, "stranger", Role.EDITOR, world.now, lists.add_unit(world.session, world.now)
    )
    with pytest.raises(NotFound):
        list_tasks.get(world.session, stranger, 1)


def test_the_preview_says_the_rates_before_and_after(world: World) -> None:
    number = add_item(world)
    lists.add_dataset(
        world.session, world.unit, world.now, openness=Openness.WITHHELD, withheld_by={number}
    )
    published(world, theme="社会保障")
    drafted = draft(
        world,
        {"kind": "repeal", "number": number},
        adding(scope={"themes": ["社会保障"]}),
        policy="withdraw",
    )
    seen = list_preview.preview(world.session, world.administrator, drafted, world.now)
    told = {one.name: (one.before, one.after) for one in seen.rates}
    assert (seen.released_total, seen.reached_total) == (1, 1)
    approve(world, drafted)
    after = openness.rates(world.session, as_of=TODAY)
    assert told["unit"][1] == after.unit_rate["all"]
    assert told["all"][1] == after.data_rate["all"]
    assert told["due"][1] == after.data_rate["due"]
    assert told["all"][0].n == 1


def test_a_scope_by_element_closes_a_field_whatever_its_header_says(world: World) -> None:
    number = add_item(
        world, scope={"elements": ["公民身份号码", "administrative-penalty/违法事实"]}
    )
    entry = lists.add_dataset(
        world.session,
        world.unit,
        world.now,
        fields={"证件号码": "unassessed", "处罚事由": "unassessed", "年份": "unassessed"},
    )
    for name in ("证件号码", "处罚事由"):
        exemptions.check_cover(world.session, entry, name, {number}, TODAY)
    for name in ("年份", ""):
        with pytest.raises(Invalid):
            exemptions.check_cover(world.session, entry, name, {number}, TODAY)


def test_a_scope_by_entries_shows_the_public_only_how_many(world: World) -> None:
    entry = lists.add_dataset(world.session, world.unit, world.now)
    drafted = negative_list.draft(
        world.session,
        world.administrator,
        changes=[adding(scope={"entries": [entry.code]})],
        reason="清理",
        now=world.now,
    )
    negative_list.approve(
        world.session, world.keeper, drafted.id, now=world.now, calendar=world.calendar
    )
    exemptions.check_cover(world.session, entry, "", {"NL-001"}, TODAY)
    assert negative_list.edition(world.session, 1).content[0]["scope"] == {"entries_named": 1}
    for scope in ({"entries": ["没有"]}, {"elements": ["没有"]}, {"entries": [entry.code]}):
        with pytest.raises(Invalid) as error:
            draft(world, adding(scope=scope))  # a keeper knows of public entries only
        assert list(error.value.fields) == [f"changes.0.item.scope.{next(iter(scope))}"]


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"ground": "15-2", "secrecy": "secret"}, "secrecy"),
        ({"ground": "15-2", "declassify_on": "2028-01-01"}, "declassify_on"),
        (
            {"ground": "14-1", "secrecy": "confidential", "declassify_on": "2037-01-01"},
            "declassify_on",
        ),
        ({"ground": "14-1", "declassify_on": "2026-11-23"}, "declassify_on"),
        ({"ground": "14-1", "secrecy": "loud"}, "secrecy"),
        ({"details": {"content": "x"}}, "details.content"),
    ],
)
def test_unsound_terms_of_a_secret_are_refused(
    world: World, values: dict[str, Any], place: str
) -> None:
    with pytest.raises(Invalid) as error:
        draft(world, adding(**values))
    assert list(error.value.fields) == [f"changes.0.item.{place}"]


def test_a_state_secret_lapses_with_its_term_and_its_class_stays_internal(world: World) -> None:
    number = add_item(
        world, ground="14-1", secrecy="secret", declassify_on="2027-02-01", declassify_when="公布时",
        review_by="2027-01-10",
    )  # fmt: skip
    item = negative_list.item(world.session, number, TODAY)
    assert item is not None
    assert item.valid_to == date(2027, 2, 1)
    assert "secret" not in str(negative_list.edition(world.session, 1).content)
    assert negative_list.view(world.session, world.keeper, item, TODAY)["secrecy"] == "secret"
    assert "secrecy" not in negative_list.view(world.session, world.editor, item, TODAY)


def exception(world: World, entry: Dataset, **given: Any) -> Any:
    values = {
        "item": "NL-001", "kind": "consent", "given_by": "某公司", "given_on": TODAY, "reason": "书面同意",
        **given,
    }  # fmt: skip
    return item_exceptions.record(world.session, world.editor, entry.slug, values, now=world.now)


def test_a_consent_opens_what_article_15_closes_when_another_person_confirms(world: World) -> None:
    number = add_item(world)
    entry = lists.add_dataset(
        world.session,
        world.unit,
        world.now,
        openness=Openness.WITHHELD,
        withheld_by={number},
        fields={"姓名": "withheld"},
    )
    facts.link(world.session, entry.id, "姓名", {number}, world.now)
    made = exception(world, entry)
    with pytest.raises(Forbidden):
        item_exceptions.confirm(world.session, world.editor, made.id, now=world.now)
    reviewer = person(world.session, "reviewer", Role.REVIEWER, world.now, world.unit)
    item_exceptions.confirm(world.session, reviewer, made.id, now=world.now)
    assert (entry.openness, entry.fields[0].openness) == ("unassessed", "unassessed")
    assert facts.links(world.session, entry.id) == {}
    assert {kind for _, _, kind in waiting(world)} == {"excepted"}
    with pytest.raises(Invalid):
        exemptions.check_cover(world.session, entry, "", {number}, TODAY)
    assert matching.for_entry(world.session, entry, TODAY) == []
    with pytest.raises(Conflict):
        item_exceptions.confirm(world.session, reviewer, made.id, now=world.now)
    item_exceptions.end(world.session, reviewer, made.id, now=world.now)
    exemptions.check_cover(world.session, entry, "", {number}, TODAY)


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"item": "NL-404"}, "item"),
        ({"item": "NL-002"}, "item"),
        ({"kind": "rumour"}, "kind"),
        ({"given_on": date(2027, 1, 1)}, "given_on"),
        ({"given_on": None}, "given_on"),
        ({"given_by": ""}, "given_by"),
        ({"reason": "长" * 2001}, "reason"),
        ({"field": "没有"}, "field"),
    ],
)
def test_an_unsound_exception_is_refused(world: World, given: dict[str, Any], place: str) -> None:
    add_item(world)
    add_item(world, name="内部", ground="16-1", reason="理由")
    entry = lists.add_dataset(world.session, world.unit, world.now)
    with pytest.raises(Invalid) as error:
        exception(world, entry, **given)
    assert list(error.value.fields) == [place]
    assert item_exceptions.listed(world.session, world.editor) == []
