"""From the bytes of a delivery to rows of text, and what is wrong with their form.

``open_table`` tells the kind by content and opens it; ``survey`` and ``detect`` find the defects
and offer repairs; ``normalise`` applies those that people agreed to.
"""

from collections.abc import Callable
from pathlib import Path

from datasets.reading.delimited import read_delimited
from datasets.reading.kinds import sniff
from datasets.reading.normalise import Normalised, normalise
from datasets.reading.problems import UnreadableError
from datasets.reading.structure import Structure, detect
from datasets.reading.survey import survey
from datasets.reading.tables import Table
from schemas.records import ExaminationRequest

Reader = Callable[[Path, Path, ExaminationRequest], Table]

READERS: dict[str, Reader] = {
    "csv": read_delimited,
}
"""Kind of file -> what opens it: (file, work folder, request) to a table of text."""

__all__ = [
    "READERS",
    "Normalised",
    "Structure",
    "Table",
    "UnreadableError",
    "detect",
    "normalise",
    "open_table",
    "survey",
]


def open_table(source: Path, workdir: Path, request: ExaminationRequest) -> Table:
    """Open a delivered file as a table of text; raises UnreadableError with the reason."""
    return READERS[sniff(source)](source, workdir, request)
