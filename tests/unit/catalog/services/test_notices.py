"""Notices owed because of an adjustment."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from catalog.auth import ANONYMOUS
from catalog.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from catalog.models import Notice
from catalog.services import notices
from schemas.vocabularies import NoticeState
from tests.common.lists import World, add_item, adopt

DUE = date(2026, 12, 7)


def owed(world: World) -> Notice:
    add_item(world)
    return world.session.scalars(select(Notice)).one()


def test_a_notice_is_due_ten_working_days_after_the_adjustment(world: World) -> None:
    notice = owed(world)
    assert notice.due_on == DUE
    assert notices.state_of(notice, DUE) == NoticeState.DUE
    assert notices.state_of(notice, DUE + timedelta(days=1)) == NoticeState.OVERDUE


def test_the_clock_starts_on_the_date_in_shanghai(world: World) -> None:
    late = datetime.fromisoformat("2026-11-23T23:30:00+00:00")
    add_item(world, now=late)
    assert world.session.scalars(select(Notice.adjusted_on)).one() == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        ("2026-12-07T23:59:00+08:00", NoticeState.PUBLISHED),
        ("2026-12-08T00:01:00+08:00", NoticeState.PUBLISHED_LATE),
    ],
)
def test_publishing_on_the_due_day_is_in_time_and_a_minute_later_is_not(
    world: World, moment: str, state: NoticeState
) -> None:
    notice = owed(world)
    at = datetime.fromisoformat(moment)
    notices.publish(world.session, world.keeper, notice.id, now=at)
    assert notices.state_of(notice, DUE + timedelta(days=99)) == state


def test_the_text_is_empty_until_published_and_then_tells_the_changes(world: World) -> None:
    notice = owed(world)
    assert notice.body == ""
    notices.publish(world.session, world.keeper, notice.id, now=world.now)
    assert notice.body.startswith("1. 新增 NL-001 个人参保缴费明细\n调整原因：清理")
    assert "内部掌握" not in notice.body
    with pytest.raises(Conflict):
        notices.publish(world.session, world.keeper, notice.id, body="又一次", now=world.now)


def test_a_keeper_may_word_the_notice(world: World) -> None:
    notice = owed(world)
    notices.publish(world.session, world.keeper, notice.id, body=" 公告如下 ", now=world.now)
    assert notice.body == "公告如下"
    assert notice.published_by == "keeper"


def test_only_those_who_keep_the_list_publish(world: World) -> None:
    notice = owed(world)
    for actor, error in ((world.editor, Forbidden), (ANONYMOUS, Unauthenticated)):
        with pytest.raises(error):
            notices.publish(world.session, actor, notice.id, now=world.now)
    with pytest.raises(NotFound):
        notices.publish(world.session, world.keeper, "x", now=world.now)


def test_notices_are_listed_by_state_and_page(world: World) -> None:
    number = add_item(world)
    for n in range(1, 5):
        change = {"kind": "amend", "number": number, "item": {"name": f"名称{n}"}}
        adopt(world, change, now=world.now + timedelta(days=n))
    every = notices.page(world.session, now=world.now).items
    assert [one.edition_number for one in every] == [5, 4, 3, 2, 1]
    notices.publish(world.session, world.keeper, every[0].id, now=world.now + timedelta(days=5))
    notices.publish(world.session, world.keeper, every[4].id, now=world.now + timedelta(days=30))
    later = world.now + timedelta(days=30)
    found = {
        state: [
            one.edition_number for one in notices.page(world.session, state=state, now=later).items
        ]
        for state in NoticeState
    }
    assert found == {"due": [], "overdue": [4, 3, 2], "published": [5], "published late": [1]}
    seen, after = [], ""
    while True:
        part = notices.page(world.session, now=world.now, after=after, limit=2)
        seen += [one.edition_number for one in part.items]
        after = part.next
        if not after:
            break
    assert seen == [5, 4, 3, 2, 1]
    with pytest.raises(Invalid):
        notices.page(world.session, state="lost", now=world.now)
