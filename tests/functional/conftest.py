"""The whole product, opened on either stack."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.settings import Settings
from tests.common.both import BOTH, settings_on
from tests.common.chromium import served
from tests.common.city import City, city_from
from tests.common.portal import Portal, settle
from tests.common.stack import Stack, open_stack
from tests.conftest import NOW


@pytest.fixture(params=BOTH)
def stack(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stack]:
    """The product on SQLite and a folder, and on PostgreSQL and S3: the same story on both."""
    with open_stack(settings_on(request, tmp_path), NOW) as opened:
        yield opened


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Stack]:
    """The product on SQLite and a folder."""
    with open_stack(Settings(home=tmp_path), NOW) as opened:
        yield opened


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A portal with an entry of every kind, for tests that only look."""
    folder = tmp_path_factory.mktemp("portal")
    with open_stack(Settings(home=folder / "home"), NOW) as opened:
        yield settle(opened, folder)


@pytest.fixture(scope="module")
def address(portal: Portal) -> Iterator[str]:
    """The portal on a port of its own, which knows its address for as long as a module lasts."""
    settings = portal.stack.runtime.settings
    before = settings.public_url
    with served(portal.stack) as base:
        settings.public_url = base
        yield base
        settings.public_url = before


@pytest.fixture(scope="session")
def city(portal: Portal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Thirty units with twelve hundred entries; who ends some says so to the city."""
    with city_from(portal, tmp_path_factory.mktemp("city") / "home") as made:
        yield made
