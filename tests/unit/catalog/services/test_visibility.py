"""Lists and the search show the same entries to the same people."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from catalog import outbox
from catalog.auth import ANONYMOUS, SYSTEM, Grant, Identity
from catalog.db import Database
from catalog.models import Dataset, Unit
from catalog.search import open_index
from catalog.services import searching, visibility
from catalog.services.searching import SearchQuery
from schemas.vocabularies import DatasetState, Role
from tests.common.lists import add_dataset
from tests.conftest import NOW

PEOPLE = {
    "nobody": ANONYMOUS,
    "the platform": SYSTEM,
    "an administrator": Identity(1, "a", (Grant(Role.ADMINISTRATOR),)),
    "an auditor": Identity(1, "b", (Grant(Role.AUDITOR),)),
    "a keeper": Identity(1, "c", (Grant(Role.KEEPER),)),
    "an editor of one unit": Identity(1, "d", (Grant(Role.EDITOR, 1),)),
    "an editor of the platform": Identity(1, "e", (Grant(Role.EDITOR),)),
    "a reviewer of the platform": Identity(1, "f", (Grant(Role.REVIEWER),)),
    "an editor here, reviewer everywhere": Identity(
        1, "g", (Grant(Role.EDITOR, 1), Grant(Role.REVIEWER))
    ),
}


@pytest.fixture
def directory(database: Database) -> Database:
    """Entries of two units in every state, published before or not."""
    with database.write() as session:
        for code in ("u1", "u2"):
            unit = Unit(
                code=code, name=code, kind="department", roster_from=date(2020, 1, 1),
                created_at=NOW,
            )  # fmt: skip
            session.add(unit)
            session.flush()
            for state in DatasetState:
                add_dataset(session, unit, NOW, state=state)
                add_dataset(session, unit, NOW, state=state, published_at=NOW)
        for dataset_id in session.scalars(select(Dataset.id)):
            outbox.touch_search(session, dataset_id, NOW)
    return database


@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_search_finds_what_the_list_shows_but_retired_entries(
    directory: Database, tmp_path: Path, who: str
) -> None:
    index = open_index(tmp_path)
    index.catch_up(directory)
    actor = PEOPLE[who]
    with directory.read() as session:
        shown = set(
            session.scalars(
                select(Dataset.id).where(
                    visibility.visible(actor), Dataset.state != DatasetState.RETIRED
                )
            )
        )
        known = {
            dataset.id
            for dataset in session.scalars(select(Dataset))
            if visibility.knows(actor, dataset) and dataset.state != DatasetState.RETIRED
        }
        found = searching.search(session, index, actor, SearchQuery(limit=100))
    assert {dataset.id for dataset in found.items} == shown == known
    assert found.total == len(shown)
