"""A late correction changes what is known of the past, and never what was known then."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from catalog.auth import Identity
from catalog.errors import Forbidden, Invalid
from catalog.models import AuditEvent
from catalog.services import corrections, openness
from catalog.services.openness import Rate
from schemas.vocabularies import DatasetState, Openness
from tests.common.lists import World, add_dataset, add_item

TODAY = date(2026, 11, 23)
LATER = timedelta(days=20)


def correct(world: World, slug: str, actor: Identity | None = None, **given: object) -> int:
    values = {"begins": "2026-11-28", "ends": "2026-12-03", "reason": "补登", **given}
    done = corrections.correct(
        world.session, actor or world.administrator, slug, values, now=world.now + LATER
    )
    return done.days


def test_a_withdrawal_told_late_counts_on_its_days_and_only_since_it_was_told(world: World) -> None:
    session = world.session
    dataset = add_dataset(session, world.unit, world.now, state=DatasetState.PUBLISHED)
    assert correct(world, dataset.slug, state="withdrawn") == 5

    def rate(day: int, **known: datetime) -> Rate:
        on = date(2026, 11, 27) + timedelta(days=day)
        return openness.rates(session, as_of=on, **known).data_rate["all"]

    assert [rate(day).n for day in (0, 1, 5, 6)] == [1, 0, 0, 1]
    assert rate(1, recorded_before=world.now + LATER) == Rate(1, 1)
    session.flush()
    world.now += timedelta(days=1)
    correct(world, dataset.slug, state="published")
    assert [rate(day).n for day in (0, 1, 5, 6)] == [1, 1, 1, 1]


def test_a_closing_told_late_names_its_items_and_opens_again_after(world: World) -> None:
    number = add_item(world)
    dataset = add_dataset(world.session, world.unit, world.now, state=DatasetState.PUBLISHED)
    correct(world, dataset.slug, openness="withheld", withheld_by=[number])
    classes = openness.rates(world.session, as_of=date(2026, 11, 30)).classes
    assert (classes["withheld"], classes["open"]) == (1, 0)
    assert openness.rates(world.session, as_of=date(2026, 12, 3)).classes["open"] == 1
    world.now += timedelta(days=1)
    correct(world, dataset.slug, openness="unconditional", begins="2026-11-29", ends="2026-12-01")
    found = [
        openness.rates(world.session, as_of=date(2026, 11, day)).classes["withheld"]
        for day in (28, 29, 30)
    ]
    assert found == [1, 0, 0]
    assert openness.rates(world.session, as_of=date(2026, 12, 1)).classes["withheld"] == 1


@pytest.mark.parametrize(
    "given",
    [
        {"openness": "withheld"},
        {"openness": "withheld", "withheld_by": ["NL-999"]},
        {"state": "published", "ends": "2027-01-01"},
        {"state": "published", "begins": "2026-12-03"},
        {"state": "nowhere"},
        {"state": "published", "reason": ""},
        {},
    ],
)
def test_a_correction_that_makes_no_sense_changes_nothing(
    world: World, given: dict[str, object]
) -> None:
    dataset = add_dataset(world.session, world.unit, world.now, openness=Openness.CONDITIONAL)
    before = openness.rates(world.session, as_of=date(2026, 11, 30))
    with pytest.raises(Invalid):
        correct(world, dataset.slug, **given)
    assert openness.rates(world.session, as_of=date(2026, 11, 30)) == before


def test_only_the_administration_corrects_and_the_trail_says_why(world: World) -> None:
    dataset = add_dataset(world.session, world.unit, world.now, state=DatasetState.PUBLISHED)
    with pytest.raises(Forbidden):
        correct(world, dataset.slug, actor=world.editor, state="draft")
    correct(world, dataset.slug, state="draft")
    world.session.commit()
    event = world.session.scalars(
        select(AuditEvent).where(AuditEvent.tag == "fact:corrected")
    ).one()
    assert event.data["reason"] == "补登"
    assert event.data["values"] == {"state": "draft"}
