"""Comparing two published files within the limits of one question."""

from catalog.errors import Busy, Invalid
from catalog.http.context import runtime
from catalog.http.turns import one_turn
from catalog.services.version_differences import Pair
from datasets import differences
from datasets.differences import Differences
from datasets.engine import QueryLimits
from datasets.filters import QueryProblem
from schemas.records import Message


class TooLong(Busy):
    """A comparison of files that would take more time than it may."""

    title = "Took too long"
    retry_after = 10


def compared(pair: Pair) -> Differences:
    """What differs between the files of a pair. Raises the refusal of a comparison that takes more time
    or memory than a question may."""
    storage = runtime().storage
    limits = QueryLimits(runtime().settings.query_seconds)
    with one_turn("rows"), storage.local_path(pair.old) as old, storage.local_path(pair.new) as new:
        try:
            return differences.compare(old, new, pair.keys, pair.hidden, limits)
        except QueryProblem as error:
            refusal = TooLong if error.problem.code == "query-timeout" else Invalid
            raise refusal(
                error.problem.code,
                Message("These two versions are too large to be compared here."),
                Message("Download both versions and compare them."),
            ) from None
