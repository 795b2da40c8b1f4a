"""Freezing a period: who may, what is refused, what stays, what a late correction makes."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.auth import ANONYMOUS, SYSTEM, Identity
from catalog.errors import Conflict, Forbidden, Invalid, RuleError, Unauthenticated
from catalog.models import DatasetFact, Snapshot
from catalog.services import facts, openness, periods, snapshots
from catalog.services.snapshots import Wish
from datasets import proof
from datasets.proof import tally
from datasets.storage import Blob
from schemas.vocabularies import DatasetState, Openness
from tests.common import lists
from tests.common.lists import World, add_dataset, add_item, add_unit

KEY = proof.signer(bytes(range(32)))
PUBLISHED = {"state": DatasetState.PUBLISHED}


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    made = lists.make_world(session, now)
    number = add_item(made)
    add_dataset(session, made.unit, now, **PUBLISHED, theme="交通运输")
    add_dataset(session, made.unit, now, **PUBLISHED, openness=Openness.CONDITIONAL)
    add_dataset(
        session, made.unit, now, **PUBLISHED, openness=Openness.WITHHELD, withheld_by={number}
    )
    add_dataset(session, made.unit, now, openness=Openness.UNASSESSED)
    add_dataset(session, made.unit, now, title="尚未公开的草稿", theme="交通运输")
    add_unit(session, now, name="没有条目的单位", region="990100")
    return made


def freeze(
    world: World, path: Path, wish: Wish, actor: Identity | None = None, days: float = 0.5
) -> Snapshot:
    actor, now = actor or world.administrator, world.now + timedelta(days=days)
    frozen = snapshots.freeze(
        world.session,
        actor,
        wish,
        key=KEY,
        target=path / "b.zip",
        public_url="https://data.example",
        now=now,
    )
    made = snapshots.keep(world.session, actor, frozen, Blob("0" * 64, 1), now=now)
    world.session.expire_all()
    return made


TODAY = Wish(period="2026-11-23")


def test_a_frozen_day_can_be_verified_and_tells_nothing_of_hidden_entries(
    world: World, tmp_path: Path
) -> None:
    made = freeze(world, tmp_path, TODAY)
    found = proof.verify(tmp_path / "b.zip", key=proof.pem_of(KEY.public))
    assert found.good, found.troubles
    assert found.entries == 5
    assert snapshots.headline(made)["data_rate.all"] == (2, 5)
    assert snapshots.headline(made)["data_rate.due"] == (2, 4)
    assert (made.roster, made.edition, made.revision) == (2, 1, 1)
    text = (tmp_path / "b.zip").read_bytes().decode("utf-8", "replace")
    assert "尚未公开的草稿" not in text
    assert "unit-sum" in text


def test_only_who_is_entitled_may_freeze(world: World, tmp_path: Path) -> None:
    for actor, refusal in (
        (ANONYMOUS, Unauthenticated),
        (world.editor, Forbidden),
        (world.keeper, Forbidden),
    ):
        with pytest.raises(refusal):
            freeze(world, tmp_path, TODAY, actor)
    assert not (tmp_path / "b.zip").exists()
    assert freeze(world, tmp_path, TODAY, SYSTEM).made_by == SYSTEM.name


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "period-unknown"), ("2026Q5", "period-unknown"), ("2026-13", "period-unknown"),
        ("2026-02-30", "period-unknown"), ("next year", "period-unknown"), ("２０２６", "period-unknown"),
        ("2026", "period-not-over"), ("2026Q4", "period-not-over"), ("2026-11", "period-not-over"),
        ("2026-11-24", "period-not-over"), ("1999", "period-empty"),
    ],
)  # fmt: skip
def test_a_period_that_cannot_be_frozen_gets_its_reason(
    world: World, tmp_path: Path, name: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        freeze(world, tmp_path, Wish(period=name))
    assert refused.value.code == code
    assert "period" in refused.value.fields


def test_a_period_is_frozen_once(world: World, tmp_path: Path) -> None:
    first = freeze(world, tmp_path, TODAY)
    with pytest.raises(Conflict) as refused:
        freeze(world, tmp_path, TODAY)
    assert refused.value.code == "period-frozen"
    assert snapshots.listed(world.session) == ([first], 1)


def test_two_who_freeze_at_once_do_not_both_succeed(world: World, tmp_path: Path) -> None:
    both = [
        snapshots.freeze(
            world.session, world.administrator, TODAY, key=KEY, target=tmp_path / f"{n}.zip",
            public_url="", now=world.now + timedelta(hours=1),
        )
        for n in range(2)
    ]  # fmt: skip
    snapshots.keep(world.session, world.administrator, both[0], Blob("0" * 64, 1), now=world.now)
    with pytest.raises(Conflict):
        snapshots.keep(
            world.session, world.administrator, both[1], Blob("1" * 64, 1), now=world.now
        )


def correct(world: World, now: datetime) -> None:
    """Somebody finds later that an entry counted as open was not."""
    found = world.session.scalars(
        select(DatasetFact.dataset_id).where(DatasetFact.openness == Openness.CONDITIONAL)
    ).one()
    day = date(2026, 11, 23)
    span = (day, day + timedelta(days=1))
    assert facts.correct(world.session, [found], {"openness": Openness.UNASSESSED}, span, now) == 1


def test_a_late_correction_changes_nothing_frozen_and_makes_a_restatement(
    world: World, tmp_path: Path
) -> None:
    first = freeze(world, tmp_path, TODAY)
    before = dict(first.figures)
    assert snapshots.corrected_since(world.session, first) == []
    correct(world, world.now + timedelta(days=3))
    changed = snapshots.corrected_since(world.session, first)
    assert {one.figure for one in changed} >= {
        "data_rate.all",
        "class.conditional",
        "class.unassessed",
    }
    second = freeze(
        world, tmp_path, Wish(restates=first.id, reason="系统核对发现一条误登为有条件开放"), days=4
    )
    world.session.expire_all()
    assert dict(first.figures) == before
    assert snapshots.headline(first)["data_rate.all"] == (2, 5)
    assert snapshots.headline(second)["data_rate.all"] == (1, 5)
    assert (second.revision, second.restates_id) == (2, first.id)
    assert ["platform", "", "data_rate.all", [2, 5], [1, 5]] in [
        [*one[:3], *map(list, one[3:])] for one in second.difference
    ]
    found = proof.verify(tmp_path / "b.zip")
    assert found.good
    assert found.manifest["restates"]["id"] == first.id
    assert snapshots.corrected_since(world.session, first) == []
    assert snapshots.newest(world.session, "2026-11-23") is second


def test_a_correction_that_leaves_the_figures_of_the_platform_alone_is_seen(
    world: World, tmp_path: Path
) -> None:
    """An entry counted under another theme: nothing of the whole changes, two themes do."""
    first = freeze(world, tmp_path, TODAY)
    found = world.session.scalars(
        select(DatasetFact.dataset_id).where(DatasetFact.openness == Openness.CONDITIONAL)
    ).one()
    span = (date(2026, 11, 23), date(2026, 11, 24))
    now = world.now + timedelta(days=3)
    assert facts.correct(world.session, [found], {"theme": "交通运输"}, span, now) == 1
    changed = snapshots.corrected_since(world.session, first)
    assert {one.scope for one in changed} == {"theme"}


def test_a_bundle_is_counted_by_definitions_that_the_verifier_knows() -> None:
    assert set(openness.DEFINITIONS) == set(tally.DEFINITIONS)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"reason": "无"}, "nothing-to-restate"), ({"reason": ""}, "reason-needed"),
        ({"reason": " "}, "reason-needed"), ({"reason": "x" * 2001}, "reason-needed"),
        ({"reason": "无", "period": "2025"}, "other-period"),
    ],
)  # fmt: skip
def test_a_restatement_without_cause_is_refused(
    world: World, tmp_path: Path, wish: dict, code: str
) -> None:
    first = freeze(world, tmp_path, TODAY)
    with pytest.raises(RuleError) as refused:
        freeze(world, tmp_path, Wish(restates=first.id, **wish))
    assert refused.value.code == code


def test_only_the_newest_is_restated(world: World, tmp_path: Path) -> None:
    first = freeze(world, tmp_path, TODAY)
    correct(world, world.now + timedelta(days=3))
    freeze(world, tmp_path, Wish(restates=first.id, reason="更正"), days=4)
    with pytest.raises(Conflict) as refused:
        freeze(world, tmp_path, Wish(restates=first.id, reason="再次更正"), days=5)
    assert refused.value.code == "restated-already"


def test_periods_have_the_days_that_their_names_say() -> None:
    for name, start, end in (
        ("2026", "2026-01-01", "2026-12-31"), ("2026H2", "2026-07-01", "2026-12-31"),
        ("2026-Q1", "2026-01-01", "2026-03-31"), ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-11-23", "2026-11-23", "2026-11-23"),
    ):  # fmt: skip
        found = periods.read(name)
        assert (found.start.isoformat(), found.end.isoformat()) == (start, end)
        assert periods.read(found.name) == found
    names = [one.name for one in periods.last_ended(date(2026, 2, 3))]
    assert names == ["2026-01", "2025Q4", "2025H2", "2025"]
    assert all(periods.over(one, date(2026, 2, 3)) for one in periods.last_ended(date(2026, 2, 3)))
