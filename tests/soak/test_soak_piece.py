"""Many thousand random questions to our engine and to Frictionless, new ones each time."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.common.frictionless_oracle import assert_agreement, assert_typed_agreement
from tests.common.random_packages import packages
from tests.common.random_tables import cases
from tests.common.random_typed_tables import typed_cases

# Frictionless warns of what it ignores, and leaves archives open.
pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
EXAMPLES = 2_500
TYPED_EXAMPLES = 500
PACKAGE_EXAMPLES = 500
unhurried: Callable[..., Any] = settings(
    deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


@settings(unhurried, max_examples=EXAMPLES)
@given(st.data())
def test_text_tables_have_the_report_of_frictionless(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert_agreement(data.draw(cases(Path(folder))))


@settings(unhurried, max_examples=TYPED_EXAMPLES)
@given(st.data())
def test_typed_tables_have_the_report_of_frictionless(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert_typed_agreement(data.draw(typed_cases(Path(folder))))


@settings(unhurried, max_examples=TYPED_EXAMPLES)
@given(st.data())
def test_typed_tables_that_are_left_to_frictionless_have_its_report_too(
    data: st.DataObject,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert_agreement(data.draw(typed_cases(Path(folder))))


@settings(unhurried, max_examples=PACKAGE_EXAMPLES)
@given(st.data())
def test_packages_of_tables_that_refer_to_each_other_have_the_report_of_frictionless(
    data: st.DataObject,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert_agreement(data.draw(packages(Path(folder))))
