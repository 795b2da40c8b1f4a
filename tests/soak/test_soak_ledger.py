"""The ledger and the rates over hundreds of random histories: the tests of every day, in their long form."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("place", "more"),
    [
        ("unit/catalog/services/test_openness_ledger.py", "GONGKAI_LEDGER_HISTORIES"),
        ("functional/test_rates_recounted.py", "GONGKAI_RATES_SEEDS"),
    ],
)
def test_hundreds_of_histories_leave_ledger_and_rates_as_the_facts_are(
    place: str, more: str
) -> None:
    many = os.environ.get("GONGKAI_SOAK_HISTORIES", "300")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", ROOT / "tests" / place],
        env={**os.environ, more: many},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
