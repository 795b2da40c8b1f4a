"""The keys of a public file summed up for a request, within the limits of one question."""

from catalog.http.comparing import TooLong
from catalog.http.context import runtime
from catalog.http.turns import one_turn
from catalog.services.mosaic import Sketchable
from datasets.engine import QueryLimits
from datasets.filters import QueryProblem
from datasets.mosaic import TableSketch, sketch
from schemas.records import Message


def sketched(file: Sketchable) -> TableSketch:
    """The sketch of a file. Raises the refusal of one that takes more time or memory than a question may."""
    limits = QueryLimits(runtime().settings.query_seconds)
    with one_turn("rows"), runtime().storage.local_path(file.sha256) as path:
        try:
            return sketch(path, file.detected, limits)
        except QueryProblem:
            raise TooLong(
                "mosaic-too-large",
                Message("This table is too large to be compared with others while you wait."),
                Message("It is compared after it is published; look at the list of pairs then."),
            ) from None
