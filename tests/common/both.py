"""The same story on SQLite with a folder, and on PostgreSQL with S3."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from catalog.settings import Settings
from tests.common.servers import new_database

BOTH = ("embedded", pytest.param("scaled", marks=pytest.mark.scaled))
"""Parameters of a fixture that opens the product on either stack."""


def settings_on(request: pytest.FixtureRequest, home: Path, **more: Any) -> Settings:
    """The settings of the stack that the fixture's parameter names, in a home and place of its own."""
    if request.param == "embedded":
        return Settings(home=home, **more)
    database_url, storage_url = request.getfixturevalue("servers")
    address, _, options = storage_url.partition("?")
    return Settings(
        home=home,
        database_url=new_database(database_url),
        storage_url=f"{address}/{uuid4().hex}?{options}",
        **more,
    )
