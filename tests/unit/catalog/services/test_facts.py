"""What closes an entry and its fields, and since when."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import ExemptionLink
from catalog.services import facts
from tests.common.lists import add_dataset, add_unit
from tests.common.statements import told
from tests.conftest import NOW


@pytest.fixture
def dataset_id(session: Session) -> int:
    return add_dataset(session, add_unit(session, NOW), NOW).id


def test_two_thousand_fields_are_closed_and_opened_by_few_statements(
    session: Session, dataset_id: int
) -> None:
    names = [f"字段{n}" for n in range(2000)]
    with told(session) as statements:
        facts.link_all(session, dataset_id, {name: {"NL-001"} for name in names}, NOW)
        assert facts.links(session, dataset_id) == {name: ["NL-001"] for name in names}
        facts.link_all(session, dataset_id, dict.fromkeys(names, ()), NOW + timedelta(days=1))
        assert facts.links(session, dataset_id) == {}
    assert len(statements) < 20


def test_links_end_on_the_day_and_leave_their_past(session: Session, dataset_id: int) -> None:
    facts.link(session, dataset_id, "姓名", {"NL-001", "NL-002"}, NOW)
    facts.link(session, dataset_id, "", {"NL-001"}, NOW)
    facts.link(session, dataset_id, "姓名", {"NL-002", "NL-003"}, NOW + timedelta(days=2))
    assert facts.links(session, dataset_id) == {"": ["NL-001"], "姓名": ["NL-002", "NL-003"]}
    past = session.scalars(
        select(ExemptionLink).where(
            ExemptionLink.superseded_at.is_(None), ExemptionLink.valid_to.is_not(None)
        )
    ).one()
    assert (past.field, past.item_number) == ("姓名", "NL-001")
    assert (past.valid_from, past.valid_to) == (date(2026, 11, 23), date(2026, 11, 25))


WANTED = st.dictionaries(
    st.sampled_from(["", "甲", "乙", "丙"]), st.sets(st.sampled_from(["NL-001", "NL-002"]))
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(WANTED, st.integers(0, 3)), max_size=6))
def test_what_is_not_named_stays_and_the_rest_is_as_wanted(
    session: Session, changes: list[tuple[dict[str, set[str]], int]]
) -> None:
    dataset_id = add_dataset(session, add_unit(session, NOW), NOW).id
    now, expected = NOW, {}
    for wanted, days in changes:
        now += timedelta(days=days)
        facts.link_all(session, dataset_id, wanted, now)
        expected |= wanted
        held = {name: sorted(numbers) for name, numbers in expected.items() if numbers}
        assert facts.links(session, dataset_id) == held
