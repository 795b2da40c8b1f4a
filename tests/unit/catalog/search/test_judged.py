"""The questions of ``tests.common.judged``: what people mean stands first."""

from datetime import date
from math import log2

import pytest

from catalog import outbox
from catalog.db import Database
from catalog.models import Dataset, Unit
from catalog.search import Question, SearchIndex, open_index
from tests.common.judged import ENTRIES, QUESTIONS
from tests.conftest import NOW


@pytest.fixture
def index(database: Database, tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    names = dict.fromkeys(unit for unit, *_ in ENTRIES)
    with database.write() as session:
        units = {
            name: Unit(code=f"u{n}", name=name, kind="department", roster_from=date(2020, 1, 1),
                       created_at=NOW)
            for n, name in enumerate(names)
        }  # fmt: skip
        for n, (unit, title, description, keywords) in enumerate(ENTRIES):
            session.add(
                Dataset(
                    slug=f"judged-{n}", code=f"307/{n}", title=title, description=description,
                    keywords=keywords.split(), unit=units[unit], state="published", formats=[],
                    state_changed_at=NOW, openness="unconditional", update_cycle="yearly",
                    related_codes=[], created_at=NOW, created_by="t", updated_at=NOW, published_at=NOW,
                )
            )  # fmt: skip
        session.flush()
        for dataset in session.query(Dataset):
            outbox.touch_search(session, dataset.id, NOW)
    opened = open_index(tmp_path_factory.mktemp("judged"))
    opened.catch_up(database)
    return opened


def gain(found: list[str], wanted: tuple[str, ...]) -> float:
    """Normalised discounted cumulative gain of the first ten; the first wanted is worth most."""
    worth = {title: len(wanted) - place for place, title in enumerate(wanted)}
    got = sum(worth.get(title, 0) / log2(at + 2) for at, title in enumerate(found[:10]))
    return got / sum(points / log2(at + 2) for at, points in enumerate(worth.values()))


def test_sixty_questions_find_first_what_people_mean(
    database: Database, index: SearchIndex
) -> None:
    with database.read() as session:
        titles = {dataset.id: dataset.title for dataset in session.query(Dataset)}
    gains, ranks, poor = [], [], []
    for text, wanted in QUESTIONS:
        found = [titles[one] for one in index.ask(Question(text)).dataset_ids]
        gains.append(gain(found, wanted))
        place = next((at for at, title in enumerate(found) if title in wanted), None)
        ranks.append(0.0 if place is None else 1 / (place + 1))
        if gains[-1] < 0.9:
            poor.append((text, round(gains[-1], 2), found[:4]))
    assert len(QUESTIONS) >= 60
    assert sum(gains) / len(gains) > 0.95, poor
    assert sum(ranks) / len(ranks) > 0.97, poor
