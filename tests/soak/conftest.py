"""The long forms run only when they are asked for: ``make soak``, or GONGKAI_SOAK=1."""

import os

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything below this folder, and leave it out of ordinary runs."""
    asked = bool(os.environ.get("GONGKAI_SOAK"))
    for item in items:
        if "/tests/soak/" in str(item.path):
            item.add_marker(pytest.mark.soak)
            if not asked:
                item.add_marker(pytest.mark.skip(reason="a long run; set GONGKAI_SOAK=1"))
