"""Finding entries: a derived index beside the database."""

from pathlib import Path

from catalog.search.asking import Question, Way
from catalog.search.follower import Follower
from catalog.search.index import MOST_VALUES, Answer, SearchIndex
from catalog.search.shelf import FACETS

__all__ = [
    "FACETS",
    "MOST_VALUES",
    "Answer",
    "Follower",
    "Question",
    "SearchIndex",
    "Way",
    "open_index",
]


def open_index(folder: Path) -> SearchIndex:
    """The index of this node; made when it is not there."""
    return SearchIndex(folder)
