"""How well the people of a table hide behind each other: k-anonymity and l-diversity.

Quasi-identifiers are columns that name nobody but together may point at one person: birth date,
sex, district, occupation. Rows that agree in all of them form a class; k is the size of the
smallest class (Sweeney 2002), and somebody who knows the quasi-identifiers of a person in the table
knows at best that the person is one of k. l is the smallest number of different values that a
sensitive column takes within a class (Machanavajjhala 2006): with l = 1 a class tells the
sensitive value of everybody in it. An empty cell counts as a value of its own.

The report holds counts only, never a value.
"""

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import duckdb
import pyarrow.parquet as pq

from datasets.engine import ALONE
from datasets.identifiers import fold
from datasets.quasi_identifiers import category_of
from datasets.sensitive.detector import plain_label
from schemas.records import Message, Problem

LIMITS: Final = (2, 3, 5, 10)
"""Class sizes below which rows are counted: 2 is unique, 5 a common demand, 10 a strict one."""

MOST_FIELDS: Final = 10
SMALLEST_SHOWN: Final = 5
MEMORY: Final = "384MB"
SECONDS: Final = 20.0

_BINS: Final = ((1, 1), (2, 2), (3, 4), (5, 9), (10, 19), (20, 49), (50, 99), (100, None))

SENSITIVE: Final = re.compile(
    r"疾病|病种|诊断|病情|残疾|伤残|收入|工资|补助|救助|补贴|低保|贫困|信仰|宗教|犯罪|违法|处罚|成绩|分数|"
    r"\b(?:disease|diagnosis|disability|income|salary|wage|religion|score)\b",
    re.IGNORECASE,
)


class AnonymityProblem(Exception):
    """A question that cannot be answered; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Below:
    """Rows and classes that are smaller than ``limit``."""

    limit: int
    rows: int
    classes: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Classes of ``low`` to ``high`` rows (``None``: or more)."""

    low: int
    high: int | None
    classes: int
    rows: int


@dataclass(frozen=True, slots=True)
class Diversity:
    """``l`` of a sensitive column, and the rows whose class has one value of it only."""

    field: str
    l: int  # noqa: E741  (the name the literature gives it)
    rows: int
    classes: int


@dataclass(frozen=True, slots=True)
class Without:
    """What k and the rows in classes below 5 would be without one of the fields."""

    field: str
    k: int
    rows: int


@dataclass(frozen=True, slots=True)
class Anonymity:
    """The report. ``k`` is 0 for a table without rows; ``smallest`` are (size, classes), smallest first."""

    fields: tuple[str, ...]
    rows: int
    classes: int
    k: int
    below: tuple[Below, ...]
    bins: tuple[Bin, ...]
    smallest: tuple[tuple[int, int], ...]
    without: tuple[Without, ...]
    diversity: Diversity | None = None


def suggest(labels: Sequence[str]) -> tuple[list[str], str]:
    """The columns that look like quasi-identifiers, and the first that looks sensitive, or ""."""
    quasi = [label for label in dict.fromkeys(labels) if category_of(label)]
    others = (label for label in labels if label not in quasi)
    rest = (label for label in others if SENSITIVE.search(fold(plain_label(label))))
    return quasi[:MOST_FIELDS], next(rest, "")


def measure(
    parquet: Path, fields: Sequence[str], sensitive: str = "", *, seconds: float = SECONDS
) -> Anonymity:
    """Measure the Parquet table by the quasi-identifiers ``fields``; memory is bounded, and what
    does not fit goes to a temporary folder. Raises ``AnonymityProblem``."""
    names = pq.read_schema(parquet).names
    _check(names, fields, sensitive)
    words = {name: f"c{place}" for place, name in enumerate(names)}
    source = f"read_parquet(?) AS t({', '.join(words.values())})"
    chosen = [words[name] for name in dict.fromkeys(fields)]
    with _asking(str(parquet), seconds) as ask:
        diversity = None
        if sensitive:
            diversity = _diversity(ask, source, chosen, sensitive, words[sensitive])
        sizes = _sizes(ask, source, chosen)
        without = [
            (name, _sizes(ask, source, [one for one in chosen if one != words[name]]))
            for name in dict.fromkeys(fields)
            if len(chosen) > 1
        ]
    return Anonymity(
        fields=tuple(dict.fromkeys(fields)),
        rows=sum(size * classes for size, classes in sizes),
        classes=sum(classes for _, classes in sizes),
        k=min((size for size, _ in sizes), default=0),
        below=tuple(Below(limit, *_count(sizes, 1, limit - 1)) for limit in LIMITS),
        bins=tuple(Bin(low, high, *_count(sizes, low, high)[::-1]) for low, high in _BINS),
        smallest=tuple(sizes[:SMALLEST_SHOWN]),
        without=tuple(
            Without(name, min((size for size, _ in left), default=0), _count(left, 1, 4)[0])
            for name, left in without
        ),
        diversity=diversity,
    )


