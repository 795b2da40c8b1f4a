"""Finding entries: a derived index beside the database."""

from pathlib import Path

from catalog.search.follower import Follower
from catalog.search.index import FACETS, Answer, Question, SearchIndex

__all__ = ["FACETS", "Answer", "Follower", "Question", "SearchIndex", "open_index"]


def open_index(folder: Path) -> SearchIndex:
    """The index of this node; made when it is not there."""
    return SearchIndex(folder)
