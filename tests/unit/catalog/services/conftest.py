"""What the rules about lists, entries and rates are tried on."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from tests.common import lists
from tests.common.lists import World


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return lists.make_world(session, now)
