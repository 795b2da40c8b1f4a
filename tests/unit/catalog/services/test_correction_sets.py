"""Corrections of many entries: drafted by one, shown, approved by another, all or nothing."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from catalog.auth import Identity
from catalog.errors import Conflict, Forbidden, Invalid
from catalog.models import AuditEvent, CorrectionSet, Dataset
from catalog.services import correction_sets, correction_tables, facts, openness, openness_ledger
from catalog.services.correction_sets import Which
from schemas.vocabularies import CorrectionState, DatasetState, Openness, Role
from tests.common import lists
from tests.common.lists import World, add_dataset, add_item, add_unit

DAY = date(2026, 11, 28)
SPAN = {"begins": "2026-11-25", "ends": "2026-12-03"}


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return lists.make_world(session, now)


@pytest.fixture
def later(now: datetime) -> datetime:
    return now + timedelta(days=20)


def open_entries(world: World, count: int) -> list[Dataset]:
    return [
        add_dataset(world.session, world.unit, world.now, state=DatasetState.PUBLISHED)
        for _ in range(count)
    ]


def drafted(world: World, rows: list[dict[str, Any]], later: datetime) -> CorrectionSet:
    session, actor = world.session, world.administrator
    read = correction_sets.of_rows(session, actor, enumerate(rows, 2), now=later)
    return correction_sets.draft(session, actor, read, "台账核对", now=later)


def other(world: World) -> Identity:
    return lists.person(world.session, "second-administrator", Role.ADMINISTRATOR, world.now)


def counts(session: Session, on: date, **known: datetime) -> tuple[int, int]:
    rate = openness.rates(session, as_of=on, **known).data_rate["all"]
    return rate.n, rate.d


def test_a_set_is_recorded_when_another_person_approves_as_its_preview_said(
    world: World, later: datetime
) -> None:
    session = world.session
    one, two, three = open_entries(world, 3)
    number = add_item(world)
    made = drafted(
        world,
        [
            {"dataset": one.slug, **SPAN, "state": "suspended"},
            {"dataset": two.code, **SPAN, "openness": "withheld", "withheld_by": [number]},
        ],
        later,
    )  # fmt: skip
    session.commit()
    assert counts(session, DAY) == (3, 3)
    seen = correction_sets.preview(session, world.administrator, made.id, now=later)
    session.rollback()
    assert counts(session, DAY) == (3, 3), "nothing was recorded"
    with pytest.raises(Forbidden):
        correction_sets.approve(session, world.administrator, made.id, now=later)
    done = correction_sets.approve(session, other(world), made.id, now=later)
    session.commit()
    assert (done.state, done.days, seen.days) == (CorrectionState.APPROVED, 16, 16)
    for effect in seen.rates:
        now_is = openness.rates(session, as_of=effect.day)
        assert effect.after.all == now_is.data_rate["all"]
        assert effect.after.due == now_is.data_rate["due"]
        assert effect.after.unit == now_is.unit_rate["all"]
    assert counts(session, DAY) == (1, 3)
    assert counts(session, DAY, recorded_before=later) == (3, 3)
    assert counts(session, facts.day(later)) == (3, 3)
    assert openness.rates(session, as_of=DAY).classes["withheld"] == 1
    told = session.scalars(select(AuditEvent).where(AuditEvent.tag == "fact:corrected")).all()
    assert {(event.subject_id, event.data["days"], event.data["reason"]) for event in told} == {
        (one.slug, 8, "台账核对"), (two.slug, 8, "台账核对"),
    }  # fmt: skip
    assert three.slug not in {event.subject_id for event in told}
    tags = list(session.scalars(select(AuditEvent.tag)))
    assert {"corrections:drafted", "corrections:approved"} <= set(tags)


def test_every_row_that_cannot_be_taken_is_named_and_nothing_is_drafted(
    world: World, later: datetime
) -> None:
    one, two = open_entries(world, 2)
    rows: list[dict[str, Any]] = [
        {"dataset": one.slug, **SPAN, "state": "suspended"},
        {"dataset": "nobody-has-it", **SPAN, "state": "suspended"},
        {"dataset": two.slug, "begins": "2026-12-03", "ends": "2026-11-25", "state": "suspended"},
        {"dataset": two.slug, **SPAN, "openness": "withheld", "withheld_by": ["NL-999"]},
        {"dataset": two.slug, **SPAN},
        {"dataset": one.slug, "begins": "2026-12-02", "state": "withdrawn"},
        {"dataset": two.slug, **SPAN, "state": "gone"},
    ]
    read = correction_sets.of_rows(
        world.session, world.administrator, enumerate(rows, 2), now=later
    )
    assert [problem.row for problem in read.problems] == [3, 4, 5, 6, 7, 8]
    with pytest.raises(Invalid) as refused:
        correction_sets.draft(world.session, world.administrator, read, "核对", now=later)
    assert list(refused.value.fields) == [f"rows.{row}" for row in (3, 4, 5, 6, 7, 8)]
    assert world.session.scalars(select(CorrectionSet)).all() == []


def test_a_filter_finds_the_entries_as_the_first_day_counted_them(
    world: World, later: datetime
) -> None:
    session = world.session
    mine = open_entries(world, 2)
    elsewhere = add_dataset(
        session, add_unit(session, world.now), world.now, state=DatasetState.PUBLISHED
    )
    draft = add_dataset(session, world.unit, world.now)
    mine[0].state = DatasetState.WITHDRAWN
    facts.record(session, mine[0], later)
    which = Which(unit=world.unit.code, klass="open")
    read = correction_sets.of_filter(
        session, world.administrator, which, {**SPAN, "duplicate": True}, now=later
    )
    assert {line.dataset for line in read.lines} == set(mine)
    assert not {elsewhere, draft} & {line.dataset for line in read.lines}
    for wrong in (Which(), Which(unit=world.unit.code, klass="unassessed")):
        with pytest.raises(Invalid):
            correction_sets.of_filter(
                session, world.administrator, wrong, {**SPAN, "duplicate": True}, now=later
            )


def test_whoever_drafted_takes_back_and_whoever_did_not_refuses(
    world: World, later: datetime
) -> None:
    session, second = world.session, other(world)
    [entry] = open_entries(world, 1)
    rows = [{"dataset": entry.slug, **SPAN, "state": "suspended"}]
    made = drafted(world, rows, later)
    with pytest.raises(Forbidden):
        correction_sets.withdraw(session, second, made.id, now=later)
    with pytest.raises(Forbidden):
        correction_sets.refuse(session, world.administrator, made.id, reason="不对", now=later)
    correction_sets.withdraw(session, world.administrator, made.id, now=later)
    with pytest.raises(Conflict):
        correction_sets.approve(session, second, made.id, now=later)
    again = drafted(world, rows, later)
    assert correction_sets.refuse(session, second, again.id, reason="缺依据", now=later).refusal
    assert counts(session, DAY) == (1, 1)
    with pytest.raises(Forbidden):
        correction_sets.of_rows(session, world.keeper, [], now=later)


def test_what_changed_since_the_draft_is_found_at_the_approval(
    world: World, later: datetime
) -> None:
    session = world.session
    [entry] = open_entries(world, 1)
    number = add_item(world, scope={"themes": [entry.theme]})
    made = drafted(
        world,
        [{"dataset": entry.slug, **SPAN, "openness": "withheld", "withheld_by": [number]}],
        later,
    )
    entry.theme = "教育"
    session.flush()
    with pytest.raises(Invalid) as refused:
        correction_sets.approve(session, other(world), made.id, now=later)
    assert list(refused.value.fields) == ["rows.2"]
    assert made.state == CorrectionState.DRAFT
    assert counts(session, DAY) == (1, 1)


def test_many_entries_corrected_alike_take_as_few_writings_as_one(
    world: World, later: datetime
) -> None:
    session, second = world.session, other(world)
    number = add_item(world)
    said: list[str] = []
    engine = session.connection().engine
    event.listen(engine, "before_cursor_execute", lambda *args: said.append(str(args[2])))
    writings = []
    for count in (1, 60):
        rows = [
            {"dataset": one.slug, **SPAN, "openness": "withheld", "withheld_by": [number]}
            for one in open_entries(world, count)
        ]
        made = drafted(world, rows, later)
        session.commit()
        said.clear()
        correction_sets.approve(session, second, made.id, now=later)
        session.commit()
        writings.append(sum(one.startswith(("INSERT", "UPDATE")) for one in said))
    assert writings[0] == writings[1]
    assert openness.rates(session, as_of=DAY).classes["withheld"] == 61
    assert openness_ledger.readable(session)


@pytest.mark.parametrize(
    ("heading", "cells", "given"),
    [
        (["目录条目", "起始日期", "截止日期", "状态"], ["a", "2026/11/25", "2026-12-03", "中止开放"],
         {"dataset": "a", "begins": "2026-11-25", "ends": "2026-12-03", "state": "suspended"}),
        (["dataset", "from", "openness", "withheld_by", "duplicate"],
         ["a", "2026-11-25", "不予开放", "NL-001、NL-002；", "是"],
         {"dataset": "a", "begins": "2026-11-25", "openness": Openness.WITHHELD,
          "withheld_by": ["NL-001", "NL-002"], "duplicate": True}),
    ],
)  # fmt: skip
def test_a_table_is_read_with_headings_in_either_language(
    heading: list[str], cells: list[str], given: dict[str, Any]
) -> None:
    assert correction_tables.read([heading, cells, [""] * len(cells)]) == [(2, given)]


@pytest.mark.parametrize(
    "rows",
    [[], [["状态"]], [["目录条目", "起始日期", "目录条目"]], [["目录条目", "起始日期", "身高"]]],
)
def test_a_table_without_its_headings_is_refused(rows: list[list[str]]) -> None:
    with pytest.raises(Invalid):
        correction_tables.read(rows)


def test_a_table_may_write_days_as_spreadsheets_do_and_nothing_in_it_is_passed_over() -> None:
    head = ["目录条目", "起始日期", "状态"]
    for text in ("2026/11/5", "2026年11月5日", "2026-11-05 00:00:00"):
        [(number, row)] = correction_tables.read([head, ["a", text, "中止"]])
        assert (number, row["begins"]) == (2, "2026-11-05"), text
    [(_number, row)] = correction_tables.read([head, ["a", "2026-11-051", "中止"]])
    assert row["begins"] == "2026-11-051", "left to be refused, not cut to a day"
    for lines in (
        [head, ["a", "2026-11-05", "中止", "备注"]],
        [[*head, ""], ["a", "", "", "备注"]],
    ):
        with pytest.raises(Invalid) as refused:
            correction_tables.read(lines)
        assert refused.value.cause.params == {"row": 2, "cell": "备注"}


def test_drafting_many_rows_looks_for_their_entries_all_at_once(
    world: World, later: datetime
) -> None:
    some = open_entries(world, 40)
    rows = [{"dataset": one.slug, **SPAN, "state": "suspended"} for one in some]
    rows[0]["dataset"] = f"https://data.example/datasets/{some[0].slug}?x=1"
    rows[1]["dataset"] = some[1].code
    rows[2]["dataset"] = "nobody\x00knows"
    asked: list[str] = []

    def seen(*given: Any) -> None:
        asked.append(given[2])

    session, actor = world.session, world.administrator
    event.listen(session.get_bind(), "before_cursor_execute", seen)
    read = correction_sets.of_rows(session, actor, enumerate(rows, 2), now=later)
    event.remove(session.get_bind(), "before_cursor_execute", seen)
    assert [one.row for one in read.problems] == [4]
    assert [one.dataset.slug for one in read.lines[:2]] == [some[0].slug, some[1].slug]
    assert len(read.lines) == 39
    assert len(asked) < 10


def test_a_list_of_sets_reads_no_lines_and_is_narrowed_before_it_is_cut(
    world: World, later: datetime
) -> None:
    session, actor = world.session, world.administrator
    one, two = open_entries(world, 2)
    rows = [{"dataset": each.slug, **SPAN, "state": "suspended"} for each in (one, two)]
    first = drafted(world, rows, later)
    second = drafted(world, rows[:1], later + timedelta(hours=1))
    correction_sets.withdraw(session, actor, second.id, now=later)
    session.commit()
    session.expunge_all()
    [found] = correction_sets.listing(session, actor, state="draft", limit=1)
    assert (found.id, correction_sets.shown(found)["entries"]) == (first.id, 2)
    assert "lines" not in vars(found)
