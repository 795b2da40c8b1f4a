"""Random schemas, tables, dialects and dirt: our engine and Frictionless say the same.

Always the same cases here; ``make soak`` draws ten thousand new ones.
"""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.common.frictionless_oracle import assert_agreement
from tests.common.random_tables import cases

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # of what Frictionless ignores


@settings(
    max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(st.data())
def test_any_table_has_the_report_of_frictionless(tmp_path: Path, data: st.DataObject) -> None:
    assert_agreement(data.draw(cases(tmp_path)))
