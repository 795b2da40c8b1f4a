"""What is owed: who sees which duty, how near it is, and what an imported calendar changes."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from catalog.auth import SYSTEM, Grant, Identity
from catalog.errors import Forbidden, Invalid
from catalog.models import DutyReminder, Job, Letter, Membership, Notice, Request, Review, User
from catalog.services import calendars, duties, facts, guides, reminders
from catalog.services.duties import View
from catalog.services.list_kinds import LIST_TYPES
from catalog.services.negative_list import Terms
from catalog.settings import Settings
from catalog.workdays import Calendar, WorkingDays, count_working_days
from schemas.vocabularies import (
    DatasetState,
    DutyKind,
    DutyStage,
    ListKind,
    Openness,
    Role,
    UpdateCycle,
)
from tests.common.lists import World, add_dataset, add_item, add_unit, adopt, person

ALL = View(None, city=True)


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path)


def owed(world: World, settings: Settings, view: View = ALL, *, days: int = 0) -> list[duties.Duty]:
    return duties.owed(
        world.session, view, today=facts.day(world.now) + timedelta(days=days), settings=settings
    )


def published(world: World, modified: date, cycle: str = UpdateCycle.MONTHLY, **values: object):
    return add_dataset(
        world.session, values.pop("unit", world.unit), world.now, state=DatasetState.PUBLISHED,
        modified=modified, update_cycle=cycle, **values,
    )  # fmt: skip


def test_every_kind_of_duty_stands_in_one_list_by_its_day(world: World, settings: Settings) -> None:
    add_item(world, review_by="2026-12-01")
    dataset = published(world, date(2026, 10, 20))
    world.session.add(
        Review(
            dataset_id=dataset.id, unit_id=world.unit.id, state="open", manifest={}, manifest_sha256="0" * 64,
            submitted_by=1, submitted_by_name="lin", submitted_at=world.now, due_on=date(2026, 11, 30),
        )
    )  # fmt: skip
    world.session.flush()
    found = owed(world, settings)
    assert [one.due_on for one in found] == sorted(one.due_on for one in found)
    assert {one.kind: one.due_on for one in found} == {
        DutyKind.UPDATE: date(2026, 11, 20), DutyKind.REVIEW: date(2026, 11, 30),
        DutyKind.ITEM_REVIEW: date(2026, 12, 1), DutyKind.NOTICE: date(2026, 12, 7),
        DutyKind.CALENDAR: date(2026, 12, 17),
    }  # fmt: skip
    stages = {one.kind: (one.stage, one.days) for one in found}
    assert stages[DutyKind.UPDATE] == (DutyStage.OVERDUE, -1)
    assert stages[DutyKind.NOTICE] == (DutyStage.OPEN, 10)
    later = {one.kind: one.stage for one in owed(world, settings, days=7)}
    assert later[DutyKind.UPDATE] == DutyStage.ESCALATED
    assert later[DutyKind.REVIEW] == DutyStage.SOON


def test_a_unit_sees_its_own_duties_and_nobody_elses(world: World, settings: Settings) -> None:
    add_item(world, review_by="2026-12-01")
    other = add_unit(world.session, world.now)
    published(world, date(2026, 10, 1), title="本单位的数据")
    published(world, date(2026, 10, 1), title="别人的数据", unit=other)
    mine = owed(world, settings, duties.view_of(world.editor))
    assert [one.title for one in mine] == ["本单位的数据"]
    keeper = {one.kind for one in owed(world, settings, duties.view_of(world.keeper))}
    assert keeper == {DutyKind.NOTICE, DutyKind.ITEM_REVIEW, DutyKind.CALENDAR}
    assert len(owed(world, settings, duties.view_of(world.administrator))) == 5
    stranger = Identity(99, "dev", (Grant(Role.DEVELOPER, None),))
    assert owed(world, settings, duties.view_of(stranger)) == []


def test_fresh_data_irregular_cycles_and_withdrawn_entries_owe_nothing(
    world: World, settings: Settings
) -> None:
    published(world, date(2026, 11, 20), UpdateCycle.YEARLY)
    published(world, date(2020, 1, 1), UpdateCycle.IRREGULAR)
    add_dataset(
        world.session,
        world.unit,
        world.now,
        state=DatasetState.WITHDRAWN,
        modified=date(2020, 1, 1),
    )
    for openness in (Openness.WITHHELD, Openness.UNASSESSED):  # nobody is given data of these
        add_dataset(
            world.session, world.unit, world.now, state=DatasetState.PUBLISHED, openness=openness,
            modified=date(2020, 1, 1),
        )  # fmt: skip
    assert {one.kind for one in owed(world, settings)} == {DutyKind.CALENDAR}


def test_items_of_every_list_are_reviewed_and_each_stands_on_its_own_page(
    world: World, settings: Settings
) -> None:
    item = {
        "name": "行政许可",
        "citations": ["《中华人民共和国行政许可法》"],
        "review_by": "2026-12-01",
    }
    for kind in ListKind:
        if kind != ListKind.NEGATIVE:
            needed = {one.key: "甲" for one in LIST_TYPES[kind].columns if one.required}
            change = {"kind": "add", "item": {**item, "details": needed}}
            adopt(world, change, terms=Terms(kind=kind))
    add_item(world, review_by="2026-12-01")
    found = [one for one in owed(world, settings) if one.kind == DutyKind.ITEM_REVIEW]
    assert len(found) == len(ListKind)
    assert len({one.key for one in found}) == len({one.url for one in found}) == len(ListKind)
    assert {one.due_on for one in found} == {date(2026, 12, 1)}
    assert sum(one.url.startswith("/negative-list/items/") for one in found) == 1


def test_a_guideline_is_owed_a_decision_as_a_draft_and_a_review_after_a_year(
    world: World, settings: Settings
) -> None:
    def of_guidelines(days: int = 0) -> list[tuple[str, date]]:
        found = owed(world, settings, days=days)
        return [(one.url, one.due_on) for one in found if one.kind == DutyKind.GUIDELINE]

    given = {
        "kind": "opening",
        "title": "开放指引",
        "body": "全文",
        "effective_on": date(2026, 12, 1),
    }
    guides.draft(world.session, world.keeper, "opening", given, now=world.now)
    assert of_guidelines() == [("/guides/opening/editions/1", date(2026, 12, 1))]
    guides.publish(world.session, world.other_keeper, "opening", 1, now=world.now)
    assert of_guidelines() == []
    assert of_guidelines(370) == [("/guides/opening", date(2027, 12, 1))]
    later = {**given, "effective_on": date(2027, 11, 1)}
    guides.draft(world.session, world.keeper, "opening", later, now=world.now)
    guides.publish(world.session, world.other_keeper, "opening", 2, now=world.now)
    assert of_guidelines(300) == of_guidelines(370) == []
    assert owed(world, settings, View(frozenset({world.unit.id}), city=False), days=800) == []


def test_a_calendar_without_next_year_is_a_duty_until_it_is_imported(
    world: World, settings: Settings
) -> None:
    assert [one.kind for one in owed(world, settings)] == [DutyKind.CALENDAR]
    rows = [{"date": f"2027-{day}", "kind": "rest", "name": "节"} for day in ("01-01", "10-01")]
    calendars.import_days(world.session, SYSTEM, rows, now=world.now)
    assert owed(world, settings) == []
    assert owed(world, settings, days=-60) == []


def test_an_import_counts_provisional_reviews_and_notices_again(world: World) -> None:
    late = datetime.fromisoformat("2026-12-30T10:00:00+08:00")
    add_item(world, now=late, review_by="2027-06-01")
    dataset = published(world, date(2026, 12, 1))
    review = Review(
        dataset_id=dataset.id, unit_id=world.unit.id, state="open", manifest={}, manifest_sha256="0" * 64,
        submitted_by=1, submitted_by_name="lin", submitted_at=late, due_on=date(2027, 1, 6),
    )  # fmt: skip
    world.session.add(review)
    world.session.flush()
    notice = world.session.scalars(select(Notice)).one()
    before = notice.due_on
    rows = [
        {"date": f"2027-{day}", "kind": "rest", "name": "节"} for day in ("01-01", "01-04", "10-01")
    ]
    done = calendars.import_days(world.session, SYSTEM, rows, now=late)
    assert (done.moved_notices, done.moved_reviews) == (1, 1)
    assert review.due_on == date(2027, 1, 8)
    assert notice.due_on > before
    assert not notice.provisional


def test_a_request_is_owed_by_its_unit_and_by_its_number_only(
    world: World, settings: Settings
) -> None:
    late = datetime.fromisoformat("2026-12-30T10:00:00+08:00")
    for number, unit_id in (("R-1", world.unit.id), ("R-2", None)):
        world.session.add(
            Request(
                number=number, key_hash="", kind="correction", title="张某的地址有误", text="x", unit_id=unit_id,
                received_at=late, working_days=5, due_on=date(2027, 1, 6), provisional=True,
            )
        )  # fmt: skip
    world.session.flush()
    mine = owed(world, settings, duties.view_of(world.editor))
    assert [(one.kind, one.title) for one in mine] == [(DutyKind.REQUEST, "R-1")]
    assert len([one for one in owed(world, settings) if one.kind == DutyKind.REQUEST]) == 2
    rows = [{"date": f"2027-{day}", "kind": "rest", "name": "节"} for day in ("01-01", "10-01")]
    done = calendars.import_days(world.session, SYSTEM, rows, now=late)
    assert done.moved_requests == 2
    assert {one.due_on for one in owed(world, settings)} == {date(2027, 1, 7)}
    assert not any(one.provisional for one in owed(world, settings))


def test_counting_over_a_stretch_agrees_with_counting_one_by_one() -> None:
    calendar = Calendar({date(2026, 10, n): False for n in range(1, 8)}, date(2026, 12, 31))
    first, last = date(2026, 9, 1), date(2026, 11, 1)
    working = WorkingDays(first, last, calendar)
    for n in range(0, 61, 7):
        for m in range(0, 61, 5):
            a, b = first + timedelta(days=n), first + timedelta(days=m)
            expected = (
                count_working_days(a, b, calendar)
                if a <= b
                else -count_working_days(b, a, calendar)
            )
            assert working.between(a, b) == expected


def address(world: World, actor: Identity, given: str) -> None:
    """Somebody with an address, and with the roles that the identity says in the database too."""
    for held in actor.grants:
        world.session.add(Membership(user_id=actor.user_id, role=held.role, unit_id=held.unit_id))
    reminders.set_address(world.session, actor, actor.name, given, now=world.now)


def test_each_stage_is_told_once_and_long_overdue_goes_to_administrators(
    world: World, settings: Settings
) -> None:
    address(world, world.editor, "editor@example.cn")
    address(world, world.administrator, "chief@example.cn")
    person(world.session, "silent", Role.EDITOR, world.now, world.unit)
    published(world, date(2026, 10, 20), title="月度统计")

    def remind(days: int) -> list[Letter]:
        known = set(world.session.scalars(select(Letter.id)))
        reminders.remind(world.session, now=world.now + timedelta(days=days), settings=settings)
        return [one for one in world.session.scalars(select(Letter)) if one.id not in known]

    first = remind(0)
    assert [one.user_id for one in first] == [world.editor.user_id]
    assert "月度统计" in first[0].body
    assert "/desk/datasets/" in first[0].body
    assert remind(0) == remind(1) == []
    later = remind(7)
    assert {one.user_id for one in later} == {world.editor.user_id, world.administrator.user_id}
    assert world.session.scalars(select(Job).where(Job.name == "send-letters")).first() is not None
    stages = set(world.session.scalars(select(DutyReminder.stage)))
    assert stages == {DutyStage.OVERDUE, DutyStage.ESCALATED}


def test_new_data_ends_the_duty_and_the_next_day_is_told_anew(
    world: World, settings: Settings
) -> None:
    address(world, world.editor, "editor@example.cn")
    dataset = published(world, date(2026, 10, 20))
    reminders.remind(world.session, now=world.now, settings=settings)
    dataset.modified = date(2026, 11, 23)
    world.session.flush()
    assert (
        reminders.remind(world.session, now=world.now + timedelta(days=10), settings=settings) == 0
    )
    assert (
        reminders.remind(world.session, now=world.now + timedelta(days=40), settings=settings) == 1
    )


@pytest.mark.parametrize(
    "given",
    [
        "x",
        "a@b",
        "a b@c.cn",
        "a@c.cn\nBcc: b@c.cn",
        "<a@c.cn>",
        "a@c.cn,b@c.cn",
        "a" * 190 + "@example.cn",
    ],
)
def test_an_address_that_is_none_is_refused(world: World, given: str) -> None:
    with pytest.raises(Invalid):
        address(world, world.editor, given)
    assert world.session.get_one(User, world.editor.user_id).email == ""


def test_nobody_sets_the_address_of_another(world: World) -> None:
    with pytest.raises(Forbidden):
        reminders.set_address(world.session, world.editor, "keeper", "a@example.cn", now=world.now)
    reminders.set_address(
        world.session, world.administrator, "keeper", "a@example.cn", now=world.now
    )