def _check(names: Sequence[str], fields: Sequence[str], sensitive: str) -> None:
    unknown = [name for name in (*fields, *([sensitive] if sensitive else ())) if name not in names]
    if unknown:
        raise AnonymityProblem(
            Problem(
                code="anonymity-unknown-field",
                place=unknown[0],
                cause=Message("The table has no column %(name)s.", {"name": unknown[0]}),
                remedy=Message("Choose among the columns of the public file."),
            )
        )
    if not 0 < len(set(fields)) <= MOST_FIELDS or sensitive in fields:
        raise AnonymityProblem(
            Problem(
                code="anonymity-fields",
                cause=Message(
                    "Choose 1 to %(most)s fields, and a sensitive field that is not one of them.",
                    {"most": MOST_FIELDS},
                ),
                remedy=Message(
                    "Choose what an outsider may know of a person: birth, sex, district."
                ),
            )
        )


def _sizes(ask: Any, source: str, chosen: Sequence[str]) -> list[tuple[int, int]]:
    """Sizes of classes and how many classes have each, smallest first."""
    found: list[tuple[int, int]] = ask(
        f"SELECT n, count(*) FROM (SELECT count(*) AS n FROM {source} "  # noqa: S608  (our words)
        f"GROUP BY {', '.join(chosen)}) GROUP BY n ORDER BY n"
    )
    return found


def _diversity(
    ask: Any, source: str, chosen: Sequence[str], name: str, word: str
) -> Diversity | None:
    [(least, rows, classes)] = ask(
        "SELECT min(l), sum(n) FILTER (l < 2), count(*) FILTER (l < 2) FROM ("  # noqa: S608
        f"SELECT count(*) AS n, count(DISTINCT {word}) + (count(*) > count({word}))::INT AS l "
        f"FROM {source} GROUP BY {', '.join(chosen)})"
    )
    return None if least is None else Diversity(name, int(least), int(rows or 0), int(classes))


def _count(sizes: Sequence[tuple[int, int]], low: int, high: int | None) -> tuple[int, int]:
    """Rows and classes of the sizes from ``low`` to ``high``."""
    held = [one for one in sizes if low <= one[0] and (high is None or one[0] <= high)]
    return sum(size * classes for size, classes in held), sum(classes for _, classes in held)


@contextmanager
def _asking(parquet: str, seconds: float) -> Iterator[Any]:
    """A function that answers SQL over the file, until the time for all questions is up."""
    done = threading.Event()

    def watch(connection: Any) -> None:
        # An interruption between two questions stops neither, so it is repeated.
        if not done.wait(seconds):
            while not done.wait(0.02):
                connection.interrupt()

    with TemporaryDirectory(prefix="anonymity-") as folder:
        config = ALONE | {"memory_limit": MEMORY, "temp_directory": folder}
        with duckdb.connect(config=config) as connection:
            watcher = threading.Thread(target=watch, args=(connection,), daemon=True)
            watcher.start()
            try:
                yield lambda sql: connection.execute(sql, [parquet]).fetchall()
            except (duckdb.InterruptException, duckdb.OutOfMemoryException):
                raise AnonymityProblem(
                    Problem(
                        code="anonymity-too-large",
                        cause=Message("Counting the classes took longer than it may."),
                        remedy=Message("Choose fewer fields, or fields with fewer values."),
                    )
                ) from None
            finally:
                done.set()
                watcher.join()
