"""What a source reader is given and what it gives back.

A reader yields records and record errors as they come. When it returns, the whole source has been
read; when it raises SourceProblem or FetchProblem, what it yielded is good but the run is partial,
and a partial run must never make anything vanish.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from harvesters.http import Fetched
from schemas.records import DatasetRecord, Problem


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """One source as an administrator set it up.

    ``filters`` are added to the query of every page (CKAN ``fq``, for example). ``publisher`` is
    written into records that name none. Caps: records, pages, records asked for per page, and
    seconds and bytes of memory for reading a workbook.
    """

    kind: str
    url: str
    publisher: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    page_rows: int = 500
    max_pages: int = 10_000
    max_records: int = 500_000
    workbook_seconds: int = 120
    workbook_memory: int = 2 * 2**30


class Fetch(Protocol):
    """``harvesters.http.fetch`` with the policy of the source already given."""

    def __call__(self, url: str, *, out: BinaryIO | None = None) -> Fetched: ...


@dataclass(frozen=True, slots=True)
class RecordError:
    """One record of the source that could not be read; ``place`` says where it stands there.

    ``remote_id`` is empty when not even that could be read: such a run cannot tell what vanished.
    """

    place: str
    problem: Problem
    remote_id: str = ""
    title: str = ""


Item = DatasetRecord | RecordError
Items = Iterator[Item]
Placed = Iterator[tuple[str, Item]]
"""Items with where they stand in the source."""


class SourceProblem(Exception):
    """The source as a whole cannot be read, or not to its end."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem
