"""The negative list: drafting, approving, what follows, what the public reads."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import InvalidRequestError

from catalog.auth import ANONYMOUS
from catalog.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from catalog.models import (
    AuditEvent,
    ExemptionItem,
    Notice,
)
from catalog.services import audit, laws, list_preview, negative_list
from catalog.services.editions import digest
from schemas.vocabularies import ItemState
from tests.common.lists import World, add_item, adding, adopt, item_values

TODAY = date(2026, 11, 23)


def refused(world: World, *changes: Any, **values: Any) -> dict[str, str]:
    """Draft something unsound; the first message of each field."""
    with pytest.raises(Invalid) as error:
        negative_list.draft(
            world.session, world.keeper, changes=changes, reason="清理", now=world.now, **values
        )
    return {place: messages[0].text for place, messages in error.value.fields.items()}


def test_nothing_is_in_force_until_another_person_approves(world: World) -> None:
    session = world.session
    drafted = negative_list.draft(
        session, world.keeper, changes=[adding()], reason="首次编制", now=world.now
    )
    assert negative_list.in_force(session, TODAY) == []
    with pytest.raises(Forbidden) as own:
        negative_list.approve(
            session, world.keeper, drafted.id, now=world.now, calendar=world.calendar
        )
    assert own.value.code == "own-draft"
    negative_list.approve(
        session, world.other_keeper, drafted.id, now=world.now, calendar=world.calendar
    )
    assert [one.number for one in negative_list.in_force(session, TODAY)] == ["NL-001"]
    with pytest.raises(Conflict):
        negative_list.approve(
            session, world.administrator, drafted.id, now=world.now, calendar=world.calendar
        )


def test_neither_editors_nor_the_public_touch_the_list(world: World) -> None:
    for actor, error in ((world.editor, Forbidden), (ANONYMOUS, Unauthenticated)):
        with pytest.raises(error):
            negative_list.draft(
                world.session, actor, changes=[adding()], reason="理由", now=world.now
            )
        with pytest.raises(error):
            negative_list.adjustments(world.session, actor)
        with pytest.raises(error):
            negative_list.approve(world.session, actor, "x", now=world.now, calendar=world.calendar)


def test_approval_makes_edition_notice_and_trail_together(world: World) -> None:
    session = world.session
    adopted = adopt(
        world, adding(), adding(name="内部工作流程", ground="16-1", reason="影响内部管理")
    )
    assert [one["number"] for one in adopted.changes] == ["NL-001", "NL-002"]
    edition = negative_list.edition(session, 1)
    assert [one["name"] for one in edition.content] == ["个人参保缴费明细", "内部工作流程"]
    assert edition.sha256 == digest(edition.content)
    notice = session.scalars(select(Notice)).one()
    assert (notice.adjusted_on, notice.due_on, notice.provisional) == (
        TODAY, date(2026, 12, 7), False,
    )  # fmt: skip
    session.commit()
    tags = session.scalars(select(AuditEvent.tag).order_by(AuditEvent.sequence)).all()
    assert tags == ["list:drafted", "list:approved"]
    assert audit.verify(session, world.administrator).broken_at is None


def test_numbers_are_never_used_again(world: World) -> None:
    first = add_item(world)
    adopt(world, {"kind": "repeal", "number": first})
    assert add_item(world) == "NL-002"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"ground": "17"}, "changes.0.item.ground"),
        ({"ground": "16-2"}, "changes.0.item.reason"),
        ({"name": " "}, "changes.0.item.name"),
        ({"name": "长" * 301}, "changes.0.item.name"),
        ({"name": 5}, "changes.0.item.name"),
        ({"circumstances": []}, "changes.0.item.circumstances"),
        ({"circumstances": "一条"}, "changes.0.item.circumstances"),
        ({"citations": []}, "changes.0.item.citations"),
        ({"citations": "《条例》第十四条"}, "changes.0.item.citations"),
        ({"citations": ["没有依据"]}, "changes.0.item.citations.0"),
        ({"citations": [{"law": ""}]}, "changes.0.item.citations.0.law"),
        ({"citations": [{"law": "某法", "article": "14"}]}, "changes.0.item.citations.0.article"),
        ({"citations": [{"law": "某法", "level": "top"}]}, "changes.0.item.citations.0.level"),
        ({"citations": [{"law": "某法", "level": []}]}, None),
        ({"review_by": None}, "changes.0.item.review_by"),
        ({"review_by": "next year"}, "changes.0.item.review_by"),
        ({"review_by": 2027}, "changes.0.item.review_by"),
        ({"review_by": "2026-11-23"}, "changes.0.item.review_by"),
        ({"valid_from": "2026-11-22"}, "changes.0.item.valid_from"),
        ({"valid_from": "2026-12-01", "valid_to": "2026-12-01"}, "changes.0.item.valid_to"),
        ({"scope": {"units": ["no such unit"]}}, "changes.0.item.scope.units"),
        ({"scope": {"unit": ["x"]}}, "changes.0.item.scope.unit"),
        ({"scope": []}, "changes.0.item.scope"),
        ({"scope": ["x"]}, "changes.0.item.scope"),
        ({"scope": {"units": ["x"] * 1001}}, "changes.0.item.scope.units"),
        ({"circumstances": ["长" * 2001]}, "changes.0.item.circumstances"),
        ({"circumstances": ["短"] * 1001}, "changes.0.item.circumstances"),
        ({"citations": ["《某法》" * 501]}, "changes.0.item.citations.0"),
        ({"citations": [f"《{'长' * 201}》第三条"]}, "changes.0.item.citations.0"),
        ({"citations": [{"law": "长" * 201}]}, "changes.0.item.citations.0.law"),
        ({"citations": ["《某法》第一条"] * 1001}, "changes.0.item.citations"),
        ({"colour": "red"}, "changes.0.item.colour"),
        ({"ground": "other", "citations": []}, "changes.0.item.citations"),
    ],
)
def test_an_unsound_item_is_refused_by_field(
    world: World, change: dict[str, Any], place: str | None
) -> None:
    if place is None:
        negative_list.draft(
            world.session, world.keeper, changes=[adding(**change)], reason="理由", now=world.now
        )
    else:
        assert set(refused(world, adding(**change))) == {place}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ("add", "changes.0"),
        ({"kind": "delete"}, "changes.0.kind"),
        ({"kind": ["add"]}, "changes.0.kind"),
        ({"kind": "add", "number": "NL-001", "item": item_values()}, "changes.0.number"),
        ({"kind": "add", "number": 1, "item": item_values()}, "changes.0"),
        ({"kind": "amend", "number": "NL-009", "item": item_values()}, "changes.0.number"),
        ({"kind": "repeal", "number": ""}, "changes.0.number"),
        ({"kind": "add", "item": item_values(), "note": "x"}, "changes.0.note"),
    ],
)
def test_an_unsound_change_is_refused_by_place(world: World, change: Any, place: str) -> None:
    assert set(refused(world, change)) == {place}


def test_an_adjustment_needs_changes_a_reason_and_no_past_date(world: World) -> None:
    assert set(refused(world)) == {"changes"}
    assert set(refused(world, adding(), effective_on=TODAY - timedelta(days=1))) == {"effective_on"}
    with pytest.raises(Invalid) as error:
        negative_list.draft(
            world.session, world.keeper, changes=[adding()], reason=" ", now=world.now
        )
    assert set(error.value.fields) == {"reason"}


@pytest.mark.parametrize(
    ("citations", "good"),
    [
        (["《统计法》第二十八条"], True),
        (["《中华人民共和国保守国家秘密法实施条例》第五条"], True),
        (["《上海市数据条例》第四十一条"], False),
        (["《北京市公共数据管理办法》第二条"], False),
        (["《上海市数据条例》第四十一条、《数据安全法》第三十八条"], True),
        (["《某某法》第三条"], False),
        ([{"law": "中华人民共和国某某法", "article": 3, "level": "law"}], True),
        ([{"law": "上海市数据条例", "article": 41, "level": "law"}], False),
    ],
)
def test_forbidden_by_law_needs_a_law_or_an_administrative_regulation(
    world: World, citations: list[Any], good: bool
) -> None:
    change = adding(ground="14-2", citations=citations)
    if good:
        adopt(world, change)
    else:
        assert set(refused(world, change)) == {"changes.0.item.ground"}


def test_a_law_declared_by_the_drafter_joins_the_library_on_approval(world: World) -> None:
    citation = {"law": "中华人民共和国治安管理处罚法", "article": 80, "level": "law"}
    adopt(world, adding(ground="14-2", citations=[citation]))
    law = laws.find_law(world.session, "治安管理处罚法")
    assert law is not None
    assert law.level == "law"


def test_a_stale_basis_is_warned_of_and_its_successor_named(world: World) -> None:
    drafted = negative_list.draft(
        world.session, world.keeper, reason="旧清单导入", now=world.now,
        changes=[adding(ground="14-3b", citations=["《政府信息公开条例》第八条"])],
    )  # fmt: skip
    warnings = list_preview.preview(
        world.session, world.administrator, drafted.id, world.now
    ).warnings
    stale = [one for one in warnings if "successors" in one.params]
    assert [one.params["successors"] for one in stale] == [
        "《中华人民共和国政府信息公开条例》第十四条"
    ]
    negative_list.approve(
        world.session, world.administrator, drafted.id, now=world.now, calendar=world.calendar
    )
    item = negative_list.item(world.session, "NL-001", TODAY)
    assert item is not None
    shown = negative_list.view(world.session, ANONYMOUS, item, TODAY)
    assert [one["stale"] for one in shown["citations"]] == [True]
    assert shown["citations"][0]["successors"] == ["《中华人民共和国政府信息公开条例》第十四条"]


def test_amending_closes_one_version_and_opens_the_next_at_the_same_instant(world: World) -> None:
    session = world.session
    number = add_item(world)
    turn = date(2027, 1, 4)
    adopt(
        world,
        {"kind": "amend", "number": number, "item": {"name": "个人参保明细"}},
        effective_on=turn,
    )
    old, new = negative_list.item_history(session, number)
    assert (old.valid_to, new.valid_from, new.revision) == (turn, turn, 2)
    assert new.circumstances[0].text == old.circumstances[0].text
    assert new.citations[0].label == old.citations[0].label
    before = negative_list.item(session, number, turn - timedelta(days=1))
    after = negative_list.item(session, number, turn)
    assert before is not None
    assert after is not None
    assert (before.name, after.name) == ("个人参保缴费明细", "个人参保明细")
    assert negative_list.state_on(old, TODAY) == ItemState.IN_FORCE
    assert negative_list.state_on(old, turn) == ItemState.AMENDED
    assert negative_list.state_on(new, TODAY) == ItemState.APPROVED


def test_an_item_cannot_be_ended_twice_or_changed_to_the_same(world: World) -> None:
    number = add_item(world)
    place = "changes.0.item"
    assert set(refused(world, {"kind": "amend", "number": number, "item": {}})) == {place}
    assert set(refused(world, {"kind": "repeal", "number": number, "item": {"name": "x"}})) == {
        place
    }
    twice = [{"kind": "repeal", "number": number}] * 2
    assert set(refused(world, *twice)) == {"changes.1.number"}
    adopt(world, {"kind": "repeal", "number": number}, effective_on=date(2027, 1, 4))
    assert set(refused(world, {"kind": "open", "number": number})) == {"changes.0.number"}


def test_an_item_that_lapses_may_be_renewed_without_a_gap(world: World) -> None:
    number = add_item(world, valid_to="2027-03-01")
    gap = {"valid_from": "2027-03-02", "valid_to": "2028-03-01", "review_by": "2027-12-01"}
    change = {"kind": "amend", "number": number, "item": gap}
    assert set(refused(world, change)) == {"changes.0.item.valid_from"}
    change["item"] = gap | {"valid_from": "2027-03-01"}
    adopt(world, change)
    for day in (date(2027, 2, 28), date(2027, 3, 1)):
        assert negative_list.item(world.session, number, day) is not None


def test_a_draft_whose_day_has_passed_is_not_approved(world: World) -> None:
    drafted = negative_list.draft(
        world.session, world.keeper, changes=[adding()], reason="理由", now=world.now,
        effective_on=TODAY,
    )  # fmt: skip
    with pytest.raises(Conflict) as error:
        negative_list.approve(
            world.session, world.administrator, drafted.id,
            now=world.now + timedelta(days=1), calendar=world.calendar,
        )  # fmt: skip
    assert error.value.code == "effective-date-passed"


def test_the_second_of_two_drafts_about_one_item_is_checked_again(world: World) -> None:
    number = add_item(world)
    drafts = [
        negative_list.draft(
            world.session, world.keeper, reason="理由", now=world.now,
            changes=[{"kind": "repeal", "number": number}],
        )
        for _ in range(2)
    ]  # fmt: skip
    negative_list.approve(
        world.session, world.administrator, drafts[0].id, now=world.now, calendar=world.calendar
    )
    with pytest.raises(Conflict) as stale:
        negative_list.approve(
            world.session, world.administrator, drafts[1].id, now=world.now, calendar=world.calendar
        )
    assert stale.value.code == "stale-edition"
    with pytest.raises(Invalid):
        negative_list.renew(world.session, world.keeper, drafts[1].id, now=world.now)


def test_adjustments_are_read_page_by_page_the_newest_first(world: World) -> None:
    made = [
        negative_list.draft(
            world.session, world.keeper, changes=[adding()], reason="理由",
            now=world.now + timedelta(minutes=n // 2),
        ).id
        for n in range(5)
    ]  # fmt: skip
    seen, after, pages = [], "", 0
    while pages == 0 or after:
        found = negative_list.adjustments(world.session, world.keeper, after=after, limit=2)
        seen += [(one.drafted_at, one.id) for one in found.items]
        after, pages = found.next, pages + 1
        assert found.total == 5
    assert pages == 3
    assert [at for at, _ in seen] == sorted((at for at, _ in seen), reverse=True)
    assert sorted(one for _, one in seen) == sorted(made)


def test_a_refused_draft_changes_nothing(world: World) -> None:
    drafted = negative_list.draft(
        world.session, world.keeper, changes=[adding()], reason="理由", now=world.now
    )
    negative_list.refuse(
        world.session, world.administrator, drafted.id, reason="依据不足", now=world.now
    )
    assert negative_list.adjustments(world.session, world.keeper, "refused").items == [drafted]
    assert negative_list.editions(world.session) == []
    assert add_item(world) == "NL-001"


def test_an_unknown_adjustment_item_or_edition_is_not_found(world: World) -> None:
    for ask in (
        lambda: negative_list.adjustment(world.session, world.keeper, "x"),
        lambda: negative_list.item_history(world.session, "NL-404"),
        lambda: negative_list.edition(world.session, 7),
    ):
        with pytest.raises(NotFound):
            ask()


def test_the_public_never_reads_internal_wording(world: World) -> None:
    add_item(world)
    world.session.expire_all()
    item = negative_list.in_force(world.session, TODAY)[0]
    with pytest.raises(InvalidRequestError):
        item.internal_wording  # noqa: B018
    shown = negative_list.view(world.session, ANONYMOUS, item, TODAY)
    edition = negative_list.edition(world.session, 1)
    for text in (str(shown), str(edition.content)):
        assert "内部掌握" not in text
        assert "涉及个人隐私的参保信息" in text
    entitled = negative_list.view(world.session, world.keeper, item, TODAY)
    assert entitled["internal_wording"] == "内部掌握的细节"


def test_editions_stay_as_they_were_and_their_difference_is_told(world: World) -> None:
    session = world.session
    first, second, third = (
        add_item(world),
        add_item(world, name="第二"),
        add_item(world, name="第三"),
    )
    frozen = negative_list.edition(session, 3).sha256
    adopt(
        world,
        {"kind": "amend", "number": first, "item": {"reason": "补充说明"}},
        {"kind": "repeal", "number": second},
        {"kind": "open", "number": third},
        adding(name="第四"),
        now=world.now + timedelta(days=1),
    )
    old = negative_list.edition(session, 3)
    assert old.sha256 == frozen == digest(old.content)
    told = negative_list.diff(session, 3, 4)
    assert [(one.kind, one.number) for one in told.changes] == [
        ("amend", first), ("repeal", second), ("open", third), ("add", "NL-004"),
    ]  # fmt: skip
    assert "reason" in told.changes[0].values
    assert told.same == 0
    assert negative_list.diff(session, 1, 2).same == 1
    assert [one.number for one in negative_list.editions(session)] == [4, 3, 2, 1]
    assert negative_list.diff(session, 4, 4).changes == ()


def test_a_past_review_date_is_shown_and_the_item_stays_in_force(world: World) -> None:
    number = add_item(world, review_by="2026-12-31")
    item = negative_list.item(world.session, number, date(2027, 6, 1))
    assert item is not None
    assert negative_list.review_overdue(item, date(2027, 6, 1))
    assert not negative_list.review_overdue(item, date(2026, 12, 31))


def test_every_version_of_an_item_is_kept(world: World) -> None:
    number = add_item(world)
    for n in range(3):
        change = {"kind": "amend", "number": number, "item": {"name": f"名称{n}"}}
        adopt(world, change, now=world.now + timedelta(days=n))
    history = negative_list.item_history(world.session, number)
    assert [one.revision for one in history] == [1, 2, 3, 4]
    assert world.session.scalar(select(func.count(ExemptionItem.id))) == 4
    for day in range(5):
        on = TODAY + timedelta(days=day)
        assert len([one for one in history if negative_list.state_on(one, on) == "in force"]) == 1


def test_a_new_item_that_says_what_another_says_of_the_same_time_is_noticed(world: World) -> None:
    twice = refused(world, adding(), adding(name="另一项"), adding(review_by="2028-01-01"))
    assert [(at, text[:29]) for at, text in twice.items()] == [
        ("changes.2.item.name", "It says the same as change %(")
    ]
    number = add_item(world)

    def told(change: dict[str, Any]) -> bool:
        made = negative_list.draft(
            world.session, world.keeper, changes=[change], reason="增补", now=world.now
        )
        seen = list_preview.preview(world.session, world.administrator, made.id, world.now).warnings
        return any(one.text.startswith("Item %(number)s says the same already") for one in seen)

    assert told(adding(public_wording="换一种说法"))
    assert not told(adding(circumstances=["另一情形"]))
    early = adding(valid_to="2027-01-01")
    late = adding(valid_from="2027-01-01", review_by="2028-01-01")
    adopt(world, {"kind": "repeal", "number": number}, early, late)
    assert [one.number for one in negative_list.in_force(world.session, TODAY)] == ["NL-002"]
    assert told(adding(valid_from="2026-12-01")), "its time meets both of them"
