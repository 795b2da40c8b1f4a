"""The whole product, opened on either stack."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from catalog.settings import Settings
from tests.common.portal import Portal, settle
from tests.common.servers import new_database
from tests.common.stack import Stack, open_stack
from tests.conftest import NOW


def _embedded(home: Path) -> Settings:
    return Settings(home=home)


def _scaled(home: Path, urls: tuple[str, str]) -> Settings:
    database_url, storage_url = urls
    address, _, options = storage_url.partition("?")
    return Settings(
        home=home,
        database_url=new_database(database_url),
        storage_url=f"{address}/{uuid4().hex}?{options}",
    )


@pytest.fixture(params=["embedded", pytest.param("scaled", marks=pytest.mark.scaled)])
def stack(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stack]:
    """The product on SQLite and a folder, and on PostgreSQL and S3: the same story on both."""
    if request.param == "embedded":
        settings = _embedded(tmp_path)
    else:
        settings = _scaled(tmp_path, request.getfixturevalue("servers"))
    with open_stack(settings, NOW) as opened:
        yield opened


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Stack]:
    """The product on SQLite and a folder."""
    with open_stack(_embedded(tmp_path), NOW) as opened:
        yield opened


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A portal with an entry of every kind, for tests that only look."""
    folder = tmp_path_factory.mktemp("portal")
    with open_stack(_embedded(folder / "home"), NOW) as opened:
        yield settle(opened, folder)
