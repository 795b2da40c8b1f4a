"""Our own criteria: each says what it asks, of how much, and what can be done."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.services import quality
from catalog.services.quality import Known
from schemas.interop import mqa
from tests.common.published import EVERY, FULL, LINKED, TABLE

ON = date(2026, 11, 23)
GOOD = Known(
    FULL, ON, True, frozenset({TABLE.id}), frozenset({TABLE.id}),
    frozenset(field["name"] for field in TABLE.table_schema["fields"]),
)  # fmt: skip


def counts(known: Known) -> dict[str, tuple[int, int]]:
    return {one.code: one.counts for one in quality.assess(known).criteria}


def test_an_entry_with_everything_meets_every_criterion():
    found = quality.assess(GOOD)
    assert found.criteria_met == (8, 8)
    assert (found.score, found.rating) == (395, "excellent")


def test_fields_count_one_by_one():
    half = replace(GOOD, described=frozenset({"序号"}))
    assert counts(half)["documented"] == (2, 5)  # one in the schema, one in the directory


def test_a_table_without_schema_or_key_is_said_to_lack_them():
    found = counts(replace(GOOD, validated=frozenset(), keyed=frozenset()))
    assert found["validated"] == found["identified"] == (0, 1)


def test_a_link_elsewhere_is_neither_searched_nor_asked_for_rows():
    found = counts(replace(GOOD, entry=LINKED, validated=frozenset()))
    assert found["screened"] == found["rows"] == found["validated"] == (0, 1)
    assert found["machine-readable"] == (1, 1)
    assert found["documented"] == found["identified"] == (0, 0)
    assert found["licensed"] == (0, 1)  # a text that is none of ours


@pytest.mark.parametrize(
    ("cycle", "expected"),
    [("yearly", (1, 1)), ("monthly", (0, 1)), ("irregular", (0, 0))],
)
def test_data_is_on_time_by_its_declared_cycle(cycle, expected):
    assert counts(replace(GOOD, entry=replace(FULL, update_cycle=cycle)))["on-time"] == expected


def test_the_day_on_which_data_becomes_late_is_the_first_late_one():
    monthly = replace(GOOD, entry=replace(FULL, update_cycle="monthly", modified=date(2026, 3, 1)))
    assert counts(replace(monthly, on=date(2026, 4, 1)))["on-time"] == (1, 1)
    assert counts(replace(monthly, on=date(2026, 4, 2)))["on-time"] == (0, 1)


@given(
    entry=st.sampled_from(EVERY),
    available=st.sampled_from([True, False, None]),
    tables=st.booleans(),
    names=st.frozensets(st.sampled_from(["序号", "职权名称", "金额"])),
)
def test_points_and_counts_stay_within_their_bounds(entry, available, tables, names):
    ids = frozenset({TABLE.id}) if tables else frozenset()
    found = quality.assess(Known(entry, ON, available, ids, ids, names))
    assert 0 <= found.score <= mqa.MAXIMUM
    dimensions = [found.dimension(name) for name in mqa.DIMENSIONS]
    assert sum(points for points, _ in dimensions) == found.score
    assert all(0 <= points <= most for points, most in dimensions)
    assert all(0 <= met <= asked for met, asked in (one.counts for one in found.criteria))
    unchecked = quality.assess(Known(entry, ON, None, ids, ids, names))
    assert unchecked.score <= found.score
