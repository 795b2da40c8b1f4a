"""Random schemas, tables, dialects, packages and dirt: our engine and Frictionless say the same.

Always the same cases here; ``make soak`` draws many thousand new ones.
"""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.common.frictionless_oracle import assert_agreement
from tests.common.random_packages import packages
from tests.common.random_tables import cases

pytestmark = [
    # Frictionless warns of what it ignores, and leaves archives open.
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@settings(
    max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(st.data())
def test_any_table_has_the_report_of_frictionless(tmp_path: Path, data: st.DataObject) -> None:
    assert_agreement(data.draw(cases(tmp_path)))


@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_package_has_the_report_of_frictionless(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert_agreement(data.draw(packages(Path(folder))))
