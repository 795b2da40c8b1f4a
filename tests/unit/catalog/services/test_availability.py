"""Verified counts what answers: own files until a check fails, links for seven days after each check."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from catalog.auth import ANONYMOUS
from catalog.models import Dataset, Resource
from catalog.services import availability, facts, openness
from catalog.services.availability import Finding
from catalog.services.openness import Narrow, Rate
from schemas.vocabularies import DatasetState
from tests.common.lists import add_dataset, add_unit

TODAY = date(2026, 11, 23)


@pytest.fixture
def linked(session: Session, now: datetime) -> Dataset:
    """An open entry with a CSV file elsewhere, new data due after a month."""
    dataset = add_dataset(
        session, add_unit(session, now), now, state=DatasetState.PUBLISHED, licence="开放协议",
        update_cycle="monthly", modified=TODAY,
    )  # fmt: skip
    session.add(
        Resource(
            dataset_id=dataset.id, name="table", url="https://data.example.test/table.csv",
            format="csv", public=True, created_at=now,
        )
    )  # fmt: skip
    facts.record(session, dataset, now)
    return dataset


def check(session: Session, dataset: Dataset, now: datetime, reason: str = "") -> None:
    offered = availability.offer(session, dataset.id)
    assert offered is not None
    availability.record(session, offered, Finding(reason), now)


def verified(session: Session, day: date, **known: datetime) -> Rate:
    return openness.rates(session, as_of=day, **known).verified_data_rate["all"]


def test_a_link_counts_for_seven_days_after_its_check_and_until_data_is_late(
    session: Session, now: datetime, linked: Dataset
) -> None:
    assert verified(session, TODAY) == Rate(0, 1)
    check(session, linked, now)
    assert [verified(session, TODAY + timedelta(days=n)).n for n in (0, 6, 7)] == [1, 1, 0]
    check(session, linked, now + timedelta(days=5))
    assert [verified(session, TODAY + timedelta(days=n)).n for n in (0, 6, 11, 12)] == [1, 1, 1, 0]
    for n in range(10, 50, 5):
        check(session, linked, now + timedelta(days=n))
    assert [verified(session, TODAY + timedelta(days=n)).n for n in (31, 32)] == [1, 0]
    then = now + timedelta(days=3)
    assert verified(session, TODAY + timedelta(days=7), recorded_before=then) == Rate(0, 1)


def test_a_failed_check_counts_from_its_day_and_says_why(
    session: Session, now: datetime, linked: Dataset
) -> None:
    check(session, linked, now)
    check(session, linked, now + timedelta(days=2), "http-status")
    assert [verified(session, TODAY + timedelta(days=n)).n for n in (1, 2, 90)] == [1, 0, 0]
    failed = Narrow(verified=False)
    day = TODAY + timedelta(days=2)
    (entry,) = openness.entries(session, ANONYMOUS, as_of=day, narrow=failed).items
    assert entry.verified is False
    assert [one.text for one in entry.unverified] == [
        "Not verified: its bytes did not answer, or were not checked in time."
    ]
    check(session, linked, now + timedelta(days=3))
    assert verified(session, TODAY + timedelta(days=3)) == Rate(1, 1)


def test_who_is_due_was_never_checked_or_failed_or_was_checked_long_ago(
    session: Session, now: datetime, linked: Dataset
) -> None:
    assert availability.due(session, now, 10) == [linked.id]
    check(session, linked, now)
    assert availability.due(session, now + timedelta(days=4), 10) == []
    assert availability.due(session, now + timedelta(days=6), 10) == [linked.id]
    check(session, linked, now + timedelta(days=6), "unreachable")
    assert availability.due(session, now + timedelta(days=7), 10) == [linked.id]
    linked.state = DatasetState.SUSPENDED
    session.flush()
    assert availability.due(session, now + timedelta(days=30), 10) == []
    assert availability.offer(session, linked.id) is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"licence": ""}, "terms of use"),
        ({"formats": ["pdf"], "landing_page": "https://example.test/"}, "machine-readable"),
        ({"formats": ["csv"]}, "validation"),
    ],
)
def test_an_entry_that_lacks_something_is_not_verified_and_says_what(
    session: Session, now: datetime, values: dict[str, object], said: str
) -> None:
    dataset = add_dataset(
        session, add_unit(session, now), now,
        **{"state": DatasetState.PUBLISHED, "licence": "开放协议", "update_cycle": "irregular",
           "formats": ["csv"], "landing_page": "", **values},
    )  # fmt: skip
    if values.get("licence") == "":
        dataset.landing_page = "https://example.test/"
    facts.record(session, dataset, now)
    check(session, dataset, now)
    (entry,) = openness.entries(session, ANONYMOUS, as_of=TODAY).items
    assert any(said in one.text for one in entry.unverified)
    assert verified(session, TODAY) == Rate(0, 1)
